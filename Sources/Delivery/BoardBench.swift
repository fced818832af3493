// `kinglet bench`: a blob in the firmware of Samples/firmware, its instructions counted by QEMU.

import Blob
import Compiler
import Die
import Edge
import Foundation
import Intake
import Planning
import Tensors
import Verification

/// What an inference was counted to take on an emulated board, beside what it was estimated to.
public struct BenchReport: Codable, PrintableReport, Sendable {
  public static let reportName = "bench"

  public struct Step: Codable, Equatable, Sendable {
    /// Its number, from 0.
    public var step: Int
    /// The step's, by the name that Formats/Blob.md gives it.
    public var `operator`: String
    /// Counted instructions of the step.
    public var instructions: Int
    /// Instructions of the step by the costs of ``BenchReport/estimatedFor``.
    public var estimate: Double
  }

  /// Path of the blob.
  public var path: String
  /// Which board was emulated.
  public var board: String
  /// The target whose costs the estimates are by.
  public var estimatedFor: String
  /// Index bits of the look-up tables that the firmware was built with, `KGL_HUFFMAN_TABLE_BITS`.
  public var tableBits: Int
  /// Counted instructions of an inference; of several samples the most.
  public var instructions: Int
  /// Counted instructions of `kgl_open`; of several samples the most.
  public var openInstructions: Int
  /// The most bytes of stack that were in use.
  public var stackBytes: Int
  /// Bytes of RAM that the C runtime asks for.
  public var arenaBytes: Int
  /// The whole image: code, constants, model and samples.
  public var flashBytes: Int
  /// Each step of the blob's plan, in order.
  public var steps: [Step]

  public var text: String {
    var lines = ["step operator                           counted   estimated  share"]
    for step in steps {
      lines.append(
        "\(step.step)".padding(toLength: 5, withPad: " ", startingAt: 0)
          + step.operator.padding(toLength: max(29, step.operator.count + 1), withPad: " ", startingAt: 0)
          + String(
            format: "%13d %11.0f %6@", step.instructions, step.estimate,
            (Double(step.instructions) / Double(max(1, instructions))).percent as NSString))
    }
    let estimate = steps.reduce(0) { $0 + $1.estimate }
    lines.append(
      String(
        format: "%d instructions an inference on %@ (QEMU's count, not cycles), %.0f estimated for %@; %d to open", instructions,
        board as NSString, estimate, estimatedFor as NSString, openInstructions))
    lines.append("arena \(arenaBytes) bytes, stack \(stackBytes), image \(flashBytes); look-up tables of \(tableBits) bits")
    return lines.joined(separator: "\n")
  }
}

public enum BoardBench {
  /// A board of Samples/firmware, and what it takes to build and run.
  private struct Board {
    let name: String
    let tools: [(command: String, package: String)]
    /// Whose costs estimates are by.
    let costs: String
  }

  private static let arm = [
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi"), ("qemu-system-arm", "qemu-system-arm"),
  ]
  private static let riscv = [
    ("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"), ("qemu-system-riscv32", "qemu-system-misc"),
  ]
  private static let known = [
    Board(name: "cortex-m0", tools: arm, costs: "cortex-m0"), Board(name: "cortex-m0-large", tools: arm, costs: "cortex-m0"),
    Board(name: "cortex-m3", tools: arm, costs: "cortex-m4f"), Board(name: "cortex-m4f", tools: arm, costs: "cortex-m4f"),
    Board(name: "cortex-m55", tools: arm, costs: "cortex-m55"), Board(name: "rv32imac", tools: riscv, costs: "rv32imac"),
  ]
  public static var boards: [String] { known.map(\.name) }

