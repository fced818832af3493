// Ctrl-C and SIGTERM. oneDNN's matrix products may run with the stack pointer inside memory from
// malloc, so no handler may run on a thread that computes: its frame would lie over the heap. The
// signals are blocked before any thread starts, and one thread waits for them.

import ArgumentParser
import Foundation
import Synchronization

/// A command that stops at the next moment at which nothing is lost, and can be taken up again.
protocol StoppableCommand: ParsableCommand {}

/// Ctrl-C and SIGTERM: the run stops at the next moment at which nothing is lost; a second one
/// stops at once.
enum Interruption {
  private static let requested = Atomic(false)

  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
    return signals
  }

  /// Lets the signals wait; to be called before any thread starts, for threads inherit it.
  static func hold() {
    var signals = signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Signals do again what they did when the command was started: end it, as a rule.
  static func release() {
    var signals = signals
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Takes the signals, those that wait already too, in a thread that does nothing else.
  static func stopInOrder() {
    Thread.detachNewThread {
      var (signals, number) = (signals, Int32(0))
      while sigwait(&signals, &number) == 0 {
        let isSecond = requested.exchange(true, ordering: .relaxed)
        if !Ranked.isInterrupted(by: number) && isSecond { _exit(128 + number) }
      }
    }
  }
}
