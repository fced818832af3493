// TRANSPOSE_CONV, as a convolution whose outputs are woven together (`TransposedWindow`).

import ModelGraph

extension TFLiteBuilder {
  /// Inputs: the output's shape, weights [O, kh, kw, I], the image, biases.
  mutating func transposedConvolution(
    _ call: TFLiteOperator, _ options: TFLiteWindow, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    let (image, size) = try image(call, at: 2, node)
    let shape = outputShape(call)
    guard let weights = try literal(call, 1, "weight tensor", node), weights.shape.count == 4,
      shape.count == 4, shape[0] == 1, weights.shape[0] == shape[3], weights.shape[3] == size[0]
    else { throw node.unfit("its weights do not make \(shape) of \(size[0]) channels") }
    try check(call, 0, says: shape, node)
    let (rows, kernel, output) = (shape[3], Array(weights.shape[1...2]), Array(shape[1...2]))
    let before = (0..<2).map {
      options.padding.places(
        size: output[$0], kernel: kernel[$0], stride: options.strides[$0], dilation: 1
      ).before
    }
    let window = TransposedWindow(
      input: Array(size[1...]), output: output, kernel: kernel, strides: options.strides,
      dilations: [1, 1], before: before)
    let weight = try filters(weights, window, node)
    let bias = try bias(call, 3, behind: 2, count: rows, copies: window.phases, node)
    let operation = Operation.convolution(
      Convolution(weight: weight, bias: bias, window: window.window))
    var id = try add(operation, [image], node)
    id = try fusing(options.activation, TFLiteValue(id: id, axes: [], shape: []), node).id
    try reserve(window.picks, node)
    for operation in window.weaving(rows: rows) { id = try add(operation, [id], node, part: "woven") }
    return value(id, TFLiteLayout.image, shape)
  }

  private mutating func filters(
    _ weights: Literal, _ window: TransposedWindow, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    let shape = window.shape(rows: weights.shape[0], columns: weights.shape[3])
    try reserve(weights.count, node)
    try reserve(saturatingProduct(shape), node)
    guard case .floats(let numbers) = weights.transposed([0, 3, 1, 2]).content else {
      throw node.unfit("its weights are of integers without a scale")
    }
    let filters = Literal(
      name: weights.name, shape: shape,
      content: .floats(window.filters(numbers, columns: weights.shape[3])))
    return try parameter(
      filters, .weight, shape: shape, form: "phases \(window)", copies: window.phases, node)
  }
}
