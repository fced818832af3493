import Compiler
import Evolution
import Foundation
import Intake
import Testing

/// The library alone, and the command beside the tests.
struct LibraryTests {
  private static let kinglet = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("kinglet")

  private func kinglet(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = Self.kinglet
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Nothing is told but the model, its samples and a seed: bounds and defaults are the library's.
  @Test func theLibraryAloneGivesTheBytesOfTheCommand() throws {
    let bench = try Workbench()
    try TinyModel.linear().write(to: bench.path("net.onnx"))
    #expect(
      try kinglet([
        "compile", bench.path("net.onnx"), "--data", "random:64", "--seed", "3", "-o", bench.path("command.kgl"),
      ]) == 0)
    var options = CompileOptions(model: bench.path("net.onnx"))
    options.data = DataOptions(path: "random:64")
    options.evolution.seed = 3
    _ = try bench.compile(options, to: "library.kgl")
    #expect(try bench.bytes("library.kgl") == bench.bytes("command.kgl"))
  }

  /// What a checkpoint of the command holds is what the library's options are.
  @Test(arguments: EvolutionMethod.allCases) func aMethodIsToldTheSameByBoth(_ method: EvolutionMethod) throws {
    let bench = try Workbench()
    try TinyModel.linear().write(to: bench.path("net.onnx"))
    #expect(
      try kinglet([
        "evolve", bench.path("net.onnx"), "--method", method.rawValue, "--sparsity", "0", "-o",
        bench.path("run.ckpt"),
      ]) == 0)
    var options = CompileOptions(model: bench.path("net.onnx"))
    options.evolution = EvolutionSettings(method)
    (options.sparsity, options.input) = (0, DataOptions(path: ""))
    #expect(try Checkpoint.read(bench.path("run.ckpt")).options == options)
  }
}
