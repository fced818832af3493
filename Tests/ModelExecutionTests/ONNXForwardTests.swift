import Execution
import Foundation
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("ONNX")

/// Small ONNX files, loaded and run, against onnxruntime's answers.
struct ONNXForwardTests {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Float]
  }

  struct Answer: Decodable {
    let inputs: [Numbers]
    let outputs: [Numbers]
  }

  private static let answers =
    (try? JSONDecoder().decode(
      [String: Answer].self, from: Data(contentsOf: folder.appendingPathComponent("answers.json"))))
    ?? [:]

  @Test func everyFileHasAnAnswer() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".onnx") }
    #expect(Set(files) == Set(Self.answers.keys.map { $0 + ".onnx" }) && files.count >= 18)
  }

  @Test(arguments: answers.keys.sorted()) func aFileAnswersAsOnnxruntimeDoes(name: String) throws {
    let answer = try #require(Self.answers[name])
    let loaded = try ModelLoader.load(path: folder.appendingPathComponent("\(name).onnx").path)
    let inputs = answer.inputs.map { Tensor(shape: $0.shape, values: $0.values) }
    let found = try Executor(graph: loaded.graph, threads: 1).run(inputs: inputs)
    #expect(found.count == answer.outputs.count)
    for (index, (output, expected)) in zip(found, answer.outputs).enumerated() {
      #expect(output.shape == expected.shape, "\(name), output \(index)")
      let difference = output.relativeDifference(from: Tensor(shape: output.shape, values: expected.values))
      #expect(difference < 1e-5, "\(name), output \(index)")
    }
  }
}
