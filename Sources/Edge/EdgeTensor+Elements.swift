// Numbers as the elements that a blob takes, and its answers as numbers. Formats/Blob.md, "Element types".

import Blob
import Emulation

extension EdgeTensor {
  /// The bytes of the elements that stand for numbers.
  public func elements(of numbers: [Float]) -> [UInt8] {
    guard type != .float32 else { return numbers.withUnsafeBytes { Array($0) } }
    return blobTensor.elements(of: numbers).map { UInt8(truncatingIfNeeded: $0) }
  }

  /// The numbers that elements stand for.
  public func numbers(of elements: [UInt8]) -> [Float] {
    guard type == .float32 else { return blobTensor.numbers(of: integers(of: elements)) }
    return [Float](unsafeUninitializedCapacity: elements.count / 4) { buffer, count in
      count = elements.count / 4
      elements.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
    }
  }

  /// Elements of an integer type; of float32 the bits of each.
  public func integers(of elements: [UInt8]) -> [Int32] {
    switch type {
    case .float32: numbers(of: elements).map { Int32(bitPattern: $0.bitPattern) }
    case .uint8: elements.map { Int32($0) }
    case .int8: elements.map { Int32(Int8(bitPattern: $0)) }
    case .int32:
      elements.withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map { Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
      }
    }
  }

  private var blobTensor: BlobTensor {
    BlobTensor(place: 0, shape: [elements], type: type, scale: scale, zeroPoint: zeroPoint)
  }

  /// Elements in decimal, for people: integers, or the shortest text of a float.
  package func texts(of bytes: [UInt8]) -> [String] {
    switch type {
    case .float32: numbers(of: bytes).map { "\($0)" }
    case .uint8, .int8, .int32: integers(of: bytes).map { "\($0)" }
    }
  }
}
