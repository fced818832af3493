// Images mirrored, moved, zoomed, tinted and cut into each other at random, so that a network sees more than the files hold.
//
// The common recipe for small photographs: a left-right flip with odds 1/2 and a shift by a few
// pixels. What a shift uncovers repeats the pixel at the edge: zeros would be a value that raw
// pixels seldom have (after the transform, black is (0 - mean) * scale and not 0), and the
// repeated edge is right for whatever transform was done before. A sample is copied to a small
// buffer plane by plane, mirrored on the way, and copied back row by row.
//
// Photographs in which objects are to be found are worth more: zoomed they show objects of other sizes (what lies beyond
// an image is its mirror image, so that it shows objects too), tinted other light, and a rectangle of another photograph
// other neighbours. With the teacher's answers to each a few photographs go a long way.

import Tensors

/// What is done at random to every training image.
public struct Augmentation: Equatable, Sendable {
  /// Shifts that can be asked for.
  public static let shifts = 0...1024

  /// Largest factors, and shares of a channel, that can be asked for.
  public static let zooms: ClosedRange<Float> = 1...8
  public static let tints: Range<Float> = 0..<1

  public static let none = Augmentation()

  /// Whether half of the images are mirrored left to right. For what means the same in a mirror:
  /// not for digits or text.
  public let flips: Bool
  /// Most pixels that an image is moved, each way, down and across.
  public let shift: Int

  /// Images are enlarged or made smaller, by at most this factor, about a point of their own; 1: they are not.
  public let zoom: Float
  /// Each channel is multiplied by a factor of its own, up to so much above or below 1.
  public let tint: Float
  /// Whether a rectangle of each image is the next one's, of those that are trained on together.
  public let mixes: Bool

  /// - Precondition: `shift` in ``shifts``, `zoom` in ``zooms``, `tint` in ``tints``.
  public init(flips: Bool = false, shift: Int = 0, zoom: Float = 1, tint: Float = 0, mixes: Bool = false) {
    precondition(Self.shifts.contains(shift), "a shift of \(shift)")
    precondition(Self.zooms.contains(zoom) && Self.tints.contains(tint))
    (self.flips, self.shift, self.zoom, self.tint, self.mixes) = (flips, shift, zoom, tint, mixes)
  }

  /// Whether samples of this shape are images: [channels, height, width], or channels last.
  public static func applies(to shape: [Int]) -> Bool { shape.count == 3 }

  /// Changes samples in place, each by draws of its own: those of `generator.fork(i)` for sample `i`. All channels of a
  /// sample go the same way, but for their tints.
  ///
  /// - Parameters:
  ///   - values: whole samples, one after another; any number of them.
  ///   - sampleShape: one for which ``applies(to:)`` holds.
  ///   - layout: which of its axes is the channels.
  /// - Complexity: two copies of `values`; 0.2 to 0.3 ms for 256 images of 3 x 32 x 32. A zoom reads 4 pixels for each.
  public func apply(
    to values: UnsafeMutableBufferPointer<Float>, sampleShape: [Int], layout: InputTransform.Layout,
    generator: SeededGenerator
  ) {
    precondition(Self.applies(to: sampleShape), "an image has three axes, not \(sampleShape)")
    let size = sampleShape.elementCount
    precondition(size > 0 && values.count % size == 0, "whole samples of \(sampleShape)")
    guard self != .none, let base = values.baseAddress else { return }
    let planes = Planes(shape: sampleShape, layout: layout)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: planes.planeSize) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for sample in 0..<values.count / size {
        var random = generator.fork(UInt64(sample))
        let isFlipped = flips && random.next() >> 63 == 1
        let (down, across) = (offset(&random), offset(&random))
        let window = zoom > 1 ? ZoomWindow(upTo: zoom, height: planes.height, width: planes.width, &random) : nil
        let tints = tint > 0 ? planes.tints(upTo: tint, &random) : nil
        for plane in 0..<planes.count {
          let target = base + sample * size + plane * planes.planeSize
          if isFlipped {
            planes.mirror(target, into: scratch)
          } else {
            scratch.update(from: target, count: planes.planeSize)
          }
          planes.move(scratch, into: target, down: down, across: across)
          if let window {
            scratch.update(from: target, count: planes.planeSize)
            window.show(scratch, in: target, depth: planes.depth)
          }
          if let tints { planes.multiply(target, by: tints, plane: plane) }
        }
      }
    }
    if mixes { mix(base, samples: values.count / size, planes, generator) }
  }

  /// Puts a rectangle of each sample's successor in its place, of a quarter to three quarters of either side.
  private func mix(
    _ base: UnsafeMutablePointer<Float>, samples: Int, _ planes: Planes, _ generator: SeededGenerator
  ) {
    guard samples > 1 else { return }
    let size = planes.count * planes.planeSize
    for sample in 0..<samples {
      var random = generator.fork(UInt64(sample)).fork(1)
      func span(_ length: Int) -> Range<Int> {
        let side = Int(Float(length) * (0.25 + 0.5 * random.nextFloat()))
        let start = Int(Float(length - side) * random.nextFloat())
        return start..<start + side
      }
      let (rows, columns) = (span(planes.height), span(planes.width))
      let other = base + (sample + 1) % samples * size
      for plane in 0..<planes.count {
        for row in rows {
          let place = (plane * planes.height + row) * planes.width + columns.lowerBound
          (base + sample * size + place * planes.depth).update(
            from: other + place * planes.depth, count: columns.count * planes.depth)
        }
      }
    }
  }

  /// The same for an array.
  public func apply(
    to values: inout [Float], sampleShape: [Int], layout: InputTransform.Layout,
    generator: SeededGenerator
  ) {
    values.withUnsafeMutableBufferPointer {
      apply(to: $0, sampleShape: sampleShape, layout: layout, generator: generator)
    }
  }

  /// Uniform in -shift ... shift.
  private func offset(_ random: inout SeededGenerator) -> Int {
    Int(random.next().multipliedFullWidth(by: UInt64(2 * shift + 1)).high) - shift
  }
}

