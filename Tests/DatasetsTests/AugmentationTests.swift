import Datasets
import Foundation
import Tensors
import Testing

struct AugmentationTests {
  private let generator = SeededGenerator(seed: 11)

  /// Samples whose pixels all differ, channel 0 from channel 1 too.
  private func images(_ count: Int, _ shape: [Int]) -> [Float] {
    (0..<count * shape.elementCount).map { Float($0 % shape.elementCount) }
  }

  /// Applies it to images in channels-first order and gives each sample.
  private func applied(_ augmentation: Augmentation, count: Int, _ shape: [Int]) -> [[Float]] {
    var values = images(count, shape)
    augmentation.apply(
      to: &values, sampleShape: shape, layout: .channelsFirst, generator: generator)
    let size = shape.elementCount
    return (0..<count).map { Array(values[$0 * size..<($0 + 1) * size]) }
  }

  /// A channels-first image flipped and moved, by definition.
  private func moved(_ shape: [Int], flipped: Bool, down: Int, across: Int) -> [Float] {
    let (height, width) = (shape[1], shape[2])
    let image = images(1, shape)
    var result: [Float] = []
    for c in 0..<shape[0] {
      for y in 0..<height {
        for x in 0..<width {
          let (sy, sx) = (min(max(y - down, 0), height - 1), min(max(x - across, 0), width - 1))
          result.append(image[(c * height + sy) * width + (flipped ? width - 1 - sx : sx)])
        }
      }
    }
    return result
  }

