import Compiler
import Datasets
import Delivery
import Foundation
import Intake
import Tensors
import Testing

/// Each step of a blob beside its own network and its teacher.
struct StepDumpTests {
  private func dump(_ bench: Workbench, teacher: String? = "net.onnx") throws -> DumpReport {
    try StepDump.run(
      bench.path("out.kgl"), inputs: ["random:1"], transform: DataOptions(path: ""), teacher: teacher.map(bench.path),
      to: bench.path("steps"))
  }

  private func encoded(_ activations: ActivationType) throws -> Workbench {
    let bench = try Workbench()
    var options = try bench.options(data: nil)
    (options.sparsity, options.levels, options.activations) = (0, activations == .int8 ? .table(256) : .float, activations)
    options.calibration = DataOptions(path: "random:60")
    _ = try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
    return bench
  }

  @Test func floatsAreThoseOfStudentAndTeacher() throws {
    let report = try dump(encoded(.float32))
    #expect(report.steps.count > 2)
    for step in report.steps {
      let student = try #require(step.student), teacher = try #require(step.teacher)
      #expect((student.decibels ?? 999) > 90 && (teacher.decibels ?? 999) > 90, "\(step)")
      #expect(student.largestError < 1e-3)
    }
    #expect(report.text.contains("no step departs from the student"))
  }

  @Test func bytesAreNear() throws {
    let bench = try encoded(.int8)
    let report = try dump(bench)
    #expect(report.steps.allSatisfy { ($0.teacher?.decibels ?? 999) > 15 }, "\(report.text)")
    let first = try ElementArray(path: report.steps[0].file)
    #expect(["uint8", "int8"].contains(first.type) && first.tensor.count == report.steps[0].elements)
  }

  /// Three dense layers; the second has weights of this seed.
  private static func net(second: UInt64) -> TinyModel {
    var (model, generator) = (TinyModel(seed: 3), SeededGenerator(seed: second))
    model.input("x", [6])
    model.weights("w0", [8, 6])
    model.weights("w1", [7, 8], (0..<56).map { _ in generator.nextNormal() })
    model.weights("w2", [5, 7])
    model.node("Gemm", ["x", "w0"], "a", numbers: ["transB": 1])
    model.node("Gemm", ["a", "w1"], "b", numbers: ["transB": 1])
    model.node("Gemm", ["b", "w2"], "c", numbers: ["transB": 1])
    model.output("c", [5])
    return model
  }

  /// A teacher of which the second layer has other weights departs there, and not before.
  @Test func theFirstStepThatDepartsIsNamed() throws {
    let bench = try Workbench()
    var options = try bench.options(Self.net(second: 1), data: nil)
    (options.sparsity, options.levels) = (0, .float)
    _ = try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
    #expect(try dump(bench).text.contains("no step departs from \(bench.path("net.onnx"))"))
    try Self.net(second: 2).write(to: bench.path("other.onnx"))
    let report = try dump(bench, teacher: "other.onnx")
    #expect(report.steps.map { ($0.teacher?.decibels ?? 999) > 20 } == [true, false, false], "\(report.text)")
    #expect(report.text.contains("the first step that departs from \(bench.path("other.onnx")), with less than 20 dB, is 1, dense"))
  }
}
