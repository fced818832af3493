import Foundation
import Testing

@testable import FixedPoint

/// Functions of 16 bits: their table, and how near they are to what they stand for.
struct ShortCellTests {
  @Test func theTableIsTheRaisedSigmoid() {
    #expect(ShortCell.sigmoids.count == 256 && ShortCell.sigmoids.last == 65535)
    for (place, number) in ShortCell.sigmoids.dropLast().enumerated() {
      let g = 1 / (1 + exp(-Double(place) / 24))
      #expect(Double(number) == (65536 * (g - g * (1 - g) * (1 - 2 * g) / 9216)).rounded())
    }
  }

  /// Of every number of 16 bits.
  @Test func functionsAreNearToThoseOfNumbers() {
    var (worst, worstTangent) = (0.0, 0.0)
    for x in -32768...32767 {
      worst = max(worst, abs(Double(ShortCell.sigmoid(x)) * 0x1p-15 - 1 / (1 + exp(-Double(x) * 0x1p-12))))
      worstTangent = max(worstTangent, abs(Double(ShortCell.tangent(x, power: -12)) * 0x1p-15 - tanh(Double(x) * 0x1p-12)))
    }
    #expect(worst < 4e-5 && worstTangent < 1e-4)
  }

  @Test(arguments: [-15, -14, -13, -11, -9, -4, 0]) func tangentsOfEveryPowerAreNear(power: Int) {
    for x in stride(from: -32768, through: 32767, by: 7) {
      let number = Double(x) * exp2(Double(power))
      // Below -12 what is looked up is rounded to a place of the table's 256ths.
      #expect(abs(Double(ShortCell.tangent(x, power: power)) * 0x1p-15 - tanh(number)) < 2e-4)
    }
  }

  /// All that gates and a cell may be: nothing leaves its bits, and a cell keeps its limit.
  @Test func nothingLeaves16Bits() {
    let ends = [-32768, -12345, -1, 0, 1, 20000, 32767]
    for power in ShortCell.powers {
      for cell in ends {
        for (input, new) in zip(ends, ends.reversed()) {
          for forget in ends {
            let free = ShortCell.cell(cell, input: input, forget: forget, new: new, power: power, limit: 0)
            #expect((-32768...32767).contains(free))
            let kept = ShortCell.cell(cell, input: input, forget: forget, new: new, power: power, limit: 900)
            #expect(kept == min(max(free, -900), 900))
          }
          #expect(abs(ShortCell.shown(cell, output: input, power: power)) <= 1 << 30)
        }
      }
    }
  }

  /// In numbers: c' = f c + i tanh(n), within a step of each product.
  @Test func aCellIsWhatItsGatesMakeOfIt() {
    func sigmoid(_ x: Int) -> Double { 1 / (1 + exp(-Double(x) * 0x1p-12)) }
    for (cell, input, forget, new) in [(5000, 3000, -2000, 7000), (-20000, -900, 12000, -1), (1, 32767, 32767, 32767)] {
      let made = ShortCell.cell(cell, input: input, forget: forget, new: new, power: -12, limit: 0)
      let expected = sigmoid(forget) * Double(cell) + sigmoid(input) * tanh(Double(new) * 0x1p-12) * 4096
      #expect(abs(Double(made) - expected) < 2.5)
    }
  }
}
