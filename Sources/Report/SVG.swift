/// Pieces of a drawing, gathered as markup. Places are in units of the drawing's view box; looks
/// come from the classes of the page's style sheet.
struct SVG {
  private(set) var body = ""

  enum Anchor: String {
    case start, middle, end
  }

  mutating func line(_ from: (Double, Double), _ to: (Double, Double), _ look: String) {
    path("M\(SVG.pair(from))L\(SVG.pair(to))", look)
  }

  mutating func path(_ data: String, _ look: String, tip: String? = nil) {
    guard !data.isEmpty else { return }
    body += "<path class=\"\(look)\" d=\"\(data)\"" + SVG.closing("path", tip: tip)
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, _ look: String, tip: String? = nil
  ) {
    body += "<rect class=\"\(look)\" x=\"\(Numbers.place(x))\" y=\"\(Numbers.place(y))\""
    body += " width=\"\(Numbers.place(width))\" height=\"\(Numbers.place(height))\""
    body += SVG.closing("rect", tip: tip)
  }

  mutating func text(
    _ text: String, _ at: (Double, Double), _ anchor: Anchor = .start, _ look: String = "",
    tip: String? = nil
  ) {
    body += "<text x=\"\(Numbers.place(at.0))\" y=\"\(Numbers.place(at.1))\""
    if anchor != .start { body += " text-anchor=\"\(anchor.rawValue)\"" }
    if !look.isEmpty { body += " class=\"\(look)\"" }
    body += ">" + text.escaped + (tip.map { "<title>\($0.escaped)</title>" } ?? "") + "</text>"
  }

  mutating func add(_ other: SVG) { body += other.body }

  /// The whole element: an image with a name and a description.
  func element(width: Double, height: Double, label: String, description: String) -> String {
    let size = "\(Numbers.place(width)) \(Numbers.place(height))"
    return "<svg viewBox=\"0 0 \(size)\" role=\"img\" aria-label=\"\(label.escaped)\">"
      + "<desc>\(description.escaped)</desc>\(body)</svg>"
  }

  static func pair(_ point: (Double, Double)) -> String {
    Numbers.place(point.0) + " " + Numbers.place(point.1)
  }

  private static func closing(_ name: String, tip: String?) -> String {
    tip.map { "><title>\($0.escaped)</title></\(name)>" } ?? "/>"
  }

  /// About how wide `text` is drawn at the page's 11 units.
  static func width(of text: String) -> Double { Double(text.count) * 6.1 + 3 }
}
