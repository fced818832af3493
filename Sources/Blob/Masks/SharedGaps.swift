// One alphabet of gaps for several layers. A runtime that meets the code lengths of the layer before
// again keeps its look-up table (Runtime-C/src/kgl_weights.c), and building one takes as long as
// decoding several hundred survivors. So a profile for speed takes for all layers the K and the
// lengths that are best for their gaps together, and leaves apart the layers that lose much by it.

import EntropyCoding

/// The gaps that layers code alike.
struct SharedGaps {
  /// For each layer given, its coding by the common alphabet; nil where it keeps its own.
  let candidates: [MaskCandidate?]

  static let jumps = [16, 24, 32, 40, 48, 56, 63, 72, 80, 90, 100, 112, 127, 160, 200]

  /// - Parameter layers: those whose mask would be gaps, of rows or by columns, and the bytes that they take so;
  ///   lanes of at least one have bits.
  init?(_ layers: [(coding: LayerCoding, kind: MaskKind, bytes: Int)], options: CodingOptions) {
    let gaps = layers.map { LayerGaps($0.coding, $0.kind) }
    var taking = layers.indices.filter { gaps[$0].canTake(wordsOf: options.gapLimit) }
    var best: [MaskCandidate?] = []
    // Twice, the second time without those that lose.
    for _ in 0..<2 where taking.count > 1 {
      best = Self.candidates(taking.map { gaps[$0] }, options)
      let kept = zip(taking, best).filter { index, candidate in
        let own = layers[index].bytes
        // Columns are there for speed, and of few bytes each.
        let loss = layers[index].kind == .columns ? own / 8 + 32 : own / 32 + 16
        return (candidate?.bytes ?? .max) <= own + loss
      }
      if kept.count == taking.count { break }
      taking = kept.map(\.0)
      best = kept.map(\.1)
    }
    guard taking.count > 1 else { return nil }
    var candidates = [MaskCandidate?](repeating: nil, count: layers.count)
    for (index, candidate) in zip(taking, best) { candidates[index] = candidate }
    self.candidates = candidates
  }

  /// How many levels a layer should be given at least. A gap table counts the bits of a flat code with
  /// those of a gap, so it serves only layers whose codes are equally long; a small layer of fewer
  /// levels gets as many as the largest has, where that takes a few bytes.
  static func levels(of weights: BlobWeights, among model: BlobModel, _ options: CodingOptions)
    -> Int
  {
    guard options.sharesGaps, let levels = weights.levels else { return 1 }
    let most = model.steps.compactMap { $0.weights?.levels }.max() ?? levels
    let (own, common) = (bits(levels), bits(most))
    let bytes = (common - own) * weights.positions.count / 8 + (1 << common) - (1 << own)
    return common <= 4 && bytes <= 64 ? 1 << common : 1
  }

  /// Of a flat code among so many.
  private static func bits(_ levels: Int) -> Int {
    levels < 2 ? 0 : Int.bitWidth - (levels - 1).leadingZeroBitCount
  }

  /// The coding of each layer under the K that makes their sum smallest.
  private static func candidates(_ layers: [LayerGaps], _ options: CodingOptions)
    -> [MaskCandidate]
  {
    var best: [MaskCandidate] = []
    for jump in jumps where options.jumps.contains(jump) && jump < 1 << options.gapLimit {
      let counts = layers.map { $0.counts(jump: jump) }
      let total = (0...jump).map { symbol in counts.reduce(1) { $0 + $1.total[symbol] } }
      let lengths = HuffmanCode.plainLengths(
        frequencies: total, limit: options.gapLimit, tail: 1)
      let candidates = zip(layers, counts).map { $0.candidate($1, lengths: lengths) }
      let bytes = candidates.reduce(0) { $0 + $1.bytes }
      if best.isEmpty || bytes < best.reduce(0, { $0 + $1.bytes }) { best = candidates }
    }
    return best
  }
}

/// A layer's gaps along its rows, or down its columns.
private struct LayerGaps {
  private let coding: LayerCoding
  /// Nil for rows.
  private let columns: [LaneColumns]?

  init(_ coding: LayerCoding, _ kind: MaskKind) {
    self.coding = coding
    columns = kind == .columns ? LaneColumns.all(of: coding) : nil
  }

  /// Whether it has gaps, and its mask allows words of so many bits.
  func canTake(wordsOf bits: Int) -> Bool {
    guard coding.positions.count > 0 else { return false }
    return columns == nil || bits <= ColumnsMask.gapLimit(codeBits: coding.flatCodeBits ?? 0)
  }

  func counts(jump: Int) -> GapCounts {
    columns?.counts(jump: jump)
      ?? GapCounts(
        jump: jump,
        coding.lanes.map { GapHistogram($0, positions: coding.positions).counts(jump: jump) })
  }

  func candidate(_ counts: GapCounts, lengths: [UInt8]) -> MaskCandidate {
    columns.map { ColumnsMask.candidate(of: coding, $0, counts, lengths) }
      ?? coding.candidate(.gaps, maskBits: counts.laneBits(lengths), counts, lengths: lengths)
  }
}
