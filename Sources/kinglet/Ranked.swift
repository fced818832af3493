// A command that mpirun started several times over: the processes share one run, and the first alone
// prints and writes.

import ArgumentParser
import Foundation
import Ranks
import Synchronization

/// A command whose work ranks share.
protocol SharedCommand: StoppableCommand {}

/// This process as one of several.
enum Ranked {
  /// Set once, before the command runs.
  nonisolated(unsafe) private(set) static var team: RankTeam?

  /// Whether this process prints and writes.
  static let isFirst = Launch.present.isFirst

  /// Whether the user knows why the command ends.
  private static let isTold = Atomic(false)

  private static let isAlone = Launch.present == .alone

  /// Joins the other ranks for a command, if there are any.
  static func join(_ command: any ParsableCommand) throws(RankError) {
    if isAlone || command is Kinglet { return }
    guard command is any SharedCommand else {
      throw .notShared(command: type(of: command).configuration.commandName ?? "kinglet")
    }
    team = try RankTeam.join(shouldStop: { Interruption.isRequested })
  }

  /// After the last of a command that went well.
  static func end() {
    fflush(nil)
    team?.end()
  }

  /// To be called before the last sentence of a command is written.
  static func tell() { isTold.store(true, ordering: .relaxed) }

  /// Ends all ranks because this one cannot go on; returns where there are none.
  static func fail(_ sentence: String, status: Int32) {
    guard let team else { return }
    fflush(nil)
    team.fail(sentence, status: Int(status))
    // Rank 0 went on, or is busy: this rank tells it itself.
    Terminal.say("kinglet: rank \(team.number): \(sentence)")
    team.abort(status: Int(status))
  }

  /// What a run that is stopped says first.
  static var stopped: String {
    isAlone ? "stopped" : "stopped: a rank has ended or mpirun was, and MPI ends the others"
  }

  /// Takes a signal that ranks get from mpirun: SIGTERM when one of them has died, and SIGKILL a
  /// second later.
  ///
  /// - Returns: whether that is all there is to do.
  static func isInterrupted(by signal: Int32) -> Bool {
    guard team != nil else { return false }
    // The others have nothing to keep.
    if !isFirst { _exit(128 + signal) }
    Thread.detachNewThread {
      usleep(800_000)
      if isTold.exchange(true, ordering: .relaxed) { return }
      Terminal.say(
        "kinglet: \(stopped), before this one could keep its last cycle; the last checkpoint stands, go on "
          + "with that")
    }
    return true
  }
}
