import EntropyCoding
import Tensors

// Each way to write a layer is sized exactly before one is taken. All lanes of a layer share their
// alphabets, so histograms are counted per lane and added up. Formats/Blob.md, "Weights", "Lanes" and
// "Banks".

/// A layer's weights, ready to be sized and written.
struct LayerCoding {
  let weights: BlobWeights
  /// Of the survivors.
  let positions: [Int]
  let lanes: [LaneSurvivors]
  let options: CodingOptions
  /// Whether the format lets the layer be written by columns.
  let mayHaveColumns: Bool
  /// Codes that have words of their own.
  private let values: ValueCoding
  /// The same where gaps tell what lies beside a survivor, if that takes fewer bytes.
  let gapValues: ValueCoding

  /// - Precondition: the weights passed `BlobWeights.check`.
  /// - Parameters:
  ///   - weights: the layer.
  ///   - options: what may be used.
  ///   - levels: with flat codes, at least so many, a power of two.
  ///   - mayHaveColumns: as ``BlobStep/mayHaveColumns`` says.
  init(_ weights: BlobWeights, options: CodingOptions, levels: Int = 1, mayHaveColumns: Bool = false) {
    let weights = options.hasFlatCodes ? weights.withLevelsOfAPowerOfTwo(atLeast: levels) : weights
    (self.weights, positions) = (weights, weights.positions)
    (self.options, self.mayHaveColumns) = (options, mayHaveColumns)
    lanes = LaneSurvivors.all(of: weights)
    guard case .table(let table, let matrix) = weights.values else {
      values = ValueCoding(lengths: [], laneBits: lanes.map { 32 * $0.survivors.count })
      gapValues = values
      return
    }
    let (codes, neighbours) = (matrix.values, Neighbours(table))
    let none = [Int](repeating: 0, count: 3 * table.values.count)
    var counts = [[Int]](repeating: none, count: lanes.count)
    for (index, lane) in lanes.enumerated() {
      for survivor in lane.survivors {
        let alphabet = neighbours.alphabet(of: survivor, in: lane, positions, codes)
        counts[index][alphabet * table.values.count + Int(codes[survivor])] += 1
      }
    }
    // A run of bytes has many levels, of which each is rare.
    let reaches = weights.exact == nil ? [1, 2, 4, 8] : [1, 2, 4, 8, 12, 16, 24, 32, 48]
    let one = ValueCoding(
      counts.map { $0.folded(to: table.values.count) }, alphabets: 1, options, reaches)
    let three = ValueCoding(counts, alphabets: 3, options, reaches)
    values = one
    gapValues = options.allowsNeighbours && three.bytes < one.bytes ? three : one
  }

