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

    fileprivate var range: Interval { isSigned ? .all : 0...(scale.map { 255 * $0 } ?? .infinity) }
  }

  /// For each value a value that stands for its group.
  package private(set) var groups: [Int]
  /// Of groups whose scale is given.
  package private(set) var given: [Int: Double] = [:]
  /// Of groups that no magnitude exceeds: the greatest there can be.
  package private(set) var bounds: [Int: Double] = [:]
  /// Of groups that a quantized file says the ends of: between what numbers they are.
  package private(set) var held: [Int: ClosedRange<Double>] = [:]
  private var signedGroups: Set<Int> = []

  package func isSigned(_ value: ValueID) -> Bool { signedGroups.contains(groups[value.index]) }

  /// - Parameters:
  ///   - graph: one that ``ModelGraph/Graph/readyForIntegers(_:)`` gave.
  ///   - inputs: one for each input of the graph.
  package init(_ graph: Graph, inputs: [Input]) {
    var sets = DisjointSets(count: graph.values.count)
    for node in graph.nodes where node.operation.byteScale == .kept {
      for value in node.inputs + node.outputs { sets.join(value.index, node.outputs[0].index) }
    }
    groups = sets.roots
    for (value, input) in zip(graph.inputs, inputs) {
      given[groups[value.index]] = input.scale
    }
    for node in graph.nodes {
      if case .given(let scale) = node.operation.byteScale {
        for output in node.outputs { given[groups[output.index]] = scale }
      }
    }
    for (value, group) in zip(graph.values, groups) {
      if let own = value.held { held[group] = held[group]?.joined(with: own) ?? own }
    }
    let ranges = graph.ranges(inputs: inputs.map(\.range))
    for (index, range) in ranges.enumerated() where range.lowerBound < 0 {
      signedGroups.insert(groups[index])
    }
    for group in Set(groups) {
      let members = groups.indices.filter { groups[$0] == group }
      let reach = members.map { ranges[$0].reach }.max() ?? .infinity
      if reach.isFinite, reach > 0 { bounds[group] = reach }
    }
  }

  /// The same for a graph whose values are those of this one, or parts of them.
  func carried(to origins: [ValueID]) -> IntegerTypes {
    var types = self
    types.groups = origins.map { groups[$0.index] }
    return types
  }

  /// Whether storing a value rectifies it as this function would: the function needs no step.
  func realizes(_ activation: Activation, of value: ValueID) -> Bool {
    guard !isSigned(value) else { return false }
    switch activation {
    case .relu: return true
    case .clip(let low, let high):
      return low == 0 && (bounds[groups[value.index]] ?? .infinity) <= Double(high)
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: return false
    }
  }
}

extension Graph {
  /// Why a node has no step on bytes, in words; nil where all have one.
  package var integerFault: String? {
    for node in nodes {
      let shape = self[node.output].shape
      let (count, most): (Int, Int)
      if case .softmax(let axis, _) = node.operation {
        (count, most) = (shape[axis], BlobFormat.softmaxCount.upperBound)
      } else if case .logSoftmax(let axis) = node.operation {
        (count, most) = (shape[axis], BlobFormat.exactSoftmaxCount.upperBound)
      } else if node.operation == .matrixProduct {
        // Sums of so many products of two bytes have 32 bits.
        (count, most) = (self[node.inputs[0]].shape.last ?? 1, 1 << 15)
      } else {
        continue
      }
      guard count > most else { continue }
      return "node \(node.name) (\(node.operation.name)) is of \(count) numbers, and its step on bytes takes \(most) at "
        + "most: let the model end before it, or leave out --activations int8"
    }
    return nil
  }

  /// The same function as integer steps can be made of it: ``separatingGivenScales(_:)``, and means
  /// of whole planes as that: pools keep the scale of their input, which is coarse for a mean.
  package func readyForIntegers(_ inputs: [IntegerTypes.Input]) -> Graph {
    var graph = self
    for (index, node) in nodes.enumerated() {
      guard case .averagePool(let window, _) = node.operation,
        window == Window(kernel: Array(self[node.inputs[0]].shape.dropFirst()))
      else { continue }
      graph.nodes[index].operation = .globalAveragePool
    }
    return graph.separatingGivenScales(inputs)
  }

  /// The same function, with a step that changes nothing (a leaky rectifier of slope 1) wherever a
  /// value of given scale goes into a concatenation with others, or gets a border beyond its bytes.
  package func separatingGivenScales(_ inputs: [IntegerTypes.Input]) -> Graph {
    var graph = self
    var given = [Double?](repeating: nil, count: values.count)
    for (value, input) in zip(self.inputs, inputs) { given[value.index] = input.scale }
    var inserted = 0
    for (index, node) in nodes.enumerated() {
      func give(_ scale: Double) { for output in node.outputs { given[output.index] = scale } }
      if case .given(let scale) = node.operation.byteScale { give(scale) }
      guard node.operation.byteScale == .kept,
        let scale = node.inputs.lazy.compactMap({ given[$0.index] }).first
      else { continue }
      guard node.separates(givenScale: scale, in: self) else {
        give(scale)
        continue
      }
      for input in Set(node.inputs).sorted(by: { $0.index < $1.index })
      where given[input.index] != nil {
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
        name: name, operation: .activation(.leakyRelu(alpha: 1)), inputs: [input], outputs: [copy]),
      at: index)
  }
}
