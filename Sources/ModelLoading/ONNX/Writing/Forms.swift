// The forms of operations that take more than a line: what each is in ONNX, for samples along a first axis.

import ModelGraph
import Tensors

extension ONNXWriter {
  /// The first input of a node, with its axis of samples.
  mutating func input(_ node: Node) -> String { batched(node.inputs[0]) }

  /// The node of the file that gives what the graph's node gives, read from its one input unless others are said.
  mutating func add(
    _ type: String, _ inputs: [String]? = nil, of node: Node, ints: [String: [Int]] = [:], integer: [String: Int] = [:],
    float: [String: Float] = [:], text: [String: String] = [:]
  ) {
    let inputs = inputs ?? [input(node)]
    add(
      type, inputs, node: node.name, output: name(node.output), ints: ints.mapValues { $0.map(Int64.init) },
      integer: integer.mapValues(Int64.init), float: float, text: text)
  }

  /// How many axes a sample of a value has.
  private func rank(_ value: ValueID) -> Int { graph[value].shape.count }

  mutating func scalar(_ value: Float, _ name: String) -> String {
    tensor(Tensor(shape: [], values: [value]), name)
  }
}

// MARK: - Layers

extension ONNXWriter {
  mutating func write(_ convolution: Convolution, _ node: Node) {
    let window = convolution.window
    add(
      "Conv", [input(node), parameter(convolution.weight)] + (convolution.bias.map { [parameter($0)] } ?? []), of: node,
      ints: [
        "kernel_shape": window.kernel, "strides": window.strides, "dilations": window.dilations,
        "pads": window.padBefore + window.padAfter,
      ], integer: ["group": convolution.groups])
  }

  /// Of samples that are rows a product as it is, else one with the transposed matrix.
  mutating func write(_ dense: Dense, _ node: Node) {
    let bias = dense.bias.map { parameter($0) }
    guard rank(node.inputs[0]) != 1 else {
      let weight = parameter(dense.weight)
      return add("Gemm", [input(node), weight] + (bias.map { [$0] } ?? []), of: node, integer: ["transB": 1])
    }
    let weight = graph[dense.weight]
    let factor = tensor(weight.tensor.transposed, weight.name)
    guard let bias else { return add("MatMul", [input(node), factor], of: node) }
    let product = add("MatMul", [input(node), factor], node: "\(node.name)/product")
    add("Add", [product, bias], of: node)
  }

  mutating func writeAffine(_ scale: ParameterID, _ shift: ParameterID, _ node: Node) {
    // One number a channel, which is the first axis of a sample.
    let shape = { (id: ParameterID, graph: Graph) in
      Tensor(shape: [graph[id].tensor.count] + graph[node.output].shape.dropFirst().map { _ in 1 }, values: graph[id].tensor.values)
    }
    let factors = tensor(shape(scale, graph), graph[scale].name)
    let summands = tensor(shape(shift, graph), graph[shift].name)
    let product = add("Mul", [input(node), factors], node: "\(node.name)/scaled")
    add("Add", [product, summands], of: node)
  }
}

// MARK: - Elementwise

extension ONNXWriter {
  mutating func write(_ function: Activation, _ node: Node) {
    switch function {
    case .relu: add("Relu", of: node)
    case .leakyRelu(let alpha): add("LeakyRelu", of: node, float: ["alpha": alpha])
    case .clip(let low, let high):
      // A bound that is none is left out.
      let bounds = [
        low.isFinite ? scalar(low, "\(node.name)/low") : "", high.isFinite ? scalar(high, "\(node.name)/high") : "",
      ]
      add("Clip", [input(node)] + (bounds[1].isEmpty ? bounds.dropLast() : bounds), of: node)
    case .sigmoid: add("Sigmoid", of: node)
    case .tanh: add("Tanh", of: node)
    case .hardSigmoid(let alpha, let beta): add("HardSigmoid", of: node, float: ["alpha": alpha, "beta": beta])
    case .hardSwish: add("HardSwish", of: node)
    case .elu(let alpha): add("Elu", of: node, float: ["alpha": alpha])
    }
  }

