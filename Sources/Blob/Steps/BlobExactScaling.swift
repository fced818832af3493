import EntropyCoding

// How the sums of an exact layer become bytes: a multiplier, an exponent and a bias a row, packed in as
// many bits as the layer needs. Formats/Blob.md, "Exact steps".

/// A row's way from its sum to a byte: scale(sum + bias), see ``BlobExactRescale``.
public struct BlobExactRow: Equatable, Sendable {
  public var rescale: BlobExactRescale
  /// Added to the sum before it is scaled; the input's zero point is in it.
  public var bias: Int

  public init(_ rescale: BlobExactRescale, bias: Int) { (self.rescale, self.bias) = (rescale, bias) }
}

/// m 2^(e - 31), rounded twice: see Formats/Blob.md, "Exact steps".
public struct BlobExactRescale: Equatable, Sendable {
  /// m: 0...2^31 - 1, of a row 2^30 at least.
  public var multiplier: Int
  /// e: -31...30.
  public var exponent: Int

  public init(multiplier: Int, exponent: Int) {
    (self.multiplier, self.exponent) = (multiplier, exponent)
  }

  static let blank = BlobExactRescale(multiplier: 1 << 30, exponent: 0)

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.varint("the multiplier", "m", &multiplier, BlobFormat.exactMultiplier)
    try coder.exponent(&exponent)
  }
}

extension StepCoder {
  /// An exponent of an exact step.
  mutating func exponent(_ exponent: inout Int) throws(Failure) {
    let allowed = BlobFormat.exactExponents
    var raised = exponent - allowed.lowerBound
    try u8("the exponent", "e + 31", &raised, 0...allowed.upperBound - allowed.lowerBound)
    exponent = raised + allowed.lowerBound
  }

  /// An element of int8.
  mutating func element(_ name: String, _ symbol: String, _ element: inout Int) throws(Failure) {
    var byte = element & 0xFF
    try u8(name, "\(symbol) as int8", &byte, 0...255)
    element = byte > 127 ? byte - 256 : byte
  }
}

extension StepCoder {
  /// The elements that results are kept between; nothing where these are all.
  mutating func cut(_ low: inout Int, _ high: inout Int) throws(Failure) {
    var isCut = (low, high) == (-128, 127) ? 0 : 1
    try u8("whether results are cut off", "cut", &isCut, 0...1)
    guard isCut == 1 || saysAll else {
      (low, high) = (-128, 127)
      return
    }
    when("if 1")
    try element("the least element", "low", &low)
    try element("the largest element", "high", &high)
    let (least, most) = (low, high)
    try check("low <= high") { () throws(BlobFault) in
      try Rule.count("the largest element", most, least...127)
      if (least, most) == (-128, 127), isCut == 1 { throw .misplaced("a cut that leaves all elements") }
    }
  }
}

/// y's zero point and the elements that it is kept between.
public struct BlobExactRange: Equatable, Sendable {
  /// -128...127 each; low <= high.
  public var zero, low, high: Int

  public init(zero: Int, low: Int = -128, high: Int = 127) {
    (self.zero, self.low, self.high) = (zero, low, high)
  }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.element("the zero point", "zero", &zero)
    try coder.cut(&low, &high)
  }
}

/// The rows of an exact layer.
public struct BlobExactScaling: Equatable, Sendable {
  /// One a row.
  public var rows: [BlobExactRow]
  /// Whether a multiplier is shifted right by what its exponent is below 0, rather than its product, which is then
  /// rounded once.
  public var roundsOnce: Bool

  public init(_ rows: [BlobExactRow], roundsOnce: Bool = false) { (self.rows, self.roundsOnce) = (rows, roundsOnce) }

  /// By what a row is finished.
  public func finish(_ row: Int) -> BlobExactRow {
    var finish = rows[row]
    if roundsOnce, finish.rescale.exponent < 0 {
      finish.rescale = BlobExactRescale(
        multiplier: finish.rescale.multiplier >> -finish.rescale.exponent, exponent: 0)
    }
    return finish
  }

