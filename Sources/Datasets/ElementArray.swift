import Foundation
import Tensors

/// An array with the type of its elements.
public struct ElementArray: Sendable {
  /// `file.npy`, or `file.npz:array`.
  public let place: String
  /// As NumPy calls it: `int8`.
  public let type: String
  /// Whether elements are integers, and whether they are as wide as a byte.
  public let isInteger, isByte: Bool
  /// Its elements, rounded to float32 where they are wider.
  public let tensor: Tensor

  /// Reads an NPY file (plain or gzip), or an array of an NPZ file: the one of its name (`file.npz:array`), else
  /// the one that is the samples.
  ///
  /// - Throws: ``DatasetError``, before anything is allocated where the sizes do not fit.
  public init(path: String) throws(DatasetError) {
    let stream: ByteStream
    switch try DataFile.open(path) {
    case .folder: throw .unknownFormat(place: path)
    case .archive(let archive, let name): stream = try archive.stream(of: archive.sampleArray(named: name))
    case .stream(let plain): stream = plain
    }
    try self.init(stream)
  }

  init(_ stream: ByteStream) throws(DatasetError) {
    guard NPY.matches(stream.prefix) else { throw .unknownFormat(place: stream.place) }
    let header = try NPYHeader(stream)
    let count = try SampleArray.elementCount(header.shape, place: stream.place)
    var values = try stream.floats(count, of: header.type, bigEndian: header.isBigEndian)
    try stream.finish()
    if header.isFortranOrder { values = NPY.rowMajor(values, shape: header.shape) }
    (place, type) = (stream.place, header.type.rawValue)
    (isInteger, isByte) = (header.type.isInteger, header.type.bytes == 1)
    tensor = Tensor(shape: header.shape, values: values)
  }
}
