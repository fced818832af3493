// Scan and Loop that end after a number of turns that is known: the nodes of the body stand in their place, once a turn.
//
// What is carried from turn to turn is a value like any other, and what the turns give is put one behind the other. All turns
// read the same constants, so that a matrix is one layer, however often it is read. A body that is one frame's, its
// states the network's inputs and outputs, so becomes a network of one frame.

import ModelGraph

/// A graph within a node, once a turn.
private struct LoopBody {
  /// Turns of one node, and nodes of all turns of all bodies.
  static let (mostTurns, mostNodes) = (1024, 1 << 16)

  let proto: Onnx_GraphProto
  let inputs, outputs: [String]
  /// Of the file.
  let bytes: Int
  /// Names that the body gives; what a turn left of them is gone in the next.
  let own: Set<String>

  init(_ node: ONNXNode) throws(ModelLoadingError) {
    guard let bytes = node.body("body") else { throw node.unfit("it has no body") }
    try WireScan.check(bytes, as: .graph)
    let proto: Onnx_GraphProto = try ONNXImporter.message(bytes)
    (self.proto, self.bytes) = (proto, bytes.count)
    (inputs, outputs) = (proto.input.map(\.name), proto.output.map(\.name))
    own = Set(inputs + proto.node.flatMap(\.output))
  }
}

/// A Scan: how its inputs are cut, and how its outputs are put together.
private struct ScanForm {
  let states, cut: Int
  let inputAxes, outputAxes: [Int]
  let isInputReversed, isOutputReversed: [Bool]

  init(_ node: ONNXNode, _ body: LoopBody) throws(ModelLoadingError) {
    guard node.opset >= 9 else {
      throw node.unsupported("of operator sets before 9 it is not read: convert the file with onnx.version_converter")
    }
    cut = try node.integer("num_scan_inputs", or: 0)
    guard cut > 0, cut <= node.inputs.count else { throw node.unfit("it scans \(cut) of \(node.inputs.count) inputs") }
    states = node.inputs.count - cut
    let stacked = body.outputs.count - states
    guard body.inputs.count == node.inputs.count, stacked >= 0, node.outputs.count <= body.outputs.count else {
      throw node.unfit(
        "its body of \(body.inputs.count) inputs and \(body.outputs.count) outputs does not fit its \(node.inputs.count) "
          + "inputs, of which it scans \(cut), and \(node.outputs.count) outputs")
    }
    inputAxes = try Self.list("scan_input_axes", cut, node)
    outputAxes = try Self.list("scan_output_axes", stacked, node)
    isInputReversed = try Self.directions("scan_input_directions", cut, node)
    isOutputReversed = try Self.directions("scan_output_directions", stacked, node)
  }

  private static func list(_ name: String, _ count: Int, _ node: ONNXNode) throws(ModelLoadingError) -> [Int] {
    let list = try node.integers(name) ?? [Int](repeating: 0, count: count)
    guard list.count == count else { throw node.unfit("\(name) has \(list.count) numbers, not \(count)") }
    return list
  }

  private static func directions(_ name: String, _ count: Int, _ node: ONNXNode) throws(ModelLoadingError) -> [Bool] {
    let list = try list(name, count, node)
    guard list.allSatisfy({ (0...1).contains($0) }) else { throw node.unfit("\(name) \(list) is not of 0 and 1") }
    return list.map { $0 == 1 }
  }
}

// MARK: - Turns

