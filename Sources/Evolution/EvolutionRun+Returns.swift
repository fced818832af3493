// Weights that return. A cycle begins with steps in which every weight of its pools is trained, zeroed ones
// too, under a price for what weights take in the blob (`CodingCost`): what the loss does not pull away
// from zero goes there, and what it does pull comes back. Zeroed weights that grew significant stay for
// the cycle's trials, which zero as many more; the others are zero again. The price is raised as long as training
// leaves more weights significant than the cycle is to keep, and lowered where it leaves fewer, so that it goes
// with the plan, whatever the loss is measured in. One price for all layers shares the bytes among them.

import Execution
import ModelGraph
import Tensors
import Trials

extension EvolutionRun {
  /// The price after the first cycle, which has none, and the least of any, in units of what noise moves.
  private static var firstPrice: Float { 0.03 }
  private static var leastPrice: Float { 0.003 }
  /// Of a layer's knee, the magnitude above which a weight is significant.
  private static var significance: Float { 0.25 }

  /// The root mean square of a layer's weights that are not zero.
  static func knee(_ weights: [Float]) -> Float {
    let sum = weights.reduce(0.0) { $0 + Double($1) * Double($1) }
    return max(Float((sum / Double(max(weights.survivorCount, 1))).squareRoot()), 1e-12)
  }

  /// Gradient steps of a cycle in which zeroed weights are trained too; those that follow make up for what
  /// the cycle zeroes.
  func freeSteps(of budget: CycleBudget) -> Int {
    settings.isIrrevocable || settings.retraining.every != 1 ? 0 : budget.steps * 3 / 4
  }

  /// Trains all weights of the pools, and zeroes again what had been zero and came to nothing.
  ///
  /// - Returns: how many weights came back; nil where the run was stopped on the way.
  func letReturn(steps: Int, cycle: Int) throws(ExecutionError) -> Int? {
    guard steps > 0 else { return 0 }
    let pooled = Set(settings.pools.flatMap(\.layers)).sorted()
    let wanted = wantedSurvivors(cycle: cycle)
    let before = pooled.map { parameters.values(layers[$0].weight) }
    let price = state.price ?? 0
    for index in pooled {
      trainer.release(layers[index].weight)
      trainer.setCost(layers[index].weight, CodingCost(price: price, knee: knees[index]))
    }
    let finished = try train(steps: steps) { _ in settings.retraining.learningRate }
    for index in pooled { trainer.setCost(layers[index].weight, nil) }
    guard finished else { return nil }
    var (returned, significant) = (0, 0)
    for (index, old) in zip(pooled, before) {
      let least = Self.significance * knees[index]
      parameters.update(layers[index].weight) { weights in
        for position in weights.indices {
          let counts = abs(weights[position]) > least
          if counts { significant += 1 }
          guard old[position] == 0 else { continue }
          if counts { returned += 1 } else { weights[position] = 0 }
        }
      }
    }
    let noise = noise(of: pooled)
    state.price = state.price.map {
      Self.price(after: $0, significant: significant, wanted: wanted, noise: noise)
    } ?? Self.firstPrice * noise
    return returned
  }

  /// The price of the next cycle.
  static func price(after price: Float, significant: Int, wanted: Int, noise: Float) -> Float {
    let excess = Float(significant) / Float(max(wanted, 1))
    return max(leastPrice * noise, price * min(1.5, max(0.7, excess * excess * excess)))
  }

  /// What a gradient of the usual size says that it is worth to move a weight by its layer's knee, in the mean of all
  /// weights: the unit of prices, in which they do not depend on what the loss is measured in.
  private func noise(of pooled: [Int]) -> Float {
    var (sum, count) = (0.0, 0)
    for index in pooled {
      let weights = layers[index].weightCount
      sum += Double(trainer.gradientSize(of: layers[index].weight) * knees[index]) * Double(weights)
      count += weights
    }
    return Float(sum / Double(max(count, 1)))
  }
}
