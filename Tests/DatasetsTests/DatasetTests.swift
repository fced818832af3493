import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

/// Samples 0 ..< count of one value each.
private func counting(_ count: Int, labels: [Int]? = nil) -> Dataset {
  Dataset(
    samples: Tensor(shape: [count, 1], values: (0..<count).map { Float($0) }), labels: labels)
}

@Suite struct DatasetTests {
  @Test func gatheredSamplesFollowTheirIndices() {
    let data = Dataset(
      samples: Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]), labels: [7, 8, 9])
    #expect(data.sampleShape == [2])
    #expect(data.samples(1..<3) == Tensor(shape: [2, 2], values: [3, 4, 5, 6]))
    #expect(data.samples(at: [2, 0, 2]) == Tensor(shape: [3, 2], values: [5, 6, 1, 2, 5, 6]))
    #expect(data.samples(2..<2) == Tensor(shape: [0, 2], values: []))
    #expect(data.samples(at: []).shape == [0, 2])
  }

  @Test func writingIsGatheringInPlace() {
    let data = counting(10)
    var target = [Float](repeating: -1, count: 5)
    target.withUnsafeMutableBufferPointer { buffer in
      data.write([9, 3, 3, 0][1..<4], into: buffer.baseAddress!)
    }
    #expect(target == [3, 3, 0, -1, -1])
    target.withUnsafeMutableBufferPointer { buffer in
      data.write(4..<6, into: buffer.baseAddress! + 2)
    }
    #expect(target == [3, 3, 4, 5, -1])
  }

  @Test func subsetsOfSubsetsKeepTheirLabels() {
    let data = counting(10, labels: (0..<10).map { $0 * 10 })
    let part = data.subset(at: [9, 5, 1, 5]).subset(at: [3, 0])
    #expect(part.count == 2)
    #expect(part.samples(0..<2).values == [5, 9])
    #expect(part.labels == [50, 90])
    #expect(data.prefix(3).labels == [0, 10, 20])
    #expect(data.prefix(3).samples(at: [2]).values == [2])
    #expect(data.prefix(99).count == 10)
    #expect(counting(4).subset(at: [1]).labels == nil)
  }

  @Test func splitPartsAreDisjointCompleteAndSeeded() {
    let data = counting(100, labels: Array(0..<100))
    let (training, heldBack) = data.split(holdingBack: 0.2, seed: 1)
    #expect((training.count, heldBack.count) == (80, 20))
    let (a, b) = (training.samples(0..<80).values, heldBack.samples(0..<20).values)
    #expect((a + b).sorted() == (0..<100).map { Float($0) })
    #expect(training.labels == a.map { Int($0) })
    #expect(heldBack.labels == b.map { Int($0) })
    #expect(a != a.sorted())
    #expect(data.split(holdingBack: 0.2, seed: 1).training.labels == training.labels)
    #expect(data.split(holdingBack: 0.2, seed: 2).training.labels != training.labels)
  }

  @Test(arguments: [
    (10, 0.0, 0), (10, 1.0, 10), (10, 0.01, 1), (10, 0.99, 9), (2, 0.5, 1), (1, 0.4, 0),
    (1, 0.6, 1),
  ])
  func splitSizes(count: Int, share: Double, held: Int) {
    let parts = counting(count).split(holdingBack: share, seed: 3)
    #expect(parts.heldBack.count == held)
    #expect(parts.training.count == count - held)
  }

  @Test func randomSamplesDependOnSeedAndIndexOnly() {
    let few = Dataset.random(count: 3, sampleShape: [2, 5], seed: 7)
    let many = Dataset.random(count: 500, sampleShape: [2, 5], seed: 7)
    #expect(few.sampleShape == [2, 5])
    #expect(many.samples(0..<3) == few.samples(0..<3))
    #expect(Dataset.random(count: 3, sampleShape: [2, 5], seed: 8).samples(0..<3)
      != few.samples(0..<3))
    #expect(few.samples(0..<1).values != few.samples(1..<2).values)
    let values = many.samples(0..<500).values
    let mean = values.reduce(0, +) / 5000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 5000
    #expect(abs(mean) < 0.06 && abs(variance - 1) < 0.1)  // four standard errors
    #expect(many.transform == InputTransform())
  }
}

