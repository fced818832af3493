import Blob
import EntropyCoding
import Testing

@Suite struct IndexedReadingTests {
  @Test func survivorsAreWhereTheBytesSay() throws {
    let model = try BlobReader.read(HandMade.indices([3, 0, 1, 0x10, 3, 1, 1, 2, 0]).bytes)
    let weights = try #require(model.steps.first?.weights)
    guard case .table(_, let codes) = weights.values else {
      Issue.record("no table")
      return
    }
    #expect(codes.positions == [0, 1, 3, 6] && codes.values == [0, 1, 1, 0])
  }

  /// What a reader that runs may let pass, the one that checks does not.
  @Test(arguments: [
    ([2, 0, 4, 0, 0], .column(at: 16)), ([2, 1, 1, 0, 0], .column(at: 16)), ([2, 1, 0, 0, 0], .column(at: 16)),
    ([2, 0, 1, 0x02, 0], .level(at: 24)), ([2, 0, 1, 0x20, 0], .level(at: 28)), ([1, 0, 0x10, 0], .fillBitSet),
  ] as [([UInt8], EntropyCodingError)])
  func wrongColumnsAndCodesAreFound(lane: [UInt8], fault: EntropyCodingError) {
    #expect(throws: BlobError.invalid(.step(0), .coding(fault))) { try BlobReader.read(HandMade.indices(lane).bytes) }
  }
}
