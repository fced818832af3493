import Blob
import Compiler
import Datasets
import Delivery
import Edge
import Emulation
import Execution
import Foundation
import Intake
import IntegerExecution
import Lowering
import ModelGraph
import ModelLoading
import Tables
import Tensors
import Testing
import TestSupport

/// Networks that keep state, from the graph to the C runtime.
struct StateTests {
  /// Frames in turn, on the host and in the C runtime: of a graph of floats, its layers raw.
  private func compare(_ graph: Graph, frames: Int = 12) throws -> BlobModel {
    try graph.verify()
    var weights: [Int: BlobWeights] = [:]
    for layer in graph.layers {
      weights[layer.nodeIndex] = try EdgeTwin.coded(graph, layer, levels: nil, sparsity: 0)
    }
    let transforms = graph.sampleInputs.map { _ in BlobTransform() }
    let model = Lowering.lower(graph, weights: weights, transforms: transforms).model
    let bytes = try BlobWriter.bytes(for: model)
    #expect(try BlobReader.read(bytes) == model)
    var random = SeededGenerator(seed: 5)
    let inputs = graph.sampleInputs.map { input in
      let shape = [frames] + graph[input].shape
      return Tensor(shape: shape, values: (0..<shape.reduce(1, *)).map { _ in random.nextNormal() })
    }
    var stream = StreamExecutor(try Executor(graph: graph, threads: 1))
    let wanted = try stream.run(frames: inputs)
    let runtime = try EdgeRuntime(bytes)
    #expect(runtime.stateBytes == model.stateBytes && model.stateBytes > 0)
    for again in 0..<2 {
      for frame in 0..<frames {
        let given = inputs.map { tensor in
          let width = tensor.values.count / frames
          return tensor.values[frame * width..<(frame + 1) * width].withUnsafeBytes { Array($0) }
        }
        for (answer, tensor) in zip(try runtime.run(given), wanted) {
          let found = answer.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
          let expected = tensor.values[frame * found.count..<(frame + 1) * found.count]
          let isClose = zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
          #expect(isClose, "frame \(frame), stream \(again)")
        }
      }
      try runtime.reset()
    }
    return model
  }

  /// A window that slides in place, read by a layer.
  @Test func aWindowSlidesWhereItLies() throws {
    var net = NetBuilder(seed: 1)
    let x = net.graph.addInput(name: "x", shape: [3, 2])
    let found = net.graph.addInput(name: "w", shape: [3, 5])
    let window = try net.node(.slide(axis: 1), found, x)
    let y = try net.dense(try net.node(.reshape([15]), window), to: 4)
    net.graph.addOutput(try net.node(.activation(.tanh), y))
    net.graph.carry(found, from: window, GraphState(name: "w"))
    let model = try compare(net.graph)
    #expect(model.states.map(\.tensor.place) == [0] && model.stateBytes == 60)
    #expect(!model.steps.contains { if case .copy = $0 { true } else { false } })
  }

  /// h' = tanh(A x + B h), which is answered too: it is made elsewhere, as B reads all of h.
  @Test func aRecurrentLayerIsCopiedToItsState() throws {
    var net = NetBuilder(seed: 2)
    let x = net.graph.addInput(name: "x", shape: [3])
    let h = net.graph.addInput(name: "h", shape: [4])
    let sum = try net.node(.binary(.add), try net.dense(x, to: 4), try net.dense(h, to: 4))
    let next = try net.node(.activation(.tanh), sum)
    net.graph.addOutput(next)
    let beginning = Tensor(shape: [4], values: [0.5, -1, 2, 0.25])
    net.graph.carry(h, from: next, GraphState(name: "h", beginning: Parameter(name: "h", role: .constant, tensor: beginning)))
    let model = try compare(net.graph)
    #expect(model.states[0].beginning != .zero && model.outputs[0].place >= model.stateBytes / 4)
  }

