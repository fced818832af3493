import Blob
import Emulation
import Tensors
import Testing

// The models behind Formats/Vectors/valid. Each is made from a seed and written by BlobWriter; a
// test makes them again and compares. To change one, run the tests with KINGLET_WRITE_VECTORS=1 and
// read the difference before it is kept.

extension BlobOperator {
  /// Those that were first.
  static let arithmetic: [BlobOperator] = [.add, .subtract, .multiply, .divide]
}

/// A golden file and what it is made of.
struct ValidVector: CustomTestStringConvertible, Sendable {
  let name: String
  let model: BlobModel
  var options = CodingOptions()
  /// Of a network that keeps state: frames in turn.
  var frameCount = 1

  var testDescription: String { name }

  func bytes() throws(BlobError) -> [UInt8] { try BlobWriter.bytes(for: model, options: options) }

  /// One sample, the same always, as the elements of inputs; the first of the frames.
  var inputs: [[Float]] { frames[0] }

  /// Samples, the same always: as many as there are frames.
  var frames: [[[Float]]] {
    var generator = SeededGenerator(seed: 2024)
    return (0..<frameCount).map { _ in sample(&generator) }
  }

  private func sample(_ generator: inout SeededGenerator) -> [[Float]] {
    model.inputs.map { input in
      (0..<input.tensor.count).map { _ in
        switch input.tensor.type {
        case .float32: Float(Int.random(in: -64...64, using: &generator)) / 32
        case .uint8: Float(UInt8.random(in: 0...255, using: &generator))
        case .int8: Float(Int8.random(in: -128...127, using: &generator))
        case .int32: preconditionFailure("no input is of int32")
        }
      }
    }
  }

  /// What the oracle makes of them, as the elements of outputs, frame by frame.
  func answers() throws -> [[[Float]]] {
    guard isInteger else { return PlainEvaluator.outputs(of: model, frames: frames) }
    let given = frames.map { inputs in
      zip(model.inputs, inputs).map { input, numbers in
        numbers.map { input.tensor.type == .float32 ? Int32(bitPattern: $0.bitPattern) : Int32($0) }
      }
    }
    return try IntegerEmulator(model).outputs(ofFrames: given).map { outputs in
      zip(model.outputs, outputs).map { output, elements in
        elements.map { output.type == .float32 ? Float(bitPattern: UInt32(bitPattern: $0)) : Float($0) }
      }
    }
  }

  /// Those to the first.
  func outputs() throws -> [[Float]] { try answers()[0] }

  static let all: [ValidVector] = [
    small, dense, convolution, everyStep, activations, broadcasting, extremes, borders, farWindows, masks,
    jointSymbols, besideEachOther, rowClasses, rawFloats, fewSymbols, manyLevels, precisions, twoBanks,
    inputsAndOutputs, ancillary, resizes, functions, places,
  ] + integers + exact + states

  /// The blob that Formats/Blob.md explains byte by byte.
  static var small: ValidVector {
    var builder = PlanBuilder(seed: 1)
    let x = builder.input(4)
    let weights = BlobWeights(
      .table(
        StoredNumbers([-0.5, 0.25, 1.5], precision: .float16),
        codes: SparseMatrix(
          rows: 2, columns: 4, positions: [1, 3, 4, 7], values: [1, 0, 1, 2])),
      biases: StoredNumbers([0.5, -1], precision: .float16))
    let y = builder.dense(x, weights, .relu)
    return ValidVector(
      name: "small", model: builder.model(outputs: [y]),
      options: CodingOptions(mask: .always(.gaps)))
  }

  /// Dense layers and nothing else.
  static var dense: ValidVector {
    var builder = PlanBuilder(seed: 2)
    let x = builder.input(40, transform: BlobTransform(scales: [1 / 256], means: [128]))
    let first = builder.dense(x, builder.weights(30, 40, density: 0.1), .relu)
    let second = builder.dense(first, builder.weights(20, 30, density: 0.15, scaled: true), .relu)
    let y = builder.dense(second, builder.weights(10, 20, density: 0.4, levels: 4))
    builder.steps.append(
      .softmax(BlobSoftmax(x: y.place, y: y.place, outer: 1, count: 10, inner: 1)))
    return ValidVector(name: "dense", model: builder.model(outputs: [y]))
  }

