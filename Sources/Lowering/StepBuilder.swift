// One node to the steps of a blob that compute it; field names are those of Formats/Blob.md.

import Blob
import ModelGraph
import Tensors

/// Builds steps for nodes whose values have places.
struct StepBuilder {
  let graph: Graph
  /// The place of each value, in words.
  let places: [Int]
  /// Coded filters by index in `graph.nodes`.
  let weights: [Int: BlobWeights]

  /// The steps of one planned node: one, or one a part for a concatenation.
  func steps(for planned: Lowering.PlannedStep) -> [BlobStep] {
    let node = planned.node
    let y = places[planned.output.index]
    let out = graph[planned.output].shape
    let shapes = node.inputs.map { graph[$0].shape }
    let xs = node.inputs.map { places[$0.index] }
    let activation = planned.fused.map(BlobActivation.init) ?? .none
    switch node.operation {
    case .convolution(let c):
      return [convolution(c, node, x: xs[0], y: y, shapes[0], out, activation)]
    case .dense:
      return [dense(node, x: xs[0], y: y, shapes[0], out, activation)]
    case .activation(let a):
      let step = BlobActivationStep(
        x: xs[0], y: y, count: out.elementCount, activation: BlobActivation(a))
      return [.activation(step)]
    case .prelu(let slope): return [prelu(graph[slope].tensor, x: xs[0], y: y, out)]
    case .softmax(let axis):
      let step = BlobSoftmax(
        x: xs[0], y: y, outer: out[..<axis].elementCount, count: out[axis],
        inner: out[(axis + 1)...].elementCount)
      return [.softmax(step)]
    case .maxPool(let window): return [.maxPool(pool(window, x: xs[0], y: y, shapes[0], out))]
    case .averagePool(let window, let countsPadding):
      let step = BlobAveragePool(
        pool: pool(window, x: xs[0], y: y, shapes[0], out), bottom: window.padAfter[0],
        right: window.padAfter[1], countsPadding: countsPadding)
      return [.averagePool(step)]
    case .globalAveragePool:
      let step = BlobGlobalAveragePool(
        x: xs[0], y: y, channels: shapes[0][0], inner: shapes[0][1...].elementCount)
      return [.globalAveragePool(step)]
    case .binary(let operation):
      return [binary(operation, xs: xs, y: y, shapes, out, activation)]
    case .constant(let parameter):
      return [.constant(BlobConstant(y: y, numbers: exact(graph[parameter].tensor.values)))]
    case .affine(let scale, let shift):
      let step = BlobAffine(
        x: xs[0], y: y, channels: out[0], inner: out[1...].elementCount,
        scale: exact(graph[scale].tensor.values), shift: exact(graph[shift].tensor.values))
      return [.affine(step)]
    case .concat(let axis): return concat(axis, xs: xs, y: y, shapes, out)
    case .pad(let padding): return [pad(padding, x: xs[0], y: y, shapes[0])]
    case .transpose(let axes):
      return [.transpose(BlobTranspose(x: xs[0], y: y, sizes: shapes[0], axes: axes))]
    case .gather(let places):
      let inner = shapes[0].last ?? 1
      let step = BlobGather(
        x: xs[0], y: y, outer: shapes[0].elementCount / inner, inner: inner, places: places)
      return [.gather(step)]
    case .reshape: return []
    }
  }

  /// Numbers at the fewest bytes that keep every bit.
  private func exact(_ values: [Float]) -> BlobNumbers {
    let half = BlobNumbers.holds(values, precision: .float16)
    return BlobNumbers(values, precision: half ? .float16 : .float32)
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
  ) -> BlobStep {
    let w = c.window
    return .convolution(
      BlobConvolution(
        x: x, y: y, groups: c.groups, c: input[0], h: input[1], w: input[2], o: out[0],
        oh: out[1], ow: out[2], kh: w.kernel[0], kw: w.kernel[1], sh: w.strides[0],
        sw: w.strides[1], dh: w.dilations[0], dw: w.dilations[1], top: w.padBefore[0],
        left: w.padBefore[1], finish: activation, weights: codedWeights(of: node)))
  }

  private func dense(
    _ node: Node, x: Int, y: Int, _ input: [Int], _ out: [Int], _ activation: BlobActivation
  ) -> BlobStep {
    .dense(
      BlobDense(
        x: x, y: y, r: input.dropLast().elementCount, i: input[input.count - 1],
        o: out[out.count - 1], activation: activation, weights: codedWeights(of: node)))
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
  ) -> BlobStep {
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
      }
    return .binary(
      BlobBinary(
        BlobFloatFormula(step, activation), a: xs[0], b: xs[1], y: y, sizes: out,
        maskA: mask(shapes[0]), maskB: mask(shapes[1])))
  }

  private func concat(_ axis: Int, xs: [Int], y: Int, _ shapes: [[Int]], _ out: [Int])
    -> [BlobStep]
  {
    var offset = 0
    return zip(xs, shapes).map { x, shape in
      let inner = shape[axis...].elementCount
      defer { offset += inner }
      return .copy(
        BlobCopy(
          x: x, y: y, outer: out[..<axis].elementCount, inner: inner,
          stride: out[axis...].elementCount, offset: offset))
    }
  }

  private func pad(_ padding: Padding, x: Int, y: Int, _ sizes: [Int]) -> BlobStep {
    let (mode, value): (BlobPadMode, Float) =
      switch padding.mode {
      case .constant(let value): (.constant, value)
      case .reflect: (.reflect, 0)
      case .edge: (.edge, 0)
      }
    return .pad(
      BlobPad(
        mode: mode, value: value, x: x, y: y, sizes: sizes, before: padding.before,
        after: padding.after))
  }

  /// Slopes as one run of channels where they are that, else spread over the whole sample.
  private func prelu(_ slope: Tensor, x: Int, y: Int, _ out: [Int]) -> BlobStep {
    let padded = Array(repeating: 1, count: max(0, out.count - slope.shape.count)) + slope.shape
    let varying = out.indices.filter { padded[$0] != 1 }
    let run = (varying.first ?? 0)..<((varying.last ?? -1) + 1)
    if varying.count == run.count {
      return .prelu(
        BlobPRelu(
          x: x, y: y, outer: out[..<run.lowerBound].elementCount, channels: slope.count,
          inner: out[run.upperBound...].elementCount, slopes: exact(slope.values)))
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
    return .prelu(
      BlobPRelu(x: x, y: y, outer: 1, channels: spread.count, inner: 1, slopes: exact(spread)))
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
    }
  }
}
