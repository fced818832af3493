import Execution
import Foundation
import IntegerExecution
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("ONNX/Quantized")

/// Small files of onnxruntime's quantizer, loaded and run, against onnxruntime's answers without graph optimizations.
struct QuantizedONNXTests {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Float]
  }

  struct Answer: Decodable {
    let net: String
    let output: Numbers
    /// From one number of the output to the next; nil where it is not rounded.
    let step: Float?
  }

  struct Answers: Decodable {
    let inputs: [String: Numbers]
    let files: [String: Answer]
  }

  private static let answers = try? JSONDecoder().decode(
    Answers.self, from: Data(contentsOf: folder.appendingPathComponent("answers.json")))

  static let names = (answers?.files.keys).map { $0.sorted() } ?? []

  /// Those whose pattern is not that of int8 networks, by what their reason says.
  static let ofFloats = [
    "cnn-qdq-u8u8": "no int8 about 0", "cnn-operators-u8u8-channels": "no int8 about 0",
    "residual-operators-u8u8-channels": "no int8 about 0", "mlp-qdq-s16": "8 bits", "residual-qdq-u16s8": "8 bits",
    "residual-qdq-some": "not rounded", "cnn-dynamic-u8": "8 bits", "mlp-dynamic-u8": "8 bits",
    "mlp-dynamic-s8-channels": "8 bits",
  ]

  static func load(_ name: String) throws -> LoadedModel {
    try ModelLoader.load(path: folder.appendingPathComponent("\(name).onnx").path)
  }

  @Test func everyFileHasAnAnswer() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".onnx") }
    #expect(Set(files) == Set(Self.names.map { $0 + ".onnx" }) && files.count >= 24)
  }

  @Test(arguments: names) func aFileAnswersAsOnnxruntimeDoes(name: String) throws {
    let answers = try #require(Self.answers)
    let (answer, input) = (try #require(answers.files[name]), try #require(answers.inputs[answers.files[name]!.net]))
    let graph = try Self.load(name).graph
    let found = try Self.run(graph, Tensor(shape: input.shape, values: input.values))
    #expect(found.count == answer.output.values.count)
    guard let step = answer.step, step > 1e-3 else {
      let largest = answer.output.values.map(abs).max() ?? 0
      for (a, b) in zip(found, answer.output.values) { #expect(abs(a - b) <= 1e-4 * largest) }
      return
    }
    let off = zip(found, answer.output.values).map { abs((($0 - $1) / step).rounded()) }
    #expect(off.allSatisfy { $0 <= 1 })
    // TensorFlow Lite Micro's softmax stands in for a float one; all else is equal.
    let equal = Double(off.count { $0 == 0 }) / Double(off.count)
    #expect(equal >= (name.hasPrefix("mlp-qdq") && graph.isOfIntegers ? 0.8 : 0.999), "\(equal)")
  }

  private static func run(_ graph: Graph, _ input: Tensor) throws -> [Float] {
    guard graph.isOfIntegers else { return try Executor(graph: graph, threads: 1).run(inputs: [input])[0].values }
    let (executor, count) = (try IntegerExecutor(graph), input.values.count / input.shape[0])
    return try (0..<input.shape[0]).flatMap { sample in
      let numbers = Array(input.values[sample * count..<(sample + 1) * count])
      let answers = try executor.outputs(of: [IntegerElements(of: numbers, in: graph[graph.inputs[0]])])
      return answers[0].numbers(in: graph[graph.outputs[0]])
    }
  }

  @Test(arguments: names) func integersAreKeptWhereThePatternIsThatOfInt8Networks(name: String) throws {
    let loaded = try Self.load(name)
    #expect(loaded.graph.isOfIntegers == (Self.ofFloats[name] == nil), "\(loaded.whyFloats ?? "")")
    #expect(loaded.whyFloats == nil || loaded.whyFloats!.contains(Self.ofFloats[name] ?? "?"), "\(loaded.whyFloats ?? "")")
  }

  /// Written with its roundings and read again, a network is of the same integers, and none of its answers changes.
  @Test(arguments: names) func integersAreWrittenAndReadAgain(name: String) throws {
    let graph = try Self.load(name).graph
    guard graph.isOfIntegers else { return }
    let folder = try TemporaryFolder()
    let path = folder.path + "/net.onnx"
    try ONNXExporter.bytes(graph.rounding, version: "1").write(to: URL(fileURLWithPath: path))
    let again = try ModelLoader.load(path: path)
    #expect(again.graph.isOfIntegers, "\(again.whyFloats ?? "")")
    let answers = try #require(Self.answers)
    let input = try #require(answers.inputs[answers.files[name]!.net])
    let samples = Tensor(shape: input.shape, values: input.values)
    #expect(try Self.run(again.graph, samples) == Self.run(graph, samples))
    #expect(throws: ModelWritingError.self) { try TFLiteExporter.bytes(graph, version: "1") }
  }

  /// What trains is rounded nowhere, keeps ends of ranges, and answers much as the file does.
  @Test func aStudentBeginsWithoutRounding() throws {
    for name in ["residual-qdq-some", "cnn-dynamic-u8"] {
      let answers = try #require(Self.answers)
      let (answer, input) = (try #require(answers.files[name]), try #require(answers.inputs[answers.files[name]!.net]))
      let graph = try Self.load(name).graph
      let numbers = graph.inNumbers
      #expect(graph.values.contains { $0.grid != nil } && !numbers.values.contains { $0.grid != nil })
      let found = try Self.run(numbers, Tensor(shape: input.shape, values: input.values))
      let largest = answer.output.values.map(abs).max() ?? 0
      for (a, b) in zip(found, answer.output.values) { #expect(abs(a - b) <= 0.1 * largest) }
    }
  }

  /// Gradients pass a grid as they are.
  @Test func roundingLetsGradientsThrough() throws {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [4])
    let y = try graph.addNode(name: "grid", .requantize, inputs: [x])
    graph.round(y, to: .fixed(scale: 0.5, zeroPoint: 3, low: 0, high: 7))
    graph.addOutput(y)
    let input = Tensor(shape: [1, 4], values: [0.24, 0.25, -9, 9])
    #expect(try Executor(graph: graph, threads: 1).run(inputs: [input])[0].values == [0, 0, -1.5, 2])
    graph.round(y, to: .ofSample)
    let found = try Executor(graph: graph, threads: 1).run(inputs: [input])[0].values
    #expect(zip(found, [0.24, 0.25, -9, 9] as [Float]).allSatisfy { abs($0 - $1) <= 18 / 255 / 2 + 1e-6 })
  }
}
