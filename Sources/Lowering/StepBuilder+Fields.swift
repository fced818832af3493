// The fields of steps that a node does not say as they are.

import Blob
import ModelGraph
import Tensors

extension StepBuilder {
  func codedWeights(of node: Node) -> BlobWeights {
    guard let index = graph.nodes.firstIndex(of: node), let coded = weights[index] else {
      preconditionFailure("layer \(node.name) has no coded weights")
    }
    return coded
  }

  func convolution(
    _ c: Convolution, _ node: Node, x: Int, y: Int, _ input: [Int], _ out: [Int],
    _ activation: BlobActivation
  ) -> BlobConvolution<BlobActivation> {
    let w = c.window
    return BlobConvolution(
      x: x, y: y, groups: c.groups, c: input[0], h: input[1], w: input[2], o: out[0], oh: out[1],
      ow: out[2], kh: w.kernel[0], kw: w.kernel[1], sh: w.strides[0], sw: w.strides[1],
      dh: w.dilations[0], dw: w.dilations[1], top: w.padBefore[0], left: w.padBefore[1], finish: activation, weights: codedWeights(of: node))
  }

  /// An exact convolution; where its one window is the whole image, the dense layer that it then is.
  func exactLayer(_ s: BlobConvolution<BlobActivation>, _ steps: ExactSteps) -> BlobIntegerStep.Form {
    let isWhole = s.groups == 1 && s.oh == 1 && s.ow == 1 && s.top == 0 && s.left == 0 && s.kh == s.h && s.kw == s.w
      && (s.dh == 1 || s.kh == 1) && (s.dw == 1 || s.kw == 1)
    guard isWhole else { return .exactConvolution(s.with(steps.finish, s.weights)) }
    return .exactDense(
      BlobExactDense(x: s.x, y: s.y, r: 1, i: s.c * s.h * s.w, o: s.o, range: steps.range, weights: s.weights))
  }

  func dense(
    _ node: Node, x: Int, y: Int, _ input: [Int], _ out: [Int], _ activation: BlobActivation
  ) -> BlobDense {
    BlobDense(
      x: x, y: y, r: input.dropLast().elementCount, i: input[input.count - 1],
      o: out[out.count - 1], activation: activation, weights: codedWeights(of: node))
  }

  func pool(_ w: Window, x: Int, y: Int, _ input: [Int], _ out: [Int]) -> BlobPool {
    BlobPool(
      x: x, y: y, c: input[0], h: input[1], w: input[2], oh: out[1], ow: out[2],
      kh: w.kernel[0], kw: w.kernel[1], sh: w.strides[0], sw: w.strides[1], dh: w.dilations[0],
      dw: w.dilations[1], top: w.padBefore[0], left: w.padBefore[1])
  }

  func binary(
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

  func concat(_ axis: Int, xs: [Int], y: Int, _ shapes: [[Int]], _ out: [Int])
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

  /// One of the two steps that a window that slides may take.
  enum Slid {
    case copy(BlobCopy)
    case slide(BlobSlide)
  }

  /// Where the window is not where it was, it is first brought there.
  func slide(_ axis: Int, xs: [Int], y: Int, _ shapes: [[Int]], _ out: [Int], bytes: Int) -> [Slid] {
    let (count, all) = (out[axis], out.elementCount * bytes)
    let step = BlobSlide(
      x: xs[1], y: y, outer: out[..<axis].elementCount, count: count, inner: out[(axis + 1)...].elementCount * bytes,
      new: shapes[1][axis])
    if xs[0] == y { return [.slide(step)] }
    return [.copy(BlobCopy(x: xs[0], y: y, outer: 1, inner: all, stride: all, offset: 0)), .slide(step)]
  }

  /// Where the cell is not where it was, it is first brought there.
  func lstm(_ lstm: LSTM, xs: [Int], y: Int, count: Int) -> [StepForms] {
    let a = xs[1] + lstm.frame * 2 * count
    let part: BlobExactLSTM.Part = lstm.part == .cell ? .cell(limit: 0) : .output(c: xs[0], rescale: BlobExactRescale(multiplier: 0, exponent: 0), zero: 0)
    let s = BlobExactLSTM(part, a: a, b: xs[2], y: y, count: count, power: 0)
    // Among floats there is none: `Graph.inNumbers` has other operations in its place.
    let step = StepForms([]) { _ in .lstm(s) } exact: { $0.lstm(s, lstm) }
    if lstm.part == .hidden || xs[0] == y { return [step] }
    let copy = BlobCopy(x: xs[0], y: y, outer: 1, inner: 2 * count, stride: 2 * count, offset: 0)
    return [StepForms(.copy(copy), moving: .copy(copy)), step]
  }

  /// Filters that each see the whole of their own windows, of 16 bits.
  func shortProduct(_ c: Convolution, x: Int, y: Int, _ count: Int) -> StepForms {
    let s = BlobShortProduct(
      x: x, y: y, units: c.groups, inner: count / c.groups, rescale: BlobExactRescale(multiplier: 0, exponent: 0), zero: 0,
      weights: [], biases: [])
    return StepForms([]) { _ in .shortProduct(s) } exact: { $0.shortProduct(s, c) }
  }

  func pad(_ padding: Padding, x: Int, y: Int, _ sizes: [Int]) -> BlobPad<Float> {
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

  func resize(_ resize: Resize, _ axes: [Resize.Axis], x: Int, y: Int, _ input: [Int]) -> BlobResize {
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
  func prelu(_ slope: Tensor, x: Int, y: Int, _ out: [Int]) -> BlobPRelu {
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
