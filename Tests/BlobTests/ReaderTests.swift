import Blob
import Testing

@Suite struct ReaderTests {
  /// A layer of 2^14 x 2^14 equal weights takes no bits at all.
  @Test func aSmallFileCannotTakeAllMemory() throws {
    var samples = SampleLayers(seed: 40)
    let small = SampleLayers.model([samples.layer(rows: 100, columns: 100, density: 1, levels: 1)])
    let bytes = try BlobWriter.bytes(for: small)
    #expect(bytes.count < 400)
    #expect(try BlobReader.read(bytes, unpackedLimit: 10_200) == small)
    #expect(throws: BlobError.invalid(.step(0), .tooLarge(limit: 10_000))) {
      try BlobReader.read(bytes, unpackedLimit: 10_000)
    }
    #expect(BlobError.invalid(.step(0), .tooLarge(limit: 1)).status == -6)
  }

  @Test func errorsNameTheirPlaceAndCause() {
    let error = BlobError.invalid(.step(3), .range("the opcode", 16, allowed: 1...15))
    #expect(error.sentence == "In step 3, the opcode is 16, which is not within 1 to 15.")
    let coding = BlobError.invalid(.step(0), .coding(.fillBitSet)).sentence
    #expect(coding.hasPrefix("In step 0, the coded weights are wrong: an unused bit"))
    #expect(BlobError.checksum(.section(1)).sentence.contains("section 1"))
    #expect(
      BlobError.version(1).sentence
        == "The file has format version 1; this kinglet reads version 2: encode the model again.")
    #expect(
      BlobError.version(3).sentence
        == "The file has format version 3; this kinglet reads version 2: use a newer kinglet.")
  }

  @Test func statusesAreTheDocuments() {
    let statuses: [(BlobError, Int32, String)] = [
      (.truncated(bytes: 0, needed: 20), -1, "KGL_ERR_TRUNCATED"), (.magic, -2, "KGL_ERR_MAGIC"),
      (.version(3), -3, "KGL_ERR_VERSION"), (.checksum(.header), -4, "KGL_ERR_CHECKSUM"),
      (.invalid(.header, .reserved), -5, "KGL_ERR_CORRUPT"),
    ]
    for (error, status, name) in statuses {
      #expect(error.status == status)
      #expect(error.statusName == name)
    }
  }
}
