// Networks that keep state: a student is the function of one frame, and what a frame finds is an input. Samples are
// frames in turn, each beside what the teacher finds there. A blob keeps its states itself, and is measured so.

import Intake
import ModelGraph
import Trials
import Verification

extension CompileOptions {
  /// Whether the options leave a network that keeps state as it is, but for its tables.
  var mayKeepState: Bool { data == nil && test == nil && (sparsity ?? 0) == 0 }

  /// Why a network that keeps state cannot be stored so, as a sentence; nil where it can, or keeps none.
  func stateFault(_ model: Graph) -> String? {
    guard !model.states.isEmpty else { return nil }
    if model.isOfIntegers || activations == .int8 {
      return "\(self.model) keeps state from one frame to the next, and such a network is stored with the activations "
        + "that its file has: leave out --activations"
    }
    if task == .classify || threshold != nil {
      return "\(self.model) keeps state, which is numbers, and levels are dealt by these too: leave out --task classify and "
        + "--threshold, which verify takes"
    }
    return nil
  }

  /// The samples that the options name, of a network that keeps state frames with what each finds.
  func framesOrSamples(for teacher: Graph, keeping states: [GraphState]) throws(CompilerError) -> GivenSamples? {
    let whole = teacher.keeping(states)
    guard var given = try opening({ () throws(IntakeError) in try givenData(for: whole) }) else { return nil }
    given.samples = try verifying { () throws(VerificationError) in
      try given.samples.withStates(of: whole, threads: evolution.threads)
    }
    return given
  }
}

extension SampleSet {
  /// The same without the last inputs, so many.
  func leavingOut(_ count: Int) -> SampleSet {
    SampleSet(Array(datasets.dropLast(count)), elementCounts: Array(elementCounts.dropLast(count)))
  }
}
