// From a part of a graph to steps over slots.
//
// The nodes that the outputs need are taken in order. Convolutions and pools ask for their input
// channels last; reshapes and dense layers need it row-major; the rest work on whatever form a
// value already has. A form that is missing is made by a conversion step and kept for the next
// reader.
// An activation that alone reads a convolution or dense layer becomes part of that step.

import CKernels
import ModelGraph
import Tensors

/// The steps of a program and its boundary.
struct Plan {
  var steps: [Step] = []
  var inputs: [Slot] = []
  var outputs: [Slot] = []
}

struct Planner {
  private let workspace: Workspace
  private let boundary: Layout
  private let given: Set<ValueID>
  private let wanted: Set<ValueID>
  /// The nodes to run, in order, and those that read each value.
  private let nodes: [Node]
  private let readers: [ValueID: [Node]]
  private var forms: [ValueID: [Slot]] = [:]
  private var plan = Plan()
  /// Activations that a layer has taken in, by the value they make.
  private var absorbed: Set<ValueID> = []

  static func plan(
    _ workspace: Workspace, inputs: [ValueID], outputs: [ValueID], boundary: Layout
  ) throws(ExecutionError) -> Plan {
    let graph = workspace.graph
    let nodes = try neededNodes(graph, from: inputs, to: outputs)
    var planner = Planner(
      workspace: workspace, boundary: boundary, given: Set(inputs), wanted: Set(outputs),
      nodes: nodes)
    for id in inputs {
      let slot = planner.newSlot(id, layout: boundary)
      planner.plan.inputs.append(slot)
      planner.forms[id] = [slot]
    }
    for node in nodes where planner.absorbed.isDisjoint(with: node.outputs) { try planner.add(node) }
    for id in outputs { planner.plan.outputs.append(planner.slot(id, in: boundary)) }
    return planner.plan
  }

  private init(
    workspace: Workspace, boundary: Layout, given: Set<ValueID>, wanted: Set<ValueID>,
    nodes: [Node]
  ) {
    self.workspace = workspace
    self.boundary = boundary
    self.given = given
    self.wanted = wanted
    self.nodes = nodes
    readers = nodes.reduce(into: [:]) { readers, node in
      for input in node.inputs { readers[input, default: []].append(node) }
    }
  }

  /// The nodes between given values and wanted ones.
  ///
  /// - Throws: ``ExecutionError/undetermined(value:)`` when an input of the graph is missing,
  ///   ``ExecutionError/integers(value:)``.
  static func neededNodes(_ graph: Graph, from inputs: [ValueID], to outputs: [ValueID])
    throws(ExecutionError) -> [Node]
  {
    let given = Set(inputs)
    var needed = Set(outputs).subtracting(given)
    var nodes: [Node] = []
    for node in graph.nodes.reversed() where !needed.isDisjoint(with: node.outputs) {
      needed.subtract(node.outputs)
      nodes.append(node)
      needed.formUnion(node.inputs.filter { !given.contains($0) })
    }
    if let missing = needed.min(by: { $0.index < $1.index }) {
      throw .undetermined(value: graph[missing].name)
    }
    if let value = (inputs + nodes.flatMap(\.outputs)).first(where: { graph[$0].integers != nil }) {
      throw .integers(value: graph[value].name)
    }
    return nodes.reversed()
  }

  // MARK: Slots

  private func newSlot(_ id: ValueID, layout: Layout, storage: Storage? = nil) -> Slot {
    Slot(
      shape: workspace.graph[id].shape, batch: workspace.batch, layout: layout, storage: storage)
  }

  /// The form in which a value was made.
  private func native(_ id: ValueID) -> Slot {
    guard let slot = forms[id]?.first else { preconditionFailure("a value is read before made") }
    return slot
  }

