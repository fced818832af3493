/// Why a file gives no samples, labels or array.
///
/// `place` is a path, or `path:array` for an array within an NPZ file. Positions count from 0.
/// ``sentence`` says each case in words.
public enum DatasetError: Error, Equatable, Sendable {
  // MARK: Files and containers

  /// The system does not give the file.
  case unreadable(path: String, reason: String)
  /// The system does not take the file.
  case unwritable(path: String, reason: String)
  /// The content is none of the formats.
  case unknownFormat(place: String)
  /// A known format, but a form of it that is not read.
  case unsupported(place: String, feature: String)
  /// The file stops before its content does.
  case endsEarly(place: String, missingBytes: Int)
  /// The file goes on after its content ends.
  case trailingBytes(place: String)
  /// A header promises more than the rest of the file can hold, decompressed at the best ratio.
  case promiseExceedsFile(place: String, promisedBytes: Int, possibleBytes: Int)
  /// More than ``Dataset/maximumBytes``.
  case tooLarge(place: String, bytes: Int, limit: Int)
  /// zlib refuses the compressed data.
  case corruptCompression(place: String, reason: String)
  /// Length or CRC-32 differ from what the zip directory says.
  case checksumMismatch(place: String)
  /// A field of a header is missing or wrong.
  case badHeader(place: String, field: String)

  // MARK: Arrays

  /// There are no samples, or they have no elements.
  case noSamples(place: String)
  /// NaN, infinite, or beyond float32.
  case notFinite(place: String, element: Int)
  /// An array is named, but the file is not an NPZ file.
  case noArchive(path: String, name: String)
  /// The NPZ file has no array of that name.
  case noSuchArray(path: String, name: String, present: [String])
  /// The NPZ file has several arrays, and none has a name that says what it is.
  case ambiguousArray(path: String, present: [String])

  /// A cell of a text of numbers is none; lines and columns count from 1.
  case noNumber(place: String, line: Int, column: Int, text: String)
  /// A line of a text of numbers has more or fewer than the first.
  case lineLength(place: String, line: Int, cells: Int, columns: Int)
  /// A recording has another rate, other channels or numbers than the first one, or another length where nothing says which.
  case soundDiffers(path: String, firstPath: String)

  // MARK: Images

  /// An image file is broken.
  case corruptImage(path: String, reason: String)
  /// An image has another shape than the first one; both as [channels, height, width].
  case imageDiffers(path: String, shape: [Int], firstPath: String, firstShape: [Int])
  /// Only images are fitted to an input.
  case noImagesToFit(place: String)
  /// No image in the folder or in its subfolders.
  case noImages(folder: String, otherFiles: Int)
  /// A subfolder beside class folders has no images, so classes could not be numbered safely.
  case emptyClassFolder(path: String)

  // MARK: Labels

  /// Not as many labels as samples.
  case labelCount(place: String, labels: Int, samples: Int)
  /// A label is no integer in `0...1_048_575`; `index` counts labels.
  case badLabel(place: String, index: Int)
  /// Labels are not integers along one axis.
  case labelsNotIntegers(place: String, type: String, shape: [Int])

  /// A line of a photograph's labels is no box; lines count from 1.
  case badBox(place: String, line: Int, reason: String)
  /// The names of classes are not as many as the classes, or are no names.
  case badNames(place: String, reason: String)
  /// No photograph of a folder has labels.
  case noBoxes(folder: String, photographs: Int)

  // MARK: Options

  /// Scale or mean has neither one value nor one per channel.
  case channelCount(option: String, values: Int, channels: Int)
  /// Scale or mean is not finite, or scale is 0.
  case badOption(option: String, value: String)
}
