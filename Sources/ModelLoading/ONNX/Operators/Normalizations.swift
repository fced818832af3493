// Normalizations by what a sample itself holds, as means, squares and roots: LayerNormalization, RMSNormalization,
// InstanceNormalization, GroupNormalization, LpNormalization, MeanVarianceNormalization, LRN.

import ModelGraph

extension GraphBuilder {
  /// Over the last axes: less the mean, over the root of the variance, times a scale, plus a bias.
  mutating func layerNormalization(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (x, axes) = try lastAxes(node)
    let epsilon = try node.float("epsilon", or: 1e-5)
    let normal = try normalized(x, over: axes, epsilon: epsilon, node)
    return try scaledAndShifted(normal, node)
  }

  /// The same without the mean.
  mutating func rmsNormalization(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (x, axes) = try lastAxes(node)
    let epsilon = try node.float("epsilon", or: 1e-5)
    let normal = try divided(x, byRootOfSquaresOf: x, over: axes, epsilon: epsilon, node)
    return try scaledAndShifted(normal, node)
  }

  /// All axes from `axis` on.
  private mutating func lastAxes(_ node: ONNXNode) throws(ModelLoadingError) -> (ComputedValue, Set<Int>) {
    let x = try data(node)
    let first = try axis(try node.integer("axis", or: -1), rank: rank(x), node)
    let axes = Set(first..<rank(x))
    if let batchAxis = x.batchAxis, axes.contains(batchAxis) {
      guard batch == 1 else { throw node.mixesSamples("it runs over the batch axis") }
      return (try withoutBatchAxis(x, node), axes)
    }
    return (x, axes)
  }

  /// Times the second input, plus the third; both broadcast.
  private mutating func scaledAndShifted(_ x: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    var value = x
    let isBiased = node.input(2) != nil
    if let scale = try self.value(node, 1) {
      value = try combined(.multiply, .computed(value), scale, node, part: isBiased ? "scaled" : "")
    }
    if let bias = try self.value(node, 2) {
      value = try combined(.add, .computed(value), bias, node, part: "")
    }
    guard rank(value) == rank(x) else { throw node.unfit("its scale or bias has more axes than its input") }
    return try rebatched(value, node)
  }

