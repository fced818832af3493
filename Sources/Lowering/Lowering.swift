// From a graph and coded layers to the steps of a blob.
//
// Three passes over the nodes. First, which nodes become steps: an activation that alone reads a
// convolution, dense layer or binary operation runs inside it, a reshape is nothing at all, a
// constant is written just before its first reader. Second, which values share a buffer: a
// reshape's two ends always, an elementwise step's two ends where nobody reads the old numbers
// afterwards. Third, once ArenaPlanner has placed the buffers, the steps themselves
// (`StepBuilder`).
//
// Integer steps are lowered the same way, but that four elements take a word, that only what the
// type of a result does by itself runs inside another step, and that an addition which alone reads
// a convolution does: the other operand is then its residual, and the convolution runs where the
// addition would. Of an integer graph every value has an encoding already: its steps are exact ones
// (`ExactSteps`), and inside another runs an activation that only cuts off.

import Blob
import ModelGraph
import Planning
import Tensors

//
// States lie in front of all that, each in one place for good (`Lowering+States`): what a frame leaves is written
// over what it found where nobody reads that any more, and is else copied there behind all other steps.

/// Lowers a graph to a blob's logical content.
package struct Lowering {
  /// A node to be run, with the activation that runs inside it.
  struct PlannedStep {
    var node: Node
    var fused: Activation?
    /// Where the result goes: the fused activation's output, or the node's.
    var output: ValueID
    /// What an integer convolution adds to its sums.
    var residual: ValueID?

    /// Values that are read.
    var reads: [ValueID] { node.inputs + (residual.map { [$0] } ?? []) }
  }

  /// What steps are of.
  enum Numbers {
    case float
    case integers(IntegerForm)
    /// As the values of the graph say.
    case exact
  }

  let graph: Graph
  let numbers: Numbers
  /// What is of int32 in the blob.
  private let places: Set<ValueID>
  var steps: [PlannedStep] = []
  /// For each value, the value that stands for its buffer.
  var buffer: [Int]
  /// Reshapes' outputs that are in buffers of their own.
  private var copied: Set<ValueID> = []

  /// The logical content of a blob for `graph`.
  ///
  /// - Parameters:
  ///   - weights: coded filters by index in `graph.nodes`, one for every layer.
  ///   - transforms: one for each input of the graph.
  ///   - integers: what integer steps are made by; nil for float32.
  /// - Precondition: no node is an LSTM of integers.
  /// - Returns: the content, and how small its arena could be at best, in bytes.
  package static func lower(
    _ graph: Graph, weights: [Int: BlobWeights], transforms: [BlobTransform],
    integers: IntegerForm? = nil
  ) -> (model: BlobModel, arenaLowerBound: Int) {
    precondition(!graph.hasLSTMs, "an LSTM of integers has exact steps alone")
    let lowering = Lowering(graph, integers.map(Numbers.integers) ?? .float)
    return lowering.built(weights: weights, transforms: transforms)
  }

  /// The same for an integer graph, with exact steps.
  ///
  /// - Parameter weights: with ``BlobWeights/exact``, see ``BlobWeights/exact(_:in:)``.
  /// - Throws: ``LoweringError`` where a node has no exact step, or a value is of no type that a blob has.
  package static func lowerExactly(
    _ graph: Graph, weights: [Int: BlobWeights], transforms: [BlobTransform]
  ) throws(LoweringError) -> (model: BlobModel, arenaLowerBound: Int) {
    for value in graph.values where value.elementType == nil { throw .notBytes(value.name) }
    let lowering = Lowering(graph, .exact)
    let places = lowering.graph.values.map { _ in 0 }
    let builder = StepBuilder(graph: lowering.graph, places: places, weights: weights)
    for step in lowering.planned {
      let maker = ExactSteps(graph: lowering.graph, planned: step)
      guard builder.steps(for: step).allSatisfy({ maker.step($0) != nil }) else {
        throw .noExactStep(node: step.node.name, operation: step.node.operation.name)
      }
    }
    return lowering.built(weights: weights, transforms: transforms)
  }

  private var planned: [PlannedStep] {
    var lowering = self
    lowering.planSteps()
    return lowering.steps
  }

  private func built(weights: [Int: BlobWeights], transforms: [BlobTransform])
    -> (model: BlobModel, arenaLowerBound: Int)
  {
    var lowering = self
    lowering.planSteps()
    lowering.shareBuffers()
    return lowering.build(weights: weights, transforms: transforms)
  }

  /// Which nodes become integer steps, in what order.
  static func plannedSteps(_ graph: Graph, _ integers: IntegerForm) -> [PlannedStep] {
    Lowering(graph, .integers(integers)).planned
  }

  private init(_ graph: Graph, _ numbers: Numbers) {
    let (graph, copied) = graph.separatingStates()
    (self.graph, self.numbers, places) = (graph, numbers, graph.placeValues)
    self.copied = copied
    buffer = Array(graph.values.indices)
  }

  // MARK: Steps

  private mutating func planSteps() {
    var residuals: [Int: (convolution: Int, operand: ValueID)] = [:]
    if case .integers = numbers { residuals = graph.residualAdditions() }
    var fusedNodes = Set(residuals.values.map(\.convolution))
    var pendingConstants: [ValueID: Node] = [:]
    for (index, node) in graph.nodes.enumerated() where !fusedNodes.contains(index) {
      if case .constant = node.operation {
        pendingConstants[node.output] = node
        continue
      }
      let residual = residuals[index]
      var step = PlannedStep(
        node: residual.map { graph.nodes[$0.convolution] } ?? node, output: node.output,
        residual: residual?.operand)
      for input in step.reads {
        if let constant = pendingConstants.removeValue(forKey: input) { append(constant) }
      }
      if let follower = fusableFollower(of: node) {
        fusedNodes.insert(follower.index)
        step.fused = follower.activation
        step.output = graph.nodes[follower.index].output
      }
      if hasNoStep(node) { continue }
      steps.append(step)
    }
    for node in graph.nodes { if pendingConstants[node.output] != nil { append(node) } }
    copyOnce()
  }

  /// A network that looks at its inputs under other shapes gets a step all the same, since a blob has one.
  private mutating func copyOnce() {
    let view = graph.nodes.last { if case .reshape = $0.operation { true } else { false } }
    guard steps.isEmpty, let view else { return }
    copied.insert(view.output)
    steps = [PlannedStep(node: view, output: view.output)]
  }

  private mutating func append(_ constant: Node) {
    steps.append(PlannedStep(node: constant, output: constant.output))
  }

  private func fusableFollower(of node: Node) -> (index: Int, activation: Activation)? {
    guard graph.readerCount(of: node.output) == 1 else { return nil }
    for (index, reader) in graph.nodes.enumerated() where reader.inputs == [node.output] {
      guard case .activation(let activation) = reader.operation else { continue }
      if takes(activation, of: reader, in: node) { return (index, activation) }
    }
    return nil
  }

  /// Whether the step of a node computes the activation that reads it.
  private func takes(_ activation: Activation, of reader: Node, in node: Node) -> Bool {
    switch (numbers, node.operation.takesActivation) {
    case (.float, .always): true
    case (.float, .amongIntegers), (.float, .never), (.integers, .never): false
    case (.integers(let form), .always), (.integers(let form), .amongIntegers):
      form.realizes(activation, of: reader.output)
    case (.exact, _):
      ExactSteps.cutsOff(node.operation) && activation.isClip
        && graph[node.output].byteEncoding == graph[reader.output].byteEncoding
    }
  }

  /// Numbers of a word.
  func elementsPerWord(_ value: ValueID) -> Int {
    switch numbers {
    case .float: 1
    case .integers: places.contains(value) ? 1 : 4
    case .exact: graph[value].elementType?.isOfWords == true ? 1 : graph[value].isOfShorts ? 2 : 4
    }
  }

  // MARK: Buffers

  private mutating func shareBuffers() {
    for node in graph.nodes {
      if hasNoStep(node) { buffer[node.output.index] = root(node.inputs[0]) }
    }
    for index in steps.indices {
      guard let input = steps[index].reads.first(where: { canRunInPlace(index, over: $0) })
      else { continue }
      let (old, new) = (buffer[steps[index].output.index], root(input))
      for value in buffer.indices where buffer[value] == old { buffer[value] = new }
    }
  }

  /// Whether a node's output is its input, byte for byte. Numbers stay in another encoding what they are;
  /// in an integer graph the bytes that stand for them do not.
  private func hasNoStep(_ node: Node) -> Bool {
    if copied.contains(node.output) { return false }
    switch node.operation.exactForm {
    case .same?: return true
    case .requantize?: if case .exact = numbers { return false } else { return true }
    case .filters?, .averagePool?, .mean?, .binary?, .function?, .prelu?, .softmax?, .logSoftmax?, .argMax?, .maxPool?,
      .constant?, .concat?, .pad?, .resize?, .transpose?, .gather?, .slide?, .lstm?, nil:
      return false
    }
  }

  func root(_ value: ValueID) -> Int { buffer[value.index] }

  /// Whether a step may write over one of its inputs.
  private func canRunInPlace(_ index: Int, over input: ValueID) -> Bool {
    let step = steps[index]
    if let residual = step.residual {
      guard input == residual, root(input) != root(step.node.inputs[0]) else { return false }
    } else {
      switch step.node.operation.overwrites {
      case .always: break
      case .sameShape: guard graph[input].shape == graph[step.output].shape else { return false }
      case .first: guard input == step.node.inputs[0], !step.node.inputs.dropFirst().contains(input) else { return false }
      case .never: return false
      }
    }
    let place = root(input)
    if let state = stateNumber(ofBuffer: place), !leaves(step.output, state) { return false }
    guard !graph.outputs.contains(where: { root($0) == place }) else { return false }
    // Nobody may read the old numbers later; a later writer would be a constant, which is not
    // shared.
    return !steps[(index + 1)...].contains { $0.reads.contains { root($0) == place } }
  }

  private func spans() -> [Int: Buffer] {
    // Values of a buffer that are as large are one: each other's reshapes, or written in place.
    // What is written in place and is smaller needs less of the buffer from there on.
    var touched: [Int: [Int: ClosedRange<Int>]] = [:]
    func touch(_ value: ValueID, at step: Int) {
      let elements = graph[value].shape.elementCount
      let words = (elements + elementsPerWord(value) - 1) / elementsPerWord(value)
      let known = touched[root(value)]?[words] ?? step...step
      touched[root(value), default: [:]][words] =
        min(known.lowerBound, step)...max(known.upperBound, step)
    }
    for input in graph.inputs { touch(input, at: -1) }
    for (index, step) in steps.enumerated() {
      for value in step.reads + [step.output] { touch(value, at: index) }
    }
    for output in graph.outputs { touch(output, at: steps.count) }
    for value in graph.foundStates { touched[root(value)] = nil }
    return touched.compactMapValues { parts in
      var buffer: Buffer?
      for (words, steps) in parts.sorted(by: { $0.key > $1.key }) {
        let (first, last) = (steps.lowerBound, steps.upperBound)
        buffer?.add(words: words, firstStep: first, lastStep: last)
        buffer = buffer ?? Buffer(words: words, firstStep: first, lastStep: last)
      }
      return buffer
    }
  }

  // MARK: Blob

  private func build(weights: [Int: BlobWeights], transforms: [BlobTransform])
    -> (model: BlobModel, arenaLowerBound: Int)
  {
    let spans = spans()
    let roots = spans.keys.sorted()
    let plan = ArenaPlanner.plan(roots.compactMap { spans[$0] }, lasting: stateWords)
    let states = graph.foundStates.map(root)
    let placeOfRoot = Dictionary(uniqueKeysWithValues: zip(roots + states, plan.places + plan.lasting))
    let places = graph.values.indices.map { placeOfRoot[buffer[$0]] ?? 0 }
    let builder = StepBuilder(graph: graph, places: places, weights: weights)
    func tensor(_ value: ValueID) -> BlobTensor {
      var tensor = BlobTensor(place: places[value.index], shape: graph[value].shape)
      if self.places.contains(value) {
        tensor.type = .int32
        return tensor
      }
      switch numbers {
      case .float: break
      case .integers(let form):
        let bytes = form.tensor(value)
        (tensor.type, tensor.scale) = (bytes.type, Float(bytes.scale))
      case .exact:
        guard let integers = graph[value].integers else { break }
        (tensor.type, tensor.scale) = (graph[value].elementType ?? .int8, integers.scales[0])
        tensor.zeroPoint = Int(integers.zeroPoints[0])
        if graph[value].isOfShorts, let last = tensor.shape.indices.last { tensor.shape[last] *= 2 }
      }
      return tensor
    }
    let made = steps.map { step in
      let made = builder.steps(for: step)
      switch numbers {
      case .float: return made.flatMap(\.floats)
      case .integers(let form):
        let maker = IntegerSteps(form: form, graph: graph, places: places, planned: step)
        return made.map(maker.integer)
      case .exact:
        let maker = ExactSteps(graph: graph, planned: step)
        return made.compactMap(maker.step)
      }
    }
    let model = BlobModel(
      arenaBytes: 4 * plan.words,
      states: zip(graph.states, graph.foundStates).map { state, value in blobState(state, tensor(value)) },
      inputs: zip(graph.sampleInputs, transforms).map { BlobInput(tensor: tensor($0), transform: $1) },
      outputs: graph.sampleOutputs.map(tensor), steps: joiningMaps(made).flatMap { $0 } + leavingSteps(places))
    return (model, 4 * plan.lowerBound)
  }
}

extension Value {
  /// Whether its elements are two bytes each.
  var isOfShorts: Bool { integers?.element == .int16 }
}

extension Graph {
  fileprivate var hasLSTMs: Bool { nodes.contains { if case .lstm = $0.operation { true } else { false } } }

  /// By index of an addition: the convolution whose output nobody else reads, and what is added to
  /// it. Where both operands are such, the later convolution.
  func residualAdditions() -> [Int: (convolution: Int, operand: ValueID)] {
    var found: [Int: (convolution: Int, operand: ValueID)] = [:]
    for (index, node) in nodes.enumerated() {
      guard case .binary(.add) = node.operation,
        node.inputs.allSatisfy({ self[$0].shape == self[node.output].shape })
      else { continue }
      let producers = node.inputs.enumerated().compactMap { place, input -> (Int, Int)? in
        guard readerCount(of: input) == 1,
          let producer = nodes.firstIndex(where: { $0.output == input }),
          case .convolution = nodes[producer].operation
        else { return nil }
        return (producer, place)
      }
      if let (producer, place) = producers.max(by: { $0.0 < $1.0 }) {
        found[index] = (producer, node.inputs[1 - place])
      }
    }
    return found
  }
}
