// The one place where the numbers of a file are rounded: weights, tables, scales and biases.

extension StoredNumbers {
  /// The integer of `-limit...limit` whose product with `scale` is nearest to a value; 0 where the
  /// scale is 0.
  ///
  /// - Parameter rule: which of two as near.
  package static func integer(
    nearest value: Float, scale: Float, limit: Int = 127,
    rule: FloatingPointRoundingRule = .toNearestOrEven
  ) -> Int {
    guard scale > 0 else { return 0 }
    return Int(max(-Float(limit), min(Float(limit), (value / scale).rounded(rule))))
  }

  /// The nearest multiples of a scale, to nearest even; int8 where `limit` is at most 127, else int16.
  ///
  /// - Parameter limit: of the integers, 1...32,767.
  package static func multiples(nearest values: [Float], of scale: Float, limit: Int = 127)
    -> StoredNumbers
  {
    StoredNumbers(
      unchecked: values.map { scale * Float(integer(nearest: $0, scale: scale, limit: limit)) },
      limit > 127 ? .int16(scale: scale) : .int8(scale: scale))
  }

  /// The same at the scale that makes the greatest magnitude `limit`.
  ///
  /// - Precondition: all finite.
  public static func nearestIntegers(_ values: [Float], limit: Int = 127) -> StoredNumbers {
    precondition(values.allSatisfy(\.isFinite))
    let bound = limit > 127 ? shortScaleBound : byteScaleBound
    let scale = min(values.reduce(0) { max($0, abs($1)) } / Float(limit), bound.nextDown)
    return multiples(nearest: values, of: scale, limit: limit)
  }

  /// The nearest numbers of binary16. nil where one is beyond its range (65504).
  public static func nearestFloat16(_ values: [Float]) -> StoredNumbers? {
    let rounded = values.map { Float(Float16($0)) }
    return rounded.allSatisfy(\.isFinite) ? StoredNumbers(unchecked: rounded, .float16) : nil
  }

  /// In float16 where each value is 0 or becomes a normal number of it, in float32 otherwise.
  ///
  /// - Parameter apart: whether values that differ must stay so.
  public static func nearestFloats(_ values: [Float], apart: Bool = false) -> StoredNumbers {
    let isHalf = values.allSatisfy { $0 == 0 || Float16($0).isNormal }
      && (!apart || Set(values.map { Float16($0) }).count == Set(values).count)
    return isHalf ? nearestFloat16(values) ?? .init(values) : .init(values)
  }

  /// In the fewest bytes that move no value by more than `tolerance`; float32 if no other does.
  ///
  /// - Parameter tolerance: 0 or more; with 0 values are kept exactly.
  public static func smallest(_ values: [Float], tolerance: Float = 0) -> StoredNumbers {
    [nearestFloat16(values), nearestIntegers(values)].compactMap(\.self)
      .filter { zip(values, $0.values).allSatisfy { abs($0 - $1) <= tolerance } }
      .reduce(StoredNumbers(values)) { $1.byteCount < $0.byteCount ? $1 : $0 }
  }
}