/// A sample as planes that are moved one by one: its channels, or all of it where a pixel's
/// channels lie together.
private struct Planes {
  let count: Int
  let height: Int
  let width: Int
  /// Numbers a pixel.
  let depth: Int

  var planeSize: Int { height * width * depth }

  init(shape: [Int], layout: InputTransform.Layout) {
    switch layout {
    case .channelsFirst: (count, height, width, depth) = (shape[0], shape[1], shape[2], 1)
    case .channelsLast: (count, height, width, depth) = (1, shape[0], shape[1], shape[2])
    }
  }

  /// A factor a channel.
  func tints(upTo limit: Float, _ random: inout SeededGenerator) -> [Float] {
    (0..<count * depth).map { _ in 1 + limit * (2 * random.nextFloat() - 1) }
  }

  func multiply(_ values: UnsafeMutablePointer<Float>, by tints: [Float], plane: Int) {
    for index in 0..<planeSize { values[index] *= tints[plane * depth + (depth == 1 ? 0 : index % depth)] }
  }

  func mirror(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    for row in 0..<height {
      let (from, to) = (source + row * width * depth, target + row * width * depth)
      if depth == 1 {
        for x in 0..<width { to[x] = from[width &- 1 &- x] }
      } else {
        for x in 0..<width {
          for i in 0..<depth { to[x &* depth &+ i] = from[(width &- 1 &- x) &* depth &+ i] }
        }
      }
    }
  }

  /// Pixel (y, x) becomes that of (y - down, x - across), or the nearest to it that there is.
  func move(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, down: Int, across: Int
  ) {
    let left = min(max(across, 0), width)
    let right = min(max(-across, 0), width)
    let kept = width - left - right
    for y in 0..<height {
      let from = source + min(max(y - down, 0), height - 1) * width * depth
      let to = target + y * width * depth
      repeatPixel(from, into: to, times: left)
      (to + left * depth).update(from: from + right * depth, count: kept * depth)
      repeatPixel(from + (width - 1) * depth, into: to + (left + kept) * depth, times: right)
    }
  }

  private func repeatPixel(
    _ pixel: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, times: Int
  ) {
    for i in 0..<times * depth { target[i] = pixel[depth == 1 ? 0 : i % depth] }
  }
}

// MARK: - As text and in a checkpoint

extension Augmentation: LosslessStringConvertible {
  /// `flip`, `shift=2`, `zoom=1.5`, `tint=0.2`, `mix`, any of them with commas between, or `none`; nil for anything else.
  public init?(_ text: String) {
    var (flips, mixes): (Bool, Bool) = (false, false)
    var (shift, zoom, tint): (Int?, Float?, Float?)
    for part in text == "none" ? [] : text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: "=", omittingEmptySubsequences: false)
      switch (words[0], words.count) {
      case ("flip", 1) where !flips: flips = true
      case ("mix", 1) where !mixes: mixes = true
      case ("shift", 2) where shift == nil:
        guard let pixels = Int(words[1]), Self.shifts.contains(pixels) else { return nil }
        shift = pixels
      case ("zoom", 2) where zoom == nil:
        guard let factor = Float(words[1]), Self.zooms.contains(factor) else { return nil }
        zoom = factor
      case ("tint", 2) where tint == nil:
        guard let share = Float(words[1]), Self.tints.contains(share) else { return nil }
        tint = share
      default: return nil
      }
    }
    self.init(flips: flips, shift: shift ?? 0, zoom: zoom ?? 1, tint: tint ?? 0, mixes: mixes)
  }

  public var description: String {
    let parts = [
      flips ? "flip" : nil, shift > 0 ? "shift=\(shift)" : nil, zoom > 1 ? "zoom=\(zoom)" : nil,
      tint > 0 ? "tint=\(tint)" : nil, mixes ? "mix" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? "none" : parts.joined(separator: ",")
  }
}

extension Augmentation: Codable {
  /// - Throws: `DecodingError` for text that ``init(_:)`` does not read.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let augmentation = Augmentation(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not an augmentation")
    }
    self = augmentation
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
