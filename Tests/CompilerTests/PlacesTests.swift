import Compiler
import Datasets
import Delivery
import Foundation
import Intake
import Tensors
import Testing

/// Networks that answer with the number of a place: compiled, run, held up to their teacher, refused.
struct PlacesTests {
  /// Samples of a network of six numbers, and the class that it gives each.
  private func bench() throws -> (Workbench, CompileOptions, classes: [Float]) {
    let bench = try Workbench()
    var options = try bench.options(.chooser(), data: nil)
    let samples = Dataset.random(count: 120, sampleShape: [6], seed: 3).samples(0..<120)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("x.npy")))
    let report = try run(bench, "net.onnx", to: "y.npy")
    #expect(report.types == ["int32"] && report.shapes == [[120, 1]])
    try FileManager.default.copyItem(atPath: bench.path("y.npy"), toPath: bench.path("labels.npy"))
    options.data = DataOptions(path: bench.path("x.npy"), labels: bench.path("labels.npy"))
    return (bench, options, report.outputs[0])
  }

  private func run(_ bench: Workbench, _ network: String, to output: String? = nil) throws -> RunReport {
    try NetworkRun.run(
      bench.path(network), inputs: [bench.path("x.npy")], transform: DataOptions(path: ""),
      output: output.map(bench.path), threads: 2)
  }

  private func verify(_ bench: Workbench, _ task: TaskOptions = TaskOptions(), labels: Bool = true) throws
    -> VerificationReport
  {
    try Verification.verify(
      blob: bench.path("out.kgl"), teacher: bench.path("net.onnx"),
      test: DataOptions(path: bench.path("x.npy"), labels: labels ? bench.path("labels.npy") : nil), task: task,
      threads: 2, seed: 1)
  }

  @Test(arguments: [ActivationType.float32, .int8]) func aBlobGivesTheNumber(activations: ActivationType) throws {
    var (bench, options, classes) = try bench()
    #expect(Set(classes).count > 2 && classes.allSatisfy { (0..<5).contains($0) })
    (options.sparsity, options.activations, options.selfTest) = (0.3, activations, 3)
    let compiled = try bench.compile(options)
    #expect(compiled.task == .classification && compiled.teacherAccuracy == 1 && compiled.divergence == nil)
    let report = try run(bench, "out.kgl", to: "z.npy")
    #expect(report.types == ["int32"] && report.text.split(separator: "\n").count == 1)
    let array = try ElementArray(path: bench.path("z.npy"))
    #expect(array.type == "int32" && array.tensor.values == report.outputs[0])
    let raw = try NetworkRun.runRaw(
      bench.path("net.onnx"), inputs: [bench.path("x.npy")], output: bench.path("r.npy"), threads: 1)
    #expect(raw.types == ["int32"] && raw.outputs[0] == classes)
    let right = zip(report.outputs[0], classes).count { $0 == $1 }
    let verified = try verify(bench)
    #expect(verified.agreement == Double(right) / 120 && verified.edgeAccuracy == verified.agreement)
    #expect(verified.agreement > 0.5 && verified.selfTestSamples == 3)
    #expect((verified.emulatedSamples == 120) == (activations == .int8))
    let figures = try #require(verified.outputs.first?.classes)
    #expect(figures.count == 5 && figures.reduce(0) { $0 + $1.truePositives } == right)
    #expect(try verify(bench, labels: false).loss == 100 * Double(120 - right) / 120)
    let blob = try Inspection.blob(bench.path("out.kgl"))
    #expect(blob.outputTypes.map(\.type) == ["int32"] && blob.text.contains("outputs [1] int32, arena"))
    #expect(try Inspection.model(bench.path("net.onnx")).text.contains("outputs [1] int32\n"))
    _ = try CFiles.emit(blob: bench.path("out.kgl"), to: bench.path("c"), samples: nil, count: 0)
    let header = try String(contentsOfFile: bench.path("c/model.h"), encoding: .utf8)
    #expect(header.contains("#define KINGLET_MODEL_OUTPUT0_TYPE 5\n"))
    #expect(header.contains(" * int32 for 5: the number of a place, 0 the first. */"))
  }

  @Test func aPlaceIsNoQuantity() throws {
    let (bench, options, _) = try bench()
    let refused: [(TaskOptions, String)] = [
      (TaskOptions(.regress), "output class is the number of a place, which is a class and no quantity"),
      (TaskOptions(.classify, threshold: 0.5), "every output is the number of a place"),
    ]
    for (task, sentence) in refused {
      var own = options
      (own.task, own.threshold) = (task.choice, task.threshold)
      let error = #expect(throws: CompilerError.self) { try bench.compile(own) }
      #expect(error?.sentence.contains(sentence) == true)
    }
  }

  @Test func aLabelIsOneOfThePlaces() throws {
    let (bench, options, _) = try bench()
    let labels: [UInt8] = (0..<120).flatMap { _ in [5, 0, 0, 0] as [UInt8] }
    try NPY.write(labels, .int32, shape: [120], to: URL(fileURLWithPath: bench.path("labels.npy")))
    let error = #expect(throws: CompilerError.self) { try bench.compile(options) }
    #expect(error?.sentence.contains("label 5 of sample 0 is none of the network's 5 classes") == true)
  }

  @Test func classesAlongAnotherAxisAreNoDistribution() throws {
    let bench = try Workbench()
    var model = TinyModel(seed: 3)
    model.input("image", [1, 4, 4])
    model.convolution("image", "conv", from: 1, to: 3)
    model.node("ArgMax", ["conv"], "map", numbers: ["axis": 1, "keepdims": 0])
    model.output("map", [4, 4])
    var options = try bench.options(model, data: "random:40")
    options.sparsity = 0.2
    #expect(try bench.compile(options).agreement != nil)
    options.divergence = .distribution
    let error = #expect(throws: CompilerError.self) { try bench.compile(options) }
    #expect(error?.sentence.contains("the classes of map are along another: give mse or nmse") == true)
  }
}
