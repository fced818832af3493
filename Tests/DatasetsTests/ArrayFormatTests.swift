import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct IDXTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    ([3], []), ([3, 2], [2]), ([3, 1, 2], [1, 1, 2]), ([3, 1, 2, 1], [1, 2, 1]),
  ] as [([UInt32], [Int])])
  func everyRankGivesSamples(shape: [UInt32], sample: [Int]) throws {
    let count = shape.reduce(1, *)
    let bytes = Make.idx(shape, (0..<count).map { UInt8($0 * 51) })
    for content in [bytes, Compression.gzip(bytes)] {
      let data = try Dataset.load(path: try folder.write(content), scale: [1])
      #expect(data.count == 3)
      #expect(data.sampleShape == sample)
      #expect(data.samples(0..<3).values == (0..<count).map { Float($0 * 51) })
    }
  }

  @Test(arguments: [
    (0x09, [0x80, 0x7F], [-128, 127]),
    (0x0B, [0x80, 0, 0x01, 0x02], [-32768, 258]),
    (0x0C, [0xFF, 0xFF, 0xFF, 0xFE, 0, 1, 0, 0], [-2, 65536]),
    (0x0D, [0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0], [1.5, -2]),
    (0x0E, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0], [1.5, -2]),
  ] as [(UInt8, [UInt8], [Float])])
  func everyTypeIsBigEndianAndUnscaled(type: UInt8, bytes: [UInt8], values: [Float]) throws {
    let data = try Dataset.load(path: try folder.write(Make.idx([2], type: type, bytes)))
    #expect(data.samples(0..<2).values == values)
  }
}

@Suite struct CIFARTests {
  @Test func recordsGiveImagesAndLabels() throws {
    let folder = try TemporaryFolder()
    let bytes = Make.cifar([3, 9, 0])
    let second = Compression.gzip(Array(bytes[3073...]))
    let contents = [
      bytes, Compression.gzip(bytes), Compression.gzip(Array(bytes[..<3073])) + second,
    ]
    for content in contents {
      let data = try Dataset.load(path: try folder.write(content), scale: [1])
      #expect(data.labels == [3, 9, 0])
      #expect(data.sampleShape == [3, 32, 32])
      let pixels = bytes[3074..<6146].map { Float($0) }
      #expect(data.samples(1..<2).values == pixels)
      let last = try Dataset.load(
        path: try folder.write(content), scale: [1], layout: .channelsLast)
      #expect(last.sampleShape == [32, 32, 3])
      #expect(last.samples(1..<2).values[3..<6] == [pixels[1], pixels[1025], pixels[2049]])
    }
  }
}

