/// Figures of named things as bars that lie, the figure written at the end of each.
struct BarChart {
  private static let nameWidth = 104.0
  private static let figureWidth = 62.0
  private static let rowHeight = 17.0

  let label: String
  let description: String
  let bars: [(name: String, value: Int)]

  func svg() -> String {
    let highest = Double(max(1, bars.map(\.value).max() ?? 1))
    let room = Chart.width - Self.nameWidth - Self.figureWidth
    let letters = Int((Self.nameWidth - 8) / 6.1)
    var svg = SVG()
    for (index, bar) in bars.enumerated() {
      let y = 4 + Double(index) * Self.rowHeight
      let width = max(0.5, Double(bar.value) / highest * room)
      svg.text(
        bar.name.clipped(to: letters), (Self.nameWidth - 6, y + 11), .end, tip: bar.name)
      svg.rectangle(x: Self.nameWidth, y: y + 2, width: width, height: 11, "bar")
      svg.text(Numbers.grouped(bar.value), (Self.nameWidth + width + 5, y + 11), .start, "k")
    }
    let bottom = 6 + Double(bars.count) * Self.rowHeight
    svg.line((Self.nameWidth, 2), (Self.nameWidth, bottom), "a")
    return svg.element(
      width: Chart.width, height: bottom + 4, label: label, description: description)
  }
}
