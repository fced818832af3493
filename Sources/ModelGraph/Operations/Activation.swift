import Foundation

/// An elementwise function of one number.
public enum Activation: Equatable, Sendable, Codable {
  /// max(x, 0)
  case relu
  /// x where positive, else alpha * x
  case leakyRelu(alpha: Float)
  /// min(max(x, low), high)
  case clip(low: Float, high: Float)
  /// 1 / (1 + exp(-x))
  case sigmoid
  case tanh
  /// min(max(alpha * x + beta, 0), 1)
  case hardSigmoid(alpha: Float, beta: Float)
  /// x * min(max(x / 6 + 1/2, 0), 1)
  case hardSwish
  /// x where positive, else alpha * (exp(x) - 1)
  case elu(alpha: Float)
}

extension Activation: OneInput, NoParameters {
  var operation: Operation { .activation(self) }
  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] { [given[0]] }

  /// The function's name for people and messages.
  public var name: String {
    switch self {
    case .relu: "relu"
    case .leakyRelu: "leaky-relu"
    case .clip: "clip"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .hardSigmoid: "hard-sigmoid"
    case .hardSwish: "hard-swish"
    case .elu: "elu"
    }
  }

  /// The function of one number.
  func value(_ x: Float) -> Float {
    switch self {
    case .relu: return max(x, 0)
    case .leakyRelu(let alpha): return x > 0 ? x : alpha * x
    case .clip(let low, let high): return min(max(x, low), high)
    case .sigmoid: return Float(1 / (1 + exp(-Double(x))))
    case .tanh: return Float(Foundation.tanh(Double(x)))
    case .hardSigmoid(let alpha, let beta): return min(max(alpha * x + beta, 0), 1)
    case .hardSwish: return x * min(max(x / 6 + 0.5, 0), 1)
    case .elu(let alpha): return x > 0 ? x : alpha * (exp(x) - 1)
    }
  }

  /// The least interval that is easily seen to hold all results.
  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    let x = inputs[0]
    switch self {
    case .relu: return x.clamped(to: 0...(.infinity))
    case .clip(let low, let high): return x.clamped(to: Interval(holding: [low, high]))
    case .sigmoid, .hardSigmoid: return 0...1
    case .tanh: return (x.lowerBound >= 0 ? 0 : -1)...(x.upperBound <= 0 ? 0 : 1)
    case .leakyRelu(let alpha):
      return x.positive.joined(with: x.negative.times(Double(alpha)...Double(alpha)))
    case .hardSwish: return x.lowerBound >= 0 ? x : -0.375...max(x.upperBound, 0)
    case .elu(let alpha):
      return x.lowerBound >= 0 ? x : x.positive.joined(with: Interval(holding: [0, -alpha]))
    }
  }

  /// Where a function only comes near a bound, numbers that it takes to less than a quarter of a
  /// byte's step from it are one.
  func readRange(of read: Interval, seen: Interval) -> Interval {
    switch self {
    case .relu: return read.clamped(to: 0...(.infinity))
    case .clip(let low, let high): return read.clamped(to: Interval(holding: [low, high]))
    case .leakyRelu(let alpha):
      if alpha == 0 { return read.clamped(to: 0...(.infinity)) }
      return alpha == 1 ? read : .all
    case .sigmoid:
      let near = seen.reach / 1020
      return near > 0 ? log(near / (1 - near))...log((1 - near) / near) : .all
    case .tanh:
      let near = seen.reach / 508
      return near > 0 ? -atanh(1 - near)...atanh(1 - near) : .all
    case .hardSigmoid(let alpha, let beta):
      return alpha == 0 ? .zero : Interval(holding: [-beta / alpha, (1 - beta) / alpha])
    case .hardSwish: return -3...(.infinity)
    case .elu(let alpha):
      if alpha == 0 { return read.clamped(to: 0...(.infinity)) }
      let near = seen.reach / 508 / Double(abs(alpha))
      return near > 0 && near < 1 ? log(near)...(.infinity) : .all
    }
  }

  var probability: Probability {
    switch self {
    case .sigmoid, .hardSigmoid: .each
    case .clip(let low, let high): low == 0 && high == 1 ? .each : .none
    case .relu, .leakyRelu, .tanh, .hardSwish, .elu: .none
    }
  }

  var byteScale: ByteScale { .own }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    trace.track(of: node.inputs[0]).mapping { $1.map(value) }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { .activation(self) }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .places(mixing: []) }
  var exactForm: ExactForm? { .function(self) }
}
