// LSTM, GRU and RNN: frames in turn, or one, unrolled into the operations of RecurrentCell. ONNX has frames first,
// [T, N, I], or with layout 1 samples first; its states are [D, N, H] or [N, D, H], D directions.
//
// Where the axis N is the batch, a frame is [I] and a state [H]; where it is none, as of a batch of 1 that is gone,
// they are [N, I] and [N, H], and N = 1 is left out as well.

import ModelGraph
import Tensors

/// A recurrent node of the file, as far as attributes and the shapes of its matrices say.
struct RecurrentCall {
  /// So many frames are unrolled.
  static let mostFrames = 1024

  let form: RecurrentCell.Form
  /// W [D, gates H, I], R [D, gates H, H].
  let (input, recurrent): (Literal, Literal)
  /// [D, 2 gates H]; nil: zeros.
  let bias: Literal?
  /// [D, 3 H]
  let peepholes: Literal?
  let hidden: Int
  /// Whether each direction goes from the last frame to the first.
  let isReversed: [Bool]
  let samplesFirst: Bool
  let limit: Float?
  /// Of each direction.
  let functions: [[Operation]]

  var directions: Int { isReversed.count }
  var rows: Int { form.gates * hidden }
}

/// Frames as they are gone through.
private struct Frames {
  /// [T, ...N, I]
  let id: ValueID
  /// Whether the axis N is the batch.
  let areBatched: Bool
  let count: Int
  /// N; 1 where it is the batch.
  let samples: Int

  /// The axes of a frame and of a state, before their numbers.
  var outer: [Int] { samples == 1 ? [] : [samples] }
}

extension GraphBuilder {
  mutating func rnn(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    try unrolled(try recurrentCall(.simple, usual: ["Tanh"], node), node)
  }

  mutating func gru(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    let form = RecurrentCell.Form.gated(resetsProduct: try node.integer("linear_before_reset", or: 0) != 0)
    return try unrolled(try recurrentCall(form, usual: ["Sigmoid", "Tanh"], node), node)
  }

  mutating func lstm(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    let form = RecurrentCell.Form.longShort(couples: try node.integer("input_forget", or: 0) != 0)
    return try unrolled(try recurrentCall(form, usual: ["Sigmoid", "Tanh", "Tanh"], node), node)
  }

  // MARK: What the node says

  private mutating func recurrentCall(_ form: RecurrentCell.Form, usual: [String], _ node: ONNXNode)
    throws(ModelLoadingError) -> RecurrentCall
  {
    let direction = try node.string("direction", or: "forward")
    guard let isReversed = ["forward": [false], "reverse": [true], "bidirectional": [false, true]][direction] else {
      throw node.unfit("there is no direction \(direction)")
    }
    guard let w = try constant(node, 1, "matrix W"), let r = try constant(node, 2, "matrix R") else {
      throw node.unfit("it has no matrices")
    }
    let (d, bias) = (isReversed.count, try constant(node, 3, "bias"))
    let peepholes = usual.count == 3 ? try constant(node, 7, "list of peepholes") : nil
    guard w.shape.count == 3, r.shape.count == 3, r.shape[2] >= 1, w.shape[0] == d, r.shape[0] == d,
      r.shape[1] == form.gates * r.shape[2], w.shape[1] == r.shape[1], w.shape[2] >= 1,
      bias.map({ $0.shape == [d, 2 * r.shape[1]] }) != false, peepholes.map({ $0.shape == [d, 3 * r.shape[2]] }) != false
    else {
      throw node.unfit(
        "its matrices \(w.shape) and \(r.shape) are not [\(d), \(form.gates) H, I] and [\(d), \(form.gates) H, H] for any H, "
          + "or its bias or peepholes do not fit them")
    }
    let hidden = try node.integer("hidden_size", or: r.shape[2])
    guard hidden == r.shape[2] else { throw node.unfit("hidden_size is \(hidden), and its matrices have \(r.shape[2])") }
    let limit = node.has("clip") ? try node.float("clip", or: 0) : nil
    guard limit.map({ $0 > 0 && $0.isFinite }) != false else { throw node.unfit("clip is not above 0") }
    let layout = try node.integer("layout", or: 0)
    guard (0...1).contains(layout) else { throw node.unfit("there is no layout \(layout)") }
    return RecurrentCall(
      form: form, input: w, recurrent: r, bias: bias, peepholes: peepholes, hidden: hidden, isReversed: isReversed,
      samplesFirst: layout == 1, limit: limit, functions: try recurrentFunctions(usual, directions: d, node))
  }

