// Several blobs against their teachers on one set of samples, as a table.

import Compiler
import Foundation
import Intake
import ModelLoading
import Tensors

/// What `kinglet compare` tells: a blob a row, in the order given.
public struct BlobComparison: Codable, PrintableReport, Sendable {
  public static let reportName = "comparison"

  public struct Row: Codable, Sendable {
    /// Path of the blob.
    public var blob: String
    /// Path of its teacher.
    public var teacher: String
    /// What `verify` finds of the two.
    public var verification: VerificationReport
  }

  /// One of each blob, in the order of the command line.
  public var rows: [Row]

  /// Verifies each blob as ``Verification`` does.
  ///
  /// - Parameters:
  ///   - blobs: at least one.
  ///   - teachers: one for all of them, or one for each.
  /// - Throws: ``CompilerError/usage(reason:)`` where teachers are neither; else what verifying the first that is wrong throws.
  public static func compare(
    blobs: [String], teachers: [String], axes: ModelAxes = [:], test: DataOptions, task: TaskOptions, threads: Int, seed: UInt64,
    anyTeacher: Bool = false
  ) throws(CompilerError) -> BlobComparison {
    guard teachers.count == 1 || teachers.count == blobs.count else {
      throw .usage(reason: "--teacher is given \(teachers.count) times for \(blobs.count) blobs: give one, or one for each")
    }
    var rows: [Row] = []
    for (index, blob) in blobs.enumerated() {
      let teacher = teachers.count == 1 ? teachers[0] : teachers[index]
      let report = try CompilerError.naming(blob) { () throws(CompilerError) in
        try Verification.verify(
          blob: blob, teacher: teacher, axes: axes, test: test, task: task, threads: threads, seed: seed, anyTeacher: anyTeacher)
      }
      rows.append(Row(blob: blob, teacher: teacher, verification: report))
    }
    return BlobComparison(rows: rows)
  }

  public var text: String {
    let lines = rows.map { row in
      let report = row.verification
      return [
        row.blob, "\(report.blobBytes)", String(format: "%.1fx", report.ratio), "\(report.arenaBytes)",
        report.teacherAccuracy?.percent ?? "-", report.edgeAccuracy?.percent ?? "-",
        report.task == .classification ? report.agreement.percent : "-", report.loss.points, report.lossName,
      ]
    }
    let head = ["blob", "bytes", "ratio", "arena", "teacher", "edge", "alike", "loss", "of"]
    let widths = head.indices.map { column in ([head] + lines).map { $0[column].count }.max() ?? 0 }
    let table = ([head] + lines).map { cells in
      let padded = zip(cells, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 || column == head.count - 1 ? cell.0 + space : space + cell.0
      }
      return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }
    let samples = Set(rows.map(\.verification.samples)).sorted().map(String.init).joined(separator: ", ")
    return (table + ["\(samples) samples each"]).joined(separator: "\n")
  }
}
