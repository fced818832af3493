// What a blob tells of itself, for people and machines.

import Blob
import Compiler
import Foundation
import Verification

/// What a blob says that it comes from.
public struct ProvenanceReport: Codable, Equatable, Sendable {
  /// Version of the Kinglet that made it.
  public var toolVersion: String
  /// The first 16 bytes of SHA-256 of the model's files, hexadecimal; nil where that is not known.
  public var teacher: String?
  /// The same of the samples.
  public var data: String?
  /// From the teacher, as it was measured then; nil: it was not.
  public var divergence: DivergenceReport?

  init(_ provenance: BlobProvenance) {
    func text(_ hash: [UInt8]) -> String { hash.map { String(format: "%02x", $0) }.joined() }
    toolVersion = provenance.toolVersion
    (teacher, data) = (provenance.teacher.map(text), provenance.data.map(text))
    divergence = provenance.divergence.map(DivergenceReport.init)
  }

  var text: String {
    "made by kinglet \(toolVersion) from model \(teacher ?? "unknown"), data \(data ?? "unknown")\n"
      + (divergence?.text ?? "divergence not measured")
  }
}

/// The samples that a blob carries.
public struct SelfTestReport: Codable, Equatable, Sendable {
  /// How many samples it holds, each with the answers that are expected.
  public var samples: Int
  /// Of the file, the section's entry in the section table included.
  public var bytes: Int
  /// By how much an answer may differ from what is expected, relative to the largest; 0: by nothing.
  public var tolerance: Float

  var text: String { "self-test of \(samples) samples, \(bytes) bytes, tolerance \(tolerance)" }
}

extension BlobReport {
  static func proof(of model: BlobModel, _ ledger: BlobLedger)
    -> (ProvenanceReport?, SelfTestReport?, names: BlobNames?, faults: [String])
  {
    var (provenance, selfTest, names): (ProvenanceReport?, SelfTestReport?, BlobNames?)
    var faults: [String] = []
    do {
      provenance = try model.provenance().map(ProvenanceReport.init)
    } catch {
      faults.append("provenance: \(error.sentence)")
    }
    do {
      selfTest = try model.selfTest().map {
        SelfTestReport(
          samples: $0.samples.count, bytes: ledger.selfTestBytes, tolerance: $0.tolerance)
      }
    } catch {
      faults.append("self-test: \(error.sentence)")
    }
    do {
      names = try model.names()
    } catch {
      faults.append("names: \(error.sentence)")
    }
    return (provenance, selfTest, names, faults)
  }
}
