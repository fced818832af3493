// Each exact form as the operator of TensorFlow Lite that computes it.

import IntegerExecution
import ModelGraph
import Tensors

extension TFLiteWriter {
  /// Adds what a node computes.
  mutating func write(_ node: Node) throws(ModelWritingError) {
    guard let form = node.operation.exactForm else {
      throw .unsupported(node: node.name, reason: "\(node.operation.name) is no operator of TensorFlow Lite on bytes")
    }
    switch form {
    case .filters: try writeFilters(node)
    case .function(let function): try write(function, node)
    case .prelu(let slope): writePRelu(slope, node)
    case .softmax(let axis, let beta):
      writeSoftmax(.softmax, axis, TFLiteOptionFields(type: 9, fields: [0: .number(beta)]), node)
    case .logSoftmax(let axis): writeSoftmax(.logSoftmax, axis, TFLiteOptionFields(), node)
    case .argMax(let axis, let ofLeast): writeArgMax(axis, ofLeast: ofLeast, node)
    case .maxPool(let window): try writePool(.maxPool2D, window, node)
    case .averagePool(let window): try writePool(.averagePool2D, window, node)
    case .mean: try writeMean(node)
    case .binary(let operation): try write(operation, node)
    case .constant: break
    case .concat(let axis): writeConcat(axis, node)
    case .pad(let padding): try write(padding, node)
    case .resize(let resize): try write(resize, node)
    case .transpose(let axes): writeTranspose(axes, node)
    case .slide(let axis): writeSlide(axis, node)
    case .lstm: throw .unsupported(node: node.name, reason: "an LSTM of integers is read, and not written")
    case .gather(let places): writeGather(places, node)
    case .same: writeReshape(node)
    case .requantize: writeRequantize(node)
    }
  }

  /// The function that one operator computes with another, where a node alone reads what another makes.
  ///
  /// - Returns: its number, and the value that it makes; 0 and the node's own where there is none.
  mutating func fusing(_ node: Node) -> (function: Int8, result: ValueID) {
    guard graph.readerCount(of: node.output) == 1,
      let reader = graph.nodes.first(where: { $0.inputs == [node.output] }),
      case .function(let function)? = reader.operation.exactForm,
      graph[reader.output].integers == graph[node.output].integers, let number = function.fusedNumber
    else { return (0, node.output) }
    fused.insert(reader.output)
    return (number, reader.output)
  }
}

extension Activation {
  /// As what it is fused in the schema; nil: it is not.
  fileprivate var fusedNumber: Int8? {
    switch self {
    case .relu: 1
    case .clip(-1, 1): 2
    case .clip(0, 6): 3
    case .clip, .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: nil
    }
  }
}

// MARK: - Functions

extension TFLiteWriter {
  private mutating func write(_ function: Activation, _ node: Node) throws(ModelWritingError) {
    switch function {
    case .relu: addUnary(.relu, version: 2, node)
    case .clip(0, 6): addUnary(.relu6, version: 2, node)
    case .clip(let low, let high): writeClip(low, high, node)
    case .leakyRelu(let alpha):
      addUnary(.leakyRelu, version: 2, node, TFLiteOptionFields(type: 75, fields: [0: .number(alpha)]))
    case .sigmoid: addUnary(.logistic, version: 2, node)
    case .tanh: addUnary(.tanh, version: 2, node)
    case .hardSwish: addUnary(.hardSwish, node)
    case .elu: addUnary(.elu, node)
    case .hardSigmoid: throw .unsupported(node: node.name, reason: "hard-sigmoid is no operator of TensorFlow Lite")
    }
  }

  /// An operator of each element.
  private mutating func addUnary(
    _ builtin: TFLiteBuiltin, version: Int = 1, _ node: Node, _ options: TFLiteOptionFields = TFLiteOptionFields()
  ) {
    let order = order(of: node.inputs[0])
    let x = arranged(node.inputs[0], order)
    file.add(builtin, version: version, [x], [output(node.output, order: order)], options)
  }

