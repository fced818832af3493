import ArgumentParser
import Compiler
import Foundation
import Record
import Report

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One HTML page of a run's record: trials, divergence, histograms, bytes by layer; of several, a comparison.",
    discussion: """
      The record is what `compile --record` or `evolve --record` wrote, of a run that is over or not.
      The page needs no network and no script.

      EXAMPLES
        kinglet report run.jsonl -o run.html
        kinglet report sparser.jsonl finer.jsonl -o sweep.html
      """)

  @Argument(help: "Records, JSON Lines: the page tells of one, or compares up to \(ComparisonPage.mostRuns).")
  var records: [String]

  @Option(name: .shortAndLong, help: "The page to write.")
  var output: String

  @Option(help: "Its title (default: the record's name, or how many runs).")
  var title: String?

  func validate() throws {
    try require(
      (1...ComparisonPage.mostRuns).contains(records.count), "report compares at most \(ComparisonPage.mostRuns) records, not \(records.count)")
  }

  func run() throws {
    try Compilation.checkWritable([output])
    let logs = try zip(records, Self.names(of: records)).map { try Self.read($0, name: $1) }
    let page = logs.count == 1
      ? HTMLReport(logs[0]).html(title: title ?? logs[0].name)
      : ComparisonPage(logs).html(title: title ?? "\(logs.count) runs")
    try ReportFile.write(text: page, to: output)
    print(output)
  }

  /// Last parts of paths where these tell them apart, or else whole paths.
  private static func names(of paths: [String]) -> [String] {
    let last = paths.map { URL(fileURLWithPath: $0).lastPathComponent }
    return Set(last).count == last.count ? last : paths
  }

  private static func read(_ path: String, name: String) throws -> RunRecord {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CompilerError.cannotRead(
        path: path, reason: "there is no such file, or it may not be read; a record is what compile and evolve write with --record FILE")
    }
    do {
      return try RunRecord(jsonLines: data, name: name)
    } catch {
      throw CompilerError.badRecord(sentence: error.sentence)
    }
  }
}