extension GraphBuilder {
  mutating func scan(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    let body = try body(of: node)
    let form = try ScanForm(node, body)
    var frames: [[TracedValue]] = []
    for input in 0..<form.cut {
      let all = try cut(form.states + input, axis: form.inputAxes[input], node)
      frames.append(form.isInputReversed[input] ? all.reversed() : all)
    }
    let turns = frames[0].count
    guard frames.allSatisfy({ $0.count == turns }) else {
      throw node.unfit("its scanned inputs are of \(frames.map(\.count)) frames, and all must be of the same number")
    }
    var states: [TracedValue] = []
    for position in 0..<form.states { states.append(try required(node, position)) }
    var given = [[TracedValue]](repeating: [], count: form.outputAxes.count)
    for turn in 0..<turns {
      let results = try self.turn(turn, of: body, states + frames.map { $0[turn] }, node)
      states = Array(results.prefix(form.states))
      for (output, value) in results.dropFirst(form.states).enumerated() { given[output].append(value) }
    }
    for (output, values) in given.enumerated() where form.states + output < node.outputs.count {
      states.append(
        try stacked(form.isOutputReversed[output] ? values.reversed() : values, axis: form.outputAxes[output], "output \(output)", node))
    }
    return Array(states.prefix(node.outputs.count))
  }

  mutating func loop(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    let body = try body(of: node)
    let carried = node.inputs.count - 2
    guard carried >= 0, body.inputs.count == carried + 2, body.outputs.count > carried,
      node.outputs.count < body.outputs.count
    else {
      throw node.unfit(
        "its body of \(body.inputs.count) inputs and \(body.outputs.count) outputs does not fit its \(node.inputs.count) "
          + "inputs and \(node.outputs.count) outputs")
    }
    let most = try turns(node)
    var isOn = try condition(try value(node, 1), node)
    var values: [TracedValue] = []
    for position in 0..<carried { values.append(try required(node, 2 + position)) }
    var given = [[TracedValue]](repeating: [], count: body.outputs.count - 1 - carried)
    var turn = 0
    while isOn, turn < most ?? Int.max {
      guard turn < LoopBody.mostTurns else {
        throw node.unsupported(
          "it takes more than \(LoopBody.mostTurns) turns, the most that are unrolled: export its body alone, for one frame, "
            + "with what it carries as inputs and outputs (--state INPUT=OUTPUT)")
      }
      let number = Literal(name: "\(node.name) turn \(turn)", shape: [], content: .sizes([.known(turn)]))
      let truth = Literal(name: "\(node.name) condition", shape: [], content: .sizes([.known(1)]))
      let results = try self.turn(turn, of: body, [.known(number), .known(truth)] + values, node)
      isOn = try condition(results[0], node)
      values = Array(results[1..<1 + carried])
      for (output, value) in results.dropFirst(1 + carried).enumerated() { given[output].append(value) }
      turn += 1
    }
    for (output, list) in given.enumerated() where carried + output < node.outputs.count {
      guard !list.isEmpty else { throw node.unsupported("it takes no turn, so that its output \(node.outputs[carried + output]) is empty") }
      values.append(try stacked(list, axis: 0, "output \(output)", node))
    }
    return Array(values.prefix(node.outputs.count))
  }

  /// How often a Loop turns at most; nil: as long as its condition holds.
  private mutating func turns(_ node: ONNXNode) throws(ModelLoadingError) -> Int? {
    let advice = "export its body alone, for one frame, with what it carries as inputs and outputs (--state INPUT=OUTPUT)"
    if case .computed? = try value(node, 0) { throw node.unsupported("how often it turns is computed, not constant: \(advice)") }
    guard let literal = try constant(node, 0, "number of turns") else { return nil }
    guard literal.count == 1, case .sizes(let sizes) = literal.content else {
      throw node.unfit("its number of turns is not one integer")
    }
    guard let number = extent(sizes[0]) else {
      throw node.unsupported("it turns once for each sample of a batch, which is free: fix it, or \(advice)")
    }
    return number
  }

  /// Whether a Loop goes on.
  private func condition(_ value: TracedValue?, _ node: ONNXNode) throws(ModelLoadingError) -> Bool {
    guard let value else { return true }
    guard case .known(let literal) = value else {
      throw node.unsupported(
        "whether it goes on is computed by its body: export its body alone, for one frame, with what it carries as "
          + "inputs and outputs (--state INPUT=OUTPUT)")
    }
    guard literal.count == 1 else { throw node.unfit("its condition is not one truth value") }
    return try integers(literal, "condition", node)[0] != 0
  }

