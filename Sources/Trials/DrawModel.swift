// What candidate sets are drawn by: for each method the measures of a weight and their exponents, and
// for the learned one a distribution over exponents.
//
// The learned method is the cross-entropy method (Rubinstein 1999) over a family of saliencies. Every
// trial draws exponents, and its set is the least by the saliency they make; the exponents of the
// better quarter of the trials move the distribution for the next cycle. The known saliencies are
// points of the family and are among each cycle's trials, so that a cycle zeroes nothing worse, by
// direct evaluation, than any of them would. In a pool of several layers each layer has an offset
// besides, learned the same way: how much of the budget it gives up is decided by measured
// divergence.
//
// Trials are best compared as they would be after a recovery (`judgesRecovered`): compared as they are,
// they favour weights with inputs of low norm, which is what hurts least at once and not what
// retraining can make good.

import Tensors

/// The distribution of the exponents that a pool's sets are drawn by: independent normals.
public struct DrawModel: Codable, Equatable, Sendable {
  /// One a measure, then one offset a layer.
  public var means: [Double]
  public var deviations: [Double]
}

/// The measures that the learned method combines, and with which exponents.
package enum Measure: Int, CaseIterable {
  /// |w|
  case magnitude
  /// Root mean square of what the weight is multiplied with.
  case input
  /// Root of the divergence's second derivative in the weight.
  case curvature
  /// Root mean square of magnitude times input over the survivors of its filter, and over those
  /// that share its input.
  case row, column

  package static let zeros = [Float](repeating: 0, count: allCases.count)

  /// The exponents that make a known saliency.
  package static func exponents(_ measures: Measure...) -> [Float] {
    measures.reduce(into: zeros) { $0[$1.rawValue] = 1 }
  }
}

extension DrawModel {
  /// Whether another is over as many exponents and offsets, all of them numbers.
  package func isLike(_ other: DrawModel) -> Bool {
    means.count == other.means.count && deviations.count == other.deviations.count
      && (other.means + other.deviations).allSatisfy(\.isFinite)
      && other.deviations.allSatisfy { $0 >= 0 }
  }

  /// Magnitude times the root of the input's norm, and the other measures about it. Between magnitude
  /// and Wanda: the exponent 1/2 is that of Zhang et al. 2024 (RIA), and what runs that begin at
  /// either end learn. Magnitude's exponent is the unit of the others.
  package init(layers: Int) {
    means = [1, 0.5, 0, 0, 0] + Array(repeating: 0, count: layers)
    deviations = [0, 0.2, 0.1, 0.1, 0.1] + Array(repeating: layers > 1 ? 0.2 : 0, count: layers)
  }

  /// The exponents and offsets of one trial. The first is the mean itself; the next are known
  /// saliencies; the rest are drawn.
  package func sample(trial: Int, generator: SeededGenerator)
    -> (exponents: [Float], offsets: [Float])
  {
    let known = [
      Measure.exponents(.magnitude, .curvature), Measure.exponents(.magnitude, .input),
      Measure.exponents(.magnitude),
    ]
    let layers = means.count - Measure.zeros.count
    if (1...known.count).contains(trial) {
      return (known[trial - 1], Array(repeating: 0, count: layers))
    }
    var generator = generator.fork(0xCE)
    let values = zip(means, deviations).map { mean, deviation in
      Float(mean + (trial == 0 ? 0 : deviation * Double(generator.nextNormal())))
    }
    return (Array(values.prefix(Measure.zeros.count)), Array(values.suffix(layers)))
  }

  /// Moves towards the better trials.
  ///
  /// - Parameters:
  ///   - trials: the exponents, then the offsets, of each trial.
  ///   - scores: the less the better.
  package mutating func learn(from trials: [[Float]], scores: [Double]) {
    guard trials.count >= 8 else { return }
    let order = scores.indices.filter { scores[$0].isFinite }
      .sorted { (scores[$0], $0) < (scores[$1], $1) }
    let elite = order.prefix(max(3, trials.count / 4)).map { trials[$0] }
    guard !elite.isEmpty else { return }
    for index in means.indices where deviations[index] > 0 {
      let values = elite.map { Double($0[index]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      means[index] += Self.rate * (mean - means[index])
      deviations[index] += Self.rate * (variance.squareRoot() - deviations[index])
      deviations[index] = max(deviations[index], Self.leastDeviation)
    }
  }

  private static let rate = 0.3
  /// Searches on, since what is best changes as the net gets sparser.
  private static let leastDeviation = 0.05
}
