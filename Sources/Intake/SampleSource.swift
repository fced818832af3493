import Blob
import ModelGraph
import Tensors

/// Samples for firmware, as a network takes them.
package enum SampleSource {
  package static func load(_ options: DataOptions, for model: BlobModel, count: Int)
    throws(IntakeError) -> [[Float]]
  {
    guard model.inputs.count == 1, let input = model.inputs.first else {
      throw .usage(reason: "--samples takes networks of one input")
    }
    var graph = Graph()
    _ = graph.addInput(name: "input", shape: input.tensor.shape)
    let set = try SampleLoading.load(
      SampleLoading.options(options, following: input.transform), for: graph, seed: 1)
    return (0..<min(count, set.count)).map { set.arrays(at: [$0])[0] }
  }
}
