import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct PNGTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func pixels(_ png: [UInt8]) throws -> (shape: [Int], values: [Float]) {
    let data = try Dataset.load(path: try folder.write(png, to: "image.png"), scale: [1])
    return (data.sampleShape, data.samples(0..<1).values)
  }

  @Test(arguments: [
    (1, 0b1010_0000, [255, 0, 255]), (2, 0b0001_1011, [0, 85, 170]), (4, 0x1F, [17, 255, 0]),
  ] as [(UInt8, UInt8, [Float])])
  func lowDepthsSpanTheWholeRange(depth: UInt8, byte: UInt8, values: [Float]) throws {
    let row: [UInt8] = depth == 4 ? [0, byte, 0x00] : [0, byte]
    let image = try pixels(Make.png(width: 3, height: 1, depth: depth, colour: 0, rows: row))
    #expect(image == ([1, 1, 3], values))
  }

  @Test(arguments: [
    (0, 8, [10, 20], [1, 1, 2], [10, 20]),
    (0, 16, [0xFF, 0xFF, 0x01, 0x80], [1, 1, 2], [255, 384 * 255 / 65_535]),
    (4, 8, [10, 99, 20, 99], [1, 1, 2], [10, 20]),
    (4, 16, [0x80, 0x80, 9, 9, 0, 0x81, 9, 9], [1, 1, 2], [128, 129 * 255 / 65_535]),
    (2, 8, [1, 2, 3, 4, 5, 6], [3, 1, 2], [1, 4, 2, 5, 3, 6]),
    (6, 8, [1, 2, 3, 99, 4, 5, 6, 99], [3, 1, 2], [1, 4, 2, 5, 3, 6]),
    (2, 16, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], [3, 1, 2], [1, 4, 2, 5, 3, 6]),
    (6, 16, [1, 1, 2, 2, 3, 3, 9, 9, 4, 4, 5, 5, 6, 6, 9, 9], [3, 1, 2], [1, 4, 2, 5, 3, 6]),
  ] as [(UInt8, UInt8, [UInt8], [Int], [Float])])
  func everyColourTypeIsRead(
    colour: UInt8, depth: UInt8, row: [UInt8], shape: [Int], values: [Float]
  ) throws {
    let png = Make.png(width: 2, height: 1, depth: depth, colour: colour, rows: [0] + row)
    #expect(try pixels(png) == (shape, values))
  }

  @Test(arguments: [
    (8, [2, 0]), (4, [0x20]), (2, [0b1000_0000]), (1, [0b1000_0000]),
  ] as [(UInt8, [UInt8])])
  func palettesGiveColours(depth: UInt8, row: [UInt8]) throws {
    let third: [UInt8] = depth == 1 ? [] : [70, 80, 90]
    let palette: [UInt8] = [10, 20, 30, depth == 1 ? 70 : 40, depth == 1 ? 80 : 50, 90] + third
    let png = Make.png(
      width: 2, height: 1, depth: depth, colour: 3, palette: palette, rows: [0] + row)
    #expect(try pixels(png) == ([3, 1, 2], [70, 10, 80, 20, 90, 30]))
  }

  /// The filters as the specification writes them, applied forwards.
  private func filtered(_ rows: [[UInt8]], filters: [UInt8], step: Int) -> [UInt8] {
    var output: [UInt8] = []
    for (y, row) in rows.enumerated() {
      output.append(filters[y])
      for i in row.indices {
        let a = i >= step ? Int(row[i - step]) : 0
        let b = y > 0 ? Int(rows[y - 1][i]) : 0
        let c = y > 0 && i >= step ? Int(rows[y - 1][i - step]) : 0
        let p = a + b - c
        let nearest = [a, b, c].enumerated().min { abs($0.1 - p) < abs($1.1 - p) }!.1
        let prediction = [0, a, b, (a + b) / 2, nearest][Int(filters[y])]
        output.append(row[i] &- UInt8(prediction))
      }
    }
    return output
  }

  @Test(arguments: [(0, 1), (2, 3), (6, 4)] as [(UInt8, Int)])
  func everyFilterIsUndone(colour: UInt8, samples: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let rows = (0..<12).map { _ in
      (0..<(7 * samples)).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 40) }
    }
    let filters: [UInt8] = [4, 3, 2, 1, 0, 4, 4, 3, 3, 1, 2, 0]
    let png = Make.png(
      width: 7, height: 12, depth: 8, colour: colour,
      rows: filtered(rows, filters: filters, step: samples))
    let channels = colour == 0 ? 1 : 3
    var expected: [Float] = []
    for channel in 0..<channels {
      for row in rows { for x in 0..<7 { expected.append(Float(row[x * samples + channel])) } }
    }
    #expect(try pixels(png) == ([channels, 12, 7], expected))
  }

  @Test func imageDataMayBeInPiecesAmongOtherChunks() throws {
    let data = Compression.zlib([0, 1, 2, 0, 3, 4])
    let header = bigEndian(UInt32(2)) + bigEndian(UInt32(2)) + [8, 0, 0, 0, 0]
    var png = Make.pngSignature + Make.chunk("IHDR", header) + Make.chunk("gAMA", [0, 0, 0, 1])
    for byte in data { png += Make.chunk("IDAT", [byte]) }
    png += Make.chunk("tEXt", [65, 0, 66]) + Make.chunk("IEND", []) + [1, 2, 3]
    #expect(try pixels(png) == ([1, 2, 2], [1, 2, 3, 4]))
  }

  @Test func interlacedImagesAreRefused() throws {
    let png = Make.png(width: 1, height: 1, depth: 8, colour: 0, interlace: 1, rows: [0, 1])
    let path = try folder.write(png)
    #expect(failure(try Dataset.load(path: path))
      == .unsupported(place: path, feature: "interlaced (Adam7) PNG"))
  }

  @Test func sixteenBitsAreKept() throws {
    let row: [UInt8] = [0, 0xD9, 0xF9, 0x00, 0x01]
    let png = Make.png(width: 2, height: 1, depth: 16, colour: 0, rows: row)
    let data = try Dataset.load(path: try folder.write(png, to: "image.png"))
    for (value, raw) in zip(data.samples(0..<1).values, [0xD9F9, 1]) {
      #expect(abs(value - Float(raw) / 65_535) <= 1e-7 * Float(raw) / 65_535)
    }
  }

  /// An EXIF block whose only entry is the orientation.
  private func exif(_ orientation: UInt16, little: Bool) -> [UInt8] {
    func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
      little ? littleEndian(value) : bigEndian(value)
    }
    return Array((little ? "II*\0" : "MM\0*").utf8) + bytes(UInt32(8)) + bytes(UInt16(1))
      + bytes(UInt16(0x0112)) + bytes(UInt16(3)) + bytes(UInt32(1)) + bytes(orientation) + [0, 0]
  }

  @Test(arguments: [true, false]) func imagesAreTurnedAsEXIFSays(little: Bool) throws {
    let plain = Make.png(width: 2, height: 1, depth: 8, colour: 0, rows: [0, 51, 102])
    // A number that EXIF does not know says nothing.
    for (orientation, shape, pixels) in [
      (1, [1, 1, 2], [51, 102]), (6, [1, 2, 1], [51, 102]), (8, [1, 2, 1], [102, 51]), (2, [1, 1, 2], [102, 51]),
      (9, [1, 1, 2], [51, 102]),
    ] as [(UInt16, [Int], [Float])] {
      // Behind the signature and IHDR.
      let png = plain[..<33] + Make.chunk("eXIf", exif(orientation, little: little)) + plain[33...]
      let data = try Dataset.load(path: folder.write(Array(png), to: "image.png"), scale: [1])
      #expect(data.sampleShape == shape && data.samples(0..<1).values == pixels, "\(orientation)")
    }
    let broken = plain[..<33] + Make.chunk("eXIf", Array("II*\0".utf8) + [0xFF, 0xFF, 0xFF, 0x7F]) + plain[33...]
    #expect(failure(try Dataset.load(path: folder.write(Array(broken), to: "image.png"))) == nil)
  }
}

