// From the steps of a blob back to a graph: `Lowering` the other way round.
//
// A blob knows places in an arena, a graph knows values. The steps are gone through in their order, with
// a note of which value lies where: a step reads the value that was written last at its operand's place,
// under the shape that the step sees, and what it writes ends whatever lay there. Constants become
// nodes where they are read, in the shape that is read; copies are parts of a concatenation, which is a node
// once it has all its parts; what is applied to sums is a node of its own. `StepBuilder.swift` says of each
// step as which node it comes back.

import Blob
import ModelGraph
import Tensors

/// Makes a graph of a blob's steps.
package struct Raising {
  /// What lies at a place.
  enum Content {
    case value(ValueID)
    /// Numbers that are no node yet.
    case constant([Float])
    case bytes([Int8])
    /// Parts of a concatenation, some of which are missing.
    case parts([BlobCopy], [ValueID])
  }

  private struct Slot {
    var content: Content
    /// Of the arena.
    var words: Range<Int>
  }

  private(set) var graph = Graph()
  /// Of the values of integers that steps compute.
  var facts: [ValueID: IntegerFact] = [:]
  /// Whether steps are finished by Kinglet's own rule.
  private(set) var isOwn = false
  private var slots: [Int: Slot] = [:]
  /// What a value is under other shapes.
  private var views: [ValueID: [[Int]: ValueID]] = [:]
  /// What the step that is being raised is called, in the graph and in messages.
  private(set) var name = ""
  /// Of nodes.
  private var taken: Set<String> = []
  /// The words that it writes.
  private var written = 0..<0
  private var elementsPerWord = 1

  /// The network of a blob, with its zeros: weights are what their codes stand for. Of exact steps it is a graph of
  /// integers that answers as the blob does, to the last bit; scales that the blob does not say are chosen so. Of
  /// Kinglet's own integer steps it is one that answers nearly as the blob does.
  ///
  /// Inputs are as the blob takes them, already made ready by its transforms.
  ///
  /// - Precondition: the model passed ``BlobModel/check()``, as one that was read has.
  /// - Throws: ``LoweringError`` where a step has no node, or reads what no step wrote as a whole.
  /// - Complexity: O(weights + steps x values in use).
  package static func graph(of model: BlobModel) throws(LoweringError) -> Graph {
    var raising = Raising()
    try raising.raise(model)
    guard model.steps.contains(where: { if case .integer = $0 { true } else { false } }) else { return raising.graph }
    return try ScaleRecovery.encoded(raising.graph, raising.facts, of: model)
  }

  private mutating func raise(_ model: BlobModel) throws(LoweringError) {
    isOwn = model.steps.contains { if case .integer(let step) = $0 { step.isOwn } else { false } }
    for (number, input) in model.inputs.enumerated() {
      give(input.tensor, as: model.inputs.count == 1 ? "input" : "input \(number)")
    }
    for (number, state) in model.states.enumerated() { give(state.tensor, as: "state \(number)") }
    for (number, step) in model.steps.enumerated() {
      (name, written) = ("step \(number + 1) \(step.name)", step.writes)
      if case .integer = step { elementsPerWord = 4 } else { elementsPerWord = 1 }
      try raise(step)
    }
    for (number, output) in model.outputs.enumerated() {
      name = model.outputs.count == 1 ? "output" : "output \(number)"
      let value = try read(output.place, output.shape)
      guard (output.type == .int32) == graph.placeValues.contains(value) else {
        throw fault("its elements are of another type than the step that makes them has")
      }
      // A value that is given twice keeps its first name.
      if graph.producer(of: value) != nil, !graph.outputs.contains(value) { graph.rename(value, to: name) }
      graph.addOutput(value)
    }
    try carry(model.states)
  }

  /// What lies in the arena before the first step.
  private mutating func give(_ tensor: BlobTensor, as name: String) {
    self.name = name
    let value = graph.addInput(name: name, shape: tensor.shape)
    let perWord = tensor.type.isOfWords ? 1 : 4
    written = tensor.place..<tensor.place + (tensor.count + perWord - 1) / perWord
    put(.value(value), at: tensor.place)
  }

  /// What is in the states behind the last step, is found there by the next run.
  private mutating func carry(_ states: [BlobState]) throws(LoweringError) {
    for (number, (state, found)) in zip(states, graph.inputs.suffix(states.count)).enumerated() {
      name = "state \(number)"
      let left = try read(state.tensor.place, state.tensor.shape)
      graph.carry(found, from: left, GraphState(name: name, beginning: beginning(of: state)))
    }
  }

  /// Numbers; of bytes those that they stand for, as integers where these are known.
  private func beginning(of state: BlobState) -> Parameter? {
    let tensor = state.tensor
    switch state.beginning {
    case .zero: return nil
    case .numbers(let numbers):
      return Parameter(name: name, role: .constant, tensor: Tensor(shape: tensor.shape, values: numbers.values))
    case .bytes(let bytes):
      let encoding = IntegerEncoding(
        tensor.type == .uint8 ? .uint8 : .int8, scales: [tensor.scale], zeroPoints: [Int32(tensor.zeroPoint)])
      let integers = bytes.map { tensor.type == .uint8 ? Int32($0) : Int32(Int8(bitPattern: $0)) }
      return IntegerTensor(shape: tensor.shape, integers: integers, encoding: encoding).map {
        Parameter(name: name, role: .constant, integers: $0)
      }
    }
  }

  /// Why the step that is being raised cannot be.
  func fault(_ reason: String) -> LoweringError { .noNode(step: name, reason: reason) }
}

