import Foundation
import Tensors
import Testing

/// Runs that are killed, disks that are full, folders that take no file: no run is ever lost.
///
/// A run here takes a second and so asks for a checkpoint after every cycle by a hidden option,
/// `--checkpoint-every 0`; runs of hours keep one every few seconds.
struct CrashTests {
  // MARK: Killed

  @Test func aCompilationKilledAtAnyMomentGoesOnToTheSameBlob() throws {
    try check(.compile, kills: 20, seed: 1)
  }

  @Test func anEvolutionKilledAtAnyMomentGoesOnToTheSameStudent() throws {
    try check(.evolve, kills: 5, seed: 2)
  }

  /// Runs until so many runs were killed at least once, and compares what each ended with.
  private func check(_ command: LongRun, kills: Int, seed: UInt64) throws {
    let place = try Workplace()
    let moments = Moments(try #require(try command.start(in: place).watched(place)))
    let wanted = try Results(place)
    var random = SeededGenerator(seed: seed)
    var killed = 0
    for number in 0..<3 * kills where killed < kills {
      let place = try Workplace()
      let count = try finish(command, in: place, moments, &random)
      killed += count > 0 ? 1 : 0
      #expect(try Results(place) == wanted, "run \(number) of seed \(seed), killed \(count) times")
      #expect(place.files == command.files, "run \(number) of seed \(seed)")
    }
    #expect(killed == kills)
  }

  /// Runs to the end through up to three kills, and says through how many.
  private func finish(
    _ command: LongRun, in place: Workplace, _ moments: Moments, _ random: inout SeededGenerator
  ) throws -> Int {
    for kills in 0..<3 {
      let running = try command.start(in: place)
      moments.wait(running, in: place, &random)
      running.destroy()
      let outcome = try running.wait()
      if outcome.status == 0 { return kills }
      try #require(outcome.status == -1, "\(outcome)")
      // What was on its way is left once a target, however often a run is killed.
      let possible = command.files + command.files.map { $0 + ".unfinished" }
      #expect(place.files.allSatisfy(possible.contains), "\(place.files)")
    }
    let outcome = try command.start(in: place).wait()
    try #require(outcome.status == 0, "\(outcome)")
    return 3
  }

  // MARK: Interrupted

  /// With the heap checked at every call where glibc can: a handler's frame on a computing thread
  /// would lie over it. `Tests/Stress/interrupts.sh` does so for longer.
  @Test(arguments: ["1", "2"])
  func aCompilationInterruptedAtAnyMomentGoesOnToTheSameBlob(threads: String) throws {
    let whole = try Workplace()
    let moments = Moments(
      try #require(try LongRun.compile.start(in: whole, threads: threads).watched(whole)))
    let wanted = try Results(whole)
    var random = SeededGenerator(seed: 3)
    let place = try Workplace()
    for number in 0..<6 {
      let running = try LongRun.compile.start(in: place, threads: threads)
      moments.wait(running, in: place, &random)
      running.interrupt(number % 2 == 0 ? SIGINT : SIGTERM)
      let outcome = try running.wait()
      // Before the command's own first line a signal ends it as any.
      #expect([0, 130, -1].contains(outcome.status), "\(outcome)")
      if outcome.status == 130 { #expect(outcome.errors.contains("go on with: kinglet compile --resume")) }
      if outcome.status == 0 { break }
    }
    let outcome = try LongRun.compile.start(in: place, threads: threads).wait()
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try Results(place) == wanted)
  }

  @Test func aSecondInterruptEndsItAtOnce() throws {
    let place = try Workplace()
    let running = try place.start(
      Places.kinglet,
      ["compile", Places.model, "--data", "random:4000", "--method", "magnitude", "-o", "net.kgl"])
    // Beyond the teacher, which answers without being asked to stop.
    while running.isRunning && running.errors.isEmpty { usleep(1000) }
    running.interrupt()
    running.interrupt()
    usleep(1000)
    running.interrupt()
    #expect(try running.wait().status == 130)
  }

  @Test func aCommandThatKeepsNothingEndsAtOnce() throws {
    let place = try Workplace()
    let running = try place.start(
      Places.kinglet,
      ["encode", Places.model, "--activations", "int8", "--data", "random:4000", "-o", "net.kgl"])
    usleep(200_000)
    running.interrupt(SIGTERM)
    #expect(try running.wait().status == -1)
    #expect(!place.exists("net.kgl"))
  }

  // MARK: Full disks

  @Test func aCheckpointTooLargeForItsLimitLeavesTheLastOne() throws {
    let (place, size) = try interrupted()
    // In blocks of 512 bytes, or of 1024 where the shell counts so.
    let line = "ulimit -f \(size / 2048); exec \(LongRun.compile.line(resuming: true))"
    let outcome = try place.run("/bin/sh", ["-c", line])
    try checkFull(outcome, place, "File too large")
  }

  @Test(.enabled(if: Mounting.isAllowed, Comment(rawValue: Mounting.absence)))
  func aFullDiskLeavesTheLastCheckpoint() throws {
    let (place, size) = try interrupted()
    // What was there when the command ended is copied out, for the disk goes with the namespace.
    let outcome = try Mounting.run(
      "cp run.ckpt before && mkdir disk && mount -t tmpfs -o size=\(size * 3 / 2) tmpfs disk"
        + " && mv run.ckpt disk && cd disk && { \(LongRun.compile.line(resuming: true)); s=$?;"
        + " cd .. && cp disk/* . && exit $s; }", place)
    #expect(try place.bytes("before") == place.bytes("run.ckpt"))
    for name in ["before", "disk"] { try FileManager.default.removeItem(atPath: place.path(name)) }
    try checkFull(outcome, place, "No space left on device")
  }

  /// A run killed once it had a few checkpoints, and the bytes of the last.
  private func interrupted() throws -> (place: Workplace, size: Int) {
    let place = try Workplace()
    let running = try LongRun.compile.start(in: place)
    while running.isRunning, (try? Checkpoint(place).cycles) ?? 0 < 3 { usleep(500) }
    running.destroy()
    #expect(try running.wait().status == -1)
    unlink(place.path("run.ckpt.unfinished"))
    return (place, try place.bytes("run.ckpt").count)
  }

  /// One sentence that names file and reason; what was there goes on to the result.
  private func checkFull(_ outcome: Outcome, _ place: Workplace, _ reason: String) throws {
    #expect(outcome.status == 3 && outcome.output == "")
    #expect(outcome.errors == "kinglet: cannot write run.ckpt: \(reason)\n")
    #expect(place.files == ["run.ckpt"])
    #expect(try LongRun.compile.start(in: place).wait().status == 0)
    let whole = try Workplace()
    #expect(try LongRun.compile.start(in: whole).wait().status == 0)
    #expect(try Results(place) == Results(whole))
  }

  // MARK: Places that take no file

  @Test(arguments: ["missing/file", "a.txt/file", "/proc/file", String(repeating: "x", count: 300)])
  func aPlaceThatTakesNoFileIsToldOfFirst(path: String) throws {
    let place = try Workplace()
    try place.write(Data("text".utf8), to: "a.txt")
    for arguments in LongRun.writing(to: path) {
      try checkPlace(try place.kinglet(arguments), path, arguments)
    }
    #expect(place.files == ["a.txt"])
  }

  @Test(.enabled(if: Mounting.isAllowed, Comment(rawValue: Mounting.absence)))
  func aReadOnlyDiskIsToldOfFirst() throws {
    let place = try Workplace()
    for arguments in LongRun.writing(to: "disk/file") {
      let line = ([Places.kinglet] + arguments).map { "'\($0)'" }.joined(separator: " ")
      let outcome = try Mounting.run(
        "mkdir -p disk && mount -t tmpfs -o ro tmpfs disk && exec \(line)", place)
      try checkPlace(outcome, "disk/file", arguments)
      #expect(outcome.errors.contains("Read-only file system"))
    }
    #expect(place.files == ["disk"])
  }

  @Test func aFolderWithoutPermissionIsToldOfFirst() throws {
    let place = try Workplace()
    try FileManager.default.createDirectory(
      atPath: place.path("closed"), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o555])
    for arguments in LongRun.writing(to: "closed/file") {
      // Without capabilities the superuser, too, may write only where permissions say so.
      let bound = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", Places.kinglet]
      let outcome = try geteuid() == 0
        ? place.run("/usr/bin/env", bound + arguments) : place.kinglet(arguments)
      try checkPlace(outcome, "closed/file", arguments)
      #expect(outcome.errors.contains("Permission denied"))
    }
  }

  /// One sentence and nothing else: every stage tells when it begins.
  private func checkPlace(_ outcome: Outcome, _ path: String, _ arguments: [String]) throws {
    #expect(outcome.status == 3 && outcome.output == "", "\(arguments)")
    #expect(outcome.errorLines.count == 1, "\(arguments): \(outcome.errors)")
    #expect(outcome.errors.hasPrefix("kinglet: cannot write \(path): "), "\(outcome.errors)")
  }
}

/// A command that keeps a checkpoint, `run.ckpt`.
private enum LongRun {
  case compile
  case evolve

