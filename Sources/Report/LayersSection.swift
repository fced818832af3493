import Record

/// Where the zeros and the bytes went.
struct LayersSection {
  private static let named = 16

  let log: RunRecord
  let stories: [LayerStory]

  func section() -> Section {
    Section(
      title: "Layers",
      introduction: """
        Each layer’s share of zeros as the cycles go, and the bytes that are left of it.\(costWords)
        """,
      figures: [sparsityFigure, bytesFigure, costFigure, sizeFigure, KilobyteFigure(log: log).figure()].compactMap { $0 },
      note: [
        sparse.count > Self.named ? "The lines are of the \(Self.named) layers with most weights." : "", KilobyteFigure(log: log).absence,
      ].filter { !$0.isEmpty }.joined(separator: " "))
  }

  private var costWords: String {
    guard stories.contains(where: { $0.end?.lossSaved != nil }) else { return "" }
    return " What a layer costs is how much less would be lost were it alone the teacher’s again; below 0 the others have got used to it."
  }

  private var sparse: [LayerStory] {
    stories.filter { $0.steps.contains { $0.sparsity != nil } }
  }

  /// The layers whose lines can be named at their ends.
  private var lines: [LayerStory] {
    let all = sparse
    let order = all.indices.sorted { (all[$1].weights ?? 0, $0) < (all[$0].weights ?? 0, $1) }
    return order.prefix(Self.named).sorted().map { all[$0] }
  }

  private var sparsityFigure: Figure? {
    let lines = lines
    guard !lines.isEmpty else { return nil }
    let points = Budget(layers: lines.count).layerPoints
    let names = distinctParts(of: lines.map(\.name))
    let marks = lines.enumerated().map { index, story in
      let samples = story.steps.spread(toAtMost: points).map {
        Sample(x: Double($0.cycle), y: $0.sparsity, tip: names[index])
      }
      return Mark.series(name: "", samples, .series(index))
    }
    let cycles = lines.flatMap { $0.steps.map { Double($0.cycle) } }
    let sparsities = lines.flatMap { $0.steps.compactMap(\.sparsity) }
    return Figure(
      name: "Sparsity of each layer", remark: "over the cycles",
      svg: Chart(
        label: "Sparsity of each layer over the cycles", description: ends(of: lines),
        height: max(170, 12 * Double(lines.count)), margin: margin(for: names),
        x: Axis(title: "cycle", scale: cycleScale(cycles), unit: .count),
        y: Axis(
          title: "sparsity", scale: .linear(sparsities + [0], within: 0...1), unit: .share),
        marks: marks
      ).svg(),
      table: layerTable)
  }

  /// What the names at the ends of the lines take, a long name being clipped.
  private func margin(for names: [String]) -> Double {
    24 + SVG.width(of: String(repeating: "m", count: min(14, names.map(\.count).max() ?? 0)))
  }

  /// Cycles are whole: no tick lies between two.
  private func cycleScale(_ cycles: [Double]) -> Scale {
    let low = cycles.min() ?? 0
    let high = max(cycles.max() ?? 0, low + 1)
    let scale = Scale.exact([low, high], count: 4)
    let whole = scale.ticks.filter { $0 == $0.rounded() }
    return Scale(low: scale.low, high: scale.high, ticks: whole, isLogarithmic: false)
  }

  private func ends(of lines: [LayerStory]) -> String {
    let parts = lines.map { story in
      "\(story.name) \(Numbers.percent(story.steps.last { $0.sparsity != nil }?.sparsity, 1))"
    }
    return "At the end: " + parts.joined(separator: ", ") + "."
  }

  private var layerTable: DataTable {
    DataTable(
      ["layer", "weights", "sparsity", "survivors", "levels", "bytes"], stories, limit: 400
    ) { story in
      [
        story.name, Numbers.grouped(story.weights),
        Numbers.percent(story.steps.last { $0.sparsity != nil }?.sparsity),
        Numbers.grouped(story.end?.survivors), Numbers.grouped(story.end?.levels),
        Numbers.grouped(story.end?.bytes),
      ]
    }
  }