  /// Builds the firmware around a blob and runs it in the emulator.
  ///
  /// - Parameters:
  ///   - samples: whose inferences are counted; nil: one of random numbers.
  ///   - tableBits: nil: as the runtime has them by itself.
  ///   - sources: the folder that holds Samples/firmware and Runtime-C; nil: beside the command, or where it is installed.
  /// - Throws: a sentence where tools or sources are missing, or the board is too small for the blob.
  public static func run(
    _ path: String, on board: String, samples: DataOptions? = nil, tableBits: Int? = nil, sources: String? = nil
  ) throws(CompilerError) -> BenchReport {
    guard let board = known.first(where: { $0.name == board }) else {
      throw .usage(reason: "there is no board \(board): --board takes \(boards.joined(separator: ", "))")
    }
    try check(board)
    let sources = try found(sources)
    let folder = NSTemporaryDirectory() + "kinglet-bench-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = CFileOptions()
    (options.samples, options.count, options.tableBits) = (samples ?? DataOptions(path: "random:1"), samples == nil ? 1 : 4, tableBits)
    _ = try CFiles.emit(blobs: [path], to: folder + "/model", options: options)
    let output = try printed(
      sources, board,
      [
        "-s", "-j", "\(ProcessInfo.processInfo.activeProcessorCount)", "-C", sources + "/Samples/firmware",
        "MODEL=\(folder)/model", "BOARD=\(board.name)",
        "CONFIG=\(folder)/model/model_config.h", "BUILD=\(folder)/build", "STEPS=1", "run",
      ], path, folder)
    let target = try TargetFile.read(sources + "/Samples/targets/\(board.costs).json")
    return try report(path, board, output, target, tableBits)
  }

  private static func check(_ board: Board) throws(CompilerError) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    let missing = ([("make", "make")] + board.tools).filter { tool in
      !folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool.0)") }
    }
    guard missing.isEmpty else {
      throw .unfit(
        reason: "bench counts in emulated firmware, and \(missing.map(\.0).joined(separator: ", ")) "
          + "\(missing.count == 1 ? "is" : "are") not installed (Debian's packages: \(missing.map(\.1).joined(separator: " ")))")
    }
  }

  /// The folder with Samples/firmware and Runtime-C.
  private static func found(_ told: String?) throws(CompilerError) -> String {
    let files = ["Samples/firmware/Makefile", "Runtime-C/src/kgl_run.c", "Samples/targets/cortex-m4f.json"]
    if let told {
      guard KingletFolder.holds(told, files) else { throw .cannotRead(path: told, reason: "it has no Samples/firmware, Samples/targets and Runtime-C") }
      return told
    }
    if let folder = KingletFolder.holding(files) { return folder }
    throw .unfit(
      reason: "bench builds the firmware of Samples/firmware, which is neither above the command nor installed beside it: give --sources "
        + "with Kinglet's folder")
  }

  private static func printed(
    _ sources: String, _ board: Board, _ arguments: [String], _ path: String, _ folder: String
  ) throws(CompilerError) -> String {
    let (process, log) = (Process(), folder + "/log.txt")
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["make"] + arguments
    process.standardInput = FileHandle.nullDevice
    guard FileManager.default.createFile(atPath: log, contents: nil), let file = FileHandle(forWritingAtPath: log) else {
      throw .cannotWrite(path: log, reason: "the file cannot be made")
    }
    (process.standardOutput, process.standardError) = (file, file)
    do { try process.run() } catch { throw .unfit(reason: "make cannot be started") }
    process.waitUntilExit()
    let output = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    guard process.terminationStatus == 0, output.hasSuffix("done\n") else {
      throw .unfit(reason: "\(path) does not run in the firmware of \(board.name): " + why(output))
    }
    return output
  }

  /// The line that says most: what the linker, the compiler or the firmware itself complains of.
  private static func why(_ output: String) -> String {
    let lines = output.split(separator: "\n").map(String.init)
    let telling = lines.first { $0.contains("overflowed by") } ?? lines.first { $0.contains("error") } ?? lines.last
    return telling ?? "it printed nothing"
  }

  private static func report(
    _ path: String, _ board: Board, _ output: String, _ target: TargetProfile, _ tableBits: Int?
  ) throws(CompilerError) -> BenchReport {
    let words = output.split(separator: "\n").map { $0.split(separator: " ") }
    func number(_ key: String) -> Int { words.first { $0.first == key[...] && $0.count == 2 }.flatMap { Int($0[1]) } ?? 0 }
    let counted = words.filter { $0.first == "step" && $0.count == 3 }
    let inspected = try Inspection.blob(path, on: target, tableBits: tableBits)
    return BenchReport(
      path: path, board: board.name, estimatedFor: target.name, tableBits: inspected.arena.tableBits,
      instructions: number("instructions"), openInstructions: number("instructions_open"), stackBytes: number("stack"),
      arenaBytes: number("arena"), flashBytes: number("flash"),
      steps: zip(inspected.steps, counted).map {
        .init(step: $0.step, operator: $0.operator, instructions: Int($1[2]) ?? 0, estimate: $0.instructions)
      })
  }
}
