import Files
import Foundation
import Tensors

/// NPY, NumPy's format of one array, in and out.
///
/// Reads versions 1 to 3 with truth values, integers of 8 to 64 bits and float16/32/64, of
/// either byte order, row-major or column-major; everything becomes float32, row-major. Writes
/// version 1, float32, int32 or bytes, little-endian, row-major.
public enum NPY {
  /// One array as a tensor; the file may be gzip.
  ///
  /// - Returns: any shape, also a scalar's or one without elements; values may be NaN or infinite.
  /// - Throws: ``DatasetError``, before anything is allocated where the sizes do not fit.
  public static func read(_ url: URL) throws(DatasetError) -> Tensor {
    try ElementArray(ByteStream(path: url.path)).tensor
  }

  /// Writes a tensor as float32, in one step: the old file or the whole new one, never a part.
  ///
  /// - Throws: ``DatasetError/unwritable(path:reason:)``.
  public static func write(_ tensor: Tensor, to url: URL) throws(DatasetError) {
    let elements = tensor.values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Array($0) }
    try write(elements, .float32, shape: tensor.shape, to: url)
  }

  /// What elements are that are written as they lie in memory.
  public enum Element: String, Sendable {
    case float32 = "<f4"
    case int8 = "|i1"
    case uint8 = "|u1"
    case int32 = "<i4"
  }

  /// Writes elements as they are, in one step.
  ///
  /// - Parameter elements: little-endian, row-major, as many as the shape says.
  /// - Throws: ``DatasetError/unwritable(path:reason:)``.
  public static func write(
    _ elements: [UInt8], _ element: Element, shape: [Int], to url: URL
  ) throws(DatasetError) {
    let bytes = file(elements, element, shape: shape)
    try DatasetError.naming { () throws(FileError) in try OutputFile.replace(url.path, with: bytes) }
  }

  /// The bytes of a file.
  static func file(_ elements: [UInt8], _ element: Element, shape: [Int]) -> [UInt8] {
    header(element, shape: shape) + elements
  }

  /// Magic number, version, length and dictionary, padded to a multiple of 64 bytes.
  private static func header(_ element: Element, shape: [Int]) -> [UInt8] {
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    // Python wants the comma of `(3,)` and allows that of `(3, 4,)`.
    let text = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let padding = 63 - (10 + text.utf8.count) % 64
    let length = text.utf8.count + padding + 1
    precondition(length <= 0xFFFF, "a tensor of \(shape.count) axes")
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + text.utf8
      + [UInt8](repeating: 0x20, count: padding) + [0x0A]
  }
}

extension NPY {
  private static let magic: [UInt8] = [0x93] + "NUMPY".utf8

  static func matches(_ prefix: [UInt8]) -> Bool { prefix.starts(with: magic) }

  /// Samples along the first axis of an array, in the order in which they are stored.
  static func readSamples(_ stream: ByteStream, _ reading: Dataset.Reading = .init())
    throws(DatasetError) -> SampleArray
  {
    let header = try NPYHeader(stream)
    guard let count = header.shape.first else {
      throw .badHeader(place: stream.place, field: "shape")
    }
    let elements = try SampleArray.sampleElementCount(header.shape, place: stream.place)
    var storage = try stream.storage(
      elements, of: header.type, bigEndian: header.isBigEndian,
      takesAnyNumber: reading.takesAnyNumber)
    try stream.finish()
    if header.isFortranOrder {
      switch storage {
      case .bytes(let values): storage = .bytes(rowMajor(values, shape: header.shape))
      case .floats(let values): storage = .floats(rowMajor(values, shape: header.shape))
      }
    }
    return SampleArray(
      count: count, shape: Array(header.shape.dropFirst()), storage: storage, isImage: false,
      defaultScale: 1)
  }

  /// Class numbers: integers of shape [n] or [n, 1].
  static func readLabels(_ stream: ByteStream, samples: Int) throws(DatasetError) -> [Int] {
    let header = try NPYHeader(stream)
    return try Labels.read(
      stream, type: header.type, bigEndian: header.isBigEndian, shape: header.shape,
      samples: samples)
  }

  /// Column-major (Fortran) values, first axis fastest, brought to row-major order.
  ///
  /// Walks the result in order while an odometer of axis positions keeps the source offset.
  static func rowMajor<Value>(_ values: [Value], shape: [Int]) -> [Value] {
    guard shape.count > 1 && !values.isEmpty else { return values }
    var steps = [1]
    for size in shape.dropLast() { steps.append(steps[steps.count - 1] * size) }
    let (inner, innerStep) = (shape[shape.count - 1], steps[shape.count - 1])
    var position = [Int](repeating: 0, count: shape.count - 1)
    var result: [Value] = []
    result.reserveCapacity(values.count)
    var offset = 0
    while true {
      for i in 0..<inner { result.append(values[offset + i * innerStep]) }
      var axis = position.count - 1
      while axis >= 0 && position[axis] == shape[axis] - 1 {
        offset -= position[axis] * steps[axis]
        position[axis] = 0
        axis -= 1
      }
      if axis < 0 { return result }
      position[axis] += 1
      offset += steps[axis]
    }
  }
}
