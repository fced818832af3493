/// A small seeded random generator: SplitMix64 (Steele, Lea and Flood, 2014).
///
/// Every random choice in Kinglet is drawn from one of these, so that a seed replays a run. The
/// state is one word, which is all a checkpoint has to keep.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  /// The whole state; two generators with equal states give equal sequences.
  public var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// An independent generator for a numbered piece of work: same parent and number, same stream.
  public func fork(_ number: UInt64) -> SeededGenerator {
    var child = SeededGenerator(seed: state ^ (number &* 0xD6E8_FEB8_6659_FD93))
    _ = child.next()
    return SeededGenerator(seed: child.next())
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in 0 ..< 1, 24 bits.
  public mutating func nextFloat() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Standard normal, by Box and Muller; two uniforms a call.
  public mutating func nextNormal() -> Float {
    let radius = (-2 * Float.log1p(-nextFloat())).squareRoot()
    return radius * Float.cosine(2 * .pi * nextFloat())
  }
}
