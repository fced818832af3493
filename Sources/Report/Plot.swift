// One pair of axes with what is drawn on it. Several plots may stand in one drawing.

/// A place on a pair of axes, its figure missing where the record does not give it.
struct Sample {
  let x: Double
  let y: Double?
  var tip: String? = nil
}

/// A vertical stretch of a band.
struct Interval {
  let x: Double
  let low: Double
  let high: Double
}

enum Mark {
  case band([Interval], name: String = "± 1 deviation")
  /// Joined by a line, with a marker on some.
  case series(name: String, [Sample], Look)
  /// Markers alone.
  case points(name: String, [Sample], Look)
  /// A level to compare with.
  case level(Double, name: String)

  /// What the legend calls it; empty where it has no place there.
  var name: String {
    switch self {
    case .series(let name, _, _), .points(let name, _, _), .level(_, let name), .band(_, let name): name
    }
  }

  /// Whether there is anything to draw.
  var hasFigures: Bool {
    switch self {
    case .series(_, let samples, _), .points(_, let samples, _): samples.contains { $0.y != nil }
    case .band(let intervals, _): !intervals.isEmpty
    case .level: true
    }
  }
}

struct Plot {
  /// Markers of a series stand this far apart at least.
  private static let markerDistance = 13.0

  let left: Double
  let top: Double
  let width: Double
  let height: Double
  let x: Axis
  let y: Axis
  var showsX = true
  var marks: [Mark] = []

  var right: Double { left + width }
  var bottom: Double { top + height }

  func place(_ x: Double, _ y: Double) -> (Double, Double) {
    (left + self.x.scale.share(of: x) * width, bottom - self.y.scale.share(of: y) * height)
  }

  func drawn() -> SVG {
    var svg = SVG()
    drawAxes(into: &svg)
    for mark in marks { draw(mark, into: &svg) }
    return svg
  }

  private func drawAxes(into svg: inout SVG) {
    for tick in y.scale.ticks {
      let at = place(x.scale.low, tick)
      svg.line(at, (right, at.1), "g")
      svg.text(y.label(tick), (left - 5, at.1 + 3.7), .end)
    }
    svg.line((left, bottom), (right, bottom), "a")
    for tick in x.scale.ticks {
      let at = place(tick, y.scale.low)
      svg.line(at, (at.0, bottom + 3.5), "a")
      if showsX { svg.text(x.label(tick), (at.0, bottom + 15), .middle) }
    }
    svg.text(y.heading, (2, top - 8), .start, "t")
    if showsX { svg.text(x.heading, (right, bottom + 29), .end, "t") }
  }

  private func draw(_ mark: Mark, into svg: inout SVG) {
    switch mark {
    case .band(let intervals, _): drawBand(intervals, into: &svg)
    case .series(_, let samples, let look):
      svg.path(linePath(samples), look.lineClass)
      drawMarkers(samples, look, into: &svg)
    case .points(_, let samples, let look):
      for sample in samples {
        guard let y = sample.y else { continue }
        svg.path(look.markerPath(place(sample.x, y)), look.markerClass, tip: sample.tip)
      }
    case .level(let value, _):
      let at = place(x.scale.low, value)
      svg.line(at, (right, at.1), "r")
    }
  }

  private func linePath(_ samples: [Sample]) -> String {
    var data = ""
    var isDown = false
    for sample in samples {
      if let y = sample.y {
        data += (isDown ? "L" : "M") + SVG.pair(place(sample.x, y))
      }
      isDown = sample.y != nil
    }
    return data
  }

  private func drawBand(_ intervals: [Interval], into svg: inout SVG) {
    guard let first = intervals.first else { return }
    // A single cycle's band is drawn as wide as a marker, or it would not be seen.
    let margin = intervals.count == 1 ? 3.0 : 0
    let upper = intervals.map { place($0.x, $0.high) }
    let lower = intervals.reversed().map { place($0.x, $0.low) }
    var corners = upper + lower
    if margin > 0 {
      let (top, bottom) = (place(first.x, first.high), place(first.x, first.low))
      corners = [
        (top.0 - margin, top.1), (top.0 + margin, top.1),
        (bottom.0 + margin, bottom.1), (bottom.0 - margin, bottom.1),
      ]
    }
    svg.path("M" + corners.map(SVG.pair).joined(separator: "L") + "Z", "b")
  }

  private func drawMarkers(_ samples: [Sample], _ look: Look, into svg: inout SVG) {
    // The last has one whatever lies before it, so the others are chosen from the end.
    var lastX: Double?
    for sample in samples.reversed() {
      guard let y = sample.y else { continue }
      let at = place(sample.x, y)
      if let lastX, abs(lastX - at.0) < Plot.markerDistance { continue }
      lastX = at.0
      svg.path(look.markerPath(at), look.markerClass, tip: sample.tip)
    }
  }
}

/// Indices of `count` things, evenly spread, the first and last among them; all if they fit.
package func spread(_ count: Int, toAtMost limit: Int) -> [Int] {
  guard count > limit else { return Array(0..<count) }
  guard limit > 1 else { return limit == 1 ? [count - 1] : [] }
  return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
}

extension Array {
  func spread(toAtMost limit: Int) -> [Element] {
    Report.spread(count, toAtMost: limit).map { self[$0] }
  }
}
