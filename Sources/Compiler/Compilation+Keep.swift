// Keeping a run on disk while it lasts.

import Evolution
import Foundation

extension Compilation {
  /// Keeps the run, at most every few seconds unless `now`.
  func save(now: Bool) throws(CompilerError) {
    guard let checkpointPath, now || Date().timeIntervalSince(lastSaved) >= checkpointEvery
    else { return }
    let contents = Checkpoint.Contents(
      options: optionsBeforeTables ?? options, task: task, reading: reading, divergence: divergence,
      transforms: transforms.map(Checkpoint.Transform.init), teacherParameters: teacherParameters,
      teacherChecksum: teacherChecksum, fingerprints: fingerprints, told: told,
      student: student.structure, steps: evolution.steps, planned: evolution.planned,
      cycles: evolution.cycles, draws: evolution.draws, stepsOwed: evolution.stepsOwed,
      looksSinceBest: evolution.looksSinceBest, finalStepsDone: evolution.finalStepsDone,
      finalStepsPlanned: finalStepsPlanned,
      tableStepsDone: tableStepsDone, evolutionIsOver: evolution.isOver,
      trainerStepCount: evolution.trainer?.stepCount, bestDivergence: evolution.best?.divergence,
      coded: optionsBeforeTables == nil ? coded : nil,
      tables: optionsBeforeTables == nil ? tables : nil, sharing: sharing, seconds: seconds)
    try Checkpoint(contents: contents, evolution: evolution).write(to: checkpointPath)
    try writeRecord()
    lastSaved = Date()
  }

  /// Saves and ends where the user wants to stop.
  func stopIfAsked() throws(CompilerError) {
    guard observer.shouldStop else { return }
    try save(now: true)
    throw .interrupted(checkpoint: checkpointPath)
  }

  /// Removes the checkpoint of a run that is over.
  public func removeCheckpoint() {
    if let checkpointPath { try? FileManager.default.removeItem(atPath: checkpointPath) }
  }
}
