// From a path in a command to samples that fit a graph's inputs.

import Blob
import Datasets
import ModelGraph
import Tensors
import Trials

package enum SampleLoading {
  /// Loads samples that fit the inputs of a graph, all that are no states.
  ///
  /// A network of several inputs takes `random:N`, or an NPZ file with an array of each input's
  /// name.
  package static func load(_ options: DataOptions, for graph: Graph, seed: UInt64)
    throws(IntakeError) -> SampleSet
  {
    let values = graph.sampleInputs.map { graph[$0] }
    guard !values.isEmpty else { throw .unfit(reason: "the model has no input") }
    var (options, boxes): (DataOptions, [[LabelledBox]]?) = (options, nil)
    if !graph.heads.isEmpty, options.labels != nil {
      boxes = try self.boxes(options, classes: graph.heads.map(\.classCount).max() ?? 0)
      options.labels = nil
    }
    var datasets: [Dataset] = []
    for (index, value) in values.enumerated() {
      var own = options
      if values.count > 1, !isRandom(options) { own.path += ":\(value.name)" }
      datasets.append(try load(own, for: value, seed: seed &+ UInt64(index)))
    }
    guard datasets.allSatisfy({ $0.count == datasets[0].count && $0.count > 0 }) else {
      throw .unfit(reason: "\(options.path) does not give every input the same number of samples")
    }
    if let boxes { datasets[0].attach(boxes: boxes) }
    return SampleSet(datasets, elementCounts: values.map(\.shape.elementCount))
  }

  /// What labels of photographs tell, a list a photograph.
  private static func boxes(_ options: DataOptions, classes: Int) throws(IntakeError) -> [[LabelledBox]] {
    guard !isRandom(options) else {
      throw .usage(reason: "\(options.labels ?? ""): random samples have no labels; leave them out")
    }
    let paths = try PhotographFiles.paths(options.path)
    return try PhotographFiles.labels(options, paths, classes: classes)?.boxes ?? paths.map { _ in [] }
  }

  package static func isRandom(_ options: DataOptions) -> Bool { options.path.hasPrefix("random:") }

  /// Loads samples that fit one input.
  ///
  /// - Parameter reading: what a file may be besides samples along its first axis.
  package static func load(
    _ options: DataOptions, for value: Value, seed: UInt64,
    reading: Dataset.Reading = Dataset.Reading()
  ) throws(IntakeError) -> Dataset {
    let dataset = try loadAny(options, value, seed: seed, reading).cut(to: options.frames == nil ? [] : value.shape)
    try check(dataset, against: value, path: options.path)
    return dataset
  }

  private static func loadAny(
    _ options: DataOptions, _ value: Value, seed: UInt64, _ reading: Dataset.Reading
  ) throws(IntakeError) -> Dataset {
    if isRandom(options) {
      if let labels = options.labels {
        throw .usage(reason: "\(labels): random samples have no labels; leave them out")
      }
      guard options.fit == nil else {
        throw .usage(reason: "--fit is for images, and \(options.path) are made in the input's own size: leave it out")
      }
      guard let count = Int(options.path.dropFirst("random:".count)), (1...1 << 24).contains(count)
      else {
        throw .usage(reason: "\(options.path) is not random:N with N from 1 to \(1 << 24)")
      }
      guard count * value.shape.elementCount <= 1 << 30 else {
        throw .usage(reason: "\(options.path) of \(value.shape) is more than memory should hold")
      }
      return Dataset.random(count: count, sampleShape: value.shape, seed: seed)
    }
    var reading = reading
    reading.fit = try fit(options, value)
    reading.elements = value.shape.elementCount
    do {
      return try Dataset.load(
        path: options.path, labels: options.labels, scale: options.scale, mean: options.mean,
        layout: options.layout, reading: reading)
    } catch {
      throw refusal(error, options)
    }
  }

  /// The size that images are brought to: the input's.
  package static func fit(_ options: DataOptions, _ value: Value) throws(IntakeError) -> ImageFit? {
    guard let method = options.fit else { return nil }
    let shape = value.shape
    if shape.count == 3 {
      let isLast = options.layout == .channelsLast
      let (channels, height, width) = isLast ? (shape[2], shape[0], shape[1]) : (shape[0], shape[1], shape[2])
      if channels == 1 || channels == 3 { return ImageFit(method, width: width, height: height, channels: channels) }
    }
    let hint = shape.count == 3 && [1, 3].contains(shape[2]) ? "; --input-layout nhwc reads it as one" : ""
    throw .unfit(
      reason: "--fit brings images to an input of 1 or 3 channels, and input \(value.name) is \(shape)" + hint)
  }

  /// What is wrong with samples or labels, by their files' names; where a file plainly is something else
  /// altogether, what it is.
  private static func refusal(_ error: DatasetError, _ options: DataOptions) -> IntakeError {
    let error = IntakeError.data(error)
    if let labels = options.labels, error.sentence.contains(labels) {
      return error.orWrong(labels, is: .labels)
    }
    return error.orWrong(options.path, is: .data).naming(options.path)
  }

  /// Shapes must agree, but for sizes of 1 and for an image that is given to a flat input or the
  /// other way round.
  private static func check(_ dataset: Dataset, against value: Value, path: String)
    throws(IntakeError)
  {
    let (given, wanted) = (dataset.sampleShape, value.shape)
    let fits = given.elementCount == wanted.elementCount
      && (given.count <= 1 || wanted.count <= 1
        || given.filter { $0 > 1 } == wanted.filter { $0 > 1 })
    guard fits else {
      throw .unfit(
        reason: "samples of \(path) are \(given) and input \(value.name) of the model takes \(wanted)"
          + hint(dataset, wanted))
    }
  }

  /// What to do about samples whose axes are the wanted ones in another order.
  private static func hint(_ dataset: Dataset, _ wanted: [Int]) -> String {
    let given = dataset.sampleShape
    guard given.sorted() == wanted.sorted() else {
      return dataset.isImage && wanted.count == 3
        ? "; --fit stretch or --fit letterbox brings images to it" : ": give samples that the model was trained on"
    }
    if dataset.isImage { return "; --input-layout may help" }
    let orders = [[0, 3, 1, 2], [0, 2, 3, 1], [0, 2, 1]]
    let order = orders.first { order in
      order.count == wanted.count + 1 && zip(order.dropFirst(), wanted).allSatisfy { given[$0 - 1] == $1 }
    }
    let example = order.map { order in
      ", such as by x.transpose(\(order.map(String.init).joined(separator: ", ")))"
    }
    return "; --input-layout may help where the file is of images, but the axes of an array stay as they "
      + "are: transpose it\(example ?? "")"
  }

  /// What a blob keeps of how its samples are made: nothing where nobody said it.
  package static func transform(of dataset: Dataset?, random: Bool) -> BlobTransform {
    guard let dataset, !random else { return BlobTransform() }
    return transform(
      scale: dataset.transform.scale, mean: dataset.transform.mean, shape: dataset.sampleShape,
      layout: dataset.transform.layout)
  }

  package static func transform(
    scale: [Float]?, mean: [Float]?, shape: [Int], layout: InputTransform.Layout?
  ) -> BlobTransform {
    guard scale != nil || mean != nil || layout != nil else { return BlobTransform() }
    let (scale, mean) = (scale ?? [1], mean ?? [0])
    let count = max(scale.count, mean.count)
    func spread(_ values: [Float]) -> [Float] {
      values.count == count ? values : [Float](repeating: values.first ?? 0, count: count)
    }
    let kept: BlobTransform.Layout =
      shape.count != 3 ? .asItComes : layout == .channelsLast ? .channelsLast : .channelsFirst
    return BlobTransform(layout: kept, scales: spread(scale), means: spread(mean))
  }

  /// Data options with what a blob says of its input filled in where the user said nothing.
  package static func options(_ options: DataOptions, following transform: BlobTransform) -> DataOptions {
    var filled = options
    if !transform.scales.isEmpty {
      filled.scale = options.scale ?? transform.scales
      filled.mean = options.mean ?? transform.means
    }
    if options.layout == nil, transform.layout == .channelsLast { filled.layout = .channelsLast }
    return filled
  }
}

extension Dataset {
  /// Recordings as sequences: where a sample is one behind the other of what was given, so many of these are one, and what
  /// is left at the end is left out.
  fileprivate func cut(to shape: [Int]) -> Dataset {
    let (frame, wanted) = (sampleShape.filter { $0 != 1 }, shape.dropFirst().filter { $0 != 1 })
    guard shape.count > 1, shape[0] > 1, frame == wanted, labels == nil, !isImage, count >= shape[0],
      sampleShape.elementCount * shape[0] == shape.elementCount
    else { return self }
    return inSequences(of: shape[0])
  }
}