@Suite struct NPYTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    ("|b1", [0, 1], [0, 1]),
    ("|u1", [0, 255], [0, 255]),
    ("|i1", [0x80, 1], [-128, 1]),
    ("<u2", [1, 2, 0xFF, 0xFF], [513, 65535]),
    (">u2", [1, 2, 0xFF, 0xFF], [258, 65535]),
    ("<i2", [0xFE, 0xFF, 1, 0], [-2, 1]),
    (">i4", [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 1, 0], [-1, 256]),
    ("<u4", [0, 0, 0, 0x80, 1, 0, 0, 0], [2_147_483_648, 1]),
    ("<i8", [0xFF] * 8 + [7, 0, 0, 0, 0, 0, 0, 0], [-1, 7]),
    (">u8", [0x80, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 7], [0x1p63, 7]),
    ("<f2", [0x00, 0x3C, 0x01, 0x80], [1, -0x1p-24]),
    (">f2", [0x7B, 0xFF, 0x04, 0x00], [65504, 0x1p-14]),
    ("<f4", [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0], [1.5, -2]),
    (">f8", [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0], [1.5, -2]),
  ] as [(String, [UInt8], [Float])])
  func everyElementTypeIsRead(type: String, bytes: [UInt8], values: [Float]) throws {
    for version: UInt8 in 1...3 {
      let path = try folder.write(Make.npy(type, "(2,)", version: version, bytes))
      #expect(try NPY.read(URL(filePath: path)) == Tensor(shape: [2], values: values))
      #expect(try Dataset.load(path: path).samples(0..<2).values == values)
    }
  }

  @Test func everyHalfIsConvertedExactly() throws {
    let bytes = (0...UInt16.max).flatMap { littleEndian($0) }
    let path = try folder.write(Make.npy("<f2", "(65536,)", bytes))
    let values = try NPY.read(URL(filePath: path)).values
    for bits in 0...UInt16.max {
      let (sign, exponent) = (bits >> 15 == 0 ? Float(1) : -1, Int(bits >> 10 & 31))
      let fraction = Float(bits & 0x3FF)
      let value = values[Int(bits)]
      switch exponent {
      case 31 where fraction != 0: #expect(value.isNaN)
      case 31: #expect(value == sign * .infinity)
      case 0: #expect(value == sign * fraction * 0x1p-24 && value.sign == sign.sign)
      default:
        let scale = Float(sign: .plus, exponent: exponent - 25, significand: 1)
        #expect(value == sign * (fraction + 1024) * scale)
      }
    }
  }

  @Test(arguments: [[5], [2, 3], [2, 3, 4], [1, 2, 1, 3], [3, 1, 2, 2]])
  func fortranOrderBecomesRowMajor(shape: [Int]) throws {
    // Element (i, j, ...) holds its row-major number; the file walks the first axis fastest.
    var positions = [[Int]]([[]])
    for size in shape.reversed() {
      positions = positions.flatMap { rest in (0..<size).map { [$0] + rest } }
    }
    let numbers = positions.map { position in
      zip(position, shape).reduce(0) { $0 * $1.1 + $1.0 }
    }
    let text = "(" + shape.map { "\($0)," }.joined() + ")"
    let expected = (0..<numbers.count).map { Float($0) }
    for (type, bytes) in [
      ("|u1", numbers.map { UInt8($0) }), ("<i2", numbers.flatMap { littleEndian(Int16($0)) }),
    ] {
      let path = try folder.write(Make.npy(type, text, fortran: true, bytes))
      #expect(try NPY.read(URL(filePath: path)) == Tensor(shape: shape, values: expected))
      #expect(try Dataset.load(path: path).samples(0..<shape[0]).values == expected)
    }
  }

  @Test(arguments: [
    "{'descr':'<f4','fortran_order':False,'shape':(1,)}",
    "{ \"shape\" : ( 1L , ) , \"descr\" : \"<f4\" , \"fortran_order\" : False }     ",
  ])
  func headersMayBeWrittenOtherwise(dictionary: String) throws {
    let path = try folder.write(Make.npy(dictionary: dictionary, [0, 0, 0x80, 0x3F]))
    #expect(try NPY.read(URL(filePath: path)) == Tensor(shape: [1], values: [1]))
  }

  @Test func whatIsWrittenIsRead() throws {
    let url = folder.url.appending(path: "tensor.npy")
    for shape in [[], [0], [3], [2, 3], [1, 1, 28, 28], [Int](repeating: 1, count: 20)] {
      let count = shape.reduce(1, *)
      let tensor = Tensor(shape: shape, values: (0..<count).map { Float($0) / 3 - 1 })
      try NPY.write(tensor, to: url)
      #expect(try NPY.read(url) == tensor)
      let bytes = try Array(Data(contentsOf: url))
      #expect((bytes.count - 4 * count) % 64 == 0)
      #expect(bytes[..<10].starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
      let zipped = try folder.write(Compression.gzip(bytes), to: "tensor.npy.gz")
      #expect(try NPY.read(URL(filePath: zipped)) == tensor)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["tensor.npy", "tensor.npy.gz"])
  }

  @Test func writerFollowsTheFormatByteForByte() throws {
    let url = folder.url.appending(path: "tensor.npy")
    try NPY.write(Tensor(shape: [2, 1], values: [1, -2]), to: url)
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1,), }"
    let spaces = String(repeating: " ", count: 128 - 10 - 1 - text.utf8.count)
    let expected = join(
      [0x93], Array("NUMPY".utf8), [1, 0, 118, 0], Array((text + spaces + "\n").utf8),
      [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
    #expect(try Array(Data(contentsOf: url)) == expected)
  }

  @Test func unwritablePlacesAreNamed() {
    let url = folder.url.appending(path: "no/such/folder.npy")
    #expect(failure(try NPY.write(Tensor(shape: [1], values: [1]), to: url))
      == .unwritable(path: url.path, reason: "No such file or directory"))
    #expect(failure(try NPY.write(Tensor(shape: [1], values: [1]), to: folder.url))
      == .unwritable(path: folder.path, reason: "Is a directory"))
  }

  @Test func tensorsMayHoldWhatDatasetsMayNot() throws {
    let bytes = littleEndian(Float(1).bitPattern) + littleEndian(Float.infinity.bitPattern)
    let path = try folder.write(Make.npy("<f4", "(2,)", bytes))
    #expect(try NPY.read(URL(filePath: path)).values == [1, .infinity])
    #expect(failure(try Dataset.load(path: path)) == .notFinite(place: path, element: 1))
    let huge = try folder.write(Make.npy("<f8", "(1,)", littleEndian((1e300).bitPattern)))
    #expect(failure(try Dataset.load(path: huge)) == .notFinite(place: huge, element: 0))
  }
}

