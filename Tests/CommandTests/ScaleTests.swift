import Foundation
import Testing

/// Races and limits of memory.
struct ScaleTests {
  private static let options = [
    "-q", "--data", "random:120", "--sparsity", "0.5", "--step", "0.3", "--trials", "8", "--trial-samples", "12",
    "--steps-per-cycle", "1", "--final-steps", "0", "--folds", "0",
  ]

  private func evolved(_ more: [String]) throws -> (place: Workplace, outcome: Outcome) {
    let place = try Workplace()
    try TinyNet.write(in: place)
    return (place, try place.kinglet(["evolve", TinyNet.file, "-o", "run.ckpt"] + Self.options + more))
  }

  @Test func aLimitOfMemoryIsKeptOrRefusedAndChangesNoNumber() throws {
    let usual = try evolved(["--scope", "layer"])
    #expect(usual.outcome.status == 0, "\(usual.outcome)")
    let limited = try evolved(["--scope", "layer", "--max-memory", "0.2G"])
    #expect(limited.outcome.status == 0, "\(limited.outcome)")
    #expect(try Checkpoint(limited.place).numbers == Checkpoint(usual.place).numbers)
    let refused = try evolved(["--max-memory", "2M"])
    #expect(refused.outcome.status == 2 && refused.outcome.errorLines.count == 1)
    #expect(refused.outcome.errors.contains("--max-memory 2M is too little"), "\(refused.outcome)")
    for size in ["0", "1ß", "-3G", "much"] {
      #expect(try evolved(["--max-memory", size]).outcome.status == 2, "\(size)")
    }
  }

  @Test func aRaceIsToldInOneWay() throws {
    let raced = try evolved(["--race", "4"])
    #expect(raced.outcome.status == 0, "\(raced.outcome)")
    let twice = try evolved(["--race", "4", "--no-halving"])
    #expect(twice.outcome.status == 2 && twice.outcome.errors.contains("--race and --halving"))
    #expect(try evolved(["--race", "65"]).outcome.status == 2)
  }
}