@Suite struct PNMTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    ("P2\n# a comment\n3 1 # another\n255\n0 10\n255", [], [1, 1, 3], [0, 10, 255]),
    ("P2 3 1 3 0 1 3", [], [1, 1, 3], [0, 85, 255]),
    ("P3 2 1 255 1 2 3  4 5 6\n\n", [], [3, 1, 2], [1, 4, 2, 5, 3, 6]),
    ("P5\n2 2\n255\n", [0, 1, 0x23, 0x0A], [1, 2, 2], [0, 1, 35, 10]),
    ("P5 2 1 15\n", [15, 1], [1, 1, 2], [255, 17]),
    ("P5 2 1 65535\n", [0xFF, 0xFF, 0x01, 0x80], [1, 1, 2], [255, 384 * 255 / 65_535]),
    ("P5 2 1 1000\n", [0x03, 0xE8, 0, 10], [1, 1, 2], [255, 2.55]),
    ("P5 2 1 100\n", [100, 1], [1, 1, 2], [255, 2.55]),
    ("P2 2 1 4095 # twelve bits\n 4095 1", [], [1, 1, 2], [255, 255.0 / 4095]),
    ("P6 1 1 65535\n", [1, 1, 2, 2, 0, 1], [3, 1, 1], [1, 2, 255.0 / 65_535]),
    ("P6#\n2#\n1 255 ", [1, 2, 3, 4, 5, 6], [3, 1, 2], [1, 4, 2, 5, 3, 6]),
  ] as [(String, [UInt8], [Int], [Float])])
  func everyFormatIsRead(
    header: String, raster: [UInt8], shape: [Int], values: [Float]
  ) throws {
    // `2#` needs a space in between: the table keeps what Netpbm writes.
    let text = header.replacingOccurrences(of: "2#", with: "2 #")
    let path = try folder.write(Array(text.utf8) + raster)
    let data = try Dataset.load(path: path, scale: [1])
    #expect(data.sampleShape == shape)
    #expect(data.samples(0..<1).values == values)
  }

  @Test(arguments: [
    ("P5 2 1 255\n", [1, 2, 3]), ("P5 2 1 15\n", [1, 16]), ("P2 2 1 15 1 16", []),
    ("P2 2 1 15 1 2 3", []), ("P2 2 1 15 1 x", []), ("P2 2 1 255 1 -2", []), ("P5 0 1 255\n", []),
    ("P5 2 1 0\n", [0, 0]), ("P5 2 1 256\n", [0, 0, 0]), ("P5 2 1 65536\n", [0, 0]),
    ("P5 99999999999999999999 1 255\n", [0]), ("P6 2147483647 2147483647 255\n", [0]),
    ("P2 30000 30000 255 1", []), ("P5 2 1", []), ("P7 2 1 255\n", [0, 0]),
  ] as [(String, [UInt8])])
  func brokenMapsAreRefused(header: String, raster: [UInt8]) throws {
    let path = try folder.write(Array(header.utf8) + raster, to: "image.pgm")
    #expect(failure(try Dataset.load(path: folder.path)) != nil)
    #expect(failure(try Dataset.load(path: path)) != nil)
  }
}

