import Blob
import Tensors

// Integer tensors, weights and tables for vectors: seeded, and of magnitudes that put results all
// over the range of their type.

/// How many bytes a multiplier or bias takes in the file.
struct IntegerWidths {
  /// 0, 1 or 2.
  var multipliers = 2
  /// 0, 1, 2 or 4.
  var biases = 2
  /// Of a level: 1 or 2.
  var levels = 1
}

extension PlanBuilder {
  mutating func tensor(_ type: BlobElementType, _ shape: [Int]) -> BlobTensor {
    let scale = Float(Int.random(in: 1...255, using: &generator)) / 1024
    let tensor = BlobTensor(place: words, shape: shape, type: type, scale: scale)
    words += (tensor.count + 3) / 4
    return tensor
  }

  mutating func input(_ type: BlobElementType, _ shape: [Int]) -> BlobTensor {
    let tensor = tensor(type, shape)
    inputs.append(BlobInput(tensor: tensor))
    return tensor
  }

  mutating func add(
    _ form: BlobIntegerStep.Form, _ x: BlobElementType, _ y: BlobElementType,
    b: BlobElementType = .uint8
  ) {
    steps.append(
      .integer(
        BlobIntegerStep(
          form, xIsSigned: x == .int8, yIsSigned: y == .int8, bIsSigned: b == .int8)))
  }

  // MARK: Numbers

  mutating func integers(_ count: Int, _ range: ClosedRange<Int>) -> [Int] {
    (0..<count).map { _ in Int.random(in: range, using: &generator) }
  }

  /// Factors about 2^14, of which elements become 64ths of about their own size.
  mutating func factors(_ count: Int, _ range: ClosedRange<Int> = -32768...32767) -> [Int16] {
    integers(count, range).map { Int16($0) }
  }

  /// m, l and e that multiply by about `ratio`, m in `width` bytes.
  func rescale(_ ratio: Double, width: Int = 2, part: Double = 0.7) -> BlobRescale {
    let multiplier = max(1, Int(part * (width == 1 ? 255 : 65535)))
    var power = 0
    while power < 30, Double(multiplier << power) < ratio * 0x1p32 { power += 1 }
    let shift = max(power / 3, power - 15)
    return BlobRescale(shift: shift, exponent: power - shift, multiplier: multiplier)
  }

  mutating func biases(_ count: Int, width: Int) -> BlobBiases? {
    switch width {
    case 0: nil
    case 1: BlobBiases(integers(count, -128...127).map { Int32($0) }, shift: 5)
    case 2: BlobBiases(integers(count, -8192...8191).map { Int32($0) })
    default: BlobBiases(integers(count, -40000...70000).map { Int32($0) }, shift: 0)
    }
  }

  /// Survivors most of which have levels near 0, and a scaling that spreads sums over y's range.
  mutating func integerWeights(
    _ rows: Int, _ columns: Int, density: Float, levels: Int = 16, _ widths: IntegerWidths,
    lanes: [BlobLane]? = nil
  ) -> BlobWeights {
    let positions = positions(rows, columns, density: density)
    let codes = positions.map { _ in
      UInt8(Float(levels) * (generator.nextFloat() + generator.nextFloat()) / 2)
    }
    let terms = max(1, Double(positions.count) / Double(rows)).squareRoot()
    let largest = widths.levels == 1 ? 127.0 : 32767.0
    let ratio = 5000 / (largest / 2 * 128 * terms)
    let parts = (0..<(widths.multipliers == 0 ? 1 : rows)).map { _ in
      Double.random(in: 0.3...1, using: &generator)
    }
    let rescales = parts.map { rescale(ratio, width: max(1, widths.multipliers), part: $0) }
    let middle = rescale(ratio, width: max(1, widths.multipliers))
    return BlobWeights(
      .table(
        integerTable(levels, bytes: widths.levels),
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions, values: codes)),
      scaling: BlobScaling(
        shift: middle.shift, exponent: middle.exponent, multipliers: rescales.map(\.multiplier),
        biases: biases(rows, width: widths.biases)),
      lanes: lanes)
  }

  private mutating func integerTable(_ levels: Int, bytes: Int) -> StoredNumbers {
    let least = bytes == 1 ? -128 : -32768
    let scale: Float = bytes == 1 ? 0.011 : 0.00007
    var integers = Set<Int>()
    while integers.count < levels {
      integers.insert(Int.random(in: least...(-1 - least), using: &generator))
    }
    return StoredNumbers(
      integers.sorted().map { scale * Float($0) },
      precision: bytes == 1 ? .int8(scale: scale) : .int16(scale: scale))
  }

  // MARK: Steps

  /// A dense layer over the whole of `x`.
  mutating func dense(
    _ x: BlobTensor, _ weights: BlobWeights, to type: BlobElementType
  ) -> BlobTensor {
    let y = tensor(type, [weights.rows])
    add(
      .dense(
        BlobIntegerDense(
          x: x.place, y: y.place, i: weights.columns, o: weights.rows, weights: weights)),
      x.type, type)
    return y
  }

  /// A convolution of [C, H, W] whose windows are as `windows` says; its places, channels and
  /// weights are filled in.
  mutating func convolution(
    _ x: BlobTensor, _ windows: BlobConvolution<BlobResidual?>, _ weights: BlobWeights, to y: BlobTensor,
    residual: (tensor: BlobTensor, factor: Int)? = nil
  ) {
    var step = windows
    (step.x, step.y, step.weights) = (x.place, y.place, weights)
    (step.c, step.h, step.w) = (x.shape[0], x.shape[1], x.shape[2])
    (step.o, step.oh, step.ow) = (y.shape[0], y.shape[1], y.shape[2])
    step.finish = residual.map { BlobResidual(place: $0.tensor.place, factor: $0.factor) }
    add(.convolution(step), x.type, y.type, b: residual?.tensor.type ?? .uint8)
  }
}

extension BlobConvolution<BlobResidual?> {
  /// Windows alone.
  static func windows(
    groups: Int = 1, kh: Int, kw: Int, sh: Int = 1, sw: Int = 1, dh: Int = 1, dw: Int = 1,
    top: Int = 0, left: Int = 0
  ) -> Self {
    BlobConvolution(
      x: 0, y: 0, groups: groups, c: 1, h: 1, w: 1, o: 1, oh: 1, ow: 1, kh: kh, kw: kw, sh: sh,
      sw: sw, dh: dh, dw: dw, top: top, left: left, finish: nil,
      weights: BlobWeights(.raw(SparseMatrix([0], rows: 1, columns: 1))))
  }
}
