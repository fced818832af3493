// A model put onto a die: each layer's rows dealt to the target's lanes by their work, each lane
// placed in one of its banks. How many bytes a lane takes is known once it is coded, and how it is
// coded depends a little on its bank, whose pad it shares; so the blob is written, packed by what
// its lanes took, and written again until the packing stands.

import Blob
import Planning

package enum Placement {
  private static let rounds = 8

  /// The blob of `model` with lanes and banks for `target`; the best found, if none fits.
  ///
  /// With one lane and one bank this is the plain blob. What lanes the model has are dealt anew.
  package static func bytes(
    for model: BlobModel, on target: TargetProfile, options: CodingOptions
  ) throws(BlobError) -> [UInt8] {
    let memory = target.parameters
    var runs = model.steps.map { _ in target.lanes }
    var dealt = model.dealt(runs, target)
    if target.lanes == 1 && memory.count == 1 {
      return try BlobWriter.bytes(for: dealt, options: options)
    }
    var best: (bytes: [UInt8], excess: Int)?
    for _ in 0..<rounds {
      let bytes = try BlobWriter.bytes(for: dealt, options: options)
      let layout = try BlobLayout(bytes)
      let excess = layout.banks.reduce(0) { $0 + max(0, $1.range.count - memory.bytes) }
      if best.map({ excess < $0.excess }) ?? true { best = (bytes, excess) }
      if cutLarge(&runs, layout, dealt, target) {
        dealt = dealt.dealt(runs, target)
        continue
      }
      let plan = BankPacker.pack(
        layout.lanes.map { BankItem(layer: $0.step, bytes: $0.bytes, pad: $0.pad) },
        banks: memory.count, capacity: memory.bytes)
      if plan.banks == layout.lanes.map(\.bank) { break }
      dealt = dealt.placed(plan.banks)
    }
    return best?.bytes ?? []
  }

  /// Gives layers more lanes of which one is larger than a bank; whether there are any.
  private static func cutLarge(
    _ runs: inout [Int], _ layout: BlobLayout, _ model: BlobModel, _ target: TargetProfile
  ) -> Bool {
    var isCut = false
    let large = layout.lanes.filter { $0.bytes + $0.pad > target.parameters.bytes }
    for step in Set(large.map(\.step)) {
      let most = min(BlobFormat.laneCount.upperBound, model.steps[step].weights?.rows ?? 0)
      let wanted = min(most, 2 * runs[step])
      if wanted > runs[step] { (runs[step], isCut) = (wanted, true) }
    }
    return isCut
  }
}

extension BlobModel {
  /// The same with each layer's rows dealt to so many lanes.
  fileprivate func dealt(_ runs: [Int], _ target: TargetProfile) -> BlobModel {
    var copy = self
    copy.steps = zip(steps, runs).map { step, count in
      step.withWeights {
        $0.lanes = LayerWork(step, target).lanes(count, banks: target.parameters.count)
      }
    }
    return copy
  }

  /// The same with each lane in the bank given, lanes in the order of steps.
  fileprivate func placed(_ banks: [Int]) -> BlobModel {
    var next = 0
    var copy = self
    copy.steps = steps.map { step in
      step.withWeights { weights in
        for lane in weights.lanes.indices {
          weights.lanes[lane].bank = banks[next]
          next += 1
        }
      }
    }
    return copy
  }
}