  /// A delay of two frames, an answer that is what was found, and states that are exchanged.
  @Test func valuesAreHandedOnFromStateToState() throws {
    var net = NetBuilder(seed: 3)
    let x = net.graph.addInput(name: "x", shape: [2])
    let states = (0..<4).map { net.graph.addInput(name: "s\($0)", shape: [2]) }
    net.graph.addOutput(states[1])
    net.graph.addOutput(try net.node(.binary(.add), x, states[2]))
    func begins(_ value: Float) -> Parameter {
      Parameter(name: "b", role: .constant, tensor: Tensor(shape: [2], values: [value, -value]))
    }
    net.graph.carry(states[0], from: x, GraphState(name: "s0", beginning: begins(1)))
    net.graph.carry(states[1], from: states[0], GraphState(name: "s1", beginning: begins(2)))
    net.graph.carry(states[2], from: states[3], GraphState(name: "s2", beginning: begins(3)))
    net.graph.carry(states[3], from: states[2], GraphState(name: "s3", beginning: begins(4)))
    _ = try compare(net.graph)
  }

  /// Of integers: the same from the graph, the emulator and the C runtime, and by every command that takes it.
  @Test func aFileOfVariablesIsEncodedAndRunsInTurn() throws {
    let folder = try TemporaryFolder()
    let (path, blob, frames) = (folder.path + "/m.tflite", folder.path + "/m.kgl", folder.path + "/x.npy")
    try Data(Self.file.encoded).write(to: URL(fileURLWithPath: path))
    var options = LosslessOptions()
    options.selfTest = 5
    let report = try Lossless.encode(path, to: blob, options: options)
    #expect(report.stateBytes == 8 && report.text.contains("8 of them state"))
    let graph = try ModelLoader.load(path: path).graph
    let model = try BlobReader.read([UInt8](Data(contentsOf: URL(fileURLWithPath: blob))))
    var random = SeededGenerator(seed: 8)
    let given = (0..<40).map { _ in (0..<2).map { _ in Int8.random(in: -128...127, using: &random) } }
    var stream = IntegerStream(try IntegerExecutor(graph))
    let answers = try given.map { try stream.outputs(of: [.int8($0)]).map(\.bytes) }
    let emulated = try IntegerEmulator(model).outputs(ofFrames: given.map { [$0.map { Int32($0) }] })
    #expect(emulated.map { $0.map { $0.map { UInt8(truncatingIfNeeded: $0) } } } == answers)
    let elements = given.flatMap { $0.map { UInt8(bitPattern: $0) } }
    try NPY.write(elements, .int8, shape: [40, 1, 1, 2], to: URL(fileURLWithPath: frames))
    for network in [path, blob] {
      let inTurn = try NetworkRun.runRaw(network, inputs: [frames], output: nil, threads: 2, stream: true)
      #expect(inTurn.outputs[0] == answers.map { Float(Int8(bitPattern: $0[0][0])) } && inTurn.note == nil)
      #expect(inTurn.shapes == [[40, 1, 1, 1]])
      let alone = try NetworkRun.runRaw(network, inputs: [frames], output: nil, threads: 2)
      #expect(alone.outputs[0] != inTurn.outputs[0] && alone.outputs[0][0] == inTurn.outputs[0][0])
      #expect(alone.note?.contains("--stream") == true)
    }
    let equality = try Lossless.verify(blob: blob, teacher: path, samples: 200, threads: 2, seed: 4, anyTeacher: false)
    #expect(equality.equal == 1 && equality.stateBytes == 8 && equality.selfTestSamples == 5)
    #expect(equality.text.contains("200 frames of one stream"))
    #expect(try Inspection.model(path, axes: [:]).states?.map(\.bytes) == [6])
  }

