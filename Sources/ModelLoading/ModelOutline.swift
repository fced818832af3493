/// A network of which only the layers are known, not their numbers: a Darknet configuration without its weights.
public struct ModelOutline: Equatable, Sendable {
  /// A section of the configuration.
  public struct Layer: Equatable, Sendable {
    /// Its number in Darknet's list of layers and its type: `12_convolutional`.
    public let name: String
    /// Its type.
    public let type: String
    /// Shapes of what it reads and gives: channels, height, width.
    public let inputs: [[Int]]
    public let output: [Int]
    /// Trained numbers: weights, biases or scales and shifts.
    public let parameters: Int
    /// Rows and columns of its weights as a matrix of filters; nil where it has none.
    public let filters: [Int]?
  }

  /// Where the weights were looked for.
  public let missingWeights: String
  /// Channels, height, width.
  public let input: [Int]
  public let outputs: [[Int]]
  public let layers: [Layer]
  /// All numbers that the weights have to hold, means and variances of normalizations among them.
  public let numberCount: Int

  /// Trained numbers of the network.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameters } }
}

extension ModelOutline {
  init(_ plan: DarknetPlan, missing weights: String) {
    missingWeights = weights
    input = plan.input
    outputs = plan.outputs.map { plan.steps[$0].shape }
    numberCount = plan.numberCount
    layers = plan.steps.map { step in
      let filters = step.layer.filters
      let statistics = filters?.isNormalized == true ? 2 * step.shape[0] : 0
      let others = (filters?.isNormalized == true ? 4 : 1) * step.shape[0]
      return Layer(
        name: step.name, type: step.section.type, inputs: step.inputShapes, output: step.shape,
        parameters: step.numberCount - statistics,
        filters: filters.map { [$0.count, (step.numberCount - others) / $0.count] })
    }
  }
}
