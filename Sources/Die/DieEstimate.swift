import Blob
import Planning

/// Cycles and energy of each step; the formula is ``DieReport``'s.
struct DieEstimate {
  private let model: BlobModel
  private let layout: BlobLayout
  private let target: TargetProfile
  /// Bytes of the blob that are there for each step.
  private let stepBytes: [Int: Int]
  private let layers: [Int: BlobLedger.Layer]

  init(_ model: BlobModel, _ layout: BlobLayout, _ ledger: BlobLedger, _ target: TargetProfile) {
    (self.model, self.layout, self.target) = (model, layout, target)
    stepBytes = ledger.entries.reduce(into: [:]) { bytes, entry in
      if let step = entry.step { bytes[step, default: 0] += entry.bytes }
    }
    layers = Dictionary(uniqueKeysWithValues: ledger.layers.map { ($0.step, $0) })
  }

  /// Where the target's instructions were counted, cycles are they.
  func steps(_ names: [String]) -> [DieReport.Step] {
    let lanes = Dictionary(grouping: layout.lanes, by: \.step)
    return model.steps.indices.map { step($0, names[$0], lanes[$0] ?? []) }
  }

  private func step(_ index: Int, _ name: String, _ lanes: [BlobLayout.Lane]) -> DieReport.Step {
    let step = model.steps[index]
    let outputs = step.outputCount
    guard let weights = step.weights else {
      let bytes = step.reads.reduce(outputs * step.elementBytes) { $0 + 4 * $1.count }
      let share = (outputs + target.lanes - 1) / target.lanes
      let counted = instructions(index)
      return DieReport.Step(
        step: index, name: name, cycles: counted ?? Double(share) * target.cycles.output,
        nanojoules: nanojoules(index, bytes: bytes, counted ?? Double(outputs) * target.cycles.output))
    }
    let work = LayerWork(step, target)
    var units = [Double](repeating: 0, count: target.lanes)
    var banks = [Double](repeating: 0, count: layout.banks.count)
    for lane in lanes {
      let cycles = work.cycles(lane.firstRow..<lane.firstRow + lane.rows)
      units[lane.number % units.count] += cycles
      banks[lane.bank] += cycles
    }
    let (total, busiest) = (units.reduce(0, +), units.max() ?? 0)
    let counted = instructions(index)
    return DieReport.Step(
      step: index, name: name, lanes: lanes.count { $0.rows > 0 },
      balance: total > 0 ? busiest * Double(units.count) / total : 1,
      cycles: counted ?? max(busiest, banks.max() ?? 0),
      nanojoules: nanojoules(
        index, bytes: (weights.positions.count * work.pixels + outputs) * step.elementBytes, counted ?? total))
  }

  private func instructions(_ index: Int) -> Double? {
    target.instructions.map {
      StepWork(model.steps[index], layers[index], on: $0, tableBits: target.usedTableBits).instructions($0)
    }
  }

  private func nanojoules(_ step: Int, bytes: Int, _ cycles: Double) -> Double {
    let parameters = Double(stepBytes[step] ?? 0) * target.energy.parameterByte
    let activations = Double(bytes) * target.energy.activationByte
    return (parameters + activations + cycles * target.energy.cycle) / 1000
  }
}

extension BlobStep {
  /// Of an activation: a byte of integers, else a word.
  fileprivate var elementBytes: Int { if case .integer = self { 1 } else { 4 } }
}
