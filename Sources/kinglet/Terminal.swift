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

  /// Columns of the terminal as it is now, 80 where nobody says; no more than COLUMNS, where that is set.
  static var columns: Int {
    var size = winsize()
    let own = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
    let told = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    return [own, told].compactMap { $0 }.min() ?? 80
  }

  /// Letters of the line that is shown and may be redrawn.
  nonisolated(unsafe) private static var shown = 0

  /// Shows a line that ``clearLine()`` takes away.
  static func show(_ line: String) {
    clearLine()
    FileHandle.standardError.write(Data(line.utf8))
    shown = line.count
  }

  /// Takes the line away, all rows of it where the terminal has become narrower.
  static func clearLine() {
    guard isInteractive else { return }
    let above = max(0, shown - 1) / columns
    FileHandle.standardError.write(Data(("\r" + (above > 0 ? "\u{1B}[\(above)A" : "") + "\u{1B}[J").utf8))
    shown = 0
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
  /// So many of so many units are done, one of which is called `unit`, and what is known of them.
  var done: Int?
  var total: Int?
  var unit: String?
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

  func advanced(_ done: Int, of total: Int?, _ unit: StageUnit, _ detail: String) {
    let now = Date()
    let pause = redraws || form == .json ? 0.2 : 15
    guard now.timeIntervalSince(lastShown) >= pause || done == total else { return }
    lastShown = now
    let elapsed = max(now.timeIntervalSince(began), 1e-3)
    let rate = Double(done) / elapsed
    let left = total.map { String(format: ", %.0f s left", Double($0 - done) / rate) } ?? ""
    let pace = done > 0 ? String(format: "%.2f/s", rate) + left : ""
    let count = StageCount(done: done, total: total, unit: unit)
    if redraws {
      guard !quiet else { return }
      let bar = ProgressBar(stage: stage, count: count, detail: detail, pace: pace)
      Terminal.show(bar.line(columns: Terminal.columns))
    } else {
      show(
        "  " + [count.text, detail, pace].filter { !$0.isEmpty }.joined(separator: "  "),
        ProgressLine(stage: stage, done: done, total: total, unit: unit.rawValue, detail: detail))
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
}
