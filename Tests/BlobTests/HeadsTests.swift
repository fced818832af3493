import Blob
import Testing

/// How a detector's outputs are read as boxes: Formats/Blob.md, "Heads".
@Suite struct HeadsTests {
  /// One step whose output is 14 x 2 x 3: two anchors of two classes on a grid of 3 x 2.
  private static func model() -> BlobModel {
    var samples = SampleLayers(seed: 3)
    var model = SampleLayers.model([samples.layer(rows: 84, columns: 4, density: 0.6)])
    model.outputs[0].shape = [14, 2, 3]
    return model
  }

  private static let heads = BlobHeads(
    fit: .letterbox,
    heads: [
      .init(
        output: 0, kind: .yolo, hasNewCoordinates: true, hasSoftmax: false,
        anchors: [.init(width: 10, height: 14.5), .init(width: 1, height: 2)], classCount: 2, inputWidth: 96,
        inputHeight: 64, scaleXY: 1.05)
    ])

  private static func read(_ sections: [BlobAncillary]) throws -> BlobModel {
    try BlobReader.read(BlobWriter.replacing(ancillary: sections, in: BlobWriter.bytes(for: model())))
  }

  private static func heads(_ bytes: [UInt8]) throws -> BlobHeads? {
    try read([BlobAncillary(kind: 130, bytes: bytes)]).heads()
  }

  @Test func headsAreReadAsWritten() throws {
    let section = Self.heads.section
    #expect(section.kind == 130 && section.bytes.count == 2 + 14 + 2 * 8)
    #expect(try Self.read([section]).heads() == Self.heads)
    #expect(try Self.read([]).heads() == nil)
    let bytes = try BlobWriter.replacing(ancillary: [section], in: BlobWriter.bytes(for: Self.model()))
    #expect(try BlobLedger(bytes).bytes(for: .heads) == section.bytes.count)
  }

  @Test func classesThatCountAreABitEach() throws {
    var heads = Self.heads
    heads.heads[0].countedClasses = [1]
    let bytes = heads.section.bytes
    #expect(bytes.count == Self.heads.section.bytes.count + 1 && bytes[4] == 5 && bytes.last == 2)
    #expect(try Self.heads(bytes) == heads)
    // None of the two, and one that is not there.
    for wrong in [0, 4] as [UInt8] {
      #expect(throws: BlobError.self) { try Self.heads(bytes.dropLast() + [wrong]) }
    }
  }

  @Test func cutAndDoubledSectionsAreRefused() throws {
    let section = Self.heads.section
    for count in section.bytes.indices {
      #expect(throws: BlobError.self, "\(count) bytes") { try Self.heads(Array(section.bytes[..<count])) }
    }
    #expect(throws: BlobError.invalid(.ancillary(0), .bytesLeftOver(1))) { try Self.heads(section.bytes + [0]) }
    #expect(throws: BlobError.invalid(.ancillary(1), .sectionTwice(kind: 130))) {
      try Self.read([section, section]).heads()
    }
  }

  /// A field at an offset, and a value that it must not have.
  @Test(arguments: [
    (0, 3), (1, 0), (2, 1), (3, 0), (3, 3), (4, 4), (4, 8), (5, 1), (6, 3), (8, 0), (15, 0xFF), (23, 0x80),
  ]) func fieldsOutOfRangeAreRefused(offset: Int, value: UInt8) throws {
    var bytes = Self.heads.section.bytes
    bytes[offset] = value
    // A size of the input is two bytes.
    if offset == 8 { bytes[9] = 0 }
    #expect(throws: BlobError.self) { try Self.heads(bytes) }
  }
}