  /// The ways that the options allow, without those that another beats in bytes and in pad; by
  /// ascending pad.
  func candidates() throws(BlobFault) -> [MaskCandidate] {
    var all: [MaskCandidate] = []
    switch options.mask {
    case .smallest:
      for (_, coder) in MaskKind.coders where coder.isAllowed(by: options) {
        all += coder.candidates(of: self, beside: all)
      }
    case .always(let kind): all = kind.coder.candidates(of: self, beside: [])
    }
    if let plain = all.first(where: \.hasPlainBytes), let smallest = all.map(\.bytes).min(),
      Double(plain.bytes) <= Double(smallest) * (1 + options.plainBytesShare)
    {
      return [plain]
    }
    for kind in [MaskKind.columns, .indexed] where all.contains(where: { $0.kind == kind }) {
      all.removeAll { $0.kind != kind }  // asked for, and taken wherever it may be
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

  /// Candidates of each K under the shortest words; and under words that are shorter to describe,
  /// but for those K that cannot come near the smallest by that.
  func described(
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

  /// - Parameters:
  ///   - maskBits: of each lane, without values.
  ///   - lengths: of the one gap alphabet; none without gaps.
  func candidate(
    _ kind: MaskKind, maskBits: [Int], _ counts: GapCounts? = nil, lengths: [UInt8] = []
  ) -> MaskCandidate {
    let values = lengths.isEmpty ? values : gapValues
    let bits = zip(maskBits, values.laneBits).map { $0 + $1 }
    var bytes = values.lengths.reduce(laneBytes(bits)) { $0 + codeLengthBytes($1) }
    if let counts {
      bytes += varintBytes(counts.jump) + codeLengthBytes(lengths)
      bytes += counts.charge(jumps: options.jumpCharge, long: options.longCharge, lengths)
    }
    let gapLengths = lengths.isEmpty ? [] : [lengths]
    let pad = Pad.bytes(
      gapLengths: gapLengths, valueLengths: values.lengths, columns: weights.columns)
    return MaskCandidate(
      kind: kind, jump: counts?.jump ?? 0, gapLengths: gapLengths, valueLengths: values.lengths,
      closings: counts?.closings ?? [], laneBits: bits, bytes: bytes,
      pad: bits.allSatisfy { $0 == 0 } ? 0 : pad)
  }

  /// Every weight as the byte that it is, which an exact layer may have: no alphabet, no table.
  var plainBytes: MaskCandidate? {
    guard weights.exact != nil, case .table(let table, _) = weights.values else { return nil }
    let bits = lanes.map { 8 * $0.survivors.count }
    // The table, and where it lies.
    let saved = varintBytes(table.values.count)
      + (table.firstOfRun == nil ? 3 + table.byteCount : 2)
    return MaskCandidate(
      kind: .none, valueLengths: [], hasPlainBytes: true, laneBits: bits,
      bytes: laneBytes(bits) - saved, pad: bits.allSatisfy { $0 == 0 } ? 0 : Pad.least)
  }

  /// Bits of each code, where all have as many and these are 1...8; else nil.
  var flatCodeBits: Int? {
    guard gapValues.lengths.count == 1, let lengths = gapValues.lengths.first, let bits = lengths.max(),
      (1...BlobFormat.columnWord).contains(Int(bits)), lengths.count(where: { $0 == bits }) == 1 << bits
    else { return nil }
    return Int(bits)
  }

  /// The bits of each lane.
  func written(as candidate: MaskCandidate) throws(EntropyCodingError) -> [BitWriter] {
    let code = try LaneCode(candidate, of: weights)
    return lanes.enumerated().map { index, lane in
      let closing = candidate.closings.isEmpty ? nil : candidate.closings[index]
      var writer = LaneWriter(code, weights, lane, closing: closing)
      candidate.kind.coder.write(&writer)
      return writer.bits
    }
  }

  /// Lanes and what says how long they are.
  func laneBytes(_ bits: [Int]) -> Int {
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
    table = StoredNumbers(levels, precision: table.precision)
    var copy = self
    copy.values = .table(table, codes: codes)
    return copy
  }
}

extension ValueCoding {
  /// - Parameter counts: for each lane how often each code occurs, one alphabet after the other.
  fileprivate init(
    _ counts: [[Int]], alphabets: Int, _ options: CodingOptions, _ reaches: [Int]
  ) {
    var total = counts[0]
    for lane in counts.dropFirst() { for code in total.indices { total[code] += lane[code] } }
    let levels = total.count / alphabets
    lengths = (0..<alphabets).map { alphabet in
      var frequencies = Array(total[alphabet * levels..<(alphabet + 1) * levels])
      // An alphabet that nothing is of has a word of no bits, so that a reader finds one.
      if alphabets > 1, frequencies.allSatisfy({ $0 == 0 }) { frequencies[0] = 1 }
      return Self.lengths(frequencies, options, reaches)
    }
    let bits = lengths.flatMap { lengths in
      lengths.filter { $0 > 0 }.count < 2 ? lengths.map { _ in 0 } : lengths.map { Int($0) }
    }
    laneBits = counts.map { lane in zip(lane, bits).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  private static func lengths(
    _ frequencies: [Int], _ options: CodingOptions, _ reaches: [Int]
  ) -> [UInt8] {
    let levels = frequencies.count
    if options.hasFlatCodes {
      return [UInt8](repeating: UInt8(max(1, levels.trailingZeroBitCount)), count: levels)
    }
    let used = frequencies.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    var limit = options.codeLimit
    while used > 1 << limit { limit += 1 }
    return HuffmanCode.plainLengths(
      frequencies: frequencies, limit: limit, tail: 0, reaches: reaches)
  }
}

extension [Int] {
  /// Parts of so many numbers added up.
  fileprivate func folded(to count: Int) -> [Int] {
    indices.reduce(into: [Int](repeating: 0, count: count)) { $0[$1 % count] += self[$1] }
  }
}
