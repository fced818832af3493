// The other way: a network that takes frames and keeps windows, as one that looks at all frames of a sequence at once. It
// has no state, so that it is trained, cut and judged as any network is, by samples that know nothing of each other;
// gradients go through time as far as the sequence does. What comes of it takes frames again (`streamed`).
//
// Every value of a frame becomes a long one, in which the places of all frames lie side by side along the axis on which
// windows slide. A window of it is no value at all: who reads windows is swept along the long value. A dense layer over a
// window is a convolution.

import Tensors

extension Graph {
  /// The same network over so many frames, each of which answers as if the ones before were those of the sequence.
  ///
  /// - Parameter frames: of a sample: its inputs are [frames] + a frame's shape. The first ones, which do not fill the
  ///   windows, are not answered: outputs are [answers] + a frame's shape.
  /// - Throws: ``StreamError/recurrent(node:operation:)`` where what is kept is no window that slides.
  public func windowed(frames: Int) throws(StreamError) -> Graph {
    guard let state = states.first else { throw .keepsNothing }
    var first: StreamError?
    for axis in self[inputs[0]].shape.indices {
      do throws(StreamError) { return try windowed(frames: frames, axis: axis) } catch {
        if case .frames = error { throw error }
        first = first ?? error
      }
    }
    throw first ?? .recurrent(node: state.name, operation: "state")
  }

  private func windowed(frames: Int, axis: Int) throws(StreamError) -> Graph {
    func made(_ count: Int) throws(StreamError) -> Graph {
      var builder = WindowBuilder(self)
      for input in sampleInputs { try builder.begin(input, frames: count, axis: axis) }
      for node in nodes { try builder.add(node) }
      return try builder.finished()
    }
    // No size matters to what a network can be, and an answer needs as many frames of any number.
    let many = try made(1 << 12)
    let need = (1 << 12) - (many.outputs.map { many[$0].shape[0] }.min() ?? 0) + 1
    guard frames >= need else { throw .frames(frames: frames, needed: need) }
    let graph = try made(frames)
    do { try graph.verify() } catch { throw .graph(error) }
    return graph
  }
}

/// Where the frames of a value lie in a long one.
private struct LongValue {
  let value: ValueID
  /// Of a frame, as the long value has its axes.
  let shape: [Int]
  /// Along which frames lie side by side: a frame is `shape[axis]` places, the next one `hop` places on.
  let axis: Int
  let hop: Int
}

private struct WindowBuilder {
  private let old: Graph
  private var graph: Graph
  private var long: [ValueID: LongValue] = [:]
  private var fixed: [ValueID: ValueID] = [:]

  init(_ old: Graph) {
    self.old = old
    graph = old
    (graph.nodes, graph.inputs, graph.outputs, graph.values) = ([], [], [], [])
    graph.states = []
  }

  // MARK: Ends

  mutating func begin(_ input: ValueID, frames: Int, axis: Int) throws(StreamError) {
    let shape = old[input].shape
    guard axis < shape.count else { throw .recurrent(node: old[input].name, operation: "input") }
    let whole = value(like: input, [frames] + shape)
    graph.inputs.append(whole)
    var joined = shape
    joined[axis] *= frames
    var order = Array(1...shape.count)
    order.insert(0, at: axis)
    var turned = whole
    if axis > 0 { turned = node("frames", input, .transpose(order), whole, order.map { ([frames] + shape)[$0] }) }
    let side = node("places", input, .reshape(joined), turned, joined)
    long[input] = LongValue(value: side, shape: shape, axis: axis, hop: shape[axis])
  }

  mutating func finished() throws(StreamError) -> Graph {
    let places = old.sampleOutputs.compactMap { long[$0].map { graph[$0.value].shape[$0.axis] } }
    guard places.count == old.sampleOutputs.count, let answers = places.min() else {
      throw .recurrent(node: old[old.outputs[0]].name, operation: "output")
    }
    for output in old.sampleOutputs {
      guard let found = long[output], found.hop == 1, found.shape[found.axis] == 1, places.allSatisfy({ $0 == answers })
      else { throw .recurrent(node: old[output].name, operation: "output") }
      let shape = graph[found.value].shape
      let order = [found.axis] + shape.indices.filter { $0 != found.axis }
      let first = node("answers", output, .transpose(order), found.value, order.map { shape[$0] })
      graph.outputs.append(node("frames", output, .reshape([answers] + old[output].shape), first, [answers] + old[output].shape))
      graph.values[graph.outputs[graph.outputs.count - 1].index].name = old[output].name
    }
    return graph
  }

  // MARK: Nodes

  mutating func add(_ node: Node) throws(StreamError) {
    if node.inputs.allSatisfy({ fixed[$0] != nil }) {
      let output = value(like: node.output, old[node.output].shape)
      graph.nodes.append(
        Node(name: node.name, operation: node.operation, inputs: node.inputs.compactMap { fixed[$0] }, outputs: [output]))
      fixed[node.output] = output
      return
    }
    guard let made = try moved(node) else { throw .recurrent(node: node.name, operation: node.operation.name) }
    long[node.output] = made
  }

