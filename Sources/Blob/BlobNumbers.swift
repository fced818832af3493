/// A vector of the parameters section: numbers, and the precision that holds each of them exactly.
public struct BlobNumbers: Equatable, Sendable {
  public enum Precision: Equatable, Sendable {
    /// No numbers; what that means depends on the field.
    case absent
    case float16
    case float32
    /// Each number is `scale` times an integer in -128...127, multiplied in float32.
    case int8(scale: Float)
    /// The same with an integer in -32,768...32,767.
    case int16(scale: Float)
  }

  public let precision: Precision
  /// Finite. Empty only if absent.
  public let values: [Float]

  public static let absent = BlobNumbers(unchecked: [], .absent)

  /// - Precondition: ``holds(_:precision:)``.
  public init(_ values: [Float], precision: Precision = .float32) {
    precondition(Self.holds(values, precision: precision), "numbers that \(precision) cannot hold")
    self.init(unchecked: values, precision)
  }

  init(unchecked values: [Float], _ precision: Precision) {
    self.values = values
    self.precision = precision
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
      return abs(scale) < BlobFormat.byteScaleBound
        && values.allSatisfy { step($0, scale: scale) as Int8? != nil }
    case .int16(let scale):
      return abs(scale) < BlobFormat.shortScaleBound
        && values.allSatisfy { step($0, scale: scale) as Int16? != nil }
    }
  }

  /// The nearest numbers of binary16. nil where one is beyond its range (65504).
  public static func nearestFloat16(_ values: [Float]) -> BlobNumbers? {
    let rounded = values.map { Float(Float16($0)) }
    return rounded.allSatisfy(\.isFinite) ? BlobNumbers(unchecked: rounded, .float16) : nil
  }

  /// The nearest of 255 evenly spaced numbers, the largest of `values` among them.
  ///
  /// - Precondition: all finite.
  public static func nearestInt8(_ values: [Float]) -> BlobNumbers {
    precondition(values.allSatisfy(\.isFinite))
    let largest = values.reduce(0) { max($0, abs($1)) }
    let nearest = largest > 0 ? max(largest / 127, .leastNonzeroMagnitude) : 0
    let scale = min(nearest, BlobFormat.byteScaleBound.nextDown)
    let rounded = values.map { value in
      scale > 0 ? scale * max(-127, min(127, (value / scale).rounded())) : 0
    }
    return BlobNumbers(unchecked: rounded, .int8(scale: scale))
  }

  /// Of ``byteCount``, those that a reader looks at one by one; scaled numbers are judged by their scale.
  var lookedAtBytes: Int {
    switch precision {
    case .absent, .int8, .int16: 0
    case .float16, .float32: byteCount
    }
  }

  /// Bytes in the parameters section.
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
  static func step<Step: FixedWidthInteger>(_ value: Float, scale: Float) -> Step? {
    guard value.isFinite else { return nil }
    if value == 0 { return 0 }
    let quotient = (value / scale).rounded()
    for candidate in [quotient, quotient - 1, quotient + 1] {
      if let step = Step(exactly: candidate), scale * Float(step) == value { return step }
    }
    return nil
  }
}
