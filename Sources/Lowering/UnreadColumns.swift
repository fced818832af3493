// Numbers that a dense layer never reads, and that stay all the same: inputs of the network, pixels
// of a flattened image whose channel is read elsewhere. In the layer's matrix they are columns
// without a weight, which widen every gap. A `gather` before the layer leaves them out for a bit
// each and a step of about a dozen bytes, and is put in wherever the blob becomes smaller by it.

import Blob
import ModelGraph
import Simplification

extension Graph {
  /// Bytes of a step that gathers, apart from its bitmap.
  private static let gatherBytes = 12

  /// The same function, with a `gather` before each dense layer that is smaller for it.
  ///
  /// - Parameter layers: one for each layer of the graph, in running order.
  package func gatheringReadColumns(_ layers: [BlobWeights]) throws(BlobError)
    -> (graph: Graph, layers: [BlobWeights])
  {
    var (graph, narrowed) = (self, layers)
    for (index, layer) in self.layers.enumerated().reversed() {
      guard layer.window == nil, !layer.isShared else { continue }
      let places = layers[index].survivors.readColumns
      guard !places.isEmpty, places.count < layer.columns else { continue }
      let narrow = layers[index].picking(rows: nil, places: places, taps: 1)
      let saved = try BlobWriter.codedBytes(of: layers[index].withoutEmptyTable)
        - BlobWriter.codedBytes(of: narrow.withoutEmptyTable)
      guard saved > Self.gatherBytes + (layer.columns + 7) / 8 else { continue }
      graph.gather(places, before: layer)
      narrowed[index] = narrow
    }
    return (graph, narrowed)
  }

  private mutating func gather(_ places: [Int], before layer: Layer) {
    let index = layer.nodeIndex
    let input = nodes[index].inputs[0]
    let name = values[input.index].name + " read by " + nodes[index].name
    let chosen = ValueID(values.count)
    values.append(Value(name: name, shape: values[input.index].shape.dropLast() + [places.count]))
    let weight = addParameter(
      name: self[layer.weight].name, role: .weight,
      tensor: self[layer.weight].tensor.picking(places, along: 1))
    nodes[index].operation.layer?.weight = weight
    nodes[index].inputs = [chosen]
    nodes.insert(
      Node(name: name, operation: .gather(places), inputs: [input], outputs: [chosen]), at: index)
  }
}
