// The diagonal of the divergence's Hessian in the weights, which tells what zeroing one weight costs
// to second order: w² h / 2 (optimal brain damage; LeCun et al. 1990).
//
// Near the teacher the Hessian of a divergence is its Gauss-Newton matrix, and for the
// Kullback-Leibler divergence the Fisher information: J' C J, with J the outputs' slopes in the weights
// and C the covariance of a class drawn from the student's softened distribution p. So the outputs
// are pulled by a random vector of that covariance, p less the class drawn, one a sample; the square
// of the slope of a whole batch is then on average the sum of its samples' squares, and no slope of
// a single sample is needed. For squared error the vector is plus or minus 1. What pulls is a
// squared error whose target lies that vector away from the output.

import Execution
import ModelGraph
import Tensors

/// Estimates the diagonal of the Hessian of the divergence in each layer's weights.
package final class Curvature {
  private let graph: Graph
  private let layers: [Layer]
  private let trainer: Trainer
  private let executor: Executor
  private let classifies: Bool
  private let weights: OutputWeights?
  private let temperature: Float

  /// Samples whose slopes are squared together.
  private static let chunk = 16

  /// - Parameters:
  ///   - parameters: the student's; read at each call.
  ///   - temperature: softening of the student's distribution.
  ///   - kind: `distribution` and `crossEntropy` take the last axis as classes.
  package init(
    graph: Graph, parameters: ParameterStore, kind: DivergenceKind, weights: OutputWeights?,
    temperature: Float, threads: Int
  ) throws(ExecutionError) {
    self.graph = graph
    self.weights = weights
    self.temperature = temperature
    layers = graph.layers
    classifies = kind == .distribution || kind == .crossEntropy
    trainer = try Trainer(
      graph: graph, trainable: layers.map(\.weight), loss: .meanSquaredError,
      optimizer: .sgd(momentum: 0), threads: threads, parameters: parameters)
    executor = try Executor(
      graph: graph, threads: threads, parameters: parameters, to: graph.lossValues)
  }

  /// One number >= 0 a weight, all up to the same factor, for each of the graph's layers.
  ///
  /// - Complexity: two forward passes and a backward one over the samples.
  package func diagonal(samples: SampleSet, generator: SeededGenerator)
    throws(ExecutionError) -> [[Float]]
  {
    var generator = generator
    var sums = layers.map { [Float](repeating: 0, count: $0.weightCount) }
    for start in stride(from: 0, to: samples.count, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, samples.count)
      let inputs = samples.tensors(range, of: graph)
      let targets = try executor.run(inputs: inputs).enumerated().map { output, values in
        classifies ? drawn(values, output, &generator) : displaced(values, output, &generator)
      }
      let batch = TrainingBatch(inputs: inputs.map(\.values), targets: targets)
      _ = try batch.withPointers { (inputs, targets) throws(ExecutionError) in
        try trainer.computeGradients(count: range.count, inputs: inputs, targets: targets)
      }
      for (index, layer) in layers.enumerated() {
        addSquares(trainer.gradient(of: layer.weight), times: Float(range.count), to: &sums[index])
      }
    }
    return sums
  }

  private func addSquares(
    _ gradient: UnsafeBufferPointer<Float>, times factor: Float, to sums: inout [Float]
  ) {
    sums.withUnsafeMutableBufferPointer { sums in
      for index in sums.indices { sums[index] += factor * factor * gradient[index] * gradient[index] }
    }
  }

  /// Each row less p, plus a class drawn from p.
  private func drawn(_ logits: Tensor, _ output: Int, _ generator: inout SeededGenerator) -> [Float] {
    let columns = logits.shape.last ?? 1
    var targets = logits.values
    for row in stride(from: 0, to: logits.count, by: columns) {
      let values = logits.values[row..<row + columns]
      let top = values.max() ?? 0
      let odds = values.map { Float.exp(($0 - top) / temperature) }
      let sum = odds.reduce(0, +)
      var rest = generator.nextFloat() * sum
      var pick = 0
      while pick < columns - 1 && rest >= odds[pick] {
        rest -= odds[pick]
        pick += 1
      }
      var size = weight(output, row + pick).squareRoot()
      // With weights the vector's mean is not 0, and samples squared together would mix.
      if weights != nil && generator.next() & 1 == 0 { size = -size }
      for (column, odd) in odds.enumerated() {
        targets[row + column] -= size * (odd / sum - (column == pick ? 1 : 0))
      }
    }
    return targets
  }

  /// Each number moved up or down by the root of its weight.
  private func displaced(_ values: Tensor, _ output: Int, _ generator: inout SeededGenerator)
    -> [Float]
  {
    values.values.enumerated().map { index, value in
      let size = weight(output, index).squareRoot()
      return value + (generator.next() & 1 == 0 ? size : -size)
    }
  }

  /// What a number of an output counts in the divergence.
  private func weight(_ output: Int, _ index: Int) -> Float {
    let shape = graph[graph.lossValues[output]].shape
    // Each output counts by its mean over numbers, or over distributions.
    let terms = classifies ? shape.dropLast().elementCount : shape.elementCount
    guard let weights = weights?[output] else { return 1 / Float(terms) }
    return weights[index % weights.count] / Float(terms)
  }
}
