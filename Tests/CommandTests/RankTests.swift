import Datasets
import Foundation
import Testing

/// One run over several ranks of Open MPI, on this machine.
@Suite(.enabled(if: MPI.isThere, Comment(rawValue: MPI.absence)), .serialized)
struct RankTests {
  private static let options = [
    "-q", "--data", "random:200", "--sparsity", "0.7", "--step", "0.3", "--trials", "6",
    "--steps-per-cycle", "2", "--final-steps", "4", "--table-steps", "4", "--batch", "140", "--folds", "0",
    "--checkpoint-every", "0", "--threads", "1",
  ]
  private static let compile =
    ["compile", TinyNet.file, "-o", "net.kgl", "--checkpoint", "run.ckpt", "--record", "run.jsonl"] + options

  private func place() throws -> Workplace {
    let place = try Workplace()
    try TinyNet.write(in: place)
    return place
  }

  @Test func oneTwoAndFourRanksGiveTheBytesOfOneProcess() throws {
    let alone = try place()
    #expect(try alone.kinglet(Self.compile).status == 0)
    for ranks in [1, 2, 4] {
      let place = try place()
      let outcome = try place.run(MPI.run, MPI.arguments(ranks) + Self.compile)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.components(separatedBy: "everything counted").count == 2)
      #expect(try Results(place) == Results(alone), "\(ranks) ranks")
      #expect(place.files == alone.files)
    }
  }

  /// Judged by copies of the whole network, and by sparse difference; one pool, and a pool a layer.
  @Test(arguments: [["--method", "literal", "--draw", "all"], ["--method", "informed", "--scope", "layer"]])
  func everyWayToJudgeIsSharedAlike(method: [String]) throws {
    let (alone, shared) = (try place(), try place())
    let evolve = ["evolve", TinyNet.file, "-o", "run.ckpt"] + Self.options + method
    #expect(try alone.kinglet(evolve).status == 0)
    #expect(try shared.run(MPI.run, MPI.arguments(3) + evolve).status == 0)
    #expect(try Results(shared) == Results(alone))
  }

  @Test(arguments: [0, 1]) func aRankThatIsKilledLeavesARunThatGoesOn(rank: Int) throws {
    let longer = Self.options + ["--step", "0.05", "--trials", "2"]
    let evolve = ["evolve", TinyNet.file, "-o", "run.ckpt"] + longer
    let (alone, place) = (try place(), try place())
    #expect(try alone.kinglet(evolve).status == 0)
    let running = try place.start(MPI.run, MPI.arguments(2) + evolve)
    while running.isRunning, (try? Checkpoint(place).cycles) ?? 0 < 3 { usleep(500) }
    let victim = try #require(running.rank(rank))
    kill(victim, SIGKILL)
    let outcome = try running.wait()
    #expect(outcome.status != 0)
    if rank == 1 {
      let told = outcome.errorLines.filter { $0.hasPrefix("kinglet: ") }
      #expect(told.count == 1 && told[0].contains("stopped: a rank has ended"), "\(outcome)")
    }
    #expect(try Checkpoint(place).cycles >= 3)
    let resumed = try place.run(MPI.run, MPI.arguments(4) + ["evolve", "run.ckpt", "-q"])
    #expect(resumed.status == 0, "\(resumed)")
    #expect(try Results(place) == Results(alone))
  }

  @Test func ranksThatHoldOtherThingsAreRefused() throws {
    let place = try place()
    for (name, count) in [("a.npy", 64), ("b.npy", 65)] { try NPY.write(pixels(count, shape: [1, 8, 8]), to: URL(fileURLWithPath: place.path(name))) }
    func evolve(_ data: String, _ more: [String] = []) -> [String] {
      [Places.kinglet, "evolve", TinyNet.file, "-o", "run.ckpt"] + Self.options + ["--data", data] + more
    }
    for (other, what) in [
      (evolve("b.npy"), "other samples"), (evolve("a.npy", ["--trials", "3"]), "other options"),
    ] {
      let outcome = try place.run(
        MPI.run, MPI.options + ["-n", "1"] + evolve("a.npy") + [":", "-n", "1"] + other)
      #expect(outcome.status == 3, "\(outcome)")
      let told = outcome.errorLines.filter { $0.hasPrefix("kinglet: ") }
      #expect(told.count == 1 && told[0].contains("rank 1 holds \(what) than rank 0"), "\(outcome)")
    }
    #expect(place.files == ["a.npy", "b.npy", TinyNet.file, "tiny.weights"])
  }

  @Test func aRankThatFailsIsNamed() throws {
    let place = try place()
    let evolve = [Places.kinglet, "evolve", TinyNet.file, "-o", "run.ckpt"] + Self.options
    let outcome = try place.run(
      MPI.run,
      MPI.options + ["-n", "1"] + evolve + [":", "-n", "1"] + evolve + ["--data", "missing.npy"])
    #expect(outcome.status == 3)
    let told = outcome.errorLines.filter { $0.hasPrefix("kinglet: ") }
    #expect(told.count == 1 && told[0].hasPrefix("kinglet: rank 1: "), "\(outcome)")
  }

  @Test func oneSentenceTellsWhatIsNotShared() throws {
    let place = try Workplace()
    let outcome = try place.run(MPI.run, MPI.arguments(2) + ["run", "net.kgl", "--data", "random:2"])
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.filter { $0.hasPrefix("kinglet: ") }.count == 1)
    let missing = try place.run(MPI.run, MPI.arguments(2) + ["evolve", "missing.onnx", "-o", "run.ckpt"])
    #expect(missing.status == 3)
    #expect(missing.errorLines.filter { $0.hasPrefix("kinglet: ") }.count == 1, "\(missing)")
  }
}

/// What does not need an MPI.
struct OtherLauncherTests {
  @Test func anotherMPIIsRefusedInOneSentence() throws {
    let place = try Workplace()
    try TinyNet.write(in: place)
    for rank in [0, 1] {
      let outcome = try place.run(
        "/usr/bin/env",
        ["PMI_SIZE=2", "PMI_RANK=\(rank)", Places.kinglet, "evolve", TinyNet.file, "-o", "run.ckpt"]
          + Places.brief)
      #expect(outcome.status == 3 && outcome.output == "")
      #expect(outcome.errorLines.count == (rank == 0 ? 1 : 0), "\(outcome)")
    }
    #expect(!place.exists("run.ckpt"))
  }
}

private enum MPI {
  static let run = "/usr/bin/mpirun"
  static let isThere = FileManager.default.isExecutableFile(atPath: run)
  static let absence = "needs mpirun, of Debian's openmpi-bin"

  /// More ranks than cores; no rank may be bound to one core; an end in any case.
  static let options =
    (geteuid() == 0 ? ["--allow-run-as-root"] : [])
    + ["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "--timeout", "300"]

  static func arguments(_ ranks: Int) -> [String] { options + ["-n", "\(ranks)", Places.kinglet] }
}

extension Running {
  /// The process of a rank that this mpirun started.
  fileprivate func rank(_ number: Int) -> Int32? {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.first { id in
      guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
        status.contains("PPid:\t\(processIdentifier)\n"),
        let environment = FileManager.default.contents(atPath: "/proc/\(id)/environ")
      else { return false }
      return environment.split(separator: 0).contains(Data("OMPI_COMM_WORLD_RANK=\(number)".utf8))
    }
  }
}