// MARK: - What lies where

extension Raising {
  private mutating func put(_ content: Content, at place: Int) {
    slots = slots.filter { !$0.value.words.overlaps(written) }
    slots[place] = Slot(content: content, words: written)
  }

  /// What the step writes.
  mutating func write(_ value: ValueID, at place: Int, count: Int) throws(LoweringError) {
    guard graph[value].shape.elementCount == count else {
      throw fault("it writes \(count) numbers, where its node gives \(graph[value].shape.elementCount)")
    }
    put(.value(value), at: place)
  }

  /// Numbers that are the same for every sample, to be a node where they are read.
  mutating func write(_ constant: [Float], at place: Int) { put(.constant(constant), at: place) }

  mutating func write(bytes: [Int8], at place: Int) { put(.bytes(bytes), at: place) }

  /// The value at a place, under whatever shape it has.
  mutating func read(_ place: Int, count: Int) throws(LoweringError) -> ValueID {
    guard let slot = slots[place] else { throw fault("it reads what no step wrote as a whole") }
    switch slot.content {
    case .value(let value) where graph[value].shape.elementCount == count: return value
    case .constant(let numbers) where numbers.count == count: return try constant(numbers, [count])
    case .bytes(let bytes) where bytes.count == count: return try constant(bytes, [count])
    case .value, .constant, .bytes, .parts: throw fault("it reads another number of elements than a step wrote")
    }
  }

  /// The value at a place, under a shape.
  mutating func read(_ place: Int, _ shape: [Int]) throws(LoweringError) -> ValueID {
    if case .constant(let numbers)? = slots[place]?.content, numbers.count == shape.elementCount {
      return try constant(numbers, shape)
    }
    if case .bytes(let bytes)? = slots[place]?.content, bytes.count == shape.elementCount {
      return try constant(bytes, shape)
    }
    return try view(try read(place, count: shape.elementCount), shape)
  }

  /// The shape of the value at a place; nil where there is none, or it is a constant, which takes any.
  func shape(at place: Int) -> [Int]? {
    if case .value(let value)? = slots[place]?.content { graph[value].shape } else { nil }
  }

  private mutating func constant(_ numbers: [Float], _ shape: [Int]) throws(LoweringError) -> ValueID {
    let tensor = Tensor(shape: shape, values: numbers)
    return try node(.constant(parameter("constant", .constant, tensor)), [], role: "constant")
  }