  /// Less the mean and over the root of the variance, which are taken over some of ONNX's axes.
  private mutating func normalized(
    _ x: ComputedValue, over axes: Set<Int>, epsilon: Float, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ComputedValue {
    let mean = try reduced(x, over: axes, .mean, keepsAxes: true, node)
    let id = try add(.binary(.subtract), [x.id, mean.id], node, part: "centred")
    let centred = ComputedValue(id: id, batchAxis: x.batchAxis)
    return try divided(centred, byRootOfSquaresOf: centred, over: axes, epsilon: epsilon, node)
  }

  /// A value over the root of the mean of another's squares.
  private mutating func divided(
    _ x: ComputedValue, byRootOfSquaresOf y: ComputedValue, over axes: Set<Int>, epsilon: Float, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ComputedValue {
    guard epsilon.isFinite, epsilon >= 0 else { throw node.unfit("its epsilon \(epsilon) is not at least 0") }
    let squares = ComputedValue(id: try power(of: y.id, 2, node, part: "squares"), batchAxis: y.batchAxis)
    var id = try reduced(squares, over: axes, .mean, keepsAxes: true, node).id
    if epsilon > 0 { id = try combined(.add, id, with: epsilon, node, part: "epsilon") }
    let root = try add(.function(MathFunction(.squareRoot)), [id], node, part: "deviation")
    return ComputedValue(
      id: try add(.binary(.divide), [x.id, root], node, part: "normal"), batchAxis: x.batchAxis)
  }
}

// MARK: - Of channels

extension GraphBuilder {
  /// A value [batch, channels, ...] and how many channels it has.
  private mutating func channels(_ node: ONNXNode) throws(ModelLoadingError) -> (ComputedValue, Int) {
    let x = try rebatched(try data(node), node)
    guard x.batchAxis == 0, rank(x) >= 3 else {
      throw node.mixesSamples("the first axis of its input \(sizes(x)) is not the batch alone")
    }
    return (x, graph[x.id].shape[0])
  }

  mutating func instanceNormalization(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (x, channels) = try channels(node)
    let epsilon = try node.float("epsilon", or: 1e-5)
    let normal = try normalized(x, over: Set(2..<rank(x)), epsilon: epsilon, node)
    return try affine(normal, channels: channels, repeats: 1, node)
  }

  /// Channels in groups. Before operator set 21 scale and bias are one number a group.
  mutating func groupNormalization(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (x, channels) = try channels(node)
    let (groups, shape) = (try node.integer("num_groups", or: 0), graph[x.id].shape)
    guard groups >= 1, channels % groups == 0 else {
      throw node.unfit("\(groups) groups do not divide \(channels) channels")
    }
    let epsilon = try node.float("epsilon", or: 1e-5)
    let view = try viewed(x.id, as: [groups, saturatingProduct(shape) / groups], node)
    let normal = try normalized(ComputedValue(id: view, batchAxis: 0), over: [2], epsilon: epsilon, node)
    let whole = try viewed(normal.id, as: shape, node)
    let repeats = node.opset < 21 ? channels / groups : 1
    return try affine(ComputedValue(id: whole, batchAxis: 0), channels: channels, repeats: repeats, node)
  }

  /// Times a scale and plus a bias of each channel, or of so many neighbouring ones.
  private mutating func affine(_ x: ComputedValue, channels: Int, repeats: Int, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    func numbers(_ position: Int, _ role: Parameter.Role, _ what: String)
      throws(ModelLoadingError) -> ParameterID
    {
      guard let literal = try constant(node, position, what), literal.shape == [channels / repeats] else {
        throw node.unfit("its \(what) is not one number for each of \(channels / repeats) channels")
      }
      return try parameter(literal, role, shape: [channels], node, form: repeats == 1 ? "" : "repeats \(repeats)") {
        $0.flatMap { repeatElement($0, count: repeats) }
      }
    }
    let scale = try numbers(1, .scale, "scale")
    let operation = Operation.affine(scale: scale, shift: try numbers(2, .shift, "bias"))
    return ComputedValue(id: try add(operation, [x.id], node), batchAxis: x.batchAxis)
  }

  /// x over a power of the mean of squares of neighbouring channels.
  mutating func localResponse(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (x, channels) = try channels(node)
    let (size, shape) = (try node.integer("size", or: 0), graph[x.id].shape)
    let (alpha, beta) = (try finite("alpha", or: 0.0001, node), try finite("beta", or: 0.75, node))
    let bias = try finite("bias", or: 1, node)
    guard size >= 1, size < 1 << 16 else { throw node.unfit("a window of \(size) channels is not possible") }
    let squares = try power(of: x.id, 2, node, part: "squares")
    let view = try viewed(squares, as: [1, channels, saturatingProduct(shape) / channels], node)
    let window = Window(kernel: [size, 1], padBefore: [(size - 1) / 2, 0], padAfter: [size / 2, 0])
    var id = try add(.averagePool(window, countsPadding: true), [view], node, part: "mean")
    id = try viewed(id, as: shape, node)
    id = try combined(.multiply, id, with: alpha, node, part: "alpha")
    id = try combined(.add, id, with: bias, node, part: "bias")
    id = try power(of: id, -beta, node, part: "power")
    return ComputedValue(id: try add(.binary(.multiply), [x.id, id], node), batchAxis: 0)
  }
}

// MARK: - Of any axes

extension GraphBuilder {
  /// x over its norm along an axis; what has none stays 0.
  mutating func lpNormalization(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let axis = try axis(try node.integer("axis", or: -1), rank: rank(x), node)
    let kind: Reduction =
      switch try node.integer("p", or: 2) {
      case 1: .sumOfMagnitudes
      case 2: .norm
      case let p: throw node.unsupported("p \(p) is neither 1 nor 2")
      }
    guard axis != x.batchAxis else { throw node.mixesSamples("it runs over the batch axis") }
    let norm = try reduced(x, over: [axis], kind, keepsAxes: true, node)
    let least = try combined(.maximum, norm.id, with: 1e-37, node, part: "least")
    return ComputedValue(id: try add(.binary(.divide), [x.id, least], node), batchAxis: x.batchAxis)
  }

  mutating func meanVarianceNormalization(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    var axes = Set<Int>()
    for axis in try node.integers("axes") ?? [0, 2, 3] { axes.insert(try self.axis(axis, rank: rank(x), node)) }
    guard !axes.contains(where: { $0 == x.batchAxis }) else { throw node.mixesSamples("it runs over the batch axis") }
    return try normalized(x, over: axes, epsilon: 1e-18, node)
  }
}
