import EntropyCoding

// The reader notes for every field, vector and lane which bytes it takes. Here these spans are laid
// over the file from its first byte to its last: where two share bytes (equal vectors are stored
// once) the first has them, and what nobody refers to is unused. So the entries add up by
// construction.

/// What every byte of a blob is for; the entries add up to the file.
public struct BlobLedger: Equatable, Sendable {
  public enum Section: Hashable, Sendable {
    case header, sectionTable, plan, parameters
    case bank(Int)
    /// Counted from 0.
    case ancillary(Int)
  }

  /// Neighbouring bytes with one purpose.
  public struct Entry: Equatable, Sendable {
    public let section: Section
    public let part: BlobPart
    /// The step they belong to, if any. A vector that several steps share is the first one's.
    public let step: Int?
    public let bytes: Int
    /// For a lane, what its bits are.
    public let lane: Lane?
  }

  /// The bits of a lane: mask and values stand interleaved, so that only the whole is in bytes.
  public struct Lane: Equatable, Sendable {
    /// Its number in its layer.
    public let number: Int
    public let survivors: Int
    /// Gaps or bitmap.
    public let maskBits: Int
    /// Codes or raw numbers. Joint symbols do not part: of these the codes' bound, in whole bits.
    public let valueBits: Int
    /// Bits from the last one to the byte's end.
    public let fillBits: Int
    /// Least bits for a mask with so many survivors at independent places.
    public let maskBound: Double
    /// Least bits for codes as frequent as these at independent places; 32 each for raw numbers.
    public let valueBound: Double
  }

  /// One layer's share.
  public struct Layer: Equatable, Sendable {
    public let step: Int
    public let rows: Int
    public let columns: Int
    public let survivors: Int
    /// Of the table; nil where weights are raw.
    public let levels: Int?
    public let mask: MaskKind
    /// Whether codes have alphabets of their own beside other survivors.
    public let hasNeighbours: Bool
    /// K; nil without gaps.
    public let jump: Int?
    /// Whether its gaps have the words of the layer before, whose look-up table a runtime keeps.
    public let keepsGaps: Bool
    /// Bits of the longest gap, and of the longest code or joint symbol (32 for raw weights).
    public let longestGap: Int
    public let longestCode: Int
    /// Whether codes or joint symbols have words: neither raw weights nor bytes that are codes or levels by themselves.
    public var hasCodeWords: Bool { levels != nil && longestCode <= 12 && mask != .indexed }
    /// What a decoder meets in its lanes.
    public let stream: StreamCounts
    /// All entries of its step.
    public let bytes: Int
  }

  /// In the order of the file.
  public let entries: [Entry]
  /// In the order of the steps.
  public let layers: [Layer]

  /// The file's bytes.
  public var totalBytes: Int { entries.reduce(0) { $0 + $1.bytes } }

  /// Bytes of all entries for one purpose.
  public func bytes(for part: BlobPart) -> Int {
    entries.reduce(0) { $0 + ($1.part == part ? $1.bytes : 0) }
  }

  /// Bytes that the file would be shorter by without its self-test, its entry in the section table
  /// included.
  public var selfTestBytes: Int { sectionBytes(.selfTest) }

  /// The same of the names of inputs, outputs and layers; 0 where it keeps none.
  public var namesBytes: Int { sectionBytes(.names) }

  private func sectionBytes(_ part: BlobPart) -> Int {
    entries.reduce(0) { $0 + ($1.part == part ? $1.bytes + BlobFormat.sectionEntryBytes : 0) }
  }

  /// The ledger of a file.
  ///
  /// - Throws: ``BlobError`` for bytes that are no blob.
  public init(_ bytes: [UInt8]) throws(BlobError) { self.init(try DecodedBlob(bytes)) }

  /// The ledger of a file that is read already.
  public init(_ blob: DecodedBlob) {
    let (model, sections, anatomy) = (blob.model, blob.sections, blob.anatomy)
    var lanes: [Int: [Lane]] = [:]
    for layer in anatomy.layers {
      if let weights = model.steps[layer.step].weights {
        lanes[layer.step] = Self.lanes(of: weights, layer)
      }
    }
    var sweep = LedgerSweep(spans: anatomy.spans, lanes: lanes)
    sweep.section(.header, 0..<BlobFormat.headerBytes, as: .header)
    sweep.section(.sectionTable, sections.table, as: .sectionTable)
    sweep.section(.plan, sections.plan)
    sweep.section(.parameters, sections.parameters)
    for (index, bank) in sections.banks.enumerated() {
      sweep.section(.bank(index), bank, pad: anatomy.pads[index])
    }
    for (index, section) in sections.ancillary.enumerated() {
      sweep.section(.ancillary(index), section.range, as: Self.part(of: section.kind))
    }
    let entries = sweep.entries
    self.entries = entries
    layers = anatomy.layers.enumerated().compactMap { index, layer in
      let keepsGaps = index > 0 && layer.hasGaps(of: anatomy.layers[index - 1])
      return model.steps[layer.step].weights.map { Self.layer(of: $0, layer, entries, keepsGaps: keepsGaps) }
    }
  }

