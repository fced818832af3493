// A network that looks at a window, as one that takes what is new of it and keeps what it needs of the rest.

extension Graph {
  /// The same network, given `hop` new places of an axis of its inputs at a time.
  ///
  /// Once as many frames were given as fill the window, its answers are those of this network to the window that ends
  /// with the frame; of an output that moves along with the window those of the last places, which are new. Before
  /// that it looks at zeros where nothing was yet, of inputs and of what is computed from them alike.
  ///
  /// - Parameters:
  ///   - axis: of every input, of one sample.
  ///   - hop: places that a frame brings.
  /// - Throws: ``StreamError`` with the node that a frame does not bring a whole part of.
  public func streamed(along axis: Int, hop: Int) throws(StreamError) -> Graph {
    try streaming(along: axis, hop: hop).graph
  }

  /// The same, with what each of its values is in this network: itself, or some places of it. Layers are in the same
  /// order.
  package func streaming(along axis: Int, hop: Int) throws(StreamError) -> (graph: Graph, origins: [ValueID]) {
    var builder = StreamBuilder(try StreamPlan(self, axis: axis, hop: hop))
    for (index, node) in nodes.enumerated() { builder.add(node, index) }
    let streamed = builder.finished()
    do { try streamed.verify() } catch { throw .graph(error) }
    return (streamed, builder.origins)
  }

  /// Multiplications of layers for one sample, those with zeros included.
  public var multiplications: Int {
    layers.reduce(0) { sum, layer in
      let places = self[nodes[layer.nodeIndex].output].shape.elementCount / max(layer.rows, 1)
      return sum + layer.weightCount * places
    }
  }
}

/// Puts together what a plan says.
private struct StreamBuilder {
  private let plan: StreamPlan
  private var graph: Graph
  /// What stands for a value: of one with a track its new places.
  private var made: [ValueID: ValueID] = [:]
  /// Of values with a track the places from the first that is read.
  private var windows: [ValueID: ValueID] = [:]
  private var parts: [Part: ValueID] = [:]
  private var kept: [(found: ValueID, left: ValueID)] = []
  /// Of each value the old one that it is, or is a part of.
  private(set) var origins: [ValueID] = []

  private struct Part: Hashable {
    let value: ValueID
    let places: Range<Int>
  }

  init(_ plan: StreamPlan) {
    self.plan = plan
    graph = plan.graph
    (graph.nodes, graph.inputs, graph.outputs, graph.values) = ([], [], [], [])
    for input in plan.graph.inputs {
      made[input] = value(like: input, places: plan.tracks[input]?.hop)
      graph.inputs.append(new(input))
    }
  }

  /// A value of an old one's encoding, with so many places; nil: with all that it has.
  private mutating func value(like old: ValueID, places: Int?, named suffix: String = "") -> ValueID {
    var value = plan.graph[old]
    value.name += suffix
    if let places, let track = plan.tracks[old] { value.shape = track.shape(value.shape, places: places) }
    graph.values.append(value)
    origins.append(old)
    return ValueID(graph.values.count - 1)
  }

  private func new(_ old: ValueID) -> ValueID {
    guard let value = made[old] else { preconditionFailure("nodes are in running order") }
    return value
  }

  mutating func add(_ node: Node, _ index: Int) {
    let reads = plan.reads[index]
    let inputs = zip(node.inputs, reads).map { input, places in
      places.map { part(of: input, $0) } ?? new(input)
    }
    for output in node.outputs { made[output] = value(like: output, places: plan.tracks[output]?.hop) }
    var node = node
    node.operation = operation(of: node, reads.first ?? nil)
    (node.inputs, node.outputs) = (inputs, node.outputs.map(new))
    graph.nodes.append(node)
  }

