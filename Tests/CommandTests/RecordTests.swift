import Datasets
import Foundation
import Testing

/// What is kept of a run, and the page of it.
struct RecordTests {
  @Test func aRecordMakesAPage() throws {
    let place = try Workplace()
    let compiled = try place.kinglet(
      ["compile", Places.model, "--record", "run.jsonl", "-q", "-o", "net.kgl"] + Places.brief)
    #expect(compiled.status == 0)
    let reported = try place.kinglet(["report", "run.jsonl", "-o", "run.html", "--title", "A run"])
    #expect(reported.status == 0 && reported.output == "run.html\n")
    let page = String(decoding: try place.bytes("run.html"), as: UTF8.self)
    #expect(page.contains("A run") && page.contains("<svg") && page.contains("/9/Gemm"))
    let compared = try place.kinglet("report", "run.jsonl", "./run.jsonl", "-o", "both.html")
    #expect(compared.status == 0)
    #expect(String(decoding: try place.bytes("both.html"), as: UTF8.self).contains("<h1>2 runs</h1>"))
    let many = try place.kinglet(["report"] + Array(repeating: "run.jsonl", count: 17) + ["-o", "many.html"])
    #expect(many.status == 2 && many.errors.contains("at most 16 records, not 17"))
  }

  /// What is only said where a run begins, too, and after it was taken up.
  @Test func aRecordSaysAllThatARunWasTold() throws {
    let place = try Workplace()
    try TinyNet.write(in: place)
    let told = ["--effort", "quick", "--weights", "tiny.weights", "-q", "--record", "run.jsonl"]
    #expect(try place.kinglet(["evolve", TinyNet.file, "-o", "run.ckpt"] + told + Places.brief).status == 0)
    func command() throws -> String {
      let line = try #require(String(decoding: try place.bytes("run.jsonl"), as: UTF8.self).split(separator: "\n").first)
      let run = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return try #require(run?["command"] as? String)
    }
    #expect(try command().contains(" --effort=quick ") && command().contains(" --weights=tiny.weights"))
    let went = try place.kinglet("compile", "--resume", "run.ckpt", "-q", "--record", "run.jsonl", "-o", "net.kgl")
    #expect(went.status == 0, "\(went.errors)")
    #expect(try command().hasPrefix("kinglet compile tiny.cfg ") && command().contains(" --effort=quick "))
    let again = try place.kinglet("compile", "--resume", "run.ckpt", "--effort", "thorough", "-o", "net.kgl")
    #expect(again.status == 2 && again.errors.contains("--effort cannot be given here"))
  }

  /// A thorough run learns labels and compares by them, where there are any and it is told nothing else.
  @Test func aThoroughRunComparesByLabels() throws {
    let place = try Workplace()
    try NPY.write(pixels(48), to: URL(fileURLWithPath: place.path("x.npy")))
    try place.write(Data((0..<48).map { "\($0 % 10)\n" }.joined().utf8), to: "labels.txt")
    let run = ["evolve", Places.model, "-q", "--record", "run.jsonl", "-o", "run.ckpt"] + Places.brief
      + ["--data", "x.npy", "--held-back", "0.5", "--folds", "0"]
    let labelled = run + ["--labels", "labels.txt"]
    func divergence(_ arguments: [String]) throws -> String {
      let outcome = try place.kinglet(arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let line = try #require(String(decoding: try place.bytes("run.jsonl"), as: UTF8.self).split(separator: "\n").first)
      let told = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return try #require(told?["divergence"] as? String)
    }
    #expect(try divergence(labelled + ["--effort", "thorough"]) == "ce")
    #expect(try divergence(labelled) == "kl")
    #expect(try divergence(run + ["--effort", "thorough"]) == "kl")
    #expect(try divergence(labelled + ["--effort", "thorough", "--label-share", "0"]) == "kl")
    #expect(try divergence(labelled + ["--effort", "thorough", "--divergence", "mse"]) == "mse")
  }
}
