// A graph of integers as one of floats that rounds where the integers do: each value that a node computes is rounded
// to the numbers that its integers stand for. Parameters keep their integers. This is what QuantizeLinear and
// DequantizeLinear say in a file; where halves are rounded another way it answers another way.

extension Graph {
  /// The same network over floats, rounded to the numbers of its integers.
  package var rounding: Graph {
    var other = self
    (other.nodes, other.inputs, other.outputs) = ([], inputs, outputs)
    var names = Set(nodes.map(\.name))
    // What a value is once it is rounded.
    var rounded: [ValueID: ValueID] = [:]
    for index in values.indices { other.values[index].integers = nil }

    func round(_ value: ValueID) {
      guard let grid = self[value].integers?.grid else { return }
      let id = ValueID(other.values.count)
      other.values.append(Value(name: self[value].name, shape: self[value].shape))
      other.values[value.index].name += " before it is rounded"
      other.values[id.index].grid = grid
      var name = "\(self[value].name) rounded"
      while !names.insert(name).inserted { name += "_" }
      other.nodes.append(Node(name: name, operation: .requantize, inputs: [value], outputs: [id]))
      rounded[value] = id
    }

    for input in inputs {
      round(input)
      // The network's end keeps its name.
      other.values[input.index].name = self[input].name
    }
    for var node in nodes {
      node.inputs = node.inputs.map { rounded[$0] ?? $0 }
      if case .requantize = node.operation, self[node.output].integers == nil {
        rounded[node.output] = node.inputs[0]
        continue
      }
      other.nodes.append(node)
      if node.operation.movesNumbers || isCutOff(node.output) { continue }
      round(node.output)
    }
    other.outputs = outputs.map { rounded[$0] ?? $0 }
    return other
  }

  /// Whether a function alone reads a value that only cuts its bytes off, and so rounds for it.
  private func isCutOff(_ value: ValueID) -> Bool {
    guard readerCount(of: value) == 1, let reader = nodes.first(where: { $0.inputs == [value] }),
      self[reader.output].integers == self[value].integers, case .function(let function)? = reader.operation.exactForm
    else { return false }
    switch function {
    case .relu, .clip: return true
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: return false
    }
  }
}

extension Operation {
  /// Whether what it gives are numbers that it was given, or places.
  fileprivate var movesNumbers: Bool {
    switch exactForm {
    case .argMax?, .maxPool?, .constant?, .concat?, .transpose?, .gather?, .slide?, .same?: true
    case .filters?, .function?, .prelu?, .softmax?, .logSoftmax?, .averagePool?, .mean?, .binary?, .pad?, .resize?,
      .lstm?, .requantize?, nil:
      false
    }
  }
}

extension IntegerEncoding {
  /// The numbers that it stands for; nil where there are several scales, or it is of int32.
  var grid: NumberGrid? {
    guard axis == nil, scales.count == 1, element != .int32 else { return nil }
    return .fixed(
      scale: scales[0], zeroPoint: zeroPoints[0], low: element.range.lowerBound, high: element.range.upperBound)
  }
}
