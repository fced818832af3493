// Direct evaluation of candidate sets: the divergence of the student's outputs from the teacher's
// when a set's weights are zeroed, without running the network again for each.
//
// What comes before the layer is run once. A candidate's effect on the layer's output is a sparse
// difference (CKernels/sparse_difference.h) over blocks of 64 samples; what follows the layer is
// run on that. The block is the outer loop and the candidates the inner one, so that a block's
// inputs stay in cache. The number is the one a whole evaluation gives, but for rounding.

import CKernels
import Execution
import ModelGraph
import Tensors

/// Compares candidate sets of one layer on the same samples.
package final class TrialEvaluator {
  private let graph: Graph
  private let layer: Layer
  private let cut: GraphCut
  private let samples: SampleSet
  private let targets: [[Float]]
  private let divergence: DivergenceKind
  private let prefix: Program
  /// How images lie between prefix, layer and suffix: as the layer's kind of window wants them.
  private let layout: Layout
  private let workers: [Worker]
  private let geometry: kx_geometry
  /// Offset, dy and dx of every column of the layer's matrix, for the first group.
  private let columnTaps: [kx_tap]

  private static let block = Int(KX_BLOCK)

  /// - Parameters:
  ///   - targets: the teacher's numbers for `graph.lossValues`, row-major by sample.
  package init(
    graph: Graph, parameters: ParameterStore, layer: Layer, samples: SampleSet,
    targets: [[Float]], divergence: DivergenceKind, threads: Int
  ) throws(ExecutionError) {
    self.graph = graph
    self.layer = layer
    self.samples = samples
    self.divergence = divergence
    cut = GraphCut(graph, behind: layer)
    let layout: Layout = graph.isConvolution(layer) ? .channelsLast : .rowMajor
    self.layout = layout
    self.targets = zip(graph.lossValues, targets).map {
      layout == .channelsLast ? ChannelsLast.converted($1, shape: graph[$0].shape) : $1
    }
    (geometry, columnTaps) = Self.windows(graph, layer)
    prefix = try Program(
      graph: graph, parameters: parameters, inputs: graph.inputs,
      outputs: [cut.layerInput, cut.layerOutput] + cut.crossing, batch: Self.block,
      boundary: layout)
    var workers: [Worker] = []
    for _ in 0..<threads {
      workers.append(
        try Worker(
          graph: graph, parameters: parameters, cut: cut, rows: layer.rows, layout: layout))
    }
    self.workers = workers
  }

  /// The divergence of each candidate set, in the unit of ``DivergenceKind`` a sample.
  ///
  /// - Parameters:
  ///   - sets: positions in the layer's matrix, ascending.
  ///   - weights: the layer's present weights.
  package func divergences(of sets: [[Int]], weights: [Float]) throws(ExecutionError) -> [Double] {
    let trials = sets.map { taps(of: $0, weights: weights) }
    var sums = [Double](repeating: 0, count: sets.count)
    for start in stride(from: 0, to: samples.count, by: Self.block) {
      let count = min(Self.block, samples.count - start)
      let values = try runPrefix(start: start, count: count)
      let block = TrialBlock(
        input: try Self.transposed(values[0]), base: try Self.transposed(values[1]),
        crossing: Array(values.dropFirst(2)), targets: slices(of: targets, start: start, count: count),
        count: count)
      let parts = try evaluate(trials, on: block)
      for index in sums.indices { sums[index] += parts[index] }
    }
    return sums.map { $0 / Double(samples.count) }
  }

  // MARK: Prefix

  /// The prefix's outputs for a block; samples that are missing repeat the last.
  private func runPrefix(start: Int, count: Int) throws(ExecutionError) -> [FloatBuffer] {
    let indices = (0..<Self.block).map { start + min($0, count - 1) }
    var inputs: [FloatBuffer] = []
    for (values, input) in zip(samples.arrays(at: indices), graph.inputs) {
      let shape = graph[input].shape
      inputs.append(
        try FloatBuffer(
          layout == .channelsLast ? ChannelsLast.converted(values, shape: shape) : values))
    }
    var outputs: [FloatBuffer] = []
    for value in prefix.outputs {
      outputs.append(try FloatBuffer(count: Self.block * graph[value].shape.elementCount))
    }
    try prefix.run(inputs: inputs.map { UnsafePointer($0.pointer) }, outputs: outputs.map(\.pointer))
    return outputs
  }

  /// [block, elements] to [elements, block].
  private static func transposed(_ values: FloatBuffer) throws(ExecutionError) -> FloatBuffer {
    let result = try FloatBuffer(count: values.count)
    kx_to_block(values.pointer, Int32(block), Int32(values.count / block), result.pointer)
    return result
  }

  private func slices(of targets: [[Float]], start: Int, count: Int) -> [[Float]] {
    targets.map { target in
      let width = target.count / samples.count
      return Array(target[(start * width)..<((start + count) * width)])
    }
  }

  // MARK: Trials

  /// Candidates are dealt out to the threads: thread k takes every n-th from k on.
  private func evaluate(_ trials: [TrialTaps], on block: TrialBlock) throws(ExecutionError)
    -> [Double]
  {
    let results = UnsafeMutableBufferPointer<Double>.allocate(capacity: trials.count)
    results.initialize(repeating: 0)
    defer { results.deallocate() }
    try parallel(workers.count) { number throws(ExecutionError) in
      for index in stride(from: number, to: trials.count, by: workers.count) {
        results[index] = try divergence(trials[index], on: block, with: workers[number])
      }
    }
    return Array(results)
  }

  private func divergence(_ trial: TrialTaps, on block: TrialBlock, with worker: Worker)
    throws(ExecutionError) -> Double
  {
    var geometry = geometry
    kx_sparse_difference(
      &geometry, block.input.pointer, block.base.pointer, trial.starts, trial.taps,
      worker.scratch.pointer, worker.layerOutput.pointer)
    try worker.runSuffix(crossing: block.crossing)
    var sum = 0.0
    for (output, target) in zip(worker.outputs, block.targets) {
      sum += divergence.sum(student: output.pointer, teacher: target, rows: block.count)
    }
    return sum
  }

  /// A candidate set as taps grouped by filter.
  private func taps(of positions: [Int], weights: [Float]) -> TrialTaps {
    var starts = [Int32](repeating: 0, count: layer.rows + 1)
    var taps: [kx_tap] = []
    taps.reserveCapacity(positions.count)
    let groups = graph.groups(of: layer)
    let groupRows = layer.rows / groups
    let groupChannels = Int(geometry.channels) / groups
    for position in positions {
      let row = position / layer.columns
      var tap = columnTaps[position % layer.columns]
      tap.offset += Int32(row / groupRows * groupChannels)
      tap.weight = weights[position]
      taps.append(tap)
      starts[row + 1] += 1
    }
    for row in 0..<layer.rows { starts[row + 1] += starts[row] }
    return TrialTaps(starts: starts, taps: taps)
  }

  /// Where the layer's windows lie and what each column of its matrix is multiplied with.
  private static func windows(_ graph: Graph, _ layer: Layer) -> (kx_geometry, [kx_tap]) {
    let node = graph.nodes[layer.nodeIndex]
    let (input, output) = (graph[node.inputs[0]].shape, graph[node.output].shape)
    var g = kx_geometry()
    (g.stride_y, g.stride_x, g.rows) = (1, 1, Int32(layer.rows))
    guard case .convolution(let c) = node.operation else {
      (g.height, g.width, g.channels) = (1, Int32(input.dropLast().elementCount), Int32(input.last ?? 1))
      (g.out_height, g.out_width) = (1, g.width)
      return (g, (0..<layer.columns).map { kx_tap(offset: Int32($0), weight: 0, dy: 0, dx: 0) })
    }
    let w = c.window
    (g.channels, g.height, g.width) = (Int32(input[0]), Int32(input[1]), Int32(input[2]))
    (g.out_height, g.out_width) = (Int32(output[1]), Int32(output[2]))
    (g.stride_y, g.stride_x) = (Int32(w.strides[0]), Int32(w.strides[1]))
    (g.top, g.left) = (Int32(w.padBefore[0]), Int32(w.padBefore[1]))
    g.reach_y = Int32((w.kernel[0] - 1) * w.dilations[0])
    g.reach_x = Int32((w.kernel[1] - 1) * w.dilations[1])
    let area = w.kernel[0] * w.kernel[1]
    return (
      g,
      (0..<layer.columns).map { column in
        let dy = column % area / w.kernel[1] * w.dilations[0]
        let dx = column % w.kernel[1] * w.dilations[1]
        let offset = (dy * input[2] + dx) * input[0] + column / area
        return kx_tap(offset: Int32(offset), weight: 0, dy: Int32(dy), dx: Int32(dx))
      }
    )
  }
}

