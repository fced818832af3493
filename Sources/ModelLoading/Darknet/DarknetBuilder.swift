// From a plan and its weights to a graph. A section is one node of its name, `12_convolutional`, with what
// follows it as nodes of that name and a part: `.normalized`, `.leaky`. Sections that do nothing in inference are
// none, and heads are said of the graph.

import ModelGraph
import Tensors

/// The graph under construction.
struct DarknetBuilder {
  /// What is added to a variance before its root is taken. Darknet divides by the root plus this; its
  /// descendants add it, or ten times it, below the root; OpenCV, whose answers are compared with, this.
  static let epsilon = 1e-6

  private let plan: DarknetPlan
  private var weights: DarknetWeights
  private(set) var graph = Graph()
  /// By step.
  private var values: [ValueID] = []
  private let input: ValueID

  /// - Precondition: `weights` hold as many numbers as `plan` asks for.
  init(_ plan: DarknetPlan, _ weights: DarknetWeights) throws(ModelLoadingError) {
    (self.plan, self.weights) = (plan, weights)
    input = graph.addInput(name: "data", shape: plan.input)
    for step in plan.steps { values.append(try result(of: step)) }
    for output in plan.outputs { try addOutput(of: plan.steps[output], values[output]) }
    for step in plan.steps { addHead(step) }
  }

  /// An output that is the input, where no layer does anything, is a copy of it.
  private mutating func addOutput(of step: DarknetPlan.Step, _ value: ValueID) throws(ModelLoadingError) {
    let output = value == input ? try add(.reshape(plan.input), [input], step) : value
    if !graph.outputs.contains(output) { graph.addOutput(output) }
  }

  private mutating func addHead(_ step: DarknetPlan.Step) {
    guard let source = step.inputs.first ?? nil else { return }
    let kind: DetectionHead.Kind
    let boxes: DarknetBoxes
    switch step.layer {
    case .yolo(let own): (kind, boxes) = (.yolo, own)
    case .region(let own): (kind, boxes) = (.region, own)
    case .convolutional, .connected, .maxpool, .avgpool, .upsample, .reorg, .route, .shortcut, .softmax, .nothing: return
    }
    graph.addHead(
      DetectionHead(
        output: graph[values[source]].name, kind: kind, anchors: boxes.anchors, classCount: boxes.classCount,
        classScores: boxes.hasSoftmax ? .softmax : .logistic, scaleXY: boxes.scaleXY,
        hasNewCoordinates: boxes.hasNewCoordinates, inputWidth: plan.input[2], inputHeight: plan.input[1]))
  }
}

// MARK: - Sections

extension DarknetBuilder {
  private mutating func result(of step: DarknetPlan.Step) throws(ModelLoadingError) -> ValueID {
    let inputs = step.inputs.map { $0.map { values[$0] } ?? input }
    let x = inputs[0]
    switch step.layer {
    case .convolutional(let filters): return try filtered(x, filters, step, isConnected: false)
    case .connected(let filters): return try filtered(x, filters, step, isConnected: true)
    case .maxpool(let window): return try add(.maxPool(window), [try image(x, step)], step)
    case .avgpool: return try add(.globalAveragePool, [try image(x, step)], step)
    case .upsample(let stride):
      let axes = step.shape[1...].map { Resize.Axis(size: $0, step: 1, unit: stride) }
      return try add(.resize(Resize(mode: .nearest, axes: axes)), [try image(x, step)], step)
    case .reorg(let stride): return try reorganized(x, by: stride, step)
    case .route(_, let groups, let group): return try routed(inputs, groups, group, step)
    case .shortcut(_, let activation): return try sum(inputs, activation, step)
    case .softmax(let groups, let temperature):
      let count = step.shape[0]
      let rows = try viewed(x, [groups, count / groups], step, "rows")
      let softmax = Operation.softmax(axis: 1, beta: Float(1 / temperature))
      return try viewed(try add(softmax, [rows], step), [count], step, "flat")
    case .nothing, .yolo, .region: return x
    }
  }