  /// Bytes cut off at those of two numbers: the larger of them and one byte, then the smaller.
  private mutating func writeClip(_ low: Float, _ high: Float, _ node: Node) {
    let (order, encoding) = (order(of: node.inputs[0]), graph[node.output].integers)
    var x = arranged(node.inputs[0], order)
    let ends = [(TFLiteBuiltin.maximum, low), (.minimum, high)].filter { $0.1.isFinite }
    for (number, (builtin, end)) in ends.enumerated() {
      let data = [UInt8(bitPattern: encoding?.byte(nearest: end) ?? 0)]
      let bound = file.tensor("\(node.name)/end", [1], TFLiteContent(encoding, data: data))
      let isLast = number == ends.count - 1
      let y = isLast ? output(node.output, order: order)
        : file.tensor("\(node.name)/cut", [1] + order.map { graph[node.output].shape[$0] }, content(of: node.output))
      file.add(builtin, version: 2, [x, bound], [y], TFLiteOptionFields(type: 39))
      x = y
    }
    if ends.isEmpty { store(node.output, x, order: order) }
  }

  private mutating func writePRelu(_ slope: ParameterID, _ node: Node) {
    let (order, shape) = (order(of: node.inputs[0]), graph[node.inputs[0]].shape)
    let own = graph[slope].tensor.shape
    let widened = [Int](repeating: 1, count: max(shape.count - own.count, 0)) + own
    let slopes = constant(slope, widened, order, graph[slope].name)
    file.add(.prelu, [arranged(node.inputs[0], order), slopes], [output(node.output, order: order)])
  }

  /// Over the file's last axis.
  private mutating func writeSoftmax(_ builtin: TFLiteBuiltin, _ axis: Int, _ options: TFLiteOptionFields, _ node: Node) {
    let order = order(of: node.inputs[0]).filter { $0 != axis } + [axis]
    file.add(builtin, version: 2, [arranged(node.inputs[0], order)], [output(node.output, order: order)], options)
  }

  private mutating func writeRequantize(_ node: Node) {
    let (x, y) = (graph[node.inputs[0]].integers, graph[node.output].integers)
    switch (x, y) {
    case (_?, nil): addUnary(.dequantize, version: 2, node)
    case (nil, nil):
      let order = order(of: node.inputs[0])
      store(node.output, arranged(node.inputs[0], order), order: order)
    case (_, _?): addUnary(.quantize, version: x == nil ? 1 : 2, node)
    }
  }
}

// MARK: - Two operands

extension TFLiteWriter {
  /// Both in the order of the one that has all axes.
  private mutating func write(_ operation: BinaryOperator, _ node: Node) throws(ModelWritingError) {
    let rank = graph[node.output].shape.count
    let whole = node.inputs.filter { graph[$0].shape.count == rank }
    guard let first = whole.first(where: { !isConstant($0) }) ?? whole.first else { return }
    let order = order(of: first)
    let operands = node.inputs.map { widened($0, rank: rank, order) }
    let (builtin, version, type): (TFLiteBuiltin, Int, UInt8)
    switch operation {
    case .add: (builtin, version, type) = (.add, 2, 11)
    case .subtract: (builtin, version, type) = (.sub, 2, 28)
    case .multiply: (builtin, version, type) = (.mul, 2, 21)
    case .maximum: (builtin, version, type) = (.maximum, 2, 39)
    case .minimum: (builtin, version, type) = (.minimum, 2, 39)
    case .divide: throw .unsupported(node: node.name, reason: "bytes are not divided in TensorFlow Lite")
    }
    var options = TFLiteOptionFields(type: type)
    var result = node.output
    if type != 39 {
      let function: Int8
      (function, result) = fusing(node)
      options.fields = [0: .number(function)]
    }
    file.add(builtin, version: version, operands, [output(result, order: order)], options)
  }

  /// An operand with axes of size 1 in front, in an order of all.
  private mutating func widened(_ value: ValueID, rank: Int, _ order: [Int]) -> Int {
    let shape = graph[value].shape
    let more = rank - shape.count
    guard more > 0 else { return arranged(value, order) }
    let wide = [Int](repeating: 1, count: more) + shape
    if case .constant(let id)? = graph.producer(of: value)?.operation.exactForm {
      return constant(id, wide, order, "\(graph[value].name)/constant")
    }
    let own = self.order(of: value)
    let seen = Array(0..<more) + own.map { $0 + more }
    let name = "\(graph[value].name)/widened"
    let tensor = reshaped(arranged(value, own), to: [1] + seen.map { wide[$0] }, name, content(of: value))
    return arranged(Stored(tensor: tensor, order: seen), wide, order, name, content(of: value))
  }

