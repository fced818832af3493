import Foundation
import IntegerExecution
import ModelGraph
import Testing
import TestSupport

@testable import ModelLoading

/// int8 .tflite files, loaded and run in integers, against the answers of TensorFlow Lite Micro: every byte.
struct TFLiteExactTests {
  private static let answers = Reference.answers(in: Reference.folder + "/operators.json")

  @Test func thereAreAnswersOfEachOperator() {
    #expect(Self.answers.count >= 68 && Self.answers.count % 2 == 0)
  }

  @Test(arguments: answers.keys.sorted()) func aCommittedFileAnswersAsTheReferenceDoes(name: String) throws {
    try Self.answers[name]?.check(name)
  }

  /// A depthwise layer, a reshape and a dense layer, whose columns are in the graph's order.
  @Test func valuesSayWhatTheirBytesStandFor() throws {
    let file = try #require(Self.answers["dense-behind-a-plane-0"]?.model)
    let graph = try TFLiteImporter.model(bytes: [UInt8](file)).graph
    #expect(graph.nodes.map(\.operation.name).filter { $0 == "transpose" }.count <= 1)
    #expect(graph.values.allSatisfy { $0.integers?.element == .int8 })
    for layer in graph.layers {
      #expect(graph[layer.weight].integers?.encoding.element == .int8)
      #expect(layer.bias.flatMap { graph[$0].integers }?.encoding.element == .int32)
    }
  }
}

/// The same live, with other seeds, and of published files.
@Suite(.enabled(if: Reference.isThere, Comment(rawValue: Reference.absence)))
struct TFLiteLiveTests {
  @Test func generatedFilesAnswerAsTheReferenceDoes() throws {
    let file = Reference.temporary("operators.json")
    defer { try? FileManager.default.removeItem(atPath: file) }
    #expect(Reference.python(["\(Reference.folder)/operators.py", "5"], output: file))
    let answers = Reference.answers(in: file)
    #expect(answers.count >= 170 && answers.count % 5 == 0)
    for (name, answer) in answers { try answer.check(name) }
  }

  private static let zoo = SharedFiles.zoo.filter { name in
    (try? IntegerExecutor(ModelLoader.load(path: SharedFiles.zooFile(name)).graph)) != nil
  }

  @Test(.enabled(if: !SharedFiles.zoo.isEmpty, Comment(rawValue: SharedFiles.absence)))
  func publishedFilesAnswerAsTheReferenceDoes() throws {
    #expect(Self.zoo.count >= 16)
    for name in Self.zoo {
      let path = SharedFiles.zooFile(name)
      let files = ["x", "y"].map { Reference.temporary("\(name).\($0)") }
      defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
      // Large networks take a second each, and more where the test is not optimized.
      let count = (try Data(contentsOf: URL(fileURLWithPath: path)).count) > 150_000 ? 2 : 8
      #expect(Reference.python(["\(Reference.folder)/networks.py", path, "\(count)", "3"] + files))
      let contents = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
      try Reference.Answer(
        model: try Data(contentsOf: URL(fileURLWithPath: path)), samples: contents[0], answers: contents[1]
      ).check(name)
    }
  }
}

/// TensorFlow Lite Micro in Python, and what it answered.
private enum Reference {
  static let absence = "needs PyPI's tflite-micro package (set KINGLET_PYTHON to a Python that has it)"
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("TFLM").path
  static let isThere = python(
    ["-c", "import importlib.util as u, sys; sys.exit(u.find_spec('tflite_micro') is None)"])

  /// A file, its samples one after the other, and the answers.
  struct Answer: Decodable {
    let model: Data
    let samples: Data
    let answers: Data

    /// Of the file, and of the file that is written of what it says.
    func check(_ name: String) throws {
      let graph = try TFLiteImporter.model(bytes: [UInt8](model)).graph
      try check(graph, name)
      guard graph.states.isEmpty else { return }
      let written = try TFLiteExporter.bytes(graph, version: "1")
      let again = try TFLiteImporter.model(bytes: [UInt8](written)).graph
      #expect(again.inputs.map { graph[$0].name } == graph.inputs.map { graph[$0].name }, "\(name)")
      try check(again, "\(name), written again")
    }

    private func check(_ graph: Graph, _ name: String) throws {
      var stream = IntegerStream(try IntegerExecutor(graph))
      var (samples, expected) = (samples[...], answers[...])
      var count = 0
      while !samples.isEmpty {
        let inputs = graph.sampleInputs.map { IntegerElements(taking: &samples, of: graph[$0]) }
        for (id, output) in zip(graph.sampleOutputs, try stream.outputs(of: inputs)) {
          #expect(output == IntegerElements(taking: &expected, of: graph[id]), "\(name), sample \(count)")
        }
        count += 1
      }
      #expect(expected.isEmpty && count > 0)
    }
  }

  static func answers(in file: String) -> [String: Answer] {
    (try? JSONDecoder().decode([String: Answer].self, from: Data(contentsOf: URL(fileURLWithPath: file)))) ?? [:]
  }

  static func temporary(_ name: String) -> String {
    NSTemporaryDirectory() + "kinglet-\(UUID().uuidString)-\(name)"
  }

  /// Whether Python is there and ends well.
  static func python(_ arguments: [String], output: String? = nil) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["KINGLET_PYTHON"] ?? "python3", "-B"] + arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    if let output {
      guard FileManager.default.createFile(atPath: output, contents: nil) else { return false }
      process.standardOutput = FileHandle(forWritingAtPath: output)
    }
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

extension IntegerElements {
  /// The elements of a value at the beginning of bytes, which are taken off.
  fileprivate init(taking bytes: inout Data.SubSequence, of value: Value) {
    let width = value.integers == nil || value.integers == .places ? 4 : 1
    let own = [UInt8](bytes.prefix(value.shape.elementCount * width))
    bytes = bytes.dropFirst(own.count)
    switch value.integers?.element {
    case .int8?: self = .int8(own.map { Int8(bitPattern: $0) })
    case .uint8?: self = .uint8(own)
    case .int16?: self = .int16([])  // of none that is given or answered
    case .int32?, nil:
      let words = stride(from: 0, to: own.count, by: 4).map { place in
        (0..<4).reduce(0) { $0 | UInt32(own[place + $1]) << (8 * UInt32($1)) }
      }
      self = value.integers == nil
        ? .float32(words.map { Float(bitPattern: $0) }) : .int32(words.map { Int32(bitPattern: $0) })
    }
  }
}
