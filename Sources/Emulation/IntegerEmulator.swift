import Blob

// One function a step, each a plain loop over elements widened to 32 bits, and a byte arena between
// them, so that what shares a place on the device shares it here. Every step reads all that it
// reads before it writes, which makes steps in place the same as others. Formats/Blob.md, "Integer
// steps".

/// A blob of integer steps, run as every device runs it, to the last bit.
///
///     let emulator = try IntegerEmulator(try BlobReader.read(bytes))
///     let y = emulator.outputs(of: [model.inputs[0].tensor.elements(of: sample)])
public struct IntegerEmulator: Sendable {
  public let model: BlobModel
  private let steps: [(step: BlobIntegerStep, filters: IntegerFilters?)]

  /// - Throws: ``EmulationError`` for a model that is no blob, or not all of integers.
  /// - Complexity: O(all numbers).
  public init(_ model: BlobModel) throws(EmulationError) {
    do {
      try model.check()
    } catch {
      throw .invalid(error)
    }
    self.model = model
    var steps: [(step: BlobIntegerStep, filters: IntegerFilters?)] = []
    for (index, step) in model.steps.enumerated() {
      guard case .integer(let step) = step else { throw .floatStep(index) }
      steps.append((step, BlobStep.integer(step).weights.flatMap { IntegerFilters($0) }))
    }
    self.steps = steps
  }

  /// What the network makes of one sample.
  ///
  /// - Parameter inputs: of each input as many elements as its tensor has, within its type; of float32 the
  ///   bits of each.
  /// - Returns: the elements of each output, likewise.
  /// - Complexity: O(survivors x places that each is used at + all elements).
  public func outputs(of inputs: [[Int32]]) -> [[Int32]] { outputs(ofFrames: [inputs])[0] }

  /// The same of frames in turn, from the states' beginning on, each finding what the one before has left.
  public func outputs(ofFrames frames: [[[Int32]]]) -> [[[Int32]]] {
    var arena = resetArena
    return frames.map { frame in
      run(frame, in: &arena) { _, _ in }
      return model.outputs.map { output in
        output.type.isOfWords
          ? arena.words(at: output.place, output.count).map { Int32(bitPattern: $0) }
          : arena.elements(at: output.place, output.count, isSigned: output.type == .int8)
      }
    }
  }

  /// An arena before the first run.
  private var resetArena: ByteArena {
    var arena = ByteArena(byteCount: model.arenaBytes)
    for state in model.states { arena.write(state.elements, at: state.tensor.place) }
    return arena
  }

  /// For each step whose weights may be stored by columns the share of its inputs that are not zero, over some samples
  /// (one at least), each as ``outputs(of:)`` takes it.
  public func nonzeroInputs(over samples: [[[Int32]]]) -> [Int: Double] {
    precondition(!samples.isEmpty, "a share of some samples")
    var counts: [Int: Int] = [:]
    var (widths, arena) = ([Int: Int](), resetArena)
    for sample in samples {
      run(sample, in: &arena) { index, arena in
        guard case .dense(let form) = steps[index].step.form, model.steps[index].mayHaveColumns else { return }
        widths[index] = form.i
        counts[index, default: 0] += arena.elements(at: form.x, form.i, isSigned: false).count { $0 != 0 }
      }
    }
    return widths.reduce(into: [:]) { shares, step in
      shares[step.key] = Double(counts[step.key] ?? 0) / Double(step.value * samples.count)
    }
  }

  /// Runs all steps; before each, `visit` is given its number and the arena.
  private func run(
    _ inputs: [[Int32]], in arena: inout ByteArena, _ visit: (Int, ByteArena) -> Void
  ) {
    precondition(inputs.count == model.inputs.count, "as many inputs as the model has")
    for (input, elements) in zip(model.inputs, inputs) {
      precondition(elements.count == input.tensor.count, "as many elements as the input has")
      let range = input.tensor.type.range
      precondition(elements.allSatisfy(range.contains), "elements within their type")
      if input.tensor.type == .float32 {
        arena.write(elements.map { UInt32(bitPattern: $0) }, at: input.tensor.place)
      } else {
        arena.write(elements, at: input.tensor.place)
      }
    }
    for (index, (step, filters)) in steps.enumerated() {
      visit(index, arena)
      StepRun(step: step, filters: filters).run(in: &arena)
    }
  }
}

