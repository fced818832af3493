// `kinglet run --raw`: elements as they are, in and out, in the order of axes that the file has.

import Blob
import Compiler
import Datasets
import Edge
import Foundation
import Intake
import IntegerExecution
import ModelGraph
import Tensors
import Verification

extension NetworkRun {
  /// Runs a blob, or a model of int8, on the elements of files.
  ///
  /// - Parameter files: one NPY an input; the first axis counts samples, but where the array is as large
  ///   as one sample.
  /// - Throws: ``CompilerError/unfit(reason:)`` for elements that are not of the input's type.
  public static func runRaw(
    _ path: String, inputs files: [String], output: String?, threads: Int
  ) throws(CompilerError) -> RunReport {
    if Inspection.isModel(path) {
      let model = try opening { () throws(IntakeError) in
        try Teacher.loaded(path, axes: [:], as: .network)
      }.graph
      guard model.isOfIntegers else {
        throw .usage(reason: "--raw is for blobs and models of integers, and \(path) computes with floats")
      }
      let given = try elements(files, of: path, model.inputs.map { RawTensor(model[$0]) })
      let samples = (0..<given.samples).map { sample in
        given.parts.map { IntegerElements($0.part(sample, of: given.samples), $0.tensor.type) }
      }
      let answers = try EqualAnswers.answers(of: model, samples, threads: threads)
      let results = model.outputs.enumerated().map { index, value in
        RawElements(tensor: RawTensor(model[value]), bytes: answers.flatMap { $0[index].bytes })
      }
      return try report(results, samples: given.samples, to: output)
    }
    let opened = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    let (bytes, blob) = (opened.bytes, opened.model)
    let given = try elements(files, of: path, blob.inputs.map { RawTensor($0.tensor) })
    let answers = try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in
        try EdgeWorkers(bytes, threads: threads).run(
          elements: given.parts.map(\.bytes), count: given.samples)
      }
    }
    let results = zip(blob.outputs, answers).map { RawElements(tensor: RawTensor($0), bytes: $1) }
    return try report(results, samples: given.samples, to: output)
  }

  private static func elements(
    _ files: [String], of path: String, _ tensors: [RawTensor]
  ) throws(CompilerError) -> (samples: Int, parts: [RawElements]) {
    guard files.count == tensors.count else {
      throw .usage(reason: "\(path) has \(tensors.count) inputs and \(files.count) files are given")
    }
    var parts: [RawElements] = []
    for (file, tensor) in zip(files, tensors) {
      let array: Tensor
      do { array = try NPY.read(URL(fileURLWithPath: file)) } catch { throw .intake(.data(error)) }
      parts.append(try RawElements(array, of: tensor, file))
    }
    let counts = Set(parts.map(\.samples))
    guard counts.count == 1, let samples = counts.first else {
      let list = zip(files, parts).map { "\($0) \($1.samples)" }.joined(separator: ", ")
      throw .unfit(reason: "the files hold different numbers of samples: \(list)")
    }
    return (samples, parts)
  }

  private static func report(
    _ results: [RawElements], samples: Int, to output: String?
  ) throws(CompilerError) -> RunReport {
    var files: [String] = []
    if let output {
      let stem = output.hasSuffix(".npy") ? String(output.dropLast(4)) : output
      for (index, result) in results.enumerated() {
        let file = index == 0 ? output : "\(stem)\(index).npy"
        do {
          try NPY.write(
            result.bytes, result.tensor.type.npy, shape: [samples] + result.tensor.shape,
            to: URL(fileURLWithPath: file))
        } catch { throw .intake(.data(error)) }
        files.append(file)
      }
    }
    return RunReport(
      samples: samples, shapes: results.map { [samples] + $0.tensor.shape },
      outputs: results.map(\.numbers), files: files)
  }
}

/// An input or output, by what its elements are.
private struct RawTensor {
  let shape: [Int]
  let type: BlobElementType

  init(_ tensor: BlobTensor) { (shape, type) = (tensor.shape, tensor.type) }

  init(_ value: Value) {
    shape = value.shape
    type = value.integers == nil ? .float32 : value.integers?.element == .uint8 ? .uint8 : .int8
  }

  var bytes: Int { shape.elementCount * (type == .float32 ? 4 : 1) }
}

/// The elements of a tensor for some samples, as they lie in memory.
private struct RawElements {
  let tensor: RawTensor
  let bytes: [UInt8]

  init(tensor: RawTensor, bytes: [UInt8]) { (self.tensor, self.bytes) = (tensor, bytes) }

  init(_ array: Tensor, of tensor: RawTensor, _ file: String) throws(CompilerError) {
    self.tensor = tensor
    let count = tensor.shape.elementCount
    guard array.count > 0, array.count % count == 0 else {
      throw .unfit(
        reason: "\(file) holds \(array.count) elements of shape \(array.shape), and a sample is \(tensor.shape), "
          + "\(count) elements in the order that the model's file has")
    }
    if tensor.type == .float32 {
      bytes = array.values.withUnsafeBytes { Array($0) }
      return
    }
    let range: ClosedRange<Float> = tensor.type == .int8 ? -128...127 : 0...255
    guard let wrong = array.values.first(where: { !range.contains($0) || $0 != $0.rounded() }) else {
      bytes = array.values.map { UInt8(truncatingIfNeeded: Int($0)) }
      return
    }
    throw .unfit(
      reason: "\(file) holds \(wrong), which is no \(tensor.type): with --raw elements are given as they are; "
        + "leave it out to give numbers")
  }

  var samples: Int { tensor.bytes == 0 ? 0 : bytes.count / tensor.bytes }

  func part(_ sample: Int, of samples: Int) -> [UInt8] {
    Array(bytes[sample * tensor.bytes..<(sample + 1) * tensor.bytes])
  }

  var numbers: [Float] {
    switch tensor.type {
    case .float32: bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
    case .uint8: bytes.map { Float($0) }
    }
  }
}

extension BlobElementType {
  fileprivate var npy: NPY.Element {
    switch self {
    case .float32: .float32
    case .int8: .int8
    case .uint8: .uint8
    }
  }
}

extension IntegerElements {
  fileprivate init(_ bytes: [UInt8], _ type: BlobElementType) {
    switch type {
    case .float32: self = .float32(bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    case .int8: self = .int8(bytes.map { Int8(bitPattern: $0) })
    case .uint8: self = .uint8(bytes)
    }
  }
}
