// Frames of a stream as samples that stand each for itself: beside a frame what it finds, which the network itself has
// left. So whoever judges or stores a network by samples has nothing to know of streams.

import Datasets
import Execution
import ModelGraph
import Tensors
import Trials

extension SampleSet {
  /// Frames in turn, each with what it finds of a network's states.
  ///
  /// - Parameter graph: of floats, with its states; the samples are those of its other inputs.
  /// - Returns: samples of ``ModelGraph/Graph/ofOneFrame``; these themselves where nothing is kept.
  /// - Complexity: one run a frame.
  package func withStates(of graph: Graph, threads: Int) throws(VerificationError) -> SampleSet {
    guard !graph.states.isEmpty else { return self }
    let found = try executing { () throws(ExecutionError) in
      var stream = StreamExecutor(try Executor(graph: graph, threads: threads))
      return try stream.found(frames: tensors(0..<count, of: graph))
    }
    let counts = graph.foundStates.map { graph[$0].shape.elementCount }
    return SampleSet(datasets + found.map { Dataset(samples: $0) }, elementCounts: elementCounts + counts)
  }
}
