// What quantization decides for a layer, and the decisions worth trying.

import Quantization
import Tensors

/// How the survivors of one layer are stored.
public struct LayerPlan: Hashable, Sendable, Codable {
  /// Most levels of its table; `float` where weights stay float32.
  public var levels: LevelChoice
  /// What a bit of a code counts against error, as ``LayerQuantizer/lambda``.
  public var lambda: Double
  /// Share of the survivors that are zeroed first, those whose loss counts least; 0 ..< 1.
  public var zeroed: Double

  public init(levels: LevelChoice, lambda: Double = 0, zeroed: Double = 0) {
    self.levels = levels
    self.lambda = lambda
    self.zeroed = zeroed
  }

  /// Whether every number is one that a stage can work with.
  package var isInRange: Bool {
    levels.isInRange && lambda >= 0 && lambda <= 1 && zeroed >= 0 && zeroed < 1
  }

  /// Plans from the most exact to the coarsest: bits are made to count more and more, and every
  /// such table is tried with some survivors zeroed too; tables of few levels serve layers in which
  /// bits are not what counts.
  ///
  /// - Parameters:
  ///   - levels: most levels of a table.
  ///   - byBits: whether bits may count in placing them.
  package static func candidates(levels most: Int, byBits: Bool) -> [LayerPlan] {
    var plans: [LayerPlan] = []
    for zeroed in [0, 0.05, 0.1, 0.2, 0.3] {
      for lambda in byBits ? [0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12] : [0] {
        plans.append(LayerPlan(levels: .table(most), lambda: lambda, zeroed: zeroed))
      }
    }
    for levels in [2, 3, 4, 6, 8, 12] where levels < most {
      plans.append(LayerPlan(levels: .table(levels)))
    }
    return plans
  }

  /// In a few words.
  public var text: String {
    var words = [levels.text]
    if lambda > 0 { words.append("lambda \(lambda)") }
    if zeroed > 0 { words.append("\(zeroed.points)") }
    return words.joined(separator: ", ")
  }
}

/// How a layer's table came about.
public struct TableRecord: Equatable, Sendable, Codable {
  /// How it was to be made.
  public var plan: LayerPlan
  /// Survivors that the plan zeroed.
  public var zeroed: Int
  /// The table beside others for the same survivors, as it was placed and not yet trained; nil for
  /// float32.
  public var certificate: TableCertificate?

  package init(plan: LayerPlan, zeroed: Int, certificate: TableCertificate? = nil) {
    (self.plan, self.zeroed, self.certificate) = (plan, zeroed, certificate)
  }
}
