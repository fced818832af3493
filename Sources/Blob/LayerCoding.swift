import EntropyCoding

// A layer's survivors can be written with no mask, a bitmap, gaps under any K in 1...255, for all
// rows alike or for two classes of them, or symbols that say a gap and a code together, and each
// way is sized exactly before one is taken. The gaps and jumps of every K follow from the histogram
// of distances between survivors, so that K costs no second pass over the positions. All lanes of a
// layer share their alphabets, so histograms are counted per lane and added up. What ends a lane is
// counted too: any symbol will do that reaches the end, and the one that is most frequent already
// is taken. Formats/Blob.md, "Weights", "Lanes" and "Banks".

/// One way to write the survivors of a layer.
struct MaskCandidate {
  let kind: MaskKind
  /// K; 0 where nothing jumps.
  var jump = 0
  /// Code lengths of gap symbols 0...K, one alphabet or one for each class of rows; none without
  /// gaps.
  var gapLengths: [[UInt8]] = []
  /// The class of each row, where there are two.
  var rowClasses: RowClasses?
  /// Code lengths of codes, of codes by their neighbours, or of joint symbols; none for raw
  /// weights.
  let valueLengths: [[UInt8]]
  /// For each lane the symbol that ends it, if it has zeros after its last survivor.
  var closings: [Int?] = []
  /// Bits of each lane.
  let laneBits: [Int]
  /// Bytes that depend on the choice: alphabets, lane sizes, lanes; and what is charged.
  let bytes: Int
  /// Pad that the layer's banks need; 0 if no lane has bits.
  let pad: Int
}

/// A layer's weights, ready to be sized and written.
struct LayerCoding {
  let weights: BlobWeights
  let lanes: [LaneSurvivors]
  private let options: CodingOptions
  /// Codes that have words of their own.
  private let values: ValueCoding
  /// The same where gaps tell what lies beside a survivor, if that takes fewer bytes.
  private let gapValues: ValueCoding

  /// - Precondition: the weights passed `BlobWeights.check`.
  /// - Parameters:
  ///   - weights: the layer.
  ///   - options: what may be used.
  ///   - levels: with flat codes, at least so many, a power of two.
  init(_ weights: BlobWeights, options: CodingOptions, levels: Int = 1) {
    let weights = options.hasFlatCodes ? weights.withLevelsOfAPowerOfTwo(atLeast: levels) : weights
    self.weights = weights
    self.options = options
    lanes = LaneSurvivors.all(of: weights)
    guard case .table(let table, let codes) = weights.values else {
      values = ValueCoding(lengths: [], laneBits: lanes.map { 32 * $0.survivors.count })
      gapValues = values
      return
    }
    let neighbours = Neighbours(table)
    let none = [Int](repeating: 0, count: 3 * table.values.count)
    var counts = [[Int]](repeating: none, count: lanes.count)
    for (index, lane) in lanes.enumerated() {
      for survivor in lane.survivors {
        let alphabet = neighbours.alphabet(of: survivor, in: lane, weights.positions, codes)
        counts[index][alphabet * table.values.count + Int(codes[survivor])] += 1
      }
    }
    let one = ValueCoding(counts.map { $0.folded(to: table.values.count) }, alphabets: 1, options)
    let three = ValueCoding(counts, alphabets: 3, options)
    values = one
    gapValues = options.allowsNeighbours && three.bytes < one.bytes ? three : one
  }

  // MARK: Sizing

  /// The ways that the options allow, without those that another beats in bytes and in pad; by
  /// ascending pad.
  func candidates() throws(BlobFault) -> [MaskCandidate] {
    var all: [MaskCandidate] = []
    switch options.mask {
    case .smallest:
      all = [withoutMask(), bitmap()].compactMap(\.self) + allGaps()
      if options.allowsJoint { all += allJoint() }
      if options.allowsRowClasses { all += rowClasses(among: all) }
    case .always(.none): all = [withoutMask()].compactMap(\.self)
    case .always(.bitmap): all = [bitmap()]
    case .always(.gaps): all = allGaps()
    case .always(.gapsByRow): all = rowClasses(among: allGaps())
    case .always(.joint): all = allJoint()
    }
    var kept: [MaskCandidate] = []
    let order = all.indices.sorted {
      (all[$0].pad, all[$0].bytes, $0) < (all[$1].pad, all[$1].bytes, $1)
    }
    for index in order where all[index].bytes < kept.last?.bytes ?? .max { kept.append(all[index]) }
    guard !kept.isEmpty else {
      if case .always(let kind) = options.mask { throw .maskImpossible(kind) }
      throw .maskImpossible(.gaps)
    }
    return kept
  }

