import Blob
import Compiler
import Delivery
import Execution
import Foundation
import Intake
import Lowering
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

/// The steps of a blob as a graph again, and as a file of ONNX.
struct RaisingTests {
  private static func answers(_ graph: Graph, _ inputs: [Tensor]) throws -> [Tensor] {
    try Executor(graph: graph, threads: 1).run(inputs: inputs)
  }

  private static func samples(_ graph: Graph, seed: UInt64) -> [Tensor] {
    var random = SeededGenerator(seed: seed)
    return graph.inputs.map { input in
      let shape = [2] + graph[input].shape
      return Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() })
    }
  }

  /// nil where a step does the one thing that no operator does.
  private static func raised(_ model: BlobModel) throws -> Graph? {
    do {
      return try Raising.graph(of: model)
    } catch {
      guard error.sentence.hasSuffix("one of its windows sees nothing of the image") else { throw error }
      return nil
    }
  }

  /// Networks of every operation, with branches, values that share places, and zeros.
  @Test(arguments: UInt64(0)..<60) func stepsAreTheGraphThatTheyCameFrom(seed: UInt64) throws {
    let graph = try RandomGraph.make(seed: seed)
    let twin = try EdgeTwin(graph, levels: seed % 2 == 0 ? nil : 5)
    guard let raised = try Self.raised(twin.model) else { return }
    try raised.verify()
    #expect(raised.layers.count == graph.layers.count)
    #expect(raised.inputs.map { raised[$0].shape } == graph.inputs.map { graph[$0].shape })
    #expect(raised.outputs.map { raised[$0].shape } == graph.outputs.map { graph[$0].shape })
    let inputs = Self.samples(graph, seed: seed)
    let (found, expected) = (try Self.answers(raised, inputs), try Self.answers(twin.student, inputs))
    for (output, wanted) in zip(found, expected) { #expect(output.relativeDifference(from: wanted) < 1e-5) }
  }

  /// What lies behind another at its place is read, and not what was there before.
  @Test func placesAreReadAsTheyAreThen() throws {
    let relu = BlobStep.activation(BlobActivationStep(x: 0, y: 0, count: 4, activation: .relu))
    let halves = BlobStep.copy(BlobCopy(x: 0, y: 4, outer: 2, inner: 2, stride: 3, offset: 1))
    let ones = BlobStep.constant(BlobConstant(y: 0, numbers: StoredNumbers([1, 1])))
    let rest = BlobStep.copy(BlobCopy(x: 0, y: 4, outer: 2, inner: 1, stride: 3, offset: 0))
    let input = BlobInput(tensor: BlobTensor(place: 0, shape: [4]))
    var model = BlobModel(
      arenaBytes: 40, inputs: [input], outputs: [BlobTensor(place: 4, shape: [2, 3])], steps: [relu, halves, ones, rest])
    let graph = try Raising.graph(of: model)
    let answers = try Self.answers(graph, [Tensor(shape: [1, 4], values: [-1, 2, 3, -4])])
    #expect(answers.map(\.values) == [[1, 0, 2, 1, 3, 0]])

    model.steps = [relu, halves]
    #expect(throws: LoweringError.noNode(step: "output", reason: "it reads another number of elements than a step wrote")) {
      try Raising.graph(of: model)
    }
    model.steps = [ones, relu]
    #expect(
      throws: LoweringError.noNode(
        step: "step 2 activation", reason: "it reads another number of elements than a step wrote")
    ) { try Raising.graph(of: model) }
    model.steps = [relu]
    #expect(throws: LoweringError.noNode(step: "output", reason: "it reads what no step wrote as a whole")) {
      try Raising.graph(of: model)
    }
  }

  /// A blob on disk, its file of ONNX, and a blob of that: the same answers.
  @Test func exportedBlobsAnswerAsBefore() throws {
    let folder = try TemporaryFolder()
    var net = NetBuilder(seed: 3)
    var x = net.input([2, 6, 6])
    x = try net.activation(.clip(low: 0, high: 6), net.convolution(x, to: 4, Window(kernel: [3, 3], padBefore: [1, 0], padAfter: [0, 1])))
    x = try net.node(.maxPool(Window(kernel: [2, 2], strides: [2, 2])), x)
    net.output(try net.node(.softmax(axis: 0), net.head(x, to: 3)))
    let twin = try EdgeTwin(net.graph, levels: 4, sparsity: 0.6)
    let (blob, file) = (folder.path + "/net.kgl", folder.path + "/net.onnx")
    try Data(twin.bytes).write(to: URL(fileURLWithPath: blob))
    let report = try NetworkExport.blob(blob, to: file)
    #expect(report.inputs == [[2, 6, 6]] && report.outputs == [[3]] && report.sparsity > 0.5)
    let read = try ModelLoader.load(path: file).graph
    let inputs = Self.samples(net.graph, seed: 1)
    let wanted = try Self.answers(twin.student, inputs)
    #expect(try Self.answers(read, inputs)[0].relativeDifference(from: wanted[0]) < 1e-5)
    // Levels and zeros are in the file as they are in the blob, so that the same table codes them again.
    let again = try EdgeTwin(read, levels: 4, sparsity: 0)
    #expect(again.model.steps.map { $0.weights?.survivors } == twin.model.steps.map { $0.weights?.survivors })
    #expect(throws: CompilerError.self) { try NetworkExport.blob(file, to: blob) }
  }

  /// A network of Kinglet's own integers as one of TensorFlow Lite's: nearly the same answers, and said so.
  @Test func ownIntegersAreExportedNearly() throws {
    let folder = try TemporaryFolder()
    let (blob, file) = (folder.path + "/net.kgl", folder.path + "/net.tflite")
    var net = NetBuilder(seed: 5, biasScale: 0.2)
    let image = net.input([3, 8, 8])
    var x = try net.activation(.relu, net.convolution(image, to: 6, Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1])))
    let branch = try net.convolution(x, to: 6, Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1]), groups: 6)
    x = try net.activation(.relu, net.node(.binary(.add), branch, x))
    x = try net.node(.maxPool(Window(kernel: [2, 2], strides: [2, 2])), x)
    x = try net.node(.binary(.multiply), x, net.node(.globalAveragePool, x))
    net.output(try net.head(x, to: 5))
    let twin = try IntegerTwin(net.graph, width: .int8)
    try Data(twin.bytes).write(to: URL(fileURLWithPath: blob))
    for form in [ExportForm.tflite, .quantizedONNX] {
      let report = try NetworkExport.blob(blob, to: file, as: form)
      #expect(report.comparedSamples == 16 && report.elements == "int8" && report.sparsity > 0.2)
      #expect(try #require(report.equal) > 0.5, "\(report.text)")
      #expect(try #require(report.farthest) <= 2, "\(report.text)")
    }
    let wide = try IntegerTwin(net.graph, width: .int16)
    try Data(wide.bytes).write(to: URL(fileURLWithPath: blob))
    let error = #expect(throws: CompilerError.self) { try NetworkExport.blob(blob, to: file, as: .tflite) }
    #expect(try #require(error).sentence.contains("16 bits"))
    #expect(throws: CompilerError.self) { try NetworkExport.blob(blob, to: file, as: .onnx) }
  }
}
