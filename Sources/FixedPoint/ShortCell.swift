// The numbers of 16 bits in a quantized LSTM: what its gates are given, what they give, and its cell. A number that a
// gate is given is in 2^-12, a gate's in 2^-15, a cell's in 2^power. Sigmoid and hyperbolic tangent are read off one
// table of the sigmoid, by chords between its points.
//
// Source: UNIDIRECTIONAL_SEQUENCE_LSTM of TensorFlow Lite Micro, as measured on its answers.

/// Functions of 16 bits, and what an LSTM makes of them, to the last bit.
package enum ShortCell {
  /// Of what a cell's scale may be the power of two.
  package static let powers = -15...0

  /// (g - g'' / 9216) 2^16 at i / 24, g the sigmoid: chords of what is raised by h^2 / 16 of its second derivative are
  /// nearer to it than its own. The last is the most that 16 bits hold.
  package static let sigmoids: [Int] = [
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535,
  ]

  /// The nearest integer of 16 bits.
  package static func saturated(_ number: Int) -> Int { min(max(number, -32768), 32767) }

  /// The sigmoid of x 2^-12, in 2^-15.
  ///
  /// - Parameter x: of 16 bits.
  package static func sigmoid(_ x: Int) -> Int {
    let size = abs(3 * x)
    let (place, rest) = (size >> 9, size & 511)
    let r = sigmoids[place] << 9 + rest * (sigmoids[place + 1] - sigmoids[place])
    return x >= 0 ? (r + 1 << 9) >> 10 : (1 << 25 - r + 1 << 9 - 1) >> 10
  }

  /// The hyperbolic tangent of x 2^power, in 2^-15.
  ///
  /// - Parameters:
  ///   - x: of 16 bits.
  ///   - power: one of ``powers``; of what a gate is given -12.
  package static func tangent(_ x: Int, power: Int) -> Int {
    let shift = power + 12
    let v = shift >= 0 ? (3 * x) << shift : (3 * x + 1 << (-shift - 1)) >> -shift
    let (place, rest) = (abs(v) >> 8, abs(v) & 255)
    let r = place >= 255 ? 65535 << 8 : sigmoids[place] << 8 + rest * (sigmoids[place + 1] - sigmoids[place])
    return v >= 0 ? (r - 1 << 23 + 1 << 7) >> 8 : (-r + 1 << 23 + 1 << 7 - 1) >> 8
  }

  /// What a cell becomes.
  ///
  /// - Parameters:
  ///   - cell: what it was, in 2^power.
  ///   - input, forget, new: what the gates and what is new are given, in 2^-12.
  ///   - limit: within so much of 0; 0: anywhere in 16 bits.
  package static func cell(_ cell: Int, input: Int, forget: Int, new: Int, power: Int, limit: Int) -> Int {
    let kept = product(sigmoid(forget) * cell, exponent: -14)
    let added = product(sigmoid(input) * tangent(new, power: -12), exponent: -29 - power)
    let sum = saturated(kept + added)
    return limit > 0 ? min(max(sum, -limit), limit) : sum
  }

  /// What a cell shows, in 2^-30: its tangent times a gate.
  ///
  /// - Parameter output: what that gate is given, in 2^-12.
  package static func shown(_ cell: Int, output: Int, power: Int) -> Int {
    tangent(cell, power: power) * sigmoid(output)
  }

  /// By a power of two, below 2^31.
  private static func product(_ number: Int, exponent: Int) -> Int {
    saturated(Int(FixedMultiplier(mantissa: 1 << 30, exponent: exponent).applied(to: Int32(number))))
  }
}