  /// The body once more.
  ///
  /// - Parameter given: what its inputs are.
  /// - Returns: what its outputs are.
  private mutating func turn(_ number: Int, of body: LoopBody, _ given: [TracedValue], _ node: ONNXNode)
    throws(ModelLoadingError) -> [TracedValue]
  {
    try reserveNodes(body.proto.node.count + body.inputs.count + body.outputs.count, node)
    for name in body.own { forget(name) }
    for (name, value) in zip(body.inputs, given) { values[name] = value }
    try convert(body.proto, named: "\(node.name).\(number)", node)
    var results: [TracedValue] = []
    for output in body.outputs { results.append(try result(output, node)) }
    return results
  }

  /// The body of a loop, its constants read.
  private mutating func body(of node: ONNXNode) throws(ModelLoadingError) -> LoopBody {
    let body = try LoopBody(node)
    // A body within a turn is read again in each.
    if bodyDepth > 0 { try reserveNodes(body.bytes / 64, node) }
    try readConstants(of: body.proto, node)
    return body
  }

  /// Counts nodes that are about to be taken once more.
  private mutating func reserveNodes(_ count: Int, _ node: ONNXNode) throws(ModelLoadingError) {
    turnedNodes += count
    guard turnedNodes <= LoopBody.mostNodes else {
      throw node.unsupported("the turns of bodies are more than \(LoopBody.mostNodes) nodes, the most that are unrolled")
    }
  }

  /// What an earlier turn made of a name.
  private mutating func forget(_ name: String) {
    values[name] = nil
    encodings[name] = nil
    foundScales[name] = nil
    perScale[name] = nil
  }

  // MARK: Frames

  /// An input as its slices along an axis, which they no longer have.
  private mutating func cut(_ position: Int, axis: Int, _ node: ONNXNode)
    throws(ModelLoadingError) -> [TracedValue]
  {
    switch try required(node, position) {
    case .known(let literal):
      let axis = try self.axis(axis, rank: literal.shape.count, node)
      let count = literal.shape[axis]
      try reserveTurns(count, node)
      try reserveDerived(literal.count, node)
      var shape = literal.shape
      shape.remove(at: axis)
      return (0..<count).map { frame in
        var slice = literal.picking([frame], axis: axis).reshaped(to: shape)
        slice.name = "\(literal.name) \(frame)"
        return .known(slice)
      }
    case .computed(var x):
      let axis = try self.axis(axis, rank: rank(x), node)
      if x.batchAxis == axis {
        guard batch == 1 else {
          throw node.mixesSamples(
            "it goes through the batch, axis \(axis) of its input \(sizes(x)): where that is no batch but frames, say --batch none")
        }
        x = try withoutBatchAxis(x, node)
      }
      let place = sampleAxis(axis, of: x)
      var shape = graph[x.id].shape
      let count = shape.remove(at: place)
      try reserveTurns(count, node)
      let batchAxis = x.batchAxis.map { $0 > axis ? $0 - 1 : $0 }
      return try frames(of: x.id, axis: place, as: shape, "input \(position)", node).map {
        .computed(ComputedValue(id: $0, batchAxis: batchAxis))
      }
    }
  }