  private static let options = [
    "--data", "random:64", "--sparsity", "0.8", "--step", "0.15", "--trials", "2",
    "--trial-samples", "32", "--steps-per-cycle", "2", "--final-steps", "100", "--table-steps",
    "10", "--batch", "16",
  ]

  /// What is there in the end.
  var files: [String] { self == .compile ? ["net.kgl", "run.ckpt"] : ["run.ckpt"] }

  func arguments(resuming: Bool, threads: String = "2") -> [String] {
    let source = resuming ? "run.ckpt" : Places.model
    let often =
      ["-q", "--checkpoint-every", "0"] + (resuming ? [] : Self.options + ["--threads", threads])
    switch self {
    case .evolve: return ["evolve", source, "-o", "run.ckpt"] + often
    case .compile:
      let kept = resuming ? ["--resume", source] : [source, "--checkpoint", "run.ckpt"]
      return ["compile"] + kept + ["-o", "net.kgl"] + often
    }
  }

  /// Begins in a folder, or goes on where a checkpoint is there.
  func start(in place: Workplace) throws -> Running {
    try place.start(Places.kinglet, arguments(resuming: place.exists("run.ckpt")))
  }

  /// The same with glibc's checks of the heap.
  func start(in place: Workplace, threads: String) throws -> Running {
    let checks = "MALLOC_CHECK_=3 MALLOC_PERTURB_=165 LD_PRELOAD=libc_malloc_debug.so.0"
    return try place.start(
      "/usr/bin/env",
      checks.split(separator: " ").map(String.init) + [Places.kinglet]
        + arguments(resuming: place.exists("run.ckpt"), threads: threads))
  }

