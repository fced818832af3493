import Blob
import Tensors
import Testing

@Suite struct WindowStepsTests {
  private static let samples = [
    BlobPool(x: 0, y: 0, c: 1, h: 1, w: 1, oh: 1, ow: 1, kh: 1, kw: 1, sh: 1, sw: 1),
    BlobPool(x: 0, y: 0, c: 3, h: 6, w: 5, oh: 3, ow: 2, kh: 2, kw: 2, sh: 2, sw: 2),
    BlobPool(
      x: 0, y: 0, c: 2, h: 5, w: 4, oh: 4, ow: 5, kh: 3, kw: 2, sh: 2, sw: 1, dh: 2, dw: 3, top: 2,
      left: 2),
    BlobPool(
      x: 0, y: 0, c: 2, h: 3, w: 3, oh: 3, ow: 4, kh: 2, kw: 2, sh: 3, sw: 2, top: 3, left: 4),
  ]

  @Test(arguments: samples, [BlobElementType.uint8, .int8])
  func pools(pool: BlobPool, type: BlobElementType) throws {
    var generator = SeededGenerator(seed: 21)
    let step = OneStep(
      [(type, [pool.c, pool.h, pool.w])], to: (type, [pool.c, pool.oh, pool.ow]))
    var pool = pool
    (pool.x, pool.y) = (step.x, step.y)
    let elements = step.elements(&generator)
    let largest = try step.run(.maxPool(pool), elements)
    let mean = BlobAveragePool(pool: pool, bottom: 1, right: 2)
    let means = try step.run(.averagePool(BlobIntegerAveragePool(mean)), elements)
    var counting = mean
    counting.countsPadding = true
    let padded = try step.run(.averagePool(BlobIntegerAveragePool(counting)), elements)
    for index in 0..<step.output.count {
      let (taps, count) = taps(pool, bottom: 1, right: 2, index, elements[0])
      #expect(largest[index] == taps.max() ?? 0)
      let sum = Double(taps.reduce(0, +))
      #expect(means[index] == (taps.isEmpty ? 0 : nearest(sum / Double(taps.count))))
      #expect(padded[index] == (taps.isEmpty ? 0 : nearest(sum / Double(count))))
    }
  }

  /// Taps inside the image, and how many are inside it and its padding.
  private func taps(
    _ pool: BlobPool, bottom: Int, right: Int, _ index: Int, _ x: [Int32]
  ) -> (inside: [Int32], padded: Int) {
    let (c, oh, ow) = (
      index / (pool.oh * pool.ow), index / pool.ow % pool.oh, index % pool.ow
    )
    var inside: [Int32] = []
    var padded = 0
    for tap in 0..<pool.kh * pool.kw {
      let h = oh * pool.sh - pool.top + tap / pool.kw * pool.dh
      let w = ow * pool.sw - pool.left + tap % pool.kw * pool.dw
      if h < pool.h + bottom && w < pool.w + right { padded += 1 }
      if (0..<pool.h).contains(h), (0..<pool.w).contains(w) {
        inside.append(x[(c * pool.h + h) * pool.w + w])
      }
    }
    return (inside, padded)
  }

  /// Half goes up.
  private func nearest(_ value: Double) -> Int32 { Int32((value + 0.5).rounded(.down)) }

  @Test func halvesOfAMeanGoUp() throws {
    let step = OneStep([(.int8, [1, 1, 2])], to: (.int8, [1, 1, 1]))
    let pool = BlobPool(x: 0, y: 1, c: 1, h: 1, w: 2, oh: 1, ow: 1, kh: 1, kw: 2, sh: 1, sw: 1)
    let form = BlobIntegerStep.Form.averagePool(
      BlobIntegerAveragePool(BlobAveragePool(pool: pool)))
    for (pair, mean) in [([1, 2], 2), ([-1, -2], -1), ([-1, 0], 0), ([-128, -127], -127)] {
      #expect(try step.run(form, [pair.map { Int32($0) }]) == [Int32(mean)])
    }
  }

  @Test(arguments: typePairs)
  func mean(x: BlobElementType, y: BlobElementType) throws {
    var generator = SeededGenerator(seed: 22)
    for (channels, inner) in [(1, 1), (3, 7), (5, 49)] {
      let step = OneStep([(x, [channels, inner])], to: (y, [channels]))
      let elements = step.elements(&generator)
      let rescale = BlobRescale(shift: 5, exponent: 15, multiplier: 150_000 / (2 * inner + 1))
      let form = BlobIntegerGlobalAveragePool(
        BlobGlobalAveragePool(x: step.x, y: step.y, channels: channels, inner: inner),
        rescale: rescale)
      let found = try step.run(.globalAveragePool(form), elements)
      for channel in 0..<channels {
        let sum = elements[0][channel * inner..<(channel + 1) * inner].reduce(0, +)
        #expect(found[channel] == Page.finish(Page.rescale(Double(sum), rescale), y))
      }
    }
  }
}
