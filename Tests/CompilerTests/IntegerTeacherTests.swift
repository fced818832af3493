import Blob
import Compiler
import Datasets
import Delivery
import Execution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Tensors
import Testing
import Verification

/// Models of int8 that are compiled: their float meaning trains, their integers are what blobs are held up to.
struct IntegerTeacherTests {
  private static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("TFLM/small.tflite").path

  /// Options that leave the network as it is, but for how it is stored.
  private static func options(_ bench: Workbench) throws -> CompileOptions {
    var options = try bench.options(data: nil)
    options.model = model
    options.data = try pictures(bench)
    options.sparsity = 0
    options.levels = .table(256)
    (options.evolution.retraining.finalSteps, options.tableSteps, options.folds) = (0, 0, 0)
    return options
  }

  /// Random pictures of 0 to 255 in a file, made 0 to 1.
  private static func pictures(_ bench: Workbench) throws -> DataOptions {
    var random = SeededGenerator(seed: 3)
    let pixels = (0..<96 * 144).map { ((random.nextFloat() * (($0 / 144) % 4 == 0 ? 80 : 255))).rounded() }
    let file = URL(fileURLWithPath: bench.path("pictures.npy"))
    try NPY.write(Tensor(shape: [96, 12, 12, 1], values: pixels), to: file)
    return DataOptions(path: file.path, scale: [1.0 / 255])
  }

  private static func samples(_ count: Int) -> [Tensor] {
    var random = SeededGenerator(seed: 1)
    return [Tensor(shape: [count, 12, 12, 1], values: (0..<count * 144).map { _ in random.nextFloat() })]
  }

  @Test func theFloatMeaningAnswersAsTheIntegersDo() throws {
    let graph = try ModelLoader.load(path: Self.model).graph
    let inputs = Self.samples(50)
    let exact = try ExactTeacher(graph).run(inputs: inputs, threads: 2)[0].values
    let floats = try Executor(graph: graph.inNumbers).run(inputs: inputs)[0].values
    let differences = zip(exact, floats).map { abs($0 - $1) }
    #expect(differences.reduce(0, max) < 0.2)
    #expect(differences.reduce(0, +) / Float(differences.count) < 0.01)
  }

  @Test func aStudentHasBytesOfTheFilesRanges() throws {
    let bench = try Workbench()
    let report = try bench.compile(try Self.options(bench))
    let equal = try #require(report.equal)
    #expect(equal > 0.15 && equal < 1 && (report.agreement ?? 0) > 0.8)
    let model = try BlobReader.read(Array(bench.bytes("out.kgl")))
    #expect(model.steps.allSatisfy { if case .integer = $0 { true } else { false } })
    let input = model.inputs[0].tensor
    #expect(input.type == .uint8 && abs(input.scale - 1 / 255) < 1e-7 && input.shape == [12, 12, 1])
    #expect(report.emulatedSamples != nil)
    // A blob of its own rounding has no answers to keep to, but says how many it keeps.
    let equality = try Lossless.verify(
      blob: bench.path("out.kgl"), teacher: Self.model, samples: 40, threads: 2, seed: 1, anyTeacher: false)
    #expect(equality.equal > 0.1 && equality.equal < 1 && !equality.exact && equality.elements == 200)
  }

  @Test func rangesOfSamplesAndFloatsAreForWhoAsks() throws {
    let bench = try Workbench()
    var options = try Self.options(bench)
    try bench.compile(options)
    options.ranges = .file
    try bench.compile(options, to: "file.kgl")
    #expect(try bench.bytes("out.kgl") == bench.bytes("file.kgl"))
    options.ranges = .samples
    try bench.compile(options, to: "samples.kgl")
    #expect(try bench.bytes("out.kgl") != bench.bytes("samples.kgl"))
    (options.ranges, options.activations) = (nil, .float32)
    let report = try bench.compile(options, to: "floats.kgl")
    #expect(try #require(report.equal) > 0.15)
    #expect(try Inspection.blob(bench.path("floats.kgl")).outputTypes[0].type == "float32")
  }

  @Test func whatIsOfBytesIsRefusedWithoutThem() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.tableLimit = 31
    #expect(throws: CompilerError.usage(
      reason: "--table-limit is of bytes between steps: give --activations int8 with it")
    ) { try bench.compile(options) }
    (options.tableLimit, options.ranges) = (nil, .samples)
    #expect(throws: CompilerError.usage(
      reason: "--ranges is of bytes between steps: give --activations int8 with it")
    ) { try bench.compile(options) }
    (options.activations, options.ranges) = (.int8, .file)
    #expect(throws: CompilerError.usage(
      reason: "--ranges file is for models of int8, whose files say them: \(bench.path("net.onnx")) says none")
    ) { try bench.compile(options) }
  }

  @Test func aRunIsTakenUpAgain() throws {
    let bench = try Workbench()
    var options = try Self.options(bench)
    options.sparsity = 0.5
    let first = try Compilation(options: options, observer: Watcher())
    first.checkpointPath = bench.path("run.ckpt")
    _ = try first.evolve()
    let report = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
      .compile(to: bench.path("resumed.kgl"))
    #expect(report.equal != nil && abs(report.sparsity - 0.5) < 0.02)
    try bench.compile(options)
    #expect(try bench.bytes("out.kgl") == bench.bytes("resumed.kgl"))
  }

  @Test func anEncodedBlobIsEqualOnSamplesOfAFileToo() throws {
    let bench = try Workbench()
    let data = try Self.pictures(bench)
    _ = try Lossless.encode(Self.model, to: bench.path("out.kgl"), options: LosslessOptions())
    let report = try Verification.verify(
      blob: bench.path("out.kgl"), teacher: Self.model, test: data, task: TaskOptions(), threads: 2, seed: 1)
    #expect(report.equal == 1 && report.exact && report.agreement == 1 && report.samples == 96)
  }

  @Test func aModelOfInt8RunsOnNumbers() throws {
    let bench = try Workbench()
    var data = try Self.pictures(bench)
    _ = try Lossless.encode(Self.model, to: bench.path("out.kgl"), options: LosslessOptions())
    let files = [data.path]
    data.path = ""
    let outputs = try [Self.model, bench.path("out.kgl")].map {
      try NetworkRun.run($0, inputs: files, transform: data, output: nil, threads: 1).outputs
    }
    #expect(outputs[0] == outputs[1] && outputs[0][0].count == 480)
  }
}
