import Blob
import Tensors

// Integer convolutions and dense layers.

extension ValidVector {
  /// Strides, dilations, groups, pads, windows outside the image, residuals, 16-bit levels.
  static var integerConvolution: ValidVector {
    var builder = PlanBuilder(seed: 31)
    let x = builder.input(.int8, [4, 6, 5])
    let a = builder.tensor(.uint8, [6, 6, 5])
    builder.convolution(
      x, .windows(groups: 2, kh: 3, kw: 3, top: 1, left: 1),
      builder.integerWeights(
        6, 18, density: 0.4, IntegerWidths(multipliers: 1, biases: 1, levels: 2)), to: a)
    // A residual in place, of the other type.
    let b = builder.tensor(.int8, [6, 6, 5])
    builder.convolution(
      a, .windows(groups: 6, kh: 3, kw: 3, top: 1, left: 1),
      builder.integerWeights(6, 9, density: 0.6, IntegerWidths(multipliers: 0, biases: 4)), to: b)
    builder.convolution(
      x, .windows(kh: 1, kw: 1), builder.integerWeights(6, 4, density: 0.7, IntegerWidths()),
      to: b, residual: (b, 11000))
    // A residual elsewhere, and y of the other type at its own place.
    let c = builder.tensor(.uint8, [6, 6, 5])
    builder.convolution(
      a, .windows(kh: 1, kw: 1),
      builder.integerWeights(6, 6, density: 0.5, IntegerWidths(biases: 0)), to: c,
      residual: (b, 1 << 14))
    let overwritten = BlobTensor(place: b.place, shape: b.shape, type: .uint8, scale: 1)
    builder.convolution(
      c, .windows(kh: 2, kw: 1, dh: 3, top: 2),
      builder.integerWeights(6, 12, density: 0.4, IntegerWidths(multipliers: 1, levels: 2)),
      to: overwritten, residual: (b, 1 << 22))
    let far = builder.tensor(.int8, [3, 4, 3])
    builder.convolution(
      c, .windows(kh: 3, kw: 2, sh: 2, sw: 3, dh: 2, dw: 4, top: 3, left: 4),
      builder.integerWeights(3, 36, density: 0.3, IntegerWidths(multipliers: 0, biases: 1)),
      to: far)
    let outside = builder.tensor(.int8, [2, 2, 2])
    builder.convolution(
      c, .windows(groups: 2, kh: 3, kw: 3, sh: 65535, sw: 5, dh: 65535, dw: 9, top: 1, left: 9),
      builder.integerWeights(2, 27, density: 0.5, IntegerWidths()), to: outside)
    return ValidVector(
      name: "integer-convolution",
      model: builder.model(outputs: [b, overwritten, c, far, outside]))
  }

  /// Every width of multipliers, biases and levels.
  static var integerDense: ValidVector {
    var builder = PlanBuilder(seed: 32)
    var x = builder.input(.uint8, [23])
    var outputs: [BlobTensor] = []
    for levels in [1, 2] {
      for multipliers in [0, 1, 2] {
        for biases in [0, 1, 2, 4] {
          let widths = IntegerWidths(multipliers: multipliers, biases: biases, levels: levels)
          let rows = 9 + multipliers + biases
          let weights = builder.integerWeights(
            rows, x.count, density: 0.3, levels: 8, widths)
          x = builder.dense(x, weights, to: biases % 2 == 0 ? .int8 : .uint8)
          outputs.append(x)
        }
      }
    }
    let full = builder.integerWeights(7, x.count, density: 1, levels: 5, IntegerWidths())
    outputs.append(builder.dense(x, full, to: .int8))
    return ValidVector(name: "integer-dense", model: builder.model(outputs: outputs))
  }

  private static let lanes = [
    BlobLane(rows: 9), BlobLane(rows: 0), BlobLane(rows: 14, bank: 1), BlobLane(rows: 7),
  ]

  static var integerJoint: ValidVector {
    masked("integer-joint", seed: 33, .joint, levels: 8, densities: [0.4, 0.9, 0.1])
  }

  /// Codes by one alphabet, then by three.
  static var integerGaps: ValidVector {
    masked("integer-gaps", seed: 34, .gaps, levels: 24, densities: [0.1, 0.05, 0.7], alike: true)
  }

  static var integerRows: ValidVector {
    masked(
      "integer-rows", seed: 35, .gapsByRow, levels: 24, densities: [0.3, 0.1, 0.7], alike: true)
  }

  static var integerBitmap: ValidVector {
    masked("integer-bitmap", seed: 36, .bitmap, levels: 90, densities: [0.5, 0.6, 0.2])
  }

