// What the C runtime does for a step, as counts of a few kinds of work. What one of each takes is a
// processor's (`InstructionCosts`), found by counting a runtime's instructions (Samples/targets/fit).

import Blob
import Planning

/// The work of one step, by kind.
package struct StepWork {
  /// What computes a layer.
  package enum Kernel: String {
    /// Rows multiplied as they are decoded, or as the bytes that they are.
    case rows, bytes
    /// Columns of inputs that are not zero, onto the sums of all rows.
    case columns
    /// Rows whose survivors say where they are, in bytes.
    case indexed
    /// A filter's survivors, each over the plane.
    case sweep
    /// Of layers without zeros: four pixels a filter; nine weights a channel.
    case tiles, depthwise
  }

  /// Nil for a step without weights.
  package private(set) var kernel: Kernel?
  package private(set) var counts: [InstructionCosts.Work: Double] = [:]

  /// - Parameters:
  ///   - layer: how the step's weights are coded; nil without weights.
  ///   - costs: of the processor, which say what kernels it has.
  ///   - inputs: the share of a layer's inputs that are not zero; nil: as if none were.
  ///   - tableBits: index bits of the runtime's look-up tables. Costs are fitted to 8.
  package init(
    _ step: BlobStep, _ layer: BlobLedger.Layer?, on costs: InstructionCosts, inputs: Double? = nil,
    tableBits: Int = TargetProfile.usualTableBits
  ) {
    counts[.step] = 1
    guard let layer, let weights = step.weights else {
      other(step)
      return
    }
    let isFloat = if case .integer = step { false } else { true }
    let coding = Coding(layer, isOurs: !isFloat && weights.exact == nil, tableBits)
    counts[.row] = Double(layer.rows)
    decoder(layer, coding, tableBits)
    counts[isFloat ? .floatBeside : .beside] = layer.hasNeighbours ? Double(layer.survivors) : nil
    counts[.level] = layer.hasCodeWords ? Double(layer.levels ?? 0) : 0
    let decoded = Double(layer.survivors)
    if let window = ConvolutionWindow(step), weights.exact == nil || !window.isWhole {
      let filters = Set(weights.positions.map { $0 / layer.columns }).count
      (counts[.row], counts[.filter]) = (Double(layer.rows - filters), Double(filters))
      counts[coding.decoding] = decoded
      if isFloat {
        floatConvolution(window, weights)
        return
      }
      convolution(window, layer, coding, isWide: weights.isWide, hasTiles: costs.hasTiles)
      if kernel == .sweep {
        counts[.segment] = weights.isWide ? 0 : Double(weights.segments(xIsSigned: step.xIsSigned) * window.sweptPixels) / 8
      }
      counts[weights.exact == nil ? .output : .exactOutput] = Double(step.outputCount)
    } else if layer.mask == .columns {
      columns(layer, lanes: weights.lanes.count { $0.rows > 0 }, inputs: inputs ?? 1)
    } else if layer.mask == .indexed {
      kernel = .indexed
      counts[.row] = nil
      counts[.indexed] = decoded
      counts[.indexedBlock] = Double(layer.rows * ((layer.columns + 255) / 256))
      counts[.indexedTurn] = Double(weights.indexedTurns)
    } else {
      let rows = Double(step.outputCount / max(1, layer.rows))
      if coding != .bytes { counts[coding.decoding] = decoded }
      kernel = coding == .bytes ? .bytes : .rows
      if weights.exact != nil || coding == .flat {
        counts[weights.exact != nil ? .exactRow : .flatRow] = counts.removeValue(forKey: .row)
      }
      // Sums of 16 bits are of one row at a time, of bytes or listed.
      let isShort = step.isShortDense
      if rows > 1 || isShort && coding != .bytes { counts[.list] = decoded }
      let multiplied = decoded * rows * (isShort && coding == .bytes ? 1.8 : 1)
      counts[isFloat ? .floatMultiply : coding == .bytes ? .byteMultiply : .multiply] = multiplied
      counts[isFloat ? .floatOutput : weights.exact == nil ? .output : .exactOutput] = Double(step.outputCount)
    }
  }

  /// Look-up tables, and what they do not hold.
  ///
  /// Costs are fitted to tables of 8 bits. What an entry more or less changes was counted on a Cortex-M4F, of two networks with 3
  /// to 11 bits (Samples/targets): a sixth of one, for most are copies.
  private mutating func decoder(_ layer: BlobLedger.Layer, _ coding: Coding, _ bits: Int) {
    let entries = Double(layer.tableEntries(TargetProfile.usualTableBits))
    counts[.entry] = entries + (Double(layer.tableEntries(bits)) - entries) / 6
    let stream = layer.stream
    counts[.longWord] = Double(stream.long(tableBits: bits))
    counts[.symbol] = Double(layer.symbolsRead(bits))
    switch coding {
    case .gaps: counts[.gapSymbol] = Double(stream.outside(tableBits: bits))
    case .flat: counts[.flatJump] = Double(stream.jumps)
    case .joint: counts[.jointJump] = Double(stream.jumpBits > bits ? 0 : stream.jumps)
    case .bitmap, .codes, .bytes, .raw, .columns, .indexed: break
    }
  }

  /// Instructions on a processor; added up in one order, so that they are the same in every run.
  package func instructions(_ costs: InstructionCosts) -> Double {
    InstructionCosts.Work.allCases.reduce(0) { $0 + (counts[$1] ?? 0) * costs[$1] }
  }

  private mutating func columns(_ layer: BlobLedger.Layer, lanes: Int, inputs: Double) {
    kernel = .columns
    let passed = Double(layer.columns * lanes)
    (counts[.row], counts[.columnRow]) = (nil, Double(layer.rows))
    (counts[.column], counts[.columnInput]) = (passed, passed * inputs)
    counts[.columnMultiply] = Double(layer.survivors) * inputs
    counts[.flatJump] = Double(layer.stream.jumps) * inputs
  }

  private mutating func floatConvolution(_ window: ConvolutionWindow, _ weights: BlobWeights) {
    kernel = .sweep
    let sweep = FloatSweep(window)
    counts[.floatSweep] = Double(weights.positions.reduce(0) { $0 + sweep.products[$1 % weights.columns % sweep.products.count] })
    counts[.floatOutput] = Double(weights.rows * sweep.sums)
  }

  private mutating func convolution(
    _ w: ConvolutionWindow, _ layer: BlobLedger.Layer, _ coding: Coding, isWide: Bool, hasTiles: Bool
  ) {
    kernel = .sweep
    let isDense = layer.mask == .none && hasTiles
    if isDense && coding == .codes && (w.isDepthwise || w.filters > 1) {
      counts[.tileCode] = counts.removeValue(forKey: .codes)
    }
    if isDense && w.isDepthwise {
      kernel = .depthwise
      let rows = Double(layer.rows * w.oh)
      counts[.border] = w.isInside ? 0 : Double(w.groups * w.copied)
      counts[w.sw == 1 ? .depthwise : .depthwiseStrided] = rows * Double((w.ow + 3) / 4 * 4)
      counts[.depthwiseRow] = rows
      counts[.depthwiseStart] = Double(layer.rows)
    } else if isDense && w.filters > 1 {
      kernel = .tiles
      let padded = (layer.columns + 15) / 16 * 16
      let block = min(max(2 * 2048 / padded, 4), 32, w.filters)
      let blocks = (w.filters + block - 1) / block * w.groups
      counts[.border] = w.isInside ? 0 : Double(w.groups * w.copied)
      counts[.gather] = Double(blocks * w.tilePixels * layer.columns)
      counts[.tile] = Double(w.tilePixels * padded * layer.rows)
      counts[.tileStart] = Double(blocks * w.tilePixels)
    } else {
      counts[.list] = Double(layer.survivors)
      laid(w)
      let swept = Double(layer.survivors * w.sweptPixels)
      counts[isWide ? .sweepWide : w.sw == 1 ? .sweep : .sweepStrided] = swept
      counts[.sweepStart] = Double(layer.rows * w.sweptPixels) / 8
    }
  }

  /// The copy of the input that windows are laid on.
  private mutating func laid(_ w: ConvolutionWindow) {
    guard w.isCopied else { return }
    counts[w.isInStrips && !w.isLaidAtOnce ? .stripApart : .border] = Double(w.groups * w.copied)
    counts[.copy] = Double(w.groups * w.c * w.copies)
  }

  /// A step without weights: its outputs, or the inputs or taps that it takes for them.
  private mutating func other(_ step: BlobStep) {
    let outputs = Double(step.outputCount)
    let isFloat = if case .integer = step { false } else { true }
    let operands = Double(step.reads.reduce(0) { $0 + $1.count }) * (isFloat ? 1 : 4)
    if let parts = step.curves {
      counts[.exponential] = outputs * Double(parts)
    } else if let inner = step.products {
      counts[.tap] = outputs * Double(inner)
    } else if let taps = step.taps {
      counts[isFloat ? .floatElement : .tap] = outputs * Double(taps)
      counts[isFloat ? .floatMove : .window] = outputs
    } else if step.isMean {
      counts[isFloat ? .floatElement : .mean] = operands
    } else if step.isSoftmax {
      counts[isFloat ? .floatExponential : .exponential] = outputs
    } else if step.isMove {
      counts[isFloat ? .floatMove : .move] = outputs
    } else {
      counts[isFloat ? .floatElement : step.reads.count > 1 ? .combine : .element] = outputs
    }
  }
}