  /// A value in a layout, converted if it has no such form yet.
  private mutating func slot(_ id: ValueID, in layout: Layout) -> Slot {
    let existing = native(id)
    let layout = layout.normalized(for: existing.shape)
    if let slot = forms[id]?.first(where: { $0.layout == layout }) { return slot }
    let slot = newSlot(id, layout: layout)
    plan.steps.append(ConversionStep(workspace, input: existing, output: slot))
    forms[id, default: []].append(slot)
    return slot
  }

  private mutating func output(_ id: ValueID, layout: Layout, storage: Storage? = nil) -> Slot {
    let slot = newSlot(id, layout: layout, storage: storage)
    forms[id] = [slot]
    return slot
  }

  // MARK: Steps

  /// The activation that alone reads a layer's output, to be computed by the layer's step.
  private mutating func takeActivation(after node: Node) -> (kx_activation, ValueID) {
    guard !wanted.contains(node.output), let readers = readers[node.output], readers.count == 1,
      case .activation(let activation) = readers[0].operation, !given.contains(readers[0].output),
      activation.slopeFollowsFromOutput
    else { return (.identity, node.output) }
    absorbed.insert(readers[0].output)
    return (activation.kernel, readers[0].output)
  }

  private mutating func add(_ node: Node) throws(ExecutionError) {
    switch node.operation {
    case .convolution(let convolution):
      let input = slot(node.inputs[0], in: .channelsLast)
      let (activation, result) = takeActivation(after: node)
      plan.steps.append(
        try ConvolutionStep(
          workspace, convolution, activation: activation, input: input,
          output: output(result, layout: .channelsLast), place: Place(node)))
    case .dense(let dense):
      let input = slot(node.inputs[0], in: .rowMajor)
      let (activation, result) = takeActivation(after: node)
      plan.steps.append(
        try DenseStep(
          workspace, dense, activation: activation, input: input,
          output: output(result, layout: .rowMajor), place: Place(node)))
    case .affine(let scale, let shift):
      addUnary(node) { AffineStep($0, scale: scale, shift: shift, input: $1, output: $2) }
    case .activation(let function):
      addUnary(node) { ActivationStep($0, function, input: $1, output: $2) }
    case .function(let function):
      addUnary(node) { FunctionStep($0, function, input: $1, output: $2) }
    case .prelu(let slope):
      addBinary(
        node, KX_PRELU, with: .parameter(slope, shape: workspace.graph[slope].tensor.shape))
    case .softmax(let axis, let beta):
      addUnary(node) { SoftmaxStep($0, axis: axis, beta: beta, input: $1, output: $2) }
    case .logSoftmax(let axis):
      addUnary(node) { LogSoftmaxStep($0, axis: axis, input: $1, output: $2) }
    case .argMax(let axis, let ofLeast):
      addUnary(node) { ArgMaxStep($0, axis: axis, ofLeast: ofLeast, input: $1, output: $2) }
    case .maxPool(let window):
      addPool(node) { MaxPoolStep($0, window, input: $1, output: $2) }
    case .averagePool(let window, let countsPadding):
      addPool(node) {
        AveragePoolStep($0, window, countsPadding: countsPadding, input: $1, output: $2)
      }
    case .globalAveragePool:
      addUnary(node) { GlobalAveragePoolStep($0, input: $1, output: $2) }
    case .binary(let kind): addBinary(node, kind.kernel)
    case .matrixProduct:
      let factors = [slot(node.inputs[0], in: .rowMajor), slot(node.inputs[1], in: .rowMajor)]
      plan.steps.append(
        MatrixProductStep(workspace, factors, output: output(node.output, layout: .rowMajor)))
    case .constant(let id):
      plan.steps.append(
        ConstantStep(workspace, id, output: output(node.output, layout: .rowMajor)))
    case .concat(let axis): addJoin(node) { ConcatStep($0, axis: axis, inputs: $1, output: $2) }
    case .pad(let padding):
      addUnary(node) { PadStep($0, padding, input: $1, output: $2) }
    case .resize(let resize):
      addUnary(node) { ResizeStep($0, resize, input: $1, output: $2) }
    case .reshape:
      let input = slot(node.inputs[0], in: .rowMajor)
      let result = output(node.output, layout: .rowMajor, storage: input.storage)
      plan.steps.append(SameNumbersStep(workspace, input: input, output: result))
    case .requantize:
      let input = native(node.inputs[0])
      if let grid = workspace.graph[node.output].grid {
        plan.steps.append(
          GridStep(workspace, grid, input: input, output: output(node.output, layout: input.layout)))
        return
      }
      let result = output(node.output, layout: input.layout, storage: input.storage)
      plan.steps.append(SameNumbersStep(workspace, input: input, output: result))
    case .transpose(let permutation):
      let input = native(node.inputs[0])
      let result = output(node.output, layout: preferredLayout(node.output))
      plan.steps.append(TransposeStep(workspace, permutation, input: input, output: result))
    case .lstm:
      throw .integers(value: workspace.graph[node.output].name)
    case .slide(let axis): addJoin(node) { SlideStep($0, axis: axis, inputs: $1, output: $2) }
    case .gather(let places):
      let input = slot(node.inputs[0], in: .rowMajor)
      plan.steps.append(
        GatherStep(workspace, places, input: input, output: output(node.output, layout: .rowMajor)))
    }
  }

