// The trials of one pool of layers in one cycle. A trial is its number: which weights it zeroes, and
// what survivors take over for them, follow from the draw and the number, so that nobody keeps sets
// or changed weights, and whoever has the draw makes the same of it.

import Execution
import ModelGraph
import Tensors

/// Where a draw's randomness comes from: nothing else is random in it.
package struct DrawOrigin: Equatable, Sendable {
  package let seed: UInt64
  package let cycle: Int
  package let pool: Int

  package init(seed: UInt64, cycle: Int, pool: Int) {
    (self.seed, self.cycle, self.pool) = (seed, cycle, pool)
  }

  package var generator: SeededGenerator {
    SeededGenerator(seed: seed).fork(UInt64(cycle)).fork(UInt64(pool))
  }
}

/// What the sets of a draw are drawn by.
package enum DrawDistribution: Equatable, Sendable {
  /// All positions alike, those that are zeros already among them where `all`.
  case uniform(all: Bool)
  /// The least by one saliency, an exponent a measure.
  case saliency([Float])
  /// The least by exponents, and offsets of layers, that are drawn themselves.
  case learned(DrawModel)
}

/// Makes the trials of one pool in one cycle from their numbers.
package struct Draw: Equatable, Sendable {
  package let origin: DrawOrigin
  /// The pool's layers, indices in `Graph.layers`.
  package let layers: [Int]
  package let candidates: Candidates
  package let distribution: DrawDistribution
  /// Positions of a set; sets have fewer where layers have less to spare.
  package let count: Int
  /// Of the noise on log saliency.
  package let temperature: Float
  /// Exponents of the measures behind those of the distribution: told, not learned, and the same in all trials.
  package var told: [Float] = []
  /// Who lets the survivors of each layer take over what its lost weights contributed, nil for
  /// layers that only lose; nil: no layer recovers.
  package var recovery: [Compensation?]?

  package init(
    origin: DrawOrigin, layers: [Int], candidates: Candidates, distribution: DrawDistribution,
    count: Int, temperature: Float, recovery: [Compensation?]?
  ) {
    (self.origin, self.layers, self.candidates) = (origin, layers, candidates)
    (self.distribution, self.count, self.temperature) = (distribution, count, temperature)
    self.recovery = recovery
  }

  /// The exponents, one a measure of the distribution, and the offsets, one a layer, that a trial is drawn by; none
  /// where draws are uniform.
  package func parameters(of trial: Int) -> (exponents: [Float], offsets: [Float]) {
    switch distribution {
    case .uniform: ([], [])
    case .saliency(let exponents): (exponents, layers.map { _ in 0 })
    case .learned(let model): model.sample(trial: trial, generator: fork(trial))
    }
  }

  /// The positions that a trial zeroes, for each layer ascending.
  ///
  /// - Complexity: O(weights of the pool).
  package func set(_ trial: Int) -> [[Int]] {
    if case .uniform(let all) = distribution {
      return candidates.drawUniformly(count, all: all, fork(trial))
    }
    let (exponents, offsets) = parameters(of: trial)
    return candidates.drawLeast(
      count, exponents: exponents + told, offsets: offsets, temperature: noise(of: trial), fork(trial))
  }

  /// What becomes of each layer's weights where a set is zeroed.
  package func change(zeroing set: [[Int]]) throws(ExecutionError) -> [WeightChange] {
    var changes: [WeightChange] = []
    for (place, lost) in set.enumerated() {
      guard !lost.isEmpty, let compensation = recovery?[place] else {
        changes.append(.zeroing(lost))
        continue
      }
      changes.append(
        .replacing(try compensation.compensated(candidates.weights[place], losing: lost)))
    }
    return changes
  }

  private func fork(_ trial: Int) -> SeededGenerator { origin.generator.fork(UInt64(trial)) }

  /// The least by a saliency is tried as it is, and so are the known saliencies among the learned
  /// ones; all other sets have noise.
  private func noise(of trial: Int) -> Float {
    switch distribution {
    case .uniform: 0
    case .saliency: trial < 1 ? 0 : temperature
    case .learned: trial < 4 ? 0 : temperature
    }
  }
}

/// What becomes of one layer's weights.
package enum WeightChange: Equatable, Sendable {
  /// Those at some positions become 0.
  case zeroing([Int])
  /// All become others.
  case replacing([Float])
}

extension ParameterStore {
  package func apply(_ change: WeightChange, to layer: Layer) {
    switch change {
    case .zeroing(let lost):
      if lost.isEmpty { return }
      update(layer.weight) { for position in lost { $0[position] = 0 } }
    case .replacing(let values): set(layer.weight, to: values)
    }
  }

  /// Undoes a change of a copy of the weights in another store.
  func takeBack(_ change: WeightChange, of layer: Layer, from original: ParameterStore) {
    let values = original[layer.weight]
    switch change {
    case .zeroing(let lost):
      if lost.isEmpty { return }
      update(layer.weight) { for position in lost { $0[position] = values[position] } }
    case .replacing: update(layer.weight) { _ = $0.update(fromContentsOf: values) }
    }
  }
}