  static var convolution: ValidVector {
    var builder = PlanBuilder(seed: 3)
    let transform = BlobTransform(
      layout: .channelsLast, scales: [0.5, 0.25, 2], means: [0.125, 0.5, 0.75])
    let x = builder.input(3, 8, 8, transform: transform)
    let a = builder.convolution(
      x, kernel: 3, builder.weights(6, 27, density: 0.3, scaled: true), activation: .relu)
    let b = builder.maxPool(a)
    let c = builder.convolution(
      b, kernel: 3, builder.weights(8, 54, density: 0.1), activation: .relu)
    let d = builder.maxPool(c)
    let y = builder.dense(d, builder.weights(10, 32, density: 0.2))
    return ValidVector(name: "convolution", model: builder.model(outputs: [y]))
  }

  /// Filters of each mask kind, by their density.
  static var masks: ValidVector {
    var builder = PlanBuilder(seed: 9)
    let x = builder.input(24)
    let full = builder.dense(x, builder.weights(16, 24, density: 1), .relu)
    let half = builder.dense(full, builder.weights(16, 16, density: 0.6), .relu)
    let sparse = builder.dense(half, builder.weights(16, 16, density: 0.12))
    let y = builder.dense(sparse, builder.weights(3, 16, density: 1, levels: 1))
    return ValidVector(name: "masks", model: builder.model(outputs: [y]))
  }

  /// Joint symbols: of K = 1, of many words to 12 bits in two lanes, over many rows, few and one.
  static var jointSymbols: ValidVector {
    var builder = PlanBuilder(seed: 16)
    let x = builder.input(2, 5, 5)
    let a = builder.convolution(
      x, kernel: 3, builder.weights(6, 18, density: 0.9, scaled: true), activation: .relu)
    let lanes = [BlobLane(rows: 30), BlobLane(rows: 0), BlobLane(rows: 11, bank: 1)]
    let b = builder.dense(a, builder.weights(41, 150, density: 0.45, lanes: lanes), .relu)
    let c = builder.dense(b, builder.weights(60, 41, density: 0.01))
    let d = builder.dense(c, builder.weights(3, 60, density: 0.7, levels: 2))
    let y = builder.dense(d, builder.weights(4, 3, density: 1, levels: 1))
    return ValidVector(
      name: "joint-symbols", model: builder.model(outputs: [c, y]),
      options: CodingOptions(mask: .always(.joint)))
  }

  /// Codes by three alphabets: gaps that end in later rows, lanes, long words.
  static var besideEachOther: ValidVector {
    var builder = PlanBuilder(seed: 17)
    let x = builder.input(1, 8, 8)
    let lanes = [BlobLane(rows: 4), BlobLane(rows: 0), BlobLane(rows: 5, bank: 1)]
    let a = builder.convolution(
      x, kernel: 3, builder.weights(9, 9, density: 0.5, lanes: lanes).alike, activation: .relu)
    let b = builder.dense(a, builder.weights(20, 576, density: 0.4).alike, .relu)
    let c = builder.dense(b, builder.weights(60, 20, density: 0.3, levels: 64).alike)
    let y = builder.dense(c, builder.weights(4, 60, density: 0.8, levels: 2).alike)
    return ValidVector(
      name: "beside-each-other", model: builder.model(outputs: [y]),
      options: CodingOptions(mask: .always(.gaps)))
  }

  /// Rows of two classes: many columns, few, lanes, codes by three alphabets.
  static var rowClasses: ValidVector {
    var builder = PlanBuilder(seed: 18)
    let x = builder.input(1, 6, 6)
    let lanes = [BlobLane(rows: 4), BlobLane(rows: 0), BlobLane(rows: 5, bank: 1)]
    let a = builder.convolution(
      x, kernel: 3, builder.weights(9, 9, density: 0.4, lanes: lanes), activation: .relu)
    let b = builder.dense(a, builder.weights(30, 324, density: 0.1), .relu)
    let c = builder.dense(b, builder.weights(60, 30, density: 0.02))
    let y = builder.dense(c, builder.weights(21, 60, density: 0.5).alike)
    return ValidVector(
      name: "row-classes", model: builder.model(outputs: [y]),
      options: CodingOptions(mask: .always(.gapsByRow)))
  }