  /// A layer with weights, what normalizes it, and its activation.
  private mutating func filtered(
    _ x: ValueID, _ filters: DarknetFilters, _ step: DarknetPlan.Step, isConnected: Bool
  ) throws(ModelLoadingError) -> ValueID {
    let shape =
      isConnected
      ? [filters.count, saturatingProduct(step.inputShapes[0])]
      : [filters.count, step.inputShapes[0][0] / filters.groups] + filters.window.kernel
    let biases = try weights.take(filters.count, of: step.name)
    var (statistics, numbers): ([Float], [Float])
    // Of connected layers the weights come before what normalizes them, of convolutions behind it.
    let statisticCount = filters.isNormalized ? 3 * filters.count : 0
    if isConnected {
      numbers = try weights.take(saturatingProduct(shape), of: step.name)
      statistics = try weights.take(statisticCount, of: step.name)
    } else {
      statistics = try weights.take(statisticCount, of: step.name)
      numbers = try weights.take(saturatingProduct(shape), of: step.name)
    }
    let weight = parameter("weight", .weight, shape, numbers, step)
    let bias = filters.isNormalized ? nil : parameter("bias", .bias, [filters.count], biases, step)
    let operation: Operation =
      isConnected
      ? .dense(Dense(weight: weight, bias: bias))
      : .convolution(Convolution(weight: weight, bias: bias, window: filters.window, groups: filters.groups))
    let source = isConnected ? try viewed(x, [shape[1]], step, "flat") : try image(x, step)
    var value = try add(operation, [source], step)
    if filters.isNormalized { value = try normalized(value, shifts: biases, statistics, step) }
    return try activated(value, filters.activation, step)
  }

  /// - Parameter statistics: scales, means and variances, one a channel each.
  private mutating func normalized(
    _ x: ValueID, shifts: [Float], _ statistics: [Float], _ step: DarknetPlan.Step
  ) throws(ModelLoadingError) -> ValueID {
    let count = shifts.count
    var (scales, offsets) = (shifts, shifts)
    for channel in 0..<count {
      let own = statistics[2 * count + channel]
      let variance = Double(own) + Self.epsilon
      guard variance > 0 else {
        throw .file(path: weights.path, reason: "a variance of \(step.name) is \(own), below 0")
      }
      let scale = Double(statistics[channel]) / variance.squareRoot()
      scales[channel] = Float(scale)
      offsets[channel] = Float(Double(shifts[channel]) - Double(statistics[count + channel]) * scale)
    }
    let scale = parameter("scale", .scale, [count], scales, step)
    let shift = parameter("shift", .shift, [count], offsets, step)
    return try add(.affine(scale: scale, shift: shift), [x], step, part: "normalized")
  }

  private mutating func activated(_ x: ValueID, _ activation: DarknetActivation, _ step: DarknetPlan.Step)
    throws(ModelLoadingError) -> ValueID
  {
    guard let (operation, multiplies) = activation.operation else { return x }
    let name = activation.rawValue
    if !multiplies { return try add(operation, [x], step, part: name) }
    let factor = try add(operation, [x], step, part: "\(name).factor")
    return try add(.binary(.multiply), [x, factor], step, part: name)
  }

  /// Joins layers, or the same group of each.
  private mutating func routed(_ inputs: [ValueID], _ groups: Int, _ group: Int, _ step: DarknetPlan.Step)
    throws(ModelLoadingError) -> ValueID
  {
    var parts: [ValueID] = []
    for (number, input) in inputs.enumerated() {
      let shape = step.inputShapes[number]
      let count = shape[0] / groups
      let whole = try viewed(input, shape, step, "view\(number)")
      parts.append(try channels(group * count..<(group + 1) * count, of: whole, step, "part\(number)"))
    }
    return parts.count == 1 ? parts[0] : try add(.concat(axis: 0), parts, step)
  }

