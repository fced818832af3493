// Which values a frame brings a part of, and which places of them are read.
//
// A value whose places are each made of a bounded stretch of the input, by the same numbers, moves as the input does: a
// frame shifts it by a number of places and brings as many new ones, which is all that has to be computed. What reads
// more than what is new needs the places before, which are kept (`StreamBuilder`). Everything else is computed whole
// for each frame: what reads all places at once, a mean or a dense layer over the window, and what comes behind it.
//
// A mean takes the whole of what it is a mean of. A running sum would save additions and nothing else: to take off
// what leaves the window, that has to be kept as well; and of floats it drifts.

struct StreamPlan {
  let graph: Graph
  /// Of the values that a frame brings a part of.
  private(set) var tracks: [ValueID: StreamTrack] = [:]
  /// Values that are the same for every frame.
  private(set) var fixed: Set<ValueID> = []
  /// For each node, which places of each input it reads; nil: the input has none, and is read as it is.
  private(set) var reads: [[Range<Int>?]] = []
  /// Of values with a track the first place that is read.
  private(set) var first: [ValueID: Int] = [:]
  /// Input places that a place of a value stands for.
  private var steps: [ValueID: Int] = [:]

  /// - Parameter axis: of every sample of every input.
  init(_ graph: Graph, axis: Int, hop: Int) throws(StreamError) {
    self.graph = graph
    if let state = graph.states.first { throw .keepsState(name: state.name) }
    for input in graph.inputs { try begin(input, axis: axis, hop: hop) }
    for node in graph.nodes { try follow(node) }
    for output in graph.outputs { try answer(output) }
  }

  /// What of an output is given: its new places, where these are the ends of its rows along an axis; else all.
  func given(_ output: ValueID) -> Range<Int>? {
    tracks[output].map { track in
      let shape = graph[output].shape
      let isOfRows = track.axis(in: shape).map { shape[..<$0].elementCount == track.outer } ?? false
      return isOfRows ? track.new : track.all
    }
  }

  private mutating func answer(_ output: ValueID) throws(StreamError) {
    guard let places = given(output) else { return }
    if graph.heads.contains(where: { $0.output == graph[output].name }) { throw .detector(output: graph[output].name) }
    first[output] = min(first[output] ?? places.lowerBound, places.lowerBound)
  }

  private mutating func begin(_ input: ValueID, axis: Int, hop: Int) throws(StreamError) {
    let (name, shape) = (graph[input].name, graph[input].shape)
    guard shape.indices.contains(axis) else { throw .noAxis(axis: axis, input: name, shape: shape) }
    guard hop >= 1, hop <= shape[axis] else { throw .hop(hop: hop, input: name, size: shape[axis]) }
    steps[input] = 1
    guard hop < shape[axis] else { return }
    tracks[input] = StreamTrack(
      outer: shape[..<axis].elementCount, length: shape[axis], inner: shape[(axis + 1)...].elementCount, hop: hop)
  }

  private mutating func follow(_ node: Node) throws(StreamError) {
    let moves = try node.inputs.contains { tracks[$0] != nil } ? move(of: node) : nil
    let parts = moves?.reads ?? node.inputs.map { tracks[$0]?.all }
    for (input, part) in zip(node.inputs, parts) {
      if let part { first[input] = min(first[input] ?? part.lowerBound, part.lowerBound) }
    }
    reads.append(parts)
    if let moves { tracks[node.output] = moves.track }
    if node.inputs.allSatisfy(fixed.contains) { fixed.formUnion(node.outputs) }
    let step = node.inputs.compactMap { steps[$0] }.max() ?? 1
    for output in node.outputs { steps[output] = step * (moves?.stride ?? 1) }
  }

  // MARK: How a node moves

  /// An output that moves, and what of the inputs its new places are made of.
  private struct Move {
    let track: StreamTrack
    let reads: [Range<Int>?]
    var stride = 1
  }

