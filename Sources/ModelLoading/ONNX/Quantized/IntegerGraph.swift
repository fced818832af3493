// A quantized file as a graph of integers, where it is one: values are bytes of one scale, weights int8 about 0, and
// between two roundings is one operator that has an exact meaning. Built from the graph of floats and grids that the
// file became: what makes a value that is rounded behind makes its bytes at once. Integers of weights are found again
// by their scales, and are the file's only if they give its very numbers.

import IntegerExecution
import ModelGraph
import Tensors

/// The graph of integers under construction.
struct IntegerGraph {
  /// Of floats and grids.
  let floats: Graph
  /// What constants were integers by, by the parameters' names.
  let quantized: [String: ONNXEncoding]
  /// Inputs that the file gives as integers, and outputs, with their types.
  let types: [ValueID: ElementType]
  private(set) var graph = Graph()
  /// What each value of the graph of floats became.
  private var made: [ValueID: ValueID] = [:]
  /// To what each value is rounded by all that read it, be it behind what only moves or cuts off numbers.
  private var wanted: [ValueID: IntegerEncoding] = [:]

  /// Weights of 1 that an average pool may become.
  private static let mostTaps = 1 << 16

  /// Why a file computes with floats.
  struct Reason: Error {
    let sentence: String
  }

  /// - Throws: ``Reason`` where the file is none of integers.
  static func made(
    of floats: Graph, quantized: [String: ONNXEncoding], types: [ValueID: ElementType]
  ) throws(Reason) -> Graph {
    var builder = IntegerGraph(floats: floats, quantized: quantized, types: types)
    builder.findWanted()
    for input in floats.inputs { try builder.addInput(input) }
    for node in floats.nodes { try builder.convert(node) }
    for output in floats.outputs { try builder.addOutput(output) }
    let graph = builder.graph.droppingDeadNodes().droppingUnusedParameters().keeping(floats.states)
    for (found, left) in zip(graph.foundStates, graph.leftStates) where graph[found].integers != graph[left].integers {
      throw Reason(sentence: "state \(graph[found].name) is found by another scale than it is left by")
    }
    for node in graph.nodes {
      do throws(IntegerExecutionError) { try IntegerExecutor.check(node, in: graph) } catch {
        throw Reason(sentence: error.sentence)
      }
    }
    return graph
  }

  private init(floats: Graph, quantized: [String: ONNXEncoding], types: [ValueID: ElementType]) {
    (self.floats, self.quantized, self.types) = (floats, quantized, types)
  }

  private func reason(_ node: Node, _ text: String) -> Reason {
    Reason(sentence: "node \(node.name) (\(node.operation.name)): \(text)")
  }
}

// MARK: - What is rounded to what

extension IntegerGraph {
  private mutating func findWanted() {
    var readers: [ValueID: [Node]] = [:]
    for node in floats.nodes { for input in node.inputs { readers[input, default: []].append(node) } }
    let outputs = Set(floats.outputs)
    for node in floats.nodes.reversed() {
      let value = node.output
      guard !outputs.contains(value), let readers = readers[value] else { continue }
      let found = readers.map { reader in
        if let grid = floats[reader.output].grid { return IntegerEncoding(grid) }
        return reader.operation.passesRounding ? wanted[reader.output] : nil
      }
      if let first = found[0], found.allSatisfy({ $0 == first }) { wanted[value] = first }
    }
  }
}

extension IntegerEncoding {
  /// Of int8; nil where the grid is not of 256 numbers that are known.
  fileprivate init?(_ grid: NumberGrid) {
    guard case .fixed(let scale, let zeroPoint, let low, let high) = grid, high - low == 255, low == 0 || low == -128
    else { return nil }
    self.init(.int8, scales: [scale], zeroPoints: [zeroPoint - low - 128], rounding: .once)
  }

  /// Whether int8 stands for the same numbers, however they were rounded.
  fileprivate func isSame(as other: IntegerEncoding) -> Bool {
    element == other.element && scales == other.scales && zeroPoints == other.zeroPoints
  }

  /// The same numbers as bytes of uint8.
  fileprivate var ofUInt8: IntegerEncoding {
    IntegerEncoding(.uint8, scales: scales, zeroPoints: zeroPoints.map { $0 + 128 }, rounding: rounding)
  }
}

extension Operation {
  /// Whether numbers may as well be rounded before it as behind it.
  fileprivate var passesRounding: Bool { isCut || movesBytes }