  private var bytesFigure: Figure? {
    let counted = stories.compactMap { story in
      story.end?.bytes.map { (name: story.name, value: $0) }
    }
    guard !counted.isEmpty else { return nil }
    let shortNames = distinctParts(of: counted.map(\.name))
    let bars = largest(Array(zip(shortNames, counted.map(\.value))))
    let total = counted.reduce(0.0) { $0 + Double($1.value) }
    let whole = Int(min(total, Double(RecordLimits.count)))
    return Figure(
      name: "Bytes of each layer", remark: "in the blob",
      svg: BarChart(
        label: "Bytes of each layer",
        description: "\(counted.count) layers, \(Numbers.grouped(whole)) bytes in all.",
        bars: bars
      ).svg(),
      table: DataTable(["layer", "bytes", "share"], counted, limit: 400) { layer in
        [
          layer.name, Numbers.grouped(layer.value),
          total > 0 ? Numbers.percent(Double(layer.value) / total, 1) : Numbers.absent,
        ]
      })
  }

  /// What the student would lose less with one layer as the teacher has it.
  private var costFigure: Figure? {
    let costs = stories.compactMap { story in
      story.end.flatMap { end in end.lossSaved.map { (name: story.name, loss: $0, divergence: end.divergenceSaved) } }
    }
    guard !costs.isEmpty else { return nil }
    let order = costs.indices.sorted { (abs(costs[$1].loss), $0) < (abs(costs[$0].loss), $1) }
    let shown = order.prefix(Budget.layers).sorted().map { costs[$0] }
    let names = distinctParts(of: shown.map(\.name))
    return Figure(
      name: "What each layer costs", remark: "\(log.run.lossName?.clipped(to: 40) ?? "points lost"), on \(log.heldBackWords)",
      svg: RowsChart(
        label: "What each layer costs", description: "Points less lost with one layer as the teacher has it, of \(costs.count) layers.",
        axis: Axis(
          title: "points", scale: .linear(shown.map(\.loss) + [0], within: -RecordLimits.magnitude...RecordLimits.magnitude, count: 3),
          unit: .number),
        rows: zip(names, shown).map { RowsChart.Row(name: $0, value: $1.loss, text: Numbers.short($1.loss)) }, isFromZero: true
      ).svg(),
      table: DataTable(["layer", "points", log.divergenceName], costs, limit: 400) { cost in
        [cost.name, Numbers.short(cost.loss), Numbers.short(cost.divergence)]
      })
  }

  /// All, or the largest in their order and the rest as one.
  private func largest(_ all: [(name: String, value: Int)]) -> [(name: String, value: Int)] {
    guard all.count > Budget.layers else { return all }
    let order = all.indices.sorted { (all[$1].value, $0) < (all[$0].value, $1) }
    let kept = order.prefix(Budget.layers - 1).sorted().map { all[$0] }
    let rest = order.dropFirst(Budget.layers - 1).reduce(0) {
      min($0 + all[$1].value, RecordLimits.count)
    }
    return kept + [("\(all.count - kept.count) others", rest)]
  }

  private var sizeFigure: Figure? {
    let sized = log.cycles.filter { $0.bytes != nil && $0.sparsity != nil }
    guard !sized.isEmpty else { return nil }
    let samples = sized.spread(toAtMost: Budget.linePoints).map { cycle in
      let tip = "cycle \(cycle.cycle), \(Numbers.percent(cycle.sparsity, 1)): "
      return Sample(
        x: cycle.sparsity ?? 0, y: cycle.bytes.map(Double.init),
        tip: tip + Numbers.grouped(cycle.bytes) + " bytes")
    }
    return Figure(
      name: "Bytes", remark: "against sparsity",
      svg: Chart(
        label: "Bytes against sparsity",
        description: "From \(Numbers.grouped(sized.first?.bytes)) to "
          + "\(Numbers.grouped(sized.last?.bytes)) bytes.",
        x: Axis(
          title: "sparsity", scale: .linear(samples.map(\.x), within: 0...1), unit: .share),
        y: Axis(title: "blob", scale: .linear(samples.compactMap(\.y) + [0]), unit: .bytes),
        marks: [.series(name: "", samples, .best)]
      ).svg(),
      table: DataTable(["cycle", "sparsity", "bytes"], sized, limit: Budget.tableRows) {
        [String($0.cycle), Numbers.percent($0.sparsity), Numbers.grouped($0.bytes)]
      })
  }
}
