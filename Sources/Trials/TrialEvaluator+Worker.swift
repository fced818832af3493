// What one thread needs to evaluate candidate sets by itself, on blocks or through Execution.

import CKernels
import Execution
import ModelGraph
import Tensors

/// Some of the candidate sets on some samples of one block.
struct TrialPiece {
  /// Of the block.
  let index: Int
  let block: TrialBlock
  let trials: Range<Int>
  /// Those of the block's samples that count.
  let samples: Range<Int>

  /// Those of the samples, counted from the beginning of a part of the block, that lie in it.
  func lanes(part: Int, of lanes: Int) -> Range<Int> {
    let begin = index * TrialBlock.size + part * lanes
    let inside = samples.clamped(to: begin..<begin + lanes)
    return inside.isEmpty ? 0..<0 : inside.lowerBound - begin..<inside.upperBound - begin
  }
}

/// Room, and the program of the suffix where it is not run on blocks.
final class TrialWorker {
  private let windows: TrialWindows
  private let lanes: Int
  private let parts: Int
  /// Two values of the suffix, as blocks.
  private let first, second: FloatBuffer
  private let program: SuffixProgram?

  init(
    graph: Graph, parameters: ParameterStore, cut: GraphCut, chain: [Node]?, windows: TrialWindows,
    lanes: Int
  ) throws(ExecutionError) {
    (self.windows, self.lanes, parts) = (windows, lanes, TrialBlock.size / lanes)
    let largest = (chain ?? []).reduce(windows.outputElements) {
      max($0, graph[$1.output].shape.elementCount)
    }
    first = try FloatBuffer(count: largest * lanes)
    second = try FloatBuffer(count: chain == nil ? 0 : largest * lanes)
    program = chain == nil ? try SuffixProgram(graph, parameters, cut) : nil
  }

  /// The layer's output under a set, for one part of a block, to `first`.
  private func difference(
    _ trial: Int, _ taps: TrialTaps, part: Int, of block: TrialBlock, _ finish: inout kx_finish
  ) {
    var geometry = windows.geometry
    let (starts, taps) = taps[trial]
    kx_sparse_difference(
      &geometry, Int32(lanes), block.input.pointer + part * lanes * windows.inputElements,
      block.base.pointer + part * lanes * windows.outputElements, starts, taps, &finish,
      first.pointer)
  }

  /// Adds the divergence of each set, all on blocks.
  func evaluate(
    _ piece: TrialPiece, _ taps: TrialTaps, _ suffix: BlockSuffix, _ targets: BlockTargets,
    _ sums: UnsafeMutableBufferPointer<Double>
  ) {
    var finish = suffix.finish
    for part in 0..<parts {
      let counted = piece.lanes(part: part, of: lanes)
      if counted.isEmpty { continue }
      for trial in piece.trials {
        difference(trial, taps, part: part, of: piece.block, &finish)
        var (x, y) = (first.pointer, second.pointer)
        for step in suffix.steps where step.run(x, to: y, lanes: lanes) == y { (x, y) = (y, x) }
        sums[trial] += targets.sum(part: piece.index * parts + part, student: x, lanes: counted)
      }
    }
  }

  /// Adds the divergence of each set, its suffix run by Execution.
  func evaluate(
    _ piece: TrialPiece, _ taps: TrialTaps, _ objective: Objective,
    _ sums: UnsafeMutableBufferPointer<Double>
  ) throws(ExecutionError) {
    guard let program else { preconditionFailure("a worker without a suffix") }
    var finish = kx_finish()
    let elements = windows.outputElements
    for trial in piece.trials {
      for part in 0..<parts where !piece.lanes(part: part, of: lanes).isEmpty {
        difference(trial, taps, part: part, of: piece.block, &finish)
        kx_from_block(
          first.pointer, Int32(elements), Int32(lanes), nil,
          program.layerOutput.pointer + part * lanes * elements)
      }
      sums[trial] += try program.divergence(
        objective, crossing: piece.block.crossing, samples: piece.samples,
        skipping: piece.samples.lowerBound - piece.index * TrialBlock.size)
    }
  }
}

/// The suffix of a block's worth of samples, row-major.
private final class SuffixProgram {
  /// What the layer gives, to be written before each run.
  let layerOutput: FloatBuffer
  private let program: Program
  private let outputs: [FloatBuffer]
  private let sizes: [Int]

  init(_ graph: Graph, _ parameters: ParameterStore, _ cut: GraphCut) throws(ExecutionError) {
    program = try Program(
      graph: graph, parameters: parameters, inputs: [cut.layerOutput] + cut.crossing,
      outputs: graph.lossValues, batch: TrialBlock.size)
    layerOutput = try FloatBuffer(
      count: TrialBlock.size * graph[cut.layerOutput].shape.elementCount, zeroed: true)
    sizes = graph.lossValues.map { graph[$0].shape.elementCount }
    var outputs: [FloatBuffer] = []
    for size in sizes { outputs.append(try FloatBuffer(count: TrialBlock.size * size)) }
    self.outputs = outputs
  }

  /// The divergence summed over some of the block's samples.
  ///
  /// - Parameter skipped: samples of the block that come before them.
  func divergence(
    _ objective: Objective, crossing: [FloatBuffer], samples: Range<Int>, skipping skipped: Int
  ) throws(ExecutionError) -> Double {
    try program.run(
      inputs: ([layerOutput] + crossing).map { UnsafePointer($0.pointer) },
      outputs: outputs.map(\.pointer))
    var sum = 0.0
    for (index, output) in outputs.enumerated() {
      sum += objective.sum(
        output: index, student: output.pointer + skipped * sizes[index], samples: samples)
    }
    return sum
  }
}
