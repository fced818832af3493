/// s to floor((s 2^shift mod 2^32) multiplier 2^exponent / 2^32).
public struct BlobRescale: Equatable, Sendable {
  /// l and e: 0...15 each.
  public var shift, exponent: Int
  /// m: 0...65535.
  public var multiplier: Int

  public init(shift: Int, exponent: Int, multiplier: Int) {
    (self.shift, self.exponent, self.multiplier) = (shift, exponent, multiplier)
  }

  static let blank = BlobRescale(shift: 0, exponent: 0, multiplier: 0)

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.u8("the shift", "l", &shift, BlobFormat.shift)
    try coder.u8("the exponent", "e", &exponent, BlobFormat.shift)
    try coder.varint("the multiplier", "m", &multiplier, BlobFormat.multiplier)
  }
}

/// How a layer's sums become 64ths of its output's unit: instead of row scales and biases.
public struct BlobScaling: Equatable, Sendable {
  /// l and e: 0...15 each.
  public var shift, exponent: Int
  /// m of each row, 0...65535, stored in a byte each where all fit; or one for all rows.
  public var multipliers: [Int]
  /// nil where all are 0.
  public var biases: BlobBiases?

  /// - Parameter multipliers: one, or one a row.
  public init(shift: Int, exponent: Int, multipliers: [Int], biases: BlobBiases?) {
    (self.shift, self.exponent) = (shift, exponent)
    self.multipliers = multipliers
    self.biases = biases
  }

  /// Formats/Blob.md, "Integer weights".
  mutating func code<Coder: StepCoder>(_ coder: inout Coder, rows: Int) throws(Coder.Failure) {
    try coder.u8("the shift", "l", &shift, BlobFormat.shift)
    try coder.u8("the exponent", "e", &exponent, BlobFormat.shift)
    var width = multiplierWidth
    try coder.u8("the width of the multipliers", "width", &width, 0...2)
    if width == 0 {
      var multiplier = multipliers.first ?? 0
      try coder.varint("the multiplier", "m", &multiplier, BlobFormat.multiplier)
      multipliers = [multiplier]
    } else {
      let form = VectorForm(width: width, isSigned: false, part: .multipliers)
      try coder.vector("the multipliers", &multipliers, count: rows, form, "rows")
      try coder.check("") { () throws(BlobFault) in
        for m in multipliers { try Rule.count("the multiplier", m, BlobFormat.multiplier) }
      }
    }
    try coder.biases(&biases, count: rows, "rows")
  }

  /// Bytes of a multiplier: 0 for one that all rows share, else the fewest that hold all.
  private var multiplierWidth: Int {
    multipliers.count == 1 ? 0 : multipliers.allSatisfy { $0 < 256 } ? 1 : 2
  }
}

/// Numbers times a power of two, in 64ths of the output's unit; one a row or channel.
public struct BlobBiases: Equatable, Sendable {
  /// Stored in 1, 2 or 4 bytes each, the fewest that hold all; -2^29...2^29.
  public var numbers: [Int32]
  /// k: 0...13, and 0 where numbers take 4 bytes.
  public var shift: Int

  public init(_ numbers: [Int32], shift: Int = 0) { (self.numbers, self.shift) = (numbers, shift) }

  /// Bytes of a number: the fewest that hold all.
  fileprivate var width: Int {
    [1, 2].first { width in
      let bound = Int32(1) << Int32(8 * width - 1)
      return numbers.allSatisfy { $0 >= -bound && $0 < bound }
    } ?? 4
  }
}

extension BlobBiases? {
  mutating func code<Coder: StepCoder>(_ coder: inout Coder, count: Int) throws(Coder.Failure) {
    var width = self?.width ?? 0
    try coder.u8("the width of the biases", "width", &width, 0...4)
    try coder.check("") { () throws(BlobFault) in
      if width == 3 { throw .range("the width of the biases", width, allowed: 0...4) }
    }
    guard width > 0 else {
      self = nil
      return
    }
    var biases = self ?? BlobBiases([])
    var numbers = biases.numbers.map { Int($0) }
    try coder.u8("the biases' shift", "k", &biases.shift, width == 4 ? 0...0 : BlobFormat.biasShift)
    let form = VectorForm(width: width, isSigned: true, part: .biases)
    try coder.vector("the biases", &numbers, count: count, form, "count")
    if width == 4 { try coder.look(at: 4 * count) }
    try coder.check("") { () throws(BlobFault) in
      for number in numbers { try Rule.count("a bias", number, BlobFormat.bias) }
    }
    biases.numbers = numbers.map { Int32(truncatingIfNeeded: $0) }
    self = biases
  }
}