  /// The functions of each direction. Lists of alpha and beta hold those of functions that have some, in order.
  private func recurrentFunctions(_ usual: [String], directions: Int, _ node: ONNXNode)
    throws(ModelLoadingError) -> [[Operation]]
  {
    let names = try node.strings("activations") ?? Array(repeating: usual, count: directions).flatMap { $0 }
    guard names.count == usual.count * directions else {
      throw node.unfit("it names \(names.count) activations, not \(usual.count * directions)")
    }
    var alphas = (try node.floats("activation_alpha") ?? [])[...]
    var betas = (try node.floats("activation_beta") ?? [])[...]
    func next(_ list: inout ArraySlice<Float>, or standard: Float) throws(ModelLoadingError) -> Float {
      let number = list.popFirst() ?? standard
      guard number.isFinite else { throw node.unfit("an activation's number is not finite") }
      return number
    }
    var functions: [Operation] = []
    for name in names {
      switch name.lowercased() {
      case "relu": functions.append(.activation(.relu))
      case "sigmoid": functions.append(.activation(.sigmoid))
      case "tanh": functions.append(.activation(.tanh))
      case "softsign": functions.append(.function(MathFunction(.softsign)))
      case "softplus": functions.append(.function(MathFunction(.softplus)))
      case "leakyrelu": functions.append(.activation(.leakyRelu(alpha: try next(&alphas, or: 0.01))))
      case "elu": functions.append(.activation(.elu(alpha: try next(&alphas, or: 1))))
      case "thresholdedrelu": functions.append(.function(MathFunction(.threshold, try next(&alphas, or: 1))))
      case "hardsigmoid":
        let alpha = try next(&alphas, or: 0.2)
        functions.append(.activation(.hardSigmoid(alpha: alpha, beta: try next(&betas, or: 0.5))))
      default: throw node.unsupported("its activation \(name) is not read")
      }
    }
    return (0..<directions).map { Array(functions[$0 * usual.count..<($0 + 1) * usual.count]) }
  }

  // MARK: Frames and states

  private mutating func frames(_ call: RecurrentCall, _ node: ONNXNode) throws(ModelLoadingError) -> Frames {
    var x = try data(node)
    guard rank(x) == 3 else { throw node.unfit("its input \(sizes(x)) does not have three axes") }
    let place = call.samplesFirst ? 0 : 1
    if let axis = x.batchAxis, axis != place {
      guard batch == 1 else {
        throw node.mixesSamples("axis \(axis) of its input \(sizes(x)), the batch, is not that of its samples, \(place)")
      }
      x = try withoutBatchAxis(x, node)
    }
    let isBatched = x.batchAxis != nil
    if !isBatched, call.samplesFirst { x = try transposed(x, [1, 0, 2], node) }
    let shape = graph[x.id].shape
    let samples = isBatched ? 1 : shape[1]
    guard shape.last == call.input.shape[2] else {
      throw node.unfit("its matrix W \(call.input.shape) does not fit the input \(sizes(x))")
    }
    guard shape[0] <= RecurrentCall.mostFrames else {
      throw node.unsupported(
        "it goes through \(shape[0]) frames, and at most \(RecurrentCall.mostFrames) are unrolled: export it for one "
          + "frame, with its states as inputs and outputs")
    }
    try checkLengths(shape[0], node)
    let frames = Frames(id: x.id, areBatched: isBatched, count: shape[0], samples: samples)
    return Frames(
      id: try viewed(x.id, as: [shape[0]] + frames.outer + [call.input.shape[2]], node), areBatched: isBatched, count: shape[0],
      samples: samples)
  }

  /// Sequences that end earlier than others are not read.
  private mutating func checkLengths(_ count: Int, _ node: ONNXNode) throws(ModelLoadingError) {
    guard let lengths = try constant(node, 4, "list of lengths") else { return }
    guard try integers(lengths, "list of lengths", node).allSatisfy({ $0 == count }) else {
      throw node.unsupported("its sequences are not all of \(count) frames, and others are not read")
    }
  }

