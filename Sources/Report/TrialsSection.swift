import Record

/// Figure by figure after the paper's figure 3: what the trials of each cycle gave.
struct TrialsSection {
  let log: RunRecord
  let stories: [LayerStory]

  func section() -> Section {
    let network = LayerStory.network(of: log)
    let told = (network.hasTrials ? [network] : []) + stories.filter(\.hasTrials)
    let (chosen, note) = Budget.chosen(told)
    let budget = Budget(layers: chosen.count)
    // Charts beside each other are read against each other: one kind of scale for all.
    let isLogarithmic = chosen.contains { Scale.callsForLogarithm($0.steps.flatMap(\.lines)) }
    return Section(
      title: "Trials",
      introduction: """
        Divergence from the teacher after each candidate set is zeroed: the mean over the trials \
        of a cycle with a band of one deviation to either side, and the best, which is selected. \
        Below, z: how many deviations the winner lies from the mean. As the network has less to \
        spare, the mean and the band grow.
        """,
      figures: chosen.map { figure($0, isLogarithmic, budget: budget) },
      note: [note, thinning(of: chosen, to: budget.layerPoints)].compactMap { $0 }
        .joined(separator: " "))
  }

  private func thinning(of stories: [LayerStory], to points: Int) -> String? {
    stories.contains { $0.steps.count > points }
      ? "Lines are drawn through \(points) evenly spread cycles." : nil
  }

  private func figure(_ story: LayerStory, _ isLogarithmic: Bool, budget: Budget) -> Figure {
    let steps = story.steps.filter(\.hasTrials)
    let weights = story.weights.map { Numbers.grouped($0) + " weights" }
    return Figure(
      name: story.name, remark: weights ?? "",
      svg: TrialsChart(
        name: story.name, divergence: log.divergenceName, isLogarithmic: isLogarithmic,
        steps: steps.spread(toAtMost: budget.layerPoints)
      ).svg(),
      table: DataTable(
        ["cycle", "sparsity", "mean", "deviation", "best", "z"], steps, limit: budget.layerRows
      ) { step in
        [
          String(step.cycle), Numbers.percent(step.sparsity), Numbers.short(step.trials.mean),
          Numbers.short(step.trials.deviation), Numbers.short(step.trials.best),
          Numbers.short(step.trials.z),
        ]
      })
  }
}

/// Mean, band and best over one axis of sparsity, and z below on the same.
private struct TrialsChart {
  let name: String
  let divergence: String
  let isLogarithmic: Bool
  let steps: [LayerStory.Step]

  func svg() -> String {
    let showsZ = steps.contains { $0.trials.z != nil }
    let upper = plot
    let legend = Legend(marks: upper.marks).drawn(at: (2, 11), width: Chart.width - 4)
    var svg = legend.svg
    svg.add(upper.drawn())
    if showsZ { svg.add(lower.drawn()) }
    return svg.element(
      width: Chart.width, height: (showsZ ? lower.bottom : upper.bottom) + 34,
      label: "Trials of \(name)", description: description)
  }

  private var x: Axis {
    let values = steps.compactMap(\.sparsity)
    return Axis(title: "sparsity", scale: .linear(values, within: 0...1), unit: .share)
  }

  private var plot: Plot {
    let showsZ = steps.contains { $0.trials.z != nil }
    var plot = Plot(
      left: Chart.left, top: 36, width: Chart.width - Chart.left - Chart.right, height: 130,
      x: x, y: Axis(title: divergence, scale: scale, unit: .number),
      showsX: !showsZ)
    if !intervals.isEmpty { plot.marks.append(.band(intervals)) }
    plot.marks.append(.series(name: "mean", samples(\.mean), .mean))
    plot.marks.append(.series(name: "best", samples(\.best), .best))
    return plot
  }

  private var lower: Plot {
    Plot(
      left: Chart.left, top: 192, width: Chart.width - Chart.left - Chart.right, height: 44,
      x: x,
      y: Axis(
        title: "z, deviations",
        scale: .linear(steps.compactMap(\.trials.z) + [0], count: 2), unit: .number),
      marks: [.series(name: "z", samples(\.z), .z)])
  }

  /// On a logarithmic scale a band that reaches to 0 is cut at the axis; it does not choose it.
  private var scale: Scale {
    let lines = steps.flatMap(\.lines)
    let scale = Scale.fitting(lines + intervals.map(\.high), alike: isLogarithmic)
    return scale.isLogarithmic
      ? scale : .linear(lines + intervals.flatMap { [$0.low, $0.high] })
  }

  private var intervals: [Interval] {
    steps.compactMap { step in
      guard let x = step.sparsity, let mean = step.trials.mean,
        let deviation = step.trials.deviation
      else { return nil }
      return Interval(x: x, low: mean - deviation, high: mean + deviation)
    }
  }

  private func samples(_ figure: KeyPath<RunRecord.Trials, Double?>) -> [Sample] {
    steps.compactMap { step in
      guard let x = step.sparsity else { return nil }
      return Sample(
        x: x, y: step.trials[keyPath: figure], tip: figure == \.best ? tip(of: step) : nil)
    }
  }

  private func tip(of step: LayerStory.Step) -> String {
    "cycle \(step.cycle), \(Numbers.percent(step.sparsity, 1)): best "
      + "\(Numbers.short(step.trials.best)), mean \(Numbers.short(step.trials.mean)) ± "
      + "\(Numbers.short(step.trials.deviation)), z \(Numbers.short(step.trials.z))"
  }

  private var description: String {
    guard let first = steps.first, let last = steps.last else { return "" }
    func part(_ step: LayerStory.Step) -> String {
      "at \(Numbers.percent(step.sparsity, 1)) the mean is \(Numbers.short(step.trials.mean)) and "
        + "the best \(Numbers.short(step.trials.best))"
    }
    return "Divergence against sparsity: \(part(first)); \(part(last))."
  }
}

extension LayerStory.Step {
  /// The figures that lines are drawn of.
  fileprivate var lines: [Double] { [trials.mean, trials.best].compactMap { $0 } }
}

extension Look {
  static let mean = Look(colour: 7, dash: 1, marker: .circle, isFilled: false)
  static let best = Look(colour: 0, dash: 0, marker: .circle, isFilled: true)
  static let z = Look(colour: 1, dash: 0, marker: .square, isFilled: true)
}
