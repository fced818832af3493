// UNIDIRECTIONAL_SEQUENCE_LSTM of int8, unrolled: a layer of what a frame is given, over all frames, and for each frame one
// of what the frame before has given, the cell, and what it shows. What gates are given and the cell are of 16 bits.

import IntegerExecution
import ModelGraph
import Tensors

extension TFLiteBuilder {
  /// - Parameters:
  ///   - x: [frames, columns] without the axes of size 1.
  ///   - cell: the same of floats, of which form and limit are read.
  mutating func exactFrames(
    _ call: TFLiteOperator, _ x: ValueID, frames: Int, columns: Int, hidden: Int, cellClip: Float, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> [ValueID] {
    let (output, memory) = (try lasting(call, 18, [hidden], .int8, node), try lasting(call, 19, [hidden], .int16, node))
    guard let given = graph[x].integers, let kept = graph[output].integers, let cell = graph[memory].integers else {
      throw node.unfit("what it is given and keeps is not of one scale each")
    }
    let limit = cellClip > 0 ? cellClip : nil
    guard let power = cell.power, (-15...0).contains(power) else {
      throw node.unsupported("its cell is of scale \(cell.scales[0]), and powers of two from 2^-15 to 1 are read")
    }
    if let limit, LSTM.steps(limit, scale: cell.scales[0]) == nil {
      throw node.unsupported("it keeps its cell within \(limit), which is less than a step of its scale")
    }
    let input = Dense(
      weight: try stackedIntegers(call, Self.matrices, [hidden, columns], "input", node),
      bias: try stackedBiases(call, hidden, behind: given, node))
    let recurrent = Dense(
      weight: try stackedIntegers(call, Self.recurrent, [hidden, hidden], "recurrent", node), bias: nil)
    let flat = try reshaped(x, to: frames == 1 ? [columns] : [frames, columns], node)
    let sums = try add(.dense(input), [flat], node, part: "input")
    graph.encode(sums, as: .gates)
    var (h, c) = (output, memory)
    var answers: [ValueID] = []
    for frame in 0..<frames {
      let before = try add(.dense(recurrent), [h], node, part: "recurrent")
      graph.encode(before, as: .gates)
      c = try add(.lstm(LSTM(.cell, frame: frame, limit: limit)), [c, sums, before], node, part: "cell")
      graph.encode(c, as: cell)
      h = try add(.lstm(LSTM(.hidden, frame: frame)), [c, sums, before], node, part: "output")
      graph.encode(h, as: kept)
      answers.append(h)
    }
    for (place, found, left) in [(18, output, h), (19, memory, c)] {
      if let tensor = call.inputs[place] { self.kept.append((tensor, found, left)) }
    }
    return answers
  }

  /// Matrices of four gates, one after the other, each with its scale for all of its rows.
  private mutating func stackedIntegers(
    _ call: TFLiteOperator, _ positions: [Int], _ shape: [Int], _ name: String, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    var (integers, scales) = ([Int32](), [Float]())
    for position in positions {
      let tensor = try constant(call, position, .int8, shape, node)
      guard let quantization = tensor.quantization, quantization.axis == nil, quantization.zeroPoints == [0] else {
        throw node.unsupported("its input \(position) is not of one scale about 0")
      }
      integers += (model.integers(of: tensor) ?? []).map { Int32($0) }
      scales += repeatElement(quantization.scales[0], count: shape[0])
    }
    let encoding = IntegerEncoding(.int8, scales: scales, zeroPoints: scales.map { _ in 0 }, axis: 0)
    return try stacked(integers, [4 * shape[0], shape[1]], encoding, .weight, name, node)
  }

  /// One int32 for each row, of the scale of its sums.
  private mutating func stackedBiases(
    _ call: TFLiteOperator, _ hidden: Int, behind x: IntegerEncoding, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    var (integers, scales) = ([Int32](), [Float]())
    for (position, matrix) in zip(Self.biases, Self.matrices) {
      let tensor = try constant(call, position, .int32, [hidden], node)
      integers += (model.integers(of: tensor) ?? []).map { Int32($0) }
      let scale = call.inputs[matrix].flatMap { model.tensors[$0].quantization?.scales[0] } ?? 1
      scales += repeatElement(max(scale * x.scales[0], .leastNonzeroMagnitude), count: hidden)
    }
    let encoding = IntegerEncoding(.int32, scales: scales, zeroPoints: scales.map { _ in 0 }, axis: 0)
    return try stacked(integers, [4 * hidden], encoding, .bias, "bias", node)
  }

  /// An input of integers, checked.
  func constant(
    _ call: TFLiteOperator, _ position: Int, _ element: TFLiteElement, _ shape: [Int], _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteTensor {
    guard let index = call.inputs[position], model.tensors[index].isConstant, model.tensors[index].element == element,
      model.tensors[index].shape == shape
    else { throw node.unfit("its input \(position) is not a constant of \(shape) \(element.name)") }
    return model.tensors[index]
  }

  /// A parameter of an operator that has several.
  mutating func stacked(
    _ integers: [Int32], _ shape: [Int], _ encoding: IntegerEncoding, _ role: Parameter.Role, _ name: String,
    _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    let name = "\(node.name).\(name)"
    guard let tensor = IntegerTensor(shape: shape, integers: integers, encoding: encoding) else {
      throw node.unfit("its \(name) is not of \(shape) integers")
    }
    return try addExact(
      Parameter(name: name, role: role, integers: tensor),
      ParameterKey(name: name, role: role, shape: shape, form: "stacked"), node)
  }
}
