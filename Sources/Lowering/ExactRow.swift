// What a row of an exact layer gives, as thresholds.
//
// A row is finished as y = clamp(MUL(u; m, e) + z), where u is a sum of weights x bytes and a bias, and
// MUL rounds twice (FixedPoint, `FixedMultiplier`). MUL never falls as u grows. So the row is known
// wholly by at most 255 thresholds: for each output the least u that gives it. Two rules answer alike
// for every sum between two bounds if each keeps the other's thresholds, which is to say if a few
// demands are met: "of this u at least that", "of the one before less". No samples are needed, and
// nothing is left open.
//
// One demand is an inequality of integers. The second rounding gives v or more where what it rounds is
// X or more, the first gives X or more where u 2^max(e, 0) m + 2^30 is 2^31 X or more: a bound of a
// product, which is solved for u as well as for m.

import FixedPoint
import Simplification

/// What the rows of a layer have in common.
package struct ExactOutput: Equatable, Sendable {
  /// -128...127.
  package let zeroPoint: Int
  /// Within -128...127; what a fused activation leaves of it.
  package let clamp: ClosedRange<Int>

  package init(zeroPoint: Int, clamp: ClosedRange<Int> = -128...127) {
    (self.zeroPoint, self.clamp) = (zeroPoint, clamp)
  }
}

/// A row of a layer, as the file has it.
package struct ExactRow: Equatable, Sendable {
  package let multiplier: FixedMultiplier
  package let bias: Int
  /// Between which integers the sum lies without the bias. Each of them is taken to occur. A row
  /// without weights has 0...0.
  package let sums: ClosedRange<Int>

  package init(multiplier: FixedMultiplier, bias: Int, sums: ClosedRange<Int>) {
    (self.multiplier, self.bias, self.sums) = (multiplier, bias, sums)
  }

  /// Those of a layer of an integer graph, with biases as the file has them: its sums are of weights x
  /// (bytes - zero point).
  package static func rows(_ layer: ByteSums) -> [ExactRow] {
    layer.sums.indices.map {
      ExactRow(multiplier: layer.multipliers[$0], bias: layer.biases[$0], sums: layer.sums[$0])
    }
  }

  var hasWeights: Bool { sums != 0...0 }
  private var arguments: ClosedRange<Int> { sums.lowerBound + bias...sums.upperBound + bias }

  private var reach: Int { max(arguments.upperBound, -arguments.lowerBound) }

  /// Whether sums have room to be shifted in 32 bits.
  func fits(_ exponent: Int) -> Bool { exponent <= 31 && reach < 1 << (31 - max(exponent, 0)) }

  /// Up to which exponent sums have room to be doubled as well; nil: for none.
  var largestExponent: Int? { (0...30).last { fits($0 + 1) } }

  /// Between which bytes the row's outputs lie.
  ///
  /// - Precondition: the arguments fit 32 bits, shifted as the exponent says.
  package func outputs(_ output: ExactOutput) -> ClosedRange<Int> {
    func value(_ argument: Int) -> Int {
      let scaled = Int(multiplier.applied(to: Int32(argument))) + output.zeroPoint
      return min(max(scaled, output.clamp.lowerBound), output.clamp.upperBound)
    }
    return value(arguments.lowerBound)...value(arguments.upperBound)
  }

  /// All that another rule must do to answer as this one, for every sum.
  ///
  /// - Complexity: O(outputs).
  func demands(_ output: ExactOutput) -> [ExactDemand] {
    let given = outputs(output)
    var demands: [ExactDemand] = []
    func demand(_ argument: Int, isAtLeast: Bool, byte: Int) {
      demands.append(
        ExactDemand(sum: argument - bias, product: byte - output.zeroPoint, isAtLeast: isAtLeast))
    }
    if given.lowerBound > output.clamp.lowerBound {
      demand(arguments.lowerBound, isAtLeast: true, byte: given.lowerBound)
    }
    for byte in given.dropFirst() {
      let threshold = multiplier.leastArgument(reaching: byte - output.zeroPoint)
      demand(threshold, isAtLeast: true, byte: byte)
      demand(threshold - 1, isAtLeast: false, byte: byte)
    }
    if given.upperBound < output.clamp.upperBound {
      demand(arguments.upperBound, isAtLeast: false, byte: given.upperBound + 1)
    }
    return demands
  }
}

/// Of a sum, without the bias, the product is at least or less than a number.
struct ExactDemand: Equatable {
  let sum: Int
  let product: Int
  let isAtLeast: Bool
}

extension FixedMultiplier {
  /// The least u of which the product is at least this.
  ///
  /// - Precondition: the factor is not 0.
  func leastArgument(reaching product: Int) -> Int {
    let shifted = Self.bound(reaching: product, exponent: exponent).dividedUp(by: Int(mantissa))
    return shifted.dividedUp(by: 1 << max(exponent, 0))
  }

  /// The product of a shifted sum and a mantissa from which on MUL gives this or more.
  ///
  /// What no sum of 32 bits comes to is cut off where none comes to it either.
  private static func bound(reaching product: Int, exponent: Int) -> Int {
    let power = max(-exponent, 0)
    var rounded = product
    if power > 0 {
      let half = 1 << (power - 1)
      rounded = (product << power) - (product > 0 ? half : half - 1)
    }
    return (min(max(rounded, -1 << 31), 1 << 31) << 31) - (1 << 30)
  }

  /// Mantissas of an exponent that meet all demands: they are an interval, since the product of a
  /// positive sum never falls as the mantissa grows, and that of a negative one never rises.
  ///
  /// - Parameter once: whether products are rounded once. The exponent is then that of a mantissa of 31 bits, and what
  ///   it is below 0 is taken off the mantissas.
  /// - Returns: nil where there are none.
  static func mantissas(
    exponent: Int, once: Bool = false, bias: Int, meeting demands: [ExactDemand]
  ) -> ClosedRange<Int>? {
    let short = once ? max(-exponent, 0) : 0
    let exponent = exponent + short
    var (low, high) = (1 << (30 - short), 1 << (31 - short) - 1)
    for demand in demands {
      let argument = (demand.sum + bias) << max(exponent, 0)
      var bound = Self.bound(reaching: demand.product, exponent: exponent)
      if !demand.isAtLeast { bound -= 1 }
      // argument x mantissa is at least, or at most, the bound.
      switch (argument.signum(), demand.isAtLeast) {
      case (1, true): low = max(low, bound.dividedUp(by: argument))
      case (1, false): high = min(high, bound.dividedDown(by: argument))
      case (-1, true): high = min(high, (-bound).dividedDown(by: -argument))
      case (-1, false): low = max(low, (-bound).dividedUp(by: -argument))
      case (_, let isAtLeast): if isAtLeast ? bound > 0 : bound < 0 { return nil }
      }
      if low > high { return nil }
    }
    return low...high
  }

  /// Biases with which this factor meets all demands.
  func biases(meeting demands: [ExactDemand]) -> ClosedRange<Int>? {
    var (low, high) = (Int(Int32.min), Int(Int32.max))
    for demand in demands {
      let least = leastArgument(reaching: demand.product) - demand.sum
      if demand.isAtLeast { low = max(low, least) } else { high = min(high, least - 1) }
    }
    return low <= high ? low...high : nil
  }
}

extension Int {
  /// To the next integer below.
  ///
  /// - Precondition: the divisor is above 0.
  fileprivate func dividedDown(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// To the next integer above.
  fileprivate func dividedUp(by divisor: Int) -> Int { -(-self).dividedDown(by: divisor) }
}
