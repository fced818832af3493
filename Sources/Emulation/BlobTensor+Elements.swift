import Blob

extension BlobElementType {
  /// The elements of a type; of float32 their bits.
  public var range: ClosedRange<Int32> {
    switch self {
    case .float32, .int32: Int32.min...Int32.max
    case .uint8: 0...255
    case .int8: -128...127
    }
  }
}

extension BlobTensor {
  /// The elements that stand for `numbers`, to the last bit as Formats/Blob.md, "Plan", has it:
  /// multiplied by the reciprocal of the scale, 0.5 added, down to a whole number, the zero point added, into the
  /// range.
  ///
  /// - Precondition: the type is of bytes.
  public func elements(of numbers: [Float]) -> [Int32] {
    precondition(!type.isOfWords, "numbers become bytes")
    let (least, most) = (Float(type.range.lowerBound), Float(type.range.upperBound))
    let reciprocal = 1 / scale
    return numbers.map { number in
      let product = number * reciprocal
      if product.isNaN { return 0 }
      return Int32(min(max((product + 0.5).rounded(.down) + Float(zeroPoint), least), most))
    }
  }

  /// What elements stand for.
  ///
  /// - Precondition: the type is an integer.
  public func numbers(of elements: [Int32]) -> [Float] {
    precondition(type != .float32, "float32 elements are numbers already")
    return elements.map { scale * Float($0 - Int32(zeroPoint)) }
  }
}
