import ArgumentParser
import Compiler
import Foundation
import Record
import Report

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One HTML page of a run's record: trials, divergence, histograms, bytes by layer.",
    discussion: """
      The record is what `compile --record` or `evolve --record` wrote, of a run that is over or not.
      The page needs no network and no script.

      EXAMPLE
        kinglet report run.jsonl -o run.html
      """)

  @Argument(help: "A record, JSON Lines.")
  var record: String

  @Option(name: .shortAndLong, help: "The page to write.")
  var output: String

  @Option(help: "Its title (default: the record's name).")
  var title: String?

  func run() throws {
    try Compilation.checkWritable([output])
    guard let data = FileManager.default.contents(atPath: record) else {
      throw CompilerError.cannotRead(
        path: record, reason: "there is no such file, or it may not be read")
    }
    let name = URL(fileURLWithPath: record).lastPathComponent
    let log: RunRecord
    do {
      log = try RunRecord(jsonLines: data, name: name)
    } catch {
      throw CompilerError.badRecord(sentence: error.sentence)
    }
    let page = HTMLReport(log).html(title: title ?? name)
    try ReportFile.write(text: page, to: output)
    print(output)
  }
}
