import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

/// What OpenCV makes of small photographs: Tests/Photographs/make.py.
private struct Oracle: Decodable {
  struct JPEGFile: Decodable {
    let name: String
    let file: Data
    let width, height: Int?
    let pixels: Data?
  }

  struct Resized: Decodable {
    let from, to: [Int]
    let pixels: Data
  }

  let jpegs: [JPEGFile]
  let resized: [Resized]
  let luma: Data

  static let kept: Oracle = {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = tests.appendingPathComponent("Photographs/photographs.json")
    return try! JSONDecoder().decode(Oracle.self, from: Data(contentsOf: file))
  }()

  static func jpeg(_ name: String) -> [UInt8] { Array(kept.jpegs.first { $0.name == name }!.file) }

  /// Pixels by the rule of make.py.
  static func picture(_ width: Int, _ height: Int, _ channels: Int) -> Photograph {
    let pixels = (0..<(width * height * channels)).map { (i: Int) -> UInt8 in UInt8((i * i * 7 + i * 13) % 251) }
    return Photograph(width: width, height: height, channels: channels, pixels: pixels)
  }
}

@Suite struct JPEGTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func decode(_ bytes: [UInt8]) throws -> Photograph { try Photograph.load(folder.write(bytes, to: "a.jpg")) }

  @Test func pixelsAreOpenCVs() throws {
    for file in Oracle.kept.jpegs {
      guard let pixels = file.pixels else { continue }
      let photograph = try decode(Array(file.file))
      #expect(photograph.width == file.width && photograph.height == file.height, "\(file.name)")
      #expect(photograph.pixels == Array(pixels), "\(file.name)")
    }
  }

  @Test func oneJPEGIsASample() throws {
    let path = try folder.write(Oracle.jpeg("grey"), to: "a.jpg")
    let data = try Dataset.load(path: path)
    let photograph = try Photograph.load(path)
    #expect(data.sampleShape == [1, 13, 21] && data.isImage)
    #expect(data.samples(0..<1).values == photograph.pixels.map { Float($0) * (1.0 / 255) })
  }

  @Test func fourColoursAreRefusedByName() throws {
    let error = failure(try decode(Oracle.jpeg("four colours")))
    #expect(error?.sentence.contains("CMYK") == true)
  }

  /// A picture whose end is missing decodes to one that is half grey: an error, not a sample.
  @Test func cutFilesAreRefused() throws {
    for name in ["colours at half size", "progressive", "grey"] {
      let bytes = Oracle.jpeg(name)
      for count in stride(from: 0, to: bytes.count - 2, by: 3) {
        #expect(throws: DatasetError.self, "\(name), the first \(count) bytes") {
          try decode(Array(bytes[..<count]))
        }
      }
    }
  }

  @Test func sizesAreBoundedBeforeAnythingIsAllocated() throws {
    var bytes = Oracle.jpeg("colours in full")
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC0]) })
    for place in (start + 5)..<(start + 9) { bytes[place] = 0xFD }
    guard case .tooLarge? = failure(try decode(bytes)) else {
      Issue.record("a picture of 65,021 x 65,021 pixels")
      return
    }
  }

  /// Whatever a byte is, there is a picture of the header's size or an error.
  @Test func everyByteMayBeAnother() throws {
    let bytes = Oracle.jpeg("orientation 6")
    for place in bytes.indices {
      for value in [0, 0x7F, 0xFF] as [UInt8] {
        var other = bytes
        other[place] = value
        do {
          let photograph = try decode(other)
          #expect(photograph.pixels.count == photograph.width * photograph.height * photograph.channels)
        } catch let error as DatasetError {
          #expect(!error.sentence.isEmpty)
        }
      }
    }
  }
}

