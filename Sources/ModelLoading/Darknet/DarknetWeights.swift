// The numbers of a .weights: a version of three integers, how many images it was trained on, then float32 in the
// order of the layers, little-endian all. Of each layer biases first; of a normalized one scales, means and
// variances; weights last, filter by filter, but first but for biases in a connected layer.

import Files
import Foundation

/// A file of weights, open for reading from the front.
struct DarknetWeights {
  let path: String
  /// Its version, as Darknet writes it: `0.2.5`.
  let version: String
  /// Numbers behind the header.
  let count: Int
  private let file: InputFile
  private var offset: Int

  /// - Throws: ``ModelLoadingError/file(path:reason:)`` for what does not begin as weights do.
  init(path: String) throws(ModelLoadingError) {
    self.path = path
    do {
      file = try InputFile(path)
      let header = try file.prefix(12)
      guard header.count == 12 else { throw Self.fault(path, "it is too short for the header of Darknet's weights") }
      let parts = stride(from: 0, to: 12, by: 4).map { at in
        header[at..<at + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      // Minor versions beyond 1000 mark files of turned matrices, which nothing writes any more.
      guard parts[0] < 100, parts[1] < 100, parts[2] < 1000 else {
        throw Self.fault(path, "it does not begin with a version as Darknet's weights do")
      }
      version = parts.map { "\($0)" }.joined(separator: ".")
      // The count of images has 8 bytes from version 0.2 on.
      offset = 12 + (parts[0] * 10 + parts[1] >= 2 ? 8 : 4)
    } catch let error as ModelLoadingError {
      throw error
    } catch {
      throw Self.fault(path, "it cannot be opened: check its name and who may read it")
    }
    guard file.size >= offset, (file.size - offset) % 4 == 0 else {
      throw Self.fault(path, "its \(file.size) bytes are no header and whole numbers of 4 bytes: was it cut off?")
    }
    count = (file.size - offset) / 4
  }

  /// The next numbers, all finite and of a size that can be trained.
  mutating func take(_ count: Int, of what: String) throws(ModelLoadingError) -> [Float] {
    var numbers: [Float]
    do {
      numbers = try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        let bytes = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt8.self)
        initialized = try file.read(at: offset, into: bytes) / 4
      }
    } catch {
      throw Self.fault(path, "it could not be read to its end")
    }
    guard numbers.count == count else { throw Self.fault(path, "it ended while it was being read") }
    if 1.littleEndian != 1 {
      for index in numbers.indices { numbers[index] = Float(bitPattern: numbers[index].bitPattern.byteSwapped) }
    }
    if let number = numbers.first(where: { !(abs($0) <= GraphBuilder.largestWeight) }) {
      throw Self.fault(path, "\(what) holds \(number), which is no trained number: was the net trained to its end?")
    }
    offset += 4 * count
    return numbers
  }

  private static func fault(_ path: String, _ reason: String) -> ModelLoadingError { .file(path: path, reason: reason) }
}