  private static func part(of kind: UInt8) -> BlobPart {
    switch kind {
    case BlobFormat.provenanceKind: .provenance
    case BlobFormat.selfTestKind: .selfTest
    case BlobFormat.headsKind: .heads
    case BlobFormat.namesKind: .names
    default: .ancillary
    }
  }

  private static func layer(
    of weights: BlobWeights, _ layer: LayerAnatomy, _ entries: [Entry], keepsGaps: Bool
  ) -> Layer {
    Layer(
      step: layer.step, rows: weights.rows, columns: weights.columns,
      survivors: weights.positions.count, levels: weights.levels, mask: layer.mask,
      hasNeighbours: layer.valueLengths.count > 1, jump: layer.jump, keepsGaps: keepsGaps,
      longestGap: layer.gapLengths.map(Pad.longestWord).max() ?? 0,
      longestCode: layer.mask == .indexed ? IndexedMask.codeBits : layer.valueLengths.map(Pad.longestWord).max() ?? 32,
      stream: StreamCounts(weights, layer),
      bytes: entries.reduce(0) { $0 + ($1.step == layer.step ? $1.bytes : 0) })
  }

  private static func lanes(of weights: BlobWeights, _ layer: LayerAnatomy) -> [Lane] {
    zip(LaneSurvivors.all(of: weights), layer.lanes).enumerated().map { number, pair in
      let (part, entry) = pair
      let count = part.survivors.count
      let values = valueBits(of: weights, part.survivors, layer)
      let bits = min(values.bits, entry.bits)
      return Lane(
        number: number, survivors: count, maskBits: entry.bits - bits, valueBits: bits,
        fillBits: (8 - entry.bits % 8) % 8,
        maskBound: Entropy.maskBits(survivors: count, total: part.positions.count),
        valueBound: values.bound)
    }
  }

  private static func valueBits(
    of weights: BlobWeights, _ survivors: Range<Int>, _ layer: LayerAnatomy
  ) -> (bits: Int, bound: Double) {
    guard layer.mask == .indexed || !layer.valueLengths.isEmpty,
      case .table(let table, let codes) = weights.values
    else { return (32 * survivors.count, Double(32 * survivors.count)) }
    var frequencies = [Int](repeating: 0, count: table.values.count)
    for code in codes.values[survivors] { frequencies[Int(code)] += 1 }
    let bound = Entropy.bits(frequencies: frequencies)
    guard let lengths = layer.valueLengths.first else { return (IndexedMask.codeBits * survivors.count, bound) }
    if layer.mask == .joint || layer.valueLengths.count > 1 {
      return (Int(bound.rounded(.up)), bound)
    }
    let bits =
      Pad.longestWord(lengths) == 0
      ? 0 : zip(frequencies, lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
    return (bits, bound)
  }
}

/// Lays spans over a file, section by section.
private struct LedgerSweep {
  private(set) var entries: [BlobLedger.Entry] = []
  private let spans: [BlobSpan]
  private var next = 0
  private let lanes: [Int: [BlobLedger.Lane]]

  init(spans: [BlobSpan], lanes: [Int: [BlobLedger.Lane]]) {
    self.spans = spans.enumerated()
      .sorted {
        ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
      }
      .map(\.element)
    self.lanes = lanes
  }

  /// A section of one purpose.
  mutating func section(_ section: BlobLedger.Section, _ range: Range<Int>, as part: BlobPart) {
    add(section, BlobSpan(part: part, step: nil, range: range), from: range.lowerBound)
  }

  /// A section of spans, and at its end a pad.
  mutating func section(_ section: BlobLedger.Section, _ range: Range<Int>, pad: Int = 0) {
    var position = range.lowerBound
    let end = range.upperBound - pad
    while next < spans.count && spans[next].range.lowerBound < range.upperBound {
      let span = spans[next]
      next += 1
      unused(section, position..<max(position, span.range.lowerBound))
      add(section, span, from: max(position, span.range.lowerBound))
      position = max(position, span.range.upperBound)
    }
    unused(section, position..<max(position, end))
    add(
      section, BlobSpan(part: .pad, step: nil, range: end..<range.upperBound),
      from: max(position, end))
  }

  private mutating func unused(_ section: BlobLedger.Section, _ range: Range<Int>) {
    add(section, BlobSpan(part: .unused, step: nil, range: range), from: range.lowerBound)
  }

  /// What of a span begins at `position`; nothing if it is taken already.
  private mutating func add(_ section: BlobLedger.Section, _ span: BlobSpan, from position: Int) {
    guard position < span.range.upperBound else { return }
    var lane: BlobLedger.Lane?
    if let step = span.step, let number = span.lane { lane = lanes[step]?[number] }
    entries.append(
      BlobLedger.Entry(
        section: section, part: span.part, step: span.step,
        bytes: span.range.upperBound - position, lane: lane))
  }
}
