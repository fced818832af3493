import Datasets

/// A picture that is drawn on: boxes, and text of a font of our own. What lies outside is left out.
struct Canvas {
  struct Colour: Equatable {
    var red, green, blue: UInt8

    static let black = Colour(red: 0, green: 0, blue: 0)
    static let white = Colour(red: 255, green: 255, blue: 255)

    /// Apart from those of the other classes: hues by the golden ratio.
    init(ofClass number: Int) {
      let hue = (Double(number) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) * 6
      func part(_ shift: Double) -> UInt8 {
        let place = (hue + shift).truncatingRemainder(dividingBy: 6)
        return UInt8(255 * min(max(abs(place - 3) - 1, 0), 1))
      }
      self.init(red: part(0), green: part(4), blue: part(2))
    }

    init(red: UInt8, green: UInt8, blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

    /// Black or white, whichever is read on it.
    var ink: Colour { 299 * Int(red) + 587 * Int(green) + 114 * Int(blue) > 128_000 ? .black : .white }
  }

  let width, height: Int
  private var pixels: [UInt8]

  init(_ photograph: Photograph) {
    let colours = photograph.inChannels(3)
    (width, height, pixels) = (colours.width, colours.height, colours.pixels)
  }

  var photograph: Photograph { Photograph(width: width, height: height, channels: 3, pixels: pixels) }

  /// Pixels that text and lines are thick, by the picture's size.
  var scale: Int { max(1, min(width, height) / 400) }

  mutating func fill(left: Int, top: Int, right: Int, bottom: Int, _ colour: Colour) {
    let (first, last) = (max(left, 0), min(right, width))
    guard first < last else { return }
    for y in max(top, 0)..<max(min(bottom, height), max(top, 0)) {
      for x in first..<last {
        let place = 3 * (y * width + x)
        (pixels[place], pixels[place + 1], pixels[place + 2]) = (colour.red, colour.green, colour.blue)
      }
    }
  }

  /// The border of a rectangle, drawn inwards.
  mutating func frame(left: Int, top: Int, right: Int, bottom: Int, _ colour: Colour) {
    let line = scale + 1
    fill(left: left, top: top, right: right, bottom: top + line, colour)
    fill(left: left, top: bottom - line, right: right, bottom: bottom, colour)
    fill(left: left, top: top, right: left + line, bottom: bottom, colour)
    fill(left: right - line, top: top, right: right, bottom: bottom, colour)
  }

  /// A line of text on a background; its height is ``textHeight``.
  mutating func text(_ text: String, left: Int, top: Int, on colour: Colour) {
    let glyphs = text.unicodeScalars.map { BitmapFont.glyph($0) }
    let step = (BitmapFont.width + 1) * scale
    fill(left: left, top: top, right: left + textWidth(text), bottom: top + textHeight, colour)
    for (index, glyph) in glyphs.enumerated() {
      for (row, bits) in glyph.enumerated() {
        for column in 0..<BitmapFont.width where bits & 1 << UInt8(BitmapFont.width - 1 - column) != 0 {
          let (x, y) = (left + scale + index * step + column * scale, top + scale + row * scale)
          fill(left: x, top: y, right: x + scale, bottom: y + scale, colour.ink)
        }
      }
    }
  }

  func textWidth(_ text: String) -> Int { (text.unicodeScalars.count * (BitmapFont.width + 1) + 1) * scale }
  var textHeight: Int { (BitmapFont.height + 2) * scale }

  /// Two pictures of one height, a gap between them.
  static func beside(_ first: Canvas, _ second: Canvas) -> Photograph {
    precondition(first.height == second.height)
    let gap = [UInt8](repeating: 255, count: 3 * 4 * first.scale)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(first.pixels.count + second.pixels.count + gap.count * first.height)
    for y in 0..<first.height {
      pixels += first.pixels[3 * y * first.width..<3 * (y + 1) * first.width]
      pixels += gap
      pixels += second.pixels[3 * y * second.width..<3 * (y + 1) * second.width]
    }
    return Photograph(
      width: first.width + gap.count / 3 + second.width, height: first.height, channels: 3, pixels: pixels)
  }
}
