// FULLY_CONNECTED. Its columns are in the file's order of the input's axes; where the input is in another
// order, the columns are put in that one while importing, so that no step moves numbers.

import ModelGraph

extension TFLiteBuilder {
  mutating func dense(
    _ call: TFLiteOperator, _ fused: TFLiteActivation, keepsAxes: Bool, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    guard let weights = try literal(call, 1, "weight tensor", node), weights.shape.count == 2 else {
      throw node.unfit("its weights are not a matrix")
    }
    let (outputs, columns) = (weights.shape[0], weights.shape[1])
    let x = try flattenedSource(call, columns: columns, node)
    let bias = try bias(call, 2, count: outputs, node)
    let rows = saturatingProduct(x.shape) / columns
    guard rows >= 1, rows * columns == saturatingProduct(x.shape) else {
      throw node.unfit("its weights \(weights.shape) do not fit the input \(x.shape)")
    }
    let (input, form, matrix): (ValueID, String, Literal)
    if rows == 1, !x.isPlain {
      try reserve(weights.count, node)
      input = try reshaped(x.id, to: [columns], node)
      form = "columns \(x.shape) \(x.axes)"
      matrix = weights.reshaped(to: [outputs] + x.shape).transposed(
        [0] + x.axes.map { $0 + 1 } + x.shape.indices.filter { x.shape[$0] == 1 }.map { $0 + 1 })
    } else {
      let plain = try arranged(x, TFLiteLayout.plain(x.shape), node)
      input = try reshaped(plain, to: rows == 1 ? [columns] : [rows, columns], node)
      (form, matrix) = ("", weights)
    }
    let weight = try parameter(matrix, .weight, shape: [outputs, columns], form: form, node)
    let id = try add(.dense(Dense(weight: weight, bias: bias)), [input], node)
    let flat = [rows, outputs]
    let value = TFLiteValue(id: id, axes: (0..<2).filter { flat[$0] > 1 }, shape: flat)
    let shape = outputShape(call)
    guard shape.last == outputs, saturatingProduct(shape) == rows * outputs,
      let seen = viewed(try fusing(fused, value, node), shape)
    else { throw node.unfit("its output \(shape) is not \(rows) times \(outputs) numbers") }
    return seen
  }

  /// The input, looked at as before the reshape that made it one row, where that spares moving numbers.
  private mutating func flattenedSource(_ call: TFLiteOperator, columns: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    if let index = call.inputs[0], let source = flattened[index], saturatingProduct(source.shape) == columns {
      return source
    }
    return try data(call, 0, node)
  }
}
