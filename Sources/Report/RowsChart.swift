/// A figure of each of some named things as a marker in its row, with its interval where that is known.
struct RowsChart {
  struct Row {
    let name: String
    let value: Double
    var interval: ClosedRange<Double>? = nil
    /// The figure in words, beside the marker's row.
    let text: String
  }

  private static let nameWidth = 104.0
  private static let textWidth = 74.0
  private static let rowHeight = 19.0

  let label: String
  let description: String
  let axis: Axis
  let rows: [Row]
  /// Whether a line leads from 0 to each marker; 0 has to lie on the axis then.
  var isFromZero = false

  func svg() -> String {
    let (left, right) = (Self.nameWidth, Chart.width - Self.textWidth)
    let bottom = 6 + Double(rows.count) * Self.rowHeight
    let letters = Int((Self.nameWidth - 8) / 6.1)
    func place(_ value: Double) -> Double { left + axis.scale.share(of: value) * (right - left) }
    var svg = SVG()
    for tick in axis.scale.ticks {
      svg.line((place(tick), 2), (place(tick), bottom), isFromZero && tick == 0 ? "a" : "g")
      svg.text(axis.label(tick), (place(tick), bottom + 13), .middle)
    }
    for (index, row) in rows.enumerated() {
      let y = 4 + (Double(index) + 0.5) * Self.rowHeight
      let tip = "\(row.name): \(row.text)"
      svg.text(row.name.clipped(to: letters), (left - 8, y + 3.7), .end, tip: row.name)
      if isFromZero { svg.line((place(0), y), (place(row.value), y), "l c0") }
      if let interval = row.interval {
        let (low, high) = (place(interval.lowerBound), place(interval.upperBound))
        svg.line((low, y), (high, y), "l c0")
        for end in [low, high] { svg.line((end, y - 3.5), (end, y + 3.5), "l c0") }
      }
      svg.path(Look.series(0).markerPath((place(row.value), y)), Look.series(0).markerClass, tip: tip)
      svg.text(row.text, (right + 8, y + 3.7), .start, "k")
    }
    svg.text(axis.heading, (right, bottom + 28), .end, "t")
    return svg.element(width: Chart.width, height: bottom + 33, label: label, description: description)
  }
}
