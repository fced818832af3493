import Execution
import Foundation
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Darknet")

/// Darknet's files, loaded and run, against OpenCV's answers or those of Darknet's formulas.
struct DarknetForwardTests {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Float]
  }

  struct Answer: Decodable {
    let input: Numbers
    let outputs: [Numbers]
  }

  private static let answers =
    (try? JSONDecoder().decode(
      [String: Answer].self, from: Data(contentsOf: folder.appendingPathComponent("answers.json")))) ?? [:]

  @Test func everyFileHasAnAnswer() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".cfg") }
    #expect(Set(files) == Set(Self.answers.keys.map { $0 + ".cfg" }) && files.count >= 15)
  }

  @Test(arguments: answers.keys.sorted()) func aFileAnswersAsOpenCVDoes(name: String) throws {
    let answer = try #require(Self.answers[name])
    let graph = try ModelLoader.load(path: folder.appendingPathComponent("\(name).cfg").path).graph
    #expect(graph.inputs.map { graph[$0].shape } == [answer.input.shape])
    try check(graph, answer, name)
    // As ONNX it is the same network.
    let exported = try TemporaryFolder()
    let path = try exported.write([UInt8](ONNXExporter.bytes(graph, version: "1")), to: "net.onnx")
    try check(try ModelLoader.load(path: path).graph, answer, "\(name) as ONNX")
  }

  private func check(_ graph: Graph, _ answer: Answer, _ name: String) throws {
    let input = Tensor(shape: [1] + answer.input.shape, values: answer.input.values)
    let found = try Executor(graph: graph, threads: 1).run(inputs: [input])
    #expect(found.count == answer.outputs.count)
    for (output, expected) in zip(found, answer.outputs) {
      #expect(output.values.count == expected.values.count)
      let difference = zip(output.values, expected.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(difference < 2e-5, "\(name)")
    }
  }
}

/// The same of trained detectors on photographs, live.
@Suite(
  .enabled(if: SharedFiles.has("darknet"), Comment(rawValue: SharedFiles.absence)),
  .enabled(if: OpenCV.isThere, Comment(rawValue: OpenCV.absence)))
struct DarknetDetectorTests {
  @Test(arguments: [
    ("yolov3-tiny-aix2022", "retail"), ("yolo-fastest-1.1-xl", "coco-val"), ("MobileNetV2-YOLOv3-Nano-coco", "coco-val"),
  ]) func aDetectorAnswersAsOpenCVDoes(name: String, photographs: String) throws {
    let configuration = SharedFiles.folder + "/darknet/\(name).cfg"
    let graph = try ModelLoader.load(path: configuration).graph
    let head = try #require(graph.heads.first)
    let images = SharedFiles.folder + "/images/" + photographs
    let paths = try FileManager.default.contentsOfDirectory(atPath: images).filter { $0.hasSuffix(".jpg") }.sorted()
      .prefix(2).map { images + "/" + $0 }
    let work = try TemporaryFolder()
    let files = ["samples", "answers"].map { work.path + "/" + $0 }
    let layers = graph.heads.compactMap { $0.output.split(separator: "_").first }.joined(separator: ",")
    #expect(OpenCV.python(
      [folder.appendingPathComponent("detectors.py").path, configuration, SharedFiles.folder + "/darknet/\(name).weights"]
        + ["\(head.inputWidth)", "\(head.inputHeight)", layers] + files + paths))
    let (samples, answers) = (try floats(files[0]), try floats(files[1]))
    let input = Tensor(shape: [paths.count] + graph[graph.inputs[0]].shape, values: samples)
    let found = try Executor(graph: graph, threads: 2).run(inputs: [input])
    let width = answers.count / paths.count
    for photograph in paths.indices {
      let own = found.flatMap { output in
        let count = output.values.count / paths.count
        return output.values[photograph * count..<(photograph + 1) * count]
      }
      let expected = answers[photograph * width..<(photograph + 1) * width]
      #expect(own.count == width && zip(own, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } < 1e-3)
    }
  }

  private func floats(_ path: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}

/// OpenCV in Python, of a version that reads Darknet's files.
private enum OpenCV {
  static let absence = "needs PyPI's opencv-python-headless package, below 5 (set KINGLET_PYTHON to a Python that has it)"
  static let isThere = python(
    ["-c", "import cv2, sys; sys.exit(not hasattr(cv2.dnn, 'readNetFromDarknet'))"])

  /// Whether Python is there and ends well.
  static func python(_ arguments: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["KINGLET_PYTHON"] ?? "python3", "-B"] + arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
