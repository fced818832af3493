import Blob
import Tensors

/// Makes small models: deals out places in the arena, one after another, and seeded numbers.
struct PlanBuilder {
  var words = 0
  var states: [BlobState] = []
  var inputs: [BlobInput] = []
  var steps: [BlobStep] = []
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  func model(outputs: [BlobTensor], ancillary: [BlobAncillary] = []) -> BlobModel {
    BlobModel(
      arenaBytes: words * 4, states: states, inputs: inputs, outputs: outputs, steps: steps, ancillary: ancillary)
  }

  /// A place of its own.
  mutating func tensor(_ shape: Int...) -> BlobTensor {
    let tensor = BlobTensor(place: words, shape: shape)
    words += tensor.count
    return tensor
  }

  /// What lasts: before all other places.
  mutating func state(_ shape: Int..., beginning: BlobState.Beginning = .zero) -> BlobTensor {
    let tensor = BlobTensor(place: words, shape: shape)
    words += tensor.count
    states.append(BlobState(tensor: tensor, beginning: beginning))
    return tensor
  }

  /// Moves a window on, which lies where it lay.
  mutating func slide(_ window: BlobTensor, by x: BlobTensor, outer: Int, count: Int, inner: Int, new: Int) {
    let step = BlobSlide(x: x.place, y: window.place, outer: outer, count: count, inner: inner, new: new)
    let isSigned = window.type == .int8
    steps.append(
      window.type == .float32
        ? .slide(step) : .integer(BlobIntegerStep(.slide(step), xIsSigned: isSigned, yIsSigned: isSigned)))
  }

  mutating func input(_ shape: Int..., transform: BlobTransform = BlobTransform()) -> BlobTensor {
    let tensor = BlobTensor(place: words, shape: shape)
    words += tensor.count
    inputs.append(BlobInput(tensor: tensor, transform: transform))
    return tensor
  }

  /// Numbers of places, behind a step of float32 or, where the tensor is of bytes, of integers.
  mutating func places(
    of x: BlobTensor, outer: Int, count: Int, inner: Int, _ mode: BlobArgMax.Mode
  ) -> BlobTensor {
    let y = BlobTensor(place: words, shape: [outer, inner], type: .int32)
    words += y.count
    let step = BlobArgMax(mode: mode, x: x.place, y: y.place, outer: outer, count: count, inner: inner)
    steps.append(
      x.type == .float32
        ? .argMax(step) : .integer(BlobIntegerStep(.argMax(step), xIsSigned: x.type == .int8, yIsSigned: false)))
    return y
  }

  // MARK: Numbers

  /// Multiples of 1/64 within -2...2: each precision holds them.
  mutating func number() -> Float { Float(Int.random(in: -128...127, using: &generator)) / 64 }

  mutating func numbers(
    _ count: Int, _ precision: StoredNumbers.Precision = .float32
  ) -> StoredNumbers {
    StoredNumbers((0..<count).map { _ in number() }, precision: precision)
  }

  /// As many levels as asked for, all different, not 0, ascending.
  mutating func table(_ levels: Int, _ precision: StoredNumbers.Precision) -> StoredNumbers {
    var steps = Set<Int>()
    while steps.count < levels {
      let step = Int.random(in: -128...127, using: &generator)
      if step != 0 || levels > 255 { steps.insert(step) }
    }
    return StoredNumbers(steps.sorted().map { Float($0) / 64 }, precision: precision)
  }

  /// Positions that survive with this probability.
  mutating func positions(_ rows: Int, _ columns: Int, density: Float) -> [Int] {
    (0..<rows * columns).filter { _ in generator.nextFloat() < density }
  }

  /// Weights whose codes prefer low numbers, so that their Huffman code is not flat.
  mutating func weights(
    _ rows: Int, _ columns: Int, density: Float, levels: Int = 16,
    precision: StoredNumbers.Precision = .float16, scaled: Bool = false, lanes: [BlobLane]? = nil
  ) -> BlobWeights {
    let positions = positions(rows, columns, density: density)
    let codes = positions.map { _ in
      UInt8(Float(levels) * generator.nextFloat() * generator.nextFloat())
    }
    return BlobWeights(
      .table(
        table(levels, precision),
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions, values: codes)),
      rowScales: scaled ? numbers(rows, .int8(scale: 1 / 64)) : .absent,
      biases: numbers(rows, .float16),
      lanes: lanes)
  }

  mutating func rawWeights(_ rows: Int, _ columns: Int, density: Float) -> BlobWeights {
    let positions = positions(rows, columns, density: density)
    return BlobWeights(
      .raw(
        SparseMatrix(
          rows: rows, columns: columns, positions: positions,
          values: positions.map { _ in generator.nextNormal() })),
      biases: numbers(rows))
  }

  // MARK: Steps

  /// A dense layer over the whole of `x`.
  mutating func dense(
    _ x: BlobTensor, _ weights: BlobWeights, _ activation: BlobActivation = .none
  ) -> BlobTensor {
    let y = tensor(weights.rows)
    steps.append(
      .dense(
        BlobDense(
          x: x.place, y: y.place, i: weights.columns, o: weights.rows, activation: activation,
          weights: weights)))
    return y
  }

  /// A convolution of [C, H, W] that keeps H and W: odd kernel, stride 1.
  mutating func convolution(
    _ x: BlobTensor, kernel: Int, _ weights: BlobWeights, groups: Int = 1,
    activation: BlobActivation = .none
  ) -> BlobTensor {
    let y = tensor(weights.rows, x.shape[1], x.shape[2])
    steps.append(
      .convolution(
        BlobConvolution(
          x: x.place, y: y.place, groups: groups, c: x.shape[0], h: x.shape[1], w: x.shape[2],
          o: weights.rows, oh: x.shape[1], ow: x.shape[2], kh: kernel, kw: kernel,
          top: kernel / 2, left: kernel / 2, finish: activation, weights: weights)))
    return y
  }

  /// Windows of 2 x 2 with stride 2.
  mutating func maxPool(_ x: BlobTensor) -> BlobTensor {
    let y = tensor(x.shape[0], x.shape[1] / 2, x.shape[2] / 2)
    steps.append(
      .maxPool(
        BlobPool(
          x: x.place, y: y.place, c: x.shape[0], h: x.shape[1], w: x.shape[2], oh: y.shape[1],
          ow: y.shape[2], kh: 2, kw: 2, sh: 2, sw: 2)))
    return y
  }
}