/// A candidate set as the kernel takes it.
private struct TrialTaps: Sendable {
  let starts: [Int32]
  let taps: [kx_tap]
}

/// What all candidates see of one block of samples.
private struct TrialBlock: Sendable {
  let input: FloatBuffer
  let base: FloatBuffer
  let crossing: [FloatBuffer]
  let targets: [[Float]]
  let count: Int
}

/// What one thread needs to evaluate candidates by itself.
private final class Worker {
  private let suffix: Program
  let scratch: FloatBuffer
  let layerOutput: FloatBuffer
  let outputs: [FloatBuffer]

  init(
    graph: Graph, parameters: ParameterStore, cut: GraphCut, rows: Int, layout: Layout
  ) throws(ExecutionError) {
    let block = Int(KX_BLOCK)
    suffix = try Program(
      graph: graph, parameters: parameters, inputs: [cut.layerOutput] + cut.crossing,
      outputs: graph.lossValues, batch: block, boundary: layout)
    scratch = try FloatBuffer(count: rows * block)
    layerOutput = try FloatBuffer(count: block * graph[cut.layerOutput].shape.elementCount)
    var outputs: [FloatBuffer] = []
    for value in graph.lossValues {
      outputs.append(try FloatBuffer(count: block * graph[value].shape.elementCount))
    }
    self.outputs = outputs
  }

  func runSuffix(crossing: [FloatBuffer]) throws(ExecutionError) {
    try suffix.run(
      inputs: ([layerOutput] + crossing).map { UnsafePointer($0.pointer) },
      outputs: outputs.map(\.pointer))
  }
}
