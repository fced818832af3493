// Operators that sweep a window over a plane, and the functions fused behind operators.

import ModelGraph

extension TFLiteBuilder {
  /// Weights [O, kh, kw, I / groups], or [1, kh, kw, O] of one input channel each.
  mutating func convolution(
    _ call: TFLiteOperator, _ window: TFLiteWindow, isDepthwise: Bool, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    let (image, size) = try image(call, node)
    guard let literal = try literal(call, 1, "weight tensor", node), literal.shape.count == 4 else {
      throw node.unfit("its weights are not of four axes")
    }
    try reserve(literal.count, node)
    let filters = literal.transposed(isDepthwise ? [3, 0, 1, 2] : [0, 3, 1, 2])
    let kernel = Array(filters.shape[2...])
    let groups = isDepthwise ? size[0] : size[0] / max(filters.shape[1], 1)
    let weight = try parameter(filters, .weight, shape: filters.shape, form: "channels first", node)
    let bias = try bias(call, 2, count: filters.shape[0], node)
    let operation = Operation.convolution(
      Convolution(
        weight: weight, bias: bias, window: self.window(window, kernel: kernel, over: size), groups: groups))
    return try plane(try add(operation, [image], node), window.activation, node)
  }

  mutating func pool(
    _ call: TFLiteOperator, _ window: TFLiteWindow, _ kernel: [Int], _ node: TFLiteNode,
    _ operation: (Window) -> Operation
  ) throws(ModelLoadingError) -> TFLiteValue {
    let (image, size) = try image(call, node)
    let id = try add(operation(self.window(window, kernel: kernel, over: size)), [image], node)
    return try plane(id, window.activation, node)
  }

  /// One number for each output channel; nil where the operator has none.
  ///
  /// - Parameters:
  ///   - input: the position of what the weights read.
  ///   - copies: how many rows one after the other have the same number.
  mutating func bias(
    _ call: TFLiteOperator, _ position: Int, behind input: Int = 0, count: Int, copies: Int = 1,
    _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID? {
    guard let literal = try literal(call, position, "bias", node) else { return nil }
    guard literal.count == count else {
      throw node.unfit("its biases \(literal.shape) are not one for each of \(count) rows")
    }
    try reserve(saturatingProduct([count, copies]), node)
    let rows = literal.reshaped(to: [count])
      .picking((0..<count).flatMap { repeatElement($0, count: copies) }, axis: 0)
    if isExact { return try exactBias(call, rows, behind: input, copies: copies, node) }
    return try parameter(rows, .bias, shape: rows.shape, form: "copies \(copies)", node)
  }

  /// An input as [C, H, W], and that shape.
  mutating func image(_ call: TFLiteOperator, at position: Int = 0, _ node: TFLiteNode)
    throws(ModelLoadingError) -> (id: ValueID, size: [Int])
  {
    let x = try data(call, position, node)
    guard x.rank == 4, x.shape[0] == 1 else {
      throw node.unsupported("its input \(x.shape) is not one plane [1, height, width, channels]")
    }
    let id = try arranged(x, TFLiteLayout.image, node)
    return (id, graph[id].shape)
  }

  private func window(_ window: TFLiteWindow, kernel: [Int], over size: [Int]) -> Window {
    let places = (0..<2).map {
      window.padding.places(
        size: size[$0 + 1], kernel: kernel[$0], stride: window.strides[$0], dilation: window.dilations[$0])
    }
    return Window(
      kernel: kernel, strides: window.strides, dilations: window.dilations, padBefore: places.map(\.before),
      padAfter: places.map(\.after))
  }

  /// A plane [C, H, W] as a tensor of the file, behind its fused function.
  private mutating func plane(_ id: ValueID, _ fused: TFLiteActivation, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let size = graph[id].shape
    let shape = [1, size[1], size[2], size[0]]
    let axes = TFLiteLayout.image.filter { shape[$0] > 1 }
    return try fusing(fused, TFLiteValue(id: id, axes: axes, shape: shape), node)
  }

  /// The function that is fused behind an operator.
  mutating func fusing(_ fused: TFLiteActivation, _ value: TFLiteValue, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let function: Activation
    switch fused {
    case .none: return value
    case .relu: function = .relu
    case .relu6: function = .clip(low: 0, high: 6)
    case .reluN1To1: function = .clip(low: -1, high: 1)
    }
    var result = value
    result.id = try add(.activation(function), [value.id], node, part: function.name)
    return result
  }
}