  /// Dense layers by columns, inputs of both types, about half of them zero behind the first: lanes over two banks; columns without
  /// survivors, and of more than 127 bytes; codes of 4, 1, 8 and 3 bits.
  static var integerColumns: ValidVector {
    var builder = PlanBuilder(seed: 44)
    let x = builder.input(.int8, [100])
    let first = builder.integerWeights(30, 100, density: 0.2, IntegerWidths(), lanes: lanes)
    let a = builder.dense(x, first, to: .uint8)
    let few = builder.integerWeights(40, 30, density: 0.05, levels: 2, IntegerWidths(multipliers: 1))
    let b = builder.dense(a, few, to: .uint8)
    let many = builder.integerWeights(300, 40, density: 0.9, levels: 256, IntegerWidths(biases: 4, levels: 2))
    let c = builder.dense(b, many, to: .int8)
    let last = builder.integerWeights(9, 300, density: 0.3, levels: 8, IntegerWidths())
    let y = builder.dense(c, last, to: .int8)
    return ValidVector(
      name: "integer-columns", model: builder.model(outputs: [a, b, c, y]),
      options: CodingOptions(mask: .always(.columns), hasFlatCodes: true))
  }

  /// Dense layers as indices, inputs of both types: rows of more than 256 columns, without survivors and nearly full; lanes
  /// over two banks, one without rows; levels of both widths, 1 to 16 of them.
  static var integerIndices: ValidVector {
    var builder = PlanBuilder(seed: 45)
    let x = builder.input(.int8, [300])
    let first = builder.integerWeights(30, 300, density: 0.08, IntegerWidths(), lanes: lanes)
    let a = builder.dense(x, first, to: .uint8)
    let few = builder.integerWeights(257, 30, density: 0.02, levels: 1, IntegerWidths(multipliers: 1))
    let b = builder.dense(a, few, to: .uint8)
    let many = builder.integerWeights(4, 257, density: 0.97, levels: 15, IntegerWidths(biases: 4, levels: 2))
    let c = builder.dense(b, many, to: .int8)
    let last = builder.integerWeights(9, 4, density: 1, levels: 3, IntegerWidths())
    let y = builder.dense(c, last, to: .int8)
    return ValidVector(
      name: "integer-indices", model: builder.model(outputs: [a, b, c, y]),
      options: CodingOptions(mask: .always(.indexed)))
  }

  /// Dense layers with gaps and plain codes alone, which the smallest build decodes, of alphabets of no
  /// symbol, one and two: a decoder needs next to no memory, and has next to none.
  static var integerFewSymbols: ValidVector {
    var builder = PlanBuilder(seed: 41)
    let x = builder.input(.uint8, [6])
    func layer(_ rows: Int, _ positions: [Int], codes: [UInt8]) -> BlobWeights {
      var weights = builder.integerWeights(rows, 6, density: 1, levels: 2, IntegerWidths())
      guard case .table(let table, _) = weights.values else { return weights }
      weights.values = .table(
        table,
        codes: SparseMatrix(rows: rows, columns: 6, positions: positions, values: codes))
      return weights
    }
    // No survivors; every position the same level; every other position, two levels; one row.
    let none = builder.dense(x, layer(5, [], codes: []), to: .int8)
    let all = builder.dense(
      x, layer(7, Array(0..<42), codes: Array(repeating: 1, count: 42)), to: .int8)
    let odd = Array(stride(from: 1, to: 48, by: 2))
    let other = builder.dense(
      x, layer(8, odd, codes: odd.map { UInt8($0 % 3 % 2) }), to: .int8)
    let last = builder.dense(
      x, layer(4, Array(18..<24), codes: Array(repeating: 0, count: 6)), to: .int8)
    return ValidVector(
      name: "integer-few-symbols", model: builder.model(outputs: [none, all, other, last]),
      options: CodingOptions(mask: .always(.gaps), allowsNeighbours: false))
  }

  /// A convolution and dense layers with one kind of mask, the second in several lanes.
  private static func masked(
    _ name: String, seed: UInt64, _ mask: MaskKind, levels: Int, densities: [Float],
    alike: Bool = false
  ) -> ValidVector {
    var builder = PlanBuilder(seed: seed)
    let x = builder.input(.uint8, [2, 4, 5])
    let a = builder.tensor(.uint8, [5, 4, 5])
    builder.convolution(
      x, .windows(kh: 3, kw: 3, top: 1, left: 1),
      builder.integerWeights(5, 18, density: densities[0], levels: levels, IntegerWidths()),
      to: a)
    let weights = builder.integerWeights(
      30, 100, density: densities[1], levels: levels, IntegerWidths(multipliers: 1), lanes: lanes)
    let b = builder.dense(a, weights, to: .int8)
    let last = builder.integerWeights(
      alike ? 50 : 20, 30, density: densities[2], levels: alike ? 6 : levels,
      IntegerWidths(levels: 2))
    let y = builder.dense(b, alike ? last.alike : last, to: .int8)
    let full = builder.dense(
      y, builder.integerWeights(9, y.count, density: 0.8, levels: levels, IntegerWidths()),
      to: .uint8)
    return ValidVector(
      name: name, model: builder.model(outputs: [a, b, y, full]),
      options: CodingOptions(mask: .always(mask)))
  }
}