@Suite struct FittingTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func interleaved(_ planes: [UInt8], _ channels: Int) -> [UInt8] {
    let plane = planes.count / channels
    return (0..<plane).flatMap { i in (0..<channels).map { planes[$0 * plane + i] } }
  }

  @Test func stretchingIsOpenCVsResize() {
    for case_ in Oracle.kept.resized {
      let (from, to) = (case_.from, case_.to)
      let fit = ImageFit(.stretch, width: to[0], height: to[1], channels: from[2])
      let (planes, placement) = Oracle.picture(from[0], from[1], from[2]).fitted(to: fit)
      #expect(interleaved(planes, from[2]) == Array(case_.pixels), "\(from) to \(to)")
      #expect(placement.left == 0 && placement.top == 0 && placement.width == to[0] && placement.height == to[1])
    }
  }

  @Test func lumaIsOpenCVs() {
    #expect(Oracle.picture(32, 8, 3).inChannels(1).pixels == Array(Oracle.kept.luma))
    #expect(Oracle.picture(2, 1, 1).inChannels(3).pixels == [0, 0, 0, 20, 20, 20])
  }

  /// Sizes are Darknet's: 640 x 427 in 416 x 416 is 416 x 277, rows 69 to 345.
  @Test func letterboxesKeepProportions() {
    let fit = ImageFit(.letterbox, width: 416, height: 416, channels: 3)
    func place(_ w: Int, _ h: Int) -> [Int] {
      let place = fit.placement(ofWidth: w, height: h)
      return [place.left, place.top, place.width, place.height]
    }
    #expect(place(640, 427) == [0, 69, 416, 277])
    #expect(place(427, 640) == [69, 0, 277, 416])
    #expect(place(100, 100) == [0, 0, 416, 416])
    #expect(place(100_000, 1) == [0, 207, 416, 1])
  }

  @Test func greyIsBesideALetterbox() {
    let fit = ImageFit(.letterbox, width: 4, height: 4, channels: 1)
    let (planes, _) = Photograph(width: 4, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6, 7, 8]).fitted(to: fit)
    let grey = [UInt8](repeating: 128, count: 4)
    #expect(planes == grey + [1, 2, 3, 4, 5, 6, 7, 8] + grey)
  }

  @Test func folderOfMixedSizesBecomesSamplesOfOne() throws {
    for (name, file) in [("b.jpg", "grey"), ("a.jpeg", "progressive"), ("c", "orientation 6")] {
      _ = try folder.write(Oracle.jpeg(file), to: name)
    }
    let path = folder.url.path
    guard case .imageDiffers? = failure(try Dataset.load(path: path)) else {
      Issue.record("images of several sizes")
      return
    }
    let fit = ImageFit(.stretch, width: 5, height: 4, channels: 3)
    let data = try Dataset.load(path: path, reading: .init(fit: fit))
    #expect(data.count == 3 && data.sampleShape == [3, 4, 5])
    let grey = data.samples(1..<2).values
    #expect(grey[..<20] == grey[20..<40] && grey[..<20] == grey[40...])
    #expect(try SampleFolder.images(in: path).map { URL(fileURLWithPath: $0).lastPathComponent } == ["a.jpeg", "b.jpg", "c"])
  }

  @Test func arraysAreNotFitted() throws {
    let path = try folder.write(Make.npy("|u1", "(2, 1)", [1, 2]), to: "a.npy")
    let fit = ImageFit(.stretch, width: 5, height: 4, channels: 3)
    #expect(failure(try Dataset.load(path: path, reading: .init(fit: fit))) == .noImagesToFit(place: path))
  }
}

@Suite struct PNGWriterTests {
  @Test(arguments: [1, 3]) func picturesAreReadAsWritten(channels: Int) throws {
    let folder = try TemporaryFolder()
    let picture = Oracle.picture(13, 7, channels)
    let read = try Photograph.load(folder.write(PNGWriter.bytes(of: picture), to: "a.png"))
    #expect(read.width == 13 && read.height == 7 && read.channels == channels && read.pixels == picture.pixels)
  }
}

@Suite struct BoxLabelTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func boxes(_ text: String) throws -> [[LabelledBox]?] {
    _ = try folder.write(Array(text.utf8), to: "one.txt")
    return try BoxLabels.load(folder.url.path, for: ["images/one.jpg", "images/two.png"])
  }

  @Test func aLineIsAnObject() throws {
    let read = try boxes("3 0.5 0.25 0.125 0.5\r\n\n0\t1 1  0.01 1\n")
    #expect(read == [
      [
        LabelledBox(classNumber: 3, centreX: 0.5, centreY: 0.25, width: 0.125, height: 0.5),
        LabelledBox(classNumber: 0, centreX: 1, centreY: 1, width: 0.01, height: 1),
      ], nil,
    ])
    #expect(try boxes("") == [[], nil])
  }

  @Test(arguments: [
    "1 0.5 0.5 0.1", "x 0.5 0.5 0.1 0.1", "-1 0.5 0.5 0.1 0.1", "0 200 0.5 0.1 0.1", "0 nan 0.5 0.1 0.1",
    "0 0.5 0.5 0 0.1", "0 0.5 0.5 0.1 inf", "0 0.5 0.5 0.1 0.1 0.9",
  ]) func linesThatAreNoBoxesAreRefused(line: String) throws {
    let error = #expect(throws: DatasetError.self) { try boxes("0 0.5 0.5 0.1 0.1\n" + line) }
    #expect(error?.sentence.contains("line 2") == true)
  }

  @Test func noLabelsAtAllAreAnError() {
    #expect(failure(try BoxLabels.load(folder.url.path, for: ["a.jpg"]))
      == .noBoxes(folder: folder.url.path, photographs: 1))
    #expect(failure(try BoxLabels.load(folder.url.path + "/none", for: ["a.jpg"])) != nil)
  }

  @Test func namesAreAsManyAsClasses() throws {
    let path = try folder.write(Array("cat\r\n fire hydrant\n\n".utf8), to: "names")
    #expect(try ClassNames.load(path, count: 2) == ["cat", "fire hydrant"])
    let error = failure(try ClassNames.load(path, count: 3))
    #expect(error?.sentence.contains("2 names") == true && error?.sentence.contains("3 classes") == true)
  }
}