  private func withoutMask() -> MaskCandidate? {
    guard weights.positions.count == weights.rows * weights.columns else { return nil }
    return candidate(.none, maskBits: lanes.map { _ in 0 })
  }

  private func bitmap() -> MaskCandidate {
    candidate(.bitmap, maskBits: lanes.map(\.positions.count))
  }

  /// Every K.
  private func allGaps() -> [MaskCandidate] {
    if weights.positions.isEmpty {
      return [
        candidate(.gaps, maskBits: lanes.map { _ in 0 }, GapCounts(jump: 1), lengths: [0, 0])
      ]
    }
    let histograms = lanes.map { GapHistogram($0, positions: weights.positions) }
    let counts = options.jumps.map { GapCounts(jump: $0, histograms) }
    return described(counts, limit: options.gapLimit) { counts, lengths in
      candidate(.gaps, maskBits: counts.laneBits(lengths), counts, lengths: lengths)
    }
  }

  /// Every K whose symbols an alphabet has room for.
  private func allJoint() -> [MaskCandidate] {
    guard case .table(let table, let codes) = weights.values, !codes.isEmpty else { return [] }
    let levels = table.values.count
    let histograms = lanes.map {
      JointHistogram($0, positions: weights.positions, codes: codes, levels: levels)
    }
    let counts = stride(from: 1, through: (BlobFormat.symbols - 1) / levels, by: 1).map {
      GapCounts(jump: $0, histograms)
    }
    return described(counts, limit: BlobFormat.codeLength) { counts, lengths in
      let bits = counts.laneBits(lengths)
      return MaskCandidate(
        kind: .joint, jump: counts.jump, valueLengths: [lengths], closings: counts.closings,
        laneBits: bits,
        bytes: varintBytes(counts.jump) + codeLengthBytes(lengths) + laneBytes(bits)
          + counts.charge(jumps: options.jointCharge, long: options.jointCharge, lengths),
        pad: bits.allSatisfy { $0 == 0 } ? 0 : Pad.least)
    }
  }

  /// Two classes of rows, for K about as large as the best of one; they are tried where gaps are
  /// near the smallest, since they save some percent at most.
  private func rowClasses(among candidates: [MaskCandidate]) -> [MaskCandidate] {
    guard case .table = weights.values, weights.rows > 1, !weights.positions.isEmpty,
      let gaps = candidates.filter({ $0.kind == .gaps }).min(by: { $0.bytes < $1.bytes }),
      let smallest = candidates.map(\.bytes).min(), gaps.bytes <= smallest + smallest / 32
    else { return [] }
    func candidate(_ share: Double, starts: [Double]) -> MaskCandidate? {
      RowClasses(
        jump: max(1, Int(Double(gaps.jump) * share)), starts: starts, lanes: lanes,
        weights: weights, limit: options.gapLimit
      ).map(self.candidate)
    }
    // On most layers one look tells that rows are alike.
    guard let first = candidate(0.7, starts: [0.5]) else { return [] }
    if first.bytes > gaps.bytes + gaps.bytes / 256 { return [first] }
    return [1, 0.85, 0.75, 0.6, 0.5, 0.4, 0.3].compactMap {
      candidate($0, starts: [0.3, 0.45, 0.6, 0.7, 0.85])
    }
  }

  private func candidate(_ classes: RowClasses) -> MaskCandidate {
    let bits = zip(classes.laneBits, gapValues.laneBits).map { $0 + $1 }
    let charge = Int(
      (options.jumpCharge * Double(classes.jumps) + options.longCharge * Double(classes.longWords))
        / 8)
    return MaskCandidate(
      kind: .gapsByRow, jump: classes.jump, gapLengths: classes.lengths, rowClasses: classes,
      valueLengths: gapValues.lengths, closings: classes.closings, laneBits: bits,
      bytes: gapValues.lengths.reduce(laneBytes(bits) + classes.tableBytes + charge) {
        $0 + codeLengthBytes($1)
      },
      pad: Pad.bytes(
        mask: .gapsByRow, gapLengths: classes.lengths, valueLengths: gapValues.lengths,
        columns: weights.columns))
  }

