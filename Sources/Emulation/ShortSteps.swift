import Blob
import FixedPoint

/// Steps of Formats/Blob.md, "Exact steps", on numbers of 16 bits.
enum ShortSteps {
  /// - Parameters:
  ///   - a: what gates are given, [4, count], and `b` what is added to it.
  ///   - cell: [count].
  static func lstm(_ form: BlobExactLSTM, a: [Int], b: [Int], cell: [Int]) -> [Int] {
    func given(_ gate: Int, _ unit: Int) -> Int {
      ShortCell.saturated(a[gate * form.count + unit] + b[gate * form.count + unit])
    }
    return (0..<form.count).map { unit in
      switch form.part {
      case .cell(let limit):
        return ShortCell.cell(
          cell[unit], input: given(0, unit), forget: given(2, unit), new: given(3, unit), power: form.power, limit: limit)
      case .output(_, let rescale, let zero):
        let shown = ShortCell.shown(cell[unit], output: given(1, unit), power: form.power)
        return Int(ExactArithmetic.finished(ExactArithmetic.scaled(shown, rescale), BlobExactRange(zero: zero)))
      }
    }
  }
}

extension ShortSteps {
  /// [units, inner] to [units].
  static func product(_ form: BlobShortProduct, _ x: [Int]) -> [Int32] {
    (0..<form.units).map { unit in
      var sum = form.biases[unit]
      for place in unit * form.inner..<(unit + 1) * form.inner { sum &+= Int32(x[place]) &* Int32(form.weights[place]) }
      return ExactArithmetic.finished(scaled(Int(sum), form.rescale), BlobExactRange(zero: form.zero))
    }
  }

  /// Of a sum of all 32 bits, which is not doubled: away(floor((2^max(e, 0) u mod 2^32) m + 2^30) / 2^31), max(-e, 0)).
  private static func scaled(_ u: Int, _ rescale: BlobExactRescale) -> Int {
    let left = IntegerArithmetic.wrapped(u << max(rescale.exponent, 0))
    let high = (left * rescale.multiplier + 1 << 30) >> 31
    return Int(FixedPoint.divided(Int32(high), byPower: max(-rescale.exponent, 0)))
  }
}

extension ByteArena {
  /// `count` numbers of 16 bits, the lower byte of each first.
  func shorts(at place: Int, _ count: Int) -> [Int] {
    let bytes = elements(at: place, 2 * count, isSigned: false)
    return (0..<count).map { Int(Int16(truncatingIfNeeded: bytes[2 * $0] | bytes[2 * $0 + 1] << 8)) }
  }

  mutating func write(shorts: [Int], at place: Int) {
    write(shorts.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }, at: place)
  }
}
