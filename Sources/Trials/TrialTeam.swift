import Execution

/// Processes that share the trials of a run, each with the student and the samples.
package protocol TrialTeam: Team {
  /// Who judges trials with what all processes have.
  func backend(over own: ThreadTrials) -> any TrialBackend
}
