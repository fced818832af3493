import Record

/// The signature of the method, after the paper's figure 5: how the weights lie before and after.
struct WeightsSection {
  let stories: [LayerStory]

  func section() -> Section {
    let drawn = stories.filter { $0.histogram(.before) != nil || $0.histogram(.after) != nil }
    let (chosen, note) = Budget.chosen(drawn)
    let rows = Budget(layers: chosen.count).layerRows
    return Section(
      title: "Weights",
      introduction: """
        Weights that are not zero, before the run and after it, each to its own height; wedges \
        mark the peaks that stand out. Survivors of directed evolution tend to keep a single \
        peak. Pruning by magnitude leaves a gap at zero, and so two peaks.
        """,
      figures: chosen.map { figure($0, rows: rows) }, isSmall: true, note: note ?? "")
  }

  private func figure(_ story: LayerStory, rows: Int) -> Figure {
    let chart = HistogramChart(
      label: "Weights of \(story.name)", before: story.histogram(.before),
      after: story.histogram(.after))
    let counts = [
      story.weights.map { Numbers.grouped($0) + " weights" },
      story.end?.survivors.map { Numbers.grouped($0) + " survive" },
      story.end?.levels.map { "\($0) levels" },
    ].compactMap { $0 }
    return Figure(
      name: story.name, remark: counts.joined(separator: ", "), svg: chart.svg(),
      table: table(story, limit: rows))
  }

  private func table(_ story: LayerStory, limit: Int) -> DataTable {
    let rows = [(When.before, "before"), (.after, "after")].flatMap { when, name in
      let bins = story.histogram(when)?.merged(toAtMost: max(6, limit / 2))
      return (bins?.counts ?? []).enumerated().map { index, count in
        [
          name, Numbers.short(bins?.value(atBin: Double(index))),
          Numbers.short(bins?.value(atBin: Double(index + 1))), Numbers.grouped(count),
        ]
      }
    }
    return DataTable(["", "from", "to", "weights"], rows, limit: rows.count) { $0 }
  }
}

extension LayerStory {
  fileprivate enum When {
    case before, after
  }

  /// The histogram, if anything was counted.
  fileprivate func histogram(_ when: When) -> Histogram? {
    let histogram = when == .before ? before : end?.histogram
    return histogram.flatMap { $0.total > 0 ? $0 : nil }
  }
}

private typealias When = LayerStory.When
