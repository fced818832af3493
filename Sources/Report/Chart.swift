/// A drawing of the usual kind: a legend over one plot, in a view box that is as wide as a narrow
/// screen, so that its text stays legible there and grows a little elsewhere.
struct Chart {
  static let width = 360.0
  static let left = 48.0
  static let right = 16.0

  let label: String
  let description: String
  var height = 170.0
  /// Kept free beside the plot, for names at the ends of lines.
  var margin = Chart.right
  let x: Axis
  let y: Axis
  let marks: [Mark]

  func svg() -> String {
    let legend = Legend(marks: marks).drawn(at: (2, 11), width: Chart.width - 4)
    let top = marks.contains { !$0.name.isEmpty } ? legend.height + 36 : 20
    let plot = Plot(
      left: Chart.left, top: top, width: Chart.width - Chart.left - margin, height: height,
      x: x, y: y, marks: marks)
    var svg = legend.svg
    svg.add(plot.drawn())
    svg.add(endNames(in: plot))
    return svg.element(
      width: Chart.width, height: plot.bottom + 34, label: label, description: description)
  }

  /// Where a margin is kept, the name of each series beside its end, moved apart where they would
  /// overlap, with a thin line from each end to its name.
  private func endNames(in plot: Plot) -> SVG {
    var svg = SVG()
    guard margin > Chart.right else { return svg }
    let ends = marks.compactMap { mark -> (name: String, at: (Double, Double))? in
      guard case .series(_, let samples, _) = mark, let last = samples.last(where: { $0.y != nil }),
        let y = last.y
      else { return nil }
      return (last.tip ?? "", plot.place(last.x, y))
    }.sorted { ($0.at.1, $0.name) < ($1.at.1, $1.name) }
    let rows = apart(ends.map(\.at.1), by: 12, within: plot.top...plot.bottom + 4)
    let room = Int((margin - 24) / 6.1)
    for (end, row) in zip(ends, rows) {
      svg.path("M\(SVG.pair((end.at.0 + 4, end.at.1)))L\(SVG.pair((plot.right + 12, row)))", "e")
      svg.text(end.name.clipped(to: room), (plot.right + 14, row + 3.7), tip: end.name)
    }
    return svg
  }
}

/// Ascending places moved as little as a sweep down and one back up allow, so that they lie `gap`
/// apart and, if there is room, within `range`.
package func apart(_ places: [Double], by gap: Double, within range: ClosedRange<Double>)
  -> [Double]
{
  var result = places
  for index in result.indices.dropFirst() {
    result[index] = max(result[index], result[index - 1] + gap)
  }
  var limit = range.upperBound
  for index in result.indices.reversed() {
    result[index] = min(result[index], limit)
    limit = result[index] - gap
  }
  return result
}
