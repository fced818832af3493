// Operators that pick slices of a computed value: Slice, Gather, Split. Those of constants are in Folding.swift.
//
// A step picks places of the last axis, ascending, so what is picked is brought there, and another order
// is put together of runs. Of the batch axis only all samples can be picked, unless the batch is 1.

import ModelGraph

extension GraphBuilder {
  /// Slices of a value along an ONNX axis.
  mutating func picked(_ x: ComputedValue, _ picks: Picks, axis: Int, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    if axis == x.batchAxis {
      guard batch == 1 else { throw node.mixesSamples("it picks from the batch axis") }
      return try picked(try withoutBatchAxis(x, node), picks, axis: axis, node)
    }
    let size = graph[x.id].shape[sampleAxis(axis, of: x)]
    guard picks.fit(size) else {
      throw node.unfit("it picks nothing, or what is not there, of axis \(axis) of \(sizes(x))")
    }
    try reserveDerived(picks.count, node)
    let id = try slices(of: x.id, picks, axis: sampleAxis(axis, of: x), node)
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }

  /// Slices along an axis of a sample, which has them: in an order that does not ascend, runs side by side
  /// that do.
  mutating func slices(of x: ValueID, _ picks: Picks, axis: Int, _ node: ONNXNode)
    throws(ModelLoadingError) -> ValueID
  {
    if let runs = picks.ascending {
      guard runs.count <= Picks.mostRuns else {
        throw node.unsupported(
          "it picks \(runs.count) runs that do not ascend, and at most \(Picks.mostRuns) are read")
      }
      var parts: [ValueID] = []
      for run in runs { parts.append(try slices(of: x, run, axis: axis, node)) }
      return try add(.concat(axis: axis), parts, node)
    }
    let shape = graph[x].shape
    if picks.count == shape[axis] { return x }
    var picked = shape
    picked[axis] = picks.count
    // The axis and those behind it become one, so that nothing has to be transposed; unless they are many.
    let width = saturatingProduct(shape[(axis + 1)...])
    if width > 1, picks.count > Picks.shortList / width {
      let last = shape.indices.filter { $0 != axis } + [axis]
      let turned = try add(.transpose(last), [x], node, part: "turned")
      let gathered = try add(.gather(picks.indices), [turned], node)
      let back = shape.indices.map { last.firstIndex(of: $0)! }
      return try add(.transpose(back), [gathered], node, part: "back")
    }
    try reserveDerived(picks.count * width, node)
    let places = picks.indices.flatMap { $0 * width..<($0 + 1) * width }
    let flat = try viewed(x, as: shape[..<axis] + [shape[axis] * width], node)
    return try viewed(try add(.gather(places), [flat], node), as: picked, node)
  }

  /// A value of the graph under another shape; itself where it has that shape.
  mutating func viewed(_ id: ValueID, as shape: [Int], _ node: ONNXNode, part: String = "view")
    throws(ModelLoadingError) -> ValueID
  {
    graph[id].shape == shape ? id : try add(.reshape(shape), [id], node, part: part)
  }
}

// MARK: - Gather

extension GraphBuilder {
  mutating func gather(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    if case .known(let table) = try required(node, 0) { return try lookup(table, node) }
    var x = try data(node)
    let axis = try self.axis(try node.integer("axis", or: 0), rank: rank(x), node)
    guard let literal = try constant(node, 1, "list of indices") else { throw node.unfit("it has no indices") }
    let wasBatched = x.batchAxis == axis
    if wasBatched {
      guard batch == 1 else { throw node.mixesSamples("it picks from the batch axis") }
      x = try withoutBatchAxis(x, node)
    }
    let size = graph[x.id].shape[sampleAxis(axis, of: x)]
    let indices = try integers(literal, "list of indices", node).map { $0 < 0 ? $0 + size : $0 }
    let picked = try picked(x, .list(indices), axis: axis, node)
    // The axis becomes those of the indices.
    let place = sampleAxis(axis, of: x)
    var shape = graph[picked.id].shape
    shape.replaceSubrange(place...place, with: literal.shape)
    let id = try viewed(picked.id, as: shape, node)
    let moved = x.batchAxis.map { $0 > axis ? $0 + literal.shape.count - 1 : $0 }
    let value = ComputedValue(id: id, batchAxis: moved)
    return wasBatched ? try rebatched(value, node) : value
  }
}

// MARK: - Slice

/// A slice of one axis, as ONNX and NumPy cut it.
struct Cut {
  let axis: Int
  let start, end, step: Int