  /// What each direction finds before its first frame; nil: zeros.
  private mutating func begun(_ position: Int, _ call: RecurrentCall, _ frames: Frames, _ node: ONNXNode)
    throws(ModelLoadingError) -> [ValueID?]
  {
    let own = frames.outer + [call.hidden]
    switch try value(node, position) {
    case nil: return call.isReversed.map { _ in nil }
    case .known(let literal):
      let numbers = try floats(literal, "initial state", node)
      if numbers.allSatisfy({ $0 == 0 }) { return call.isReversed.map { _ in nil } }
      let plain = call.samplesFirst && literal.shape.count == 3 ? literal.transposed([1, 0, 2]) : literal
      guard plain.shape == [call.directions, frames.samples, call.hidden] else {
        throw node.unfit("its initial state \(literal.shape) does not fit, or is not the same for every sample")
      }
      var values: [ValueID?] = []
      for direction in call.isReversed.indices {
        let part = plain.picking([direction], axis: 0)
        let one = Literal(name: "\(literal.name) \(direction)", shape: own, content: part.content)
        values.append(try constantValue(one, shape: own, node))
      }
      return values
    case .computed(let given):
      let id = try stacked(given, call, frames, node)
      var values: [ValueID?] = []
      for direction in call.isReversed.indices {
        let part = call.directions == 1
          ? id : try slices(of: id, .run(start: direction, count: 1, stride: 1), axis: 0, node)
        values.append(try viewed(part, as: own, node))
      }
      return values
    }
  }

  /// A state that is computed, as [D, ...N, H].
  private mutating func stacked(_ given: ComputedValue, _ call: RecurrentCall, _ frames: Frames, _ node: ONNXNode)
    throws(ModelLoadingError) -> ValueID
  {
    var state = given
    guard rank(state) == 3 else { throw node.unfit("its initial state \(sizes(state)) does not have three axes") }
    let place = call.samplesFirst ? 0 : 1
    if state.batchAxis != (frames.areBatched ? place : nil) {
      guard batch == 1 else {
        throw node.mixesSamples("the batch of its initial state \(sizes(state)) is not axis \(place), that of its samples")
      }
      state = try withoutBatchAxis(state, node)
    }
    if state.batchAxis == nil, call.samplesFirst { state = try transposed(state, [1, 0, 2], node) }
    let wanted = [call.directions] + frames.outer + [call.hidden]
    guard saturatingProduct(graph[state.id].shape) == saturatingProduct(wanted) else {
      throw node.unfit("its initial state \(sizes(given)) is not \(wanted)")
    }
    return try viewed(state.id, as: wanted, node)
  }

  // MARK: Unrolling

  private mutating func unrolled(_ call: RecurrentCall, _ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    let frames = try frames(call, node)
    let isLong = call.functions[0].count == 3
    let hidden = try begun(5, call, frames, node)
    let kept = isLong ? try begun(6, call, frames, node) : call.isReversed.map { _ in nil }
    // By direction, then in the order of frames.
    var all: [[ValueID]] = []
    var last: [RecurrentState] = []
    for (direction, isReversed) in call.isReversed.enumerated() {
      let (cell, given) = (try cell(call, direction, node), try given(call, frames, direction, node))
      var state = RecurrentState(hidden: hidden[direction], cell: kept[direction])
      var answers: [ValueID] = []
      for frame in isReversed ? given.reversed() : given {
        state = try advanced(cell, state, given: frame, node)
        if let id = state.hidden { answers.append(id) }
      }
      all.append(isReversed ? answers.reversed() : answers)
      last.append(state)
    }
    let sequence = (0..<frames.count).flatMap { frame in all.map { $0[frame] } }
    var results = [try joined(sequence, [frames.count, call.directions], call, frames, node)]
    results.append(try joined(last.compactMap(\.hidden), [call.directions], call, frames, node))
    if isLong { results.append(try joined(last.compactMap(\.cell), [call.directions], call, frames, node)) }
    return results.prefix(node.outputs.count).map { .computed($0) }
  }

