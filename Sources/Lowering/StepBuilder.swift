// One node to the steps of a blob that compute it, in float32 and in integers, and how small the scale of
// its result's bytes may be; field names are those of Formats/Blob.md.

import Blob
import ModelGraph
import Tensors

/// A float32 step, or some in a row, and what takes their place among integers, and among those of an
/// integer graph.
struct StepForms {
  let floats: [BlobStep]
  let integer: (IntegerSteps) -> BlobIntegerStep.Form
  /// nil: there is none.
  let exact: (ExactSteps) -> BlobIntegerStep.Form?

  init(
    _ floats: [BlobStep], integer: @escaping (IntegerSteps) -> BlobIntegerStep.Form,
    exact: @escaping (ExactSteps) -> BlobIntegerStep.Form?
  ) {
    (self.floats, self.integer, self.exact) = (floats, integer, exact)
  }

  init(
    _ float: BlobStep, integer: @escaping (IntegerSteps) -> BlobIntegerStep.Form,
    exact: @escaping (ExactSteps) -> BlobIntegerStep.Form?
  ) {
    self.init([float], integer: integer, exact: exact)
  }

  /// One that only moves numbers.
  init(_ float: BlobStep, moving form: BlobIntegerStep.Form) {
    self.init(float) { _ in form } exact: { _ in form }
  }
}

/// Builds steps for nodes whose values have places.
struct StepBuilder {
  let graph: Graph
  /// The place of each value, in words.
  let places: [Int]
  /// Coded filters by index in `graph.nodes`.
  let weights: [Int: BlobWeights]

