// Networks that keep state: frames in turn with `--stream`, else samples that each find it as it begins.

import Compiler
import Execution
import ModelGraph
import Tensors

extension NetworkRun {
  /// Refuses frames in turn where there is nothing that they could leave to each other.
  static func check(_ stream: Bool, of path: String, keepsState: Bool) throws(CompilerError) {
    guard stream, !keepsState else { return }
    throw .usage(
      reason: "\(path) keeps no state, so that its samples are no stream: leave out --stream, and each is answered by itself")
  }

  /// Where samples of a network that keeps state are no stream: that they are none.
  static func note(_ stream: Bool, _ path: String, _ states: Int, _ samples: Int) -> String? {
    guard !stream, states > 0, samples > 1 else { return nil }
    return "\(path) keeps state, and each of \(samples) samples is answered from its beginning: "
      + "give --stream where they are frames in turn"
  }

  static func joined(_ notes: [String?]) -> String? {
    let notes = notes.compactMap { $0 }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }

  /// What a model of floats answers.
  static func floats(of model: Graph, _ inputs: [Tensor], threads: Int, inTurn: Bool) throws(CompilerError) -> [Tensor] {
    try executing { () throws(ExecutionError) in
      let executor = try Executor(graph: model, threads: threads)
      guard !model.states.isEmpty else { return try executor.run(inputs: inputs) }
      var stream = StreamExecutor(executor)
      return try inTurn ? stream.run(frames: inputs) : stream.run(samples: inputs)
    }
  }
}