  /// Nil: it reads what is kept as something else than a window.
  private mutating func moved(_ node: Node) throws(StreamError) -> LongValue? {
    if case .slide(let axis) = node.operation { return slid(node, axis) }
    guard let x = long[node.inputs[0]] else { return nil }
    let (shape, out) = (old[node.inputs[0]].shape, old[node.output].shape)
    if case .dense(let dense) = node.operation { return swept(node, dense, x) }
    let isOwn = x.shape == shape || x.shape.starts(with: shape) && x.shape.dropFirst(shape.count).allSatisfy { $0 == 1 }
    switch node.operation.streamForm(of: node, in: old) {
    case .places(let mixing):
      guard mixing.isEmpty || isOwn && !mixing.contains(x.axis) else { return nil }
      return kept(node, x, node.operation, [x.value])
    case .window(let window, _): return isOwn ? swept(node, window, x) : nil
    case .viewed: return viewed(node, x, out)
    case .moved(let order):
      guard isOwn, x.shape.count == shape.count, let axis = order.firstIndex(of: x.axis) else { return nil }
      let long = graph[x.value].shape
      let value = add(node, .transpose(order), [x.value], order.map { long[$0] })
      return LongValue(value: value, shape: order.map { x.shape[$0] }, axis: axis, hop: x.hop)
    case .broadcast: return paired(node, x)
    case .picked(let places):
      guard x.shape == shape, x.axis < shape.count - 1 else { return nil }
      var own = graph[x.value].shape
      own[own.count - 1] = places.count
      return LongValue(value: add(node, node.operation, [x.value], own), shape: out, axis: x.axis, hop: x.hop)
    case .joined, .bordered, .resized, .product, .constant, .whole: return nil
    }
  }

  /// A window of what is new, which is no value. Windows end where frames do, so that the first places may be before the
  /// first window that is full.
  private mutating func slid(_ node: Node, _ axis: Int) -> LongValue? {
    guard let state = old.foundStates.firstIndex(of: node.inputs[0]), let x = long[node.inputs[1]],
      old.outputs[old.outputs.count - old.inputs.count + state] == node.output,
      x.shape == old[node.inputs[1]].shape, x.axis == axis, x.shape[axis] == x.hop
    else { return nil }
    let shape = old[node.output].shape
    let early = (x.hop - shape[axis] % x.hop) % x.hop
    return LongValue(value: without(early, x, node), shape: shape, axis: axis, hop: x.hop)
  }

  /// A long value without so many places at its beginning.
  private mutating func without(_ places: Int, _ x: LongValue, _ node: Node) -> ValueID {
    guard places > 0 else { return x.value }
    var shape = graph[x.value].shape
    let (outer, inner) = (shape[..<x.axis].elementCount, shape[(x.axis + 1)...].elementCount)
    let row = shape[x.axis] * inner
    let of = node.inputs[1]
    let rows = self.node("rows", of, .reshape([outer, row]), x.value, [outer, row])
    let kept = Array(places * inner..<row)
    let cut = self.node("cut", of, .gather(kept), rows, [outer, kept.count])
    shape[x.axis] -= places
    return self.node("places", of, .reshape(shape), cut, shape)
  }

  /// Each number by itself.
  private mutating func kept(_ node: Node, _ x: LongValue, _ operation: Operation, _ inputs: [ValueID]) -> LongValue {
    LongValue(
      value: add(node, operation, inputs, graph[x.value].shape), shape: x.shape, axis: x.axis, hop: x.hop)
  }

  private mutating func viewed(_ node: Node, _ x: LongValue, _ out: [Int]) -> LongValue? {
    let before = x.shape[..<x.axis].elementCount
    guard x.shape == old[node.inputs[0]].shape,
      let axis = out.indices.first(where: { out[..<$0].elementCount == before && out[$0] == x.shape[x.axis] })
    else { return turned(node, x, out) ?? x }
    var own = out
    own[axis] = graph[x.value].shape[x.axis]
    return LongValue(value: add(node, .reshape(own), [x.value], own), shape: out, axis: axis, hop: x.hop)
  }