  /// The steps of one planned node: one, or one a part for a concatenation.
  func steps(for planned: Lowering.PlannedStep) -> [StepForms] {
    let node = planned.node
    let y = places[planned.output.index]
    let out = graph[planned.output].shape
    let shapes = node.inputs.map { graph[$0].shape }
    let xs = node.inputs.map { places[$0.index] }
    let activation = planned.fused.map(BlobActivation.init) ?? .none
    switch node.operation {
    case .convolution(let c):
      let s = convolution(c, node, x: xs[0], y: y, shapes[0], out, activation)
      return [
        StepForms(.convolution(s)) {
          .convolution(s.with($0.residual, $0.weights(s.weights)))
        } exact: {
          .exactConvolution(s.with($0.finish, s.weights))
        }
      ]
    case .dense:
      let s = dense(node, x: xs[0], y: y, shapes[0], out, activation)
      return [
        StepForms(.dense(s)) {
          .dense(
            BlobIntegerDense(x: s.x, y: s.y, r: s.r, i: s.i, o: s.o, weights: $0.weights(s.weights)))
        } exact: {
          .exactDense(
            BlobExactDense(
              x: s.x, y: s.y, r: s.r, i: s.i, o: s.o, range: $0.range, weights: s.weights))
        }
      ]
    case .activation(let function):
      let activation = BlobActivation(function)
      let s = BlobActivationStep(x: xs[0], y: y, count: out.elementCount, activation: activation)
      return [
        StepForms(.activation(s)) {
          .map($0.map(x: s.x, y: s.y, count: s.count) { activation.value($0) })
        } exact: {
          $0.map(x: s.x, y: s.y, count: s.count, function)
        }
      ]
    case .function(let function):
      let s = BlobActivationStep(x: xs[0], y: y, count: out.elementCount, activation: .function(BlobFunction(function)))
      return [
        StepForms(.activation(s)) {
          .map($0.map(x: s.x, y: s.y, count: s.count) { function.value($0) })
        } exact: { _ in
          nil
        }
      ]
    case .prelu(let slope):
      let s = prelu(graph[slope].tensor, x: xs[0], y: y, out)
      return [StepForms(.prelu(s)) { .prelu($0.prelu(s)) } exact: { $0.prelu(s, slope) }]
    case .softmax(let axis, let beta):
      let s = BlobSoftmax(
        x: xs[0], y: y, outer: out[..<axis].elementCount, count: out[axis],
        inner: out[(axis + 1)...].elementCount)
      let times = BlobAffine(
        x: s.x, y: y, channels: 1, inner: out.elementCount, scale: exact([beta]), shift: exact([0]))
      var behind = s
      behind.x = y
      let floats: [BlobStep] = beta == 1 ? [.softmax(s)] : [.affine(times), .softmax(behind)]
      return [
        StepForms(floats) {
          .softmax(BlobIntegerSoftmax(s, exponentials: $0.exponentials(beta: beta)))
        } exact: {
          $0.softmax(s, beta: beta)
        }
      ]
    case .logSoftmax(let axis):
      let s = BlobSoftmax(
        x: xs[0], y: y, outer: out[..<axis].elementCount, count: out[axis],
        inner: out[(axis + 1)...].elementCount)
      return [
        StepForms(.logSoftmax(BlobLogSoftmax(s))) { .logSoftmax($0.logSoftmax(s)) } exact: {
          $0.logSoftmax(s)
        }
      ]
    case .argMax(let axis, let ofLeast):
      let (x, shape) = (xs[0], shapes[0])
      let s = BlobArgMax(
        mode: ofLeast ? .least : .largest, x: x, y: y, outer: shape[..<axis].elementCount, count: shape[axis],
        inner: shape[(axis + 1)...].elementCount)
      return [StepForms(.argMax(s), moving: .argMax(s))]
    case .maxPool(let window):
      let s = pool(window, x: xs[0], y: y, shapes[0], out)
      return [StepForms(.maxPool(s), moving: .maxPool(s))]
    case .averagePool(let window, let countsPadding):
      let s = BlobAveragePool(
        pool: pool(window, x: xs[0], y: y, shapes[0], out), bottom: window.padAfter[0],
        right: window.padAfter[1], countsPadding: countsPadding)
      return [
        StepForms(.averagePool(s)) { _ in
          .averagePool(BlobIntegerAveragePool(s))
        } exact: {
          countsPadding ? nil : $0.averagePool(s.pool)
        }
      ]
    case .globalAveragePool:
      let s = BlobGlobalAveragePool(
        x: xs[0], y: y, channels: shapes[0][0], inner: shapes[0][1...].elementCount)
      return [
        StepForms(.globalAveragePool(s)) { .globalAveragePool($0.mean(s)) } exact: { $0.mean(s) }
      ]
    case .binary(let operation):
      let s = binary(operation, xs: xs, y: y, shapes, out, activation)
      return [StepForms(.binary(s)) { .binary($0.binary(s)) } exact: { $0.binary(s) }]
    case .matrixProduct:
      let (a, columns) = (shapes[0], out[out.count - 1])
      let s = BlobMatrixProduct(
        a: xs[0], b: xs[1], y: y, count: a.dropLast(2).elementCount, rows: a[a.count - 2], inner: a[a.count - 1],
        columns: columns)
      return [
        StepForms(.matrixProduct(s)) { .matrixProduct($0.matrixProduct(s)) } exact: { _ in nil }
      ]
    case .constant(let parameter):
      let s = BlobConstant(y: y, numbers: exact(graph[parameter].tensor.values))
      return [
        StepForms(.constant(s)) { steps in
          let bytes = s.numbers.values.map { steps.y.byte(Double($0)) }
          return .constant(BlobIntegerConstant(y: s.y, bytes: bytes))
        } exact: {
          $0.constant(y: s.y, parameter)
        }
      ]
    case .affine(let scale, let shift):
      let s = BlobAffine(
        x: xs[0], y: y, channels: out[0], inner: out[1...].elementCount,
        scale: exact(graph[scale].tensor.values), shift: exact(graph[shift].tensor.values))
      return [StepForms(.affine(s)) { .affine($0.affine(s)) } exact: { _ in nil }]
    case .concat(let axis):
      return concat(axis, xs: xs, y: y, shapes, out).map { s in
        StepForms(.copy(s), moving: .copy(s))
      }
    case .pad(let padding):
      let s = pad(padding, x: xs[0], y: y, shapes[0])
      return [
        StepForms(.pad(s)) {
          .pad(
            BlobPad(
              mode: s.mode, value: $0.y.byte(Double(s.value)), x: s.x, y: s.y, sizes: s.sizes,
              before: s.before, after: s.after))
        } exact: {
          $0.pad(s)
        }
      ]
    case .resize(let resize):
      let s = self.resize(resize, resize.axes, x: xs[0], y: y, shapes[0])
      let ofBits = self.resize(resize, resize.axes.map(\.ofBits), x: xs[0], y: y, shapes[0])
      return [
        StepForms(.resize(s), moving: .resize(BlobIntegerResize(resize.mode == .nearest ? s : ofBits)))
      ]
    case .transpose(let axes):
      let s = BlobTranspose(x: xs[0], y: y, sizes: shapes[0], axes: axes)
      return [StepForms(.transpose(s), moving: .transpose(s))]
    case .gather(let places):
      let inner = shapes[0].last ?? 1
      let s = BlobGather(
        x: xs[0], y: y, outer: shapes[0].elementCount / inner, inner: inner, places: places)
      return [StepForms(.gather(s), moving: .gather(s))]
    case .requantize:
      let s = BlobActivationStep(x: xs[0], y: y, count: out.elementCount, activation: .none)
      return [
        StepForms(.activation(s)) {
          .map($0.map(x: s.x, y: s.y, count: s.count) { $0 })
        } exact: {
          $0.requantization(x: s.x, y: s.y, count: s.count)
        }
      ]
    case .reshape:
      let count = out.elementCount
      let s = BlobCopy(x: xs[0], y: y, outer: 1, inner: count, stride: count, offset: 0)
      return [StepForms(.copy(s), moving: .copy(s))]
    }
  }

