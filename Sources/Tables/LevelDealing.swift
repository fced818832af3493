// How exactly each layer is stored where nothing is trained. Errors of layers add up in the answers
// nearly as their squares do, so that one price rules: what a bit may cost in squared error of the
// answers. Of a layer whose weights' error e, as a share of their variance, moves the answers by s e, a
// bit of one of n codes may cost price x n / s of that variance, which is the lambda by which
// `LayerQuantizer` places levels and chooses codes. So one number gives every layer its table, and the
// sum is the least error that so many bits allow, as far as errors add up.

import Foundation
import ModelGraph

/// Which plan each layer has at a price.
package struct LevelDealing: Sendable {
  /// What is known of a layer.
  package struct Share: Equatable, Sendable {
    /// Its weights that are not zero.
    package var survivors: Int
    /// Squared error of the answers, over their power, for an error of the weights as large as they
    /// vary; 0 where they have no say.
    package var sensitivity: Double

    package init(survivors: Int, sensitivity: Double) {
      (self.survivors, self.sensitivity) = (survivors, sensitivity)
    }
  }

  /// For each layer what it is dealt by, or the plan that it has whatever the price.
  private let shares: [Share?]
  private let fixed: [LayerPlan?]
  /// Levels of a table at most.
  private let levels: Int
  /// What no plan is finer than.
  package let finest: LayerPlan

  /// Steps of the price: four double it.
  private static let stepsAnOctave = 4
  /// Lambdas are of this ladder, so that a layer seldom has to be quantized again for another price.
  private static let lambdas = (0...22).map { 0.25 * pow(2, -0.5 * Double($0)) }
  /// Below the ladder's end a table has all the levels that there are, which leave an error of about
  /// 4e-5; below this float32 is worth its 24 bits more.
  private static let leastLambda = 1.7e-6

  /// - Parameters:
  ///   - shares: one a layer.
  ///   - fixed: plans of layers that are not dealt any.
  ///   - most: levels of a table at most, none being kept as float32 then; nil: 256, or float32.
  package init(shares: [Share], fixed: [LayerPlan?], most: Int? = nil) {
    levels = most ?? 256
    finest = LayerPlan(levels: most.map { .table($0) } ?? .float)
    // What hardly matters here may matter for other inputs.
    let least = 1e-6 * (shares.map(\.sensitivity).max() ?? 0)
    self.shares = zip(shares, fixed).map { share, plan in
      plan == nil
        ? Share(survivors: share.survivors, sensitivity: max(share.sensitivity, least)) : nil
    }
    self.fixed = fixed
  }

  /// The plan of each layer at a step of the price; the higher, the coarser.
  package func plans(at step: Int) -> [LayerPlan] {
    let price = pow(2, Double(step) / Double(Self.stepsAnOctave))
    return zip(shares, fixed).map { share, plan in
      share.map { self.plan($0, price: price) } ?? plan ?? LayerPlan(levels: .usual)
    }
  }

  private func plan(_ share: Share, price: Double) -> LayerPlan {
    let wanted = price * Double(share.survivors) / max(share.sensitivity, 1e-12)
    if wanted < Self.leastLambda { return finest }
    guard let lambda = Self.lambdas.first(where: { $0 <= wanted * 1.19 }) else {
      return LayerPlan(levels: .table(levels))
    }
    return LayerPlan(levels: .table(levels), lambda: lambda)
  }

  /// The step at which the answers' squared error is foretold to be so large: by high-resolution
  /// theory a layer's error is its lambda over 2 ln 2.
  package func step(foreseeing error: Double) -> Int {
    let count = shares.reduce(0) { $0 + ($1?.survivors ?? 0) }
    let price = max(error, 1e-12) * 2 * 0.6931 / Double(max(count, 1))
    return Int((Double(Self.stepsAnOctave) * log2(price)).rounded())
  }

  /// The coarsest step that passes.
  ///
  /// - Parameters:
  ///   - first: where to look first.
  ///   - passes: asked for few steps; what passes is taken to pass at every lower step too.
  /// - Returns: nil where not even layers of float32 pass.
  package func coarsest<Failure: Error>(
    from first: Int, where passes: (Int) throws(Failure) -> Bool
  ) throws(Failure) -> Int? {
    var (good, bad): (Int?, Int?) = (nil, nil)
    var (step, stride) = (first, 4)
    while true {
      if try passes(step) { good = step } else { bad = step }
      if let good, let bad {
        if bad - good <= 1 { return good }
        step = (good + bad) / 2
      } else if good != nil {
        if isCoarsest(step) { return step }
        step += stride
      } else {
        if isFinest(step) { return nil }
        step -= stride
      }
      if good == nil || bad == nil { stride *= 2 }
    }
  }

  private func isFinest(_ step: Int) -> Bool {
    zip(plans(at: step), fixed).allSatisfy { $1 != nil || $0 == finest }
  }

  private func isCoarsest(_ step: Int) -> Bool {
    zip(plans(at: step), fixed).allSatisfy { $1 != nil || $0.lambda == Self.lambdas[0] }
  }
}