  /// One place of a frame is anywhere among its axes: it goes to where the window is that slides over it. Nil: over it
  /// slides none.
  private mutating func turned(_ node: Node, _ x: LongValue, _ out: [Int]) -> LongValue? {
    let axes = old.nodes.compactMap { reader -> Int? in
      guard case .slide(let axis) = reader.operation, reader.inputs[1] == node.output else { return nil }
      return axis
    }
    guard x.shape[x.axis] == 1, let axis = axes.first, out[axis] == 1 else { return nil }
    let (long, of) = (graph[x.value].shape, node.inputs[0])
    let first = [x.axis] + long.indices.filter { $0 != x.axis }
    let front = self.node("front", of, .transpose(first), x.value, first.map { long[$0] })
    let others = out.indices.filter { $0 != axis }
    let split = [long[x.axis]] + others.map { out[$0] }
    let view = self.node("frames", of, .reshape(split), front, split)
    var order = Array(1..<split.count)
    order.insert(0, at: axis)
    let own = order.map { split[$0] }
    return LongValue(value: add(node, .transpose(order), [view], own), shape: out, axis: axis, hop: x.hop)
  }

  private mutating func paired(_ node: Node, _ x: LongValue) -> LongValue? {
    let pairs = node.inputs.compactMap { long[$0] }
    let others = node.inputs.compactMap { fixed[$0] }
    guard pairs.count + others.count == node.inputs.count,
      pairs.allSatisfy({ $0.shape == x.shape && $0.axis == x.axis && $0.hop == x.hop
        && graph[$0.value].shape == graph[x.value].shape }),
      others.allSatisfy({ graph[$0].shape.elementCount == 1 })
    else { return nil }
    return kept(node, x, node.operation, node.inputs.compactMap { long[$0]?.value ?? fixed[$0] })
  }

  /// A convolution or pool over a frame, swept over all of them.
  private mutating func swept(_ node: Node, _ window: Window, _ x: LongValue) -> LongValue? {
    let out = old[node.output].shape
    guard (1...2).contains(x.axis), window.padBefore[x.axis - 1] == 0, window.padAfter[x.axis - 1] == 0 else { return nil }
    var window = window
    if out[x.axis] == 1 { window.strides[x.axis - 1] = x.hop }
    guard x.hop % window.strides[x.axis - 1] == 0,
      let places = window.outputSize(graph[x.value].shape[x.axis], axis: x.axis - 1)
    else { return nil }
    var own = out
    own[x.axis] = places
    return LongValue(
      value: add(node, node.operation.swept(by: window), [x.value], own), shape: out, axis: x.axis,
      hop: x.hop / window.strides[x.axis - 1])
  }

  /// A dense layer over all that a frame sees is a convolution.
  private mutating func swept(_ node: Node, _ dense: Dense, _ x: LongValue) -> LongValue? {
    guard x.shape.count == 3, (1...2).contains(x.axis), old[node.inputs[0]].shape == [x.shape.elementCount] else { return nil }
    let rows = old[dense.weight].tensor.shape[0]
    graph.parameters[dense.weight.index] = graph.parameters[dense.weight.index].reshaped(to: [rows] + x.shape)
    var strides = [1, 1]
    strides[x.axis - 1] = x.hop
    let window = Window(kernel: Array(x.shape.dropFirst()), strides: strides)
    guard let places = window.outputSize(graph[x.value].shape[x.axis], axis: x.axis - 1) else { return nil }
    var own = [rows, 1, 1]
    own[x.axis] = places
    let convolution = Convolution(weight: dense.weight, bias: dense.bias, window: window)
    let value = add(node, .convolution(convolution), [x.value], own)
    return LongValue(value: value, shape: [rows, 1, 1], axis: x.axis, hop: 1)
  }

  // MARK: Values

  private mutating func value(like other: ValueID, _ shape: [Int]) -> ValueID {
    var value = old[other]
    value.shape = shape
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }

  private mutating func add(_ node: Node, _ operation: Operation, _ inputs: [ValueID], _ shape: [Int]) -> ValueID {
    let output = value(like: node.output, shape)
    graph.nodes.append(Node(name: node.name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }

  private mutating func node(
    _ what: String, _ of: ValueID, _ operation: Operation, _ input: ValueID, _ shape: [Int]
  ) -> ValueID {
    let output = value(like: of, shape)
    var name = "\(old[of].name).\(what)"
    let taken = old.nodes + graph.nodes
    while taken.contains(where: { $0.name == name }) { name += "_" }
    graph.nodes.append(Node(name: name, operation: operation, inputs: [input], outputs: [output]))
    return output
  }
}

extension Operation {
  /// A convolution or pool by another window.
  fileprivate func swept(by window: Window) -> Operation {
    if case .convolution(var convolution) = self {
      convolution.window = window
      return .convolution(convolution)
    }
    if case .averagePool(_, let countsPadding) = self { return .averagePool(window, countsPadding: countsPadding) }
    return .maxPool(window)
  }
}

extension Parameter {
  /// The same numbers under another shape, rows first as before.
  fileprivate func reshaped(to shape: [Int]) -> Parameter {
    guard let integers, let other = IntegerTensor(shape: shape, integers: integers.integers, encoding: integers.encoding) else {
      return Parameter(name: name, role: role, tensor: tensor.reshaped(to: shape))
    }
    return Parameter(name: name, role: role, integers: other)
  }
}
