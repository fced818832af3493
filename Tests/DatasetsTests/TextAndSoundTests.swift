import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct CSVTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func load(_ text: String) throws -> Dataset { try Dataset.load(path: try folder.write(text: text)) }

  @Test(arguments: [
    "1,2.5,-3\n4,5e1,6\n", "1;2.5;-3\r\n4;50;6", "1\t2.5\t-3\n\n4\t50\t6\n", "# of savetxt\n 1 2.5  -3\n4 50 6 \n",
    "a,b,c\n1,2.5,-3\n4,50,6\n", "\u{FEFF}1, 2.5, -3\n4, 50, 6\n", "\"1\",\"2.5\",\"-3\"\n\"4\",\"50\",\"6\"\n",
  ])
  func everyWayOfWritingIsRead(text: String) throws {
    let data = try load(text)
    #expect(data.sampleShape == [3] && data.labels == nil)
    #expect(data.samples(0..<data.count).values == [1, 2.5, -3, 4, 50, 6])
    let packed = try Dataset.load(path: try folder.write(Compression.gzip(Array(text.utf8))))
    #expect(packed.count == 2)
  }

  @Test func aColumnMayBeLabels() throws {
    for name in ["label", "Class", "y"] {
      let data = try load("p0,\(name),p1\n7,3,8\n9,0,1\n")
      #expect(data.labels == [3, 0] && data.sampleShape == [2])
      #expect(data.samples(0..<2).values == [7, 8, 9, 1])
    }
  }

  @Test func whatIsWrongIsSaid() throws {
    let path = folder.path + "/file"
    let refused: [(String, DatasetError)] = [
      ("hello", .unknownFormat(place: path)), ("a,b\n", .unknownFormat(place: path)),
      ("1,2\n3,x\n", .noNumber(place: path, line: 2, column: 2, text: "x")),
      ("1;2\n3;4,5\n", .noNumber(place: path, line: 2, column: 2, text: "4,5")),
      ("1,2\n3,\n", .noNumber(place: path, line: 2, column: 2, text: "")),
      ("1,2\n3\n", .lineLength(place: path, line: 2, cells: 1, columns: 2)),
      ("1,2\n3,4,5\n", .lineLength(place: path, line: 2, cells: 3, columns: 2)),
      ("1,1e39\n", .notFinite(place: path, element: 1)), ("1,nan\n", .notFinite(place: path, element: 1)),
      ("x,label\n1,-1\n", .badLabel(place: path, index: 0)), ("x,label\n1,0.5\n", .badLabel(place: path, index: 0)),
      ("y,label\n1,1\n", .badHeader(place: path, field: "one column of labels")),
      ("label\n1\n", .noSamples(place: path)),
    ]
    for (text, error) in refused {
      let file = try folder.write(text: text)
      #expect(failure(try Dataset.load(path: file)).map { "\($0)" } == "\(error)".replacingOccurrences(of: path, with: file), "\(text)")
    }
  }
}

