import EntropyCoding

// Where the survivors of a layer are, and what they are, can be written in several ways. Each is one type,
// with every candidate that it has for a layer, the bits of a lane, and the way back. To add one: its
// file here, a case of `MaskKind`, and its line in `MaskKind.coders`. Formats/Blob.md, "Weights", "Lanes".

/// How positions of survivors are coded. Formats/Blob.md, "Lanes".
public enum MaskKind: UInt8, Sendable, CaseIterable {
  /// Every position has a weight.
  case none = 0
  case gaps = 1
  case bitmap = 2
  /// One symbol says a gap and the code behind it.
  case joint = 3
  /// Gaps with an alphabet for each of two classes of rows.
  case gapsByRow = 4
  /// Column by column, so that those of inputs that are zero are passed over.
  case columns = 5
  /// A byte for the column of each survivor and half a byte for its code.
  case indexed = 6

  /// What codes each. Of two that take the same bytes and pad the first is taken.
  static var coders: [(kind: MaskKind, coder: any MaskCoder.Type)] {
    [
      (.none, NoMask.self), (.bitmap, BitmapMask.self), (.gaps, GapsMask.self),
      (.joint, JointMask.self), (.gapsByRow, RowClassesMask.self), (.columns, ColumnsMask.self),
      (.indexed, IndexedMask.self),
    ]
  }

  var coder: any MaskCoder.Type {
    Self.coders.first { $0.kind == self }?.coder ?? NoMask.self
  }
}

/// One way to code the lanes of a layer, in both directions.
protocol MaskCoder {
  /// The kinds of values that go with it: raw, one alphabet of codes, three by their neighbours.
  static var valueKinds: ClosedRange<Int> { get }
  /// Gap alphabets that stand in the plan; two are of two classes of rows.
  static var gapAlphabets: Int { get }
  /// Whether there are symbols that pass over K zeros.
  static var hasJumps: Bool { get }
  /// Whether codes have words of an alphabet, which stands in the plan.
  static var hasCodeWords: Bool { get }
  /// Most levels of a table.
  static var mostLevels: Int { get }
  /// Symbols of an alphabet of values.
  static func symbols(levels: Int, jump: Int) -> Int

  static func isAllowed(by options: CodingOptions) -> Bool
  /// Ways to write a layer, sized exactly.
  ///
  /// - Parameter others: what the coders before it in the list have found; none if it is the only one.
  static func candidates(of layer: LayerCoding, beside others: [MaskCandidate]) -> [MaskCandidate]

  static func write(_ lane: inout LaneWriter)
  /// Reads positions and values until the lane's last position is passed; trusts no bit.
  static func read(_ lane: inout LaneReader) throws(EntropyCodingError)
  /// Most symbols that a lane can have: one a bit, but where alphabets of one symbol take no bits.
  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int
}

extension MaskCoder {
  static var gapAlphabets: Int { 0 }
  static var hasJumps: Bool { gapAlphabets > 0 }
  static var hasCodeWords: Bool { true }
  static var mostLevels: Int { BlobFormat.levels.upperBound }
  static func symbols(levels: Int, jump: Int) -> Int { levels }
  static func isAllowed(by options: CodingOptions) -> Bool { true }
}

/// One way to write the survivors of a layer.
struct MaskCandidate {
  let kind: MaskKind
  /// K; 0 where nothing jumps.
  var jump = 0
  /// Code lengths of gap symbols 0...K, one alphabet or one for each class of rows; none without
  /// gaps.
  var gapLengths: [[UInt8]] = []
  /// For each row whether it is of the second class; none where there is one.
  var isSecond: [Bool] = []
  /// Code lengths of codes, of codes by their neighbours, or of joint symbols; none for raw
  /// weights, and where codes have no words.
  let valueLengths: [[UInt8]]
  /// Whether values are the bytes of their levels, without an alphabet or a table.
  var hasPlainBytes = false
  /// For each lane the symbol that ends it, if it has zeros after its last survivor.
  var closings: [Int?] = []
  /// Bits of each lane.
  let laneBits: [Int]
  /// Bytes that depend on the choice: alphabets, lane sizes, lanes; and what is charged.
  let bytes: Int
  /// Pad that the layer's banks need; 0 if no lane has bits.
  let pad: Int

  static let plainBytes = 3

  /// Formats/Blob.md, "Weights": values.
  var valueKind: UInt8 {
    if hasPlainBytes { return UInt8(Self.plainBytes) }
    if !kind.coder.hasCodeWords { return 1 }
    return valueLengths.isEmpty ? 0 : valueLengths.count == 1 ? 1 : 2
  }
}
