// Direct evaluation of candidate sets: the divergence of the student's outputs from the teacher's
// when a set's weights are zeroed, without running the network again for each.
//
// What comes before the layer is run once (TrialPrefix). A candidate's effect on the layer's output
// is a sparse difference (CKernels/sparse_difference.h) over blocks of samples; what follows the
// layer is run on that, block by block in the nearest caches where it is a chain of simple
// operations (BlockSuffix), and by Execution where it is not. Blocks are the outer loop and
// candidates the inner one, so that a block's inputs stay in cache. The number is the one a whole
// evaluation gives, but for rounding.

import CKernels
import Execution
import ModelGraph
import Synchronization
import Tensors

/// Compares candidate sets of one layer on the same samples.
package final class TrialEvaluator {
  private let graph: Graph
  private let parameters: ParameterStore
  private let layer: Layer
  private let samples: SampleSet
  private let objective: Objective
  private let windows: TrialWindows
  private let lanes: Int
  private let prefix: TrialPrefix
  /// The nodes behind the layer, where they are run on blocks.
  private let chain: [Node]?
  private let targets: BlockTargets?
  private let workers: [TrialWorker]
  private let taps: TrialTaps

  /// Taps of the sets that are evaluated together, so that they stay in cache from block to block.
  private static let tapLimit = 1 << 20
  /// Bytes that a part of a block may take with its results: most of a core's second cache.
  private static let partLimit = 640 << 10

  /// - Parameters:
  ///   - parameters: the student's; read at each evaluation.
  ///   - objective: over these samples.
  ///   - threads: no bit of a result depends on it.
  ///   - cacheLimit: bytes that the layer's inputs and outputs may take between evaluations; where
  ///     they need more, the layers before are run anew by each.
  ///   - blocksSuffix: whether what follows the layer may be run on blocks; false for tests.
  package init(
    graph: Graph, parameters: ParameterStore, layer: Layer, samples: SampleSet,
    objective: Objective, threads: Int, cacheLimit: Int = 256 << 20, blocksSuffix: Bool = true
  ) throws(ExecutionError) {
    precondition(objective.count == samples.count && threads >= 1)
    (self.graph, self.parameters, self.layer) = (graph, parameters, layer)
    (self.samples, self.objective) = (samples, objective)
    let (windows, cut) = (TrialWindows(graph, layer), GraphCut(graph, behind: layer))
    let lanes = Self.lanes(windows)
    (self.windows, self.lanes) = (windows, lanes)
    taps = TrialTaps(layer: layer, windows: windows, threads: threads)
    prefix = try TrialPrefix(
      graph: graph, parameters: parameters, cut: cut, samples: samples, windows: windows,
      lanes: lanes, threads: threads, limit: cacheLimit)
    let chain = blocksSuffix && objective.kind.ofHeads == nil ? BlockSuffix.chain(graph, cut) : nil
    self.chain = chain
    targets =
      chain == nil
      ? nil : try BlockTargets(objective, shape: graph[graph.lossValues[0]].shape, lanes: lanes)
    var workers: [TrialWorker] = []
    for _ in 0..<threads {
      workers.append(
        try TrialWorker(
          graph: graph, parameters: parameters, cut: cut, chain: chain, windows: windows,
          lanes: lanes))
    }
    self.workers = workers
  }

  /// Bytes that a block of samples takes with what a set makes of it.
  static func blockBytes(of layer: Layer, in graph: Graph) -> Int {
    let node = graph.nodes[layer.nodeIndex]
    let (input, output) = (graph[node.inputs[0]].shape.elementCount, graph[node.output].shape.elementCount)
    return TrialBlock.size * (input + 2 * output) * MemoryLayout<Float>.stride
  }

  /// Bytes that it keeps between evaluations at most.
  var keptBytes: Int { prefix.keptBytes }

  /// Samples that are evaluated together: as many as the second cache has room for.
  private static func lanes(_ windows: TrialWindows) -> Int {
    let bytes = (windows.inputElements + 2 * windows.outputElements) * MemoryLayout<Float>.stride
    return [64, 32].first { $0 * bytes <= partLimit } ?? 16
  }

  /// The mean divergence a sample of each candidate set, over some of the samples.
  ///
  /// - Parameters:
  ///   - weights: the layer's present weights.
  ///   - samples: all of them where nil; 0 is the result for none.
  package func divergences(of sets: LayerSets, weights: [Float], samples range: Range<Int>? = nil)
    throws(ExecutionError) -> [Double]
  {
    let range = range ?? 0..<samples.count
    precondition(range.lowerBound >= 0 && range.upperBound <= samples.count)
    precondition(weights.count == layer.weightCount)
    guard !range.isEmpty else { return [Double](repeating: 0, count: sets.count) }
    prefix.refresh()
    let blocks = range.lowerBound / TrialBlock.size..<(range.upperBound - 1) / TrialBlock.size + 1
    try prefix.prepare(blocks)
    var suffix: BlockSuffix?
    if let chain {
      suffix = try BlockSuffix(graph, layer, chain, parameters: parameters, lanes: lanes)
    }
    let offsets = prefix.offsets(for: blocks)
    let together = max(1, Self.tapLimit / max(sets.largest, 1))
    var sums: [Double] = []
    while sums.count < sets.count {
      taps.load(
        sums.count..<min(sums.count + together, sets.count), of: sets, offsets: offsets,
        weights: weights)
      sums += try evaluate(on: blocks, of: range, suffix)
    }
    return sums.map { $0 / Double(range.count) }
  }

  /// The sum of each set over the samples of a range.
  ///
  /// Threads take pieces, some of the sets on one block each; the sums of pieces are added in the
  /// order of blocks, whoever made them.
  private func evaluate(
    on blocks: Range<Int>, of range: Range<Int>, _ suffix: BlockSuffix?
  ) throws(ExecutionError) -> [Double] {
    let trials = taps.count
    let cuts = prefix.keepsBlocks ? min(trials, max(1, 8 * workers.count / blocks.count)) : 1
    let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: blocks.count * trials)
    sums.initialize(repeating: 0)
    defer { sums.deallocate() }
    nonisolated(unsafe) let results = sums
    let next = Atomic<Int>(0)
    try parallel(workers.count) { number throws(ExecutionError) in
      while true {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard piece < blocks.count * cuts else { return }
        let (place, cut) = piece.quotientAndRemainder(dividingBy: cuts)
        let index = blocks.lowerBound + place
        let work = TrialPiece(
          index: index, block: try prefix.block(index, worker: number),
          trials: cut * trials / cuts..<(cut + 1) * trials / cuts,
          samples: range.clamped(to: index * TrialBlock.size..<(index + 1) * TrialBlock.size))
        let sums = UnsafeMutableBufferPointer(rebasing: results[(place * trials)...])
        if let suffix, let targets {
          workers[number].evaluate(work, taps, suffix, targets, sums)
        } else {
          try workers[number].evaluate(work, taps, objective, sums)
        }
      }
    }
    return (0..<trials).map { trial in
      (0..<blocks.count).reduce(0) { $0 + sums[$1 * trials + trial] }
    }
  }
}