  /// What it is of an axis of so many: the first place, how many, and the step, which is no longer than the axis.
  func places(of size: Int) -> (first: Int, count: Int, step: Int) {
    // A longer step than the axis takes one element, as one of its length does.
    let stride = min(max(step, -size - 1), size + 1)
    func place(_ index: Int, _ range: ClosedRange<Int>) -> Int {
      min(max(index < 0 ? index + size : index, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      let (low, high) = (place(start, 0...size), place(end, 0...size))
      let count = max(0, (high - low + stride - 1) / stride)
      return (count == 0 ? 0 : low, count, stride)
    }
    let (high, low) = (place(start, -1...size - 1), place(end, -1...size - 1))
    let count = max(0, (high - low - stride - 1) / -stride)
    return (count == 0 ? 0 : high, count, stride)
  }

  /// Whether it is all of an axis of so many; nil: however many they are.
  func isWhole(of size: Int?) -> Bool {
    guard let size else { return start == 0 && step == 1 && end >= Int(Int32.max) }
    let (first, count, step) = places(of: size)
    return first == 0 && count == size && (step == 1 || size == 1)
  }
}

extension GraphBuilder {
  mutating func slice(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    var x = try data(node)
    for cut in try cuts(node, rank: rank(x)) where !(cut.axis == x.batchAxis && cut.isWhole(of: batch)) {
      if cut.axis == x.batchAxis, batch == 1 { x = try withoutBatchAxis(x, node) }
      guard cut.axis != x.batchAxis else { throw node.mixesSamples("it cuts the batch axis") }
      let (first, count, step) = cut.places(of: graph[x.id].shape[sampleAxis(cut.axis, of: x)])
      x = try picked(x, .run(start: first, count: count, stride: step), axis: cut.axis, node)
    }
    return try rebatched(x, node)
  }

  /// Starts, ends, axes and steps are attributes before operator set 10 and inputs from then on.
  mutating func cuts(_ node: ONNXNode, rank: Int) throws(ModelLoadingError) -> [Cut] {
    func list(_ name: String, _ position: Int) throws(ModelLoadingError) -> [Int]? {
      if node.opset < 10 { return try node.integers(name) }
      guard let literal = try constant(node, position, name) else { return nil }
      return try integers(literal, name, node)
    }
    guard let starts = try list("starts", 1), let ends = try list("ends", 2) else {
      throw node.unfit("it has no starts or ends")
    }
    let axes = try list("axes", 3) ?? Array(starts.indices)
    let steps = try list("steps", 4) ?? Array(repeating: 1, count: starts.count)
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw node.unfit("its starts, ends, axes and steps differ in number")
    }
    var (cuts, seen) = ([Cut](), Set<Int>())
    for place in starts.indices {
      let axis = try self.axis(axes[place], rank: rank, node)
      guard steps[place] != 0, seen.insert(axis).inserted else {
        throw node.unfit("axis \(axis) is cut twice or by a step of 0")
      }
      cuts.append(Cut(axis: axis, start: starts[place], end: ends[place], step: steps[place]))
    }
    return cuts
  }
}

// MARK: - Split

extension GraphBuilder {
  /// One value an output, constants of a constant.
  mutating func split(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    let value = try required(node, 0)
    let axes =
      switch value {
      case .known(let literal): literal.shape.map(Size.known)
      case .computed(let x): sizes(x)
      }
    let axis = try self.axis(try node.integer("axis", or: 0), rank: axes.count, node)
    guard let size = extent(axes[axis]) else { throw node.mixesSamples("it splits the batch axis") }
    var (parts, start) = ([TracedValue](), 0)
    for (place, count) in try partSizes(node, of: size).enumerated() {
      switch value {
      case .known(let literal):
        try reserveDerived(literal.count, node)
        let part = literal.picking(Array(start..<start + count), axis: axis)
        parts.append(.known(Literal(name: node.outputs[place], shape: part.shape, content: part.content)))
      case .computed(let x):
        let part = try picked(x, .run(start: start, count: count, stride: 1), axis: axis, node)
        parts.append(.computed(axis == x.batchAxis ? try rebatched(part, node) : part))
      }
      start += count
    }
    return parts
  }

  /// The parts' sizes are an attribute before operator set 13 and an input from then on; without them they
  /// are alike, but for the last.
  private mutating func partSizes(_ node: ONNXNode, of size: Int) throws(ModelLoadingError) -> [Int] {
    var given = try node.integers("split")
    if given == nil, let literal = try constant(node, 1, "list of sizes") {
      given = try integers(literal, "list of sizes", node)
    }
    let count = try node.integer("num_outputs", or: node.outputs.count)
    guard count == node.outputs.count, count >= 1 else {
      throw node.unfit("it has \(node.outputs.count) outputs, not \(count)")
    }
    let part = (size + count - 1) / count
    let isEven = size % count == 0
    guard given != nil || isEven || node.opset >= 18 && part * (count - 1) < size else {
      throw node.unfit("\(count) parts do not divide its axis of \(size)")
    }
    let parts = given ?? Array(repeating: part, count: count - 1) + [size - part * (count - 1)]
    guard parts.count == count, parts.allSatisfy({ (0...size).contains($0) }), parts.reduce(0, +) == size else {
      throw node.unfit("sizes \(parts) do not split its axis of \(size)")
    }
    return parts
  }
}
