// Looks of series. No two of the first eight share colour, dashes or marker, so they can be told
// apart without seeing colours, and in a grey print. The colours themselves (Style.swift) follow
// Okabe and Ito's set for all kinds of colour vision, darkened or lightened to stand off the paper.

struct Look: Equatable {
  let colour: Int
  let dash: Int
  let marker: Marker
  let isFilled: Bool

  enum Marker: Equatable {
    case circle, square, triangle, diamond
  }

  /// The look of the series of a number, repeated after the eighth.
  static func series(_ index: Int) -> Look {
    let markers: [Marker] = [.circle, .square, .triangle, .diamond]
    return Look(
      colour: index % 8, dash: index % 8, marker: markers[index % 4], isFilled: index % 8 < 4)
  }

  var lineClass: String { "l c\(colour) d\(dash)" }
  var markerClass: String { "m c\(colour)" + (isFilled ? " f\(colour)" : " o") }

  /// A marker's outline round a place.
  func markerPath(_ at: (Double, Double), size: Double = 2.6) -> String {
    let (x, y) = at
    func polygon(_ corners: [(Double, Double)]) -> String {
      "M" + corners.map { SVG.pair((x + $0.0 * size, y + $0.1 * size)) }.joined(separator: "L")
        + "Z"
    }
    switch marker {
    case .circle:
      let r = Numbers.place(size)
      let d = Numbers.place(2 * size)
      return "M\(SVG.pair((x - size, y)))a\(r) \(r) 0 1 0 \(d) 0a\(r) \(r) 0 1 0 -\(d) 0Z"
    case .square: return polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case .triangle: return polygon([(0, -1.2), (1.1, 0.9), (-1.1, 0.9)])
    case .diamond: return polygon([(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)])
    }
  }
}
