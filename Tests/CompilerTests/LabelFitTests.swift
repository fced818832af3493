import Compiler
import Datasets
import Delivery
import Foundation
import Intake
import Tensors
import Testing

/// Labels that fit their network, and labels that do not.
struct LabelFitTests {
  struct Misfit: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let model: @Sendable () -> TinyModel
    var task = TaskChoice.auto
    var threshold: Float?
    let labels: [Int]
    let sentence: String
  }

  static let misfits = [
    Misfit(
      testDescription: "from 1", model: { .oneNumber(sigmoid: false, outputs: 3) }, labels: [1, 2, 3, 1],
      sentence: "label 3 of sample 2 is none of the network's 3 classes, 0 to 2; do the labels count from 1?"),
    Misfit(
      testDescription: "too large", model: { .oneNumber(sigmoid: false, outputs: 3) }, labels: [0, 2, 1, 7],
      sentence: "label 7 of sample 3 is none of the network's 3 classes, 0 to 2"),
    Misfit(
      testDescription: "of one number", model: { .oneNumber(sigmoid: true) }, labels: [0, 1, 2, 1],
      sentence: "label 2 of sample 2 is neither 0 nor 1, and the network's one number tells no other "
        + "classes apart"),
    Misfit(
      testDescription: "of one number from 1", model: { .oneNumber(sigmoid: true) }, labels: [1, 2, 2, 1],
      sentence: "classes apart; do the labels count from 1?"),
    Misfit(
      testDescription: "a regression", model: { .oneNumber(sigmoid: false, outputs: 3) }, task: .regress,
      labels: [0, 1, 2, 1],
      sentence: "labels cannot be used, since the network's 3 numbers are no classes; leave them out"),
    Misfit(
      testDescription: "two outputs", model: { .twoHeads() }, labels: [0, 1, 2, 1],
      sentence: "labels cannot be used, since the network has 2 outputs and a label names one class; leave "
        + "them out"),
    Misfit(
      testDescription: "thresholds", model: { .oneNumber(sigmoid: false, outputs: 3) }, threshold: 0,
      labels: [0, 1, 0, 1],
      sentence: "each of the network's 3 numbers is compared with a threshold"),
  ]

  @Test(arguments: misfits) func labelsThatDoNotFitAreRefusedEverywhere(_ misfit: Misfit) throws {
    let bench = try Workbench()
    var options = try bench.options(misfit.model())
    try NPY.write(
      Dataset.random(count: 4, sampleShape: [6], seed: 1).samples(0..<4),
      to: URL(fileURLWithPath: bench.path("x.npy")))
    try bench.write(misfit.labels.map { "\($0)\n" }.joined(), to: "y.txt")
    let labelled = DataOptions(path: bench.path("x.npy"), labels: bench.path("y.txt"))
    (options.task, options.threshold) = (misfit.task, misfit.threshold)
    let wanted = { (error: any Error) in
      guard case CompilerError.unfit(let reason) = error else { return false }
      return reason.hasPrefix("\(bench.path("y.txt")): ") && reason.contains(misfit.sentence)
    }
    for isTest in [false, true] {
      options.data = isTest ? DataOptions(path: bench.path("x.npy")) : labelled
      options.test = isTest ? labelled : nil
      #expect { try Compilation(options: options, observer: Watcher()) } throws: { wanted($0) }
    }
    var plain = CompileOptions(model: options.model)
    plain.sparsity = 0
    _ = try Compilation(options: plain, observer: Watcher()).encode(to: bench.path("out.kgl"))
    #expect {
      try Verification.verify(
        blob: bench.path("out.kgl"), teacher: options.model, test: labelled,
        task: TaskOptions(misfit.task, threshold: misfit.threshold), threads: 1, seed: 1)
    } throws: { wanted($0) }
  }

  @Test func labelsThatCameUnaskedAreLeftOut() throws {
    let bench = try Workbench()
    var options = try bench.options(.oneNumber(sigmoid: false, outputs: 6))
    options.task = .regress
    // A CIFAR-10 file holds labels of its own; here images in folders do.
    for (name, byte) in [("a", 10), ("b", 200)] as [(String, UInt8)] {
      try FileManager.default.createDirectory(
        atPath: bench.path("images/\(name)"), withIntermediateDirectories: true)
      let image = Data("P5 3 2 255\n".utf8) + Data(repeating: byte, count: 6)
      try image.write(to: URL(fileURLWithPath: bench.path("images/\(name)/0.pgm")))
    }
    options.data = DataOptions(path: bench.path("images"))
    options.sparsity = 0
    let report = try bench.compile(options)
    #expect(report.task == .regression && report.teacherAccuracy == nil)
  }
}

extension TinyModel {
  /// [6] to two lists of 3.
  static func twoHeads() -> TinyModel {
    var model = TinyModel(seed: 9)
    model.input("x", [6])
    model.dense("x", "one", from: 6, to: 3)
    model.dense("x", "two", from: 6, to: 3)
    model.output("one", [3])
    model.output("two", [3])
    return model
  }
}
