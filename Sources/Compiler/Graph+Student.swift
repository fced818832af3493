// A student begins as its teacher, in the form that is evolved and coded.

import ModelGraph

extension Graph {
  /// The same function with batch normalization folded away where it can be, and on every layer, of one node or of
  /// several, weights and a bias of its own.
  public var student: Graph {
    var separate = self
    separate.separateLayers()
    return separate.foldingAffine()
  }

  /// Copies what a layer shares with other nodes than its own, so that each can be changed by itself.
  private mutating func separateLayers() {
    let layered = Set(layers.flatMap(\.uses))
    var taken = Set(
      nodes.indices.filter { !layered.contains($0) }.flatMap { nodes[$0].operation.parameterIDs })
    for layer in layers {
      for id in nodes[layer.nodeIndex].operation.parameterIDs where !taken.insert(id).inserted {
        let copy = addParameter(
          name: "\(self[id].name) of \(layer.name)", role: self[id].role, tensor: self[id].tensor)
        for index in layer.uses {
          nodes[index].operation = nodes[index].operation.replacingParameters { $0 == id ? copy : $0 }
        }
      }
    }
  }
}