extension BlobStep {
  /// Of a pool's window.
  fileprivate var taps: Int? {
    if case .maxPool(let pool) = self { return pool.kh * pool.kw }
    if case .averagePool(let average) = self { return average.pool.kh * average.pool.kw }
    guard case .integer(let step) = self else { return nil }
    if case .maxPool(let pool) = step.form { return pool.kh * pool.kw }
    if case .averagePool(let integer) = step.form { return integer.average.pool.kh * integer.average.pool.kw }
    if case .exactAveragePool(let exact) = step.form { return exact.pool.kh * exact.pool.kw }
    return nil
  }

  /// Sigmoids and tangents for each unit of an LSTM of integers; about as much work as so many exponentials.
  fileprivate var curves: Int? {
    guard case .integer(let step) = self, case .lstm(let lstm) = step.form else { return nil }
    if case .cell = lstm.part { return 3 }
    return 2
  }

  fileprivate var isShortDense: Bool {
    if case .integer(let step) = self, case .shortDense = step.form { true } else { false }
  }

  /// Of a product of 16 bits, those of each output.
  fileprivate var products: Int? {
    guard case .integer(let step) = self, case .shortProduct(let product) = step.form else { return nil }
    return product.inner
  }

  fileprivate var isMean: Bool { if case .globalAveragePool = floatForm ?? self { true } else { false } }