  static var rawFloats: ValidVector {
    var builder = PlanBuilder(seed: 10)
    let x = builder.input(1, 4, 4)
    let a = builder.convolution(x, kernel: 3, builder.rawWeights(2, 9, density: 1))
    let b = builder.dense(a, builder.rawWeights(6, 32, density: 0.1), .tanh)
    let y = builder.dense(b, builder.rawWeights(4, 6, density: 0.5))
    return ValidVector(name: "raw-floats", model: builder.model(outputs: [y]))
  }

  /// Alphabets of no symbol and of one.
  static var fewSymbols: ValidVector {
    var builder = PlanBuilder(seed: 11)
    let x = builder.input(6)
    func layer(_ rows: Int, _ columns: Int, _ positions: [Int], code: [UInt8]) -> BlobWeights {
      BlobWeights(
        .table(
          StoredNumbers([0.5, -0.75], precision: .float16),
          codes: SparseMatrix(
            rows: rows, columns: columns, positions: positions, values: code)),
        biases: StoredNumbers((0..<rows).map { Float($0) / 4 }, precision: .float16))
    }
    // No survivors; every position the same level; every other position, two levels; one row.
    let none = builder.dense(x, layer(5, 6, [], code: []))
    let all = builder.dense(x, layer(3, 6, Array(0..<18), code: Array(repeating: 1, count: 18)))
    let odd = Array(stride(from: 1, to: 24, by: 2))
    let other = builder.dense(x, layer(4, 6, odd, code: odd.map { UInt8($0 % 3 % 2) }))
    let last = builder.dense(x, layer(4, 6, Array(18..<24), code: [0, 0, 0, 0, 0, 0]))
    return ValidVector(
      name: "few-symbols", model: builder.model(outputs: [none, all, other, last]),
      options: CodingOptions(mask: .always(.gaps)))
  }