@Suite struct SampleFolderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func grey(_ value: UInt8) -> [UInt8] { Array("P5 1 1 255\n".utf8) + [value] }

  private var png: [UInt8] {
    Make.png(width: 1, height: 1, depth: 8, colour: 0, rows: [0, 5])
  }

  @Test func namesGiveTheOrder() throws {
    for (name, value) in [("b.pgm", 2), ("a2.pgm", 1), ("a10.pgm", 0), ("Z", 9)] {
      _ = try folder.write(grey(UInt8(value)), to: name)
    }
    _ = try folder.write(png, to: "c.png")
    _ = try folder.write([1], to: ".hidden.pgm")
    _ = try folder.write(text: "x", to: "notes.txt")
    _ = try folder.write(text: "", to: "empty")
    _ = try folder.write(grey(1), to: "more/d.pgm")
    let data = try Dataset.load(path: folder.path, scale: [1])
    #expect(data.samples(0..<data.count).values == [9, 0, 1, 2, 5])
    #expect(data.labels == nil)
    #expect(data.notes == [
      "2 files of other kinds left out",
      "1 subfolders beside the samples left out",
    ])
  }

  @Test func subfoldersAreClasses() throws {
    _ = try folder.write(grey(1), to: "dog/1.pgm")
    _ = try folder.write(grey(2), to: "cat/1.pgm")
    _ = try folder.write(grey(3), to: "cat/2.pgm")
    _ = try folder.write(text: "x", to: "cat/readme")
    _ = try folder.write(grey(4), to: ".trash/2.pgm")
    let data = try Dataset.load(path: folder.path, scale: [1])
    #expect(data.samples(0..<3).values == [2, 3, 1])
    #expect(data.labels == [0, 0, 1])
    #expect(data.notes.count == 1)
    try FileManager.default.createDirectory(
      atPath: folder.path + "/cow", withIntermediateDirectories: false)
    #expect(failure(try Dataset.load(path: folder.path))
      == .emptyClassFolder(path: folder.path + "/cow"))
  }

  @Test func depthsMayDiffer() throws {
    _ = try folder.write(grey(51), to: "a.pgm")
    _ = try folder.write(Array("P5 1 1 65535\n".utf8) + [0x33, 0x34], to: "b.pgm")
    _ = try folder.write(grey(255), to: "c.pgm")
    let values = try Dataset.load(path: folder.path, scale: [1]).samples(0..<3).values
    #expect(values == [51, Float(0x3334 * 255) / 65_535, 255])
  }

  @Test func imagesMustAgree() throws {
    _ = try folder.write(grey(1), to: "a.pgm")
    _ = try folder.write(Array("P5 2 1 255\n".utf8) + [1, 2], to: "b.pgm")
    #expect(failure(try Dataset.load(path: folder.path))
      == .imageDiffers(
        path: folder.path + "/b.pgm", shape: [1, 1, 2], firstPath: folder.path + "/a.pgm",
        firstShape: [1, 1, 1]))
    _ = try folder.write(Array("P6 1 1 255\n".utf8) + [1, 2, 3], to: "b.pgm")
    #expect(failure(try Dataset.load(path: folder.path))
      == .imageDiffers(
        path: folder.path + "/b.pgm", shape: [3, 1, 1], firstPath: folder.path + "/a.pgm",
        firstShape: [1, 1, 1]))
  }

  @Test func foldersWithoutImagesSaySo() throws {
    _ = try folder.write(text: "x", to: "one.txt")
    _ = try folder.write(text: "x", to: "sub/two.txt")
    #expect(failure(try Dataset.load(path: folder.path))
      == .noImages(folder: folder.path, otherFiles: 2))
  }

  @Test func aBrokenImageIsNotPassedOver() throws {
    _ = try folder.write(grey(1), to: "a.pgm")
    let path = try folder.write(text: "x", to: "b.PNG")
    #expect(failure(try Dataset.load(path: folder.path)) == .unknownFormat(place: path))
  }
}
