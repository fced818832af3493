// From a .tflite file's values to a graph over single samples. In a file that computes with floats 8-bit
// weights are taken for the numbers that they stand for; one that computes with 8-bit integers becomes a graph
// of integers (`TFLiteBuilder+Exact`).
//
// One call of a file is one sample: the first axis, of size 1, is the batch, and the graph has none. The
// file's planes are channels-last and the graph's channels-first, so of every value is known which axis of
// the file each of its axes is (`TFLiteLayout`). Operators that do not care leave the order as it is, a
// TRANSPOSE of the file only renames axes, and an axis of size 1 is nowhere: a step is added only where
// numbers have to move. That is at inputs and outputs, which have the file's order.

import ModelGraph
import Tensors

/// Reads .tflite files.
package enum TFLiteImporter {
  /// Whether bytes begin as a .tflite file does.
  static func matches(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 8 && bytes[4..<8].elementsEqual("TFL3".utf8)
  }

  /// The network in the bytes of a .tflite file.
  ///
  /// - Parameter axes: of which states and numbers count.
  package static func model(bytes: [UInt8], axes: ModelAxes = [:]) throws(ModelLoadingError) -> LoadedModel {
    let model = try TFLiteModel(bytes: bytes)
    var builder = TFLiteBuilder(model)
    let states = try StatePairs(
      axes.states, inputs: model.inputs.map { .init(name: builder.name(of: $0), sizes: model.tensors[$0].shape) },
      outputs: model.outputs.map { .init(name: builder.name(of: $0), sizes: model.tensors[$0].shape) })
    try checkNumbers(axes.numbers, builder)
    for input in model.inputs {
      if let number = axes.numbers[builder.name(of: input)] {
        try builder.setInput(input, to: number)
      } else {
        builder.addInput(input)
      }
    }
    for call in model.operators { builder.convert(call) }
    if let error = builder.needs.error { throw error }
    let left = Set(states.pairs.map(\.output))
    for output in model.outputs where !left.contains(builder.name(of: output)) { try builder.addOutput(output) }
    for pair in states.pairs { try builder.carry(pair) }
    try builder.carryVariables()
    builder.graph.addRemarks(states.remarks)
    return try loaded(builder)
  }

  /// Refuses numbers for inputs that are not there, or for all of them.
  private static func checkNumbers(_ numbers: [String: Float], _ builder: TFLiteBuilder) throws(ModelLoadingError) {
    let names = builder.model.inputs.map { builder.name(of: $0) }
    if let name = numbers.keys.sorted().first(where: { !names.contains($0) }) {
      throw .input(name: name, reason: "there is no such input to set: there are \(names.joined(separator: ", "))")
    }
    guard names.contains(where: { numbers[$0] == nil }) else { throw .model(reason: "no output depends on an input") }
  }

  private static func loaded(_ builder: TFLiteBuilder) throws(ModelLoadingError) -> LoadedModel {
    let graph = builder.graph.droppingDeadNodes().slidingWindows().droppingDeadNodes().droppingUnusedParameters()
    do {
      try graph.verify()
    } catch {
      throw .model(reason: error.sentence)
    }
    let model = builder.model
    let isFree = model.inputs.contains { model.tensors[$0].hasFreeBatch }
    return LoadedModel(
      graph: graph, inputNames: graph.inputs.map { graph[$0].name },
      outputNames: graph.outputs.map { graph[$0].name }, opset: nil, producer: model.description,
      fixedBatch: isFree ? nil : 1, batchlessOutputs: builder.batchlessOutputs)
  }
}

// MARK: - Inputs and outputs

extension TFLiteBuilder {
  mutating func addInput(_ tensor: Int) {
    let shape = model.tensors[tensor].shape
    let layout = TFLiteLayout.plain(shape)
    let name = uniqueName(name(of: tensor), among: &valueNames)
    let (element, integers) = (model.tensors[tensor].element, byteEncoding(ofTensor: tensor))
    guard element == .float32 || isExact && integers != nil || numericInputs.contains(tensor) else {
      let taken = isExact ? "float or bytes with one scale" : "float"
      needs.add(.input(name: name, reason: "it holds \(element.name), not \(taken)"))
      values[tensor] = .unread
      return
    }
    let id = graph.addInput(name: name, shape: layout.map { shape[$0] })
    graph.encode(id, as: isExact ? integers : nil)
    values[tensor] = .computed(TFLiteValue(id: id, axes: layout.filter { shape[$0] > 1 }, shape: shape))
  }

  mutating func addOutput(_ tensor: Int) throws(ModelLoadingError) {
    let (shape, name) = (model.tensors[tensor].shape, name(of: tensor))
    let node = TFLiteNode(name: name, operator: "output")
    guard case .computed(let value)? = values[tensor] else {
      throw .output(name: name, reason: "it is the same for every input")
    }
    let layout = TFLiteLayout.plain(shape)
    var id = try arranged(value, layout, node)
    // A value that is an input or another output is given another name, so it is another value.
    if graph.inputs.contains(id) || graph.outputs.contains(id) {
      id = try add(.reshape(graph[id].shape), [id], node, part: "copy")
    }
    if layout.count == shape.count { batchlessOutputs.insert(graph.outputs.count) }
    graph.rename(id, to: uniqueName(name, among: &valueNames))
    graph.addOutput(id)
  }

  /// An input that is one number throughout.
  mutating func setInput(_ tensor: Int, to number: Float) throws(ModelLoadingError) {
    let (own, name) = (model.tensors[tensor], name(of: tensor))
    try reserve(own.count, TFLiteNode(name: name, operator: "input"))
    let content: Literal.Content
    switch own.element {
    case .float32: content = .floats(Array(repeating: number, count: own.count))
    case .int32, .int64, .bool:
      guard let whole = Int(exactly: number) else {
        throw .input(name: name, reason: "it is set to \(number), which is not an integer")
      }
      content = .sizes(Array(repeating: .known(whole), count: own.count))
    default: throw .input(name: name, reason: "it holds \(own.element.name), and --set takes inputs of float or int32")
    }
    values[tensor] = .known(Literal(name: name + "#\(tensor)", shape: own.shape, content: content))
  }

  /// Makes an input what an output of the frame before has left.
  mutating func carry(_ pair: StatePairs.Pair) throws(ModelLoadingError) {
    guard let input = model.inputs.first(where: { name(of: $0) == pair.input }),
      let output = model.outputs.first(where: { name(of: $0) == pair.output }),
      case .computed(let found)? = values[input], case .computed(let left)? = values[output]
    else { throw .output(name: pair.output, reason: "it is the same for every input, and so is no state") }
    let node = TFLiteNode(name: pair.output, operator: "output")
    guard left.shape == found.shape, model.tensors[input].element == model.tensors[output].element else {
      throw .output(name: pair.output, reason: "it is \(left.shape), and \(pair.input), which it is to be, \(found.shape)")
    }
    var id = try arranged(left, TFLiteLayout.plain(left.shape), node)
    if graph.inputs.contains(id) { id = try add(.reshape(graph[id].shape), [id], node, part: "copy") }
    graph.carry(found.id, from: id, GraphState(name: pair.input))
  }

  func name(of tensor: Int) -> String {
    let name = model.tensors[tensor].name
    return name.isEmpty ? "tensor_\(tensor)" : name
  }
}
