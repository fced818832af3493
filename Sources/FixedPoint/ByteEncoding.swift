/// What a signed byte stands for: scale x (byte - zero point).
package struct ByteEncoding: Hashable, Sendable {
  /// Above 0 and finite.
  package let scale: Float
  /// -128...127.
  package let zeroPoint: Int32
  /// Whether what becomes bytes is rounded once, as onnxruntime rounds what it computes with floats. Else it is as
  /// TensorFlow Lite Micro has it.
  package let roundsOnce: Bool

  package init(scale: Float, zeroPoint: Int32, roundsOnce: Bool = false) {
    precondition(scale > 0 && scale.isFinite && (-128...127).contains(zeroPoint))
    (self.scale, self.zeroPoint, self.roundsOnce) = (scale, zeroPoint, roundsOnce)
  }

  /// Whether bytes stand for the same numbers.
  package func isSame(as other: ByteEncoding) -> Bool { scale == other.scale && zeroPoint == other.zeroPoint }

  /// What the reference writes probabilities of softmax and the sigmoid in: 0 to 255 / 256.
  package static let probability = ByteEncoding(scale: 1 / 256, zeroPoint: -128)
  /// What it writes their logarithms in: -255 / 16 to 0.
  package static let logProbability = ByteEncoding(scale: 1 / 16, zeroPoint: 127)
  /// What it writes tanh in.
  package static let symmetricUnit = ByteEncoding(scale: 1 / 128, zeroPoint: 0)

  /// The byte of a number in steps of the scale; what is outside is the nearest that is.
  package func byte(_ steps: Int32) -> Int8 { Int8(clamping: Int64(steps) + Int64(zeroPoint)) }

  /// The byte that is nearest to a number: the quotient in float32, halves away from zero, or to even where it rounds
  /// once. NaN is as 0.
  package func byte(of number: Float) -> Int8 { byte(ofSteps: number / scale) }

  /// The same of a number in steps of the scale.
  func byte(ofSteps steps: Float) -> Int8 { Int8(clamping: Int(zeroPoint) + self.steps(steps)) }

  /// The number that a byte stands for, in float32.
  package func number(_ byte: Int8) -> Float { scale * Float(Int32(byte) - zeroPoint) }

  /// The bytes between which numbers of low...high lie; either may be infinite. What lies wholly
  /// outside of the type is the end next to it.
  package func bytes(low: Float, high: Float) -> ClosedRange<Int8> {
    let (first, last) = (byte(of: low), byte(of: high))
    return min(first, last)...last
  }

  /// Rounded, and far beyond any byte at most.
  private func steps(_ quotient: Float) -> Int {
    let rounded = quotient.rounded(roundsOnce ? .toNearestOrEven : .toNearestOrAwayFromZero)
    return rounded.isNaN ? 0 : Int(min(max(rounded, -1024), 1024))
  }
}