  /// What says sizes of the window says those of a part.
  private func operation(of node: Node, _ read: Range<Int>?) -> Operation {
    guard let output = node.outputs.first, let track = plan.tracks[output] else { return node.operation }
    if case .reshape(let shape) = node.operation { return .reshape(track.shape(shape, places: track.hop)) }
    if case .transpose(let permutation) = node.operation, let old = plan.tracks[node.inputs[0]] {
      // One place is turned by nothing.
      let shape = old.shape(plan.graph[node.inputs[0]].shape, places: old.hop)
      let moved = permutation.filter { shape[$0] > 1 }
      return moved == moved.sorted() ? .reshape(permutation.map { shape[$0] }) : node.operation
    }
    guard case .gather(let places) = node.operation, let read, let old = plan.tracks[node.inputs[0]] else {
      return node.operation
    }
    let shape = plan.graph[node.inputs[0]].shape
    guard old.axis(in: shape) == shape.count - 1, let pick = StreamPick(places, of: old, in: shape) else {
      return node.operation
    }
    return .gather(pick.places(count: track.hop, of: read.count))
  }

  // MARK: Parts of a window

  private mutating func part(of value: ValueID, _ places: Range<Int>) -> ValueID {
    guard let track = plan.tracks[value] else { return new(value) }
    if places == track.new { return new(value) }
    let window = window(of: value, track)
    let first = plan.first[value] ?? 0
    if places == first..<track.length { return window }
    let part = Part(value: value, places: places)
    if let known = parts[part] { return known }
    let cut = cut(window, of: value, track, from: first, places)
    parts[part] = cut
    return cut
  }

  /// What was kept of a value, moved on by what is new.
  private mutating func window(of old: ValueID, _ track: StreamTrack) -> ValueID {
    if let known = windows[old] { return known }
    let places = track.length - (plan.first[old] ?? 0)
    let shape = track.shape(plan.graph[old].shape, places: places)
    let found = value(like: old, places: places, named: " before")
    let window = value(like: old, places: places, named: " window")
    kept.append((found, window))
    if let axis = track.axis(in: plan.graph[old].shape), plan.graph[old].shape[..<axis].elementCount == track.outer {
      add("window", old, .slide(axis: axis), [found, new(old)], window)
    } else {
      let flat = [track.outer, places, track.inner]
      let sides = [
        view(found, flat, old), view(new(old), [track.outer, track.hop, track.inner], old),
      ]
      let slid = value(like: old, flat)
      add("window", old, .slide(axis: 1), sides, slid)
      add("view", old, .reshape(shape), [slid], window)
    }
    windows[old] = window
    return window
  }

  /// Some places of a window that begins at `first`.
  private mutating func cut(
    _ window: ValueID, of old: ValueID, _ track: StreamTrack, from first: Int, _ places: Range<Int>
  ) -> ValueID {
    let length = track.length - first
    let rows = view(window, [track.outer, length * track.inner], old)
    let cut = value(like: old, [track.outer, places.count * track.inner])
    let elements = (places.lowerBound - first) * track.inner..<(places.upperBound - first) * track.inner
    add("part", old, .gather(Array(elements)), [rows], cut)
    return view(cut, track.shape(plan.graph[old].shape, places: places.count), old)
  }

  private mutating func view(_ value: ValueID, _ shape: [Int], _ old: ValueID) -> ValueID {
    if graph[value].shape == shape { return value }
    let view = self.value(like: old, shape)
    add("view", old, .reshape(shape), [value], view)
    return view
  }

  private mutating func value(like old: ValueID, _ shape: [Int]) -> ValueID {
    let value = value(like: old, places: nil)
    graph.values[value.index].shape = shape
    return value
  }

  private mutating func add(
    _ what: String, _ old: ValueID, _ operation: Operation, _ inputs: [ValueID], _ output: ValueID
  ) {
    var name = "\(plan.graph[old].name).\(what)"
    let taken = plan.graph.nodes + graph.nodes
    while taken.contains(where: { $0.name == name }) { name += "_" }
    graph.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
  }

  /// The network, with what it keeps.
  mutating func finished() -> Graph {
    let outputs = plan.graph.outputs.map { output in plan.given(output).map { part(of: output, $0) } ?? new(output) }
    var graph = graph
    graph.outputs = outputs
    graph.inputs += kept.map(\.found)
    for (found, left) in kept {
      graph.carry(found, from: left, GraphState(name: graph[left].name))
    }
    return graph
  }
}