  /// Of floats, its state an input and an output of the file: stored with tables, it answers in turn as its file does.
  @Test func aNetworkOfFloatsThatKeepsStateIsEncoded() throws {
    let folder = try TemporaryFolder()
    let (path, blob, frames) = (folder.path + "/m.onnx", folder.path + "/m.kgl", folder.path + "/x.npy")
    var net = NetBuilder(seed: 4)
    let x = net.graph.addInput(name: "x", shape: [6])
    let found = net.graph.addInput(name: "past", shape: [8])
    let sum = try net.node(.binary(.add), try net.dense(x, to: 8), try net.dense(found, to: 8))
    let next = try net.node(.activation(.tanh), sum)
    net.graph.addOutput(try net.dense(next, to: 3))
    net.graph.addOutput(next)
    net.graph.rename(next, to: "now")
    try ONNXExporter.bytes(net.graph, version: "test").write(to: URL(fileURLWithPath: path))
    var random = SeededGenerator(seed: 6)
    let numbers = (0..<300).map { _ in random.nextNormal() }
    try NPY.write(Tensor(shape: [50, 6], values: numbers), to: URL(fileURLWithPath: frames))
    var options = CompileOptions(model: path)
    (options.states, options.sparsity, options.selfTest) = (["past": "now"], 0, 3)
    options.calibration = DataOptions(path: frames)
    for (levels, most) in [(LevelChoice.float, Float(1e-4)), (.table(64), 0.1)] {
      options.levels = levels
      let report = try Compilation(options: options, observer: Watcher()).encode(to: blob)
      #expect(report.evaluatedOn == "50 calibration frames" && report.layers.count == 3)
      let axes = ModelAxes(states: ["past": "now"])
      let wanted = try NetworkRun.run(
        path, inputs: [frames], transform: DataOptions(path: ""), axes: axes, output: nil, threads: 1, stream: true)
      let found = try NetworkRun.run(blob, inputs: [frames], transform: DataOptions(path: ""), output: nil, threads: 1, stream: true)
      #expect(found.shapes == [[50, 3]] && wanted.shapes == [[50, 3]])
      let difference = zip(found.outputs[0], wanted.outputs[0]).map { abs($0 - $1) }.max() ?? 1
      #expect(difference <= most && (levels == .float || difference > 0))
      let verified = try Verification.verify(
        blob: blob, teacher: path, axes: axes, test: DataOptions(path: frames), task: TaskOptions(), threads: 1, seed: 1)
      #expect(verified.samples == 50 && verified.loss < Double(most) * 100 && verified.selfTestSamples == 3)
    }
    for change: (inout CompileOptions) -> Void in [{ $0.activations = .int8 }, { $0.threshold = 0.5 }, { $0.sparsity = 0.5 }] {
      var other = options
      change(&other)
      #expect(throws: CompilerError.self) { _ = try Compilation(options: other, observer: Watcher()).encode(to: blob) }
    }
  }

  @Test func whatDoesNotTakeStateSaysSo() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/m.tflite"
    try Data(Self.file.encoded).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: IntakeError.self) { try Teacher.load(path) }
    #expect(error?.sentence.contains("keeps state") == true)
  }

  /// A window of 3 over two channels; a convolution sums it.
  static var file: TFLiteBytes {
    func bytes(_ name: String, _ shape: [Int]) -> TFLiteTensorBytes {
      TFLiteTensorBytes(name, shape, type: 9).scaled([0.5], [-3])
    }
    var file = TFLiteBytes(
      [
        bytes("x", [1, 1, 1, 2]), TFLiteTensorBytes("handle", [], type: 13), bytes("kept", [1, 2, 1, 2]),
        bytes("window", [1, 3, 1, 2]), bytes("left", [1, 2, 1, 2]), bytes("y", [1, 1, 1, 1]).scaled([8], [5]),
        TFLiteTensorBytes("w", [1, 3, 1, 2], type: 9).scaled([0.25], [0], data: [1, -2, 30, 4, -5, 60]),
        .ints("begin", [0, 1, 0, 0]), .ints("end", [1, 3, 1, 2]), .ints("stride", [1, 1, 1, 1]),
        bytes("begins", [1, 2, 1, 2]).scaled([0.5], [-3], data: [10, 20, 30, 40]),
      ],
      [
        TFLiteOperatorBytes(129, [], [], optionsType: 103, [0: .int32(1)]),
        TFLiteOperatorBytes(142, [], [1], optionsType: 111, [1: .string("memory")]),
        TFLiteOperatorBytes(143, [1], [2]),
        TFLiteOperatorBytes(2, [2, 0], [3], optionsType: 10, [0: .int32(1)]),
        TFLiteOperatorBytes(45, [3, 7, 8, 9], [4], optionsType: 32),
        TFLiteOperatorBytes(144, [1, 4], []),
        TFLiteOperatorBytes(3, [3, 6, -1], [5], optionsType: 1, [0: .int8(1), 1: .int32(1), 2: .int32(1)]),
      ], outputs: [5])
    file.bodies = [
      [
        TFLiteOperatorBytes(142, [], [1], optionsType: 111, [1: .string("memory")]),
        TFLiteOperatorBytes(144, [1, 10], []),
      ]
    ]
    return file
  }
}
