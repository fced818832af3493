// Divergences of a student's answers from what they are compared with, over buffers.

import CKernels
import Execution
import ModelGraph
import Tensors

/// What a student's answers are compared by.
public enum DivergenceKind: String, Codable, Sendable, CaseIterable {
  /// Kullback-Leibler divergence of the softmax distributions, over the last axis of each output:
  /// for classifiers.
  case distribution = "kl"
  /// Mean squared error over all outputs: the paper's, and for everything that does not classify.
  case squaredError = "mse"
  /// The same with each number of an output divided by its deviation over the samples, so that
  /// outputs of different units count alike.
  case normalizedError = "nmse"
  /// Cross-entropy with the labels.
  case crossEntropy = "ce"
  /// Of detectors: mean squared error over what the numbers of heads stand for, boxes in parts of the image, the
  /// paper's.
  case boxes
  /// Of detectors: by what the teacher sees in each cell, so that its unsure objects are kept.
  case objects

  /// By which measure of heads; nil for the others.
  package var ofHeads: DetectionLoss.Measure? {
    switch self {
    case .boxes: .squares
    case .objects: .objects
    case .distribution, .squaredError, .normalizedError, .crossEntropy: nil
    }
  }
}

/// Which of the outputs matter, and how much: edge specialisation. One weight an element, for each
/// output; nil: all alike.
public typealias OutputWeights = [[Float]]

/// The number that trials, cycles and final states are compared by: a divergence over fixed samples.
package struct Objective: Sendable {
  package let kind: DivergenceKind
  /// Softening of both distributions.
  package let temperature: Float
  /// For each output and sample what the student is compared with, row-major: the teacher's numbers,
  /// or probabilities that come from labels.
  package private(set) var targets: [[Float]]
  package private(set) var weights: OutputWeights?
  /// Samples there are.
  package let count: Int
  private let shapes: [[Int]]
  /// Where heads are compared as boxes.
  private let heads: DetectionLoss?

  /// - Parameters:
  ///   - graph: its `lossValues` are the outputs.
  ///   - temperature: softening of both distributions; 1 is none.
  ///   - targets: the teacher's numbers for each, row-major by sample.
  ///   - labels: needed by `.crossEntropy`, for its one output.
  package init(
    kind: DivergenceKind, graph: Graph, targets: [[Float]], count: Int, labels: [Int]? = nil,
    weights: OutputWeights? = nil, temperature: Float = 1
  ) {
    self.kind = kind
    self.temperature = temperature
    self.count = count
    self.weights = weights
    self.targets = targets
    shapes = graph.lossValues.map { graph[$0].shape }
    heads = kind.ofHeads.map { DetectionLoss($0, of: graph) }
    switch kind {
    case .normalizedError: self.weights = Self.precisions(targets, count, shapes, weights)
    case .crossEntropy:
      if let labels { self.targets = [oneHot(labels, classes: shapes[0].last ?? 1).values] }
    case .distribution, .squaredError, .boxes, .objects: break
    }
  }

  /// The same over the first samples.
  package func prefix(_ samples: Int) -> Objective {
    Objective(copying: self, count: min(samples, count))
  }

  private init(copying other: Objective, count: Int) {
    (kind, weights, shapes, self.count) = (other.kind, other.weights, other.shapes, count)
    (temperature, heads) = (other.temperature, other.heads)
    targets = zip(other.targets, shapes).map { Array($0.prefix(count * $1.elementCount)) }
  }

  /// The divergence of one output summed over some of the samples.
  ///
  /// - Parameter student: that output of these samples, row-major, channels first.
  package func sum(output: Int, student: UnsafePointer<Float>, samples: Range<Int>) -> Double {
    guard !samples.isEmpty else { return 0 }
    let (shape, loss) = (shapes[output], loss(temperature: temperature))
    return targets[output].withUnsafeBufferPointer { targets in
      guard let base = targets.baseAddress else { return 0 }
      return loss.total(
        student, base + samples.lowerBound * shape.elementCount, output: output, shape: shape,
        samples: samples.count)
    } / loss.terms([shape])
  }

  /// Adds the divergences of all outputs over some of the samples to a sum.
  ///
  /// - Parameter student: the outputs of these samples, and others behind them.
  package func add(_ student: [Tensor], samples: Range<Int>, to sum: inout Double) {
    for (output, values) in student.prefix(shapes.count).enumerated() {
      sum += values.values.withUnsafeBufferPointer { values in
        values.baseAddress.map { self.sum(output: output, student: $0, samples: samples) } ?? 0
      }
    }
  }

  /// The loss that retraining takes: the same towards the teacher, whose answers labels are mixed
  /// into.
  package func trainingLoss(temperature: Float) -> Loss {
    guard kind == .crossEntropy else { return loss(temperature: temperature) }
    return weights.map { .weightedDistillation(temperature: temperature, $0) }
      ?? .distillation(temperature: temperature)
  }

  private func loss(temperature: Float) -> Loss {
    if let heads { return .detection(heads) }
    return switch (kind, weights) {
    case (.distribution, nil): .distillation(temperature: temperature)
    case (.distribution, let weights?): .weightedDistillation(temperature: temperature, weights)
    case (.squaredError, nil), (.normalizedError, nil), (.boxes, nil), (.objects, nil): .meanSquaredError
    case (.squaredError, let weights?), (.normalizedError, let weights?), (.boxes, let weights?),
      (.objects, let weights?):
      .weightedSquaredError(weights)
    case (.crossEntropy, _): .crossEntropy
    }
  }

  /// For each number of an output, 1 over its variance over the samples, times its given weight.
  private static func precisions(
    _ targets: [[Float]], _ count: Int, _ shapes: [[Int]], _ weights: OutputWeights?
  ) -> OutputWeights {
    zip(targets, shapes).enumerated().map { output, pair in
      let (values, width) = (pair.0, pair.1.elementCount)
      let variances = (0..<width).map { element -> Double in
        var (sum, squares) = (0.0, 0.0)
        for sample in 0..<count {
          let value = Double(values[sample * width + element])
          sum += value
          squares += value * value
        }
        let mean = sum / Double(max(count, 1))
        return max(0, squares / Double(max(count, 1)) - mean * mean)
      }
      // A number that hardly varies is judged by the typical variance, not blown up by its own.
      let typical = variances.reduce(0, +) / Double(max(width, 1))
      return variances.indices.map { element in
        let variance = max(variances[element], 1e-3 * typical, 1e-12)
        return Float(1 / variance) * (weights?[output][element] ?? 1)
      }
    }
  }
}

extension FloatBuffer {
  /// A buffer of given numbers.
  convenience init(_ values: [Float]) throws(ExecutionError) {
    try self.init(count: values.count)
    pointer.update(from: values, count: values.count)
  }
}
