import Files

/// Makes the bytes of a blob. Formats/Blob.md, "The whole".
public enum BlobWriter {
  /// The file for `model`: the same bytes for the same model and options, always.
  ///
  /// For every layer the smallest mask within the options is taken, everything counted: code
  /// tables, lane sizes and what the choice adds to the pad of a bank.
  ///
  /// - Parameter layers: by step, the options of layers that have others.
  /// - Throws: ``BlobError/invalid(_:_:)`` for a model that the format does not allow.
  /// - Complexity: O(all numbers), and about 20 ms a layer to try every K.
  public static func bytes(
    for model: BlobModel, options: CodingOptions = CodingOptions(), layers others: [Int: CodingOptions] = [:]
  ) throws(BlobError) -> [UInt8] {
    try model.check()
    var layers: [Int: LayerCoding] = [:]
    var candidates: [Int: [MaskCandidate]] = [:]
    for (index, step) in model.steps.enumerated() {
      guard let weights = step.weights else { continue }
      let options = others[index] ?? options
      let coding = LayerCoding(
        weights, options: options, levels: SharedGaps.levels(of: weights, among: model, options),
        mayHaveColumns: step.mayHaveColumns)
      layers[index] = coding
      candidates[index] = try at(.step(index)) { () throws(BlobFault) in try coding.candidates() }
    }
    let order = layers.keys.sorted()
    let sharing = order.filter { (others[$0] ?? options).sharesGaps }
    if let first = sharing.first { shareGaps(sharing, layers, &candidates, others[first] ?? options) }
    let choice = MaskChoice.best(
      order.map { candidates[$0] ?? [] }, banks: order.map { banks(of: layers[$0]) })
    let chosen = Dictionary(uniqueKeysWithValues: zip(order, choice))
    var codings: [Int: (LayerCoding, MaskCandidate)] = [:]
    for (index, choice) in chosen {
      if let coding = layers[index], let all = candidates[index] { codings[index] = (coding, all[choice]) }
    }
    var writer = PlanWriter(bankCount: bankCount(model))
    writer.interface(of: model)
    for (index, step) in model.steps.enumerated() {
      try at(.step(index)) { () throws(BlobFault) in try writer.step(step, layer: codings[index]) }
    }
    let bytes = try file(model, writer)
    let missing = writer.lookedAt - BlobFormat.lookedAtBytes(ofFile: bytes.count)
    if missing <= 0 { return bytes }
    writer.fill(missing)  // many steps share long vectors
    return try file(model, writer)
  }

  /// Bytes that one layer takes by itself: fields, code tables, vectors and lanes, without a pad.
  ///
  /// What a compiler compares variants of a layer with: levels, precisions, scales or none.
  ///
  /// - Throws: ``BlobError/invalid(_:_:)`` for weights that the format does not allow.
  public static func codedBytes(
    of weights: BlobWeights, options: CodingOptions = CodingOptions()
  ) throws(BlobError) -> Int {
    try at(.step(0)) { () throws(BlobFault) in
      try weights.check(rows: weights.rows, columns: weights.columns)
      let coding = LayerCoding(weights, options: options)
      let candidates = try coding.candidates()
      let smallest = candidates[candidates.count - 1]
      let step = BlobDense(x: 0, y: 0, i: 1, o: 1, weights: weights)
      var empty = PlanWriter(bankCount: 0)
      try empty.step(.dense(step), layer: nil)
      var writer = PlanWriter(bankCount: bankCount([weights]))
      try writer.step(.dense(step), layer: (coding, smallest))
      let lanes = writer.banks.reduce(0) { $0 + $1.bytes.count }
      return writer.plan.bytes.count - empty.plan.bytes.count + writer.parameters.count + lanes
    }
  }

  /// Puts the common gaps of layers whose smallest mask is gaps, or columns, in place of their own.
  private static func shareGaps(
    _ order: [Int], _ layers: [Int: LayerCoding], _ candidates: inout [Int: [MaskCandidate]],
    _ options: CodingOptions
  ) {
    let gaps = order.compactMap { index -> (index: Int, coding: LayerCoding, smallest: MaskCandidate)? in
      guard let coding = layers[index], let smallest = candidates[index]?.last,
        smallest.kind == .gaps || smallest.kind == .columns
      else { return nil }
      return (index, coding, smallest)
    }
    let layers = gaps.map { ($0.coding, $0.smallest.kind, $0.smallest.bytes) }
    guard let shared = SharedGaps(layers, options: options) else { return }
    for (layer, candidate) in zip(gaps, shared.candidates) {
      if let candidate { candidates[layer.index] = [candidate] }
    }
  }

  private static func banks(of layer: LayerCoding?) -> [Int] {
    layer?.weights.lanes.map(\.bank) ?? []
  }

  private static func bankCount(_ model: BlobModel) -> Int {
    bankCount(model.steps.compactMap(\.weights))
  }

  private static func bankCount(_ layers: [BlobWeights]) -> Int {
    layers.flatMap(\.lanes).reduce(1) { max($0, $1.bank + 1) }
  }

  private static func file(
    _ model: BlobModel, _ writer: PlanWriter
  ) throws(BlobError) -> [UInt8] {
    var sections = [
      FileSection(kind: BlobFormat.planKind, index: 0, bytes: writer.plan.bytes),
      FileSection(kind: BlobFormat.parametersKind, index: 0, bytes: writer.parameters),
    ]
    for (index, bank) in writer.banks.enumerated() {
      let image = bank.image
      try at(.bank(index)) { () throws(BlobFault) in
        try Rule.count("the number of bytes", image.count, BlobFormat.bankBytes)
      }
      sections.append(FileSection(kind: BlobFormat.bankKind, index: UInt8(index), bytes: image))
    }
    for section in model.ancillary {
      sections.append(FileSection(kind: section.kind, index: 0, bytes: section.bytes))
    }
    try at(.header) { () throws(BlobFault) in
      try Rule.count("the number of sections", sections.count, BlobFormat.sectionCount)
    }
    return try FileSection.file(sections, arenaBytes: model.arenaBytes)
  }
}

/// A section with its entry in the section table.
struct FileSection {
  let kind: UInt8
  let index: UInt8
  let bytes: [UInt8]

  /// Header, section table, sections. Formats/Blob.md, "Header" and "Section table".
  static func file(_ sections: [FileSection], arenaBytes: Int) throws(BlobError) -> [UInt8] {
    let table = BlobFormat.headerBytes + BlobFormat.sectionEntryBytes * sections.count
    let total = sections.reduce(table) { $0 + $1.bytes.count }
    try at(.header) { () throws(BlobFault) in
      try Rule.count("file bytes", total, 0...Int(UInt32.max))
    }
    var header = ByteWriter()
    header.append(BlobFormat.magic)
    header.u16(BlobFormat.version)
    header.u8(UInt8(sections.count))
    header.u8(0)
    header.u32(total)
    header.u32(arenaBytes)
    var entries = ByteWriter()
    for section in sections {
      entries.u8(section.kind)
      entries.u8(section.index)
      entries.u16(0)
      entries.u32(section.bytes.count)
      entries.u32(CRC32.sum(section.bytes))
    }
    let seal = CRC32.sum(header.bytes + entries.bytes)
    header.u32(seal)
    return sections.reduce(header.bytes + entries.bytes) { $0 + $1.bytes }
  }
}