/// Repeats bytes, for tables.
private func * (bytes: [UInt8], count: Int) -> [UInt8] {
  [[UInt8]](repeating: bytes, count: count).flatMap { $0 }
}

@Suite struct NPZTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func entry(
    _ name: String, _ values: [UInt8], deflates: Bool = false, hides: Bool = false
  ) -> Make.ZipEntry {
    .init(
      name: name, content: Make.npy("|u1", "(\(values.count),)", values), deflates: deflates,
      hidesLocalSizes: hides)
  }

  @Test func storedAndDeflatedEntriesAreRead() throws {
    for deflates in [false, true] {
      for hides in [false, true] {
        let entries = [
          entry("images.npy", Array(0...200), deflates: deflates, hides: hides),
          entry("labels.npy", Array((0...200).reversed()), deflates: deflates, hides: hides),
        ]
        for comment in ["", "PK\u{5}\u{6} a comment"] {
          let path = try folder.write(Make.zip(entries, comment: comment))
          let data = try Dataset.load(path: path)
          #expect(data.count == 201)
          #expect(data.samples(0..<201).values == (0...200).map { Float($0) })
          #expect(data.labels == (0...200).reversed())
        }
      }
    }
  }

  @Test func samplesAreFoundByName() throws {
    let path = try folder.write(
      Make.zip([
        entry("a.npy", [1]), entry("X.npy", [2, 3]), entry("y.npy", [4, 5]), entry("t.txt", []),
      ]))
    let byRule = try Dataset.load(path: path)
    #expect(byRule.samples(0..<2).values == [2, 3])
    #expect(byRule.labels == [4, 5])
    let named = try Dataset.load(path: path + ":a")
    #expect(named.samples(0..<1).values == [1])
    #expect(named.labels == nil)
    #expect(named.notes.count == 1)
    #expect(try Dataset.load(path: path + ":X").labels == [4, 5])
    #expect(try Dataset.load(path: path + ":a", labels: path + ":a").labels == [1])
    #expect(failure(try Dataset.load(path: path + ":b"))
      == .noSuchArray(path: path, name: "b", present: ["X", "a", "y"]))
  }

  @Test func theOnlyArrayIsTheSamples() throws {
    let one = try folder.write(Make.zip([entry("arr_0.npy", [7])]), to: "one")
    #expect(try Dataset.load(path: one).samples(0..<1).values == [7])
    let two = try folder.write(Make.zip([entry("u.npy", [1]), entry("v.npy", [2])]), to: "two")
    #expect(failure(try Dataset.load(path: two)) == .ambiguousArray(path: two, present: ["u", "v"]))
    let none = try folder.write(Make.zip([]), to: "none")
    #expect(failure(try Dataset.load(path: none)) == .ambiguousArray(path: none, present: []))
  }

  @Test func aColonInAFileNameIsNoArray() throws {
    let path = try folder.write(Make.npy("|u1", "(1,)", [9]), to: "a:b.npy")
    #expect(try Dataset.load(path: path).samples(0..<1).values == [9])
    let plain = try folder.write(Make.npy("|u1", "(1,)", [9]), to: "plain.npy")
    #expect(failure(try Dataset.load(path: plain + ":x")) == .noArchive(path: plain, name: "x"))
  }
}
