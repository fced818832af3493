// A tensor of a .tflite file: its shape, its elements, and what its integers stand for.

/// Types of elements, with the schema's numbers.
package enum TFLiteElement: Int8, CaseIterable, Sendable {
  case float32, float16, int32, uint8, int64, string, bool, int16, complex64, int8, float64, complex128
  case uint64, resource, variant, uint32, uint16, int4, bfloat16, int2, uint4

  /// Bytes of an element; nil where it has no width of whole bytes, or none that is read.
  package var width: Int? {
    switch self {
    case .int8, .uint8, .bool: 1
    case .int16, .float16, .uint16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .int64, .uint64, .float64: 8
    case .string, .complex64, .complex128, .resource, .variant, .int4, .int2, .uint4: nil
    }
  }

  /// What its integers may be; nil where it holds none that are read.
  package var range: ClosedRange<Int>? {
    switch self {
    case .int8: -128...127
    case .uint8: 0...255
    case .bool: 0...1
    case .int16: -32768...32767
    case .int32: Int(Int32.min)...Int(Int32.max)
    case .int64: Int.min...Int.max
    case .float32, .float16, .string, .complex64, .float64, .complex128, .uint64, .resource, .variant,
      .uint32, .uint16, .int4, .bfloat16, .int2, .uint4:
      nil
    }
  }

  /// Whether numbers of places are given in it.
  var holdsPlaces: Bool { self == .int32 || self == .int64 }

  /// The schema's name, for messages.
  package var name: String { "\(self)".uppercased() }
}

/// What integers stand for: number = scale x (integer - zero point).
package struct TFLiteQuantization: Equatable, Sendable {
  /// One for all, or one for each position along `axis`; finite, above 0.
  package let scales: [Float]
  /// One for each scale, within the element's range.
  package let zeroPoints: [Int]
  /// nil: one scale for all.
  package let axis: Int?
}

/// A tensor, checked: its sizes are positive, its data are as long as its shape and element say.
package struct TFLiteTensor: Equatable, Sendable {
  /// As the file names it; may be empty, and may be another's.
  package let name: String
  /// Every axis, the batch included; empty for one number.
  package let shape: [Int]
  /// Whether the file leaves the first axis free (the shape says 1 there).
  package let hasFreeBatch: Bool
  package let element: TFLiteElement
  /// Of integers that stand for numbers.
  package let quantization: TFLiteQuantization?
  /// Where in the file a constant's elements lie, little endian, row-major; nil: it is computed, or an input.
  package let data: Range<Int>?
  /// Whether it lasts from call to call.
  package var isVariable = false

  package var isConstant: Bool { data != nil }
  package var count: Int { saturatingProduct(shape) }
}