  fileprivate var isSoftmax: Bool {
    let form = floatForm ?? self
    if case .softmax = form { return true }
    if case .logSoftmax = form { return true }
    return false
  }

  /// Whether it moves elements as they are.
  fileprivate var isMove: Bool {
    let form = floatForm ?? self
    if case .copy = form { return true }
    if case .transpose = form { return true }
    if case .gather = form { return true }
    if case .pad = form { return true }
    if case .slide = form { return true }
    return false
  }
}

extension BlobStep {
  /// Of an integer step, whether its input is int8.
  fileprivate var xIsSigned: Bool { if case .integer(let step) = self { step.xIsSigned } else { false } }
}

extension BlobWeights {
  /// Whether levels have 16 bits.
  fileprivate var isWide: Bool {
    guard case .table(let table, _) = values, case .int16 = table.precision else { return false }
    return true
  }

  /// Turns of a layer as indices: sixteen survivors of a row among 256 columns, in pairs (`add_indexed` of kgl_rows_indexed.h).
  fileprivate var indexedTurns: Int {
    var (turns, block, count) = (0, -1, 0)
    for position in positions {
      let now = position / columns * columns + position % columns / 256
      if now != block {
        turns += (count / 2 + 7) / 8
        (block, count) = (now, 0)
      }
      count += 1
    }
    return turns + (count / 2 + 7) / 8
  }