  mutating func write(_ function: MathFunction, _ node: Node) {
    switch function.kind {
    case .absolute: add("Abs", of: node)
    case .exponential: add("Exp", of: node)
    case .logarithm: add("Log", of: node)
    case .squareRoot: add("Sqrt", of: node)
    case .reciprocal: add("Reciprocal", of: node)
    case .power: add("Pow", [input(node), scalar(function.parameter, "\(node.name)/exponent")], of: node)
    case .errorFunction: add("Erf", of: node)
    case .softplus: add("Softplus", of: node)
    case .softsign: add("Softsign", of: node)
    case .gelu: add("Gelu", of: node, text: ["approximate": "none"])
    case .tangentGelu: add("Gelu", of: node, text: ["approximate": "tanh"])
    case .silu:
      let gate = add("Sigmoid", [input(node)], node: "\(node.name)/gate")
      add("Mul", [input(node), gate], of: node)
    case .mish: add("Mish", of: node)
    case .sine: add("Sin", of: node)
    case .cosine: add("Cos", of: node)
    case .floor: add("Floor", of: node)
    case .ceiling: add("Ceil", of: node)
    case .rounded: add("Round", of: node)
    case .sign: add("Sign", of: node)
    case .threshold: add("ThresholdedRelu", of: node, float: ["alpha": function.parameter])
    }
  }

  mutating func write(_ kind: BinaryOperator, _ node: Node) {
    let rank = node.inputs.map { self.rank($0) }.max() ?? 0
    var operands = node.inputs.map { aligned($0, rank: rank) }
    // One of them has to have the samples: the one that all axes are of.
    if let longest = node.inputs.firstIndex(where: { self.rank($0) == rank }), node.inputs.allSatisfy(isConstant) {
      operands[longest] = batched(node.inputs[longest])
    }
    add(kind.nameInONNX, operands, of: node)
  }

  mutating func writeSoftmax(_ axis: Int, _ beta: Float, _ node: Node) {
    var x = input(node)
    if beta != 1 { x = add("Mul", [x, scalar(beta, "\(node.name)/beta")], node: "\(node.name)/scaled") }
    add("Softmax", [x], of: node, integer: ["axis": axis + 1])
  }
}

// MARK: - Windows and means

extension ONNXWriter {
  mutating func writePool(_ type: String, _ window: Window, _ node: Node, countsPadding: Bool? = nil) {
    var integer = ["ceil_mode": window.ceilMode ? 1 : 0]
    if let countsPadding { integer["count_include_pad"] = countsPadding ? 1 : 0 }
    var ints = [
      "kernel_shape": window.kernel, "strides": window.strides, "pads": window.padBefore + window.padAfter,
    ]
    // Where there are none they are not said: onnxruntime's own pool of integers does not know the word.
    if window.dilations != [1, 1] { ints["dilations"] = window.dilations }
    add(type, of: node, ints: ints, integer: integer)
  }

  mutating func writeMean(_ node: Node) {
    let rank = rank(node.inputs[0])
    guard rank > 1 else { return add("Identity", of: node) }
    let axes = integers((2..<rank + 1).map(Int64.init), "\(node.name)/axes")
    add("ReduceMean", [input(node), axes], of: node, integer: ["keepdims": 1])
  }
}

// MARK: - Moving

extension ONNXWriter {
  /// A parameter as a value: its readers take the tensor itself.
  mutating func writeConstant(_ id: ParameterID, _ node: Node) { alias(node.output, as: parameter(id)) }

  mutating func writeReshape(_ shape: [Int], _ node: Node) {
    let sizes = integers([-1] + shape.map(Int64.init), "\(node.name)/shape")
    add("Reshape", [input(node), sizes], of: node)
  }