  fileprivate var isCut: Bool {
    guard case .activation(let function) = self else { return false }
    switch function {
    case .relu, .clip: return true
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: return false
    }
  }

  /// Whether its results are some of its input's bytes.
  fileprivate var movesBytes: Bool {
    switch exactForm {
    case .same?, .transpose?, .gather?, .slide?, .maxPool?, .concat?: true
    case .filters?, .function?, .prelu?, .softmax?, .logSoftmax?, .argMax?, .averagePool?, .mean?, .binary?, .constant?,
      .pad?, .resize?, .lstm?, .requantize?, nil:
      false
    }
  }

  /// Whether its results stand for what its input's bytes do.
  fileprivate var keepsEncoding: Bool {
    switch exactForm {
    case .averagePool?, .pad?, .resize?: true
    case .filters?, .function?, .prelu?, .softmax?, .logSoftmax?, .argMax?, .maxPool?, .mean?, .binary?, .constant?,
      .concat?, .transpose?, .gather?, .slide?, .lstm?, .same?, .requantize?, nil:
      movesBytes
    }
  }
}

// MARK: - Values

extension IntegerGraph {
  private func encoding(of id: ValueID) -> IntegerEncoding? { graph[id].integers }

  private mutating func addInput(_ id: ValueID) throws(Reason) {
    let value = floats[id]
    var input = graph.addInput(name: value.name, shape: value.shape)
    if types[id] != nil {
      // Integers from the start, of the one encoding that all its readers take them by.
      let readers = floats.nodes.filter { $0.inputs.contains(id) }
      let encodings = readers.map { floats[$0.output].grid.flatMap(IntegerEncoding.init) }
      guard let first = encodings.first, let encoding = first, encodings.allSatisfy({ $0 == encoding }) else {
        throw Reason(sentence: "input \(value.name) stands for numbers of several scales")
      }
      let isUInt8 = types[id] == .uint8
      graph.encode(input, as: isUInt8 ? encoding.ofUInt8 : encoding)
      if isUInt8 { input = try requantized(input, encoding, name: "\(value.name).int8") }
    }
    made[id] = input
  }

  private mutating func addOutput(_ id: ValueID) throws(Reason) {
    let name = floats[id].name
    guard var value = made[id], let own = encoding(of: value) else {
      throw Reason(sentence: "output \(name) is not rounded")
    }
    switch own == .places ? nil : types[id] {
    case .int8?: if graph.inputs.contains(value) || graph.outputs.contains(value) { value = try copied(value, name) }
    case .uint8?: value = try requantized(value, own.ofUInt8, name: "\(name).uint8")
    default: if own != .places { value = try requantized(value, nil, name: "\(name).float") }
    }
    graph.rename(value, to: name)
    graph.addOutput(value)
  }

  private mutating func copied(_ id: ValueID, _ name: String) throws(Reason) -> ValueID {
    let copy = try add(.reshape(graph[id].shape), [id], name: "\(name).copy")
    graph.encode(copy, as: graph[id].integers)
    return copy
  }

  private mutating func requantized(_ id: ValueID, _ encoding: IntegerEncoding?, name: String)
    throws(Reason) -> ValueID
  {
    let value = try add(.requantize, [id], name: name)
    graph.encode(value, as: encoding)
    return value
  }

  private mutating func add(_ operation: Operation, _ inputs: [ValueID], name: String) throws(Reason) -> ValueID {
    var unique = name
    while graph.nodes.contains(where: { $0.name == unique }) { unique += "_" }
    do throws(GraphError) { return try graph.addNode(name: unique, operation, inputs: inputs) } catch {
      throw Reason(sentence: error.sentence)
    }
  }
}

// MARK: - Nodes

extension IntegerGraph {
  private mutating func convert(_ node: Node) throws(Reason) {
    var inputs: [ValueID] = []
    for id in node.inputs {
      guard let input = made[id] else { throw reason(node, "an input is missing") }
      inputs.append(input)
    }
    if node.operation == .requantize {
      try round(node, inputs[0])
      return
    }
    if case .averagePool(let window)? = node.operation.exactForm, let target = wanted[node.output],
      let own = self.encoding(of: inputs[0]), !own.isSame(as: target)
    {
      try average(node, inputs[0], window, to: target)
      return
    }
    let encoding = try encoding(behind: node, &inputs)
    let value = try add(try operation(of: node, inputs, encoding), inputs, name: node.name)
    graph.rename(value, to: floats[node.output].name)
    graph.encode(value, as: encoding)
    made[node.output] = value
  }

