// What a command gives: a text for people, or JSON.

import ArgumentParser
import Compiler
import Foundation

/// Where a result goes as JSON.
struct ResultOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write the result as JSON to this file; -: to standard output, in place of the text.", valueName: "file"))
  var json: String?

  /// What there is to be written to.
  var files: [String] { json.map { $0 == "-" ? [] : [$0] } ?? [] }
}

/// A result for people on standard output, and as JSON in a file where wanted; to `-`, on standard output in place of the text.
func emit<Report: PrintableReport>(_ report: Report, json: String?) throws {
  guard Ranked.isFirst else { return }
  guard json != "-" else { return FileHandle.standardOutput.write(try ReportFile.json(report)) }
  if let json { try ReportFile.write(report, to: json) }
  print(report.text)
  // What is said on standard error next comes after it, in one pipe too.
  fflush(nil)
}
