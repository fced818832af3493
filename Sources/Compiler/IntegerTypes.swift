// Which values of a graph are uint8 and which int8, and which of them have one scale.
//
// A value is uint8 where the graph says that it is never negative: behind a rectifier, a clip from
// 0, a sigmoid, a softmax, and what pools, moves and sums make of such; an input by its calibration
// samples. There is no zero point, so that zero is always element 0 and a uint8 value is rectified
// by being stored. Steps that move or pool bytes leave type and scale as they are: the values at
// both ends of one form a group, a union-find, and so do the parts of a concatenation. Two kinds of
// scale are given: that of a softmax, 1/255, and that of an input whose bytes are the raw samples.
// Before such a value is joined with others it gets a step of its own, which changes its scale.

import Blob
import ModelGraph
import Tensors

/// Types of all values of a graph, and the groups that share a scale.
package struct IntegerTypes: Equatable, Sendable {
  /// What is known of an input before calibration.
  package struct Input: Equatable, Sendable {
    package var isSigned: Bool
    /// nil: as calibration finds.
    package var scale: Double?

    package init(isSigned: Bool, scale: Double? = nil) {
      (self.isSigned, self.scale) = (isSigned, scale)
    }
  }

  /// For each value a value that stands for its group.
  package private(set) var groups: [Int]
  /// Of groups whose scale is given.
  package private(set) var given: [Int: Double] = [:]
  /// Of groups that no number exceeds: the greatest there can be.
  package private(set) var bounds: [Int: Double] = [:]
  private var signedGroups: Set<Int> = []

  package func isSigned(_ value: ValueID) -> Bool { signedGroups.contains(groups[value.index]) }

  /// - Parameters:
  ///   - graph: one that ``ModelGraph/Graph/readyForIntegers(_:)`` gave.
  ///   - inputs: one for each input of the graph.
  package init(_ graph: Graph, inputs: [Input]) {
    groups = Array(graph.values.indices)
    for node in graph.nodes where node.operation.keepsScale {
      for input in node.inputs { join(input, node.output) }
    }
    for index in groups.indices { groups[index] = root(index) }
    for (value, input) in zip(graph.inputs, inputs) {
      given[groups[value.index]] = input.scale
    }
    for node in graph.nodes {
      if case .softmax = node.operation { given[groups[node.output.index]] = 1.0 / 255 }
    }
    let ranges = graph.structuralRanges(inputs: inputs)
    for (index, range) in ranges.enumerated() where range.lowerBound < 0 {
      signedGroups.insert(groups[index])
    }
    for group in Set(groups) {
      let members = groups.indices.filter { groups[$0] == group }
      let highest = members.map { ranges[$0].upperBound }.max()
      if let highest, highest.isFinite, highest > 0 { bounds[group] = highest }
    }
  }

  private func root(_ index: Int) -> Int {
    var index = index
    while groups[index] != index { index = groups[index] }
    return index
  }

  private mutating func join(_ a: ValueID, _ b: ValueID) {
    let (a, b) = (root(a.index), root(b.index))
    groups[max(a, b)] = min(a, b)
  }

  /// Whether storing a value rectifies it as this function would: the function needs no step.
  func realizes(_ activation: Activation, of value: ValueID) -> Bool {
    guard !isSigned(value) else { return false }
    switch activation {
    case .relu: return true
    case .clip(let low, let high):
      return low == 0 && (bounds[groups[value.index]] ?? .infinity) <= Double(high)
    default: return false
    }
  }
}

extension Operation {
  /// Whether input and output have one type and one scale.
  var keepsScale: Bool {
    switch self {
    case .maxPool, .averagePool, .concat, .pad, .reshape, .transpose, .select: true
    default: false
    }
  }
}

extension Graph {
  /// The same function as integer steps can be made of it: ``separatingGivenScales(_:)``, and means
  /// of whole planes as that: pools keep the scale of their input, which is coarse for a mean.
  package func readyForIntegers(_ inputs: [IntegerTypes.Input]) -> Graph {
    var graph = self
    for (index, node) in nodes.enumerated() {
      guard case .averagePool(let window, _) = node.operation,
        window == Window(kernel: Array(self[node.inputs[0]].shape.dropFirst()))
      else { continue }
      graph.nodes[index].operation = .spatialMean
    }
    return graph.separatingGivenScales(inputs)
  }

