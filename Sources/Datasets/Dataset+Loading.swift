extension Dataset {
  /// What a file may be besides finite samples along its first axis.
  public struct Reading: Sendable {
    /// Where given, an array of as many numbers as this shape has is one sample of it, if its axes are
    /// these, but for sizes of 1, or it has one axis.
    public var sampleShape: [Int]?
    /// Whether NaN and infinity are numbers like any other.
    public var takesAnyNumber: Bool
    /// Where given, images of any size become this one's; samples of other kinds are refused.
    public var fit: ImageFit?
    /// Where given, recordings are cut into windows of so many numbers.
    public var elements: Int?

    public init(
      sampleShape: [Int]? = nil, takesAnyNumber: Bool = false, fit: ImageFit? = nil, elements: Int? = nil
    ) {
      (self.sampleShape, self.takesAnyNumber, self.fit, self.elements) = (sampleShape, takesAnyNumber, fit, elements)
    }
  }

  /// Reads samples, and labels where there are any.
  ///
  ///     try Dataset.load(path: "t10k-images.gz", labels: "t10k-labels.gz")
  ///     try Dataset.load(path: "all.npz:x_test", labels: "all.npz:y_test", scale: [1.0 / 255])
  ///
  /// - Parameters:
  ///   - path: a file, told by content: IDX, CIFAR-10 binary or NPY (each plain or gzip), NPZ
  ///     (`file.npz`, or `file.npz:array`), CSV, WAV, a PNG, JPEG, PGM or PPM image, or a folder of such images or of WAV.
  ///   - labels: a file of class numbers (IDX, NPY, NPZ, CIFAR-10, or text of one integer a line);
  ///     nil takes those that come with the samples, if any.
  ///   - scale: one factor or one per channel; nil means 1/255 for images, CIFAR-10 and IDX bytes,
  ///     and 1 for everything else.
  ///   - mean: one offset or one per channel, in the file's units, taken off before scaling; nil
  ///     means 0.
  ///   - layout: the order the model wants; nil means channels first. See
  ///     ``InputTransform/Layout`` for what it does to NPY files.
  ///   - reading: what else a file may be.
  public static func load(
    path: String, labels: String? = nil, scale: [Float]? = nil, mean: [Float]? = nil,
    layout: InputTransform.Layout? = nil, reading: Reading = Reading()
  ) throws(DatasetError) -> Dataset {
    let array = try readSamples(path, reading)
    var dataset = try Dataset(array, scale: scale, mean: mean, layout: layout)
    if let labels { try dataset.attachLabels(from: labels) }
    return dataset
  }

  /// Replaces the labels by those in a file; see ``load(path:labels:scale:mean:layout:)``.
  ///
  /// - Throws: ``DatasetError/labelCount(place:labels:samples:)`` unless there is one a sample.
  public mutating func attachLabels(from path: String) throws(DatasetError) {
    labels = try Labels.load(path, samples: count)
  }

  private static func readSamples(_ path: String, _ reading: Reading) throws(DatasetError)
    -> SampleArray
  {
    let file = try DataFile.open(path)
    if reading.fit != nil, !file.isOfImages { throw .noImagesToFit(place: path) }
    switch file {
    case .folder(let folder): return try SampleFolder.read(folder, reading)
    case .archive(let archive, let name):
      return try archive.readSamples(named: name, reading).asOne(reading.sampleShape)
    case .stream(let stream):
      if NPY.matches(stream.prefix) {
        return try NPY.readSamples(stream, reading).asOne(reading.sampleShape)
      }
      if IDX.matches(stream.prefix) { return try IDX.read(stream) }
      if file.isOfImages { return try SampleFolder.load([path], labels: nil, notes: [], fit: reading.fit) }
      if WAV.matches(stream.prefix) { return try WAV.load([path], labels: nil, notes: [], elements: reading.elements) }
      if CIFAR.matches(stream) { return try CIFAR.read(stream) }
      if CSV.matches(stream.prefix) { return try CSV.read(stream) }
      throw .unknownFormat(place: path)
    }
  }
}