  /// Adds layers to the one before: of those with more channels as many as that has, and nothing to its last
  /// channels where others have fewer; of larger planes one place of each square.
  private mutating func sum(_ inputs: [ValueID], _ activation: DarknetActivation, _ step: DarknetPlan.Step)
    throws(ModelLoadingError) -> ValueID
  {
    var sum = try image(inputs[0], step)
    for number in inputs.indices.dropFirst() {
      let shape = step.inputShapes[number]
      var other = try viewed(inputs[number], shape, step, "view\(number)")
      if let stride = DarknetPlan.stride(of: shape, on: step.shape), stride > 1 {
        let places = Window(kernel: [1, 1], strides: [stride, stride])
        other = try add(.maxPool(places), [other], step, part: "places\(number)")
      }
      other = try channels(0..<min(shape[0], step.shape[0]), of: other, step, "part\(number)")
      if shape[0] < step.shape[0] {
        let padding = Padding(before: [0, 0, 0], after: [step.shape[0] - shape[0], 0, 0], mode: .constant(0))
        other = try add(.pad(padding), [other], step, part: "wide\(number)")
      }
      sum = try add(.binary(.add), [sum, other], step, part: number == 1 ? "" : "sum\(number)")
    }
    return try activated(sum, activation, step)
  }

  /// Darknet's reorg. It reads a plane as if it had a stride times the rows and columns and fewer channels, takes
  /// the numbers there by their places within squares, and calls the result an image of fewer rows: not the
  /// SpaceToDepth of others, which takes them from the plane as it is.
  private mutating func reorganized(_ x: ValueID, by stride: Int, _ step: DarknetPlan.Step)
    throws(ModelLoadingError) -> ValueID
  {
    let shape = step.inputShapes[0]
    let wide = [shape[0] / (stride * stride), shape[1], stride, shape[2], stride]
    let seen = try viewed(x, wide, step, "squares")
    return try viewed(try add(.transpose([2, 4, 0, 1, 3]), [seen], step), step.shape, step, "planes")
  }
}

// MARK: - Adding to the graph

extension DarknetBuilder {
  private mutating func add(
    _ operation: Operation, _ inputs: [ValueID], _ step: DarknetPlan.Step, part: String = ""
  ) throws(ModelLoadingError) -> ValueID {
    do {
      return try graph.addNode(name: part.isEmpty ? step.name : "\(step.name).\(part)", operation, inputs: inputs)
    } catch {
      throw step.section.fault(error.sentence)
    }
  }

  private mutating func parameter(
    _ what: String, _ role: Parameter.Role, _ shape: [Int], _ numbers: [Float], _ step: DarknetPlan.Step
  ) -> ParameterID {
    graph.addParameter(name: "\(step.name).\(what)", role: role, tensor: Tensor(shape: shape, values: numbers))
  }

  /// A value under another shape; itself where it has that shape.
  private mutating func viewed(_ x: ValueID, _ shape: [Int], _ step: DarknetPlan.Step, _ part: String)
    throws(ModelLoadingError) -> ValueID
  {
    graph[x].shape == shape ? x : try add(.reshape(shape), [x], step, part: part)
  }

  /// The first value that a step reads as Darknet sees it: channels, height, width.
  private mutating func image(_ x: ValueID, _ step: DarknetPlan.Step) throws(ModelLoadingError) -> ValueID {
    try viewed(x, step.inputShapes[0], step, "view")
  }

  /// Some channels of an image; itself where they are all. A step picks from the last axis.
  private mutating func channels(_ range: Range<Int>, of x: ValueID, _ step: DarknetPlan.Step, _ part: String)
    throws(ModelLoadingError) -> ValueID
  {
    if range == 0..<graph[x].shape[0] { return x }
    let turned = try add(.transpose([1, 2, 0]), [x], step, part: "\(part).turned")
    let picked = try add(.gather(Array(range)), [turned], step, part: "\(part).picked")
    return try add(.transpose([2, 0, 1]), [picked], step, part: part)
  }
}
