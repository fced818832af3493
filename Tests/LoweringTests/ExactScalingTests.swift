import FixedPoint
import Tensors
import Testing

@testable import Lowering

/// Multipliers and biases are as short as can be, and answer alike for every sum.
struct ExactScalingTests {
  /// What a row of stored numbers gives, by the plain rule.
  private static func byte(
    _ factor: FixedMultiplier, _ argument: Int, _ output: ExactOutput
  ) -> Int {
    let scaled = Int(factor.applied(to: Int32(argument))) + output.zeroPoint
    return min(max(scaled, output.clamp.lowerBound), output.clamp.upperBound)
  }

  /// Whether two rules answer alike, by trying all sums.
  private static func isAlike(
    _ row: ExactRow, _ factor: FixedMultiplier, bias: Int, _ output: ExactOutput
  ) -> Bool {
    row.sums.allSatisfy {
      byte(row.multiplier, $0 + row.bias, output) == byte(factor, $0 + bias, output)
    }
  }

  private static func output(_ random: inout SeededGenerator) -> ExactOutput {
    let zero = Int.random(in: -128...127, using: &random)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return ExactOutput(zeroPoint: zero)
    case 1: return ExactOutput(zeroPoint: -128)
    case 2: return ExactOutput(zeroPoint: zero, clamp: zero...127)
    default: return ExactOutput(zeroPoint: -10, clamp: -10...30)
    }
  }

  private static func row(_ random: inout SeededGenerator, sums reach: Int) -> ExactRow {
    let size = [1.0, 0.25, 0.02, 2][Int.random(in: 0..<4, using: &random)]
    let real = Double.random(in: 0.5..<1, using: &random) * size
    let low = Int.random(in: -reach...reach / 2, using: &random)
    let sums = low...Int.random(in: low...reach, using: &random)
    let isConstant = Int.random(in: 0..<8, using: &random) == 0
    return ExactRow(
      multiplier: FixedMultiplier(Int.random(in: 0..<20, using: &random) == 0 ? 0 : real),
      bias: Int.random(in: -reach...reach, using: &random), sums: isConstant ? 0...0 : sums)
  }

  @Test(arguments: 0..<40) func rowsAnswerAsTheFileDoesForEverySum(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let output = Self.output(&random)
    let rows = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      Self.row(&random, sums: [3, 60, 900][Int(seed % 3)])
    }
    let scaling = try #require(ExactScaling(rows, output: output))
    #expect(scaling.rows.count == rows.count)
    for (row, stored) in zip(rows, scaling.rows) {
      #expect(Self.isAlike(row, stored.multiplier, bias: stored.bias, output), "seed \(seed)")
      #expect(stored.mantissaBits <= scaling.mantissaBits)
      #expect((0..<1 << scaling.exponentBits).contains(stored.multiplier.exponent - scaling.leastExponent))
      let half = (1 << scaling.biasBits) / 2
      #expect(stored.bias == 0 || (-half..<half).contains(stored.bias))
      #expect(scaling.common == nil || scaling.common == stored.multiplier)
    }
  }

  /// A mantissa of one bit less answers otherwise for some sum, whatever the exponent.
  @Test(arguments: 0..<25) func noShorterMantissaAnswersAlike(seed: UInt64) throws {
    var random = SeededGenerator(seed: 100 + seed)
    let output = Self.output(&random)
    let row = Self.row(&random, sums: 40)
    let stored = try #require(ExactScaling([row], output: output)).rows[0]
    guard stored.mantissaBits > 0 else { return }
    let bits = stored.mantissaBits - 1
    for exponent in row.multiplier.exponent - 1...row.multiplier.exponent + 1 {
      for mantissa in 1 << bits..<2 << bits {
        let shorter = FixedMultiplier(mantissa: Int32(mantissa << (30 - bits)), exponent: exponent)
        #expect(!Self.isAlike(row, shorter, bias: row.bias, output), "seed \(seed)")
      }
    }
  }

  @Test(arguments: 0..<30) func thresholdsAreTheLeastSums(seed: UInt64) {
    var random = SeededGenerator(seed: 200 + seed)
    let exponent = Int.random(in: -20...4, using: &random)
    let factor = FixedMultiplier(
      mantissa: Int32.random(in: 1 << 30...Int32.max, using: &random), exponent: exponent)
    for product in -300...300 {
      let least = factor.leastArgument(reaching: product)
      guard abs(least) << max(exponent, 0) < 1 << 30 else { continue }
      #expect(factor.applied(to: Int32(least)) >= product)
      #expect(factor.applied(to: Int32(least - 1)) < product)
    }
  }

  @Test func allRowsOfOneScaleShareOneFactor() throws {
    let factor = FixedMultiplier(0.00123)
    let rows = [(-9000, 90), (0, 3000), (70_000, 12_000)].map {
      ExactRow(multiplier: factor, bias: $0.0, sums: -$0.1...$0.1 * 3)
    }
    let output = ExactOutput(zeroPoint: 3)
    let scaling = try #require(ExactScaling(rows, output: output))
    let common = try #require(scaling.common)
    #expect(scaling.rows.allSatisfy { $0.multiplier == common } && scaling.exponentBits == 0)
    for (row, stored) in zip(rows, scaling.rows) {
      #expect(Self.isAlike(row, stored.multiplier, bias: stored.bias, output))
    }
  }

  @Test func aRowWithoutWeightsIsASmallBias() throws {
    // As a file has it: a huge bias and a tiny factor, or a factor of 0.
    let rows = [
      ExactRow(multiplier: FixedMultiplier(0x1p-24), bias: 1_073_741_952, sums: 0...0),
      ExactRow(multiplier: FixedMultiplier(0), bias: -7_000_000, sums: 0...0),
    ]
    let output = ExactOutput(zeroPoint: -5)
    let scaling = try #require(ExactScaling(rows, output: output))
    #expect(scaling.mantissaBits == 0 && scaling.exponentBits == 0 && scaling.biasBits <= 9)
    let bytes = scaling.rows.map { Self.byte($0.multiplier, $0.bias, output) }
    #expect(bytes == [59, -5])
  }

  @Test func rowsThatSaturateNeedFewBits() throws {
    let output = ExactOutput(zeroPoint: -128)
    let row = ExactRow(multiplier: FixedMultiplier(0.0371), bias: 100_000, sums: -500...20_000)
    let scaling = try #require(ExactScaling([row], output: output))
    #expect(scaling.mantissaBits == 0 && scaling.biasBits <= 18)
    let stored = scaling.rows[0]
    #expect(Self.isAlike(row, stored.multiplier, bias: stored.bias, output))
  }

  @Test func sumsWithoutRoomAreRefused() {
    let output = ExactOutput(zeroPoint: 0)
    let wide = ExactRow(multiplier: FixedMultiplier(0.5), bias: 0, sums: -10...1 << 30)
    #expect(ExactScaling([wide], output: output) == nil)
    let shifted = ExactRow(multiplier: FixedMultiplier(100), bias: 0, sums: -10...1 << 23)
    #expect(ExactScaling([shifted], output: output) == nil)
    let beyond = ExactRow(multiplier: FixedMultiplier(0.5), bias: 1 << 31, sums: -10...1 << 40)
    #expect(ExactScaling([beyond], output: output) == nil)
  }
}
