import Compiler
import Foundation
import Intake
import Tensors

/// A folder of its own for one test, removed with it.
final class Workbench {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "kinglet-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { folder + "/" + name }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
  }

  var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Options for short runs over a model that is written here.
  func options(_ model: TinyModel = .classifier(), data: String? = "random:200") throws
    -> CompileOptions
  {
    try model.write(to: path("net.onnx"))
    var options = CompileOptions(model: path("net.onnx"))
    options.data = data.map { DataOptions(path: $0) }
    options.sparsity = 0.8
    options.tableSteps = 70
    options.evolution.step = .share(0.3)
    options.evolution.trials = 4
    options.evolution.trialSamples = 64
    options.evolution.retraining.stepsPerCycle = 3
    options.evolution.retraining.finalSteps = 130
    options.evolution.retraining.batch = 16
    options.evolution.seed = 5
    return options
  }

  /// Compiles to `name` and gives the report.
  @discardableResult
  func compile(_ options: CompileOptions, to name: String = "out.kgl") throws -> CompileReport {
    try Compilation(options: options, observer: Watcher()).compile(to: path(name))
  }
}

/// Watches a compilation, and asks it to stop once it was asked so many times.
final class Watcher: CompilationObserver {
  private(set) var questions = 0
  private(set) var stages: [String] = []
  private let patience: Int

  init(stoppingAfter patience: Int = .max) { self.patience = patience }

  func began(_ stage: String) { stages.append(stage) }
  func advanced(_ done: Int, of total: Int?, _ unit: StageUnit, _ detail: String) {}
  func ended(_ summary: String) {}
  func noted(_ text: String) {}

  var shouldStop: Bool {
    questions += 1
    return questions > patience
  }
}