  mutating func writeGather(_ places: [Int], _ node: Node) {
    let places = integers(places.map(Int64.init), "\(node.name)/places")
    add("Gather", [input(node), places], of: node, integer: ["axis": rank(node.inputs[0])])
  }

  /// The end of both, one behind the other.
  mutating func writeSlide(_ axis: Int, _ node: Node) {
    let (whole, new) = (graph[node.output].shape[axis], graph[node.inputs[1]].shape[axis])
    let joined = add("Concat", node.inputs.map { batched($0) }, node: "\(node.name)/joined", integer: ["axis": Int64(axis + 1)])
    let places = integers((new..<new + whole).map(Int64.init), "\(node.name)/places")
    add("Gather", [joined, places], of: node, integer: ["axis": axis + 1])
  }

  mutating func write(_ padding: Padding, _ node: Node) {
    let amounts = { [0] + padding.before.map(Int64.init) + [0] + padding.after.map(Int64.init) }
    switch padding.mode {
    case .constant(let value):
      let pads = integers(amounts(), "\(node.name)/pads")
      add("Pad", [input(node), pads, scalar(value, "\(node.name)/value")], of: node, text: ["mode": "constant"])
    case .reflect:
      add("Pad", [input(node), integers(amounts(), "\(node.name)/pads")], of: node, text: ["mode": "reflect"])
    case .edge:
      add("Pad", [input(node), integers(amounts(), "\(node.name)/pads")], of: node, text: ["mode": "edge"])
    case .symmetric:
      // ONNX does not mirror the edge itself: the places are picked, axis by axis.
      let shape = graph[node.inputs[0]].shape
      pick(node, shape.indices.map { axis in
        (-padding.before[axis]..<shape[axis] + padding.after[axis]).map { padding.source($0, of: shape[axis]) ?? 0 }
      })
    }
  }

  /// The nearest of each axis are picked; neighbours are weighed by a matrix.
  mutating func write(_ resize: Resize, _ node: Node) {
    let shape = graph[node.inputs[0]].shape
    let readings = (0..<2).map { resize.readings($0, of: shape[$0 + 1]) }
    guard resize.mode == .linear else {
      return pick(node, [Array(0..<shape[0])] + readings.map { $0.map { $0[0].place } })
    }
    let matrices = (0..<2).map { axis in
      var matrix = Tensor(shape: [readings[axis].count, shape[axis + 1]])
      for (row, places) in readings[axis].enumerated() {
        for (place, weight) in places { matrix.values[row * shape[axis + 1] + place] += weight }
      }
      return matrix
    }
    let down = add("MatMul", [tensor(matrices[0], "\(node.name)/rows"), input(node)], node: "\(node.name)/down")
    add("MatMul", [down, tensor(matrices[1].transposed, "\(node.name)/columns")], of: node)
  }

  /// Along each axis of a sample the elements at these places; axes that stay as they are are passed over.
  private mutating func pick(_ node: Node, _ places: [[Int]]) {
    let shape = graph[node.inputs[0]].shape
    let axes = shape.indices.filter { places[$0] != Array(0..<shape[$0]) }
    var x = input(node)
    for axis in axes.dropLast() {
      let chosen = integers(places[axis].map(Int64.init), "\(node.name)/places")
      x = add("Gather", [x, chosen], node: "\(node.name)/axis \(axis)", integer: ["axis": Int64(axis + 1)])
    }
    guard let axis = axes.last else { return add("Identity", [x], of: node) }
    let chosen = integers(places[axis].map(Int64.init), "\(node.name)/places")
    add("Gather", [x, chosen], of: node, integer: ["axis": axis + 1])
  }
}

extension Tensor {
  /// A matrix's rows as columns.
  fileprivate var transposed: Tensor {
    var other = Tensor(shape: [shape[1], shape[0]])
    for row in 0..<shape[0] {
      for column in 0..<shape[1] { other.values[column * shape[0] + row] = values[row * shape[1] + column] }
    }
    return other
  }
}
