// What a blob tells of itself, for people and machines.

import Blob
import Compiler
import Foundation
import Verification

/// What a blob says that it comes from.
public struct ProvenanceReport: Codable, Equatable, Sendable {
  public var toolVersion: String
  /// The first 16 bytes of SHA-256 in hexadecimal: of the model's files and of the samples.
  public var teacher: String?
  public var data: String?
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
  public var samples: Int
  /// Of the file, the section's entry in the section table included.
  public var bytes: Int
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
