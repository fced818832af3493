// Standard error: notes and progress. On a terminal a bar that is redrawn, else plain lines, or objects of JSON.

import ArgumentParser
import Compiler
import Foundation

enum Terminal {
  /// Whether standard error is a terminal that can redraw a line.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && Ranked.isFirst

  /// Of several ranks the first alone has something to say.
  static func note(_ text: String) {
    if Ranked.isFirst { say(text) }
  }

  static func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  static func clearLine() {
    if isInteractive { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}

/// How progress is written.
enum ProgressForm: String, CaseIterable, ExpressibleByArgument {
  /// For people.
  case text
  /// For programs: each line of standard error that begins with a brace is a ``ProgressLine``.
  case json
}

/// A line of progress for a program: a stage that begins (`stage` alone), that has done so much, or that is over
/// (`summary`); or a note.
struct ProgressLine: Encodable {
  var stage: String?
  /// So many of so many units are done, and what is known of them.
  var done: Int?
  var total: Int?
  var detail: String?
  var summary: String?
  var note: String?
}

/// Shows the stages of a compilation, with rate and time left.
///
/// Called from one thread; only `shouldStop` is read elsewhere.
final class ProgressPrinter: CompilationObserver {
  private var stage = ""
  private var began = Date()
  private var lastShown = Date.distantPast
  private let quiet: Bool
  private let form: ProgressForm

  init(quiet: Bool, form: ProgressForm = .text) { (self.quiet, self.form) = (quiet, form) }

  /// Whether a line is redrawn as the stage goes on.
  private var redraws: Bool { form == .text && Terminal.isInteractive }

  func began(_ stage: String) {
    self.stage = stage
    began = Date()
    lastShown = .distantPast
    if !redraws { show(stage, ProgressLine(stage: stage)) }
  }

  func advanced(_ done: Int, of total: Int, _ detail: String) {
    let now = Date()
    let pause = redraws || form == .json ? 0.2 : 15
    guard now.timeIntervalSince(lastShown) >= pause || done == total else { return }
    lastShown = now
    let elapsed = max(now.timeIntervalSince(began), 1e-3)
    let rate = Double(done) / elapsed
    let left = rate > 0 ? Double(total - done) / rate : 0
    let text = "\(bar(done, total)) \(done)/\(total) \(detail)  "
      + String(format: "%.2f/s, %.0f s left", rate, left)
    if redraws {
      Terminal.clearLine()
      if !quiet { FileHandle.standardError.write(Data("\(stage) \(text)".utf8)) }
    } else {
      show("  \(text)", ProgressLine(stage: stage, done: done, total: total, detail: detail))
    }
  }

  func ended(_ summary: String) {
    if redraws { Terminal.clearLine() }
    show(
      String(format: "%@: %@ (%.1f s)", stage, summary, Date().timeIntervalSince(began)),
      ProgressLine(stage: stage, summary: summary))
  }

  func noted(_ text: String) {
    if redraws { Terminal.clearLine() }
    show(text, ProgressLine(note: text))
  }

  var shouldStop: Bool { Interruption.isRequested }

  private func show(_ text: String, _ line: ProgressLine) {
    guard !quiet else { return }
    switch form {
    case .text: Terminal.note(text)
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      if let data = try? encoder.encode(line) { Terminal.note(String(decoding: data, as: UTF8.self)) }
    }
  }

  private func bar(_ done: Int, _ total: Int) -> String {
    guard redraws else { return "" }
    let width = 24
    let filled = total > 0 ? done * width / total : 0
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: ".", count: width - filled) + "]"
  }
}
