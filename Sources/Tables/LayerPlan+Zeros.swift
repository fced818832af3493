// Survivors that a plan gives up before a layer gets its table.

import ModelGraph
import Tensors

extension LayerPlan {
  /// Weights with the share of survivors zeroed that counts least: by importance times square.
  package func zeroing(_ weights: [Float], importance: [Float]) -> [Float] {
    guard zeroed > 0 else { return weights }
    let survivors = weights.indices.filter { weights[$0] != 0 }
    func saliency(_ index: Int) -> Float { importance[index] * weights[index] * weights[index] }
    let order = survivors.sorted { (saliency($0), $0) < (saliency($1), $1) }
    var fewer = weights
    for index in order.prefix(Int(Double(order.count) * zeroed)) { fewer[index] = 0 }
    return fewer
  }
}

extension Graph {
  /// The same with the zeros that plans ask for, one plan a layer.
  package func zeroed(_ plans: [LayerPlan], importance: [[Float]]) -> Graph {
    var graph = self
    for (index, layer) in layers.enumerated() where plans[index].zeroed > 0 {
      let tensor = self[layer.weight].tensor
      graph.setParameter(
        layer.weight, to: Tensor(
          shape: tensor.shape,
          values: plans[index].zeroing(tensor.values, importance: importance[index])))
    }
    return graph
  }
}