  /// Numbers at the fewest bytes that keep every bit.
  private func exact(_ values: [Float]) -> StoredNumbers {
    let half = StoredNumbers.holds(values, precision: .float16)
    return StoredNumbers(values, precision: half ? .float16 : .float32)
  }

  private func codedWeights(of node: Node) -> BlobWeights {
    guard let index = graph.nodes.firstIndex(of: node), let coded = weights[index] else {
      preconditionFailure("layer \(node.name) has no coded weights")
    }
    return coded
  }

  private func convolution(
    _ c: Convolution, _ node: Node, x: Int, y: Int, _ input: [Int], _ out: [Int],
    _ activation: BlobActivation
  ) -> BlobConvolution<BlobActivation> {
    let w = c.window
    return BlobConvolution(
      x: x, y: y, groups: c.groups, c: input[0], h: input[1], w: input[2], o: out[0], oh: out[1],
      ow: out[2], kh: w.kernel[0], kw: w.kernel[1], sh: w.strides[0], sw: w.strides[1],
      dh: w.dilations[0], dw: w.dilations[1], top: w.padBefore[0], left: w.padBefore[1], finish: activation, weights: codedWeights(of: node))
  }

  private func dense(
    _ node: Node, x: Int, y: Int, _ input: [Int], _ out: [Int], _ activation: BlobActivation
  ) -> BlobDense {
    BlobDense(
      x: x, y: y, r: input.dropLast().elementCount, i: input[input.count - 1],
      o: out[out.count - 1], activation: activation, weights: codedWeights(of: node))
  }

  private func pool(_ w: Window, x: Int, y: Int, _ input: [Int], _ out: [Int]) -> BlobPool {
    BlobPool(
      x: x, y: y, c: input[0], h: input[1], w: input[2], oh: out[1], ow: out[2],
      kh: w.kernel[0], kw: w.kernel[1], sh: w.strides[0], sw: w.strides[1], dh: w.dilations[0],
      dw: w.dilations[1], top: w.padBefore[0], left: w.padBefore[1])
  }

  private func binary(
    _ operation: BinaryOperator, xs: [Int], y: Int, _ shapes: [[Int]], _ out: [Int],
    _ activation: BlobActivation
  ) -> BlobBinary<BlobFloatFormula> {
    func mask(_ shape: [Int]) -> UInt8 {
      let padded = Array(repeating: 1, count: out.count - shape.count) + shape
      return out.indices.reduce(0) { $0 | (padded[$1] == 1 && out[$1] > 1 ? 1 << $1 : 0) }
    }
    let step: BlobOperator =
      switch operation {
      case .add: .add
      case .subtract: .subtract
      case .multiply: .multiply
      case .divide: .divide
      case .maximum: .maximum
      case .minimum: .minimum
      }
    return BlobBinary(
      BlobFloatFormula(step, activation), a: xs[0], b: xs[1], y: y, sizes: out,
      maskA: mask(shapes[0]), maskB: mask(shapes[1]))
  }

  private func concat(_ axis: Int, xs: [Int], y: Int, _ shapes: [[Int]], _ out: [Int])
    -> [BlobCopy]
  {
    var offset = 0
    return zip(xs, shapes).map { x, shape in
      let inner = shape[axis...].elementCount
      defer { offset += inner }
      return BlobCopy(
        x: x, y: y, outer: out[..<axis].elementCount, inner: inner,
        stride: out[axis...].elementCount, offset: offset)
    }
  }

  private func pad(_ padding: Padding, x: Int, y: Int, _ sizes: [Int]) -> BlobPad<Float> {
    let (mode, value): (BlobPadMode, Float) =
      switch padding.mode {
      case .constant(let value): (.constant, value)
      case .reflect: (.reflect, 0)
      case .symmetric: (.symmetric, 0)
      case .edge: (.edge, 0)
      }
    return BlobPad(
      mode: mode, value: value, x: x, y: y, sizes: sizes, before: padding.before,
      after: padding.after)
  }

