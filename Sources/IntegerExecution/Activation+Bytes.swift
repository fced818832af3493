import FixedPoint
import ModelGraph

extension Activation {
  /// The operator of TensorFlow Lite that it is; nil where it is none.
  package var byteFunction: ByteFunction? {
    switch self {
    case .relu: .relu
    case .clip(let low, let high): .clip(low: low, high: high)
    case .leakyRelu(let alpha): .leakyRelu(alpha: alpha)
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    case .hardSwish: .hardSwish
    case .elu(let alpha): .elu(alpha: alpha)
    case .hardSigmoid(let alpha, let beta): .hardSigmoid(alpha: alpha, beta: beta)
    }
  }
}
