import Blob
import Compiler
import Datasets
import Delivery
import Execution
import Foundation
import Intake
import Lowering
import ModelGraph
import ModelLoading
import Simplification
import Tensors
import Testing
import TestSupport

/// Networks that look at a window, as blobs that take what is new of it.
struct StreamedBlobTests {
  private static let axes = ModelAxes(stream: StreamAxis(axis: 1))

  /// [6, 1, 2] through a window of 3 and one of 2: three answers, of which the last is new.
  private static func write(to path: String) throws {
    func bytes(_ name: String, _ shape: [Int], scale: Float, zero: Int) -> TFLiteTensorBytes {
      TFLiteTensorBytes(name, shape, type: 9).scaled([scale], [zero])
    }
    let file = TFLiteBytes(
      [
        bytes("x", [1, 6, 1, 2], scale: 0.5, zero: -3), bytes("h", [1, 4, 1, 1], scale: 4, zero: 5),
        bytes("y", [1, 3, 1, 1], scale: 8, zero: 2),
        TFLiteTensorBytes("w", [1, 3, 1, 2], type: 9).scaled([0.25], [0], data: [1, -2, 30, 4, -5, 60]),
        TFLiteTensorBytes("v", [1, 2, 1, 1], type: 9).scaled([0.5], [0], data: [3, -7]),
      ],
      [
        TFLiteOperatorBytes(3, [0, 3, -1], [1], optionsType: 1, [0: .int8(1), 1: .int32(1), 2: .int32(1)]),
        TFLiteOperatorBytes(3, [1, 4, -1], [2], optionsType: 1, [0: .int8(1), 1: .int32(1), 2: .int32(1)]),
      ], outputs: [2])
    try Data(file.encoded).write(to: URL(fileURLWithPath: path))
  }

  @Test func ofBytesEveryFrameIsTheWindows() throws {
    let folder = try TemporaryFolder()
    let (path, blob) = (folder.path + "/m.tflite", folder.path + "/m.kgl")
    try Self.write(to: path)
    var options = LosslessOptions()
    options.selfTest = 3
    let report = try Lossless.encode(path, axes: Self.axes, to: blob, options: options)
    #expect(report.frame?.multiplications == 8 && report.frame?.windowMultiplications == 4 * 6 + 3 * 2)
    #expect(report.stateBytes == 12 && report.text.contains("8 of the window's 30 multiplications"))
    let model = try BlobReader.read([UInt8](Data(contentsOf: URL(fileURLWithPath: blob))))
    #expect(model.inputs[0].tensor.shape == [1, 1, 2] && model.outputs[0].shape == [1, 1, 1])
    // The window's own answers, and those of the model that takes frames.
    let equality = try Lossless.verify(blob: blob, teacher: path, samples: 300, threads: 2, seed: 3, anyTeacher: false)
    #expect(equality.equal == 1 && equality.samples == 300 && equality.selfTestSamples == 3)
    #expect(try Inspection.model(path, axes: Self.axes).states?.map(\.shape) == [[2, 3, 1], [1, 2, 1]])
  }