  /// Candidates of each K under the shortest words; and under words that are shorter to describe,
  /// but for those K that cannot come near the smallest by that.
  private func described(
    _ counts: [GapCounts], limit: Int, _ candidate: (GapCounts, [UInt8]) -> MaskCandidate
  ) -> [MaskCandidate] {
    var all: [MaskCandidate] = []
    var floors: [(bytes: Int, counts: GapCounts)] = []
    for counts in counts where counts.used <= 1 << limit {
      let lengths = HuffmanCode.lengths(frequencies: counts.total, limit: limit)
      let shortest = candidate(counts, lengths)
      all.append(shortest)
      let floor = shortest.bytes - codeLengthBytes(lengths) + lengths.count / 8
      floors.append((floor, counts))
    }
    var smallest = all.map(\.bytes).min() ?? 0
    let pads = 8  // what a larger candidate may save there
    for (floor, counts) in floors.sorted(by: { $0.bytes < $1.bytes }) {
      if floor > smallest + pads { break }
      let plain = candidate(
        counts, HuffmanCode.plainLengths(frequencies: counts.total, limit: limit, tail: 1))
      all.append(plain)
      smallest = min(smallest, plain.bytes)
    }
    return all
  }

  func candidate(
    _ kind: MaskKind, maskBits: [Int], _ counts: GapCounts? = nil, lengths: [UInt8] = []
  ) -> MaskCandidate {
    let values = kind == .gaps ? gapValues : values
    let bits = zip(maskBits, values.laneBits).map { $0 + $1 }
    var bytes = values.lengths.reduce(laneBytes(bits)) { $0 + codeLengthBytes($1) }
    if let counts {
      bytes += varintBytes(counts.jump) + codeLengthBytes(lengths)
      bytes += counts.charge(jumps: options.jumpCharge, long: options.longCharge, lengths)
    }
    let pad = Pad.bytes(
      mask: kind, gapLengths: lengths.isEmpty ? [] : [lengths], valueLengths: values.lengths,
      columns: weights.columns)
    return MaskCandidate(
      kind: kind, jump: counts?.jump ?? 0, gapLengths: lengths.isEmpty ? [] : [lengths],
      valueLengths: values.lengths,
      closings: counts?.closings ?? [], laneBits: bits, bytes: bytes,
      pad: bits.allSatisfy { $0 == 0 } ? 0 : pad)
  }

  /// Lanes and what says how long they are.
  private func laneBytes(_ bits: [Int]) -> Int {
    bits.reduce(0) { $0 + varintBytes($1) + ($1 + 7) / 8 }
  }
}

extension BlobWeights {
  /// The same weights by a table whose number of levels is a power of two: the last one repeats.
  fileprivate func withLevelsOfAPowerOfTwo(atLeast least: Int) -> BlobWeights {
    guard case .table(var table, let codes) = values, let last = table.values.last else {
      return self
    }
    var levels = table.values
    while levels.count < least || levels.count.nonzeroBitCount > 1 { levels.append(last) }
    table = BlobNumbers(levels, precision: table.precision)
    var copy = self
    copy.values = .table(table, codes: codes)
    return copy
  }
}

extension ValueCoding {
  /// - Parameter counts: for each lane how often each code occurs, one alphabet after the other.
  fileprivate init(_ counts: [[Int]], alphabets: Int, _ options: CodingOptions) {
    var total = counts[0]
    for lane in counts.dropFirst() { for code in total.indices { total[code] += lane[code] } }
    let levels = total.count / alphabets
    lengths = (0..<alphabets).map { alphabet in
      var frequencies = Array(total[alphabet * levels..<(alphabet + 1) * levels])
      // An alphabet that nothing is of has a word of no bits, so that a reader finds one.
      if alphabets > 1, frequencies.allSatisfy({ $0 == 0 }) { frequencies[0] = 1 }
      return Self.lengths(frequencies, options)
    }
    let bits = lengths.flatMap { lengths in
      lengths.filter { $0 > 0 }.count < 2 ? lengths.map { _ in 0 } : lengths.map { Int($0) }
    }
    laneBits = counts.map { lane in zip(lane, bits).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  private static func lengths(_ frequencies: [Int], _ options: CodingOptions) -> [UInt8] {
    let levels = frequencies.count
    if options.hasFlatCodes {
      return [UInt8](repeating: UInt8(max(1, levels.trailingZeroBitCount)), count: levels)
    }
    let used = frequencies.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    var limit = options.codeLimit
    while used > 1 << limit { limit += 1 }
    return HuffmanCode.plainLengths(frequencies: frequencies, limit: limit, tail: 0)
  }
}

extension [Int] {
  /// Parts of so many numbers added up.
  fileprivate func folded(to count: Int) -> [Int] {
    indices.reduce(into: [Int](repeating: 0, count: count)) { $0[$1 % count] += self[$1] }
  }
}
