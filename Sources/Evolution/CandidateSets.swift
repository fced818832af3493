// The candidate sets of a cycle: which weights each trial zeroes.
//
// A trial is its seed: the same layer, cycle and trial number give the same set, so that nothing of
// the random state has to be kept.

import CKernels
import Tensors

/// Draws candidate sets over one layer's weights.
package struct CandidateSets: Sendable {
  private let method: EvolutionMethod
  private let alive: [Bool]
  private let temperature: Float
  /// Positions that still live, and the logarithm of each one's saliency.
  private let survivors: [Int]
  private let logSaliencies: [Float]

  /// - Parameters:
  ///   - saliency: one number >= 0 a weight; the smaller, the sooner it goes. Unused by `.literal`.
  ///   - alive: whether each weight still lives.
  ///   - temperature: of the noise on log saliency in informed draws.
  package init(method: EvolutionMethod, saliency: [Float], alive: [Bool], temperature: Float) {
    self.method = method
    self.alive = alive
    self.temperature = method == .informed ? temperature : 0
    survivors = alive.indices.filter { alive[$0] }
    logSaliencies = method == .literal ? [] : survivors.map { Float.log(max(saliency[$0], 1e-30)) }
  }

  /// How many weights still live.
  var survivorCount: Int { survivors.count }

  /// Positions of one candidate set, ascending; survivors only.
  ///
  /// - Parameter count: positions drawn. The literal method draws over the whole layer, so fewer
  ///   survivors may be among them; the others give exactly this many, or all there are.
  package func draw(count: Int, generator: SeededGenerator) -> [Int] {
    method == .literal
      ? drawUniformly(count, generator) : drawLeast(min(count, survivors.count), generator)
  }

  /// Positions over the whole layer without replacement, by Floyd's algorithm.
  private func drawUniformly(_ count: Int, _ generator: SeededGenerator) -> [Int] {
    var generator = generator
    var chosen = [Bool](repeating: false, count: alive.count)
    for last in (alive.count - min(count, alive.count))..<alive.count {
      let pick = Int.random(in: 0...last, using: &generator)
      chosen[chosen[pick] ? last : pick] = true
    }
    return survivors.filter { chosen[$0] }
  }

  private func drawLeast(_ count: Int, _ generator: SeededGenerator) -> [Int] {
    guard count > 0 else { return [] }
    var keys = [Float](repeating: 0, count: survivors.count)
    var work = keys
    var picked = [Int32](repeating: 0, count: count)
    var generator = generator
    kx_gumbel_keys(
      logSaliencies, Int32(keys.count), Self.gumbelQuantiles, temperature, generator.next(), &keys)
    kx_smallest(keys, Int32(keys.count), Int32(count), &work, &picked)
    return picked.map { survivors[Int($0)] }
  }

  /// The Gumbel distribution at (k + 1/2) / 4096.
  private static let gumbelQuantiles: [Float] = (0..<4096).map { k in
    -Float.log(-Float.log((Float(k) + 0.5) / 4096))
  }
}