@Suite struct InputTransformTests {
  let folder: TemporaryFolder
  /// Two images of two channels of 1 x 3.
  let images: String
  /// The same bytes as [2, 3, 2], in the model's order.
  let array: String

  init() throws {
    folder = try TemporaryFolder()
    let values: [UInt8] = Array(1...12)
    images = try folder.write(Make.idx([2, 2, 1, 3], values), to: "images")
    array = try folder.write(Make.npy("|u1", "(2, 3, 2)", values), to: "array")
  }

  @Test func defaultsDependOnTheFormat() throws {
    let pixels = try Dataset.load(path: images)
    #expect(pixels.transform == InputTransform(scale: [1.0 / 255]))
    #expect(pixels.samples(0..<1).values == (1...6).map { Float($0) * (1.0 / 255) })
    let plain = try Dataset.load(path: array)
    #expect(plain.transform == InputTransform())
    #expect(plain.samples(0..<1).values == [1, 2, 3, 4, 5, 6])
  }

  @Test func meanIsTakenOffBeforeScaling() throws {
    let data = try Dataset.load(path: images, scale: [0.5], mean: [3])
    #expect(data.samples(0..<1).values == [-1, -0.5, 0, 0.5, 1, 1.5])
    #expect(data.transform == InputTransform(scale: [0.5], mean: [3]))
  }

  @Test func everyChannelMayHaveItsOwnValues() throws {
    let both = try Dataset.load(path: images, scale: [2, 10], mean: [1, 4])
    #expect(both.samples(0..<1).values == [0, 2, 4, 0, 10, 20])
    let mixed = try Dataset.load(path: images, scale: [1], mean: [1, 4])
    #expect(mixed.samples(1..<2).values == [6, 7, 8, 6, 7, 8])
  }

  @Test func channelsLastRearrangesImages() throws {
    let data = try Dataset.load(path: images, scale: [1], layout: .channelsLast)
    #expect(data.sampleShape == [1, 3, 2])
    #expect(data.samples(0..<2).values == [1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12])
    let scaled = try Dataset.load(
      path: images, scale: [1, 100], mean: [0, 4], layout: .channelsLast)
    #expect(scaled.samples(0..<1).values == [1, 0, 2, 100, 3, 200])
  }

  @Test func arraysAreTakenAsStored() throws {
    let first = try Dataset.load(path: array, scale: [1, 10, 100])
    #expect(first.samples(0..<1).values == [1, 2, 30, 40, 500, 600])
    let last = try Dataset.load(path: array, scale: [1, 10], mean: [1, 0], layout: .channelsLast)
    #expect(last.sampleShape == [3, 2])
    #expect(last.samples(0..<1).values == [0, 20, 2, 40, 4, 60])
  }

  @Test func floatsAreTransformedLikeBytes() throws {
    let values = (1...12).flatMap { littleEndian(Float($0).bitPattern) }
    let path = try folder.write(Make.npy("<f4", "(2, 3, 2)", values))
    for layout in InputTransform.Layout.allCases {
      let channels = layout == .channelsFirst ? 3 : 2
      for scale in [[0.5], Array([Float(2), 3, 4].prefix(channels))] {
        let floats = try Dataset.load(path: path, scale: scale, mean: [1], layout: layout)
        let bytes = try Dataset.load(path: array, scale: scale, mean: [1], layout: layout)
        #expect(floats.samples(0..<2) == bytes.samples(0..<2))
      }
    }
  }

  @Test(arguments: [
    ([1, 2, 3], nil, DatasetError.channelCount(option: "scale", values: 3, channels: 2)),
    ([], nil, .channelCount(option: "scale", values: 0, channels: 2)),
    (nil, [1, 2, 3, 4], .channelCount(option: "mean", values: 4, channels: 2)),
    ([0], nil, .badOption(option: "scale", value: "0.0")),
    ([.infinity], nil, .badOption(option: "scale", value: "inf")),
    (nil, [.nan], .badOption(option: "mean", value: "nan")),
  ] as [([Float]?, [Float]?, DatasetError)])
  func unusableOptionsAreErrors(scale: [Float]?, mean: [Float]?, error: DatasetError) {
    #expect(failure(try Dataset.load(path: images, scale: scale, mean: mean)) == error)
  }
}
