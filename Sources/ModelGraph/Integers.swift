// Integers that stand for numbers, as quantized files have them: number = scale x (integer - zero
// point). A parameter may be such integers, and so may a value; what computes with float32 takes a
// parameter's numbers, and refuses a value by name (Execution).

import Tensors

/// What integers stand for.
public struct IntegerEncoding: Equatable, Sendable, Codable {
  public enum Element: String, Equatable, Sendable, Codable {
    case int8, uint8, int32
    /// Between the layers of an LSTM and its cell.
    case int16

    /// Bytes of one.
    package var width: Int {
      switch self {
      case .int8, .uint8: 1
      case .int16: 2
      case .int32: 4
      }
    }

    var range: ClosedRange<Int32> {
      switch self {
      case .int8: -128...127
      case .uint8: 0...255
      case .int32: Int32.min...Int32.max
      case .int16: -32768...32767
      }
    }
  }

  /// How what is computed becomes integers.
  public enum Rounding: String, Equatable, Sendable, Codable {
    /// As TensorFlow Lite Micro has it: by factors of integers, twice.
    case twice
    /// As onnxruntime has it: what float32 comes to, once, halves to even.
    case once
  }

  public let element: Element
  /// One for all, or one for each position along `axis`; above 0.
  public let scales: [Float]
  /// One for each scale.
  public let zeroPoints: [Int32]
  public let axis: Int?
  public let rounding: Rounding

  public init(
    _ element: Element, scales: [Float], zeroPoints: [Int32], axis: Int? = nil, rounding: Rounding = .twice
  ) {
    (self.element, self.scales) = (element, scales)
    (self.zeroPoints, self.axis, self.rounding) = (zeroPoints, axis, rounding)
  }

  /// Numbers of places, which stand for themselves.
  public static let places = IntegerEncoding(.int32, scales: [1], zeroPoints: [0])

  /// What gates of an LSTM are given.
  package static let gates = IntegerEncoding(.int16, scales: [0x1p-12], zeroPoints: [0])

  /// Whether a tensor of this shape can be so encoded.
  public func fits(_ shape: [Int]) -> Bool {
    let count = axis.map { shape.indices.contains($0) ? shape[$0] : 0 } ?? 1
    return scales.count == count && zeroPoints.count == count
      && scales.allSatisfy { $0 > 0 && $0.isFinite } && zeroPoints.allSatisfy(element.range.contains)
  }
}

/// A dense array of integers with a shape, row-major.
public struct IntegerTensor: Equatable, Sendable {
  public let shape: [Int]
  public let integers: [Int32]
  public let encoding: IntegerEncoding

  /// - Returns: nil where there are not as many integers as the shape says, one is not of the type, or
  ///   the encoding does not fit the shape.
  public init?(shape: [Int], integers: [Int32], encoding: IntegerEncoding) {
    guard integers.count == ShapeInference.product(shape), encoding.fits(shape),
      integers.allSatisfy(encoding.element.range.contains)
    else { return nil }
    (self.shape, self.integers, self.encoding) = (shape, integers, encoding)
  }

  /// The numbers that they stand for.
  public var numbers: Tensor {
    let inner = encoding.axis.map { shape[($0 + 1)...].elementCount } ?? max(integers.count, 1)
    let values = integers.enumerated().map { place, integer in
      let group = place / inner % encoding.scales.count
      return encoding.scales[group] * Float(Int64(integer) - Int64(encoding.zeroPoints[group]))
    }
    return Tensor(shape: shape, values: values)
  }

  /// Other integers of the same shape and encoding.
  ///
  /// - Precondition: as many, and each of the type.
  package func with(_ integers: [Int32]) -> IntegerTensor {
    guard let tensor = IntegerTensor(shape: shape, integers: integers, encoding: encoding) else {
      preconditionFailure("other integers fit neither shape nor type")
    }
    return tensor
  }

  /// Some positions of an axis, each with its scale.
  func picking(_ places: [Int], along axis: Int) -> IntegerTensor {
    var (shape, encoding) = (shape, encoding)
    let integers = integers.picking(places, along: axis, of: shape)
    shape[axis] = places.count
    if axis == encoding.axis {
      encoding = IntegerEncoding(
        encoding.element, scales: places.map { encoding.scales[$0] },
        zeroPoints: places.map { encoding.zeroPoints[$0] }, axis: axis, rounding: encoding.rounding)
    }
    guard let picked = IntegerTensor(shape: shape, integers: integers, encoding: encoding) else {
      preconditionFailure("places outside of the axis")
    }
    return picked
  }
}

extension Parameter {
  /// Some positions of an axis; of integers their integers.
  func picking(_ places: [Int], along axis: Int) -> Parameter {
    guard let integers else {
      return Parameter(name: name, role: role, tensor: tensor.picking(places, along: axis))
    }
    return Parameter(name: name, role: role, integers: integers.picking(places, along: axis))
  }
}
