import Blob
import Compiler
import Datasets
import Delivery
import Foundation
import Intake
import Tensors
import Testing

/// What `verify` refuses, and what it tells of samples.
struct VerificationTests {
  private func verify(
    _ bench: Workbench, _ test: DataOptions, teacher: String = "net.onnx", any: Bool = false
  ) throws -> VerificationReport {
    try Verification.verify(
      blob: bench.path("out.kgl"), teacher: bench.path(teacher), test: test, task: TaskOptions(),
      threads: 1, seed: 1, anyTeacher: any)
  }

  @Test func anotherTeacherIsRefused() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.sparsity = 0
    try bench.compile(options)
    try TinyModel.classifier(seed: 2).write(to: bench.path("other.onnx"))
    let samples = DataOptions(path: "random:20")
    #expect {
      try verify(bench, samples, teacher: "other.onnx")
    } throws: { error in
      guard case CompilerError.unfit(let reason) = error else { return false }
      return reason.contains("out.kgl was made from a model of hash ") && reason.contains("other.onnx has ")
        && reason.contains("--any-teacher")
    }
    #expect(try verify(bench, samples, teacher: "other.onnx", any: true).agreement < 1)
    #expect(try verify(bench, samples).samples == 20)
    // A blob that does not know its teacher takes any.
    let bytes = Array(try bench.bytes("out.kgl"))
    let unknown = BlobProvenance(toolVersion: "0")
    try Data(BlobWriter.replacing(ancillary: [unknown.section], in: bytes))
      .write(to: URL(fileURLWithPath: bench.path("out.kgl")))
    #expect(try verify(bench, samples, teacher: "other.onnx").samples == 20)
  }

  @Test func samplesOfAnotherScaleAreToldOf() throws {
    let bench = try Workbench()
    var options = try bench.options()
    (options.sparsity, options.selfTest) = (0, 3)
    let shares = Dataset.random(count: 60, sampleShape: [1, 6, 6], seed: 3).samples(0..<60)
    let pixels = Tensor(shape: shares.shape, values: shares.values.map { min(255, abs($0) * 100) })
    for (name, values) in [("shares", pixels.values.map { $0 / 255 }), ("pixels", pixels.values)] {
      try NPY.write(
        Tensor(shape: pixels.shape, values: values), to: URL(fileURLWithPath: bench.path("\(name).npy")))
    }
    func warnings(_ name: String, scale: [Float]? = nil) throws -> [String] {
      try verify(bench, DataOptions(path: bench.path("\(name).npy"), scale: scale)).warnings
    }
    options.data = DataOptions(path: bench.path("pixels.npy"), scale: [1 / 255])
    try bench.compile(options)
    #expect(try warnings("pixels").isEmpty)
    let dark = try warnings("shares")
    #expect(dark.count == 2 && dark[0].contains("fit these raw numbers?"))
    #expect(dark.allSatisfy { $0.contains("shares.npy: once made ready, samples go from ") })
    let told = try warnings("shares", scale: [1])
    #expect(told.count == 1 && told[0].contains("--input-scale is 1.0, and the blob was made with 0.00"))
    // Nothing is done to these, so that the self-test alone shows what is usual.
    options.data = DataOptions(path: bench.path("shares.npy"))
    try bench.compile(options)
    #expect(try warnings("shares").isEmpty)
    let bright = try warnings("pixels")
    #expect(bright.count == 1 && bright[0].contains("those of the blob's self-test are at most"))
    // And here what the input can hold.
    (options.selfTest, options.activations) = (nil, .int8)
    try bench.compile(options)
    #expect(try warnings("shares").isEmpty)
    #expect(try warnings("pixels").contains { $0.contains("the blob's input holds 0.0 to ") })
  }

  @Test func valuesAndDetectorsHaveTheirFigures() throws {
    let bench = try Workbench()
    var options = try bench.options(.oneNumber(sigmoid: true))
    (options.sparsity, options.tableSteps) = (0, 0)
    try bench.compile(options)
    let values = try verify(bench, DataOptions(path: "random:50"))
    #expect(values.outputs.count == 1 && values.outputs[0].name == "probability")
    #expect(values.mae == values.outputs[0].mae && values.rmse == values.outputs[0].rmse)
    #expect(values.text.contains("points of 1 - RMS error lost; MAE "))
    #expect(values.teacherAccuracy == nil && values.reference == nil)
    let samples = Dataset.random(count: 50, sampleShape: [6], seed: 3).samples(0..<50)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("x.npy")))
    try bench.write((0..<50).map { "\($0 % 2)\n" }.joined(), to: "y.txt")
    let detector = try verify(
      bench, DataOptions(path: bench.path("x.npy"), labels: bench.path("y.txt")))
    #expect(detector.task == .classification && detector.thresholds == [0.5])
    #expect(detector.reference == "labels" && detector.outputs[0].auc != nil && detector.mae == nil)
    #expect(detector.text.contains("; class 1 above 0.5, AUC 0."))
    #expect(detector.outputs[0].confusion?.map { $0.reduce(0, +) } == [25, 25])
  }
}
