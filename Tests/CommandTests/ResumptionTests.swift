import Foundation
import Testing

/// Options on a run that has begun: each takes effect or is refused by its name.
struct ResumptionTests {
  /// What an option that is another than the run's comes to.
  enum Fate {
    /// The checkpoint's options change, or where a result goes.
    case taken
    case refused
  }

  /// For each option of `evolve`, a value that no run here began with, and what becomes of it once the
  /// evolution is over.
  static let afterEvolution: [String: (words: [String], fate: Fate)] = [
    "data": (["random:65"], .taken), "labels": (["labels.txt"], .refused),
    "test": (["random:9"], .taken), "test-labels": (["labels.txt"], .refused),
    "input-scale": (["0.5"], .refused), "input-mean": (["0.5"], .refused),
    "input-layout": (["nhwc"], .refused), "fit": (["stretch"], .refused), "axis": (["N=4"], .refused),
    "state": (["a=b"], .refused), "set": (["sr=8000"], .refused), "stream": (["1"], .refused), "hop": (["2"], .refused), "frames": (["50"], .refused),
    "weights": (["net.weights"], .refused), "input-size": (["32"], .refused),
    "sparsity": (["0.9"], .taken), "scope": (["layer"], .refused),
    "layer-floor": (["0.1"], .refused),
    "layer-sparsity": (["/9/Gemm=0.95"], .taken), "pool": (["*Gemm=0.95"], .taken),
    "max-bytes": (["90000"], .taken), "max-divergence": (["1"], .refused),
    "max-cycle-loss": (["50"], .refused), "max-loss": (["50"], .taken),
    "method": (["literal"], .refused), "step": (["0.3"], .refused), "draw": (["all"], .refused),
    "trials": (["5"], .refused), "trial-samples": (["9"], .refused), "halving": ([], .refused),
    "race": (["8"], .refused), "max-memory": (["9G"], .taken),
    "draw-temperature": (["0.3"], .refused), "nesting": (["0.7"], .refused),
    "judge-recovered": ([], .refused), "compensate": ([], .refused), "irrevocable": ([], .refused),
    "rate-weight": (["0.1"], .refused), "row-exponent": (["0.3"], .refused), "divergence": (["mse"], .taken),
    "trial-temperature": (["3"], .taken), "outputs": (["0-4"], .taken), "classes": (["0-4"], .refused),
    "output-weights": (["1,1,1,1,1,2,2,2,2,2"], .taken), "retrain-every": (["2"], .refused),
    "effort": (["quick"], .refused), "steps-per-cycle": (["3"], .refused), "final-steps": (["3"], .refused),
    "patience": (["2"], .refused), "batch": (["8"], .taken), "learning-rate": (["0.1"], .refused),
    "temperature": (["3"], .taken), "label-share": (["0.5"], .refused), "augment": (["flip"], .taken),
    "threshold": (["0.3"], .taken), "held-back": (["0.2"], .refused), "tables": (["kMedians"], .taken), "stochastic": ([], .taken),
    "table-steps": (["3"], .taken), "task": (["regress"], .taken),
    "max-seconds": (["900"], .taken), "replay": (["run.json"], .taken),
    "record": (["run.jsonl"], .taken), "checkpoint-every": (["3"], .taken), "levels": (["4"], .taken),
    "layer-levels": (["/9/Gemm=4"], .taken), "lambda": (["0.5"], .taken),
    "table-precision": (["int8"], .taken), "seed": (["2"], .refused), "threads": (["1"], .taken),
    "json": (["other.json"], .taken), "progress": (["json"], .taken), "folds": (["3"], .refused), "quiet": ([], .taken), "output": (["other.ckpt"], .taken),
  ]

  private static func evolved(in place: Workplace) throws {
    let outcome = try place.kinglet(
      ["evolve", Places.model, "-q", "-o", "run.ckpt", "--method", "magnitude"] + Places.brief)
    try #require(outcome.status == 0, "\(outcome)")
  }

