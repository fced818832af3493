// While a plan is read, every field, vector and lane is noted with what it is, so that a ledger can
// account for each byte.

/// What a byte of a blob is for.
public enum BlobPart: String, Sendable, CaseIterable {
  case header
  case sectionTable
  /// Numbers, places and shapes of inputs and outputs, transforms, and the number of steps.
  case interface
  /// A step's opcode and fields, its activation with them.
  case fields
  /// A layer's kind of mask, gap alphabets and classes of rows.
  case gapAlphabet
  /// A layer's kind of values and its alphabet of codes, or of joint symbols.
  case codeAlphabet
  /// Where in the parameters section a step's vectors are, and in what precision.
  case vectorPlaces
  /// Where in the banks a layer's lanes are, and how long.
  case lanePlaces
  case table
  case rowScales
  /// What the sums of an integer layer's rows are multiplied by.
  case multipliers
  case biases
  /// Slopes, constants, scales and shifts, maps and other tables of steps without weights.
  case vectors
  case lane
  case pad
  case provenance
  /// Samples and the answers to them.
  case selfTest
  /// How outputs are read as boxes.
  case heads
  /// What inputs, outputs and layers are called.
  case names
  /// Any other ancillary section.
  case ancillary
  /// Bytes that nothing refers to.
  case unused
}

/// Some bytes of a blob and what they are for.
struct BlobSpan {
  let part: BlobPart
  let step: Int?
  /// Bytes of the file.
  let range: Range<Int>
  /// For a lane, its number in its layer.
  var lane: Int?
}

/// A lane as the plan gives it.
struct LaneEntry {
  let rows: Int
  let bank: Int
  let offset: Int
  let bits: Int

  var end: Int { offset + (bits + 7) / 8 }
}

/// How a layer is coded.
struct LayerAnatomy {
  let step: Int
  let mask: MaskKind
  /// K; nil where nothing jumps.
  let jump: Int?
  /// One alphabet, or one for each class of rows; none without gaps.
  let gapLengths: [[UInt8]]
  /// For each row whether it is of the second class; none where there is one.
  let isSecond: [Bool]
  /// Of codes (three where neighbours tell), or of joint symbols; none for raw weights.
  let valueLengths: [[UInt8]]
  let lanes: [LaneEntry]

  /// Whether one look-up table of gaps is that of the other layer too: of one alphabet, whose words it counts with codes of one
  /// length.
  func hasGaps(of other: LayerAnatomy) -> Bool {
    gapLengths.count == 1 && gapLengths == other.gapLengths && valueLengths.map { $0.max() } == other.valueLengths.map { $0.max() }
  }

  /// That the bank of a lane which has bits must end in.
  ///
  /// - Parameters: of the layer.
  func pad(rows: Int, columns: Int) -> Int {
    Pad.bytes(
      gapLengths: gapLengths, valueLengths: valueLengths, columns: mask == .columns ? rows : columns)
  }
}

/// What was found where in a blob.
struct BlobAnatomy {
  var spans: [BlobSpan] = []
  var layers: [LayerAnatomy] = []
  /// Pad bytes of each bank.
  var pads: [Int] = []
}
