extension DatasetError {
  /// One sentence for the user: the place, the cause and, where it helps, what to do.
  public var sentence: String {
    fileSentence ?? arraySentence ?? imageSentence ?? labelSentence ?? optionSentence
      ?? String(describing: self)
  }

  private var fileSentence: String? {
    switch self {
    case .unreadable(let path, let reason): "Cannot read \(path): \(reason); check its name and who may read it."
    case .unwritable(let path, let reason): "Cannot write \(path): \(reason)."
    case .unknownFormat(let place):
      "\(place) is none of IDX, CIFAR-10 (records of 3,073 bytes), NPY, NPZ, CSV, WAV, PNG, JPEG and PGM/PPM."
    case .unsupported(let place, let feature): "\(place): \(feature) is not supported."
    case .endsEarly(let place, let missing):
      "\(place) ends early, with \(missing) bytes or more missing: it was cut short; copy or make it again."
    case .trailingBytes(let place): "\(place) goes on after its content ends: copy or make it again."
    case .promiseExceedsFile(let place, let promised, let possible):
      "\(place): the header promises \(promised) bytes, but at most \(possible) can follow: it was cut short; copy or make it again."
    case .tooLarge(let place, let bytes, let limit):
      "\(place): \(bytes) bytes or more are over the limit of \(limit); use fewer samples."
    case .corruptCompression(let place, let reason):
      "\(place): the compressed data is corrupt (\(reason)): copy or make it again."
    case .checksumMismatch(let place):
      "\(place): length or CRC-32 is not what the zip directory says: copy or make it again."
    case .badHeader(let place, let field): "\(place): the header's \(field) is missing or wrong: make it again."
    default: nil
    }
  }

  private var arraySentence: String? {
    switch self {
    case .noSamples(let place): "\(place) holds no samples, or samples without elements: give a file that has some."
    case .notFinite(let place, let element):
      "\(place): element \(element) is not a finite float32 number: mend it or leave its sample out."
    case .noArchive(let path, let name):
      "\(path) holds no named arrays, so there is no `\(name)` in it: only NPZ files have names."
    case .noSuchArray(let path, let name, let present):
      "\(path) has no array `\(name)`; it has \(Self.list(present))."
    case .ambiguousArray(let path, let present):
      "\(path) has arrays \(Self.list(present)): choose one as `\(path):NAME`."
    case .noNumber(let place, let line, let column, let text):
      "\(place): column \(column) of line \(line) is no number (\(text.isEmpty ? "empty" : text.prefix(24).debugDescription)): a line is a "
        + "sample, its numbers separated by commas, and a first line may name the columns, one of them `label`."
    case .lineLength(let place, let line, let cells, let columns):
      "\(place): line \(line) has \(cells) cells and the first \(columns): every line is a sample of as many numbers."
    case .soundDiffers(let path, let first):
      "\(path) is not sampled as \(first) is: all recordings must agree in rate, channels, bits and, but for a network's input, length."
    default: nil
    }
  }

  private var imageSentence: String? {
    switch self {
    case .corruptImage(let path, let reason): "\(path) is a broken image: \(reason); replace it or leave it out."
    case .imageDiffers(let path, let shape, let firstPath, let firstShape):
      "\(path) is \(Self.size(shape)), but \(firstPath) is \(Self.size(firstShape)): "
        + "all images must agree, or be fitted to the input (--fit stretch or --fit letterbox)."
    case .noImagesToFit(let place):
      "\(place) holds an array, and only images are fitted to an input: leave --fit out."
    case .noImages(let folder, let others):
      "\(folder) holds no PNG, JPEG, PGM or PPM images and no WAV (\(others) other files)."
    case .emptyClassFolder(let path):
      "The class folder \(path) holds nothing that the others hold, images or WAV: fill it or take it away, "
        + "since folders number the classes."
    default: nil
    }
  }

  private var labelSentence: String? {
    switch self {
    case .labelCount(let place, let labels, let samples):
      "\(place) holds \(labels) labels for \(samples) samples: the counts must agree."
    case .badLabel(let place, let index):
      "\(place): the label of sample \(index) is no class number, an integer from 0 to \(Labels.largest)."
    case .labelsNotIntegers(let place, _, let shape) where shape.count == 2 && shape[1] > 1:
      "\(place): labels of shape \(shape) have one row a sample, as if one-hot: give class numbers, as "
        + "numpy.argmax(labels, axis=1) makes them."
    case .labelsNotIntegers(let place, let type, let shape) where shape.count == 1:
      "\(place): labels are class numbers and so integers, not \(type): labels.astype('int64') makes them."
    case .labelsNotIntegers(let place, let type, let shape):
      "\(place): labels must be integers along one axis, not \(type) of shape \(shape)."
    case .badBox(let place, let line, let reason):
      "\(place): line \(line) is no box, \(reason): a line is CLASS X Y WIDTH HEIGHT, its centre and size in parts "
        + "of the photograph, 0 to 1."
    case .badNames(let place, let reason): "\(place): \(reason)."
    case .noBoxes(let folder, let photographs):
      "\(folder) has labels of none of the \(photographs) photographs: NAME.txt is that of NAME.jpg."
    default: nil
    }
  }

  private var optionSentence: String? {
    switch self {
    case .channelCount(let option, let values, let channels):
      "The input's \(option) has \(values) values: give one, or one for each of the "
        + "\(channels) channels."
    case .badOption(let option, let value): "The input's \(option) cannot be \(value)."
    default: nil
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.map { "`\($0)`" }.joined(separator: ", ")
  }

  private static func size(_ shape: [Int]) -> String {
    "\(shape[2])x\(shape[1]) pixels with \(shape[0]) channel\(shape[0] == 1 ? "" : "s")"
  }
}
