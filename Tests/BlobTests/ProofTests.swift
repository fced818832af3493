import Blob
import Testing

/// The ancillary sections that have a meaning: provenance and self-test.
@Suite struct ProofTests {
  /// One dense layer of 4 inputs and 3 outputs.
  private static func model() -> BlobModel {
    var samples = SampleLayers(seed: 3)
    return SampleLayers.model([samples.layer(rows: 3, columns: 4, density: 0.6)])
  }

  private static let hash = (1...16).map { UInt8($0) }

  private static let full = BlobProvenance(
    toolVersion: "1.20.300-rc.4", teacher: hash, data: hash.reversed(),
    divergence: .init(kind: .crossEntropy, mean: 0.25, halfWidth: 0.01, samples: 10_000))

  private static func selfTest(_ count: Int) -> BlobSelfTest {
    let inputs = model().inputs.reduce(0) { $0 + 4 * $1.tensor.count }
    let outputs = model().outputs.reduce(0) { $0 + 4 * $1.count }
    return BlobSelfTest(
      tolerance: 0.5,
      samples: (0..<count).map {
        .init(
          inputs: [UInt8](repeating: UInt8($0 % 100), count: inputs),
          outputs: [UInt8](repeating: UInt8($0 % 90), count: outputs))
      })
  }

  private static func read(_ sections: [BlobAncillary]) throws -> BlobModel {
    let plain = try BlobWriter.bytes(for: model())
    return try BlobReader.read(BlobWriter.replacing(ancillary: sections, in: plain))
  }

  @Test func provenanceIsReadAsWritten() throws {
    let unknown = BlobProvenance(toolVersion: "1")
    for provenance in [Self.full, unknown] {
      let section = provenance.section
      #expect(section.kind == 128)
      #expect(section.bytes.count == 46 + provenance.toolVersion.utf8.count)
      #expect(try Self.read([section]).provenance() == provenance)
    }
    #expect(try Self.read([]).provenance() == nil)
    #expect(unknown.section.bytes.dropFirst(2).allSatisfy { $0 == 0 })
  }

  @Test func samplesAreReadAsWritten() throws {
    for count in [1, 127, 128, 255] {
      let test = Self.selfTest(count)
      #expect(test.section.kind == 129)
      #expect(try Self.read([test.section]).selfTest() == test)
    }
    #expect(try Self.read([]).selfTest() == nil)
  }

  @Test func cutSectionsAreRefused() throws {
    let (provenance, test) = (Self.full.section, Self.selfTest(2).section)
    for count in provenance.bytes.indices {
      let cut = BlobAncillary(kind: 128, bytes: Array(provenance.bytes[..<count]))
      let model = try Self.read([cut])
      #expect(throws: BlobError.invalid(.ancillary(0), .sectionEnds)) { try model.provenance() }
      #expect(try model.selfTest() == nil)
    }
    for count in test.bytes.indices {
      let cut = BlobAncillary(kind: 129, bytes: Array(test.bytes[..<count]))
      let model = try Self.read([cut])
      #expect(throws: BlobError.invalid(.ancillary(0), .sectionEnds)) { try model.selfTest() }
    }
  }

  @Test func sectionsThatAreThereTwiceOrTooLongAreRefused() throws {
    for section in [Self.full.section, Self.selfTest(1).section] {
      let other = BlobAncillary(kind: 200, bytes: [])
      let twice = try Self.read([section, other, section])
      let fault = BlobError.invalid(.ancillary(2), .sectionTwice(kind: Int(section.kind)))
      var long = section
      long.bytes.append(0)
      let longer = try Self.read([other, long])
      let leftOver = BlobError.invalid(.ancillary(1), .bytesLeftOver(1))
      if section.kind == 128 {
        #expect(throws: fault) { try twice.provenance() }
        #expect(throws: leftOver) { try longer.provenance() }
      } else {
        #expect(throws: fault) { try twice.selfTest() }
        #expect(throws: leftOver) { try longer.selfTest() }
      }
    }
  }

  /// A byte, where it is put: the version's text takes 13 bytes behind its length.
  private struct Damage: Sendable {
    let place: Int
    let byte: UInt8

    init(_ place: Int, _ byte: UInt8) { (self.place, self.byte) = (place, byte) }

    static let ofProvenance: [Damage] = [
      Damage(0, 0), Damage(0, 33), Damage(1, 32), Damage(5, 200), Damage(46, 7), Damage(46, 0),
      Damage(50, 0x7F), Damage(54, 0xBC),
    ]
    static let ofSamples: [Damage] = [
      Damage(0, 0), Damage(4, 0x7F), Damage(4, 0xBF), Damage(4, 0x40), Damage(8, 0x7F),
    ]
  }

  @Test func fieldsOutOfRangeAreRefused() throws {
    for damage in Damage.ofProvenance {
      var section = Self.full.section
      section.bytes[damage.place] = damage.byte
      if damage.byte == 0x7F { section.bytes[damage.place - 1] = 0x80 }
      let model = try Self.read([section])
      #expect(throws: BlobError.self, "\(damage)") { try model.provenance() }
    }
  }

  @Test func samplesOutOfRangeAreRefused() throws {
    for damage in Damage.ofSamples { try refuse(damage) }
  }

  private func refuse(_ damage: Damage) throws {
    let (place, byte) = (damage.place, damage.byte)
    var section = Self.selfTest(1).section
    section.bytes[place] = byte
    if byte == 0x7F { section.bytes[place - 1] = 0x80 }
    let model = try Self.read([section])
    #expect(throws: BlobError.self, "\(damage)") { try model.selfTest() }
  }

  @Test func replacingLeavesEverythingElse() throws {
    var with = Self.model()
    with.ancillary = [BlobAncillary(kind: 200, bytes: [1, 2, 3]), Self.full.section]
    let bytes = try BlobWriter.bytes(for: with)
    let plain = try BlobWriter.bytes(for: Self.model())
    #expect(try BlobWriter.replacing(ancillary: with.ancillary, in: plain) == bytes)
    #expect(try BlobWriter.replacing(ancillary: [], in: bytes) == plain)
    #expect(throws: BlobError.invalid(.ancillary(0), .range("the kind", 3, allowed: 128...255))) {
      try BlobWriter.replacing(ancillary: [BlobAncillary(kind: 3, bytes: [])], in: plain)
    }
  }

  @Test func theLedgerTellsTheSectionsApart() throws {
    let test = Self.selfTest(2).section
    let plain = try BlobWriter.bytes(for: Self.model())
    let other = BlobAncillary(kind: 200, bytes: [9])
    let bytes = try BlobWriter.replacing(ancillary: [Self.full.section, other, test], in: plain)
    let ledger = try BlobLedger(bytes)
    #expect(ledger.bytes(for: .provenance) == Self.full.section.bytes.count)
    #expect(ledger.bytes(for: .selfTest) == test.bytes.count)
    #expect(ledger.bytes(for: .ancillary) == 1)
    let without = try BlobWriter.replacing(ancillary: [Self.full.section, other], in: plain)
    #expect(ledger.totalBytes - ledger.selfTestBytes == without.count)
    #expect(try BlobLedger(plain).selfTestBytes == 0)
  }
}
