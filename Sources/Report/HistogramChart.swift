import Record

/// A layer's weights before and after, one above the other on one axis. Each is drawn to its own
/// height, since far fewer are left afterwards; a wedge points at each peak that stands out.
struct HistogramChart {
  static let width = 280.0
  private static let left = 6.0
  private static let rowHeight = 62.0
  private static let most = 96

  let label: String
  let before: Histogram?
  let after: Histogram?

  /// Before and after in words, such as "one peak before, two peaks after".
  var shape: String {
    [(before, "before"), (after, "after")].compactMap { histogram, when in
      histogram.map { Modality(of: $0).name + " " + when }
    }.joined(separator: ", ")
  }

  func svg() -> String {
    let rows = [(before, "before", "hb"), (after, "after", "ha")].compactMap { row in
      row.0.map { (histogram: $0, name: row.1, look: row.2) }
    }
    let axis = Axis(
      title: "weight",
      scale: .exact(rows.flatMap { [$0.histogram.low, $0.histogram.high] }, count: 5),
      unit: .number)
    var svg = SVG()
    for (index, row) in rows.enumerated() {
      let plot = frame(row: index, axis: axis)
      draw(row.histogram, name: row.name, look: row.look, in: plot, into: &svg)
      drawBase(of: plot, isLast: index == rows.count - 1, into: &svg)
    }
    let height = Double(rows.count) * (Self.rowHeight + 26) + 34
    return svg.element(width: Self.width, height: height, label: label, description: shape + ".")
  }

  private func frame(row: Int, axis: Axis) -> Plot {
    Plot(
      left: Self.left, top: 28 + Double(row) * (Self.rowHeight + 26),
      width: Self.width - 2 * Self.left, height: Self.rowHeight, x: axis,
      y: Axis(title: "", scale: .linear([0, 1]), unit: .number))
  }

  private func draw(
    _ histogram: Histogram, name: String, look: String, in plot: Plot, into svg: inout SVG
  ) {
    let modality = Modality(of: histogram)
    let title = "\(name): \(modality.name)"
    svg.text(title, (plot.left, plot.top - 12), .start, "k")
    let bins = histogram.merged(toAtMost: Self.most)
    svg.path(outline(of: bins, in: plot), look)
    for peak in modality.peaks {
      let x = plot.place(peak, 1).0
      let y = plot.top - 2
      let corners = [(x, y), (x - 3.2, y - 6), (x + 3.2, y - 6)]
      svg.path("M" + corners.map(SVG.pair).joined(separator: "L") + "Z", "p")
    }
  }

  private func outline(of bins: Histogram, in plot: Plot) -> String {
    guard let highest = bins.counts.max(), highest > 0 else { return "" }
    // A histogram of one value has no width of its own.
    let least = 1.5 / Double(bins.counts.count)
    var data = ""
    for (index, count) in bins.counts.enumerated() where count > 0 {
      let share = Double(count) / Double(highest)
      let start = plot.place(bins.value(atBin: Double(index)), share)
      let end = plot.place(bins.value(atBin: Double(index + 1)), share).0
      let right = max(end, start.0 + min(least, 1.5))
      data += "M\(SVG.pair((start.0, plot.bottom)))V\(Numbers.place(start.1))"
      data += "H\(Numbers.place(right))V\(Numbers.place(plot.bottom))Z"
    }
    return data
  }

  private func drawBase(of plot: Plot, isLast: Bool, into svg: inout SVG) {
    svg.line((plot.left, plot.bottom), (plot.right, plot.bottom), "a")
    for tick in plot.x.scale.ticks {
      let x = plot.place(tick, 0).0
      svg.line((x, plot.bottom), (x, plot.bottom + 3.5), "a")
      guard isLast else { continue }
      let label = plot.x.label(tick)
      let half = SVG.width(of: label) / 2
      let anchor: SVG.Anchor = x < half ? .start : x > Self.width - half ? .end : .middle
      svg.text(label, (x, plot.bottom + 15), anchor)
    }
    if isLast { svg.text(plot.x.heading, (plot.right, plot.bottom + 29), .end, "t") }
  }
}
