// SVDF: a layer of what a frame is given, whose answers slide into a window each, and sums over windows by weights that change
// along time, `rank` windows a unit. What it keeps lies in a variable, which begins as zeros. Of int8 the window is of int8 or of
// int16, as its weights along time are; its fused function is then nothing, as in TensorFlow Lite Micro.

import ModelGraph
import Tensors

extension TFLiteBuilder {
  mutating func svdf(_ call: TFLiteOperator, rank: Int, _ fused: TFLiteActivation, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let x = try data(call, 0, node)
    let shapes = [1, 2].map { call.inputs[$0].map { model.tensors[$0].shape } ?? [] }
    guard x.rank == 2, x.shape[0] == 1, shapes.allSatisfy({ $0.count == 2 }), shapes[0][1] == x.shape[1],
      shapes[0][0] == shapes[1][0], rank >= 1, shapes[0][0] % rank == 0
    else { throw node.unfit("its weights \(shapes[0]) and \(shapes[1]) do not fit the input \(x.shape) and rank \(rank)") }
    let (filters, columns, frames, units) = (shapes[0][0], x.shape[1], shapes[1][1], shapes[0][0] / rank)
    let found = try window(call, filters, frames, node)
    let feature = try svdfWeights(call, 1, [filters, columns], node)
    let time = try svdfWeights(call, 2, [units, rank, 1, frames], node)
    let flat = try reshaped(try arranged(x, TFLiteLayout.plain(x.shape), node), to: [columns], node)
    let new = try add(.dense(Dense(weight: feature, bias: nil)), [flat], node, part: "feature")
    graph.encode(new, as: graph[found].integers)
    let column = try reshaped(new, to: [filters, 1], node)
    let left = try add(.slide(axis: 1), [found, column], node, part: "window")
    if let tensor = call.inputs[4] { kept.append((tensor, found, left)) }
    let plane = try reshaped(left, to: [filters, 1, frames], node)
    let sums = Convolution(
      weight: time, bias: try svdfBias(call, units, behind: graph[found].integers, node), window: Window(kernel: [1, frames]),
      groups: units)
    let y = try reshaped(try add(.convolution(sums), [plane], node, part: "time"), to: [units], node)
    let value = TFLiteValue(id: try reshaped(y, to: units > 1 ? [units] : [], node), axes: units > 1 ? [1] : [], shape: [1, units])
    return isExact ? value : try fusing(fused, value, node)
  }

  /// [filters, frames], in the variable's order.
  private mutating func window(_ call: TFLiteOperator, _ filters: Int, _ frames: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> ValueID
  {
    let element = call.inputs[4].map { model.tensors[$0].element } ?? .float32
    let weights = call.inputs[2].map { model.tensors[$0].element } ?? .float32
    guard isExact ? [.int8, .int16].contains(element) && element == weights : element == .float32 else {
      throw node.unsupported("its state is of \(element.name), and its weights along time are of \(weights.name)")
    }
    let found = try lasting(call, 4, [filters, frames], element, node)
    guard let integers = graph[found].integers, integers.zeroPoints != [0] else { return found }
    throw node.unsupported(
      "its state has the zero point \(integers.zeroPoints[0]), with which TensorFlow Lite Micro lets bytes run over: "
        + "convert the model with a symmetric state, or one of int16")
  }

  private mutating func svdfWeights(_ call: TFLiteOperator, _ position: Int, _ shape: [Int], _ node: TFLiteNode)
    throws(ModelLoadingError) -> ParameterID
  {
    if isExact {
      let tensor = try call.inputs[position].map { (index) throws(ModelLoadingError) in
        try constant(call, position, model.tensors[index].element, model.tensors[index].shape, node)
      }
      guard let tensor, let quantization = tensor.quantization, quantization.axis == nil, quantization.zeroPoints == [0],
        tensor.element == .int8 || tensor.element == .int16
      else { throw node.unsupported("its input \(position) is not of int8 or int16 with one scale about 0") }
      let encoding = IntegerEncoding(
        tensor.element == .int8 ? .int8 : .int16, scales: quantization.scales, zeroPoints: [0])
      let integers = (model.integers(of: tensor) ?? []).map { Int32($0) }
      return try stacked(integers, shape, encoding, .weight, position == 1 ? "feature" : "time", node)
    }
    guard let literal = try literal(call, position, "weight tensor", node) else {
      throw node.unfit("its input \(position) is missing")
    }
    return try parameter(literal, .weight, shape: shape, node)
  }

  /// One number for each unit.
  private mutating func svdfBias(_ call: TFLiteOperator, _ units: Int, behind state: IntegerEncoding?, _ node: TFLiteNode)
    throws(ModelLoadingError) -> ParameterID?
  {
    guard let state else { return try bias(call, 3, count: units, node) }
    let tensor = try constant(call, 3, .int32, [units], node)
    let time = call.inputs[2].flatMap { model.tensors[$0].quantization?.scales[0] } ?? 1
    let encoding = IntegerEncoding(
      .int32, scales: [max(state.scales[0] * time, .leastNonzeroMagnitude)], zeroPoints: [0])
    return try stacked((model.integers(of: tensor) ?? []).map { Int32($0) }, [units], encoding, .bias, "bias", node)
  }
}
