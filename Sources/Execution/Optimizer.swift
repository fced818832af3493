import CKernels

/// How a step changes the parameters, given their gradients.
public enum Optimizer: Equatable, Sendable, Codable {
  /// Adam (Kingma and Ba 2015); `weightDecay` is decoupled from the gradient (Loshchilov and Hutter
  /// 2019) and multiplied by the learning rate.
  case adam(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// Gradient descent; velocity = momentum * velocity + gradient + weightDecay * weight.
  case sgd(momentum: Float = 0, weightDecay: Float = 0)

  /// One step over `count` elements.
  ///
  /// - Parameter step: 1 for the first.
  func update(
    weight: UnsafeMutablePointer<Float>, first: UnsafeMutablePointer<Float>,
    second: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    mask: UnsafePointer<UInt8>?, count: Int, rate: Float, step: Int
  ) {
    switch self {
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      var adam = kx_adam(
        rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, decay: weightDecay,
        correction1: Self.correction(beta1, step), correction2: Self.correction(beta2, step))
      kx_adam_step(weight, first, second, gradient, mask, count, &adam)
    case .sgd(let momentum, let weightDecay):
      kx_sgd_step(weight, first, gradient, mask, count, rate, momentum, weightDecay)
    }
  }

  /// What second moments are divided by after so many steps, since they began at 0.
  func secondCorrection(_ step: Int) -> Float {
    switch self {
    case .adam(_, let beta2, _, _): Self.correction(beta2, step)
    case .sgd: 1
    }
  }

  /// 1 - beta^step, in double precision, since beta may be near 1.
  private static func correction(_ beta: Float, _ step: Int) -> Float {
    var (power, base, exponent) = (1.0, Double(beta), step)
    while exponent > 0 {
      if exponent & 1 == 1 { power *= base }
      base *= base
      exponent >>= 1
    }
    return Float(1 - power)
  }
}
