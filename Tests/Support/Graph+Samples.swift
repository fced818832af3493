import Datasets
import Execution
import ModelGraph
import Tensors
import Trials

extension NetBuilder {
  /// The value as a vector, through a dense layer of a few outputs.
  public mutating func head(_ x: ValueID, to outputs: Int) throws -> ValueID {
    try dense(try node(.reshape([graph[x].shape.elementCount]), x), to: outputs)
  }
}

extension Graph {
  /// Seeded normal samples for every input.
  public func randomSamples(_ count: Int, seed: UInt64) -> SampleSet {
    let shapes = inputs.map { self[$0].shape }
    return SampleSet(
      shapes.enumerated().map {
        .random(count: count, sampleShape: $1, seed: seed + UInt64($0))
      }, elementCounts: shapes.map(\.elementCount))
  }

  /// The same with labels.
  public func labelledSamples(_ count: Int, classes: Int, seed: UInt64) -> SampleSet {
    let samples = randomSamples(count, seed: seed)
    var (datasets, random) = (samples.datasets, SeededGenerator(seed: seed))
    datasets[0].labels = (0..<count).map { _ in Int.random(in: 0..<classes, using: &random) }
    return SampleSet(datasets, elementCounts: samples.elementCounts)
  }

  /// The same graph with other, nearby parameters: a teacher that its student differs from.
  public func perturbed(seed: UInt64) -> Graph {
    var random = SeededGenerator(seed: seed)
    var other = self
    for index in parameters.indices {
      var tensor = parameters[index].tensor
      tensor.values = tensor.values.map { $0 + 0.1 * random.nextNormal() }
      other.setParameter(ParameterID(index), to: tensor)
    }
    return other
  }

  /// The numbers on which losses are taken, row-major by sample.
  public func answers(to samples: SampleSet) throws -> [[Float]] {
    try Executor(graph: self, to: lossValues)
      .run(inputs: samples.tensors(0..<samples.count, of: self)).map(\.values)
  }

  /// The same graph with some weights of one layer zeroed.
  public func zeroing(_ positions: [Int], of layer: Layer) -> Graph {
    var tensor = self[layer.weight].tensor
    for position in positions { tensor.values[position] = 0 }
    var other = self
    other.setParameter(layer.weight, to: tensor)
    return other
  }
}
