// compile-a-model MODEL SAMPLES BLOB: nine of ten weights zeroed, and what came of it.

import Compiler
import Foundation
import Intake

/// Says when a stage is over; never asks to stop.
final class Progress: CompilationObserver {
  func began(_ stage: String) {}
  func advanced(_ done: Int, of total: Int?, _ unit: StageUnit, _ detail: String) {}
  func ended(_ summary: String) { print(summary) }
  func noted(_ text: String) { print(text) }
  let shouldStop = false
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
  print("compile-a-model MODEL SAMPLES BLOB")
  exit(2)
}

var options = CompileOptions(model: arguments[1])
options.data = DataOptions(path: arguments[2])
options.sparsity = 0.9
options.evolution.method = .magnitude
options.evolution.retraining.stepsPerCycle = 5
options.evolution.retraining.finalSteps = 20
options.tableSteps = 20

do throws(CompilerError) {
  let report = try Compilation(options: options, observer: Progress()).compile(to: arguments[3])
  print("\(report.blobBytes) bytes, \(report.ratio) times smaller")
} catch {
  print(error.sentence)
  exit(1)
}