  /// Formats/Blob.md, "Exact weights".
  mutating func code<Coder: StepCoder>(
    _ coder: inout Coder, rows count: Int
  ) throws(Coder.Failure) {
    var form = PackedRows(rows, roundsOnce: roundsOnce)
    try form.code(&coder)
    var (packed, further) = (form.pack(rows), form.packFurther(rows))
    let bytes = VectorForm(width: 1, isSigned: false, part: .multipliers)
    if form.rowBits > 0 {
      try coder.vector("the rows", &packed, count: form.bytes(of: count), bytes, "packed")
    }
    if form.furtherBits > 0 {
      try coder.look(at: (count + 7) / 8)
      let size = (form.longRows(packed, count: count) * form.furtherBits + 7) / 8
      try coder.vector("further bits", &further, count: size, bytes, "packed")
    }
    let (read, spare) = form.unpack(packed, further, count: count)
    try coder.check("") { () throws(BlobFault) in
      guard !spare else { throw .spareBits("the rows") }
      try Rule.length("the rows", rows.isEmpty ? count : rows.count, count)
      for row in rows {
        try Rule.count("a multiplier", row.rescale.multiplier, BlobFormat.rowMultiplier)
        try Rule.count(
          "an exponent", row.rescale.exponent, BlobFormat.exactExponents)
        try Rule.count("a bias", row.bias, Int(Int32.min)...Int(Int32.max))
      }
    }
    (rows, roundsOnce) = (read, form.roundsOnce)
  }
}

/// In how many bits a row's numbers are.
///
/// Most multipliers need fewer bits than the longest: those that need more have the rest elsewhere, and a
/// bit a row, before the rows, says which.
private struct PackedRows {
  /// Of a multiplier, behind its leading one; ``isShared``: all rows have one multiplier.
  private var multiplierBits = 0
  /// Of a long one, behind these; 0: none is.
  private(set) var furtherBits = 0
  private var shared = BlobExactRescale.blank
  /// Those of rows are at most so far below it.
  private var top: Int
  private var exponentBits, biasBits, biasShift: Int
  private(set) var roundsOnce: Bool

  private static let sharedMark = 31
  private var isShared: Bool { multiplierBits == Self.sharedMark }

  init(_ rows: [BlobExactRow], roundsOnce: Bool) {
    self.roundsOnce = roundsOnce
    let rescales = rows.map(\.rescale)
    top = rescales.map(\.exponent).max() ?? 0
    let depth = top - (rescales.map(\.exponent).min() ?? 0)
    exponentBits = Int.bitWidth - depth.leadingZeroBitCount
    let biases = rows.map(\.bias)
    let shift = min(31, biases.map(\.trailingZeroBitCount).min() ?? 0)
    biasShift = biases.allSatisfy { $0 == 0 } ? 0 : shift
    biasBits = biases.map { [biasShift] in
      let number = $0 >> biasShift
      return number == 0 ? 0 : Int.bitWidth + 1 - (number < 0 ? ~number : number).leadingZeroBitCount
    }.max() ?? 0
    if let first = rescales.first, rescales.allSatisfy({ $0 == first }) {
      (multiplierBits, shared) = (Self.sharedMark, first)
    } else {
      (multiplierBits, furtherBits) = Self.widths(rescales.map(\.significantBits))
    }
  }

  /// The widths of short multipliers, and of what long ones have beside, that take the fewest bits.
  private static func widths(_ needed: [Int]) -> (short: Int, further: Int) {
    let longest = needed.max() ?? 0
    var best = (bits: longest * needed.count, short: longest)
    for short in 0..<longest {
      let long = needed.count { $0 > short }
      let bits = needed.count * (short + 1) + long * (longest - short) + 32  // where these lie
      if bits < best.bits { best = (bits, short) }
    }
    return (best.short, longest - best.short)
  }

  var rowBits: Int { (isShared ? 0 : multiplierBits) + exponentBits + biasBits + (furtherBits > 0 ? 1 : 0) }
  private var flagBytes: (Int) -> Int { { [furtherBits] in furtherBits > 0 ? ($0 + 7) / 8 : 0 } }

