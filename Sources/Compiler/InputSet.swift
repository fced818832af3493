// Samples for every input of a graph, checked against it.

import Datasets
import ModelGraph
import Tensors

/// One dataset an input of the graph, all of the same length.
public struct InputSet: Sendable {
  public let datasets: [Dataset]
  /// Numbers a sample of each input.
  public let elementCounts: [Int]

  public var count: Int { datasets[0].count }
  public var labels: [Int]? { datasets[0].labels }

  private init(_ datasets: [Dataset], elementCounts: [Int]) {
    self.datasets = datasets
    self.elementCounts = elementCounts
  }

  /// Loads samples that fit the graph's inputs.
  ///
  /// A network of several inputs takes `random:N`, or an NPZ file with an array of each input's
  /// name.
  public static func load(_ options: DataOptions, for graph: Graph, seed: UInt64)
    throws(CompilerError) -> InputSet
  {
    let values = graph.inputs.map { graph[$0] }
    guard !values.isEmpty else { throw .unfit(reason: "the model has no input") }
    var datasets: [Dataset] = []
    for (index, value) in values.enumerated() {
      let dataset = try load(options, value, alone: values.count == 1, seed: seed &+ UInt64(index))
      try check(dataset, against: value, path: options.path)
      datasets.append(dataset)
    }
    guard datasets.allSatisfy({ $0.count == datasets[0].count && $0.count > 0 }) else {
      throw .unfit(reason: "\(options.path) does not give every input the same number of samples")
    }
    return InputSet(datasets, elementCounts: values.map(\.shape.elementCount))
  }

  private static func load(_ options: DataOptions, _ value: Value, alone: Bool, seed: UInt64)
    throws(CompilerError) -> Dataset
  {
    if options.path.hasPrefix("random:") {
      guard let count = Int(options.path.dropFirst("random:".count)), (1...1 << 24).contains(count)
      else {
        throw .unfit(reason: "\(options.path) is not random:N with N from 1 to \(1 << 24)")
      }
      guard count * value.shape.elementCount <= 1 << 30 else {
        throw .unfit(reason: "\(options.path) of \(value.shape) is more than memory should hold")
      }
      return Dataset.random(count: count, sampleShape: value.shape, seed: seed)
    }
    do {
      return try Dataset.load(
        path: alone ? options.path : "\(options.path):\(value.name)", labels: options.labels,
        scale: options.scale, mean: options.mean, layout: options.layout)
    } catch {
      throw .data(error)
    }
  }

  /// Shapes must agree, but for an image that is given to a flat input or the other way round.
  private static func check(_ dataset: Dataset, against value: Value, path: String)
    throws(CompilerError)
  {
    let fits = dataset.sampleShape == value.shape
      || (dataset.sampleShape.elementCount == value.shape.elementCount
        && (dataset.sampleShape.count == 1 || value.shape.count == 1
          || dataset.sampleShape.filter { $0 > 1 } == value.shape.filter { $0 > 1 }))
    guard fits else {
      throw .unfit(
        reason: "samples of \(path) are \(dataset.sampleShape) and input \(value.name) of the model "
          + "takes \(value.shape)")
    }
  }

  /// The first `count` samples.
  public func prefix(_ count: Int) -> InputSet {
    InputSet(datasets.map { $0.prefix(count) }, elementCounts: elementCounts)
  }

  /// A seeded split: what is trained on, and the share that is held back for choices.
  public func split(holdingBack share: Double, seed: UInt64) -> (training: InputSet, heldBack: InputSet) {
    let parts = datasets.map { $0.split(holdingBack: share, seed: seed) }
    return (
      InputSet(parts.map(\.training), elementCounts: elementCounts),
      InputSet(parts.map(\.heldBack), elementCounts: elementCounts)
    )
  }

  /// Samples of every input as tensors with a leading batch axis.
  public func tensors(_ range: Range<Int>, of graph: Graph) -> [Tensor] {
    zip(datasets, graph.inputs).map { dataset, input in
      dataset.samples(range).reshaped(to: [range.count] + graph[input].shape)
    }
  }
}