  /// The slices of a value along an axis of a sample.
  ///
  /// - Parameters:
  ///   - shape: of a slice.
  ///   - part: what the names of its nodes begin with.
  private mutating func frames(of x: ValueID, axis: Int, as shape: [Int], _ part: String, _ node: ONNXNode)
    throws(ModelLoadingError) -> [ValueID]
  {
    let own = graph[x].shape
    let (count, width) = (own[axis], saturatingProduct(shape))
    if count == 1 { return [try viewed(x, as: shape, node, part: part)] }
    let order = [axis] + own.indices.filter { $0 != axis }
    let turned = axis == 0 ? x : try add(.transpose(order), [x], node, part: "\(part) turned")
    let flat = try viewed(turned, as: [saturatingProduct(own)], node, part: "\(part) flat")
    try reserveDerived(saturatingProduct(own), node)
    var frames: [ValueID] = []
    for frame in 0..<count {
      let one = try add(.gather(Array(frame * width..<(frame + 1) * width)), [flat], node, part: "\(part) frame \(frame)")
      frames.append(try viewed(one, as: shape, node, part: "\(part) frame \(frame) view"))
    }
    return frames
  }

  /// Counts the slices of an input, as nodes.
  private mutating func reserveTurns(_ count: Int, _ node: ONNXNode) throws(ModelLoadingError) {
    guard count > 0 else { throw node.unfit("it goes through no frame") }
    guard count <= LoopBody.mostTurns else {
      throw node.unsupported(
        "it goes through \(count) frames, and at most \(LoopBody.mostTurns) are unrolled: export it for one frame, with its "
          + "states as inputs and outputs")
    }
    try reserveNodes(count, node)
  }

  /// What the turns gave, one behind the other along a new axis.
  ///
  /// - Parameter part: what the names of its nodes begin with.
  private mutating func stacked(_ parts: [TracedValue], axis: Int, _ part: String, _ node: ONNXNode)
    throws(ModelLoadingError) -> TracedValue
  {
    var known: [Literal] = []
    var computed: [ComputedValue] = []
    for part in parts {
      switch part {
      case .known(let literal): known.append(literal)
      case .computed(let value): computed.append(value)
      }
    }
    guard known.isEmpty || computed.isEmpty else {
      throw node.unsupported("an output of its body is a constant in some turns and computed in others")
    }
    return known.isEmpty
      ? .computed(try stacked(computed, axis: axis, part, node)) : .known(try stacked(known, axis: axis, node))
  }

  private mutating func stacked(_ parts: [Literal], axis: Int, _ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    let own = parts[0].shape
    let axis = try self.axis(axis, rank: own.count + 1, node)
    guard parts.allSatisfy({ $0.shape == own }) else { throw node.unfit("an output of its body is not of one shape in all turns") }
    var (row, shape) = (own, own)
    row.insert(1, at: axis)
    shape.insert(parts.count, at: axis)
    try reserveDerived(saturatingProduct(shape), node)
    guard let content = Literal.joined(parts.map { $0.reshaped(to: row) }, shape: shape, axis: axis) else {
      throw node.unfit("an output of its body is not of one type in all turns")
    }
    return Literal(name: "\(node.name) \(parts[0].name)", shape: shape, content: content)
  }

  private mutating func stacked(_ parts: [ComputedValue], axis: Int, _ name: String, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    let (first, own) = (parts[0], graph[parts[0].id].shape)
    let axis = try self.axis(axis, rank: rank(first) + 1, node)
    guard parts.allSatisfy({ $0.batchAxis == first.batchAxis && graph[$0.id].shape == own }) else {
      throw node.unfit("an output of its body is not of one shape in all turns")
    }
    let batchAxis = first.batchAxis.map { $0 >= axis ? $0 + 1 : $0 }
    let place = batchAxis.map { axis > $0 ? axis - 1 : axis } ?? axis
    var row = own
    row.insert(1, at: place)
    try reserveNodes(parts.count, node)
    var rows: [ValueID] = []
    for (turn, part) in parts.enumerated() {
      rows.append(try viewed(part.id, as: row, node, part: "\(name) frame \(turn)"))
    }
    let id = rows.count == 1 ? rows[0] : try add(.concat(axis: place), rows, node, part: name)
    return ComputedValue(id: id, batchAxis: batchAxis)
  }
}
