import Execution
import Foundation
import ModelGraph
import ModelLoading
import Tensors
import Testing

/// ONNX's node tests in the newest operator forms, loaded and run.
///
/// A node test's inputs are all inputs of the graph. Those after the first become constants where the
/// first alone can carry the samples; a test whose leading axis cannot be a batch is refused by name.
struct NodeForwardTests {
  @Test(.enabled(if: NodeTestData.canBeMade, Comment(rawValue: NodeTestData.absence)))
  func nodesGiveTheirOutputs() throws {
    var (checked, refused): (Set<String>, [String]) = ([], [])
    let data = try NodeTestData()
    for name in data.names {
      switch try outcome(of: name, in: data) {
      case .right: checked.insert(name)
      case .refused(let sentence):
        refused.append("\(name): \(sentence)")
        #expect(!sentence.isEmpty)
      case .wrong(let difference): Issue.record("\(name) is off by \(difference)")
      }
    }
    print("node tests: \(checked.count) right, \(refused.count) refused")
    for line in refused { print("  refused \(line)") }
    #expect(checked.count >= 120)
    for family in ["conv", "gemm", "softmax", "maxpool", "averagepool", "clip", "batchnorm"] {
      #expect(checked.contains { $0.contains(family) }, "no test of \(family) was run")
    }
  }

  private enum Outcome {
    case right
    case refused(String)
    case wrong(Float)
  }

  /// Every way to load the test: all inputs as they are, or all but the first as constants.
  private func outcome(of name: String, in data: NodeTestData) throws -> Outcome {
    let folder = data.folder + "/" + name
    let names = try String(contentsOfFile: folder + "/inputs.txt", encoding: .utf8)
      .split(separator: "\n").map(String.init)
    let tensors = try names.indices.map {
      try ONNXImporter.readTensorProto(path: "\(folder)/input_\($0).pb").tensor
    }
    var last = Outcome.refused("no way to load it")
    for fixed in [0, 1, names.count] where fixed <= names.count {
      let constants = Dictionary(
        uniqueKeysWithValues: zip(names, tensors).dropFirst(fixed).map { ($0, $1) })
      do throws(ModelLoadingError) {
        let loaded = try ModelLoader.load(path: folder + "/model.onnx", fixing: constants)
        guard let result = try? run(loaded, names, tensors, folder) else { continue }
        return result
      } catch {
        last = .refused(error.sentence)
      }
    }
    return last
  }

  /// Nil where the inputs do not agree on a number of samples.
  private func run(
    _ loaded: LoadedModel, _ names: [String], _ tensors: [Tensor], _ folder: String
  ) throws -> Outcome? {
    let graph = loaded.graph
    var inputs: [Tensor] = []
    for (name, id) in zip(loaded.inputNames, graph.inputs) {
      guard let index = names.firstIndex(of: name) else { return nil }
      let size = graph[id].shape.elementCount
      guard tensors[index].count % size == 0 else { return nil }
      inputs.append(tensors[index].reshaped(to: [tensors[index].count / size] + graph[id].shape))
    }
    guard let samples = inputs.first?.shape[0], inputs.allSatisfy({ $0.shape[0] == samples }) else {
      return nil
    }
    let outputs = try Executor(graph: graph, threads: 1).run(inputs: inputs)
    var largest: Float = 0
    for (index, output) in outputs.enumerated() {
      let expected = try ONNXImporter.readTensorProto(path: "\(folder)/output_\(index).pb").tensor
      guard expected.count == output.count else { return nil }
      largest = max(largest, output.relativeDifference(from: expected))
    }
    // Some of the expected outputs are written with four digits only.
    return largest < 2e-4 ? .right : .wrong(largest)
  }
}
