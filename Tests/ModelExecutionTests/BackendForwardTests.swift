import Execution
import Foundation
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

/// ONNX's backend models, loaded and run against the outputs that come with them.
struct BackendForwardTests {
  @Test(
    .enabled(if: SharedFiles.areThere, Comment(rawValue: SharedFiles.absence)),
    arguments: SharedFiles.backendNames)
  func loadedModelGivesItsOutputs(name: String) throws {
    let folder = SharedFiles.backendFolder(name)
    let loaded: LoadedModel
    do throws(ModelLoadingError) {
      loaded = try ModelLoader.load(path: folder + "/model.onnx")
    } catch {
      // Which models are refused, and how, is tested where models are loaded.
      #expect(!error.sentence.isEmpty)
      return
    }
    let graph = loaded.graph
    let inputs = try graph.inputs.enumerated().map { index, id in
      let tensor = try ONNXImporter.readTensorProto(
        path: "\(folder)/test_data_set_0/input_\(index).pb"
      ).tensor
      let samples = tensor.count / graph[id].shape.elementCount
      return tensor.reshaped(to: [samples] + graph[id].shape)
    }
    let found = try Executor(graph: graph, threads: 2).run(inputs: inputs)
    for (index, output) in found.enumerated() {
      let expected = try ONNXImporter.readTensorProto(
        path: "\(folder)/test_data_set_0/output_\(index).pb"
      ).tensor
      #expect(output.count == expected.count)
      #expect(output.relativeDifference(from: expected) < 2e-6)
    }
  }
}
