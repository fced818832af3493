// Which operator is converted where. To add one that the graph has an operation for: its case in
// `converted`, a function in Operators/, a row in Formats/Imports.md.

import ModelGraph

extension TFLiteBuilder {
  /// Adds what an operator means to the graph, or notes why that cannot be.
  mutating func convert(_ call: TFLiteOperator) {
    let node = TFLiteNode(name: call.name, operator: call.builtin.name)
    do {
      try makeOutputs(of: call, node)
    } catch {
      if !readsUnread(call) { needs.add(error) }
      for output in call.outputs { values[output] = .unread }
    }
  }

  private mutating func makeOutputs(of call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) {
    if try tracesVariable(call, node) { return }
    if isOfShapes(call) {
      for output in call.outputs { values[output] = .size }
      return
    }
    try checkPlaces(call, node)
    let first = graph.nodes.count
    if isExact, !call.builtin.isOfBytes {
      throw node.unsupported("TensorFlow Lite Micro has no such operator on bytes")
    }
    if isExact { outputEncoding = byteEncoding(ofTensor: call.outputs[0]) }
    let results = try converted(call, node)
    if isExact { noteInexact(graph.nodes[first...], results, call, node) }
    for (output, result) in zip(call.outputs, results) {
      if case .computed(let value) = result {
        let shape = model.tensors[output].shape
        guard value.shape == shape else {
          throw node.unfit("the file gives \(name(of: output)) the shape \(shape), and it has \(value.shape)")
        }
        let isNew = graph.nodes.last?.outputs.contains(value.id) == true
        if isNew, !valueNames.contains(name(of: output)) { graph.rename(value.id, to: name(of: output)) }
      }
      values[output] = result
    }
  }

  /// Refuses what computes with the numbers of places: their shape may change, and the width of their integers.
  private func checkPlaces(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) {
    if [.reshape, .squeeze, .expandDims, .shape].contains(call.builtin) || castsPlaces(call) { return }
    for input in call.inputs {
      guard let input, case .computed(let value)? = values[input], let finder = placeFinders[value.id]
      else { continue }
      throw node.unsupported(
        "it computes with the places that \(finder) finds, which are read as answers alone: let the model end there")
    }
  }

  /// Whether numbers of places become integers of another width, which changes nothing.
  func castsPlaces(_ call: TFLiteOperator) -> Bool {
    guard call.builtin == .cast, let input = call.inputs[0], case .computed(let value)? = values[input] else {
      return false
    }
    return placeFinders[value.id] != nil && model.tensors[call.outputs[0]].element.holdsPlaces
  }

  private func readsUnread(_ call: TFLiteOperator) -> Bool {
    call.inputs.contains { if let input = $0, case .unread? = values[input] { true } else { false } }
  }

  /// Whether an operator only works on shapes.
  private func isOfShapes(_ call: TFLiteOperator) -> Bool {
    if call.builtin == .shape { return true }
    guard call.outputs.allSatisfy({ [.int32, .int64].contains(model.tensors[$0].element) }) else {
      return false
    }
    return call.inputs.contains { if let input = $0, case .size? = values[input] { true } else { false } }
  }

