import Tensors

/// Inputs for a network, with labels where there are any.
///
/// Values stay as the file stores them (a pixel is a byte) and become float32 when samples are
/// asked for, so 60,000 images of 28 x 28 take 47 MB. Selections (``prefix(_:)``,
/// ``subset(at:)``, ``split(holdingBack:seed:)``) share the values and cost 8 bytes a sample.
///
///     let data = try Dataset.load(path: "train-images.gz", labels: "train-labels.gz")
///     let (training, heldBack) = data.split(holdingBack: 0.1, seed: 1)
///     let batch = training.samples(0..<64)  // [64, 1, 28, 28]
///
/// Any number of threads may read one dataset at the same time.
public struct Dataset: Sendable {
  /// The most bytes that the samples of a dataset may take, in the file (decompressed) and in
  /// memory: 4 GiB. Larger files are refused, which also bounds what a hostile one can cost.
  public static let maximumBytes = 1 << 32

  /// Shape of one sample as ``samples(_:)`` gives it: [channels, height, width] for images,
  /// [height, width, channels] where ``transform`` asks for channels last; for NPY and for IDX of
  /// other ranks, the axes after the first.
  public let sampleShape: [Int]

  /// How many samples there are; at least 1 in a loaded dataset.
  public let count: Int

  /// Class numbers, one a sample; nil where none are known.
  ///
  /// - Precondition: `count` of them.
  public var labels: [Int]? {
    didSet { precondition(labels.map { $0.count == count } ?? true, "one label a sample") }
  }

  /// What is known to be in each photograph, in parts of the input; nil where nothing is known.
  package private(set) var boxes: [[LabelledBox]]?

  /// Where in the input each photograph lies that was fitted to it.
  private let placements: [Placement]?

  /// What is done to raw values; a compiled model keeps it.
  public private(set) var transform: InputTransform

  /// Whether the order of the file's axes is known, so that a layout rearranges them; else samples are in
  /// the model's order already.
  public let isImage: Bool

  /// Remarks for the user, such as how many files of a folder were left out.
  public let notes: [String]

  private let storage: SampleArray.Storage
  private let conversion: SampleConversion
  /// The stored sample behind each sample; nil where they are the same.
  private let rows: [Int]?

  /// Samples with the user's choices over the format's defaults.
  init(
    _ array: SampleArray, scale: [Float]?, mean: [Float]?, layout: InputTransform.Layout?
  ) throws(DatasetError) {
    let layout = layout ?? .channelsFirst
    let transform = try InputTransform.checked(
      scale: scale ?? [array.defaultScale], mean: mean ?? [0], layout: layout,
      channels: SampleConversion.channels(
        shape: array.shape, isImage: array.isImage, layout: layout))
    self.init(array, transform: transform)
  }

  private init(_ array: SampleArray, transform: InputTransform) {
    conversion = SampleConversion(
      shape: array.shape, isImage: array.isImage, transform: transform)
    sampleShape = conversion.sampleShape
    count = array.count
    labels = array.labels
    (boxes, placements) = (nil, array.placements)
    self.transform = transform
    notes = array.notes
    isImage = array.isImage
    storage = array.storage
    rows = nil
  }

  private init(_ parent: Dataset, rows: [Int]) {
    conversion = parent.conversion
    sampleShape = parent.sampleShape
    count = rows.count
    labels = parent.labels.map { labels in rows.map { labels[$0] } }
    boxes = parent.boxes.map { boxes in rows.map { boxes[$0] } }
    placements = parent.placements.map { placements in rows.map { placements[$0] } }
    transform = parent.transform
    notes = parent.notes
    isImage = parent.isImage
    storage = parent.storage
    self.rows = parent.rows.map { old in rows.map { old[$0] } } ?? rows
  }

  /// Says what is known to be in each photograph, in parts of the photographs.
  ///
  /// - Precondition: one list a sample.
  package mutating func attach(boxes: [[LabelledBox]]) {
    precondition(boxes.count == count, "the boxes of each sample")
    self.boxes = placements.map { placements in
      zip(boxes, placements).map { boxes, placement in boxes.map { $0.placed(placement) } }
    } ?? boxes
  }

  /// Samples from memory, with the identity transform.
  ///
  /// - Parameters:
  ///   - samples: [count] + the shape of a sample, at least one element.
  ///   - labels: one a sample, or nil.
  public init(samples: Tensor, labels: [Int]? = nil) {
    precondition(samples.count > 0, "a dataset needs samples")
    precondition(labels.map { $0.count == samples.shape[0] } ?? true, "one label a sample")
    let array = SampleArray(
      count: samples.shape[0], shape: Array(samples.shape.dropFirst()),
      storage: .floats(samples.values), isImage: false, defaultScale: 1, labels: labels)
    self.init(array, transform: InputTransform())
  }

