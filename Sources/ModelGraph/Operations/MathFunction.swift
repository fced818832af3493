import Foundation

/// A function of one number that the C library has, or that is made of such.
public struct MathFunction: Equatable, Sendable, Codable {
  /// Its number is that of a blob's step.
  public enum Kind: UInt8, Equatable, Sendable, Codable, CaseIterable {
    /// |x|
    case absolute = 0
    case exponential = 1
    /// To the base e.
    case logarithm = 2
    case squareRoot = 3
    /// 1 / x
    case reciprocal = 4
    /// x to the power of the parameter.
    case power = 5
    /// The integral of the normal distribution, from -1 to 1.
    case errorFunction = 6
    /// log(1 + exp(x))
    case softplus = 7
    /// x / (1 + |x|)
    case softsign = 8
    /// x times the share of the normal distribution below it.
    case gelu = 9
    /// The same by a tangent: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
    case tangentGelu = 10
    /// x / (1 + exp(-x))
    case silu = 11
    /// x tanh(log(1 + exp(x)))
    case mish = 12
    case sine = 13
    case cosine = 14
    /// Rounded down, up, and to the nearest, halves to even.
    case floor = 15
    case ceiling = 16
    case rounded = 17
    /// -1, 0 or 1
    case sign = 18
    /// x where it is above the parameter, else 0.
    case threshold = 19
  }

  public var kind: Kind
  /// Of a power and a threshold; 0 for the others.
  public var parameter: Float

  public init(_ kind: Kind, _ parameter: Float = 0) { (self.kind, self.parameter) = (kind, parameter) }
}

extension MathFunction {
  /// The function of one number; NaN and infinities where it has no other.
  package func value(_ x: Double) -> Double {
    let a = Double(parameter)
    switch kind {
    case .absolute: return abs(x)
    case .exponential: return exp(x)
    case .logarithm: return log(x)
    case .squareRoot: return x.squareRoot()
    case .reciprocal: return 1 / x
    case .power: return pow(x, a)
    case .errorFunction: return erf(x)
    case .softplus: return max(x, 0) + log1p(exp(-abs(x)))
    case .softsign: return x.isInfinite ? (x > 0 ? 1 : -1) : x / (1 + abs(x))
    case .gelu: return 0.5 * x * erfc(-x * 0.5.squareRoot())
    case .tangentGelu: return 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .silu: return x / (1 + exp(-x))
    case .mish: return x * tanh(max(x, 0) + log1p(exp(-abs(x))))
    case .sine: return sin(x)
    case .cosine: return cos(x)
    case .floor: return x.rounded(.down)
    case .ceiling: return x.rounded(.up)
    case .rounded: return x.rounded(.toNearestOrEven)
    case .sign: return x > 0 ? 1 : x < 0 ? -1 : x
    case .threshold: return x > a ? x : 0
    }
  }

  /// Whether a larger number never has a smaller result.
  private var rises: Bool {
    switch kind {
    case .exponential, .errorFunction, .softplus, .softsign, .floor, .ceiling, .rounded, .sign: true
    case .absolute, .logarithm, .squareRoot, .reciprocal, .power, .gelu, .tangentGelu, .silu, .mish, .sine, .cosine,
      .threshold:
      false
    }
  }
}

extension MathFunction: OneInput, NewNumbers, NoParameters {
  var operation: Operation { .function(self) }
  var name: String {
    switch kind {
    case .absolute: "abs"
    case .exponential: "exp"
    case .logarithm: "log"
    case .squareRoot: "sqrt"
    case .reciprocal: "reciprocal"
    case .power: "power"
    case .errorFunction: "erf"
    case .softplus: "softplus"
    case .softsign: "softsign"
    case .gelu: "gelu"
    case .tangentGelu: "gelu-tanh"
    case .silu: "silu"
    case .mish: "mish"
    case .sine: "sin"
    case .cosine: "cos"
    case .floor: "floor"
    case .ceiling: "ceil"
    case .rounded: "round"
    case .sign: "sign"
    case .threshold: "threshold"
    }
  }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    guard parameter.isFinite else { throw given.unfit("its parameter \(parameter) is not finite") }
    return [given[0]]
  }

  /// The least interval that is easily seen to hold all results that are numbers.
  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    let x = inputs[0]
    if rises { return value(x.lowerBound)...value(x.upperBound) }
    switch kind {
    case .absolute: return x.lowerBound >= 0 ? x : x.upperBound <= 0 ? -x.upperBound ... -x.lowerBound : 0...x.reach
    case .squareRoot: return max(x.lowerBound, 0).squareRoot()...max(x.upperBound, 0).squareRoot()
    case .logarithm: return log(max(x.lowerBound, 0))...log(max(x.upperBound, 0))
    case .reciprocal, .power: return x.lowerBound >= 0 ? 0...(.infinity) : .all
    case .gelu, .tangentGelu: return x.lowerBound >= 0 ? 0...x.upperBound : -0.18...max(x.upperBound, 0)
    case .silu: return x.lowerBound >= 0 ? 0...x.upperBound : -0.28...max(x.upperBound, 0)
    case .mish: return x.lowerBound >= 0 ? 0...x.upperBound : -0.31...max(x.upperBound, 0)
    case .sine, .cosine: return -1...1
    case .threshold: return x.joined(with: .zero)
    case .exponential, .errorFunction, .softplus, .softsign, .floor, .ceiling, .rounded, .sign: return .all
    }
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    trace.track(of: node.inputs[0]).mapping { _, constant in
      let number = constant.map { Float(value(Double($0))) }
      return number?.isFinite == true ? number : nil
    }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .places(mixing: []) }
  var exactForm: ExactForm? { nil }
}
