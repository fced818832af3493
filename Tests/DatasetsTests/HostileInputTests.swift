import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

/// No byte of a file is trusted: whatever it says, an error comes or the data does.
@Suite struct HostileInputTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static let png = Make.png(
    width: 3, height: 2, depth: 8, colour: 3, palette: [1, 2, 3, 4, 5, 6],
    rows: [1, 0, 1, 0, 2, 1, 0, 0])

  static let array = Make.npy(
    "<f4", "(2, 2)", (1...4).flatMap { littleEndian(Float($0).bitPattern) })

  /// One small good file of each kind.
  static let good: [(String, [UInt8])] = [
    ("idx", Make.idx([2, 2, 3], Array(1...12))),
    ("idx.gz", Compression.gzip(Make.idx([2, 2, 3], Array(1...12)))),
    ("two gzip members", Compression.gzip([0, 0, 8, 1, 0, 0]) + Compression.gzip([0, 2, 7, 8])),
    ("idx of floats", Make.idx([2], type: 0x0D, [0x3F, 0x80, 0, 0, 0, 0, 0, 0])),
    ("npy", array),
    ("npy of version 3", Make.npy("|u1", "(2,)", version: 3, [1, 2])),
    ("npy.gz", Compression.gzip(array)),
    ("npz", Make.zip([.init(name: "x.npy", content: array)])),
    ("compressed npz", Make.zip([
      .init(name: "x.npy", content: array, deflates: true, hidesLocalSizes: true),
      .init(name: "y.npy", content: Make.npy("|u1", "(2,)", [1, 2]), deflates: true),
    ])),
    ("png", png),
    ("ppm", Array("P6 2 1 255\n".utf8) + [1, 2, 3, 4, 5, 6]),
    ("plain pgm", Array("P2 2 1 255 7 100".utf8)),
    ("cifar.gz", Compression.gzip(Make.cifar([1, 2]))),
  ]

  private func load(_ bytes: [UInt8], as name: String = "file") throws -> DatasetError? {
    let path = try folder.write(bytes, to: name)
    return failure(try Dataset.load(path: path))
  }

  @Test(arguments: good)
  func everyTruncationIsRefused(name: String, bytes: [UInt8]) throws {
    #expect(try load(bytes) == nil)
    // Text numbers stay numbers when their last digits go.
    let shortest = name == "plain pgm" ? bytes.count - 2 : bytes.count
    for length in 0..<shortest {
      #expect(try load(Array(bytes[..<length])) != nil, "\(name), the first \(length) bytes")
    }
  }

  @Test func everyTruncationOfCIFARIsRefused() throws {
    let bytes = Make.cifar([1, 2])
    for length in stride(from: 0, to: bytes.count, by: 61) where length != 3073 {
      #expect(try load(Array(bytes[..<length])) != nil, "the first \(length) bytes")
    }
  }

  @Test(arguments: good)
  func trailingBytesAreRefused(name: String, bytes: [UInt8]) throws {
    // What follows the last chunk of a PNG is nobody's business.
    guard name != "png" else { return }
    for tail: [UInt8] in [[0], [0x1F], [0x31], [0x1F, 0x8B], [1, 2, 3, 4, 5, 6, 7, 8, 9]] {
      #expect(try load(bytes + tail) != nil, "\(name) and \(tail)")
    }
  }

  @Test(arguments: good)
  func changedBytesNeverCrash(name: String, bytes: [UInt8]) throws {
    var outcomes = 0
    for index in bytes.indices.prefix(400) {
      for change: UInt8 in [0x01, 0x80, 0xFF] {
        var changed = bytes
        changed[index] ^= change
        let error = try load(changed)
        if let error { #expect(!error.sentence.isEmpty) }
        outcomes += 1
      }
    }
    #expect(outcomes == min(bytes.count, 400) * 3)
  }

  @Test func everyChangedBitOfAPNGIsRefused() throws {
    for index in Self.png.indices {
      for bit in 0..<8 {
        var changed = Self.png
        changed[index] ^= 1 << UInt8(bit)
        #expect(try load(changed, as: "image.png") != nil, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test func everyChangedBitOfGzipDataIsRefused() throws {
    let bytes = Compression.gzip(Make.idx([2, 2, 3], Array(1...12)))
    // Free to change: the flag for text, the time and system of writing (bytes 4 to 9), and the
    // bits that fill the last byte of deflate data.
    let free = Set([(3, 0), (33, 6), (33, 7)].map { $0 * 8 + $1 } + Array(32..<80))
    #expect(bytes.count == 33 + 1 + 8)
    for position in 0..<(8 * bytes.count) where !free.contains(position) {
      var changed = bytes
      changed[position / 8] ^= 1 << UInt8(position % 8)
      #expect(try load(changed) != nil, "byte \(position / 8), bit \(position % 8)")
    }
  }

  @Test func headersThatPromiseTooMuchAreRefused() throws {
    let path = folder.path + "/file"
    #expect(try load(Make.idx([3], [1, 2]))
      == .promiseExceedsFile(place: path, promisedBytes: 3, possibleBytes: 2))
    #expect(try load(Make.idx([.max, .max, .max, .max], [1, 2]))
      == .tooLarge(place: path, bytes: .max, limit: Dataset.maximumBytes))
    #expect(try load(Make.idx([.max, 2], [1, 2]))
      == .tooLarge(place: path, bytes: 8_589_934_590, limit: Dataset.maximumBytes))
    #expect(try load(Make.idx([0, .max], [])) == .noSamples(place: path))
    #expect(try load(Make.idx([2, 0], [])) == .noSamples(place: path))
    #expect(try load(Make.npy("<f4", "(2147483648,)", []))
      == .tooLarge(place: path, bytes: 8_589_934_592, limit: Dataset.maximumBytes))
    #expect(try load(Make.npy("<f8", "(1000,)", [0]))
      == .promiseExceedsFile(place: path, promisedBytes: 8000, possibleBytes: 1))
    #expect(try load(Make.npy("|u1", "(9223372036854775807, 3)", []))
      == .tooLarge(place: path, bytes: .max, limit: Dataset.maximumBytes))
    #expect(try load(Make.npy("|u1", "(9223372036854775807, 0)", [])) == .noSamples(place: path))
    // Whoever multiplies these sizes in order overflows before the zero.
    #expect(try load(Make.npy("|u1", "(9223372036854775807, 9223372036854775807, 0)", []))
      == .tooLarge(place: path, bytes: .max, limit: Dataset.maximumBytes))
    #expect(failure(try NPY.read(URL(filePath: path)))
      == .tooLarge(place: path, bytes: .max, limit: Dataset.maximumBytes))
  }

  @Test func aSparseFileCannotForceAnAllocation() throws {
    let path = try folder.write(Make.idx([4000, 1000, 1000, 1000], []))
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.truncate(atOffset: 4_000_000_000_020)
    try handle.close()
    #expect(failure(try Dataset.load(path: path))
      == .tooLarge(place: path, bytes: 4_000_000_000_000, limit: Dataset.maximumBytes))
  }

  @Test func bombsAreRefusedBeforeTheyExpand() throws {
    let path = folder.path + "/file"
    // Four gigabytes promised by a few bytes of gzip.
    let promise = Compression.gzip(Make.idx([4, 1000, 1000, 1000], [1, 2, 3]))
    guard case .promiseExceedsFile(path, 4_000_000_000, let possible)? = try load(promise) else {
      Issue.record("a promise believed")
      return
    }
    #expect(possible < 100_000)
    // Far more data than the header promises: stopped at once.
    let zeros = [UInt8](repeating: 0, count: 20_000_000)
    let bomb = Compression.gzip(Make.idx([2], zeros))
    #expect(bomb.count < 20_000)
    #expect(try load(bomb) == .trailingBytes(place: path))
    #expect(try load(Compression.gzip(Make.npy("|u1", "(2,)", zeros)))
      == .trailingBytes(place: path))
    // No header, but no records either.
    #expect(try load(Compression.gzip([10] + zeros)) == .unknownFormat(place: path))
  }

  @Test func imageBombsAreRefused() throws {
    let path = folder.path + "/file"
    let wide = Make.png(width: 60_000, height: 60_000, depth: 1, colour: 0, rows: [0])
    #expect(try load(wide) == .tooLarge(place: path, bytes: 3_600_000_000, limit: 1 << 28))
    let lying = Make.png(width: 10_000, height: 10_000, depth: 8, colour: 0, rows: [0])
    guard case .promiseExceedsFile(path, 100_010_000, let possible)? = try load(lying) else {
      Issue.record("a promise believed")
      return
    }
    #expect(possible < 100_000)
    let more = [UInt8](repeating: 0, count: 1_000_000)
    #expect(try load(Make.png(width: 1, height: 1, depth: 8, colour: 0, rows: more))
      == .trailingBytes(place: path))
  }

  @Test func zipBombsAreRefused() throws {
    let place = folder.path + "/file:x.npy"
    let zeros = [UInt8](repeating: 0, count: 5_000_000)
    func archive(_ content: [UInt8], size: Int?) -> [UInt8] {
      Make.zip([.init(name: "x.npy", content: content, deflates: true, claimedSize: size)])
    }
    #expect(try load(archive(Make.npy("|u1", "(2,)", zeros), size: nil))
      == .trailingBytes(place: place))
    #expect(try load(archive(Make.npy("|u1", "(2,)", [1, 2]), size: 5_000_000))
      == .checksumMismatch(place: place))
    let promise = try load(archive(Make.npy("|u1", "(4000000000,)", [1]), size: 4_000_000_100))
    guard case .promiseExceedsFile(place, 4_000_000_000, _)? = promise else {
      Issue.record("a promise believed: \(String(describing: promise))")
      return
    }
  }

  static let array2 = Make.npy("|u1", "(2,)", [1, 2])

  @Test(arguments: [
    (.init(name: "x.npy", content: array2, claimedCRC: 1), .checksumMismatch(place: "*")),
    (.init(name: "x.npy", content: array2, deflates: true, claimedCRC: 1),
      .checksumMismatch(place: "*")),
    (.init(name: "x.npy", content: array2, claimedSize: 3), .checksumMismatch(place: "*")),
    (.init(name: "x.npy", content: array2, method: 12),
      .unsupported(place: "*", feature: "zip method 12")),
    (.init(name: "x.npy", content: array2, flags: 1),
      .unsupported(place: "*", feature: "encryption")),
    (.init(name: "x.npy", content: array2, claimedSize: 0xFFFF_FFFF),
      .unsupported(place: "*", feature: "zip64")),
  ] as [(Make.ZipEntry, DatasetError)])
  func lyingZipEntriesAreRefused(entry: Make.ZipEntry, error: DatasetError) throws {
    let place = folder.path + "/file:x.npy"
    let expected: DatasetError? =
      switch error {
      case .checksumMismatch: .checksumMismatch(place: place)
      case .unsupported(_, let feature): .unsupported(place: place, feature: feature)
      default: nil
      }
    #expect(try load(Make.zip([entry])) == expected)
  }

  @Test func namesakesInAZipFileAreRefused() throws {
    let entry = Make.ZipEntry(name: "x.npy", content: Self.array2)
    #expect(try load(Make.zip([entry, entry]))
      == .badHeader(place: folder.path + "/file", field: "zip directory"))
  }

  @Test(arguments: [
    ("", .badHeader(place: "", field: "dictionary")),
    ("{}", .badHeader(place: "", field: "descr")),
    ("{'descr': '<f4'}", .badHeader(place: "", field: "fortran_order")),
    ("{'descr': '<f4', 'fortran_order': False}", .badHeader(place: "", field: "shape")),
    ("{'descr': '<f4', 'descr': '<f4'}", .badHeader(place: "", field: "dictionary key")),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
      .badHeader(place: "", field: "fortran_order")),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
      .badHeader(place: "", field: "shape")),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
      .badHeader(place: "", field: "shape")),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
      .badHeader(place: "", field: "dictionary")),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
      .badHeader(place: "", field: "shape")),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
      .unsupported(place: "", feature: "a structured element type")),
    ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
      .unsupported(place: "", feature: "element type `<c8`")),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
      .unsupported(place: "", feature: "element type `|O`")),
    ("{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}",
      .unsupported(place: "", feature: "element type `|f4`")),
    ("{'descr': '', 'fortran_order': False, 'shape': (1,)}",
      .unsupported(place: "", feature: "element type ``")),
    ("{'descr': '<f4", .badHeader(place: "", field: "descr")),
    ("{'" + String(repeating: "(", count: 99), .badHeader(place: "", field: "dictionary key")),
  ] as [(String, DatasetError)])
  func brokenNPYHeadersAreRefused(dictionary: String, error: DatasetError) throws {
    let found = try load(Make.npy(dictionary: dictionary, [0, 0, 0, 0]))
    switch (found, error) {
    case (.badHeader(_, let field), .badHeader(_, let expected)): #expect(field == expected)
    case (.unsupported(_, let feature), .unsupported(_, let expected)):
      #expect(feature == expected)
    default: Issue.record("\(String(describing: found))")
    }
  }

  @Test(arguments: [
    ("zero width", 0, 1, 8, 0, []), ("zero height", 1, 0, 8, 0, []),
    ("huge width", .max, 1, 8, 0, []), ("depth 3", 1, 1, 3, 0, []), ("colour 1", 1, 1, 8, 1, []),
    ("colour of depth 4", 1, 1, 4, 2, []), ("palette of depth 16", 1, 1, 16, 3, [1, 2, 3]),
    ("no palette", 1, 1, 8, 3, []), ("ragged palette", 1, 1, 8, 3, [1, 2, 3, 4]),
    ("short palette", 1, 1, 8, 3, [1, 2, 3]), ("filter 5", 1, 2, 8, 0, []),
  ] as [(String, UInt32, UInt32, UInt8, UInt8, [UInt8])])
  func brokenPNGHeadersAreRefused(
    name: String, width: UInt32, height: UInt32, depth: UInt8, colour: UInt8, palette: [UInt8]
  ) throws {
    let rows: [UInt8] = height == 2 ? [0, 1, 5, 1] : [0, 1]
    let png = Make.png(
      width: width, height: height, depth: depth, colour: colour, palette: palette, rows: rows)
    #expect(try load(png) != nil)
  }

  @Test func pngChunksMustBeInOrder() throws {
    let header = Make.chunk(
      "IHDR", bigEndian(UInt32(1)) + bigEndian(UInt32(1)) + [8, 0, 0, 0, 0])
    let data = Compression.zlib([0, 1])
    let first = Make.chunk("IDAT", Array(data[..<4]))
    let second = Make.chunk("IDAT", Array(data[4...]))
    let end = Make.chunk("IEND", [])
    let text = Make.chunk("tEXt", [65])
    #expect(try load(Make.pngSignature + header + text + first + second + text + end) == nil)
    for chunks in [
      [text, header, first, second, end], [header, first, text, second, end], [header, end],
      [header, first, second], [header, header, first, second, end],
      [header, Make.chunk("ABCD", []), first, second, end], [header, first, end],
    ] {
      #expect(try load(Make.pngSignature + chunks.flatMap { $0 }) != nil)
    }
  }

  @Test func pathsThatAreNoFilesAreNamed() throws {
    let missing = folder.path + "/missing"
    #expect(failure(try Dataset.load(path: missing))
      == .unreadable(path: missing, reason: "No such file or directory"))
    #expect(failure(try Dataset.load(path: "/dev/zero"))
      == .unreadable(path: "/dev/zero", reason: "not a regular file"))
    #expect(failure(try NPY.read(folder.url)) != nil)
    let text = try folder.write(text: "hello")
    #expect(failure(try Dataset.load(path: text)) == .unknownFormat(place: text))
    #expect(failure(try NPY.read(URL(filePath: text))) == .unknownFormat(place: text))
    let nested = try folder.write(Compression.gzip(Make.zip([])))
    #expect(failure(try Dataset.load(path: nested))
      == .unsupported(place: nested, feature: "NPZ within gzip"))
  }
}
