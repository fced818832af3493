// Which layers lose weights together, and how many.

import Evolution
import Execution
import ModelGraph
import Tensors
import Trials

extension Stages {
  /// The pools that the options ask for.
  func plannedPools(_ graph: Graph, _ samples: TrainingSamples) throws(CompilerError) -> [Pool] {
    guard options.evolution.pools.isEmpty else { return options.evolution.pools }
    let layers = graph.layers
    var shares = layers.map { layer in options.layerSparsity.share(for: layer.name) }
    var pools: [Pool] = []
    for (pattern, share) in options.poolSparsity.sorted(by: { $0.key < $1.key }) {
      let members = layers.indices.filter {
        shares[$0] == nil && Pattern(pattern).matches(layers[$0].name)
      }
      guard !members.isEmpty else { continue }
      for member in members { shares[member] = share }
      pools.append(Pool(layers: members, sparsity: share))
    }
    let pooled = Set(pools.flatMap(\.layers))
    for index in layers.indices where !pooled.contains(index) {
      if let share = shares[index] { pools.append(Pool(layers: [index], sparsity: share)) }
    }
    // A limit alone says how far, not how far at most.
    let total = options.sparsity ?? (options.limits.areSet ? Self.farthest : 0)
    guard total > 0 else { return pools.sorted { $0.layers[0] < $1.layers[0] } }
    switch options.scope {
    case .network: pools += networkPool(layers, fixed: shares, total: total)
    case .layer:
      let dealt = try dealtShares(graph, samples, fixed: shares, total: total)
      for index in layers.indices where shares[index] == nil {
        pools.append(Pool(layers: [index], sparsity: dealt[index]))
      }
    }
    return pools.sorted { $0.layers[0] < $1.layers[0] }
  }

  private static let farthest = 0.998

  /// The layers without a share of their own together.
  private func networkPool(_ layers: [Layer], fixed: [Double?], total: Double) -> [Pool] {
    let free = layers.indices.filter { fixed[$0] == nil }
    let all = layers.reduce(0) { $0 + $1.weightCount }
    var zeros = total * Double(all)
    for (layer, share) in zip(layers, fixed) { zeros -= (share ?? 0) * Double(layer.weightCount) }
    let count = free.reduce(0) { $0 + layers[$1].weightCount }
    guard count > 0, zeros > 0 else { return [] }
    return [Pool(layers: free, sparsity: min(zeros / Double(count), Self.farthest))]
  }

  private func dealtShares(
    _ graph: Graph, _ samples: TrainingSamples, fixed: [Double?], total: Double
  ) throws(CompilerError) -> [Double] {
    let moments = try executing { () throws(ExecutionError) in
      try InputMoments.meanSquares(
        graph, parameters: ParameterStore(graph), samples: samples.training.prefix(512),
        threads: threads)
    }
    let byInput = ![.magnitude, .random, .literal].contains(settings.method)
    let saliencies = zip(graph.layers, moments).map { layer, squares in
      let weights = graph[layer.weight].tensor.values
      return byInput
        ? weights.indices.map { abs(weights[$0]) * squares[$0 % layer.columns].squareRoot() }
        : weights.map(abs)
    }
    return SparsityTargets.deal(saliencies: saliencies, fixed: fixed, total: total)
  }
}

extension [String: Double] {
  /// What the whole name, or else the first pattern in alphabetic order that matches, is given.
  fileprivate func share(for name: String) -> Double? {
    self[name] ?? sorted { $0.key < $1.key }.first { Pattern($0.key).matches(name) }?.value
  }
}
