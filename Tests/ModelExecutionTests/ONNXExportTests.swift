import Execution
import Foundation
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

/// Networks that are written as ONNX and read again answer as before.
struct ONNXExportTests {
  /// Operations whose forms no file of the folder has, in one network of two inputs.
  private static func everyForm() throws -> Graph {
    var net = NetBuilder(seed: 11)
    let image = net.input([4, 6, 5])
    let row = net.input([5])
    var x = image
    for padding in [
      Padding(before: [0, 2, 1], after: [1, 0, 2], mode: .symmetric),
      Padding(before: [0, 1, 1], after: [0, 2, 0], mode: .reflect),
      Padding(before: [1, 0, 0], after: [0, 0, 1], mode: .edge),
      Padding(before: [0, 0, 0], after: [0, 1, 1], mode: .constant(0.5)),
    ] { x = try net.node(.pad(padding), x) }
    let window = Window(kernel: [3, 2], strides: [2, 1], dilations: [1, 2], padBefore: [1, 0], padAfter: [0, 1])
    let channels = net.graph[x].shape[0]
    x = try net.convolution(x, to: 2 * channels, window, groups: channels)
    x = try net.node(
      .affine(scale: net.parameter([2 * channels], .scale), shift: net.parameter([2 * channels], .shift)), x)
    let height = net.graph[x].shape[1]
    x = try net.node(
      .resize(
        Resize(mode: .linear, axes: [.init(size: 7, step: 3, start: -1, unit: 7), .init(size: 9, step: 4, start: 1, unit: 9)])),
      x)
    x = try net.node(
      .resize(Resize(mode: .nearest, axes: [.init(size: height, step: 1), .init(size: 5, step: 9, start: 2, unit: 5)])), x)
    x = try net.node(.binary(.add), x, row)
    let constant = try net.node(.constant(net.parameter([1] + net.graph[x].shape.dropFirst(), .constant)), [])
    x = try net.node(.concat(axis: 0), x, constant)
    x = try net.node(.prelu(slope: net.parameter([net.graph[x].shape[0], 1, 1], .slope)), x)
    let chosen = try net.node(.gather([0, 2, 3]), net.node(.transpose([2, 0, 1]), x))
    let scaled = try net.node(.softmax(axis: 1, beta: 0.5), chosen)
    x = try net.node(.matrixProduct, scaled, net.node(.transpose([0, 2, 1]), chosen))
    let rows = try net.dense(net.dense(x, to: 3), to: 4, bias: false)
    let places = try net.node(.argMax(axis: 2), rows)
    let mean = try net.node(.globalAveragePool, rows)
    let last = try net.head(mean, to: 2)
    let scalar = try net.node(.reshape([]), net.node(.gather([1]), last))
    for output in [rows, places, last, scalar, row, row, constant] { net.graph.addOutput(output) }
    return net.graph
  }

  /// What a network's file says, read as a user would read it.
  private static func readAgain(_ graph: Graph) throws -> LoadedModel {
    let folder = try TemporaryFolder()
    let path = folder.path + "/net.onnx"
    try ONNXExporter.bytes(graph, version: "1").write(to: URL(fileURLWithPath: path))
    return try ModelLoader.load(path: path)
  }

  private static func expectSame(_ graph: Graph, samples: Int = 3, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let loaded = try readAgain(graph)
    var random = SeededGenerator(seed: 5)
    let inputs = graph.inputs.map { input in
      let shape = [samples] + graph[input].shape
      return Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in 0.05 + random.nextFloat() })
    }
    // An input that nothing reads is left out when a file is read.
    let names = graph.inputs.map { graph[$0].name }
    let given = try loaded.inputNames.map { name in inputs[try #require(names.firstIndex(of: name))] }
    let expected = try Executor(graph: graph, threads: 1).run(inputs: inputs)
    let found = try Executor(graph: loaded.graph, threads: 1).run(inputs: given)
    try #require(found.count == expected.count, sourceLocation: sourceLocation)
    for (number, (output, wanted)) in zip(found, expected).enumerated() {
      #expect(output.shape == wanted.shape, "output \(number)", sourceLocation: sourceLocation)
      #expect(output.relativeDifference(from: wanted) < 1e-5, "output \(number)", sourceLocation: sourceLocation)
    }
  }

  @Test func everyFormIsReadAgain() throws { try Self.expectSame(Self.everyForm()) }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ONNX").path

  @Test func everyFileIsWrittenAndReadAgain() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".onnx") }
    #expect(files.count >= 18)
    for file in files.sorted() { try Self.expectSame(ModelLoader.load(path: Self.folder + "/" + file).graph) }
  }

  /// What a quantized file rounds is rounded in the file that is written of it, to the same numbers.
  @Test func roundingsAreWrittenAndReadAgain() throws {
    let folder = Self.folder + "/Quantized"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".onnx") }
    var roundings = 0
    for file in files.sorted() {
      let graph = try ModelLoader.load(path: folder + "/" + file).graph
      if graph.isOfIntegers { continue }
      let read = try Self.readAgain(graph).graph
      let grids = { (graph: Graph) in graph.values.count { $0.grid != nil } }
      #expect(grids(read) == grids(graph), "\(file)")
      roundings += grids(read)
      try Self.expectSame(graph, samples: 1)
    }
    #expect(files.count >= 20 && roundings >= 40)
  }

  /// All names of a file are there once, whatever the graph calls its values; those of its ends are kept.
  @Test func namesAreUnique() throws {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [3])
    var value = x
    for _ in 0..<3 { value = try graph.addNode(name: "same", .activation(.relu), inputs: [value], outputName: "y") }
    value = try graph.addNode(name: "x", .activation(.tanh), inputs: [value], outputName: "")
    graph.addOutput(value)
    graph.addOutput(x)
    try Self.expectSame(graph)
    let loaded = try Self.readAgain(graph)
    #expect(loaded.inputNames == ["x"] && Set(loaded.outputNames).count == 2)
  }

  @Test func integersAreRefused() throws {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [3])
    graph.encode(x, as: IntegerEncoding(.int8, scales: [0.5], zeroPoints: [0]))
    let y = try graph.addNode(name: "requantize", .requantize, inputs: [x])
    graph.addOutput(y)
    #expect(throws: ModelWritingError.unsupported(node: "requantize", reason: "it is between integers")) {
      try ONNXExporter.bytes(graph, version: "1")
    }
  }
}
