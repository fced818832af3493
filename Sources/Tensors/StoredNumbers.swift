/// A vector as it is stored beside a layer's codes, its table among them: numbers, and the precision
/// that holds each of them exactly.
///
///     StoredNumbers.nearestIntegers([1, -0.5, 0.1])  // int8, scale 1 / 127: [1, -0.503..., 0.102...]
public struct StoredNumbers: Equatable, Sendable, Codable {
  public enum Precision: Equatable, Sendable, Codable {
    /// No numbers; what that means depends on the field.
    case absent
    case float16
    case float32
    /// Each number is `scale` times an integer in -128...127, multiplied in float32.
    case int8(scale: Float)
    /// The same with an integer in -32,768...32,767.
    case int16(scale: Float)

    /// Multiples of a scale, in integers of a width.
    package static func integers(_ width: IntegerWidth, scale: Float) -> Precision {
      switch width {
      case .int8: .int8(scale: scale)
      case .int16: .int16(scale: scale)
      }
    }

    /// Of the integers; nil for floats.
    public var width: IntegerWidth? {
      switch self {
      case .absent, .float16, .float32: nil
      case .int8: .int8
      case .int16: .int16
      }
    }
  }

  /// What scales of int8, and of int16, are below: all products are finite.
  package static let byteScaleBound: Float = 0x1p121
  package static let shortScaleBound: Float = 0x1p113

  public let precision: Precision
  /// Finite. None if absent.
  public let values: [Float]

  public static let absent = StoredNumbers(unchecked: [], .absent)

  /// - Precondition: ``holds(_:precision:)``.
  public init(_ values: [Float], precision: Precision = .float32) {
    precondition(Self.holds(values, precision: precision), "numbers that \(precision) cannot hold")
    self.init(unchecked: values, precision)
  }

  package init(unchecked values: [Float], _ precision: Precision) {
    self.values = values
    self.precision = precision
  }

  /// Numbers as they were encoded; checked, since they may come from a file.
  public init(from decoder: any Decoder) throws {
    let parts = try decoder.container(keyedBy: CodingKeys.self)
    values = try parts.decode([Float].self, forKey: .values)
    precision = try parts.decode(Precision.self, forKey: .precision)
    let isHeld = Self.holds(values, precision: precision)
    try decoder.check(isHeld ? nil : "numbers that \(precision) cannot hold")
  }

  /// Whether every one of `values` is finite and exactly representable; none are if absent.
  public static func holds(_ values: [Float], precision: Precision) -> Bool {
    switch precision {
    case .absent:
      return values.isEmpty
    case .float16:
      return values.allSatisfy { $0.isFinite && Float(Float16($0)) == $0 }
    case .float32:
      return values.allSatisfy(\.isFinite)
    case .int8(let scale):
      return abs(scale) < byteScaleBound
        && values.allSatisfy { step($0, scale: scale) as Int8? != nil }
    case .int16(let scale):
      return abs(scale) < shortScaleBound
        && values.allSatisfy { step($0, scale: scale) as Int16? != nil }
    }
  }

  /// Whether there are numbers.
  public var areAbsent: Bool { precision == .absent }

  /// Bytes in a blob, the scale among them.
  public var byteCount: Int {
    switch precision {
    case .absent: 0
    case .float16: 2 * values.count
    case .float32: 4 * values.count
    case .int8: 4 + values.count
    case .int16: 4 + 2 * values.count
    }
  }

  /// The signed bytes or 16-bit numbers whose products with the scale are the values; nil of other
  /// precisions, and where the scale is 0.
  public var integers: [Int]? {
    switch precision {
    case .int8(let scale) where scale != 0:
      values.map { Int(Self.step($0, scale: scale) as Int8? ?? 0) }
    case .int16(let scale) where scale != 0:
      values.map { Int(Self.step($0, scale: scale) as Int16? ?? 0) }
    default: nil
    }
  }

  /// The integer whose product with `scale` is `value`; nil if there is none.
  package static func step<Step: FixedWidthInteger>(_ value: Float, scale: Float) -> Step? {
    guard value.isFinite else { return nil }
    if value == 0 { return 0 }
    let quotient = (value / scale).rounded()
    for candidate in [quotient, quotient - 1, quotient + 1] {
      if let step = Step(exactly: candidate), scale * Float(step) == value { return step }
    }
    return nil
  }

  /// Some of the numbers, stored alike; absent where all of these are 0.
  package func picking(_ indices: [Int]) -> StoredNumbers {
    if areAbsent { return self }
    let picked = indices.map { values[$0] }
    return picked.allSatisfy { $0 == 0 } ? .absent : StoredNumbers(unchecked: picked, precision)
  }
}