  func bytes(of rows: Int) -> Int {
    flagBytes(rows) + (rows * (rowBits - (furtherBits > 0 ? 1 : 0)) + 7) / 8
  }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.u8("the bits of a multiplier", "w", &multiplierBits, 0...Self.sharedMark)
    if isShared {
      try coder.varint("the multiplier", "m", &shared.multiplier, BlobFormat.rowMultiplier)
      furtherBits = 0
    } else {
      try coder.u8("further bits", "v", &furtherBits, 0...30 - multiplierBits)
    }
    try coder.exponent(&top)
    var exponents = exponentBits + (biasShift > 0 ? 8 : 0) + (roundsOnce ? 16 : 0)
    try coder.u8("the bits of an exponent", "exponent bits", &exponents, 0...30)
    try coder.check("") { [exponents] () throws(BlobFault) in
      try Rule.count("the bits of an exponent", exponents % 8, 0...6)
    }
    (exponentBits, roundsOnce) = (exponents % 8, exponents >= 16)
    try coder.u8("the bits of a bias", "bias bits", &biasBits, 0...32)
    if exponents % 16 < 8 {
      biasShift = 0
    } else {
      try coder.u8("the biases' shift", "bias shift", &biasShift, 1...31)
    }
  }

  private func isLong(_ row: BlobExactRow) -> Bool {
    furtherBits > 0 && row.rescale.significantBits > multiplierBits
  }

  func pack(_ rows: [BlobExactRow]) -> [Int] {
    guard rowBits > 0 else { return [] }
    let flags = furtherBits > 0
      ? Bitmap.bytes(of: rows.indices.filter { isLong(rows[$0]) }, among: rows.count) : []
    var bits = BitWriter()
    for row in rows {
      if !isShared {
        let behindOne = (row.rescale.multiplier & (1 << 30 - 1)) >> (30 - multiplierBits)
        bits.append(UInt32(truncatingIfNeeded: behindOne), count: multiplierBits)
      }
      bits.append(UInt32(truncatingIfNeeded: top - row.rescale.exponent), count: exponentBits)
      let bias = UInt32(truncatingIfNeeded: row.bias >> biasShift)
      bits.append(biasBits < 32 ? bias & (1 << UInt32(biasBits) - 1) : bias, count: biasBits)
    }
    return (flags + bits.bytes).map { Int($0) }
  }

  func packFurther(_ rows: [BlobExactRow]) -> [Int] {
    var bits = BitWriter()
    for row in rows where isLong(row) {
      let further = row.rescale.multiplier >> (30 - multiplierBits - furtherBits)
      bits.append(UInt32(further & (1 << furtherBits - 1)), count: furtherBits)
    }
    return bits.bytes.map { Int($0) }
  }

  /// How many rows are long, of those that were packed.
  func longRows(_ packed: [Int], count: Int) -> Int {
    packed.prefix(flagBytes(count)).reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// The rows, and whether a bit behind the last of either is not 0.
  func unpack(
    _ packed: [Int], _ further: [Int], count: Int
  ) -> (rows: [BlobExactRow], spare: Bool) {
    let flags = packed.prefix(flagBytes(count)).map { UInt8(truncatingIfNeeded: $0) }
    var bits = PackedBits(packed.dropFirst(flags.count))
    var rest = PackedBits(further[...])
    let rows = (0..<count).map { row in
      let behindOne = isShared ? 0 : bits.take(multiplierBits)
      let depth = bits.take(exponentBits)
      let bias = bits.take(biasBits)
      let signed = biasBits > 0 && bias >> (biasBits - 1) == 1 ? bias - 1 << biasBits : bias
      var multiplier = isShared ? shared.multiplier : 1 << 30 | behindOne << (30 - multiplierBits)
      if row / 8 < flags.count, flags[row / 8] >> UInt8(row % 8) & 1 == 1 {
        multiplier |= rest.take(furtherBits) << (30 - multiplierBits - furtherBits)
      }
      return BlobExactRow(
        BlobExactRescale(
          multiplier: multiplier, exponent: max(top - depth, BlobFormat.exactExponents.lowerBound)),
        bias: Int(Int32(truncatingIfNeeded: signed << biasShift)))
    }
    let flagsEnd = flags.last.map { count % 8 > 0 && $0 >> UInt8(count % 8) != 0 } ?? false
    return (rows, flagsEnd || bits.isSpare || rest.isSpare)
  }
}

/// Bits of bytes that were read; what is not there is 0.
private struct PackedBits {
  private var reader: BitReader

  init(_ bytes: ArraySlice<Int>) {
    reader = BitReader(bytes.map { UInt8(truncatingIfNeeded: $0) }, bits: 0..<8 * bytes.count)
  }

  mutating func take(_ count: Int) -> Int { (try? reader.read(count)).map { Int($0) } ?? 0 }

  /// Whether one of the bits that are left, up to the byte's end, is not 0.
  var isSpare: Bool {
    var copy = self
    return copy.take(min(reader.remaining, 7)) != 0
  }
}

extension BlobExactRescale {
  /// Of a row's multiplier behind its leading one, up to the last that is not 0.
  fileprivate var significantBits: Int { 30 - min(30, multiplier.trailingZeroBitCount) }
}
