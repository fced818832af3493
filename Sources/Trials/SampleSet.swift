// Samples for every input of a graph, side by side.

import Datasets
import Detection
import Execution
import ModelGraph
import Tensors

/// One dataset an input of the network, all of the same length.
public struct SampleSet: Sendable {
  public let datasets: [Dataset]
  /// Numbers a sample of each input.
  public let elementCounts: [Int]

  public var count: Int { datasets[0].count }
  public var labels: [Int]? { datasets[0].labels }
  /// What is known to be in each photograph, in parts of the input; nil where nothing is known.
  package var known: [[KnownObject]]? { datasets[0].boxes.map { $0.map { $0.map(KnownObject.init) } } }

  /// - Precondition: at least one dataset, all of one length; one element count each.
  public init(_ datasets: [Dataset], elementCounts: [Int]) {
    precondition(!datasets.isEmpty && datasets.count == elementCounts.count)
    precondition(datasets.allSatisfy { $0.count == datasets[0].count })
    self.datasets = datasets
    self.elementCounts = elementCounts
  }

  /// The first `count` samples, or all there are.
  public func prefix(_ count: Int) -> SampleSet {
    SampleSet(datasets.map { $0.prefix(min(count, $0.count)) }, elementCounts: elementCounts)
  }

  /// What ``prefix(_:)`` leaves; nil where that is nothing.
  public func suffix(after count: Int) -> SampleSet? {
    guard count < self.count else { return nil }
    return subset(at: Array(count..<self.count))
  }

  /// The samples at these places, in this order.
  public func subset(at places: [Int]) -> SampleSet {
    SampleSet(datasets.map { $0.subset(at: places) }, elementCounts: elementCounts)
  }

  /// A seeded split: what is trained on, and the share that is held back for choices.
  public func split(holdingBack share: Double, seed: UInt64)
    -> (training: SampleSet, heldBack: SampleSet)
  {
    let parts = datasets.map { $0.split(holdingBack: share, seed: seed) }
    return (
      SampleSet(parts.map(\.training), elementCounts: elementCounts),
      SampleSet(parts.map(\.heldBack), elementCounts: elementCounts)
    )
  }

  /// Samples of every input, row-major, one array an input.
  public func arrays(at indices: [Int]) -> [[Float]] {
    zip(datasets, elementCounts).map { dataset, elements in
      [Float](unsafeUninitializedCapacity: indices.count * elements) { buffer, count in
        if let base = buffer.baseAddress { dataset.write(indices[...], into: base) }
        count = indices.count * elements
      }
    }
  }

  /// Samples of every input as tensors with a leading batch axis.
  public func tensors(_ range: Range<Int>, of graph: Graph) -> [Tensor] {
    zip(datasets, graph.inputs).map { dataset, input in
      dataset.samples(range).reshaped(to: [range.count] + graph[input].shape)
    }
  }
}

extension Executor {
  /// Floats that one run gives at most, but for those of one sample.
  private static let outputLimit = 1 << 26

  /// Samples of a run where so many are wanted and each gives so many floats.
  package static func chunk(_ wanted: Int, elements: Int) -> Int {
    let most = max(1, outputLimit / max(elements, 1))
    return min(wanted, 1 << (Int.bitWidth - 1 - most.leadingZeroBitCount))
  }

  /// Runs samples, some at a time, and hands on the outputs of each run.
  ///
  /// - Parameter chunk: samples of a run at most; fewer, a power of two, where outputs are large.
  package func run(
    _ samples: SampleSet, chunk: Int = 256,
    _ body: (_ range: Range<Int>, _ outputs: [Tensor]) throws(ExecutionError) -> Void
  ) throws(ExecutionError) {
    let chunk = Self.chunk(chunk, elements: outputs.reduce(0) { $0 + graph[$1].shape.elementCount })
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      try body(range, try run(inputs: samples.tensors(range, of: graph)))
    }
  }
}

extension KnownObject {
  package init(_ label: LabelledBox) {
    self.init(
      classNumber: label.classNumber,
      box: Box(centreX: label.centreX, centreY: label.centreY, width: label.width, height: label.height))
  }
}
