import Compiler
import Datasets
import Execution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Tensors
import Testing
import Verification

/// A network, what it is said to be for, and a loss counted by hand over all samples.
struct LossCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let model: @Sendable () -> TinyModel
  let task: TaskChoice
  let loss: @Sendable (_ teacher: [[Float]], _ edge: [[Float]]) -> Double

  static let all = [
    LossCase(
      testDescription: "a sigmoid as a value", model: { .oneNumber(sigmoid: true) }, task: .auto,
      loss: relativeError),
    LossCase(
      testDescription: "a sigmoid that classifies", model: { .oneNumber(sigmoid: true) },
      task: .classify, loss: { crossings($0[0], $1[0], 0.5) }),
    LossCase(
      testDescription: "a logit that classifies", model: { .oneNumber(sigmoid: false) },
      task: .classify, loss: { crossings($0[0], $1[0], 0) }),
    LossCase(
      testDescription: "a linear regression", model: { .linear() }, task: .auto, loss: relativeError),
    LossCase(
      testDescription: "three values", model: { .oneNumber(sigmoid: false, outputs: 3) },
      task: .regress, loss: relativeError),
    LossCase(
      testDescription: "an autoencoder", model: { .autoencoder() }, task: .auto, loss: relativeError),
    LossCase(testDescription: "two outputs", model: { .twoByTwo() }, task: .auto, loss: relativeError),
  ]

  private static func relativeError(_ teacher: [[Float]], _ edge: [[Float]]) -> Double {
    let (a, b) = (teacher.flatMap { $0 }, edge.flatMap { $0 })
    let squares = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return 100 * (squares / a.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
  }

  private static func crossings(_ teacher: [Float], _ edge: [Float], _ threshold: Float) -> Double {
    let differing = zip(teacher, edge).count { ($0 > threshold) != ($1 > threshold) }
    return 100 * Double(differing) / Double(teacher.count)
  }
}

/// What `--max-loss` promises, whatever the network is for.
struct LossLimitTests {
  @Test(arguments: LossCase.all) func aBlobLosesNoMoreThanItMay(of net: LossCase) throws {
    let bench = try Workbench()
    var options = try bench.options(net.model(), data: "random:300")
    (options.sparsity, options.task) = (nil, net.task)
    options.limits.loss = 2
    options.tableLimits = options.limits
    let run = try Compilation(options: options, observer: Watcher())
    let report = try run.compile(to: bench.path("out.kgl"))
    #expect(report.brokenLimit == nil)
    let graph = try ModelLoader.load(path: options.model).graph
    let inputs = graph.inputs.enumerated().map { index, input in
      let shape = graph[input].shape
      return Dataset.random(count: 300, sampleShape: shape, seed: 5 + UInt64(index)).samples(0..<300)
    }
    let teacher = try Executor(graph: graph).run(inputs: inputs).map(\.values)
    let edge = try EdgeWorkers(Array(try bench.bytes("out.kgl")), threads: 1).run(inputs, count: 300)
    #expect(net.loss(teacher, edge) <= 2)
    // The report's figure is of other samples, which chose nothing: 2 and what 300 of them may be off.
    #expect(try #require(report.loss) <= 4)
    #expect(report.limitPlace?.contains("limit of 2.0 points") == true)
    let name = net.task == .classify ? "points of agreement lost" : "points of 1 - RMS error lost"
    #expect(report.lossName == name && report.teacherAccuracy == nil)
  }

  @Test func aDetectorIsHeldToItsLabels() throws {
    let bench = try Workbench()
    var options = try bench.options(.oneNumber(sigmoid: true), data: "x.npy")
    let samples = Dataset.random(count: 300, sampleShape: [6], seed: 9).samples(0..<300)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("x.npy")))
    let answers = try Executor(graph: ModelLoader.load(path: options.model).graph)
      .run(inputs: [samples])[0].values
    try bench.write(answers.map { $0 > 0.5 ? "1\n" : "0\n" }.joined(), to: "y.txt")
    options.data = DataOptions(path: bench.path("x.npy"), labels: bench.path("y.txt"))
    options.sparsity = nil
    options.limits.loss = 1
    options.tableLimits = options.limits
    let report = try bench.compile(options)
    #expect(report.task == .classification && report.thresholds == [0.5])
    #expect(report.lossName == "points of accuracy lost" && report.teacherAccuracy == 1)
    let edge = try EdgeWorkers(Array(try bench.bytes("out.kgl")), threads: 1).run([samples], count: 300)
    let wrong = zip(answers, edge[0]).count { ($0 > 0.5) != ($1 > 0.5) }
    #expect(wrong <= 3)
  }

  @Test func levelsThatWereToldAreKept() throws {
    let bench = try Workbench()
    var options = try bench.options(.oneNumber(sigmoid: false, outputs: 3))
    (options.sparsity, options.task, options.levels) = (nil, .regress, .table(2))
    options.limits.loss = 0.5
    options.tableLimits = options.limits
    let run = try Compilation(options: options, observer: Watcher())
    #expect {
      try run.compile(to: bench.path("out.kgl"))
    } throws: { error in
      guard case CompilerError.outOfLimit(let reason) = error else { return false }
      return reason.contains("allow more levels")
    }
    #expect(bench.files == ["net.onnx"])
  }

  @Test func aBlobThatLosesTooMuchOnTestSamplesIsToldOf() throws {
    let bench = try Workbench()
    var options = try bench.options(.oneNumber(sigmoid: false, outputs: 3))
    (options.sparsity, options.task) = (nil, .regress)
    options.limits.loss = 1
    options.tableLimits = options.limits
    // On small samples weights hardly count; on large ones they are all that does.
    let samples = Dataset.random(count: 200, sampleShape: [6], seed: 4).samples(0..<200)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("x.npy")))
    options.data = DataOptions(path: bench.path("x.npy"), scale: [0.01])
    options.test = DataOptions(path: bench.path("x.npy"), scale: [100])
    let run = try Compilation(options: options, observer: Watcher())
    let report = try run.compile(to: bench.path("out.kgl"))
    let points = try #require(report.loss)
    #expect(points > 1)
    #expect(
      report.brokenLimit == "\(bench.path("out.kgl")) has \(points.points) points of 1 - RMS error lost on 200 test samples in the C "
        + "runtime, more than --max-loss 1.0")
  }
}

extension TinyModel {
  /// [6] through 12 hidden units to one number, or some.
  static func oneNumber(sigmoid: Bool, outputs: Int = 1) -> TinyModel {
    var model = TinyModel(seed: 7)
    model.input("x", [6])
    model.dense("x", "hidden", from: 6, to: 12)
    model.node("Relu", ["hidden"], "relu")
    model.dense("relu", "last", from: 12, to: outputs)
    if sigmoid { model.node("Sigmoid", ["last"], "probability") }
    model.output(sigmoid ? "probability" : "last", [outputs])
    return model
  }

  /// [9] to one number.
  static func linear() -> TinyModel {
    var model = TinyModel(seed: 8)
    model.input("x", [9])
    model.dense("x", "y", from: 9, to: 1)
    model.output("y", [1])
    return model
  }
}
