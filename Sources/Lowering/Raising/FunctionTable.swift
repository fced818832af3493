// A table of bytes that may be an operator's function: of which argument's scale, or ratio of scales, it gives it.
//
// Of sigmoid and tanh the result has one encoding, so that the table says the argument's scale: each byte gives an
// interval, and the scales tried in what they have in common have to give the very table. Of rectifiers only the ratio of
// scales matters, and of a leaky one the ratio of its two sides, which is alpha.

import FixedPoint
import Foundation
import IntegerExecution
import ModelGraph

struct FunctionTable {
  /// Of all bytes, from that of -128 on.
  let results: [Int8]
  /// Those that may give it, the likeliest first.
  let functions: [Activation]
  /// The one encoding that the result has; nil: any.
  private(set) var output: ByteEncoding?
  /// Scales of the argument that give it, where they alone decide.
  private(set) var arguments: [Float] = []
  /// Else the argument's scale over the result's.
  private(set) var ratios: ClosedRange<Double>?

  /// - Parameters:
  ///   - zero: the argument's zero point.
  ///   - takes: whether the result may have an encoding.
  /// - Returns: nil where it is none of these functions.
  /// - Complexity: O(500 tables).
  init?(_ results: [Int8], zero: Int, roundsOnce: Bool, takes: (ByteEncoding) -> Bool) {
    self.results = results
    for (function, plain) in [(Activation.sigmoid, ByteEncoding.probability), (.tanh, .symmetricUnit)] {
      let output = ByteEncoding(scale: plain.scale, zeroPoint: plain.zeroPoint, roundsOnce: roundsOnce)
      guard takes(output) else { continue }
      let arguments = Self.arguments(of: function, results, zero, to: output)
      guard !arguments.isEmpty else { continue }
      (functions, self.output, self.arguments) = ([function], output, arguments)
      return
    }
    let low = Int(results[zero + 128])
    guard let above = Self.slope(results, zero, low, zero + 1..<128) else { return nil }
    ratios = above
    if results[..<(zero + 128)].allSatisfy({ Int($0) == low }) {
      functions = [.relu]
    } else if let below = Self.slope(results, zero, low, -128..<zero) {
      functions = Self.alphas(below.lowerBound / above.upperBound...below.upperBound / above.lowerBound)
        .map { .leakyRelu(alpha: $0) }
    } else {
      return nil
    }
  }

  /// The function that gives it between two encodings.
  func function(from x: ByteEncoding, to y: ByteEncoding) -> Activation? {
    functions.first { $0.byteFunction?.table(from: x, to: y) == results }
  }

  /// Scales of the argument to be tried for one of the result.
  func arguments(to scale: Float) -> [Float] {
    ratios.map { ByteScaling.trials($0).map { Float(Double(scale) * $0) } } ?? arguments
  }

  /// Scales of the result to be tried for one of the argument.
  func results(from scale: Float) -> [Float] {
    ratios.map { ByteScaling.trials($0).map { Float(Double(scale) / $0) } } ?? [output?.scale ?? scale]
  }

  private static func arguments(
    of function: Activation, _ results: [Int8], _ zero: Int, to output: ByteEncoding
  ) -> [Float] {
    var (low, high) = (0.0, Double.infinity)
    for (index, result) in results.enumerated() where index - 128 != zero && result > -128 && result < 127 {
      let ends = [-1.0, 1].map { (error: Double) -> Double in
        let share = (Double(result) + 128 + error) / 256
        let logit = log(share / (1 - share))
        return (function == .tanh ? logit / 2 : logit) / Double(index - 128 - zero)
      }
      (low, high) = (max(low, min(ends[0], ends[1])), min(high, max(ends[0], ends[1])))
    }
    guard low <= high, low > 0, high.isFinite else { return [] }
    return ByteScaling.trials(low...high).filter { trial in
      let scale = Float(trial)
      guard scale > 0, scale.isFinite else { return false }
      let x = ByteEncoding(scale: scale, zeroPoint: Int32(zero), roundsOnce: output.roundsOnce)
      return function.byteFunction?.table(from: x, to: output) == results
    }.map { Float($0) }
  }

  /// Results a byte, over some bytes of which the results are not cut off; nil where there are none, or they lie on no line.
  private static func slope(_ results: [Int8], _ zero: Int, _ start: Int, _ bytes: Range<Int>) -> ClosedRange<Double>? {
    var (low, high) = (0.0, Double.infinity)
    for byte in bytes {
      let result = Int(results[byte + 128])
      guard result > -128, result < 127 else { continue }
      let ends = [-1.0, 1].map { (Double(result - start) + $0) / Double(byte - zero) }
      (low, high) = (max(low, min(ends[0], ends[1])), min(high, max(ends[0], ends[1])))
    }
    return low <= high && high.isFinite && high > 0 ? max(low, high / 1000)...high : nil
  }

  /// Numbers of an interval: those that people write, then others of it.
  private static func alphas(_ range: ClosedRange<Double>) -> [Float] {
    let round: [Float] = [0.1, 0.01, 0.2, 0.3, 0.05, 0.125, 0.25, 0.5, 0.02, 0.001, 0.15, 0.4]
    let step = (range.upperBound - range.lowerBound) / 16
    return round.filter { range.contains(Double($0)) } + (0...16).map { Float(range.lowerBound + step * Double($0)) }
  }
}
