import Blob
import Compiler
import Delivery
import Foundation
import Intake
import Testing

/// `--activations int8` from a model to a blob.
struct IntegerCompilationTests {
  @Test func aCompilationEndsInIntegerSteps() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.activations = .int8
    options.test = DataOptions(path: "random:90")
    let report = try bench.compile(options)
    // The same student in float32, on the same samples.
    let (floats, loss) = (try #require(report.floatLoss), try #require(report.loss))
    #expect(floats < 20 && abs(floats - loss) < 20)
    #expect(report.emulatedSamples == 64 || report.emulatedSamples == report.samples)
    #expect(try #require(report.agreement) >= 0.8)
    let model = try BlobReader.read(Array(bench.bytes("out.kgl")))
    #expect(model.steps.allSatisfy { if case .integer = $0 { true } else { false } })
    #expect(model.inputs[0].tensor.type == .int8, "random samples are negative too")
    #expect(model.outputs[0].type != .float32)
    let again = try bench.compile(options, to: "again.kgl")
    #expect(try bench.bytes("out.kgl") == bench.bytes("again.kgl"))
    #expect(again.blobBytes == report.blobBytes)
  }

  @Test func withoutSamplesThereIsNothingToCalibrateOn() throws {
    let bench = try Workbench()
    var options = try bench.options(data: nil)
    (options.sparsity, options.activations) = (0, .int8)
    let compilation = try Compilation(options: options, observer: Watcher())
    #expect(throws: CompilerError.usage(
      reason: "--activations int8 needs samples to calibrate on: give --data")
    ) {
      try compilation.encode(to: bench.path("out.kgl"))
    }
  }

  @Test func aModelIsEncodedOnSamplesForCalibrationAlone() throws {
    let bench = try Workbench()
    var options = try bench.options(data: nil)
    (options.sparsity, options.activations) = (0, .int8)
    options.calibration = DataOptions(path: "random:100")
    let compilation = try Compilation(options: options, observer: Watcher())
    let report = try compilation.encode(to: bench.path("out.kgl"))
    #expect(report.arenaBytes > 0)
    #expect(try Inspection.blob(bench.path("out.kgl")).inputTypes[0].type == "int8")
  }

  @Test func sourcesSayTypesAndSwitches() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.activations = .int8
    try bench.compile(options)
    let files = try CFiles.emit(
      blob: bench.path("out.kgl"), to: bench.path("c"), samples: DataOptions(path: "random:5"),
      count: 5)
    #expect(files.contains(bench.path("c") + "/model_config.h"))
    func text(_ name: String) throws -> String {
      String(decoding: try bench.bytes("c/" + name), as: UTF8.self)
    }
    let config = try text("model_config.h")
    #expect(config.contains("#define KGL_INTEGER 1\n") && config.contains("#define KGL_FLOAT 0\n"))
    #expect(config.contains("#define KGL_MATH 0\n") && config.contains("#define KGL_OP_PRELU 0\n"))
    #expect(try text("samples.h").contains("#define KINGLET_SAMPLE_TYPE 2\n"))
    #expect(try text("samples.c").contains("const int8_t kinglet_samples"))
    #expect(try text("model.h").contains("#define KINGLET_MODEL_INPUT0_TYPE 2\n"))
    let expected = try text("expected.txt").split(separator: "\n")
    #expect(expected.count == 5)
    #expect(expected.allSatisfy { $0.split(separator: " ").allSatisfy { Int($0) != nil } })
  }
}