  /// Nil: its output is computed whole.
  private func move(of node: Node) throws(StreamError) -> Move? {
    let (input, out) = (node.inputs[0], graph[node.output].shape)
    let shape = graph[input].shape
    let form = node.operation.streamForm(of: node, in: graph)
    switch form {
    case .broadcast: return broadcast(node)
    case .joined(let axis): return joined(node, axis)
    case .product: return product(node)
    case .constant, .whole: return nil
    case .places, .window, .bordered, .resized, .moved, .viewed, .picked: break
    }
    guard let track = tracks[input], let axis = track.axis(in: shape) else { return nil }
    func same(to other: Int) -> Move? {
      Move(track: track.carried(from: axis, of: shape, to: other, of: out), reads: [track.new])
    }
    switch form {
    case .places(let mixing): return mixing.contains(axis) ? nil : same(to: axis)
    case .window(let window, let mixesChannels):
      if axis == 0 { return mixesChannels ? nil : same(to: 0) }
      return try windowed(node, window, track, axis)
    case .bordered(let padding):
      if padding.before[axis] + padding.after[axis] == 0 { return same(to: axis) }
      throw .border(node: node.name, operation: node.operation.name)
    case .resized(let axes):
      if !axes.contains(axis) { return same(to: axis) }
      throw .resized(node: node.name, operation: node.operation.name)
    case .moved(let permutation): return permutation.firstIndex(of: axis).flatMap(same)
    case .viewed: return try viewed(node, track)
    case .picked(let places):
      return axis < shape.count - 1 ? same(to: axis) : try picked(node, places, track)
    case .broadcast, .joined, .product, .constant, .whole: return nil
    }
  }

  /// Under another shape, which may have the places in rows: then a frame brings whole rows.
  private func viewed(_ node: Node, _ track: StreamTrack) throws(StreamError) -> Move? {
    let out = graph[node.output].shape
    if let axis = track.axis(in: out) {
      // Places and what lies behind them may be places of one axis.
      let inner = out[(axis + 1)...].elementCount
      guard out[..<axis].elementCount == track.outer, out[axis] > track.length else {
        return Move(track: track, reads: [track.new])
      }
      let finer = StreamTrack(
        outer: track.outer, length: out[axis], inner: inner, hop: track.hop * (out[axis] / track.length))
      return Move(track: finer, reads: [track.new])
    }
    guard let axis = out.indices.first(where: { out[..<$0].elementCount == track.outer && out[$0] > 1 }),
      track.length % out[axis] == 0
    else { return nil }
    let row = track.length / out[axis]
    guard track.hop % row == 0 else {
      throw .stride(
        node: node.name, operation: node.operation.name, stride: row, hop: (steps[node.inputs[0]] ?? 1) * row)
    }
    let rows = StreamTrack(outer: track.outer, length: out[axis], inner: row * track.inner, hop: track.hop / row)
    return Move(track: rows, reads: [track.new], stride: row)
  }

  /// A window of the plane, swept along the axis.
  private func windowed(_ node: Node, _ window: Window, _ track: StreamTrack, _ axis: Int) throws(StreamError) -> Move? {
    let (shape, out) = (graph[node.inputs[0]].shape, graph[node.output].shape)
    guard out[axis] > 1, shape[axis] == track.length else { return nil }
    let (stride, reach) = (window.strides[axis - 1], (window.kernel[axis - 1] - 1) * window.dilations[axis - 1] + 1)
    guard window.padBefore[axis - 1] == 0, (out[axis] - 1) * stride + reach <= track.length else {
      throw .border(node: node.name, operation: node.operation.name)
    }
    let places = SteppedPlaces(first: 0, count: out[axis], stride: stride, reach: reach)
    guard let part = try places.read(track, node, step: steps[node.inputs[0]] ?? 1) else { return nil }
    let moved = StreamTrack(
      outer: out[..<axis].elementCount, length: out[axis], inner: out[(axis + 1)...].elementCount,
      hop: track.hop / stride)
    return Move(track: moved, reads: [part], stride: stride)
  }

  /// Places of a last axis that has the window's.
  private func picked(_ node: Node, _ places: [Int], _ track: StreamTrack) throws(StreamError) -> Move? {
    let shape = graph[node.inputs[0]].shape
    guard let pick = StreamPick(places, of: track, in: shape), pick.steps.count > 1,
      let part = try pick.steps.read(track, node, step: steps[node.inputs[0]] ?? 1)
    else { return nil }
    let moved = StreamTrack(
      outer: shape.dropLast().elementCount * pick.outers.count, length: pick.steps.count, inner: pick.inners.count,
      hop: track.hop / pick.steps.stride)
    return Move(track: moved, reads: [part], stride: pick.steps.stride)
  }

