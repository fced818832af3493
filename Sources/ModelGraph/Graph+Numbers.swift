// What a graph of integers means in numbers: the network that a quantized file was made from, as far as the
// file still knows it. This is what trains. A byte stands for a number between the ends of its type, so that
// no value is ever beyond these, and converters leave a rectifier out where the least byte stands for 0. Where a
// value that has no numbers below 0 could get beyond its ends, a clip takes the place of what its bytes did by
// themselves. Of other values the ends are where hardly any number is, and they are not cut off. Every value
// keeps its ends (`Value.held`): by them it can be bytes again.

extension Graph {
  /// Whether values of it are of integers.
  public var isOfIntegers: Bool { values.contains { $0.integers != nil } }

  /// The same network in float32, of which no number is rounded; the graph itself where it has no integers and
  /// rounds nothing.
  public var inNumbers: Graph {
    guard isOfIntegers || values.contains(where: { $0.grid != nil }) else { return self }
    var graph = self
    for index in values.indices {
      graph.values[index].held = values[index].integers?.ends ?? values[index].grid?.ends
      graph.values[index].integers = nil
      graph.values[index].grid = nil
    }
    graph.parameters = parameters.map { Parameter(name: $0.name, role: $0.role, tensor: $0.tensor) }
    graph.states = states.map { state in
      GraphState(
        name: state.name,
        beginning: state.beginning.map { Parameter(name: $0.name, role: $0.role, tensor: $0.tensor) })
    }
    graph.cutOff(steps: values.map { $0.integers.map { Double($0.scales[0]) } ?? $0.grid?.step ?? 0 })
    graph.expandLSTMs()
    return graph
  }

  /// Puts in the clips.
  ///
  /// - Parameter steps: of each value the number that a byte of 1 stands for, which it may exceed its ends by.
  private mutating func cutOff(steps: [Double]) {
    let old = self
    nodes = []
    var ranges = values.map { $0.held ?? .all }
    var clips: [ValueID: ValueID] = [:]
    for var node in old.nodes {
      let output = node.output
      node.inputs = node.inputs.map { clips[$0] ?? $0 }
      ranges[output.index] = node.operation.facts.range(of: node, in: self, node.inputs.map { ranges[$0.index] })
      guard let held = old[output].held, held.lowerBound == 0, !old.isCutOffBehind(output),
        !ranges[output.index].isWithin(held, by: steps[output.index])
      else {
        nodes.append(node)
        continue
      }
      if case .activation(let function) = node.operation, let clip = function.cutOff(at: held) {
        node.operation = .activation(clip)
        ranges[output.index] = held
        nodes.append(node)
      } else {
        nodes.append(node)
        clips[output] = addClip(behind: node, held)
        ranges.append(held)
      }
    }
    outputs = outputs.map { clips[$0] ?? $0 }
  }

  /// Whether all that reads a value cuts it off itself.
  private func isCutOffBehind(_ value: ValueID) -> Bool {
    let readers = nodes.filter { $0.inputs.contains(value) }
    return !outputs.contains(value) && readers.allSatisfy { reader in
      guard case .activation(let function) = reader.operation, let held = self[reader.output].held else {
        return false
      }
      return function.cutOff(at: held) != nil
    }
  }

  private mutating func addClip(behind node: Node, _ held: Interval) -> ValueID {
    let clip = ValueID(values.count)
    values.append(values[node.output.index])
    values[node.output.index].name += " before it is cut off"
    values[node.output.index].held = nil
    var name = node.name + ".range"
    while nodes.contains(where: { $0.name == name }) { name += "_" }
    let function = Activation.clip(low: 0, high: Float(held.upperBound))
    nodes.append(Node(name: name, operation: .activation(function), inputs: [node.output], outputs: [clip]))
    return clip
  }
}

extension IntegerEncoding {
  /// The numbers that the least and the largest integer stand for; nil where there are several scales.
  fileprivate var ends: Interval? {
    guard axis == nil, scales.count == 1 else { return nil }
    let (range, zero) = (element.range, Double(zeroPoints[0]))
    return Double(scales[0]) * (Double(range.lowerBound) - zero)
      ... Double(scales[0]) * (Double(range.upperBound) - zero)
  }
}

extension Interval {
  fileprivate func isWithin(_ other: Interval, by margin: Double) -> Bool {
    lowerBound >= other.lowerBound - margin && upperBound <= other.upperBound + margin
  }
}

extension Activation {
  /// The same within ends of 0 and more; nil for a function that is no clip.
  fileprivate func cutOff(at ends: Interval) -> Activation? {
    let high = Float(ends.upperBound)
    switch self {
    case .relu: return ends.lowerBound == 0 ? .clip(low: 0, high: high) : nil
    case .clip(let low, let most):
      return ends.lowerBound == 0 && low < high && most > 0 ? .clip(low: max(low, 0), high: min(most, high)) : nil
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: return nil
    }
  }
}
