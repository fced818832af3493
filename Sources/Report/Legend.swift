/// What each mark is: its look and its name, in rows as wide as the drawing.
struct Legend {
  private static let sampleWidth = 20.0
  private static let rowHeight = 15.0

  let marks: [Mark]

  func drawn(at start: (Double, Double), width: Double) -> (svg: SVG, height: Double) {
    var svg = SVG()
    var (x, y) = start
    for mark in marks where !mark.name.isEmpty {
      let needed = Self.sampleWidth + 4 + SVG.width(of: mark.name)
      if x > start.0, x + needed > start.0 + width {
        x = start.0
        y += Self.rowHeight
      }
      drawSample(of: mark, at: (x, y - 3.8), into: &svg)
      svg.text(mark.name, (x + Self.sampleWidth + 4, y))
      x += needed + 10
    }
    return (svg, y - start.1)
  }

  private func drawSample(of mark: Mark, at start: (Double, Double), into svg: inout SVG) {
    let end = (start.0 + Self.sampleWidth, start.1)
    let middle = (start.0 + Self.sampleWidth / 2, start.1)
    switch mark {
    case .series(_, _, let look):
      svg.line(start, end, look.lineClass)
      svg.path(look.markerPath(middle), look.markerClass)
    case .points(_, _, let look): svg.path(look.markerPath(middle), look.markerClass)
    case .level: svg.line(start, end, "r")
    case .band:
      svg.rectangle(x: start.0, y: start.1 - 4, width: Self.sampleWidth, height: 8, "b")
    }
  }
}
