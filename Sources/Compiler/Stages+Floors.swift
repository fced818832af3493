// What is said by name of layers that were about to lose too much, and of pools that lost too little.

import Blob
import Evolution
import Lowering
import ModelGraph

extension Stages {
  /// For each layer a sentence where it has weights left only because a layer keeps some, or has
  /// none left in the blob; nil for the others.
  ///
  /// - Parameter written: the layers of the blob, where there is one.
  func remarks(_ evolved: Evolved, on written: [BlobWeights] = []) -> [String?] {
    let layers = student.layers
    let survivors = layers.map(evolved.survivors)
    var remarks = [String?](repeating: nil, count: layers.count)
    for pool in evolved.pools ?? [] {
      for (layer, floor) in floors(of: pool, survivors) where survivors[layer] <= floor {
        guard survivors[layer] < initialSurvivors(layer) else { continue }
        remarks[layer] = floorSentence(layers[layer], survivors[layer], in: pool)
      }
    }
    for (index, coded) in written.enumerated()
    where coded.positions.isEmpty && survivors[index] > 0 {
      remarks[index] = "\(layers[index].name) has no weight left in the blob: other layers cut off what "
        + "its last \(survivors[index]) read, or what reads them; ask for fewer zeros, or give it a "
        + "share of its own by --layer-sparsity"
    }
    return remarks
  }

  /// Pools with more weights than they were to keep, in a sentence; nil where there is none, and
  /// where a limit decided when to end.
  func shortfall(_ evolved: Evolved) -> String? {
    guard evolved.isOver, !options.limits.areSet else { return nil }
    let layers = student.layers
    for pool in evolved.pools ?? [] {
      let members = pool.layers.map { layers[$0] }
      let survivors = members.map(evolved.survivors)
      let left = survivors.reduce(0, +)
      guard left > settings.goal(of: pool, members, survivors: survivors) else { continue }
      let share = 1 - Double(left) / Double(max(members.reduce(0) { $0 + $1.weightCount }, 1))
      let names = members.map(\.name).joined(separator: ", ")
      return "\(names): \(share.percent) zeros after \(evolved.state.cycles.count) cycles where "
        + "\(pool.sparsity.percent) were asked for; give a larger --step, or --draw survivors"
    }
    return nil
  }

  private func floors(of pool: Pool, _ survivors: [Int]) -> [(layer: Int, floor: Int)] {
    let floors = settings.floors(
      of: pool.layers.map { student.layers[$0] },
      sharing: pool.layers.reduce(0) { $0 + survivors[$1] })
    return Array(zip(pool.layers, floors))
  }

  /// Of the teacher; where that is not at hand, all weights of the layer.
  private func initialSurvivors(_ layer: Int) -> Int {
    guard let graph = try? teacher().student else { return student.layers[layer].weightCount }
    return graph[graph.layers[layer].weight].tensor.values.survivorCount
  }

  /// Nil where a layer that is a pool by itself has just what was asked for.
  private func floorSentence(_ layer: Layer, _ survivors: Int, in pool: Pool) -> String? {
    let all = layer.weightCount
    guard pool.layers.count == 1 else {
      return "\(layer.name) keeps its best \(survivors) of \(all) weights, the least that --layer-floor "
        + "\(settings.layerFloor) leaves it: the others of its pool would have taken more"
    }
    guard Int((pool.sparsity * Double(all)).rounded()) == all else { return nil }
    return "\(layer.name) keeps the best of its \(all) weights: \(pool.sparsity.percent) zeros would leave none"
  }
}