  /// The same function, with a step that changes nothing (a leaky rectifier of slope 1) wherever a
  /// value of given scale goes into a concatenation with others or gets a negative border.
  package func separatingGivenScales(_ inputs: [IntegerTypes.Input]) -> Graph {
    var graph = self
    var isGiven = [Bool](repeating: false, count: values.count)
    for (value, input) in zip(self.inputs, inputs) { isGiven[value.index] = input.scale != nil }
    var inserted = 0
    for (index, node) in nodes.enumerated() {
      let separates: Bool
      switch node.operation {
      case .softmax:
        isGiven[node.output.index] = true
        continue
      case .concat: separates = Set(node.inputs).count > 1
      case .pad(let padding): separates = padding.mode.isNegative
      default: separates = false
      }
      guard node.operation.keepsScale, node.inputs.contains(where: { isGiven[$0.index] }) else {
        continue
      }
      guard separates else {
        isGiven[node.output.index] = true
        continue
      }
      for input in Set(node.inputs).sorted(by: { $0.index < $1.index }) where isGiven[input.index] {
        graph.insertIdentity(of: input, before: index + inserted)
        inserted += 1
      }
    }
    return graph
  }

  private mutating func insertIdentity(of input: ValueID, before index: Int) {
    let copy = ValueID(values.count)
    let name = self[input].name + " for " + nodes[index].name
    values.append(Value(name: name, shape: self[input].shape))
    nodes[index].inputs = nodes[index].inputs.map { $0 == input ? copy : $0 }
    nodes.insert(
      Node(
        name: name, operation: .activation(.leakyRelu(alpha: 1)), inputs: [input], output: copy),
      at: index)
  }

  /// Between what numbers each value lies whatever the samples are; only 0 matters below.
  func structuralRanges(inputs: [IntegerTypes.Input]) -> [ClosedRange<Double>] {
    let any = -Double.infinity...Double.infinity
    var ranges = [ClosedRange<Double>](repeating: any, count: values.count)
    for (value, input) in zip(self.inputs, inputs) where !input.isSigned {
      ranges[value.index] = 0...(input.scale.map { 255 * $0 } ?? .infinity)
    }
    for node in nodes {
      ranges[node.output.index] = range(of: node, node.inputs.map { ranges[$0.index] })
    }
    return ranges
  }

  private func range(of node: Node, _ inputs: [ClosedRange<Double>]) -> ClosedRange<Double> {
    let any = -Double.infinity...Double.infinity
    let atLeastZero = inputs.allSatisfy { $0.lowerBound >= 0 }
    func isPositive(_ id: ParameterID) -> Bool { self[id].tensor.values.allSatisfy { $0 >= 0 } }
    switch node.operation {
    case .activation(let activation): return activation.range(of: inputs[0])
    case .softmax: return 0...1
    case .maxPool, .averagePool, .select, .reshape, .transpose: return inputs[0].including(0)
    case .concat: return inputs.dropFirst().reduce(inputs[0]) { $0.joined(with: $1) }
    case .pad(let padding):
      guard case .constant(let value) = padding.mode else { return inputs[0] }
      return inputs[0].including(Double(value))
    case .binary(let operation):
      return atLeastZero && operation != .subtract ? 0...(.infinity) : any
    case .prelu: return atLeastZero ? inputs[0] : any
    case .spatialMean: return inputs[0]
    case .constant(let id):
      return isPositive(id) ? 0...(.infinity) : any
    case .affine(let scale, let shift):
      return atLeastZero && isPositive(scale) && isPositive(shift) ? 0...(.infinity) : any
    case .convolution, .dense: return any
    }
  }
}

extension Padding.Mode {
  fileprivate var isNegative: Bool {
    if case .constant(let value) = self { return value < 0 }
    return false
  }
}

extension Activation {
  /// The least interval that is easily seen to hold all results.
  fileprivate func range(of x: ClosedRange<Double>) -> ClosedRange<Double> {
    switch self {
    case .relu: return 0...max(x.upperBound, 0)
    case .clip(let low, let high):
      return min(max(Double(low), x.lowerBound), Double(high))...Double(high)
    case .sigmoid, .hardSigmoid: return 0...1
    case .tanh: return (x.lowerBound >= 0 ? 0 : -1)...1
    case .leakyRelu, .hardSwish: return x.lowerBound >= 0 ? x : -Double.infinity...Double.infinity
    }
  }
}

extension ClosedRange<Double> {
  fileprivate func joined(with other: Self) -> Self {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }

  fileprivate func including(_ number: Double) -> Self { joined(with: number...number) }
}
