// What weights take in a blob, as a cost that can be differentiated. A survivor takes the bits of its gap and
// of its code, and a larger value the rarer code: about the logarithm of its magnitude. So
//
//     cost = price x sum of log(1 + |weight| / knee)
//
// which is nearly a count of survivors for weights far above the knee, and whose slope, largest at 0, holds
// there what the loss does not pull away. The same price for all layers is the best share of bytes among
// them. It is the logarithmic penalty of Candes, Wakin and Boyd 2008.

import CKernels
import Tensors

/// The cost of a parameter's elements.
public struct CodingCost: Codable, Equatable, Sendable {
  /// Loss that one unit of the logarithm is worth; 0 or more.
  public var price: Float
  /// The magnitude from which a weight counts as one; above 0.
  public var knee: Float

  public init(price: Float, knee: Float) {
    precondition(price >= 0 && knee > 0)
    (self.price, self.knee) = (price, knee)
  }

  /// The cost of all of them.
  public func value(of weights: [Float]) -> Double {
    Double(price) * weights.reduce(0.0) { $0 + Double.log(1 + Double(abs($1)) / Double(knee)) }
  }

  /// Adds the cost's slope in each element to a gradient of as many; a weight of exactly 0 has none.
  func addSlope(_ gradient: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>, count: Int) {
    kx_add_coding_slope(gradient, weights, count, price, knee)
  }

  /// The slope in each element.
  public func slopes(of weights: [Float]) -> [Float] {
    var slopes = [Float](repeating: 0, count: weights.count)
    slopes.withUnsafeMutableBufferPointer { slopes in
      guard let base = slopes.baseAddress else { return }
      addSlope(base, weights: weights, count: weights.count)
    }
    return slopes
  }
}