  /// Standard normal samples for users who have none; nothing is transformed.
  ///
  /// Sample `i` depends on the seed and `i` only, so a larger set begins with a smaller one.
  public static func random(count: Int, sampleShape: [Int], seed: UInt64) -> Dataset {
    let size = sampleShape.elementCount
    let parent = SeededGenerator(seed: seed)
    var values: [Float] = []
    values.reserveCapacity(count * size)
    for index in 0..<count {
      var generator = parent.fork(UInt64(index))
      for _ in 0..<size { values.append(generator.nextNormal()) }
    }
    return Dataset(samples: Tensor(shape: [count] + sampleShape, values: values))
  }
}

// MARK: - Samples

extension Dataset {
  /// So many samples one behind the other as one, in order; the last ones that are fewer are left out.
  ///
  /// - Precondition: there are as many, and no labels.
  package func inSequences(of length: Int) -> Dataset {
    precondition(count >= length && labels == nil, "a whole sequence of frames without labels")
    let sequences = count / length
    let values = samples(0..<sequences * length).values
    var joined = Dataset(samples: Tensor(shape: [sequences, length] + sampleShape, values: values))
    joined.transform = transform
    return joined
  }

  /// Samples `range`, transformed: [range.count] + ``sampleShape``.
  public func samples(_ range: Range<Int>) -> Tensor {
    tensor(count: range.count) { write(range, into: $0) }
  }

  /// The samples at `indices`, in that order, transformed: [indices.count] + ``sampleShape``.
  public func samples(at indices: [Int]) -> Tensor {
    tensor(count: indices.count) { write(indices[...], into: $0) }
  }

  /// Writes transformed samples one after another, without allocating; bound by memory.
  ///
  /// - Parameters:
  ///   - indices: in 0 ..< ``count``, in any order, repeated at will.
  ///   - target: room for `indices.count * sampleShape.elementCount` values.
  public func write(_ indices: ArraySlice<Int>, into target: UnsafeMutablePointer<Float>) {
    indices.withUnsafeBufferPointer { indices in
      write(count: indices.count, into: target) { indices[$0] }
    }
  }

  /// The same for consecutive samples.
  public func write(_ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    write(count: range.count, into: target) { range.lowerBound + $0 }
  }

  private func tensor(count: Int, _ fill: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    let size = count * conversion.size
    let values = [Float](unsafeUninitializedCapacity: size) { buffer, initialized in
      if let start = buffer.baseAddress { fill(start) }
      initialized = size
    }
    return Tensor(shape: [count] + sampleShape, values: values)
  }

  @inline(__always)
  private func write(
    count: Int, into target: UnsafeMutablePointer<Float>, index: (Int) -> Int
  ) {
    let size = conversion.size
    func row(_ position: Int) -> Int {
      let index = index(position)
      precondition(index >= 0 && index < self.count, "sample \(index) of \(self.count)")
      return rows.map { $0[index] } ?? index
    }
    switch storage {
    case .bytes(let values):
      values.withUnsafeBufferPointer { values in
        for i in 0..<count {
          conversion.convert(values.baseAddress! + row(i) * size, into: target + i * size)
        }
      }
    case .floats(let values):
      values.withUnsafeBufferPointer { values in
        for i in 0..<count {
          conversion.convert(values.baseAddress! + row(i) * size, into: target + i * size)
        }
      }
    }
  }
}

// MARK: - Selections

extension Dataset {
  /// The first `count` samples, or all where there are fewer.
  public func prefix(_ count: Int) -> Dataset {
    count >= self.count ? self : Dataset(self, rows: Array(0..<count))
  }

  /// The samples at `indices`, in that order; labels follow.
  public func subset(at indices: [Int]) -> Dataset {
    precondition(indices.allSatisfy { $0 >= 0 && $0 < count }, "indices in 0 ..< \(count)")
    return Dataset(self, rows: indices)
  }

  /// Two parts that share no sample, each in shuffled order; labels follow.
  ///
  /// - Parameters:
  ///   - share: 0 ... 1; the part held back, rounded to whole samples. Strictly between 0 and 1,
  ///     each part gets at least one sample where there are two.
  ///   - seed: the same seed and count, the same parts.
  public func split(
    holdingBack share: Double, seed: UInt64
  ) -> (training: Dataset, heldBack: Dataset) {
    precondition(share >= 0 && share <= 1, "a share is 0 to 1")
    var held = Int((Double(count) * share).rounded())
    if share > 0 && share < 1 && count >= 2 { held = min(max(held, 1), count - 1) }
    let order = Self.shuffled(count, seed: seed)
    return (
      Dataset(self, rows: Array(order[held...])), Dataset(self, rows: Array(order[..<held]))
    )
  }

  /// 0 ..< count in random order (Fisher and Yates), the same for every version of Swift.
  private static func shuffled(_ count: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      let other = generator.next().multipliedFullWidth(by: UInt64(i + 1)).high
      order.swapAt(i, Int(other))
    }
    return order
  }
}
