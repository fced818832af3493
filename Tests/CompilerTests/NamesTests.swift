import Blob
import Compiler
import Delivery
import Foundation
import Planning
import Testing

/// Which blobs say what inputs, outputs and layers are called.
struct NamesTests {
  /// A blob of one layer, with a self-test of so many bytes or without one.
  private static func blob(selfTest: Int? = nil) throws -> DecodedBlob {
    let bench = try Workbench()
    var options = try bench.options()
    (options.keepsNames, options.selfTest) = (false, selfTest)
    try bench.compile(options)
    return try DecodedBlob(Array(bench.bytes("out.kgl")))
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
    for selfTest in [nil, 3] {
      let blob = try Self.blob(selfTest: selfTest)
      let own = blob.bytes.count - BlobLedger(blob).selfTestBytes
      #expect((own < blob.bytes.count) == (selfTest != nil))
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
        #expect(kinds == [128] + (isKept ? [131] : []) + (selfTest == nil ? [] : [129]))
      }
    }
  }

  @Test func aLimitOfBytesComesBeforeNames() throws {
    let blob = try Self.blob(selfTest: 2)
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
    let sizes = try [nil, false, true].map { told in
      options.keepsNames = told
      return try bench.compile(options, to: "\(told as Any).kgl").blobBytes
    }
    // The network is so small that its names cost more than a fiftieth.
    let named = try DecodedBlob(Array(bench.bytes("\(true as Bool? as Any).kgl")))
    let cost = BlobLedger(named).namesBytes
    #expect(sizes[0] == sizes[1] && sizes[2] == sizes[1] + cost)
    #expect(50 * cost >= sizes[1])
  }
}