  /// What does not move in the same way is another network.
  @Test func framesOfAnotherWindowAreRefused() throws {
    let folder = try TemporaryFolder()
    let (path, blob) = (folder.path + "/m.tflite", folder.path + "/m.kgl")
    try Self.write(to: path)
    _ = try Lossless.encode(path, axes: Self.axes, to: blob, options: LosslessOptions())
    let error = #expect(throws: CompilerError.self) {
      try Lossless.encode(path, axes: ModelAxes(stream: StreamAxis(axis: 4)), to: blob, options: LosslessOptions())
    }
    #expect(error?.sentence.contains("has no such axis") == true)
    let hop = #expect(throws: CompilerError.self) {
      try Inspection.model(path, axes: ModelAxes(stream: StreamAxis(axis: 1, hop: 7)))
    }
    #expect(hop?.sentence.contains("--hop 7") == true)
  }

  /// Samples are windows; only the blob takes frames, and answers each window as the student does.
  @Test(arguments: [ActivationType.float32, .int8]) func aStudentIsTrainedOnWindows(activations: ActivationType) throws {
    let bench = try Workbench()
    var options = try bench.options(.autoencoder())
    (options.activations, options.stream, options.selfTest) = (activations, StreamAxis(axis: 1, hop: 3), 2)
    let report = try bench.compile(options)
    #expect(activations == .float32 || report.emulatedSamples == 64 || report.emulatedSamples == report.samples)
    #expect(try #require(report.relativeDifference) < (activations == .int8 ? 0.3 : 1e-5))
    let model = try BlobReader.read(Array(bench.bytes("out.kgl")))
    #expect(model.inputs[0].tensor.shape == [3] && model.states.map(\.tensor.shape) == [[8]])
    options.stream = nil
    let whole = try bench.compile(options, to: "whole.kgl")
    #expect(whole.agreement == report.agreement)
    let verified = try Verification.verify(
      blob: bench.path("out.kgl"), teacher: bench.path("net.onnx"), test: DataOptions(path: "random:40"),
      task: TaskOptions(.auto), threads: 2, seed: 3)
    #expect(verified.samples == 40 && verified.selfTestSamples == 2)
  }

  /// Frames in turn through the blob, and through the network as the file's window has it.
  @Test func streamsAreVerified() throws {
    let bench = try Workbench()
    var options = try bench.options(.autoencoder(), data: nil)
    (options.stream, options.sparsity, options.levels) = (StreamAxis(axis: 1, hop: 2), 0, .float)
    let compilation = try Compilation(options: options, observer: Watcher())
    _ = try compilation.encode(to: bench.path("out.kgl"))
    func report(_ test: String) throws -> StreamReport {
      try StreamVerification.verify(
        blob: bench.path("out.kgl"), teacher: bench.path("net.onnx"), test: DataOptions(path: test), options: StreamOfFrames())
    }
    let one = try report("random:50")
    #expect(one.frames == 50 && one.streams == 1 && one.agreement > 0.9999 && !one.decides)
    #expect(one.drift.count == 10 && one.stateDrift?.count == 10 && (one.stateDrift?.max() ?? 1) < 1e-5)
    var random = SeededGenerator(seed: 4)
    let frames = (0..<3 * 7 * 2).map { _ in random.nextNormal() }
    try NPY.write(Tensor(shape: [3, 7, 2], values: frames), to: URL(fileURLWithPath: bench.path("x.npy")))
    let several = try report(bench.path("x.npy"))
    #expect(several.streams == 3 && several.frames == 21 && several.agreement > 0.9999)
    try NPY.write(Tensor(shape: [21, 2], values: frames), to: URL(fileURLWithPath: bench.path("x.npy")))
    #expect(try report(bench.path("x.npy")).streams == 1)
  }

  /// Each of several inputs has its array, and a frame brings something of each.
  @Test func streamsOfSeveralInputsAreVerified() throws {
    let bench = try Workbench()
    var net = NetBuilder(seed: 9)
    let (x, y) = (net.input([6]), net.input([6]))
    net.output(try net.dense(try net.activation(.tanh, try net.node(.binary(.add), x, y)), to: 2))
    let names = net.graph.inputs.map { net.graph[$0].name }
    try ONNXExporter.bytes(net.graph, version: "1").write(to: URL(fileURLWithPath: bench.path("net.onnx")))
    var options = CompileOptions(model: bench.path("net.onnx"))
    (options.stream, options.sparsity, options.levels) = (StreamAxis(axis: 1, hop: 2), 0, .float)
    _ = try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
    func report(_ test: String) throws -> StreamReport {
      try StreamVerification.verify(
        blob: bench.path("out.kgl"), teacher: bench.path("net.onnx"), test: DataOptions(path: test), options: StreamOfFrames())
    }
    var random = SeededGenerator(seed: 4)
    func write(_ shapes: [[Int]]) throws {
      let arrays = zip(names, shapes).map { name, shape -> NPZ.Array in
        let numbers = (0..<shape.elementCount).map { _ in random.nextNormal() }
        return NPZ.Array(name, numbers.flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }, .float32, shape: shape)
      }
      try NPZ.write(arrays.reversed(), to: URL(fileURLWithPath: bench.path("x.npz")))
    }
    #expect(try report("random:30").frames == 30)
    try write([[3, 7, 2], [3, 7, 2]])
    let several = try report(bench.path("x.npz"))
    #expect(several.streams == 3 && several.frames == 21 && several.agreement > 0.9999)
    try write([[21, 2], [21, 2]])
    #expect(try report(bench.path("x.npz")).streams == 1)
    try write([[21, 2], [3, 7, 2]])
    let error = #expect(throws: CompilerError.self) { try report(bench.path("x.npz")) }
    #expect(error?.sentence.contains("gives input \(names[1]) 3 streams of 7 frames and input \(names[0]) 1 stream of 21 frames") == true)
  }

  /// A published file that keeps a window is trained on sequences, which recordings are cut to, and takes frames again.
  @Test func whatKeepsAWindowIsTrainedOnSequences() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.model = bench.path("m.tflite")
    try Data(StateTests.file.encoded).write(to: URL(fileURLWithPath: options.model))
    var random = SeededGenerator(seed: 4)
    let frames = (0..<60 * 8 * 2).map { _ in 20 * random.nextNormal() }
    try NPY.write(Tensor(shape: [60 * 8 + 3, 1, 1, 2], values: frames + [0, 0, 0, 0, 0, 0]), to: URL(fileURLWithPath: bench.path("x.npy")))
    (options.data, options.frames, options.sparsity, options.levels) = (DataOptions(path: bench.path("x.npy")), 8, 0, .table(64))
    (options.folds, options.task) = (0, .regress)
    let report = try bench.compile(options)
    #expect(report.emulatedSamples == report.samples && report.samples == 6)
    #expect(try #require(report.agreement) > 0.9)
    let model = try BlobReader.read(Array(bench.bytes("out.kgl")))
    #expect(model.inputs[0].tensor.count == 2 && model.outputs.map(\.count) == [1] && !model.states.isEmpty)
    var judged = StreamOfFrames()
    judged.task = TaskOptions(.regress)
    let stream = try StreamVerification.verify(
      blob: bench.path("out.kgl"), teacher: options.model, test: DataOptions(path: bench.path("x.npy")), options: judged)
    #expect(stream.frames == 483 && stream.agreement > 0.9)
  }

  @Test func aBorderIsRefusedBeforeAnythingIsDone() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.stream = StreamAxis(axis: 2)
    let error = #expect(throws: CompilerError.self) { try Compilation(options: options, observer: Watcher()) }
    #expect(error?.sentence.contains("node conv (convolution) puts a border") == true)
  }

  // MARK: Graphs

  private static func network() throws -> Graph {
    var net = NetBuilder(seed: 4)
    let x = net.input([3, 9, 1])
    var y = try net.activation(.relu, try net.convolution(x, to: 5, Window(kernel: [3, 1])))
    y = try net.activation(.relu, try net.convolution(y, to: 4, Window(kernel: [2, 1])))
    net.output(try net.dense(try net.node(.reshape([4 * 6]), y), to: 2))
    net.clear(layer: 0, rows: [1, 3])
    net.setBias(layer: 0, row: 1, to: 0.5)
    return net.graph
  }

  private func answers(_ graph: Graph, _ frames: Int = 14) throws -> [Float] {
    var (stream, random) = (StreamExecutor(try Executor(graph: graph, threads: 1)), SeededGenerator(seed: 2))
    let given = graph.sampleInputs.map { input in
      let shape = [frames] + graph[input].shape
      return Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() })
    }
    return try stream.run(frames: given).flatMap(\.values)
  }

  private func isClose(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) }
  }

  /// A blob that keeps state is the graph again that it came from.
  @Test func statesAreRaised() throws {
    let graph = try Self.network().streamed(along: 1, hop: 1)
    var weights: [Int: BlobWeights] = [:]
    for layer in graph.layers { weights[layer.nodeIndex] = try EdgeTwin.coded(graph, layer, levels: nil, sparsity: 0) }
    let model = Lowering.lower(graph, weights: weights, transforms: [BlobTransform()]).model
    let raised = try Raising.graph(of: model)
    try raised.verify()
    #expect(raised.states.count == graph.states.count && raised.states.count == 3)
    #expect(isClose(try answers(raised), try answers(graph)))
  }

  /// Units that give the same number for ever go, and what is kept of them: before a window becomes frames all of
  /// them, and after that those that no state holds.
  @Test func deadUnitsGoAcrossAWindow() throws {
    let graph = try Self.network()
    let small = try graph.withoutDeadUnits().streamed(along: 1, hop: 1)
    let whole = try graph.streamed(along: 1, hop: 1)
    #expect(small.foundStates.map { small[$0].shape } == [[3, 3, 1], [3, 2, 1], [24]])
    #expect(whole.foundStates.map { whole[$0].shape } == [[3, 3, 1], [5, 2, 1], [24]])
    // Before a window is full what is kept of a unit is 0, and not what it gives.
    let (a, b) = (try answers(small), try answers(whole))
    #expect(isClose(Array(a.dropFirst(16)), Array(b.dropFirst(16))))
    let cut = whole.withoutDeadUnits()
    try cut.verify()
    #expect(isClose(try answers(cut), b))
  }
}