  private mutating func constant(_ bytes: [Int8], _ shape: [Int]) throws(LoweringError) -> ValueID {
    let value = try constant([Float](repeating: 0, count: bytes.count), shape)
    facts[value] = .bytes(bytes)
    return value
  }

  /// The same numbers under another shape.
  mutating func view(_ value: ValueID, _ shape: [Int]) throws(LoweringError) -> ValueID {
    if graph[value].shape == shape { return value }
    if let known = views[value]?[shape] { return known }
    let seen = try node(.reshape(shape), [value], role: "shape")
    views[value, default: [:]][shape] = seen
    return seen
  }

  /// Takes in a part of a concatenation; the last one makes the node.
  mutating func copy(_ copy: BlobCopy) throws(LoweringError) {
    let part = try read(copy.x, count: copy.outer * copy.inner)
    guard copy.inner < copy.stride else { return try write(part, at: copy.y, count: copy.outer * copy.inner) }
    var (copies, values) = ([copy], [part])
    if case .parts(let earlier, let parts)? = slots[copy.y]?.content, earlier[0].outer == copy.outer,
      earlier[0].stride == copy.stride
    {
      (copies, values) = (earlier + copies, parts + values)
    }
    written = copy.y..<copy.y + (copy.outer * copy.stride + elementsPerWord - 1) / elementsPerWord
    guard copies.reduce(0, { $0 + $1.inner }) >= copy.stride else { return put(.parts(copies, values), at: copy.y) }
    let order = copies.indices.sorted { copies[$0].offset < copies[$1].offset }
    var end = 0
    for part in order {
      guard copies[part].offset == end else { throw fault("it copies a part over another") }
      end += copies[part].inner
    }
    let joined = try concatenation(order.map { values[$0] }, outer: copy.outer)
    try write(joined, at: copy.y, count: copy.outer * copy.stride)
  }

  /// Along an axis of the parts where there is one, else of rows.
  private mutating func concatenation(_ parts: [ValueID], outer: Int) throws(LoweringError) -> ValueID {
    let shapes = parts.map { graph[$0].shape }
    let axis = shapes[0].indices.first { axis in
      shapes[0][..<axis].elementCount == outer
        && shapes.allSatisfy {
          $0.count == shapes[0].count && $0[..<axis] == shapes[0][..<axis] && $0[(axis + 1)...] == shapes[0][(axis + 1)...]
        }
    }
    if let axis { return try node(.concat(axis: axis), parts) }
    var rows: [ValueID] = []
    for (part, shape) in zip(parts, shapes) { rows.append(try view(part, [outer, shape.elementCount / outer])) }
    return try node(.concat(axis: 1), rows)
  }
}

// MARK: - Nodes

extension Raising {
  /// Adds a node.
  ///
  /// - Parameter role: what it is of the step, where the step is several nodes.
  mutating func node(_ operation: Operation, _ inputs: [ValueID], role: String = "") throws(LoweringError) -> ValueID {
    let plain = role.isEmpty ? name : "\(name) \(role)"
    var (unique, number) = (plain, 1)
    while !taken.insert(unique).inserted {
      number += 1
      unique = "\(plain) \(number)"
    }
    do throws(GraphError) { return try graph.addNode(name: unique, operation, inputs: inputs) } catch {
      switch error {
      case .unfit(_, _, let reason), .malformed(let reason): throw fault(reason)
      case .tooLarge: throw fault("it is too large")
      }
    }
  }

  /// Adds a parameter of the step.
  mutating func parameter(_ part: String, _ role: Parameter.Role, _ tensor: Tensor) -> ParameterID {
    graph.addParameter(name: "\(name) \(part)", role: role, tensor: tensor)
  }

  /// What is applied to sums or elements, as a node behind them.
  mutating func applying(_ activation: BlobActivation, to value: ValueID) throws(LoweringError) -> ValueID {
    guard let operation = Operation(activation) else { return value }
    return try node(operation, [value], role: "activation")
  }
}