@Suite struct WAVTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func little(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  /// A recording with a chunk of another kind in front of its data.
  private func wav(
    _ data: [UInt8], bits: Int = 16, channels: Int = 1, rate: Int = 16_000, code: Int = 1, extensible: Bool = false
  ) -> [UInt8] {
    let width = channels * bits / 8
    var format = little(extensible ? 0xFFFE : code, 2) + little(channels, 2) + little(rate, 4) + little(rate * width, 4)
      + little(width, 2) + little(bits, 2)
    if extensible { format += little(22, 2) + little(bits, 2) + little(0, 4) + little(code, 2) + [UInt8](repeating: 7, count: 14) }
    let chunks = Array("LIST".utf8) + little(3, 4) + [1, 2, 3, 0] + Array("fmt ".utf8) + little(format.count, 4) + format
      + Array("data".utf8) + little(data.count, 4) + data
    return Array("RIFF".utf8) + little(chunks.count + 4, 4) + Array("WAVE".utf8) + chunks
  }

  @Test func everyNumberIsRead() throws {
    let cases: [(bytes: [UInt8], bits: Int, code: Int, values: [Float])] = [
      ([0, 128, 192], 8, 1, [-1, 0, 0.5]), ([0, 0x80, 0, 0x40], 16, 1, [-1, 0.5]),
      ([0, 0, 0x80, 0, 0, 0x40], 24, 1, [-1, 0.5]), ([0, 0, 0, 0x80, 0, 0, 0, 0x40], 32, 1, [-1, 0.5]),
      (little(Int(truncatingIfNeeded: Float(1.5).bitPattern), 4), 32, 3, [1.5]), (little(Int(truncatingIfNeeded: Double(-0.25).bitPattern), 8), 64, 3, [-0.25]),
    ]
    for (bytes, bits, code, values) in cases {
      for extensible in [false, true] {
        let path = try folder.write(wav(bytes, bits: bits, code: code, extensible: extensible))
        let data = try Dataset.load(path: path)
        #expect(data.sampleShape == [values.count] && data.samples(0..<1).values == values, "\(bits) bits")
      }
    }
    let raw = try Dataset.load(path: try folder.write(wav([0, 0x80, 1, 0])), scale: [1])
    #expect(raw.samples(0..<1).values == [-32768, 1])
  }

  @Test func channelsLieOneBehindTheOther() throws {
    let path = try folder.write(wav([1, 2, 3, 4, 5, 6].flatMap { little($0, 2) }, channels: 2))
    let data = try Dataset.load(path: path, scale: [1])
    #expect(data.sampleShape == [2, 3] && data.samples(0..<1).values == [1, 3, 5, 2, 4, 6])
    let windows = try Dataset.load(path: path, scale: [1], reading: .init(elements: 2))
    #expect(windows.count == 3 && windows.samples(0..<3).values == [1, 2, 3, 4, 5, 6])
  }

  @Test func recordingsAreCutToTheInput() throws {
    for (name, count) in [("no/a.wav", 2), ("no/b.wav", 5), ("yes/a.wav", 3)] {
      _ = try folder.write(wav((1...count).flatMap { little($0, 2) }), to: name)
    }
    let data = try Dataset.load(path: folder.path, scale: [1], reading: .init(elements: 3))
    #expect(data.samples(0..<3).values == [1, 2, 0, 1, 2, 3, 1, 2, 3] && data.labels == [0, 0, 1])
    #expect(data.notes == [
      "sound of 16000 Hz, 3 windows of 3", "1 recordings are shorter than the input and end in silence",
      "what is left of 1 recordings behind their last whole window is left out",
    ])
    let second = folder.path + "/no/b.wav"
    #expect(failure(try Dataset.load(path: folder.path)) == .soundDiffers(path: second, firstPath: folder.path + "/no/a.wav"))
    _ = try folder.write(wav([1, 0], rate: 8000), to: "no/b.wav")
    #expect(
      failure(try Dataset.load(path: folder.path, reading: .init(elements: 3)))
        == .soundDiffers(path: second, firstPath: folder.path + "/no/a.wav"))
  }

  @Test func noByteIsTrusted() throws {
    let good = wav([1, 0, 2, 0, 3, 0])
    for length in 0..<good.count {
      #expect(failure(try Dataset.load(path: try folder.write(Array(good[..<length]), to: "a.bin"))) != nil, "the first \(length) bytes")
    }
    var outcomes = 0
    for index in good.indices {
      for change: UInt8 in [0x01, 0x80, 0xFF] {
        var changed = good
        changed[index] ^= change
        if let error = failure(try Dataset.load(path: try folder.write(changed, to: "a.bin"))) { #expect(!error.sentence.isEmpty) }
        outcomes += 1
      }
    }
    #expect(outcomes == 3 * good.count)
    let path = try folder.write(text: "no sound", to: "b.wav")
    #expect(failure(try Dataset.load(path: folder.path + "/b.wav")) == .unknownFormat(place: path))
    _ = try folder.write(wav([1, 0, 2]), to: "c.wav")
    #expect(failure(try Dataset.load(path: folder.path + "/c.wav")) == .badHeader(place: folder.path + "/c.wav", field: "length of its data"))
    _ = try folder.write(wav([1, 0], code: 6), to: "c.wav")
    #expect(failure(try Dataset.load(path: folder.path + "/c.wav"))?.sentence.contains("format 6") == true)
  }
}