  /// Bytes that are rounded already stay what they are.
  private mutating func round(_ node: Node, _ input: ValueID) throws(Reason) {
    guard let grid = floats[node.output].grid, let encoding = IntegerEncoding(grid) else {
      throw reason(node, "it rounds to other integers than 8 bits of one scale")
    }
    made[node.output] =
      self.encoding(of: input)?.isSame(as: encoding) == true ? input : try requantized(input, encoding, name: node.name)
  }

  /// An average pool to another scale, which is a convolution of each channel by weights of 1: the sum is rounded once.
  private mutating func average(_ node: Node, _ input: ValueID, _ window: Window, to target: IntegerEncoding)
    throws(Reason)
  {
    let (channels, taps) = (graph[input].shape[0], window.kernel.elementCount)
    let shape = [channels, 1] + window.kernel
    let encoding = IntegerEncoding(.int8, scales: [1 / Float(taps)], zeroPoints: [0], rounding: .once)
    guard window.isUnpadded, !window.ceilMode, channels * taps <= Self.mostTaps,
      let ones = IntegerTensor(
        shape: shape, integers: [Int32](repeating: 1, count: channels * taps), encoding: encoding)
    else { throw reason(node, "means at a border are of fewer numbers, and are rounded to another scale") }
    let weight = graph.addParameter(Parameter(name: "\(node.name).taps", role: .weight, integers: ones))
    let value = try add(
      .convolution(Convolution(weight: weight, bias: nil, window: window, groups: channels)), [input], name: node.name)
    graph.rename(value, to: floats[node.output].name)
    graph.encode(value, as: target)
    made[node.output] = value
  }

  /// What a node's results stand for; inputs that must have its encoding are given it.
  private mutating func encoding(behind node: Node, _ inputs: inout [ValueID]) throws(Reason) -> IntegerEncoding? {
    let (own, wanted) = (inputs.first.flatMap(encoding(of:)), wanted[node.output])
    switch node.operation.exactForm {
    // TensorFlow Lite Micro's: no other is computed on bytes.
    case .softmax?: return IntegerEncoding(.int8, scales: [1 / 256], zeroPoints: [-128])
    case .logSoftmax?: return IntegerEncoding(.int8, scales: [1 / 16], zeroPoints: [127])
    case .argMax?: return .places
    case .lstm?: throw reason(node, "it is of integers already")
    case .constant(let id)?:
      guard let known = quantized[floats[id].name], let grid = known.grid, let encoding = IntegerEncoding(grid) else {
        throw reason(node, "its constant is not of 8 bits with one scale")
      }
      return encoding
    case .concat?, .slide?:
      guard let target = wanted ?? own else { throw reason(node, "what it joins is not rounded") }
      for place in inputs.indices where encoding(of: inputs[place])?.isSame(as: target) != true {
        inputs[place] = try requantized(inputs[place], target, name: "\(node.name).input")
      }
      return target
    case .filters?, .function?, .prelu?, .maxPool?, .averagePool?, .mean?, .binary?, .pad?, .resize?, .transpose?,
      .gather?, .same?, .requantize?, nil:
      break
    }
    if node.operation.keepsEncoding { return own }
    if node.operation.isCut {
      if let own { return own }
      // What is cut off of floats may as well be rounded before.
      guard let wanted else { throw reason(node, "its results are not rounded, or not all alike") }
      inputs[0] = try requantized(inputs[0], wanted, name: "\(node.name).input")
      return wanted
    }
    if case .binary(let kind) = node.operation, kind == .maximum || kind == .minimum {
      // Bytes are compared as they are, so both must stand for the same.
      guard let target = wanted ?? own else { throw reason(node, "its results are not rounded") }
      for place in inputs.indices where encoding(of: inputs[place])?.isSame(as: target) != true {
        inputs[place] = try requantized(inputs[place], target, name: "\(node.name).input")
      }
      return target
    }
    guard let wanted else { throw reason(node, "its results are not rounded, or not all alike") }
    return wanted
  }