/// A step that passed its check, and the filters that it has.
private struct StepRun {
  let step: BlobIntegerStep
  let filters: IntegerFilters?

  func run(in arena: inout ByteArena) {
    switch step.form {
    case .convolution(let form): arena.write(convolution(form, arena), at: form.y)
    case .dense(let form):
      let x = read(form.x, [form.r, form.i], arena)
      arena.write(filters?.dense(form, x, yIsSigned: step.yIsSigned) ?? [], at: form.y)
    case .map(let form):
      let y = read(form.x, [form.count], arena).map { Int32(form.results[Int($0) & 0xFF]) }
      arena.write(y, at: form.y)
    case .prelu(let form):
      let x = read(form.x, [form.outer, form.channels, form.inner], arena)
      arena.write(ElementwiseSteps.prelu(form, x, yIsSigned: step.yIsSigned), at: form.y)
    case .softmax(let form):
      let axes = form.softmax
      let x = read(axes.x, [axes.outer, axes.count, axes.inner], arena)
      arena.write(ElementwiseSteps.softmax(form, x), at: axes.y)
    case .maxPool(let form):
      let x = read(form.x, [form.c, form.h, form.w], arena)
      arena.write(WindowSteps.maxPool(form, x), at: form.y)
    case .averagePool(let form):
      let pool = form.average.pool
      let x = read(pool.x, [pool.c, pool.h, pool.w], arena)
      arena.write(WindowSteps.averagePool(form.average, x), at: pool.y)
    case .globalAveragePool(let form):
      let x = read(form.pool.x, [form.pool.channels, form.pool.inner], arena)
      arena.write(
        WindowSteps.globalAveragePool(form, x, yIsSigned: step.yIsSigned), at: form.pool.y)
    case .binary(let form):
      let y = binary(form, arena) {
        IntegerArithmetic.finished(
          ElementwiseSteps.sum(form.formula, $0, $1), isSigned: step.yIsSigned)
      }
      arena.write(y, at: form.y)
    case .matrixProduct(let form):
      let product = form.product
      let a = read(product.a, [product.count, product.rows, product.inner], arena)
      let b = arena.elements(
        at: product.b, product.count * product.inner * product.columns, isSigned: step.bIsSigned)
      arena.write(ElementwiseSteps.matrixProduct(form, a, b, yIsSigned: step.yIsSigned), at: product.y)
    case .copy(let form): copy(form, in: &arena)
    case .pad(let form):
      arena.write(MovingSteps.pad(form, read(form.x, form.sizes, arena)), at: form.y)
    case .transpose(let form):
      arena.write(MovingSteps.transpose(form, read(form.x, form.sizes, arena)), at: form.y)
    case .constant(let form): arena.write(form.bytes.map(Int32.init), at: form.y)
    case .affine(let form):
      let x = read(form.x, [form.channels, form.inner], arena)
      arena.write(ElementwiseSteps.affine(form, x, yIsSigned: step.yIsSigned), at: form.y)
    case .gather(let form):
      let x = read(form.x, [form.outer, form.inner], arena)
      arena.write(MovingSteps.gather(form, x), at: form.y)
    case .slide(let form):
      let window = read(form.y, [form.outer, form.count, form.inner], arena)
      let x = read(form.x, [form.outer, form.new, form.inner], arena)
      arena.write(MovingSteps.slide(form, window, x), at: form.y)
    case .resize(let form):
      let x = read(form.resize.x, [form.resize.c, form.resize.h, form.resize.w], arena)
      arena.write(MovingSteps.resize(form.resize, x), at: form.resize.y)
    case .logSoftmax(let form):
      let axes = form.fields.softmax
      let x = read(axes.x, [axes.outer, axes.count, axes.inner], arena)
      arena.write(ExactSteps.logSoftmax(form.fields, x, bits: 3).map { max($0, -128) }, at: axes.y)
    case .argMax(let form):
      let x = read(form.x, [form.outer, form.count, form.inner], arena)
      arena.write(ElementwiseSteps.places(form, x), at: form.y)
    case .exactConvolution(let form):
      let x = read(form.x, [form.c, form.h, form.w], arena)
      arena.write(filters?.convolution(form, x) ?? [], at: form.y)
    case .exactDense(let form):
      let x = read(form.x, [form.r, form.i], arena)
      arena.write(filters?.dense(form, x) ?? [], at: form.y)
    case .exactSoftmax(let form):
      let axes = form.softmax
      let x = read(axes.x, [axes.outer, axes.count, axes.inner], arena)
      arena.write(ExactSteps.softmax(form, x), at: axes.y)
    case .exactLogSoftmax(let form):
      let axes = form.fields.softmax
      let x = read(axes.x, [axes.outer, axes.count, axes.inner], arena)
      arena.write(ExactSteps.logSoftmax(form.fields, x, bits: 4).map { 127 + $0 }, at: axes.y)
    case .exactAveragePool(let form):
      let pool = form.pool
      let x = read(pool.x, [pool.c, pool.h, pool.w], arena)
      arena.write(WindowSteps.averagePool(form, x), at: pool.y)
    case .exactGlobalAveragePool(let form):
      let x = read(form.pool.x, [form.pool.channels, form.pool.inner], arena)
      arena.write(ExactSteps.globalAveragePool(form, x), at: form.pool.y)
    case .exactPRelu(let form):
      let x = read(form.x, [form.outer, form.channels, form.inner], arena)
      arena.write(ExactSteps.prelu(form, x), at: form.y)
    case .exactBinary(let form):
      let y = binary(form, arena) { ExactSteps.combined(form.formula, $0, $1) }
      arena.write(y, at: form.y)
    case .exactBorder(let form): cross(form, in: &arena)
    case .shortDense(let form):
      let x = read(form.x, [form.r, form.i], arena)
      arena.write(shorts: filters?.shorts(form, x) ?? [], at: form.y)
    case .lstm(let form): lstm(form, in: &arena)
    case .shortProduct(let form):
      arena.write(ShortSteps.product(form, arena.shorts(at: form.x, form.units * form.inner)), at: form.y)
    }
  }

