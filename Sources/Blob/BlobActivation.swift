/// A function of one number, applied to each sum as it is written.
public enum BlobActivation: Equatable, Sendable {
  /// x
  case none
  /// max(x, 0)
  case relu
  /// x if x > 0, else alpha x
  case leakyRelu(alpha: Float)
  /// min(max(x, low), high); low <= high
  case clip(low: Float, high: Float)
  /// 1 / (1 + exp(-x))
  case sigmoid
  case tanh
  /// min(max(alpha x + beta, 0), 1)
  case hardSigmoid(alpha: Float, beta: Float)
  /// x min(max(x / 6 + 1/2, 0), 1)
  case hardSwish
  /// x if x > 0, else alpha (exp(x) - 1)
  case elu(alpha: Float)
  case function(BlobFunction)

  /// Its number in Formats/Blob.md, "Plan".
  var kind: UInt8 {
    switch self {
    case .none: 0
    case .relu: 1
    case .leakyRelu: 2
    case .clip: 3
    case .sigmoid: 4
    case .tanh: 5
    case .hardSigmoid: 6
    case .hardSwish: 7
    case .elu: 8
    case .function(let function): BlobFunction.Kind.first + function.kind.rawValue
    }
  }

  /// What follows the kind in the plan.
  var parameters: [Float] {
    switch self {
    case .none, .relu, .sigmoid, .tanh, .hardSwish: []
    case .leakyRelu(let alpha), .elu(let alpha): [alpha]
    case .clip(let low, let high): [low, high]
    case .hardSigmoid(let alpha, let beta): [alpha, beta]
    case .function(let function): function.kind.hasParameter ? [function.parameter] : []
    }
  }

  /// Whether it calls the C library's exponentials.
  var callsMath: Bool {
    switch self {
    case .sigmoid, .tanh, .elu, .function: true
    case .none, .relu, .leakyRelu, .clip, .hardSigmoid, .hardSwish: false
    }
  }

  /// Whether it is one of the further functions (`KGL_FUNCTIONS`).
  package var isFunction: Bool { if case .function = self { true } else { false } }
}