  // MARK: Several inputs

  /// Operands that move alike, or that every place reads alike.
  private func broadcast(_ node: Node) -> Move? {
    let out = graph[node.output].shape
    return together(node) { shape, axis in
      let other = axis + out.count - shape.count
      return shape[axis] == out[other] ? other : nil
    } elsewhere: { shape, axis in
      let own = axis - (out.count - shape.count)
      return own < 0 || shape[own] == 1
    }
  }

  private func joined(_ node: Node, _ join: Int) -> Move? {
    together(node) { _, axis in axis == join ? nil : axis } elsewhere: { _, _ in false }
  }

  private func product(_ node: Node) -> Move? {
    let out = graph[node.output].shape
    guard fixed.contains(node.inputs[1]) else { return nil }
    return together(node) { shape, axis in
      axis == shape.count - 1 ? nil : axis + out.count - shape.count
    } elsewhere: { shape, axis in
      let own = axis - (out.count - shape.count)
      return axis == out.count - 2 || own < 0 || shape[own] == 1
    }
  }

  /// - Parameters:
  ///   - place: the output's axis that an input's is; nil: no place of it is made of one alone.
  ///   - alike: whether an input that does not move has one number for all places of an output's axis.
  private func together(
    _ node: Node, _ place: ([Int], Int) -> Int?, elsewhere alike: ([Int], Int) -> Bool
  ) -> Move? {
    let out = graph[node.output].shape
    var found: (track: StreamTrack, axis: Int)?
    for input in node.inputs {
      guard let track = tracks[input] else { continue }
      let shape = graph[input].shape
      guard let axis = track.axis(in: shape), let other = place(shape, axis) else { return nil }
      let carried = track.carried(from: axis, of: shape, to: other, of: out)
      guard carried == found?.track ?? carried else { return nil }
      found = (carried, other)
    }
    guard let found else { return nil }
    for input in node.inputs where tracks[input] == nil {
      guard fixed.contains(input), alike(graph[input].shape, found.axis) else { return nil }
    }
    return Move(track: found.track, reads: node.inputs.map { tracks[$0]?.new })
  }
}

/// Places that are so many apart, each of which reads a stretch behind it.
struct SteppedPlaces: Equatable {
  let first, count, stride, reach: Int

  /// What the last of them read that a frame brings; nil: it brings them all.
  ///
  /// - Parameter step: how many places of the input one of the window stands for.
  func read(_ track: StreamTrack, _ node: Node, step: Int) throws(StreamError) -> Range<Int>? {
    if count * stride <= track.hop { return nil }
    guard track.hop % stride == 0 else {
      throw .stride(node: node.name, operation: node.operation.name, stride: stride, hop: step * stride)
    }
    return first + (count - track.hop / stride) * stride..<first + (count - 1) * stride + reach
  }
}

/// Places of a last axis, as places of the window and of what lies around it there.
struct StreamPick {
  let steps: SteppedPlaces
  let outers, inners: [Int]
  private let inner: Int

  /// Nil where they are not the same for every place, or these are not equally far apart.
  init?(_ places: [Int], of track: StreamTrack, in shape: [Int]) {
    inner = track.inner
    let times = Set(places.map { $0 / track.inner % track.length }).sorted()
    outers = Set(places.map { $0 / track.inner / track.length }).sorted()
    inners = Set(places.map { $0 % track.inner }).sorted()
    let stride = times.count > 1 ? times[1] - times[0] : 1
    steps = SteppedPlaces(first: times[0], count: times.count, stride: stride, reach: 1)
    guard zip(times, times.dropFirst()).allSatisfy({ $1 - $0 == stride }),
      self.places(times, of: track.length) == places
    else { return nil }
  }

  /// The same of a stretch of the window, which begins with the first place that is picked of it.
  func places(count: Int, of length: Int) -> [Int] {
    places((0..<count).map { $0 * steps.stride }, of: length)
  }

  private func places(_ times: [Int], of length: Int) -> [Int] {
    outers.flatMap { outer in times.flatMap { time in inners.map { (outer * length + time) * inner + $0 } } }
  }
}
