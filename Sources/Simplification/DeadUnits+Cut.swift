// Cutting dead units out of a graph: values, and every parameter that runs along with them.

import ModelGraph
import Tensors

extension Graph {
  /// The graph without the positions that are cut; its numbers are otherwise as they were.
  package func cut(by dead: DeadUnits) -> Graph {
    guard dead.cuts.contains(where: { $0 != nil }) else { return self }
    var small = self
    for (index, cut) in dead.cuts.enumerated() {
      if let cut { small.values[index].shape[cut.axis] = cut.kept.count }
    }
    for index in nodes.indices {
      small.nodes[index].operation = small.operation(of: nodes[index], in: self, cuts: dead.cuts)
    }
    return small.droppingUnusedParameters()
  }

  /// A node's operation with parameters of its own where they are cut. `self` has the new shapes.
  private mutating func operation(
    of node: Node, in old: Graph, cuts: [DeadUnits.Cut?]
  ) -> Operation {
    let output = cuts[node.output.index]
    let input = node.inputs.first.flatMap { cuts[$0.index] }
    switch node.operation {
    case .convolution(var c):
      // Channels of a depthwise convolution are its groups.
      if c.groups > 1, let input { c.groups = input.kept.count }
      let columns = node.operation.isUngrouped ? input?.kept : nil
      c.weight = sliced(c.weight, [0: output?.kept, 1: columns])
      c.bias = c.bias.map { sliced($0, [0: output?.kept]) }
      return .convolution(c)
    case .dense(var d):
      d.weight = sliced(d.weight, [0: output?.kept, 1: input?.kept])
      d.bias = d.bias.map { sliced($0, [0: output?.kept]) }
      return .dense(d)
    case .affine(let scale, let shift):
      let kept = output?.axis == 0 ? output?.kept : nil
      return .affine(scale: sliced(scale, [0: kept]), shift: sliced(shift, [0: kept]))
    case .prelu(let slope):
      guard let output else { return node.operation }
      let shape = old[slope].tensor.shape
      let axis = output.axis - (old[node.output].shape.count - shape.count)
      guard axis >= 0, shape[axis] > 1 else { return node.operation }
      return .prelu(slope: sliced(slope, [axis: output.kept]))
    case .constant(let parameter):
      guard let output else { return node.operation }
      return .constant(sliced(parameter, [output.axis: output.kept]))
    case .reshape: return .reshape(self[node.output].shape)
    case .select(let places):
      let last = old[node.output].shape.count - 1
      guard let input, input.axis == last else { return node.operation }
      let wanted = Set(output.map { $0.kept.map { places[$0] } } ?? places)
      return .select(input.kept.indices.filter { wanted.contains(input.kept[$0]) })
    default: return node.operation
    }
  }

  /// A new parameter of some positions of an old one's axes; the old one where all stay.
  private mutating func sliced(_ id: ParameterID, _ kept: [Int: [Int]?]) -> ParameterID {
    var tensor = self[id].tensor
    for case (let axis, let kept?) in kept { tensor = tensor.picking(kept, along: axis) }
    guard tensor.shape != self[id].tensor.shape else { return id }
    return addParameter(name: self[id].name, role: self[id].role, tensor: tensor)
  }

  /// Gives a layer other numbers, in parameters of its own.
  package mutating func replaceParameters(of layer: Layer, weight: Tensor, bias: Tensor?) {
    let weightID = addParameter(name: self[layer.weight].name, role: .weight, tensor: weight)
    let biasID = bias.map {
      addParameter(name: layer.name + ".bias", role: .bias, tensor: $0)
    }
    switch nodes[layer.nodeIndex].operation {
    case .convolution(var c):
      (c.weight, c.bias) = (weightID, biasID)
      nodes[layer.nodeIndex].operation = .convolution(c)
    case .dense:
      nodes[layer.nodeIndex].operation = .dense(Dense(weight: weightID, bias: biasID))
    default: preconditionFailure("node \(layer.nodeIndex) is not a layer")
    }
  }
}

extension Operation {
  /// Whether each row of a layer reads every channel.
  package var isUngrouped: Bool {
    if case .convolution(let c) = self { return c.groups == 1 }
    return true
  }
}

extension Tensor {
  /// Some positions of an axis.
  package func picking(_ places: [Int], along axis: Int) -> Tensor {
    let inner = shape[(axis + 1)...].elementCount
    let outer = shape[..<axis].elementCount
    var shape = shape
    let size = shape[axis]
    shape[axis] = places.count
    var picked: [Float] = []
    picked.reserveCapacity(shape.elementCount)
    for block in 0..<outer {
      for place in places {
        let start = (block * size + place) * inner
        picked += values[start..<start + inner]
      }
    }
    return Tensor(shape: shape, values: picked)
  }
}
