// A run on several processes: each runs all stages on what it has read itself, and what they share is
// trials and gradient steps. The first alone writes.

import Evolution
import Execution
import Files
import Foundation
import Intake
import Trials

extension Stages {
  /// Whether this process writes what comes of the run.
  var writes: Bool { team?.isFirst ?? true }

  /// Makes sure that all processes begin with the same.
  ///
  /// - Throws: ``ExecutionError/team(reason:status:)`` where one does not.
  func agree(on progress: Progress) throws(CompilerError) {
    guard let team else { return }
    var facts = [
      Fact("a model", "\(origin.model.hexadecimal) \(origin.teacherChecksum)"),
      Fact("options", described),
      Fact("a run", progress.evolved.fingerprint),
    ]
    if options.data != nil {
      facts.insert(Fact("samples", Fingerprint.samples(try data(for: teacher())).hexadecimal), at: 1)
    }
    if let test = try testSamples() {
      facts.append(Fact("test samples", Fingerprint.samples(test).hexadecimal))
    }
    if options.data != nil, options.wantsZeros, !progress.evolved.isOver {
      facts.append(Fact("answers of the teacher", try samples().fingerprint))
    }
    try executing { [facts] () throws(ExecutionError) in try team.agree(on: facts) }
  }

  /// Options but for where files are, which may have other names elsewhere, and how fast it goes.
  private var described: String {
    var options = options
    (options.model, options.weights) = ("", nil)
    for path in [\CompileOptions.data, \.test, \.calibration, \.input] {
      options[keyPath: path]?.path = ""
      if options[keyPath: path]?.labels != nil { options[keyPath: path]?.labels = "" }
    }
    options.evolution.threads = 1
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return (try? encoder.encode(options)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// What follows from a clock: where time is limited, what the first process says.
  func timed<Value: Codable>(_ value: Value) throws(ExecutionError) -> Value {
    guard let team, options.maxSeconds != nil else { return value }
    return try team.first(value)
  }
}

extension Evolved {
  /// Of its numbers, and how far it has come.
  fileprivate var fingerprint: String {
    let sum = state.parameters.checksum
    return "\(sum) \(state.cycles.count) \(state.steps) \(state.finalStepsDone) \(isOver)"
  }
}

extension TrainingSamples {
  /// Of the teacher's answers.
  fileprivate var fingerprint: String { "\(trainingTargets.checksum) \(heldBackTargets.checksum)" }
}

extension [[Float]] {
  fileprivate var checksum: UInt32 {
    reduce(0) { sum, values in values.withUnsafeBytes { CRC32.sum($0, continuing: sum) } }
  }
}

extension [UInt8] {
  fileprivate var hexadecimal: String { map { String(format: "%02x", $0) }.joined() }
}