  /// 256 levels, so unevenly used that the longest words have 12 bits; then gaps whose counts are
  /// Fibonacci's, which makes the longest words there are.
  static var manyLevels: ValidVector {
    var builder = PlanBuilder(seed: 12)
    let x = builder.input(64)
    let positions = builder.positions(51, 64, density: 0.63)
    let frequent: [UInt8] = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3]
    let codes = positions.indices.map { $0 < 256 ? UInt8($0) : frequent[$0 % 11] }
    let a = builder.dense(
      x,
      BlobWeights(
        .table(
          builder.table(256, .int8(scale: 1 / 64)),
          codes: SparseMatrix(
            rows: 51, columns: 64, positions: positions, values: codes))))
    let counts = [233, 144, 89, 55, 34, 21, 13, 8, 5, 3, 2, 1, 1]
    let gaps = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    var sparse: [Int] = []
    for gap in gaps.shuffled(using: &builder.generator) {
      sparse.append((sparse.last ?? -1) + 1 + gap)
    }
    let y = builder.dense(
      a,
      BlobWeights(
        .table(
          StoredNumbers([0.125, -0.25], precision: .float16),
          codes: SparseMatrix(
            rows: 31, columns: 51, positions: sparse, values: sparse.map { UInt8($0 / 3 % 2) }))))
    return ValidVector(
      name: "many-levels", model: builder.model(outputs: [y]),
      options: CodingOptions(jumps: 255...255, mask: .always(.gaps)))
  }

  /// Every kind of vector in every precision.
  static var precisions: ValidVector {
    var builder = PlanBuilder(seed: 13)
    let x = builder.input(12)
    var y = x
    let kinds: [StoredNumbers.Precision] = [
      .float16, .float32, .int8(scale: 1 / 64), .int16(scale: 1 / 4096),
    ]
    for (index, kind) in kinds.enumerated() {
      var weights = builder.weights(12, 12, density: 0.3, levels: 8, precision: kind)
      weights.rowScales = builder.numbers(12, kinds[(index + 1) % kinds.count])
      weights.biases = builder.numbers(12, kinds[(index + 2) % kinds.count])
      y = builder.dense(y, weights)
      builder.steps.append(
        .affine(
          BlobAffine(
            x: y.place, y: y.place, channels: 4, inner: 3, scale: builder.numbers(4, kind),
            shift: builder.numbers(4, kind))))
    }
    let exact = StoredNumbers([0x1p-24, -65504, 0x1.554p-3, 0], precision: .float16)
    let odd = StoredNumbers([0.1, -0x1p-140, 3e38, 0x1p-126], precision: .float32)
    var constants: [BlobTensor] = []
    for numbers in [exact, odd] + [kinds[2], kinds[3]].map({ builder.numbers(3, $0) }) {
      let tensor = builder.tensor(numbers.values.count)
      builder.steps.append(.constant(BlobConstant(y: tensor.place, numbers: numbers)))
      constants.append(tensor)
    }
    return ValidVector(name: "precisions", model: builder.model(outputs: [y] + constants))
  }

  /// One layer in one bank, one in two, one in three lanes of two banks.
  static var twoBanks: ValidVector {
    var builder = PlanBuilder(seed: 14)
    let x = builder.input(20)
    let a = builder.dense(x, builder.weights(12, 20, density: 0.3), .relu)
    let halves = [BlobLane(rows: 7), BlobLane(rows: 5, bank: 1)]
    let b = builder.dense(a, builder.weights(12, 12, density: 0.2, lanes: halves), .relu)
    let thirds = [BlobLane(rows: 4, bank: 1), BlobLane(rows: 1), BlobLane(rows: 4, bank: 1)]
    let y = builder.dense(b, builder.weights(9, 12, density: 0.6, lanes: thirds))
    return ValidVector(name: "two-banks", model: builder.model(outputs: [y]))
  }

  /// Three inputs and three outputs, of rank 0, 1 and 6; one output is an input.
  static var inputsAndOutputs: ValidVector {
    var builder = PlanBuilder(seed: 15)
    let number = builder.input()
    let vector = builder.input(8, transform: BlobTransform(layout: .channelsFirst))
    let block = builder.input(1, 2, 1, 2, 1, 2)
    let y = builder.dense(vector, builder.weights(8, 8, density: 0.4))
    let product = builder.tensor(8)
    builder.steps.append(
      .binary(
        BlobBinary(
          BlobFloatFormula(.multiply), a: number.place, b: y.place, y: product.place, sizes: [8],
          maskA: 1)))
    builder.steps.append(
      .binary(BlobBinary(BlobFloatFormula(.add), a: product.place, b: block.place, y: product.place, sizes: [8])))
    return ValidVector(
      name: "inputs-and-outputs", model: builder.model(outputs: [product, number, y]))
  }

  static var ancillary: ValidVector {
    var model = small.model
    model.ancillary = [
      BlobAncillary(kind: 200, bytes: Array("a note".utf8)), BlobAncillary(kind: 255, bytes: []),
    ]
    return ValidVector(name: "ancillary", model: model)
  }
}

extension BlobWeights {
  /// The same with codes of the sign of the survivor beside them, so that three alphabets pay.
  var alike: BlobWeights {
    guard case .table(let table, var matrix) = values else { return self }
    var codes = matrix.values
    for index in codes.indices.dropFirst() where positions[index - 1] + 1 == positions[index] {
      let (own, other) = (Int(codes[index]), table.values.count - 1 - Int(codes[index]))
      let isNegative = table.values[Int(codes[index - 1])] < 0
      if (table.values[own] < 0) != isNegative, (table.values[other] < 0) == isNegative {
        codes[index] = UInt8(other)
      }
    }
    var copy = self
    matrix.values = codes
    copy.values = .table(table, codes: matrix)
    return copy
  }
}
