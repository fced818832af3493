// UNIDIRECTIONAL_SEQUENCE_LSTM, of floats here, unrolled (`RecurrentCell`). What it keeps lies in two variables, so that a call finds
// what the one before has left: states of the graph, which begin as zeros.

import ModelGraph
import Tensors

extension TFLiteBuilder {
  /// Inputs by gate, i, o, f and what is new: the file has i, f, what is new, o.
  static let (matrices, recurrent, biases) = ([1, 4, 2, 3], [5, 8, 6, 7], [12, 15, 13, 14])

  mutating func lstm(_ call: TFLiteOperator, cellClip: Float, framesFirst: Bool, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    for (place, what) in [(9, "peepholes"), (10, "peepholes"), (11, "peepholes"), (16, "a projection"), (17, "a projection")]
    where call.inputs[place] != nil {
      throw node.unsupported("it has \(what), which TensorFlow Lite Micro does not have either")
    }
    guard !call.inputs.dropFirst(20).contains(where: { $0 != nil }) else {
      throw node.unsupported("it has normalizations of its gates, which are not read")
    }
    let x = try data(call, 0, node)
    guard x.rank == 3, x.shape[framesFirst ? 1 : 0] == 1 else {
      throw node.unsupported("its input \(x.shape) is not of one sequence")
    }
    let (frames, columns) = (x.shape[framesFirst ? 0 : 1], x.shape[2])
    guard frames <= RecurrentCall.mostFrames else {
      throw node.unsupported("it goes through \(frames) frames, and at most \(RecurrentCall.mostFrames) are unrolled")
    }
    let hidden = outputShape(call).last ?? 0
    if isExact {
      let plain = try arranged(x, x.shape.indices.filter { x.shape[$0] > 1 }, node)
      let answers = try exactFrames(
        call, plain, frames: frames, columns: columns, hidden: hidden, cellClip: cellClip, node)
      return try joined(answers, hidden: hidden, framesFirst: framesFirst, node)
    }
    let input = try stacked(call, Self.matrices, [hidden, columns], .weight, "input", node)
    let cell = RecurrentCell(
      form: .longShort(couples: false), hidden: hidden,
      functions: [.activation(.sigmoid), .activation(.tanh), .activation(.tanh)],
      recurrent: [Dense(weight: try stacked(call, Self.recurrent, [hidden, hidden], .weight, "recurrent", node), bias: nil)],
      cellLimit: cellClip > 0 ? cellClip : nil)
    let bias = try stacked(call, Self.biases, [hidden], .bias, "bias", node)
    let plain = try arranged(x, x.shape.indices.filter { x.shape[$0] > 1 }, node)
    let all = try add(
      .dense(Dense(weight: input, bias: bias)), [try reshaped(plain, to: [frames, columns], node)], node, part: "input")
    let flat = try reshaped(all, to: [frames * 4 * hidden], node)
    let (output, memory) = (try lasting(call, 18, [hidden], .float32, node), try lasting(call, 19, [hidden], .float32, node))
    var state = RecurrentState(hidden: output, cell: memory)
    var answers: [ValueID] = []
    for frame in 0..<frames {
      let places = Array(frame * 4 * hidden..<(frame + 1) * 4 * hidden)
      let given = frames == 1 ? flat : try add(.gather(places), [flat], node, part: "frame")
      state = try advanced(cell, state, given: given, node)
      if let answer = state.hidden { answers.append(answer) }
    }
    for (place, found, left) in [(18, output, state.hidden), (19, memory, state.cell)] {
      guard let tensor = call.inputs[place], let left else { continue }
      kept.append((tensor, found, left))
    }
    return try joined(answers, hidden: hidden, framesFirst: framesFirst, node)
  }

  /// What all frames give, as the file has it.
  private mutating func joined(_ answers: [ValueID], hidden: Int, framesFirst: Bool, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let frames = answers.count
    var rows: [ValueID] = []
    for answer in answers { rows.append(try reshaped(answer, to: [1, hidden], node)) }
    let id = frames == 1 ? rows[0] : try add(.concat(axis: 0), rows, node, part: "frames")
    let shape = framesFirst ? [frames, 1, hidden] : [1, frames, hidden]
    let axes = shape.indices.filter { shape[$0] > 1 }
    return TFLiteValue(id: try reshaped(id, to: axes.map { shape[$0] }, node), axes: axes, shape: shape)
  }

  /// The constants of four gates as one parameter, one after the other.
  private mutating func stacked(
    _ call: TFLiteOperator, _ positions: [Int], _ shape: [Int], _ role: Parameter.Role, _ name: String, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    var numbers: [Float] = []
    for position in positions {
      guard let literal = try literal(call, position, "matrix or bias", node), literal.shape == shape,
        case .floats(let values) = literal.content
      else { throw node.unfit("its input \(position) is not of \(shape) numbers") }
      numbers += values
    }
    let whole = [4 * shape[0]] + shape.dropFirst()
    return try parameter(
      Literal(name: "\(node.name).\(name)", shape: whole, content: .floats(numbers)), role, shape: whole, node)
  }

  /// What a variable holds as a call begins: an input of the graph.
  mutating func lasting(
    _ call: TFLiteOperator, _ position: Int, _ shape: [Int], _ element: TFLiteElement, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ValueID {
    let count = saturatingProduct(shape)
    guard let tensor = call.inputs[position], model.tensors[tensor].element == element,
      model.tensors[tensor].shape == [1, count], !kept.contains(where: { $0.tensor == tensor })
    else { throw node.unfit("its variable is not of [1, \(count)] \(element.name), or is another operator's too") }
    let id = graph.addInput(name: uniqueName(name(of: tensor), among: &valueNames), shape: shape)
    if element == .float32 { return id }
    guard let quantization = model.tensors[tensor].quantization, quantization.axis == nil else {
      throw node.unfit("its variable \(name(of: tensor)) has not one scale")
    }
    graph.encode(
      id,
      as: IntegerEncoding(
        element == .int8 ? .int8 : .int16, scales: quantization.scales,
        zeroPoints: quantization.zeroPoints.map { Int32($0) }))
    return id
  }
}
