// Numbers as bytes. Formats/Blob.md, "Element types": a byte q stands for scale x q, zero for zero.

import Blob

/// How the elements of a uint8 or int8 tensor stand for numbers.
package struct ByteTensor: Equatable, Sendable {
  /// What an element of 1 stands for: above 0.
  package var scale: Double
  /// int8; else uint8.
  package var isSigned: Bool

  package init(scale: Double, isSigned: Bool) {
    (self.scale, self.isSigned) = (scale, isSigned)
  }

  var type: BlobElementType { isSigned ? .int8 : .uint8 }

  /// The largest element that calibration aims at; int8 has -128 besides.
  package static func largest(isSigned: Bool) -> Double { isSigned ? 127 : 255 }

  /// The largest magnitude that an element can have.
  var extreme: Int { isSigned ? 128 : 255 }

  /// The element whose number is nearest.
  ///
  /// What is no number becomes 0.
  func element(_ number: Double) -> Int {
    let steps = number.isNaN ? 0 : (number / scale).rounded()
    return Int(isSigned ? min(max(steps, -128), 127) : min(max(steps, 0), 255))
  }

  func byte(_ number: Double) -> UInt8 { UInt8(truncatingIfNeeded: element(number)) }

  /// The elements in the order of their bytes.
  var elements: [Int] { (0..<256).map { isSigned && $0 > 127 ? $0 - 256 : $0 } }
}
