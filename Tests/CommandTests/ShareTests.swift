import Foundation
import Testing

/// Weights that share values, from the command line.
struct ShareTests {
  private static let options = [
    "--data", "random:120", "--samples", "60", "--counts", "2,3,4,8", "--population", "4",
    "--generations", "3", "--fine-generations", "2", "--range-loss", "100", "--max-loss", "40",
  ]

  @Test func sharedWeightsBecomeABlobLikeAnyOther() throws {
    let place = try Workplace()
    let shared = try place.kinglet(
      ["share", Places.model, "-o", "net.kgl", "--json", "net.json", "-q"] + Self.options)
    #expect(shared.status == 0 && shared.errors == "")
    #expect(shared.output.contains("everything counted") && shared.output.contains("keys and means"))
    #expect(place.files == ["net.json", "net.kgl"])
    let report = try place.json("net.json")
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.map { $0["name"] as? String } == ["/0/Conv", "/4/Conv", "/9/Gemm", "/12/Gemm"])
    let blob = try #require(report["blob"] as? [String: Any])
    #expect(blob["blobBytes"] as? Int == (try place.bytes("net.kgl").count))
    for (layer, stored) in zip(layers, try #require(blob["layers"] as? [[String: Any]])) {
      let clusters = try #require(layer["clusters"] as? Int)
      #expect([2, 3, 4, 8].contains(clusters))
      #expect(try #require(stored["levels"] as? Int) <= clusters)
    }
    // Four keys or fewer nearly everywhere: between a key of 1 bit and one of 3.
    let rate = try #require(report["rate"] as? Double)
    #expect(rate > 10 && rate < 32)
    #expect((report["generations"] as? [Any])?.count == 3)
    #expect(try place.kinglet("inspect", "net.kgl").status == 0)
  }

  @Test func theSameSeedMakesTheSameBlob() throws {
    let place = try Workplace()
    for (name, threads) in [("a.kgl", "1"), ("b.kgl", "3")] {
      let arguments = [
        "share", Places.model, "-q", "-o", name, "--threads", threads, "--table-steps", "5",
      ]
      #expect(try place.kinglet(arguments + Self.options).status == 0)
    }
    #expect(try place.bytes("a.kgl") == place.bytes("b.kgl"))
  }

  @Test func aSearchThatIsInterruptedGoesOn() throws {
    let place = try Workplace()
    let arguments = ["share", Places.model, "-o", "net.kgl"] + Self.options
    let running = try place.start(Places.kinglet, arguments + ["--generations", "400"])
    while running.isRunning && !running.errors.contains("share") { usleep(2000) }
    running.interrupt()
    let outcome = try running.wait()
    #expect(outcome.status == 130 && outcome.output == "")
    #expect(
      outcome.errorLines.last == "kinglet: stopped; go on with: kinglet share net.ckpt")
    #expect(place.files == ["net.ckpt"])
  }

  @Test func aStoppedSearchEndsAsAWholeOneDoes() throws {
    let place = try Workplace()
    let arguments = ["share", Places.model, "-o", "net.kgl", "--optimizer", "swarm"] + Self.options
    let running = try place.start(Places.kinglet, arguments)
    while running.isRunning && !running.errors.contains("share") { usleep(2000) }
    running.interrupt()
    _ = try running.wait()
    if place.exists("net.ckpt") {
      #expect(try place.kinglet("share", "net.ckpt", "-q").status == 0)
    }
    #expect(
      try place.kinglet(
        ["share", Places.model, "-q", "-o", "whole.kgl", "--optimizer", "swarm"] + Self.options
      ).status == 0)
    #expect(try place.bytes("net.kgl") == place.bytes("whole.kgl"))
  }

  @Test func zerosOfAnEvolvedNetStay() throws {
    let place = try Workplace()
    #expect(
      try place.kinglet(["evolve", Places.model, "-q", "-o", "run.ckpt"] + Places.brief).status == 0)
    let search = Self.options.dropFirst(2) + ["--measure", "bytes", "--precision", "float8"]
    #expect(
      try place.kinglet(
        ["share", "run.ckpt", "-q", "-o", "net.kgl", "--json", "net.json"] + search).status == 0)
    let blob = try #require(try place.json("net.json")["blob"] as? [String: Any])
    let sparsity = try #require(blob["sparsity"] as? Double)
    #expect(sparsity > 0.79)
    #expect(place.files == ["net.json", "net.kgl", "run.ckpt"])
  }

  @Test func sharedValuesCanBeTrained() throws {
    let place = try Workplace()
    let trained = Self.options + ["--table-steps", "5"]
    #expect(
      try place.kinglet(["share", Places.model, "-q", "-o", "net.kgl"] + trained).status == 0)
    #expect(place.files == ["net.kgl"])
  }

  @Test(arguments: [
    ["--counts", "0-4"], ["--counts", "2-300"], ["--counts", "x"], ["--population", "3"],
    ["--generations", "0"], ["--samples", "0"], ["--max-loss", "-1"], ["--optimizer", "best"],
    ["--precision", "float4"], ["--measure", "weight"], ["--accuracy-target", "1.5"],
    ["--compression-target", "0"], ["--table-steps", "-1"], ["--held-back", "1"],
  ])
  func optionsOutOfRangeAreRefused(_ option: [String]) throws {
    let place = try Workplace()
    let outcome = try place.kinglet(
      ["share", Places.model, "--data", "random:8", "-o", "net.kgl"] + option)
    #expect(outcome.status == 2 && outcome.output == "" && place.files == [])
    #expect(outcome.errors.contains(option[0]))
  }

  @Test func aSearchNeedsSamples() throws {
    let place = try Workplace()
    let outcome = try place.kinglet("share", Places.model, "-o", "net.kgl")
    #expect(outcome.status == 2 && outcome.errors.contains("--data"))
    #expect(place.files == [])
  }
}