  private func resize(_ resize: Resize, _ axes: [Resize.Axis], x: Int, y: Int, _ input: [Int]) -> BlobResize {
    let fields = axes.map { axis in
      let start = axis.place(0)
      return BlobResize.Axis(
        unit: axis.unit, step: axis.step / axis.unit, stepRest: axis.step % axis.unit, start: start.whole,
        startRest: start.rest)
    }
    let mode: BlobResize.Mode =
      switch resize.mode {
      case .nearest: .nearest
      case .linear: .linear
      }
    return BlobResize(
      mode: mode, x: x, y: y, c: input[0], h: input[1], w: input[2], oh: axes[0].size, ow: axes[1].size,
      rows: fields[0], columns: fields[1])
  }

  /// Slopes as one run of channels where they are that, else spread over the whole sample.
  private func prelu(_ slope: Tensor, x: Int, y: Int, _ out: [Int]) -> BlobPRelu {
    let padded = Array(repeating: 1, count: max(0, out.count - slope.shape.count)) + slope.shape
    let varying = out.indices.filter { padded[$0] != 1 }
    let run = (varying.first ?? 0)..<((varying.last ?? -1) + 1)
    if varying.count == run.count {
      return BlobPRelu(
        x: x, y: y, outer: out[..<run.lowerBound].elementCount, channels: slope.count,
        inner: out[run.upperBound...].elementCount, slopes: exact(slope.values))
    }
    let spread = (0..<out.elementCount).map { flat in
      var (rest, index, stride) = (flat, 0, 1)
      for axis in out.indices.reversed() {
        if padded[axis] > 1 { index += rest % out[axis] * stride }
        rest /= out[axis]
        stride *= padded[axis]
      }
      return slope.values[index]
    }
    return BlobPRelu(
      x: x, y: y, outer: 1, channels: spread.count, inner: 1, slopes: exact(spread))
  }
}

extension BlobFunction {
  init(_ function: MathFunction) {
    self.init(Kind(rawValue: function.kind.rawValue) ?? .absolute, function.parameter)
  }
}

extension BlobActivation {
  init(_ activation: Activation) {
    switch activation {
    case .relu: self = .relu
    case .leakyRelu(let alpha): self = .leakyRelu(alpha: alpha)
    case .clip(let low, let high): self = .clip(low: low, high: high)
    case .sigmoid: self = .sigmoid
    case .tanh: self = .tanh
    case .hardSigmoid(let alpha, let beta): self = .hardSigmoid(alpha: alpha, beta: beta)
    case .hardSwish: self = .hardSwish
    case .elu(let alpha): self = .elu(alpha: alpha)
    }
  }
}

extension IntegerForm {
  /// The least that the scale of a node's result may be, so that its factors fit their bits.
  func leastScale(
    of node: Node, _ graph: Graph, _ weights: [Int: BlobWeights]
  ) -> Double {
    let inputs = node.inputs.map(tensor)
    let signed = Rescaling.largestSignedFactor
    func largest(_ id: ParameterID) -> Double {
      Double(graph[id].tensor.values.reduce(0) { max($0, abs($1)) })
    }
    switch node.operation {
    case .convolution, .dense:
      guard let index = graph.nodes.firstIndex(of: node), let weights = weights[index] else {
        return 0
      }
      return IntegerLayer(
        weights, width: precision(of: index).table, limit: tableLimit, extreme: inputs[0].extreme)
        .leastScale(x: inputs[0])
    case .prelu(let slope):
      return inputs[0].scale * max(largest(slope) / signed, 1 / Rescaling.largestFactor)
    case .affine(let scale, _): return inputs[0].scale * largest(scale) / signed
    case .globalAveragePool:
      let count = graph[node.inputs[0]].shape.dropFirst().reduce(1, *)
      return inputs[0].scale / Double(count)
        / Rescaling.largestRatio(sum: count * inputs[0].extreme)
    case .binary(.add), .binary(.subtract), .binary(.maximum), .binary(.minimum):
      return inputs.map(\.scale).reduce(0, max) / Rescaling.largestFactor
    case .binary(.multiply):
      return inputs[0].scale * inputs[1].scale
        / Rescaling.largestRatio(sum: inputs[0].extreme * inputs[1].extreme)
    case .matrixProduct:
      let inner = graph[node.inputs[0]].shape.last ?? 1
      return inputs[0].scale * inputs[1].scale
        / Rescaling.largestRatio(sum: inner * inputs[0].extreme * inputs[1].extreme)
    case .binary(.divide):
      return inputs[0].scale / inputs[1].scale / numerator(of: node.inputs[1])
        / Rescaling.largestRatio(sum: inputs[0].extreme * 32767)
    case .activation, .function, .softmax, .logSoftmax, .argMax, .maxPool, .averagePool, .constant, .concat, .pad,
      .resize, .reshape, .transpose, .gather, .requantize:
      return 0
    }
  }
}