  /// The same for a shell.
  func line(resuming: Bool) -> String {
    ([Places.kinglet] + arguments(resuming: resuming)).map { "'\($0)'" }.joined(separator: " ")
  }

  /// Command lines that cannot give one of their results.
  static func writing(to path: String) -> [[String]] {
    let compile = ["compile", Places.model] + options
    return [
      compile + ["-o", path], compile + ["-o", "net.kgl", "--checkpoint", path],
      compile + ["-o", "net.kgl", "--json", path],
      ["evolve", Places.model] + options + ["-o", path],
      ["evolve", Places.model] + options + ["-o", "run.ckpt", "--json", path],
      ["encode", Places.model, "-o", path],
      ["encode", Places.model, "-o", "net.kgl", "--json", path],
      ["verify", "net.kgl", "--teacher", Places.model, "--test", "random:9", "--json", path],
    ]
  }
}

/// When to kill: at states of the checkpoint, so that slow machines are killed at the same ones.
private struct Moments {
  /// Seconds to the first checkpoint, and between two of them.
  let (first, between): (Double, Double)
  /// Checkpoints that a run writes.
  let count: Int

  /// From the moments at which a run that was left alone wrote its checkpoints.
  init(_ seconds: [Double]) {
    count = seconds.count
    first = seconds.first ?? 0
    between = ((seconds.last ?? 0) - first) / Double(max(count - 1, 1))
  }

  /// Returns at a random moment of a run, or when it is over.
  func wait(_ running: Running, in place: Workplace, _ random: inout SeededGenerator) {
    let versions = Int(random.next() % UInt64(count))
    let share = Double(random.nextFloat())
    let isWhileWriting = random.next() % 3 == 0
    var (seen, last) = (0, Version(place))
    while running.isRunning && seen < versions {
      usleep(100)
      let version = Version(place)
      if version != last { (seen, last) = (seen + 1, version) }
    }
    if isWhileWriting {
      while running.isRunning && !place.exists("run.ckpt.unfinished") { usleep(50) }
    } else {
      usleep(UInt32(share * (versions == 0 ? first : between) * 1e6))
    }
  }
}

/// Which file a checkpoint is.
private struct Version: Equatable {
  private let number: UInt64
  private let seconds: Int
  private let nanoseconds: Int

  /// All zeros where there is none.
  init(_ place: Workplace) {
    var status = stat()
    _ = stat(place.path("run.ckpt"), &status)
    number = UInt64(status.st_ino)
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}

extension Running {
  /// Seconds from the start at which checkpoints appeared; nil where the run failed.
  fileprivate func watched(_ place: Workplace) throws -> [Double]? {
    let began = Date()
    var (moments, last): ([Double], Version) = ([], Version(place))
    while isRunning {
      usleep(100)
      let version = Version(place)
      guard version != last else { continue }
      moments.append(Date().timeIntervalSince(began))
      last = version
    }
    return try wait().status == 0 ? moments : nil
  }
}

/// File systems of a test's own, which go with the commands that made them.
private enum Mounting {
  static let absence = "needs unshare and the right to mount in a namespace of one's own"

  static let isAllowed: Bool = {
    guard let place = try? Workplace() else { return false }
    return (try? run("mkdir disk && mount -t tmpfs tmpfs disk", place))?.status == 0
  }()

  static func run(_ line: String, _ place: Workplace) throws -> Outcome {
    try place.run("/usr/bin/env", ["unshare", "--map-root-user", "--mount", "/bin/sh", "-c", line])
  }
}