  /// Wx + b of each frame.
  private mutating func given(_ call: RecurrentCall, _ frames: Frames, _ direction: Int, _ node: ONNXNode)
    throws(ModelLoadingError) -> [ValueID]
  {
    let (rows, columns) = (call.rows, call.input.shape[2])
    let weight = try parameter(
      call.input, .weight, shape: [rows, columns], node, form: "direction \(direction)"
    ) { Array($0[direction * rows * columns..<(direction + 1) * rows * columns]) }
    let addsOwn = call.form != .gated(resetsProduct: true)
    let bias = try call.bias.map { (literal) throws(ModelLoadingError) in
      try parameter(literal, .bias, shape: [rows], node, form: "direction \(direction), sum \(addsOwn)") { values in
        let first = direction * 2 * rows
        return (first..<first + rows).map { values[$0] + (addsOwn ? values[$0 + rows] : 0) }
      }
    }
    let all = try add(.dense(Dense(weight: weight, bias: bias)), [frames.id], node, part: "input")
    var given: [ValueID] = []
    for frame in 0..<frames.count {
      let one = frames.count == 1 ? all : try slices(of: all, .run(start: frame, count: 1, stride: 1), axis: 0, node)
      given.append(try viewed(one, as: frames.outer + [rows], node))
    }
    return given
  }

  private mutating func cell(_ call: RecurrentCall, _ direction: Int, _ node: ONNXNode) throws(ModelLoadingError)
    -> RecurrentCell
  {
    let (n, rows, form) = (call.hidden, call.rows, "direction \(direction)")
    func dense(_ part: Range<Int>, _ builder: inout Self, bias: ParameterID? = nil) throws(ModelLoadingError) -> Dense {
      let weight = try builder.parameter(
        call.recurrent, .weight, shape: [part.count, n], node, form: "\(form), rows \(part)"
      ) { Array($0[(direction * rows + part.lowerBound) * n..<(direction * rows + part.upperBound) * n]) }
      return Dense(weight: weight, bias: bias)
    }
    var recurrent: [Dense]
    if call.form == .gated(resetsProduct: false) {
      recurrent = [try dense(0..<2 * n, &self), try dense(2 * n..<rows, &self)]
    } else {
      let bias = call.form == .gated(resetsProduct: true) ? call.bias : nil
      recurrent = [try dense(0..<rows, &self)]
      recurrent[0].bias = try bias.map { (literal) throws(ModelLoadingError) in
        try parameter(literal, .bias, shape: [rows], node, form: "\(form), of what is kept") {
          Array($0[(2 * direction + 1) * rows..<(2 * direction + 2) * rows])
        }
      }
    }
    var peepholes: [ValueID] = []
    for gate in 0..<(call.peepholes == nil ? 0 : 3) {
      guard let literal = call.peepholes else { break }
      let values = Array(try floats(literal, "peepholes", node)[(3 * direction + gate) * n..<(3 * direction + gate + 1) * n])
      let one = Literal(name: "\(literal.name) \(direction) \(gate)", shape: [n], content: .floats(values))
      peepholes.append(try constantValue(one, shape: [n], node))
    }
    return RecurrentCell(
      form: call.form, hidden: n, functions: call.functions[direction], recurrent: recurrent, gateLimit: call.limit,
      peepholes: peepholes)
  }

  /// Values [...N, H], one after the other along `axes`, as the operator gives them.
  private mutating func joined(
    _ parts: [ValueID], _ axes: [Int], _ call: RecurrentCall, _ frames: Frames, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ComputedValue {
    let own = frames.outer + [call.hidden]
    var rows: [ValueID] = []
    for part in parts { rows.append(try viewed(part, as: [1] + own, node)) }
    let all = rows.count == 1 ? rows[0] : try add(.concat(axis: 0), rows, node, part: "frames")
    let samples = frames.areBatched ? [] : [frames.samples]
    let id = try viewed(all, as: axes + samples + [call.hidden], node)
    let value = ComputedValue(id: id, batchAxis: frames.areBatched ? axes.count : nil)
    guard call.samplesFirst else { return value }
    return try transposed(value, [axes.count] + Array(axes.indices) + [axes.count + 1], node)
  }
}
