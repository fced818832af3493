// How far a blob's own answers are from its teacher's, and how sure that is. Each sample gives one
// number, by the objective that evolution was told; of these the mean, and 1.96 standard errors
// either way as its 95 % confidence interval, which supposes that means of so many are normal.

import Blob
import Execution
import ModelGraph
import Trials

/// Answers of two networks to the same samples, kept to be measured when all are there.
package struct AnswerPairs: Sendable {
  /// Numbers kept at most.
  private static let capacity = 1 << 25

  /// Each output of the samples so far, row-major by sample.
  private(set) var teacher: [[Float]] = []
  private(set) var edge: [[Float]] = []
  /// The first samples, all of them unless they are more than memory should hold.
  private(set) var samples = 0
  private var isFull = false

  /// Keeps the answers to the next samples, unless that is too much.
  mutating func add(teacher: [[Float]], edge: [[Float]], samples: Int) {
    let kept = self.teacher.reduce(0) { $0 + $1.count }
    isFull = isFull || kept + teacher.reduce(0) { $0 + $1.count } > Self.capacity
    guard !isFull else { return }
    if self.teacher.isEmpty {
      (self.teacher, self.edge) = (teacher, edge)
    } else {
      for index in teacher.indices {
        self.teacher[index] += teacher[index]
        self.edge[index] += edge[index]
      }
    }
    self.samples += samples
  }

  /// The divergence over the kept samples; nil for fewer than 2, where it is not finite, and where an answer is
  /// the number of a place, which says nothing of what it is measured by.
  ///
  /// - Parameters:
  ///   - graph: the teacher. Where it ends in a softmax and distributions are compared, the
  ///     logarithms of its answers stand for what goes into that.
  ///   - least: of each output, what its numbers are raised to before that.
  package func divergence(
    _ kind: DivergenceKind, of graph: Graph, labels: [Int]?, weights: OutputWeights?, least: [Float]
  ) -> BlobProvenance.Divergence? {
    guard samples >= 2, kind != .crossEntropy || labels != nil, graph.placeValues.isDisjoint(with: graph.outputs)
    else { return nil }
    var (targets, answers) = (teacher, edge)
    if kind == .distribution || kind == .crossEntropy {
      for (index, (output, input)) in zip(graph.outputs, graph.lossValues).enumerated()
      where output != input {
        targets[index] = targets[index].map { Float.log(max($0, least[index])) }
        answers[index] = answers[index].map { Float.log(max($0, least[index])) }
      }
    }
    let objective = Objective(
      kind: kind, graph: graph, targets: targets, count: samples,
      labels: labels.map { Array($0.prefix(samples)) },
      weights: kind == .crossEntropy ? nil : weights)
    var each = [Double](repeating: 0, count: samples)
    for (output, values) in answers.enumerated() {
      let width = values.count / samples
      values.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        for sample in 0..<samples {
          each[sample] += objective.sum(
            output: output, student: base + sample * width, samples: sample..<sample + 1)
        }
      }
    }
    return BlobProvenance.Divergence(kind, each)
  }
}

extension BlobProvenance.Divergence {
  /// The mean of samples with its interval; nil for fewer than 2, and where it is not finite.
  package init?(_ kind: DivergenceKind, _ samples: [Double]) {
    guard samples.count >= 2 else { return nil }
    let count = Double(samples.count)
    let mean = samples.reduce(0, +) / count
    let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let halfWidth = 1.96 * (variance / count).squareRoot()
    guard Float(mean).isFinite, Float(halfWidth).isFinite else { return nil }
    self.init(
      kind: Kind(kind), mean: Float(mean), halfWidth: Float(halfWidth), samples: samples.count)
  }
}

extension BlobProvenance.Divergence.Kind {
  package init(_ kind: DivergenceKind) {
    switch kind {
    case .distribution: self = .distribution
    case .squaredError: self = .squaredError
    case .normalizedError: self = .normalizedError
    case .crossEntropy: self = .crossEntropy
    case .boxes: self = .boxes
    case .objects: self = .objects
    }
  }

  /// As options name it.
  package var name: String {
    switch self {
    case .distribution: DivergenceKind.distribution.rawValue
    case .squaredError: DivergenceKind.squaredError.rawValue
    case .normalizedError: DivergenceKind.normalizedError.rawValue
    case .crossEntropy: DivergenceKind.crossEntropy.rawValue
    case .boxes: DivergenceKind.boxes.rawValue
    case .objects: DivergenceKind.objects.rawValue
    }
  }
}
