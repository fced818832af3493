import Compiler
import Delivery
import Foundation
import Intake
import Testing

/// Runs as files of integers: what their blobs would be exported as.
struct RunExportTests {
  private static let forms: [(form: ExportForm, name: String)] = [(.tflite, "student.tflite"), (.quantizedONNX, "student.onnx")]

  /// A run as far as its tables, kept in `run.ckpt`, and its blob.
  @discardableResult
  private static func run(_ bench: Workbench, _ options: CompileOptions) throws -> CompileReport {
    let compilation = try Compilation(options: options, observer: Watcher())
    compilation.checkpointPath = bench.path("run.ckpt")
    return try compilation.compile(to: bench.path("out.kgl"))
  }

  private static func export(_ bench: Workbench, _ form: (form: ExportForm, name: String)) throws -> (report: ExportReport, bytes: Data) {
    let report = try NetworkExport.student(
      of: bench.path("run.ckpt"), to: bench.path(form.name), as: form.form, observer: Watcher())
    return (report, try bench.bytes(form.name))
  }

  @Test func aRunIsExportedAsItsBlobIs() throws {
    let bench = try Workbench()
    var options = try bench.options()
    (options.activations, options.tablePrecision) = (.int8, .int8)
    try Self.run(bench, options)
    let before = try bench.bytes("run.ckpt")
    for form in Self.forms {
      let blob = try NetworkExport.blob(bench.path("out.kgl"), to: bench.path("blob-\(form.name)"), as: form.form)
      let (report, bytes) = try Self.export(bench, form)
      #expect(bytes == (try bench.bytes("blob-\(form.name)")))
      #expect(report.equal == blob.equal && report.farthest == blob.farthest && report.comparedSamples == 16)
      #expect(report.elements == "int8" && report.sparsity > 0.4)
    }
    #expect(try bench.bytes("run.ckpt") == before, "the run is as it was")
  }

  @Test func anEvolvedRunGetsTheTablesThatItWouldGet() throws {
    let bench = try Workbench()
    var options = try bench.options()
    (options.activations, options.tablePrecision) = (.int8, .int8)
    let evolving = try Compilation(options: options, observer: Watcher())
    evolving.checkpointPath = bench.path("run.ckpt")
    _ = try evolving.evolve()
    let bytes = try Self.export(bench, Self.forms[0]).bytes
    _ = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher()).compile(to: bench.path("out.kgl"))
    _ = try NetworkExport.blob(bench.path("out.kgl"), to: bench.path("blob.tflite"), as: .tflite)
    #expect(bytes == (try bench.bytes("blob.tflite")))
  }

  /// Floats between steps are calibrated, and tables have 8 bits unless others were told.
  @Test func aRunOfFloatsIsExportedInIntegers() throws {
    let bench = try Workbench()
    var options = try bench.options()
    try Self.run(bench, options)
    for form in Self.forms {
      let report = try Self.export(bench, form).report
      #expect(report.elements == "int8" && report.sparsity > 0.4)
      #expect(try #require(report.equal) > 0.5, "\(report.text)")
    }
    options.tablePrecision = .int16
    try Self.run(bench, options)
    let error = #expect(throws: CompilerError.self) { try Self.export(bench, Self.forms[0]) }
    #expect(try #require(error).sentence.contains("--table-precision int8"))
  }

  @Test func whatCannotBeIntegersIsRefused() throws {
    let bench = try Workbench()
    var options = try bench.options()
    let patience = Watcher(stoppingAfter: 3)
    let stopped = try Compilation(options: options, observer: patience)
    stopped.checkpointPath = bench.path("run.ckpt")
    #expect(throws: CompilerError.self) { _ = try stopped.evolve() }
    #expect(throws: CompilerError.usage(reason: "\(bench.path("run.ckpt")) is not evolved to its end; go on with evolve")) {
      try Self.export(bench, Self.forms[0])
    }
    options.data = nil
    options.sparsity = 0
    let without = try Compilation(options: options, observer: Watcher())
    without.checkpointPath = bench.path("run.ckpt")
    _ = try without.evolve()
    let error = #expect(throws: CompilerError.self) { try Self.export(bench, Self.forms[0]) }
    #expect(try #require(error).sentence.contains("was made without samples"))
  }
}