  private mutating func writeConcat(_ axis: Int, _ node: Node) {
    let order = order(of: node.inputs.first { !isConstant($0) } ?? node.inputs[0])
    let parts = node.inputs.map { arranged($0, order) }
    let place = (order.firstIndex(of: axis) ?? 0) + 1
    file.add(
      .concatenation, version: 2, parts, [output(node.output, order: order)],
      TFLiteOptionFields(type: 10, fields: [0: .number(Int32(place)), 1: .number(Int8(0))]))
  }
}

// MARK: - Moving

extension TFLiteWriter {
  /// Nothing is moved: axes are called otherwise.
  private mutating func writeTranspose(_ axes: [Int], _ node: Node) {
    let own = order(of: node.inputs[0])
    store(node.output, arranged(node.inputs[0], own), order: own.map { axes.firstIndex(of: $0) ?? 0 })
  }

  private mutating func writeReshape(_ node: Node) {
    let (input, output) = (node.inputs[0], node.output)
    let own = order(of: input)
    let isRow = graph[output].shape.count == 1 && !graph.outputs.contains(output)
    let readers = graph.nodes.filter { $0.inputs.contains(output) }
    let areDense = readers.allSatisfy { $0.operation.layer.map { $0.window == nil } ?? false }
    let places = transposed(graph[input].shape, own)
    if isRow, areDense, !isConstant(input), places != Array(places.indices) { columns[output] = places }
    let tensor = arranged(input, columns[output] == nil ? plain(input) : own)
    let shape = [1] + graph[output].shape
    let result = file.shapes[tensor] == shape ? tensor : reshaped(tensor, to: shape, graph[output].name, content(of: output))
    store(output, result, order: plain(output))
  }

  /// The end of both, one behind the other.
  private mutating func writeSlide(_ axis: Int, _ node: Node) {
    let (window, new) = (graph[node.output].shape, graph[node.inputs[1]].shape[axis])
    let order = order(of: node.inputs.first { !isConstant($0) } ?? node.inputs[0])
    let place = (order.firstIndex(of: axis) ?? 0) + 1
    var shape = [1] + order.map { window[$0] }
    shape[place] += new
    let joined = file.tensor("\(node.name)/joined", shape, content(of: node.output))
    file.add(
      .concatenation, version: 2, node.inputs.map { arranged($0, order) }, [joined],
      TFLiteOptionFields(type: 10, fields: [0: .number(Int32(place)), 1: .number(Int8(0))]))
    gather(joined, Array(new..<new + window[axis]), axis: place, output(node.output, order: order), node)
  }

  private mutating func writeGather(_ places: [Int], _ node: Node) {
    let order = order(of: node.inputs[0])
    let axis = (order.firstIndex(of: graph[node.inputs[0]].shape.count - 1) ?? 0) + 1
    let x = arranged(node.inputs[0], order)
    gather(x, places, axis: axis, output(node.output, order: order), node)
  }

  /// What lies at these places of an axis of the file.
  mutating func gather(_ x: Int, _ places: [Int], axis: Int, _ y: Int, _ node: Node) {
    file.add(
      .gather, version: 2, [x, file.integers(places, "\(node.name)/places")], [y],
      TFLiteOptionFields(type: 23, fields: [0: .number(Int32(axis)), 1: .number(Int32(0))]))
  }

  private mutating func writeArgMax(_ axis: Int, ofLeast: Bool, _ node: Node) {
    let (order, shape) = (order(of: node.inputs[0]), graph[node.output].shape)
    let place = (order.firstIndex(of: axis) ?? 0) + 1
    let rest = [1] + order.filter { $0 != axis }.map { shape[$0] }
    let found = file.tensor("\(node.name)/found", rest, content(of: node.output))
    file.add(
      ofLeast ? .argMin : .argMax, version: 2,
      [arranged(node.inputs[0], order), file.integers([place], "\(node.name)/axis", shape: [])], [found],
      TFLiteOptionFields(type: ofLeast ? 57 : 40, fields: [0: .number(TFLiteElement.int32.rawValue)]))
    let whole = [1] + order.map { shape[$0] }
    store(node.output, reshaped(found, to: whole, graph[node.output].name, content(of: node.output)), order: order)
  }
}
