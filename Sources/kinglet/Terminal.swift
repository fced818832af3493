// Standard error: notes and progress. On a terminal a bar that is redrawn, else plain lines.

import Compiler
import Foundation

enum Terminal {
  /// Whether standard error is a terminal that can redraw a line.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  static func clearLine() {
    if isInteractive { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}

/// Shows the stages of a compilation, with rate and time left.
///
/// Called from one thread; only `shouldStop` is read elsewhere.
final class ProgressPrinter: CompilationObserver {
  private var stage = ""
  private var began = Date()
  private var lastShown = Date.distantPast
  private let quiet: Bool

  init(quiet: Bool) { self.quiet = quiet }

  func began(_ stage: String) {
    self.stage = stage
    began = Date()
    lastShown = .distantPast
    if !Terminal.isInteractive { show(stage) }
  }

  func advanced(_ done: Int, of total: Int, _ detail: String) {
    let now = Date()
    let pause = Terminal.isInteractive ? 0.2 : 15
    guard now.timeIntervalSince(lastShown) >= pause || done == total else { return }
    lastShown = now
    let elapsed = max(now.timeIntervalSince(began), 1e-3)
    let rate = Double(done) / elapsed
    let left = rate > 0 ? Double(total - done) / rate : 0
    let text = "\(bar(done, total)) \(done)/\(total) \(detail)  "
      + String(format: "%.2f/s, %.0f s left", rate, left)
    if Terminal.isInteractive {
      Terminal.clearLine()
      if !quiet { FileHandle.standardError.write(Data("\(stage) \(text)".utf8)) }
    } else {
      show("  \(text)")
    }
  }

  func ended(_ summary: String) {
    Terminal.clearLine()
    show(String(format: "%@: %@ (%.1f s)", stage, summary, Date().timeIntervalSince(began)))
  }

  func noted(_ text: String) {
    Terminal.clearLine()
    show(text)
  }

  var shouldStop: Bool { Interruption.isRequested }

  private func show(_ text: String) { if !quiet { Terminal.note(text) } }

  private func bar(_ done: Int, _ total: Int) -> String {
    guard Terminal.isInteractive else { return "" }
    let width = 24
    let filled = total > 0 ? done * width / total : 0
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: ".", count: width - filled) + "]"
  }
}
