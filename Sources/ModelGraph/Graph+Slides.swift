// Windows that slide, found where files say them by joining and cutting: the last rows of a state and what is new become
// the state's next value. A file may keep the whole window (what it keeps is cut, and the new put behind), or only
// what the next frame needs of it (the new is put behind what is kept, and the end of that is kept): the state is
// then the window itself, of which the first rows are never read.

import Tensors

extension Graph {
  /// The same network with every state that is a window as one: it slides, and nothing else is moved.
  package func slidingWindows() -> Graph {
    var graph = self
    for index in states.indices where !graph.slideWhole(index) { graph.slidePart(index) }
    return graph
  }

  // MARK: A state that is the window

  /// next = join(end of found, new).
  private mutating func slideWhole(_ index: Int) -> Bool {
    let found = foundStates[foundStates.startIndex + index]
    guard let join = joining(leftStates[leftStates.startIndex + index]),
      let cut = ending(join.kept), source(of: cut.from) == found, cut.rows == join.rows,
      cut.row == join.keptRow + join.newRow, cut.row - cut.start == join.keptRow
    else { return false }
    slide(join, window: found)
    return true
  }

  // MARK: A state that is the part that is kept

  /// window = join(found, new); next = end of window.
  private mutating func slidePart(_ index: Int) {
    let found = foundStates[foundStates.startIndex + index]
    guard let cut = ending(leftStates[leftStates.startIndex + index]), let join = joining(source(of: cut.from)),
      source(of: join.kept) == found, cut.rows == join.rows, cut.row == join.keptRow + join.newRow,
      cut.row - cut.start == join.keptRow, readersThroughViews(of: found) == [join.node]
    else { return }
    let window = nodes[join.node].output
    let whole = ValueID(values.count)
    values.append(Value(name: self[found].name, shape: self[window].shape, integers: self[window].integers))
    states[index].beginning = states[index].beginning.map { widened($0, join, like: window) }
    inputs[inputs.count - states.count + index] = whole
    outputs[outputs.count - states.count + index] = window
    slide(join, window: whole)
  }

  /// What a window begins as, of which only the end was kept.
  private func widened(_ kept: Parameter, _ join: Join, like window: ValueID) -> Parameter {
    func rows<Number>(_ numbers: [Number], before: Number) -> [Number] {
      (0..<join.rows).flatMap { row in
        [Number](repeating: before, count: join.newRow)
          + numbers[row * join.keptRow..<(row + 1) * join.keptRow]
      }
    }
    let shape = self[window].shape
    if let old = kept.integers,
      let integers = IntegerTensor(
        shape: shape, integers: rows(old.integers, before: old.encoding.zeroPoints[0]), encoding: old.encoding)
    {
      return Parameter(name: kept.name, role: kept.role, integers: integers)
    }
    return Parameter(
      name: kept.name, role: kept.role, tensor: Tensor(shape: shape, values: rows(kept.tensor.values, before: 0)))
  }

  // MARK: What both look for

  /// Two values side by side, as rows of elements.
  private struct Join {
    let node: Int
    let axis: Int
    let kept, new: ValueID
    let rows, keptRow, newRow: Int
  }

  /// The end of each row of a value.
  private struct Ending {
    let from: ValueID
    let rows, row, start: Int
  }

  private mutating func slide(_ join: Join, window: ValueID) {
    let (output, name) = (nodes[join.node].output, nodes[join.node].name)
    var view = window
    if self[window].shape != self[output].shape {
      view = ValueID(values.count)
      values.append(Value(name: "\(name) before", shape: self[output].shape, integers: self[window].integers))
    }
    nodes[join.node].operation = .slide(axis: join.axis)
    nodes[join.node].inputs = [view, join.new]
    if view != window {
      let reshape = Node(name: "\(name).window", operation: .reshape(self[view].shape), inputs: [window], outputs: [view])
      nodes.insert(reshape, at: join.node)
    }
  }

  private func joining(_ value: ValueID) -> Join? {
    let value = source(of: value)
    guard let index = nodes.firstIndex(where: { $0.outputs == [value] }),
      case .concat(let axis) = nodes[index].operation, nodes[index].inputs.count == 2
    else { return nil }
    let (kept, new) = (nodes[index].inputs[0], nodes[index].inputs[1])
    return Join(
      node: index, axis: axis, kept: kept, new: new, rows: self[value].shape[..<axis].elementCount,
      keptRow: self[kept].shape[axis...].elementCount, newRow: self[new].shape[axis...].elementCount)
  }

  private func ending(_ value: ValueID) -> Ending? {
    guard let node = producer(of: source(of: value)), case .gather(let places) = node.operation,
      let first = places.first, let row = self[node.inputs[0]].shape.last, places.last == row - 1,
      places.count == row - first
    else { return nil }
    return Ending(
      from: node.inputs[0], rows: self[node.inputs[0]].shape.dropLast().elementCount, row: row, start: first)
  }

  /// What a value is that is only looked at under other shapes.
  private func source(of value: ValueID) -> ValueID {
    var value = value
    while let node = producer(of: value), case .reshape = node.operation { value = node.inputs[0] }
    return value
  }

  /// Nodes that read a value, itself or under another shape; the network's end as -1.
  private func readersThroughViews(of value: ValueID) -> Set<Int> {
    var readers: Set<Int> = outputs.contains(value) ? [-1] : []
    for (index, node) in nodes.enumerated() where node.inputs.contains(value) {
      if case .reshape = node.operation {
        readers.formUnion(readersThroughViews(of: node.output))
      } else {
        readers.insert(index)
      }
    }
    return readers
  }
}
