import Record

/// What the record tells of one layer, gathered from all its lines.
struct LayerStory {
  let name: String
  var weights: Int?
  var before: Histogram?
  var end: RunRecord.EndLayer?
  var steps: [Step] = []

  /// What one cycle did to the layer (or, where trials took in all of it, to the network).
  struct Step {
    let cycle: Int
    let sparsity: Double?
    let trials: RunRecord.Trials
  }

  var hasTrials: Bool { steps.contains(where: \.hasTrials) }

  /// Every layer that is named anywhere, in the order of its first mention.
  static func all(of log: RunRecord) -> [LayerStory] {
    var stories = log.run.layers.map {
      LayerStory(name: $0.name, weights: $0.weights, before: $0.histogram)
    }
    var places = Dictionary(uniqueKeysWithValues: zip(stories.map(\.name), stories.indices))
    func place(of name: String) -> Int {
      if let place = places[name] { return place }
      places[name] = stories.count
      stories.append(LayerStory(name: name))
      return stories.count - 1
    }
    for cycle in log.cycles {
      for layer in cycle.layers {
        let step = Step(cycle: cycle.cycle, sparsity: layer.sparsity, trials: layer.trials)
        stories[place(of: layer.layer)].steps.append(step)
      }
    }
    for layer in log.end?.layers ?? [] { stories[place(of: layer.name)].end = layer }
    return stories
  }

  /// Trials over the whole network, against its sparsity.
  static func network(of log: RunRecord) -> LayerStory {
    LayerStory(
      name: "Whole network", weights: nil, before: nil,
      steps: log.cycles.map {
        Step(cycle: $0.cycle, sparsity: $0.sparsity, trials: $0.trials)
      }.filter(\.hasTrials))
  }
}

extension LayerStory.Step {
  var hasTrials: Bool { sparsity != nil && (trials.mean != nil || trials.best != nil) }
}

/// How much of a run is drawn and tabled, so that a page stays small whatever the run's length:
/// shared out over the layers that have charts of their own.
struct Budget {
  /// Layers with charts of their own, those with most weights first.
  static let layers = 36
  static let linePoints = 400
  static let tableRows = 60

  let layerPoints: Int
  let layerRows: Int

  init(layers: Int) {
    let layers = max(1, min(layers, Budget.layers))
    layerPoints = min(Budget.linePoints, max(40, 1500 / layers))
    layerRows = min(Budget.tableRows, max(12, 400 / layers))
  }

  /// The layers that get charts of their own, in their order, and what to say of the others.
  static func chosen(_ stories: [LayerStory]) -> (stories: [LayerStory], note: String?) {
    guard stories.count > layers else { return (stories, nil) }
    let order = stories.indices.sorted {
      (stories[$1].weights ?? 0, $0) < (stories[$0].weights ?? 0, $1)
    }
    let kept = order.prefix(layers).sorted().map { stories[$0] }
    let left = stories.count - layers
    return (kept, "The \(layers) layers with most weights are shown; \(left) smaller are not.")
  }
}
