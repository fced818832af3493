import Blob
import ModelGraph

extension BlobNames {
  /// A graph's names for the blob that was lowered from it; where the two have not as many of a kind, none of that kind.
  package init(of graph: Graph, for model: BlobModel) {
    func names(_ values: some Collection<ValueID>, _ count: Int) -> [String] {
      values.count == count ? values.map { graph[$0].name } : Array(repeating: "", count: count)
    }
    let layers = graph.layersOfNodes.map { graph.layers[$0].name }
    self.init(
      inputs: names(graph.sampleInputs, model.inputs.count), outputs: names(graph.sampleOutputs, model.outputs.count),
      layers: layers.count == model.layerCount ? layers : Array(repeating: "", count: model.layerCount))
  }
}