  /// Parts of filters whose sums 16 bits hold, as kernels that sum in 16 bits take them (`in_segment` of
  /// kgl_integer_convolution.c).
  fileprivate func segments(xIsSigned: Bool) -> Int {
    guard case .table(let table, let codes) = values, let levels = table.integers else { return 0 }
    let most = xIsSigned ? 255 : 128
    var (count, row, above, below) = (0, -1, 0, 0)
    for (position, code) in zip(codes.positions, codes.values) {
      let level = levels[Int(code)]
      let (up, down) = level > 0 || xIsSigned ? (abs(level), 0) : (0, -level)
      (above, below) = (above + up, below + down)
      if position / codes.columns == row && above <= most && below <= most { continue }
      (row, above, below) = (position / codes.columns, up, down)
      count += 1
    }
    return count
  }
}

extension BlobLedger.Layer {
  /// Entries of the tables that decode it: as many as the longest word has places, but no more than index bits tell apart.
  fileprivate func tableEntries(_ bits: Int) -> Int {
    let codes = !hasCodeWords ? 0 : (hasNeighbours ? 3 : 1) << min(longestCode, bits)
    return codes + (longestGap == 0 || keepsGaps ? 0 : (mask == .gapsByRow ? 2 : 1) << min(longestGap, bits))
  }

  /// Symbols of gaps, or joint ones, as often as their alphabets are read: to check them, to make their tables where none is
  /// kept, and once more where words are longer than these tell apart.
  fileprivate func symbolsRead(_ bits: Int) -> Int {
    guard let jump else { return 0 }
    if mask == .joint { return (jump * (levels ?? 1) + 1) * (longestCode > bits ? 3 : 2) }
    let times = longestGap > bits ? 3 : keepsGaps ? 1 : 2
    return (jump + 1) * (mask == .gapsByRow ? 2 : 1) * times
  }
}

extension StepWork {
  /// How a layer's weights are decoded.
  fileprivate enum Coding {
    case gaps, flat, joint, bitmap, codes, bytes, raw, columns, indexed

    /// - Parameter isOurs: of integers that Kinglet's own rule finishes, whose codes and gaps may be flat (`flat_bits_of` of
    ///   kgl_weights.c).
    init(_ layer: BlobLedger.Layer, isOurs: Bool, _ tableBits: Int) {
      guard let levels = layer.levels else {
        self = .raw
        return
      }
      let (gap, code) = (layer.longestGap, layer.longestCode)
      let isFlat =
        isOurs && layer.mask == .gaps && !layer.hasNeighbours && min(gap, code) > 0 && max(gap, code) <= tableBits && gap + code <= 12
        && 1 << code == levels
      switch layer.mask {
      case .none: self = code == 32 ? .bytes : .codes
      case .bitmap: self = .bitmap
      case .joint: self = .joint
      case .columns: self = .columns
      case .indexed: self = .indexed
      case .gaps, .gapsByRow: self = isFlat ? .flat : .gaps
      }
    }

    var decoding: InstructionCosts.Work {
      switch self {
      case .gaps, .raw: .gaps
      case .flat: .flat
      case .columns: .columnMultiply
      case .indexed: .indexed
      case .joint: .joint
      case .bitmap: .bitmap
      case .codes: .codes
      case .bytes: .bytes
      }
    }
  }
}