  /// Names of the options of a command, by its own parser.
  private func options(of command: String) throws -> [String] {
    let dump = try Workplace().kinglet("--experimental-dump-help").output
    let tree = try #require(
      try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any])
    let commands = (tree["command"] as? [String: Any])?["subcommands"] as? [[String: Any]]
    let found = try #require(commands?.first { $0["commandName"] as? String == command })
    let names = (found["arguments"] as? [[String: Any]] ?? []).compactMap {
      ($0["preferredName"] as? [String: Any])?["name"] as? String
    }
    return names.filter {
      !["help", "version"].contains($0) && !($0.hasPrefix("no-") && names.contains(String($0.dropFirst(3))))
    }
  }

  @Test func noOptionOfEvolveIsIgnored() throws {
    let source = try Workplace()
    try Self.evolved(in: source)
    let names = try options(of: "evolve")
    #expect(Set(names) == Set(Self.afterEvolution.keys))
    for name in names {
      guard let (words, fate) = Self.afterEvolution[name] else { continue }
      let place = try Workplace()
      try place.write(try source.bytes("run.ckpt"), to: "run.ckpt")
      try place.write(Data(String(repeating: "1\n", count: 64).utf8), to: "labels.txt")
      try place.write(Data(Self.replay.utf8), to: "run.json")
      let before = (try place.bytes("run.ckpt"), place.files)
      let option = (["halving", "irrevocable"].contains(name) ? "--no-" : "--") + name
      let outcome = try place.kinglet(["evolve", "run.ckpt", option] + words + (name == "quiet" ? [] : ["-q"]))
      switch fate {
      case .refused:
        #expect(outcome.status == 2 && outcome.output == "", "--\(name): \(outcome)")
        #expect(
          outcome.errors.contains("--\(name) ") || outcome.errors.contains("labels.txt: "),
          "--\(name): \(outcome.errors)")
        #expect(try place.bytes("run.ckpt") == before.0 && place.files == before.1)
      case .taken:
        #expect(outcome.status == 0, "--\(name): \(outcome)")
        let isOther = try Self.options(place.bytes("run.ckpt")) != Self.options(before.0)
        #expect(
          isOther || place.files != before.1 || ["quiet", "progress", "checkpoint-every"].contains(name), "--\(name)")
      }
    }
  }

  private static let replay =
    #"{"schedule":{"cycles":[{"trials":1,"steps":1}],"finalSteps":1,"tableSteps":1}}"#

  /// What a checkpoint says of its options.
  private static func options(_ checkpoint: Data) throws -> NSDictionary {
    let size = checkpoint.dropFirst(8).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let text = checkpoint.dropFirst(16).prefix(size)
    let contents = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    return try #require(contents["options"] as? NSDictionary)
  }

  private static func zeros(_ place: Workplace, _ name: String) throws -> Double {
    try #require(try place.json(name)["sparsity"] as? Double)
  }

  @Test func aLaterTargetGoesOnFromAFinishedRun() throws {
    let place = try Workplace()
    try Self.evolved(in: place)
    #expect(try place.kinglet("quantize", "run.ckpt", "-q", "-o", "run.ckpt").status == 0)
    let further = try place.kinglet(
      "evolve", "run.ckpt", "-q", "--sparsity", "0.95", "--step", "0.4", "-o", "run.ckpt", "--json", "e.json")
    #expect(further.status == 0, "\(further)")
    #expect(abs(try Self.zeros(place, "e.json") - 0.95) < 0.001)
    // The tables were those of another student.
    let early = try place.kinglet("encode", "run.ckpt", "-o", "net.kgl")
    #expect(early.status == 2 && early.errors.contains("quantize"))
    #expect(
      try place.kinglet("compile", "--resume", "run.ckpt", "-q", "-o", "net.kgl", "--json", "c.json").status == 0)
    #expect(abs(try Self.zeros(place, "c.json") - 0.95) < 0.001)
    let fewer = try place.kinglet("evolve", "run.ckpt", "--sparsity", "0.5", "-o", "run.ckpt")
    #expect(fewer.status == 2 && fewer.errors.contains("--sparsity 0.5 is fewer zeros"))
  }

  @Test func aRunOnItsWayTakesAnotherTarget() throws {
    let place = try Workplace()
    let running = try place.start(
      Places.kinglet,
      ["evolve", Places.model, "-q", "--checkpoint-every", "0", "-o", "run.ckpt"] + Places.brief
        + ["--step", "0.05", "--record", "run.jsonl", "--json", "run.json"])
    while running.isRunning && !place.exists("run.ckpt") { usleep(1000) }
    running.interrupt()
    let outcome = try running.wait()
    try #require(outcome.status == 130, "\(outcome)")
    #expect(outcome.errors == "kinglet: stopped; go on with: kinglet evolve run.ckpt\n")
    let further = try place.kinglet("evolve", "run.ckpt", "-q", "--sparsity", "0.9", "--step", "0.3")
    #expect(further.status == 0, "\(further)")
    // What the interrupted command was to write is written.
    #expect(abs(try Self.zeros(place, "run.json") - 0.9) < 0.001)
    #expect(String(decoding: try place.bytes("run.jsonl"), as: UTF8.self).contains("\"end\""))
  }

  @Test func whatWasToldGoesOnAndWhatIsToldAgainCounts() throws {
    let place = try Workplace()
    let running = try place.start(
      Places.kinglet,
      ["compile", Places.model, "-o", "net.kgl", "--json", "net.json", "--record", "net.jsonl"]
        + ["--profile", "short", "--checkpoint-every", "0"] + Places.brief + ["--final-steps", "3000"])
    while running.isRunning && !running.errors.contains("evolve") { usleep(1000) }
    running.interrupt()
    try #require(try running.wait().status == 130)
    let told = ["--final-steps", "4", "--levels", "4"]
    #expect(try place.kinglet(["compile", "--resume", "net.ckpt", "-q"] + told).status == 0)
    #expect(place.files == ["net.ckpt", "net.json", "net.jsonl", "net.kgl"])
    let whole = try place.kinglet(
      ["compile", Places.model, "-q", "-o", "whole.kgl", "--profile", "short"] + Places.brief + told)
    #expect(whole.status == 0)
    #expect(try place.bytes("net.kgl") == place.bytes("whole.kgl"))
  }

  @Test func encodeKeepsTheProfileAndTakesAnother() throws {
    let place = try Workplace()
    let compile = ["compile", Places.model, "-q"] + Places.brief
    #expect(
      try place.kinglet(compile + ["--profile", "short", "-o", "a.kgl", "--checkpoint", "run.ckpt"]).status == 0)
    #expect(try place.kinglet(compile + ["--profile", "flat", "-o", "b.kgl"]).status == 0)
    #expect(try place.kinglet("encode", "run.ckpt", "-o", "c.kgl").status == 0)
    #expect(try place.kinglet("encode", "run.ckpt", "-o", "d.kgl", "--profile", "flat").status == 0)
    func body(_ name: String) throws -> [UInt8] { ResultTests.beforeProvenance(try place.bytes(name)) }
    #expect(try body("c.kgl") == body("a.kgl") && body("d.kgl") == body("b.kgl"))
    for words in [
      ["--levels", "4"], ["--lambda", "0.5"], ["--layer-levels", "/9/Gemm=4"], ["--table-precision", "int8"],
      ["--data", "random:9"], ["--input-scale", "0.5"], ["--input-mean", "1"], ["--input-layout", "nhwc"],
      ["--seed", "3"],
    ] {
      let outcome = try place.kinglet(["encode", "run.ckpt", "-o", "e.kgl"] + words)
      #expect(outcome.status == 2 && outcome.errors.contains(words[0] + " "), "\(words): \(outcome)")
      #expect(!place.exists("e.kgl"))
    }
  }

  @Test func samplesThatAreNotThereAreAnError() throws {
    let place = try Workplace()
    try Self.evolved(in: place)
    for option in ["--data", "--test"] {
      let outcome = try place.kinglet("evolve", "run.ckpt", option, "/nonexistent")
      #expect(outcome.status == 3 && outcome.errors.contains("/nonexistent"), "\(outcome)")
    }
  }

  @Test func aSearchThatHasBegunKeepsWhatItWasTold() throws {
    let place = try Workplace()
    let search = ["--data", "random:40", "--counts", "2,4", "--population", "4", "--generations", "2"]
    #expect(
      try place.kinglet(
        ["share", Places.model, "-q", "-o", "net.kgl", "--checkpoint", "run.ckpt", "--fine-generations", "1"]
          + search
      ).status == 0)
    for words in [["--population", "5"], ["--counts", "3"], ["--seed", "2"], ["--max-loss", "7"]] {
      let outcome = try place.kinglet(["share", "run.ckpt", "-q", "-o", "net.kgl"] + words)
      #expect(outcome.status == 2 && outcome.errors.contains(words[0] + " "), "\(words): \(outcome)")
    }
    #expect(try place.kinglet(["share", "run.ckpt", "-q"] + search).status == 0)
  }
}
