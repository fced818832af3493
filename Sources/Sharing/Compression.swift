// The poster's compression rate,
//
//     CR = n_w bits_weight / (n_w bits_key + n_k (bits_red_weight + bits_key)),
//
// read so: a network is a list of layers, each with a table of its own; above and below the line
// stand sums over the layers, not a mean of their rates, so that a layer counts by its size. n_w is
// the layer's number of weights, zeros too, bits_weight 32. n_k is the number of values that its
// weights take, zero among them where zeros stay: a key must tell them too. A key has
// bits_key = ceil(log2 n_k) bits, and the table stores each value beside its key, which is the
// second bits_key. Biases are not shared and stand on neither side. There is no entropy coding in
// it, and no mask: the everything-counted bytes of a blob are another measure.

/// Bits of shared weights, summed over layers.
public struct Compression: Equatable, Sendable {
  /// Of the weights as they came.
  public private(set) var before = 0
  /// Of keys and tables.
  public private(set) var after = 0

  public init() {}

  /// Adds a layer.
  ///
  /// - Parameters:
  ///   - weights: of the layer, zeros too.
  ///   - values: that they take, zero too where there are zeros.
  public mutating func add(weights: Int, values: Int, precision: MeanPrecision) {
    let key = Self.keyBits(values)
    before += 32 * weights
    after += weights * key + values * (precision.bits + key) + precision.tableBits
  }

  /// Bits before over bits after; 1 where there is nothing.
  public var rate: Double { after > 0 ? Double(before) / Double(after) : 1 }

  /// ceil(log2 of the number of values); 0 for one.
  public static func keyBits(_ values: Int) -> Int {
    values <= 1 ? 0 : Int.bitWidth - (values - 1).leadingZeroBitCount
  }
}
