// A result as a file: JSON with a head that says what it is, or a text.

import Die
import Files
import Foundation

/// A result with a text for people.
///
/// Its JSON is its properties by their names; those that are nil are absent (`Formats/Reports.md`).
public protocol PrintableReport: Encodable {
  /// What its JSON calls it, in `report`.
  static var reportName: String { get }
  var text: String { get }
}

extension DieReport: PrintableReport {
  public static let reportName = "die"
}

public enum ReportFile {
  /// Of what JSON means: it rises where a key goes or means something else, and stays where one is added.
  public static let schema = 1

  /// What stands before a report's own keys.
  private struct Headed<Report: PrintableReport>: Encodable {
    enum Key: CodingKey { case report, schema }

    let report: Report

    func encode(to encoder: any Encoder) throws {
      var head = encoder.container(keyedBy: Key.self)
      try head.encode(Report.reportName, forKey: .report)
      try head.encode(ReportFile.schema, forKey: .schema)
      try report.encode(to: encoder)
    }
  }

  /// A report as JSON, UTF-8, one newline at its end: keys in order, numbers that are none as `"nan"`, `"inf"`, `"-inf"`.
  public static func json(_ report: some PrintableReport) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(Headed(report: report)) + Data([UInt8(ascii: "\n")])
  }

  /// Writes a report as JSON, whole or not at all.
  public static func write(_ report: some PrintableReport, to path: String) throws(CompilerError) {
    guard let data = try? json(report) else {
      throw .cannotWrite(path: path, reason: "the report cannot be put as JSON")
    }
    try OutputFile.write(data, to: path)
  }

  /// Writes a text, whole or not at all.
  public static func write(text: String, to path: String) throws(CompilerError) {
    try OutputFile.write(Data(text.utf8), to: path)
  }
}