  /// x, or a.
  private func read(_ place: Int, _ sizes: [Int], _ arena: ByteArena) -> [Int32] {
    arena.elements(at: place, sizes.reduce(1, *), isSigned: step.xIsSigned)
  }

  private func convolution(
    _ form: BlobConvolution<BlobResidual?>, _ arena: ByteArena
  ) -> [Int32] {
    let residual = form.finish.map { added in
      let count = form.o * form.oh * form.ow
      return arena.elements(at: added.place, count, isSigned: step.bIsSigned)
    }
    let x = read(form.x, [form.c, form.h, form.w], arena)
    return filters?.convolution(form, x, residual: residual, yIsSigned: step.yIsSigned) ?? []
  }

  private func binary<Formula>(
    _ form: BlobBinary<Formula>, _ arena: ByteArena, _ combined: (Int, Int) -> Int32
  ) -> [Int32] {
    let countB = form.operandSizes(mask: form.maskB).reduce(1, *)
    return ElementwiseSteps.binary(
      form, a: read(form.a, form.operandSizes(mask: form.maskA), arena),
      b: arena.elements(at: form.b, countB, isSigned: step.bIsSigned), combined)
  }

  private func cross(_ form: BlobExactBorder, in arena: inout ByteArena) {
    if form.isFromBytes {
      let x = read(form.x, [form.count], arena)
      arena.write(x.map { ExactSteps.number(form, $0, isSigned: step.xIsSigned).bitPattern }, at: form.y)
    } else {
      let x = arena.words(at: form.x, form.count).map { Float(bitPattern: $0) }
      arena.write(x.map { ExactSteps.element(form, $0, isSigned: step.yIsSigned) }, at: form.y)
    }
  }

  private func lstm(_ form: BlobExactLSTM, in arena: inout ByteArena) {
    let (a, b) = (arena.shorts(at: form.a, 4 * form.count), arena.shorts(at: form.b, 4 * form.count))
    switch form.part {
    case .cell:
      let cell = arena.shorts(at: form.y, form.count)
      arena.write(shorts: ShortSteps.lstm(form, a: a, b: b, cell: cell), at: form.y)
    case .output(let c, _, _):
      let cell = arena.shorts(at: c, form.count)
      arena.write(ShortSteps.lstm(form, a: a, b: b, cell: cell).map { Int32($0) }, at: form.y)
    }
  }

  private func copy(_ form: BlobCopy, in arena: inout ByteArena) {
    let x = read(form.x, [form.outer, form.inner], arena)
    for outer in 0..<form.outer {
      arena.write(
        Array(x[outer * form.inner..<(outer + 1) * form.inner]), at: form.y,
        first: outer * form.stride + form.offset)
    }
  }
}
