// Bilinear resampling as OpenCV's `resize` does it with INTER_LINEAR on bytes, bit for bit, so that a network
// is given what it was most likely trained or judged on. A pixel is a square whose centre lies at a half: pixel
// x of the result looks at (x + 0.5) * scale - 0.5 in the photograph, between the two pixels next to it, and
// beyond the border at the last one. Nothing is averaged when sizes shrink, as in OpenCV and in Darknet.
// Weights are of 11 bits; rows are first blended across, then down with 4 and 16 bits dropped on the way.

enum Resampling {
  /// Two neighbours along an axis and their weights in 1/2048.
  private struct Tap {
    let first: Int
    let second: Int
    let weights: (Int32, Int32)

    /// Beyond the border the pixel there, with all the weight: columns.
    func held(within size: Int) -> Tap {
      if first >= 0, second < size { return self }
      let border = first < 0 ? 0 : size - 1
      return Tap(first: border, second: border, weights: (one, 0))
    }

    /// Beyond the border the pixel there, twice, so that its weights are rounded apart: rows.
    func repeated(within size: Int) -> Tap {
      Tap(first: max(first, 0), second: min(second, size - 1), weights: weights)
    }
  }

  /// Writes a photograph into its place in an input.
  ///
  /// - Parameters:
  ///   - planes: [channels, input height, input width]; what lies outside the place is left as it is.
  static func bilinear(_ photograph: Photograph, to place: Placement, in planes: UnsafeMutablePointer<UInt8>) {
    let channels = photograph.channels
    let columns = taps(from: photograph.width, to: place.width).map { $0.held(within: photograph.width) }
    let rows = taps(from: photograph.height, to: place.height).map { $0.repeated(within: photograph.height) }
    let plane = place.inputWidth * place.inputHeight
    var blended = Blended(columns: columns, channels: channels)
    photograph.pixels.withUnsafeBufferPointer { pixels in
      let stride = photograph.width * channels
      for (y, row) in rows.enumerated() {
        blended.take(row.first, row.second) { pixels.baseAddress! + $0 * stride }
        for channel in 0..<channels {
          let target = planes + channel * plane + (place.top + y) * place.inputWidth + place.left
          blended.combine(row.weights, channel: channel, into: target)
        }
      }
    }
  }

  /// Where each pixel of a result looks along one axis: from -1, before the border, to `size`, behind it.
  private static func taps(from size: Int, to count: Int) -> [Tap] {
    let scale = 1 / (Double(count) / Double(size))
    return (0..<count).map { place in
      let at = Float((Double(place) + 0.5) * scale - 0.5)
      let first = Int(at.rounded(.down))
      let share = at - Float(first)
      return Tap(first: first, second: first + 1, weights: (weight(1 - share), weight(share)))
    }
  }

  private static let one: Int32 = 2048

  private static func weight(_ share: Float) -> Int32 {
    Int32((share * Float(one)).rounded(.toNearestOrEven))
  }

  /// Two rows of a photograph, blended across: [channels, columns] each. Rows that the next row of the result
  /// looks at as well are kept.
  private struct Blended {
    let columns: [Tap]
    let channels: Int
    private var rows: [[Int32]]
    private var held = (-1, -1)

    init(columns: [Tap], channels: Int) {
      (self.columns, self.channels) = (columns, channels)
      rows = Array(repeating: [Int32](repeating: 0, count: columns.count * channels), count: 2)
    }

    mutating func take(_ first: Int, _ second: Int, row: (Int) -> UnsafePointer<UInt8>) {
      if held.1 == first {
        rows.swapAt(0, 1)
        held = (held.1, held.0)
      }
      if held.0 != first { blend(row(first), into: 0) }
      if held.1 != second { blend(row(second), into: 1) }
      held = (first, second)
    }

    private mutating func blend(_ pixels: UnsafePointer<UInt8>, into slot: Int) {
      let (channels, count) = (channels, columns.count)
      rows[slot].withUnsafeMutableBufferPointer { target in
        columns.withUnsafeBufferPointer { columns in
          for (x, tap) in columns.enumerated() {
            let (a, b) = (pixels + tap.first * channels, pixels + tap.second * channels)
            for channel in 0..<channels {
              target[channel * count + x] = Int32(a[channel]) * tap.weights.0 + Int32(b[channel]) * tap.weights.1
            }
          }
        }
      }
    }

    func combine(_ weights: (Int32, Int32), channel: Int, into target: UnsafeMutablePointer<UInt8>) {
      let count = columns.count
      rows[0].withUnsafeBufferPointer { first in
        rows[1].withUnsafeBufferPointer { second in
          for x in 0..<count {
            let (a, b) = (first[channel * count + x] >> 4, second[channel * count + x] >> 4)
            target[x] = UInt8(((weights.0 * a) >> 16 + (weights.1 * b) >> 16 + 2) >> 2)
          }
        }
      }
    }
  }
}