  /// What an operator makes, an entry for each of its outputs.
  private mutating func converted(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError)
    -> [Traced]
  {
    switch call.operation {
    case .conv2D(let window): [.computed(try convolution(call, window, isDepthwise: false, node))]
    case .depthwiseConv2D(let window): [.computed(try convolution(call, window, isDepthwise: true, node))]
    case .transposeConv(let window): [.computed(try transposedConvolution(call, window, node))]
    case .fullyConnected(let activation, let keeps):
      [.computed(try dense(call, activation, keepsAxes: keeps, node))]
    case .averagePool2D(let window, let kernel):
      [.computed(try pool(call, window, kernel, node) { .averagePool($0, countsPadding: false) })]
    case .maxPool2D(let window, let kernel):
      [.computed(try pool(call, window, kernel, node) { .maxPool($0) })]
    case .add(let activation): [.computed(try binary(call, .add, activation, node))]
    case .sub(let activation): [.computed(try binary(call, .subtract, activation, node))]
    case .mul(let activation): [.computed(try binary(call, .multiply, activation, node))]
    case .maximum: [.computed(try binary(call, .maximum, .none, node))]
    case .minimum: [.computed(try binary(call, .minimum, .none, node))]
    case .concatenation(let axis): [.computed(try concatenation(call, axis: axis, node))]
    case .pad, .padV2, .mirrorPad: [.computed(try pad(call, node))]
    case .resizeNearestNeighbor(let grid): [.computed(try resize(call, .nearest, grid, node))]
    case .resizeBilinear(let grid): [.computed(try resize(call, .linear, grid, node))]
    case .mean(let keeps): [.computed(try reduced(call, .mean, keepsAxes: keeps, node))]
    case .sum(let keeps): [.computed(try reduced(call, .sum, keepsAxes: keeps, node))]
    case .reduceMax(let keeps): [.computed(try reduced(call, .max, keepsAxes: keeps, node))]
    case .reshape, .squeeze, .expandDims: [try reshape(call, node)]
    case .transpose: [.computed(try transpose(call, node))]
    case .softmax(let beta):
      [.computed(try softmax(call, beta: beta, node) { [isExact] in .softmax(axis: $0, beta: isExact ? beta : 1) })]
    case .logSoftmax: [.computed(try softmax(call, node) { .logSoftmax(axis: $0) })]
    case .logistic: [.computed(try activation(call, .sigmoid, node))]
    case .tanh: [.computed(try activation(call, .tanh, node))]
    case .relu: [.computed(try activation(call, .relu, node))]
    case .relu6: [.computed(try activation(call, .clip(low: 0, high: 6), node))]
    case .reluN1To1: [.computed(try activation(call, .clip(low: -1, high: 1), node))]
    case .hardSwish: [.computed(try activation(call, .hardSwish, node))]
    case .elu: [.computed(try activation(call, .elu(alpha: 1), node))]
    case .leakyRelu(let alpha): [.computed(try activation(call, .leakyRelu(alpha: alpha), node))]
    case .prelu: [.computed(try prelu(call, node))]
    case .quantize, .dequantize, .cast: [try converted(call, ofFloats: node)]
    case .stridedSlice(let masks): [.computed(try stridedSlice(call, masks, node))]
    case .slice: [.computed(try slice(call, node))]
    case .split: try split(call, node).map { .computed($0) }
    case .splitV: try splitV(call, node).map { .computed($0) }
    case .gather(let axis, let batchAxes):
      [.computed(try gather(call, axis: axis, batchAxes: batchAxes, node))]
    case .pack(let axis): [.computed(try pack(call, axis: axis, node))]
    case .unpack(let axis): try unpack(call, axis: axis, node).map { .computed($0) }
    case .tile: [.computed(try tile(call, node))]
    case .spaceToDepth(let block): [.computed(try blocks(call, block, toDepth: true, node))]
    case .depthToSpace(let block): [.computed(try blocks(call, block, toDepth: false, node))]
    case .argMax: [.computed(try argMax(call, ofLeast: false, node))]
    case .argMin: [.computed(try argMax(call, ofLeast: true, node))]
    case .unidirectionalSequenceLSTM(let cellClip, let framesFirst):
      [.computed(try lstm(call, cellClip: cellClip, framesFirst: framesFirst, node))]
    case .svdf(let rank, let activation): [.computed(try svdf(call, rank: rank, activation, node))]
    case .callOnce, .varHandle, .readVariable, .assignVariable: []
    case .shape:
      throw .needs(ModelNeeds(operators: [.init(operator: node.operator, node: node.name)]))
    }
  }
}