  private typealias Unary = (Workspace, _ input: Slot, _ output: Slot) -> Step

  private mutating func addPool(_ node: Node, _ step: Unary) {
    let input = slot(node.inputs[0], in: .channelsLast)
    plan.steps.append(step(workspace, input, output(node.output, layout: .channelsLast)))
  }

  /// Operations that take their input in any layout and give the same.
  private mutating func addUnary(_ node: Node, _ step: Unary) {
    let input = native(node.inputs[0])
    plan.steps.append(step(workspace, input, output(node.output, layout: input.layout)))
  }

  /// The layout of the largest operand is the output's; operands of its shape are brought to it.
  ///
  /// - Parameter parameter: the second operand where that is no value.
  private mutating func addBinary(
    _ node: Node, _ operation: kx_operator, with parameter: Operand? = nil
  ) {
    let shape = workspace.graph[node.output].shape
    let largest = node.inputs.map { native($0) }.max { $0.sampleCount < $1.sampleCount }
    let layout = largest?.shape.count == shape.count ? largest?.layout ?? .rowMajor : .rowMajor
    var operands: [Operand] = []
    for id in node.inputs {
      let isWhole = workspace.graph[id].shape == shape
      operands.append(.slot(isWhole ? slot(id, in: layout) : native(id)))
    }
    if let parameter { operands.append(parameter) }
    plan.steps.append(
      BinaryStep(
        workspace, operation, operands[0], operands[1],
        output: output(node.output, layout: layout)))
  }

  private mutating func addJoin(_ node: Node, _ step: (Workspace, _ inputs: [Slot], _ output: Slot) -> Step) {
    let layout = native(node.inputs[0]).layout
    let concatLayout = layout == .rowMajor ? preferredLayout(node.output) : layout
    var inputs: [Slot] = []
    for id in node.inputs { inputs.append(slot(id, in: concatLayout)) }
    let result = output(node.output, layout: concatLayout)
    plan.steps.append(step(workspace, inputs, result))
  }

  /// The layout that most suits those who read a value: channels last where one is a convolution or
  /// a pool.
  private func preferredLayout(_ id: ValueID) -> Layout {
    let wantsChannelsLast = (readers[id] ?? []).contains { node in
      switch node.operation {
      case .convolution, .maxPool, .averagePool: true
      case .dense, .affine, .activation, .function, .prelu, .softmax, .logSoftmax, .argMax, .globalAveragePool, .binary,
        .matrixProduct, .constant, .concat, .pad, .resize, .reshape, .transpose, .slide, .lstm, .gather,
        .requantize:
        false
      }
    }
    return wantsChannelsLast ? .channelsLast : .rowMajor
  }
}