  /// The operation over parameters of integers.
  private mutating func operation(of node: Node, _ inputs: [ValueID], _ encoding: IntegerEncoding?)
    throws(Reason) -> Operation
  {
    var operation = node.operation
    if let layer = operation.layer {
      let weights = try integerWeights(layer.weight, node)
      let weight = graph.addParameter(Parameter(name: floats[layer.weight].name, role: .weight, integers: weights))
      operation.layer?.weight = weight
      if let bias = layer.bias {
        guard let x = self.encoding(of: inputs[0]) else { throw reason(node, "its input is not rounded") }
        let sums = try integerBiases(bias, x.scales[0], weights, node)
        let id = graph.addParameter(Parameter(name: floats[bias].name, role: .bias, integers: sums))
        operation.layer?.bias = id
      }
      return operation
    }
    var replaced: [ParameterID: ParameterID] = [:]
    for id in operation.parameterIDs {
      guard let known = quantized[floats[id].name], let grid = known.grid,
        let own = IntegerEncoding(grid), let tensor = integers(of: floats[id].tensor, own)
      else { throw reason(node, "its constant \(floats[id].name) is not of 8 bits with one scale") }
      replaced[id] = graph.addParameter(
        Parameter(name: floats[id].name, role: floats[id].role, integers: tensor))
    }
    return operation.replacingParameters { replaced[$0] ?? $0 }
  }
}

// MARK: - Integers of constants

extension IntegerGraph {
  private func integers(of tensor: Tensor, _ encoding: IntegerEncoding) -> IntegerTensor? {
    let zero = encoding.zeroPoints[0]
    guard let whole = Self.steps(tensor.values, encoding.scales[0], within: Float(-128 - zero)...Float(127 - zero)) else {
      return nil
    }
    return IntegerTensor(shape: tensor.shape, integers: whole.map { $0 + zero }, encoding: encoding)
  }

  /// Numbers in steps of a scale; nil where these are no whole steps in a range.
  private static func steps(_ numbers: some Sequence<Float>, _ scale: Float, within range: ClosedRange<Float>) -> [Int32]? {
    var steps: [Int32] = []
    for number in numbers {
      let step = (number / scale).rounded()
      guard range.contains(step), step * scale == number else { return nil }
      steps.append(Int32(step))
    }
    return steps
  }

  /// Rows of int8 about 0, by one scale or one a row: rows of the file may be several here, one after the other or
  /// in turn.
  private func integerWeights(_ id: ParameterID, _ node: Node) throws(Reason) -> IntegerTensor {
    let parameter = floats[id]
    guard let scales = quantized[parameter.name]?.scales else {
      throw reason(node, "its weights \(parameter.name) are not quantized")
    }
    let (rows, values) = (parameter.tensor.shape[0], parameter.tensor.values)
    let columns = values.count / max(rows, 1)
    let orders: [(Int) -> Int] =
      scales.count == 1 ? [{ _ in 0 }] : [{ $0 * scales.count / max(rows, 1) }, { $0 % scales.count }]
    for order in orders where rows % scales.count == 0 {
      var integers: [Int32] = []
      for row in 0..<rows {
        guard
          let steps = Self.steps(
            values[row * columns..<(row + 1) * columns], scales[order(row)], within: -128...127)
        else { break }
        integers += steps
      }
      let own = scales.count == 1 ? scales : (0..<rows).map { scales[order($0)] }
      let encoding = IntegerEncoding(
        .int8, scales: own, zeroPoints: own.map { _ in 0 }, axis: own.count == 1 ? nil : 0, rounding: .once)
      if integers.count == values.count,
        let tensor = IntegerTensor(shape: parameter.tensor.shape, integers: integers, encoding: encoding)
      {
        return tensor
      }
    }
    throw reason(node, "its weights \(parameter.name) are no int8 about 0 with one scale or one a row")
  }

  /// One int32 a row, of the scale of sums: the nearest.
  private func integerBiases(_ id: ParameterID, _ x: Float, _ weights: IntegerTensor, _ node: Node)
    throws(Reason) -> IntegerTensor
  {
    let parameter = floats[id]
    let scales = weights.encoding.scales.map { max($0 * x, Float.leastNonzeroMagnitude) }
    var integers: [Int32] = []
    for (row, number) in parameter.tensor.values.enumerated() {
      let step = (Double(number) / Double(scales[scales.count == 1 ? 0 : row])).rounded()
      guard let whole = Int32(exactly: step) else {
        throw reason(node, "its bias \(number) is beyond 32 bits in steps of its sums")
      }
      integers.append(whole)
    }
    let encoding = IntegerEncoding(
      .int32, scales: scales, zeroPoints: scales.map { _ in 0 }, axis: scales.count == 1 ? nil : 0, rounding: .once)
    guard let tensor = IntegerTensor(shape: parameter.tensor.shape, integers: integers, encoding: encoding) else {
      throw reason(node, "its biases \(parameter.name) are not one a row")
    }
    return tensor
  }
}
