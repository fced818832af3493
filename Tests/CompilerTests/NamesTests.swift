import Blob
import Compiler
import Delivery
import Foundation
import Planning
import Testing

/// Which blobs say what inputs, outputs and layers are called.
struct NamesTests {
  /// A blob that says where it comes from, with a self-test or without one.
  private static func blob(hasSelfTest: Bool = false) throws -> DecodedBlob {
    var model = SmallDie.model()
    model.steps[0] = .dense(
      BlobDense(x: 0, y: 40, i: 40, o: 300, weights: SmallDie.layer(300, 40, density: 0.4, seed: 1)))
    model.steps[1] = .dense(
      BlobDense(x: 40, y: 340, i: 300, o: 24, weights: SmallDie.layer(24, 300, density: 0.3, seed: 2)))
    (model.arenaBytes, model.outputs[0].place) = (4 * 364, 340)
    model.ancillary = [BlobProvenance(toolVersion: "1", teacher: nil, data: nil).section]
    if hasSelfTest {
      let sample = BlobSelfTest.Sample(inputs: Array(repeating: 0, count: 160), outputs: Array(repeating: 0, count: 96))
      model.ancillary.append(BlobSelfTest(tolerance: 0, samples: [sample]).section)
    }
    return try DecodedBlob(BlobWriter.bytes(for: model))
  }

  /// Names whose section adds so many bytes to a blob.
  private static func names(adding bytes: Int, to blob: DecodedBlob) -> BlobNames {
    let (model, count) = (blob.model, blob.model.layerCount)
    func names(_ text: String) -> BlobNames {
      BlobNames(
        inputs: model.inputs.map { _ in "" }, outputs: model.outputs.map { _ in text }, layers: Array(repeating: "", count: count))
    }
    return names(String(repeating: "x", count: bytes - names("").section.fileBytes))
  }

  private static func isNamed(_ blob: DecodedBlob) throws -> Bool { try blob.model.names() != nil }

  @Test func namesThatTakeAFiftiethAreLeftOut() throws {
    for hasSelfTest in [false, true] {
      let blob = try Self.blob(hasSelfTest: hasSelfTest)
      let own = blob.bytes.count - BlobLedger(blob).selfTestBytes
      #expect((own < blob.bytes.count) == hasSelfTest)
      let most = (own - 1) / 50
      for (bytes, isKept) in [(most, true), (most + 1, false)] {
        let names = Self.names(adding: bytes, to: blob)
        #expect(names.section.fileBytes == bytes)
        let named = try blob.withAffordableNames(names, within: nil, on: nil)
        #expect(try Self.isNamed(named) == isKept, "\(bytes) bytes for \(own)")
        #expect(named.bytes.count == blob.bytes.count + (isKept ? bytes : 0))
        #expect(BlobLedger(named).namesBytes == (isKept ? bytes : 0))
        #expect(named.model.steps == blob.model.steps && named.model.ancillary[0] == blob.model.ancillary[0])
        let kinds = named.model.ancillary.map(\.kind)
        #expect(kinds == [128] + (isKept ? [131] : []) + (hasSelfTest ? [129] : []))
      }
    }
  }

  @Test func aLimitOfBytesComesBeforeNames() throws {
    let blob = try Self.blob(hasSelfTest: true)
    let own = blob.bytes.count - BlobLedger(blob).selfTestBytes
    let names = Self.names(adding: (own - 1) / 50, to: blob)
    let cost = names.section.fileBytes
    #expect(try Self.isNamed(blob.withAffordableNames(names, within: own + cost, on: nil)))
    #expect(try !Self.isNamed(blob.withAffordableNames(names, within: own + cost - 1, on: nil)))
  }

  @Test func soDoesATargetsFlash() throws {
    let blob = try Self.blob()
    let names = Self.names(adding: (blob.bytes.count - 1) / 50, to: blob)
    for (room, isKept) in [(names.section.fileBytes, true), (names.section.fileBytes - 1, false)] {
      let target = SmallDie.target(bytes: blob.bytes.count + room, side: 0, kind: .flash)
      #expect(try Self.isNamed(blob.withAffordableNames(names, within: nil, on: target)) == isKept)
    }
  }

  @Test func noNamesAreNoSection() throws {
    let blob = try Self.blob()
    let names = BlobNames(inputs: [""], outputs: [""], layers: Array(repeating: "", count: blob.model.layerCount))
    #expect(names.isEmpty)
    #expect(try blob.withAffordableNames(names, within: nil, on: nil).bytes == blob.bytes)
  }

  @Test func optionsDecideBeforeTheCost() throws {
    let bench = try Workbench()
    var options = try bench.options()
    let sizes = try [("a.kgl", nil), ("b.kgl", false), ("c.kgl", true)].map { name, told in
      options.keepsNames = told
      return try bench.compile(options, to: name).blobBytes
    }
    // The network is so small that its names cost more than a fiftieth.
    let cost = BlobLedger(try DecodedBlob(Array(bench.bytes("c.kgl")))).namesBytes
    #expect(sizes[0] == sizes[1] && sizes[2] == sizes[1] + cost)
    #expect(50 * cost >= sizes[1])
  }
}
