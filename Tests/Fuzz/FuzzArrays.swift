// Fuzzes the readers of arrays: NPY, NPZ, IDX and CIFAR-10 records, plain or gzip, as samples and as
// labels. Whatever the bytes, they give as many numbers as the shape says, or a `DatasetError`.
//
//   make arrays SECONDS=900
//
// Each input is read as it is, and once more with its checksums put right. The readers take a path,
// so the file lies in /dev/shm.

import Foundation
import Tensors

@testable import Datasets

private let path = "/dev/shm/kinglet-fuzz-arrays-\(getpid())"

@_cdecl("LLVMFuzzerInitialize")
public func begin(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
  atexit { unlink(path) }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
  read(bytes)
  let sealed = Sealing.sealed(bytes)
  if sealed != bytes { read(sealed) }
  return 0
}

private func read(_ bytes: [UInt8]) {
  let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
  precondition(file >= 0 && write(file, bytes, bytes.count) == bytes.count, "cannot write \(path)")
  close(file)
  check { () throws(DatasetError) in
    let dataset = try Dataset.load(path: path)
    precondition(dataset.count >= 0 && dataset.sampleShape.allSatisfy { $0 > 0 }, "a bad shape")
    if dataset.count > 0 {
      let batch = dataset.samples(at: [0, dataset.count - 1])
      precondition(batch.shape == [2] + dataset.sampleShape, "a batch of another shape")
    }
    precondition(dataset.labels.map { $0.count == dataset.count } ?? true, "too few labels")
  }
  check { () throws(DatasetError) in _ = try Labels.load(path, samples: 3) }
  check { () throws(DatasetError) in
    let tensor = try NPY.read(URL(fileURLWithPath: path))
    precondition(tensor.values.count == tensor.shape.reduce(1, *), "not the size of its shape")
  }
}

private func check(_ body: () throws(DatasetError) -> Void) {
  do throws(DatasetError) { try body() } catch {
    precondition(!error.sentence.isEmpty, "an error without a sentence")
  }
}
