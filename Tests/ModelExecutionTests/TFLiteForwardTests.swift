import Execution
import Foundation
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("TFLite")

/// .tflite files, loaded and run, against the answers of LiteRT's reference kernels.
struct TFLiteForwardTests {
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
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".tflite")
    }
    #expect(Set(files) == Set(Self.answers.keys.map { $0 + ".tflite" }) && files.count >= 28)
  }

  @Test(arguments: answers.keys.sorted()) func aFileAnswersAsLiteRTDoes(name: String) throws {
    let answer = try #require(Self.answers[name])
    let loaded = try ModelLoader.load(path: folder.appendingPathComponent("\(name).tflite").path)
    let graph = loaded.graph
    // Inputs and outputs have the file's order of axes.
    #expect(graph.inputs.map { [1] + graph[$0].shape } == answer.inputs.map(\.shape))
    #expect(graph.outputs.map { [1] + graph[$0].shape } == answer.outputs.map(\.shape))
    let inputs = answer.inputs.map { Tensor(shape: $0.shape, values: $0.values) }
    let found = try Executor(graph: graph, threads: 1).run(inputs: inputs)
    for (output, expected) in zip(found, answer.outputs) {
      let difference = output.relativeDifference(from: Tensor(shape: output.shape, values: expected.values))
      #expect(difference < 1e-5, "\(name)")
    }
  }

  /// Numbers move at inputs and outputs only.
  @Test(arguments: [
    (
      "dense-behind-plane",
      ["transpose", "convolution", "relu", "reshape", "dense", "relu", "dense", "softmax"]
    ),
    ("channels-first", ["convolution", "relu"]),
    ("one-dimension", ["transpose", "reshape", "convolution", "relu", "reshape", "transpose", "dense"]),
    (
      "squeeze-and-excite",
      [
        "transpose", "convolution", "relu", "global-average-pool", "reshape", "dense", "relu", "dense",
        "sigmoid",
        "reshape", "multiply", "transpose",
      ]
    ),
  ])
  func stepsAreFew(name: String, operations: [String]) throws {
    let graph = try ModelLoader.load(path: folder.appendingPathComponent("\(name).tflite").path).graph
    #expect(graph.nodes.map(\.operation.name) == operations)
  }
}

/// Published float files.
@Suite(.enabled(if: !SharedFiles.zoo.isEmpty, Comment(rawValue: SharedFiles.absence)))
struct TFLiteZooForwardTests {
  private static let answers =
    (try? JSONDecoder().decode(
      [String: [[[Float]]]].self, from: Data(contentsOf: folder.appendingPathComponent("zoo.json"))))
    ?? [:]

  /// The numbers of zoo.py.
  private func numbers(_ shape: [Int], seed: Int) -> Tensor {
    let values = (0..<shape.elementCount).map { (place: Int) -> Float in
      let whole: Int = (place * 2_654_435_761 + seed * 40503) % (1 << 32)
      return Float(Double(whole) / 0x1p31 - 1)
    }
    return Tensor(shape: [1] + shape, values: values)
  }

  @Test(arguments: answers.keys.sorted()) func aFileAnswersAsLiteRTDoes(name: String) throws {
    let graph = try ModelLoader.load(path: SharedFiles.zooFile(name + ".tflite")).graph
    let executor = try Executor(graph: graph, threads: 1)
    for (seed, expected) in try #require(Self.answers[name]).enumerated() {
      let inputs = graph.inputs.enumerated().map { numbers(graph[$1].shape, seed: seed + 10 * $0) }
      for (output, answer) in zip(try executor.run(inputs: inputs), expected) {
        let kept = stride(from: 0, to: output.count, by: output.count > 64 ? 13 : 1).map { output.values[$0] }
        let difference = Tensor(shape: [kept.count], values: kept)
          .relativeDifference(from: Tensor(shape: [answer.count], values: answer))
        #expect(difference < 1e-4, "\(name)")
      }
    }
  }
}