  @Test(arguments: [[1, 5, 7], [3, 4, 4], [2, 1, 6], [2, 6, 1], [1, 1, 1], [1, 2, 2]])
  func everyFlipAndShiftIsDrawnAndNothingElse(shape: [Int]) {
    let shift = 2
    var ways: [[Float]: Int] = [:]
    for flipped in [false, true] {
      for down in -shift...shift {
        for across in -shift...shift {
          ways[moved(shape, flipped: flipped, down: down, across: across)] = 0
        }
      }
    }
    for sample in applied(Augmentation(flips: true, shift: shift), count: 2000, shape) {
      let seen = ways[sample]
      #expect(seen != nil)
      ways[sample] = (seen ?? 0) + 1
    }
    // 50 ways of 40 samples each where all differ; alike ones have more.
    #expect(ways.values.allSatisfy { $0 > 15 })
    if ways.count == 50 { #expect(ways.values.allSatisfy { $0 < 80 }) }
  }

  @Test func flipsAloneAndShiftsAlone() {
    let shape = [2, 3, 5]
    let (still, mirrored) = (images(1, shape), moved(shape, flipped: true, down: 0, across: 0))
    let flipped = applied(Augmentation(flips: true, shift: 0), count: 1000, shape)
    #expect(flipped.allSatisfy { $0 == still || $0 == mirrored })
    #expect((450...550).contains(flipped.count { $0 == mirrored }))
    let ways = (-1...1).flatMap { down in
      (-1...1).map { moved(shape, flipped: false, down: down, across: $0) }
    }
    let shifted = applied(Augmentation(flips: false, shift: 1), count: 200, shape)
    #expect(shifted.allSatisfy(ways.contains) && Set(shifted) == Set(ways))
  }

  @Test func nothingIsDoneWhereNothingIsAsked() {
    let shape = [3, 4, 5]
    #expect(applied(.none, count: 9, shape).flatMap { $0 } == images(9, shape))
  }

  @Test func aShiftBeyondTheImageLeavesItsEdges() {
    let shape = [1, 3, 4]
    let image = images(1, shape)
    for sample in applied(Augmentation(flips: false, shift: 1024), count: 300, shape) {
      #expect(sample.count == 12 && sample.allSatisfy(image.contains))
    }
    let corner = [Float](repeating: 0, count: 12)
    #expect(applied(Augmentation(flips: false, shift: 1024), count: 300, shape).contains(corner))
  }

  @Test func bothLayoutsGoTheSameWay() {
    let (c, h, w, count) = (3, 4, 6, 50)
    let first = images(count, [c, h, w])
    func last(_ values: [Float]) -> [Float] {
      (0..<values.count).map { i in
        let (sample, pixel, channel) = (i / (c * h * w), i % (c * h * w) / c, i % c)
        return values[sample * c * h * w + channel * h * w + pixel]
      }
    }
    let augmentation = Augmentation(flips: true, shift: 2)
    var (a, b) = (first, last(first))
    augmentation.apply(
      to: &a, sampleShape: [c, h, w], layout: .channelsFirst, generator: generator)
    augmentation.apply(
      to: &b, sampleShape: [h, w, c], layout: .channelsLast, generator: generator)
    #expect(last(a) == b && a != first)
  }

  @Test func aSampleFollowsFromTheGeneratorAndItsNumber() {
    let (augmentation, shape) = (Augmentation(flips: true, shift: 3), [3, 8, 8])
    let all = applied(augmentation, count: 40, shape)
    #expect(applied(augmentation, count: 40, shape) == all)
    #expect(applied(augmentation, count: 7, shape) == Array(all.prefix(7)))
    #expect(applied(augmentation, count: 0, shape).isEmpty)
    var values = images(40, shape)
    augmentation.apply(
      to: &values, sampleShape: shape, layout: .channelsFirst, generator: SeededGenerator(seed: 12))
    #expect(values != all.flatMap { $0 })
  }

  @Test func onlyImagesAreTaken() {
    #expect(Augmentation.applies(to: [3, 32, 32]))
    for shape in [[], [10], [28, 28], [1, 3, 32, 32]] {
      #expect(!Augmentation.applies(to: shape))
    }
  }

  @Test(arguments: [
    ("none", Augmentation.none), ("flip", Augmentation(flips: true, shift: 0)),
    ("shift=2", Augmentation(flips: false, shift: 2)),
    ("flip,shift=2", Augmentation(flips: true, shift: 2)),
    ("flip,shift=1024", Augmentation(flips: true, shift: 1024)),
    ("zoom=1.5,tint=0.25,mix", Augmentation(zoom: 1.5, tint: 0.25, mixes: true)),
  ])
  func textIsReadAndGivenBack(text: String, augmentation: Augmentation) throws {
    #expect(Augmentation(text) == augmentation && augmentation.description == text)
    let kept = try JSONEncoder().encode([augmentation])
    #expect(try JSONDecoder().decode([Augmentation].self, from: kept) == [augmentation])
  }

  @Test(arguments: [
    "", ",", "flip,", "flips", "flip,flip", "none,flip", "shift", "shift=", "shift=-1",
    "shift=1025", "shift=2.5", "shift=1,shift=2", "shift=99999999999999999999", "Flip", " flip",
    "zoom=0.5", "zoom=9", "zoom=nan", "tint=1", "tint=-0.1", "mix=1", "mix,mix",
  ])
  func otherTextIsRefused(text: String) throws {
    #expect(Augmentation(text) == nil)
    let kept = try JSONEncoder().encode([text])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Augmentation].self, from: kept)
    }
  }

  @Test func theOrderOfTheTextIsFree() {
    #expect(Augmentation("shift=2,flip") == Augmentation(flips: true, shift: 2))
    #expect(Augmentation("shift=0") == Augmentation.none)
  }

  /// A ramp is a ramp again, steeper or less, and beyond the border it turns round.
  @Test func zoomsKeepRamps() {
    let (width, zoom) = (64, Float(2))
    var factors: [Float] = []
    for seed in 0..<40 {
      var values = (0..<width * 4).map { Float($0 % width) }
      Augmentation(zoom: zoom).apply(
        to: &values, sampleShape: [1, 4, width], layout: .channelsFirst, generator: SeededGenerator(seed: UInt64(seed)))
      let slopes = zip(values.prefix(width), values.prefix(width).dropFirst()).map { abs($1 - $0) }
      let slope = slopes[width / 2]
      #expect(slopes.count { abs($0 - slope) < 1e-3 } > width / 2, "\(seed): \(slopes)")
      #expect(values.allSatisfy((0...Float(width - 1)).contains))
      factors.append(1 / slope)
    }
    #expect(factors.allSatisfy { 0.49 < $0 && $0 < 2.01 } && factors.contains { $0 < 0.8 } && factors.contains { $0 > 1.3 })
  }

  @Test func layoutsZoomAndTintAlike() {
    let (planes, pixels) = (images(3, [3, 6, 5]), 30)
    let augmentation = Augmentation(flips: true, shift: 1, zoom: 1.5, tint: 0.2, mixes: true)
    var first = planes
    augmentation.apply(to: &first, sampleShape: [3, 6, 5], layout: .channelsFirst, generator: generator)
    func place(_ index: Int) -> Int { index / 90 * 90 + index % 90 % pixels * 3 + index % 90 / pixels }
    var last = planes
    for index in planes.indices { last[place(index)] = planes[index] }
    augmentation.apply(to: &last, sampleShape: [6, 5, 3], layout: .channelsLast, generator: generator)
    #expect(first.indices.allSatisfy { abs(first[$0] - last[place($0)]) < 1e-4 })
  }

  @Test func tintsAreOfAChannel() {
    for sample in applied(Augmentation(tint: 0.2), count: 9, [2, 3, 4]) {
      let ratios = zip(sample, images(1, [2, 3, 4])).dropFirst().map { $0 / $1 }
      for channel in [ratios.prefix(11), ratios.suffix(12)] {
        #expect(channel.allSatisfy { abs($0 - channel.first!) < 1e-5 } && abs(channel.first! - 1) <= 0.2)
      }
      #expect(abs(ratios[0] - ratios[20]) > 1e-6)
    }
  }

  /// Of two samples one number each: what is the other's is a rectangle.
  @Test func mixedPartsAreRectangles() {
    var values = [Float](repeating: 0, count: 64) + [Float](repeating: 1, count: 64)
    Augmentation(mixes: true).apply(to: &values, sampleShape: [1, 8, 8], layout: .channelsFirst, generator: generator)
    let others = (0..<64).filter { values[$0] == 1 }
    let (rows, columns) = (Set(others.map { $0 / 8 }), Set(others.map { $0 % 8 }))
    #expect(others.count == rows.count * columns.count && (2...6).contains(rows.count) && (2...6).contains(columns.count))
  }
}
