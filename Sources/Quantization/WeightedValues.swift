/// Numbers on a line, sorted, equal ones merged, each with the weight that its error has.
struct WeightedValues {
  /// Ascending and distinct.
  let values: [Float]

  /// Weight of all values before each index; one entry more than there are values.
  let cumulative: [Double]

  /// Sorts and merges. Values of weight 0 are left out unless all are, and so are those too light
  /// to change the sum: every run of values has weight.
  ///
  /// - Parameter weights: one a value, finite and not negative; nil for all 1.
  /// - Precondition: values are finite.
  init(_ values: [Float], weights: [Float]?) {
    precondition(weights.map { $0.count == values.count } ?? true)
    let weights = weights?.contains { $0 > 0 } == true ? weights : nil
    // An order-preserving bit pattern of the value above that of the weight: one sort of words.
    var keys: [UInt64] = []
    keys.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      let weight = weights?[index] ?? 1
      if weight > 0 { keys.append(UInt64(value.ordered) << 32 | UInt64(weight.bitPattern)) }
    }
    keys.radixSort()
    var distinct: [Float] = []
    var cumulative: [Double] = [0]
    distinct.reserveCapacity(keys.count)
    cumulative.reserveCapacity(keys.count + 1)
    var total = 0.0
    for key in keys {
      let value = Float(ordered: UInt32(key >> 32))
      let sum = total + Double(Float(bitPattern: UInt32(truncatingIfNeeded: key)))
      if sum == total { continue }
      total = sum
      if distinct.last == value {
        cumulative[cumulative.count - 1] = total
      } else {
        distinct.append(value)
        cumulative.append(total)
      }
    }
    self.values = distinct
    self.cumulative = cumulative
  }

  var count: Int { values.count }

  /// Weight of all values together.
  var total: Double { cumulative[count] }

  /// Weight of one value.
  func weight(_ index: Int) -> Double { cumulative[index + 1] - cumulative[index] }

  /// Weighted mean of the values in a range that is not empty.
  func mean(_ range: Range<Int>) -> Double {
    let sum = range.reduce(0.0) { $0 + Double(values[$1]) * weight($1) }
    return sum / (cumulative[range.upperBound] - cumulative[range.lowerBound])
  }

  /// First index at which half the weight of a range, and `shift` more, is reached or passed.
  func medianIndex(_ range: Range<Int>, shifted shift: Double = 0) -> Int {
    let half = (cumulative[range.lowerBound] + cumulative[range.upperBound]) / 2 + shift
    var low = range.lowerBound
    var high = range.upperBound - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle + 1] >= half { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension Float {
  /// A bit pattern whose unsigned order is that of the numbers; both zeros give the same.
  var ordered: UInt32 {
    let bits = (self + 0).bitPattern
    return bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
  }

  init(ordered: UInt32) {
    self.init(bitPattern: ordered >> 31 == 1 ? ordered & 0x7FFF_FFFF : ~ordered)
  }
}
