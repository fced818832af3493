import Datasets
import Foundation
import Tensors
import Testing

/// What commands give back.
struct ResultTests {
  @Test func compileReportsWhatWasPromised() throws {
    let place = try Workplace()
    let outcome = try place.kinglet(
      ["compile", Places.model, "--test", "random:30", "--json", "net.json", "-o", "net.kgl"]
        + Places.brief)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("everything counted"))
    #expect(place.files == ["net.json", "net.kgl"])
    let report = try place.json("net.json")
    let numbers = [
      "teacherParameters", "blobBytes", "ratio", "sparsity",
      "agreement", "loss", "maxAbsoluteDifference", "arenaBytes", "seconds",
    ]
    for name in numbers { #expect(report[name] is NSNumber, "\(name)") }
    #expect(report["lossName"] as? String == "points of agreement lost")
    #expect(report["teacherAccuracy"] == nil && report["edgeAccuracy"] == nil)
    func number(_ name: String) -> Double { (report[name] as? NSNumber)?.doubleValue ?? .nan }
    #expect(number("teacherParameters") == 206_922)
    #expect(number("blobBytes") == Double(try place.bytes("net.kgl").count))
    #expect(abs(number("ratio") - 4 * 206_922 / number("blobBytes")) < 1e-9)
    #expect(abs(number("sparsity") - 0.8) < 0.001)
    #expect((0...1).contains(number("agreement")) && number("maxAbsoluteDifference") < 1e-3)
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.map { $0["name"] as? String } == ["/0/Conv", "/4/Conv", "/9/Gemm", "/12/Gemm"])
    for layer in layers {
      for name in ["parameters", "survivors", "levels", "bytes"] {
        #expect(layer[name] is NSNumber, "\(name)")
      }
    }
    #expect((report["cycles"] as? [Any])?.isEmpty == false)
  }

  /// For a program each line of progress is an object: stages begin, go on to their end, and are over.
  @Test func progressForPrograms() throws {
    let place = try Workplace()
    let outcome = try place.kinglet(
      ["compile", Places.model, "--progress", "json", "-o", "net.kgl"] + Places.brief.filter { $0 != "-q" })
    #expect(outcome.status == 0)
    let events = try outcome.errorLines.map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
    for stage in ["teacher", "evolve", "quantize", "verify"] {
      let its = events.filter { $0["stage"] as? String == stage }
      #expect(its.first?.keys.sorted() == ["stage"], "\(stage)")
      #expect(its.last?.keys.sorted() == ["stage", "summary"], "\(stage)")
      for event in its.dropFirst().dropLast() {
        let (done, total) = (event["done"] as? Int ?? -1, event["total"] as? Int ?? -1)
        #expect(done >= 0 && done <= total && event["detail"] is String, "\(event)")
        #expect(["cycle", "final step", "step", "sample"].contains(event["unit"] as? String), "\(event)")
      }
    }
    #expect(events.contains { $0["stage"] as? String == "evolve" && $0["done"] as? Int == $0["total"] as? Int && $0["done"] != nil })
    let refused = try place.kinglet("compile", Places.model, "--progress", "xml", "-o", "no.kgl")
    #expect(refused.status == 2 && refused.errors.contains("json"))
  }

  @Test func aBlobCarriesItsProof() throws {
    let place = try Workplace()
    let encode = ["encode", Places.model, "--levels", "4", "-q"]
    let outcome = try place.kinglet(
      encode + ["--data", "random:5", "--self-test", "2", "--json", "net.json", "-o", "net.kgl"])
    #expect(outcome.status == 0 && outcome.output.contains("6369 bytes of self-test"))
    #expect(try place.json("net.json")["selfTestBytes"] as? Int == 6369)
    let seen = try place.kinglet("inspect", "net.kgl", "--json", "seen.json")
    #expect(seen.output.contains("self-test of 2 samples, 6369 bytes"))
    let report = try place.json("seen.json")
    #expect((report["selfTest"] as? [String: Any])?["samples"] as? Int == 2)
    #expect((report["provenance"] as? [String: Any])?["teacher"] as? String != nil)
    let verified = try place.kinglet(
      "verify", "net.kgl", "--teacher", Places.model, "--test", "random:9", "-q")
    #expect(verified.output.contains("self-test: 2 samples, as expected"))
    for wrong in ["0", "256", "x"] {
      let refused = try place.kinglet(encode + ["--self-test", wrong, "-o", "no.kgl"])
      #expect(refused.status == 2 && refused.errors.contains("self-test"))
    }
    let none = try place.kinglet(encode + ["--self-test", "2", "-o", "no.kgl"])
    #expect(none.status == 2 && none.errors.contains("--self-test needs samples"))
  }

  @Test func aLimitThatCannotBeMetIsRefused() throws {
    let place = try Workplace()
    let outcome = try place.kinglet(
      ["compile", Places.model, "--max-bytes", "100000000", "-q", "-o", "net.kgl"] + Places.brief)
    #expect(outcome.status == 0)
    let impossible = try place.kinglet(
      ["compile", Places.model, "--max-bytes", "100", "-q", "-o", "small.kgl"] + Places.brief)
    #expect(impossible.status == 3 && impossible.errors.contains("--max-bytes 100 "))
    #expect(!place.files.contains("small.kgl"))
  }

  @Test func theSameCommandGivesTheSameBlob() throws {
    let place = try Workplace()
    for name in ["a", "b"] {
      #expect(
        try place.kinglet(["compile", Places.model, "--quiet", "-o", "\(name).kgl"] + Places.brief)
          .errors == "")
    }
    #expect(try place.bytes("a.kgl") == place.bytes("b.kgl"))
  }

  @Test(arguments: [
    ["--method", "learned", "--batch", "40", "--final-steps", "5"],
    ["--method", "literal", "--batch", "3", "--compensate"],
    ["--method", "obd", "--scope", "layer", "--data", "random:5"],
    ["--activations", "int8", "--batch", "70", "--table-steps", "5"],
  ])
  func theNumberOfThreadsChangesNoByte(options: [String]) throws {
    let place = try Workplace()
    let first = try place.kinglet(
      ["compile", Places.model, "-q", "-o", "1.kgl", "--threads", "1"] + Places.brief + options)
    try #require(first.status == 0, "\(first)")
    for threads in ["2", "3", "5"] {
      let outcome = try place.kinglet(
        ["compile", Places.model, "-q", "-o", "n.kgl", "--threads", threads] + Places.brief + options)
      #expect(outcome.status == 0)
      #expect(try place.bytes("n.kgl") == place.bytes("1.kgl"), "\(threads) threads")
    }
  }

  @Test func aBoundedRunIsReplayedFromItsReport() throws {
    let place = try Workplace()
    let options = [
      "--data", "random:100", "--sparsity", "0.7", "--step", "0.5", "--batch", "16",
      "--final-steps",
      "500", "--trial-samples", "64", "-q",
    ]
    let bounded = try place.kinglet(
      ["compile", Places.model, "--max-seconds", "2", "--json", "a.json", "-o", "a.kgl"] + options)
    #expect(bounded.status == 0)
    let replayed = try place.kinglet(
      ["compile", Places.model, "--replay", "a.json", "-o", "b.kgl"] + options)
    #expect(replayed.status == 0)
    #expect(try place.bytes("a.kgl") == place.bytes("b.kgl"))
  }

  @Test func theStagesAreCommands() throws {
    let place = try Workplace()
    #expect(
      try place.kinglet(["compile", Places.model, "-q", "-o", "whole.kgl"] + Places.brief).status
        == 0)
    let evolved = try place.kinglet(["evolve", Places.model, "-o", "run.ckpt"] + Places.brief)
    #expect(evolved.status == 0 && evolved.output.hasPrefix("evolved run.ckpt"))
    let quantized = try place.kinglet("quantize", "run.ckpt", "-o", "run.ckpt", "--json", "q.json")
    #expect(quantized.status == 0)
    #expect(try place.json("q.json")["stage"] as? String == "quantized")
    #expect(try place.kinglet("encode", "run.ckpt", "-o", "staged.kgl").status == 0)
    // All but what was measured at the end, which `encode` does not.
    #expect(
      Self.beforeProvenance(try place.bytes("staged.kgl"))
        == Self.beforeProvenance(try place.bytes("whole.kgl")))
  }

  /// The sections that make answers: those before provenance and whatever follows it, of kinds from 128.
  static func beforeProvenance(_ file: Data) -> [UInt8] {
    let blob = [UInt8](file)
    let entries = (0..<Int(blob[6])).map { 20 + 12 * $0 }.filter { blob[$0] < 128 }
    let start = 20 + 12 * Int(blob[6])
    let bytes = entries.reduce(0) { sum, entry in sum + (0..<4).reduce(0) { $0 | Int(blob[entry + 4 + $1]) << (8 * $1) } }
    return Array(blob[start..<start + bytes])
  }

  @Test func theLedgerSumsToTheFile() throws {
    let place = try Workplace()
    #expect(try place.kinglet("encode", Places.model, "-o", "net.kgl").status == 0)
    let outcome = try place.kinglet("inspect", "net.kgl", "--json", "ledger.json")
    #expect(outcome.status == 0 && outcome.output.contains("total"))
    let ledger = try #require(try place.json("ledger.json")["ledger"] as? [[String: Any]])
    let sum = ledger.reduce(0) { $0 + (($1["bytes"] as? Int) ?? 0) }
    #expect(sum == (try place.bytes("net.kgl").count))
    #expect(ledger.count > 10)
  }

  @Test func integerBlobsAreEncodedInspectedVerifiedAndEmitted() throws {
    let place = try Workplace()
    try NPY.write(pixels(70), to: URL(fileURLWithPath: place.path("in.npy")))
    let encoded = try place.kinglet(
      "encode", Places.model, "--activations", "int8", "--data", "in.npy", "--input-scale",
      "1/255", "-q", "-o", "net.kgl")
    #expect(encoded.status == 0)
    let refused = try place.kinglet("encode", Places.model, "--activations", "int8", "-o", "x.kgl")
    #expect(refused.status != 0 && refused.errors.contains("--data"))
    let inspected = try place.kinglet("inspect", "net.kgl")
    #expect(inspected.output.contains("[1, 28, 28] uint8 of 0.003921569"))
    #expect(inspected.output.contains("convolution u8 u8"))
    let verified = try place.kinglet(
      "verify", "net.kgl", "--teacher", Places.model, "--test", "in.npy", "--json", "v.json",
      "--min-agreement", "0.5")
    #expect(verified.status == 0 && verified.output.contains("emulation: 70 samples, identical"))
    #expect(try place.json("v.json")["emulatedSamples"] as? Int == 70)
    let emitted = try place.kinglet(
      "emit-c", "net.kgl", "-o", "c", "--samples", "in.npy", "--sample-count", "2")
    #expect(emitted.status == 0 && emitted.output.contains("model_config.h"))
  }

  @Test func aModelsLayersAreNamed() throws {
    let place = try Workplace()
    let outcome = try place.kinglet("inspect", Places.model, "--json", "model.json")
    #expect(outcome.status == 0 && outcome.errors == "")
    let report = try place.json("model.json")
    #expect(report["parameters"] as? Int == 206_922)
    let nodes = try #require(report["nodes"] as? [[String: Any]])
    #expect(nodes.first?["name"] as? String == "/0/Conv")
    #expect(nodes.last?["output"] as? [Int] == [10])
    #expect(try #require(report["operators"] as? [String: Int])["dense"] == 2)
  }

  @Test func aBlobAnswersAsItsModelDoes() throws {
    let place = try Workplace()
    try NPY.write(pixels(7), to: URL(fileURLWithPath: place.path("in.npy")))
    func answers(_ arguments: String...) throws -> Tensor {
      let outcome = try place.kinglet(
        ["run"] + arguments + ["--input", "in.npy", "--output", "out.npy"])
      #expect(outcome.status == 0 && outcome.output == "out.npy\n")
      return try NPY.read(URL(fileURLWithPath: place.path("out.npy")))
    }
    func encode(_ arguments: String...) throws {
      let all = ["encode", Places.model, "--levels", "float", "-o", "net.kgl"] + arguments
      #expect(try place.kinglet(all).status == 0)
    }
    // Raw numbers, taken as they are.
    try encode()
    var (model, blob) = (try answers(Places.model), try answers("net.kgl"))
    #expect(model.shape == [7, 10] && blob.shape == [7, 10])
    #expect(blob.relativeDifference(from: model) <= 1e-4)
    // A scale and a mean that the blob keeps, and that the model is told of.
    try encode("--input-scale", "1/255", "--input-mean", "20")
    model = try answers(Places.model, "--input-scale", "1/255", "--input-mean", "20")
    blob = try answers("net.kgl")
    #expect(blob.relativeDifference(from: model) <= 1e-4)
    #expect(try answers("net.kgl", "--input-scale", "1", "--input-mean", "0") != blob)
  }

  @Test func oneSampleNeedsNoAxisOfSamples() throws {
    let place = try Workplace()
    let all = pixels(3)
    try NPY.write(all, to: URL(fileURLWithPath: place.path("all.npy")))
    let one = all.rows(0..<1).reshaped(to: Places.modelShape)
    try NPY.write(one, to: URL(fileURLWithPath: place.path("one.npy")))
    #expect(try place.kinglet("encode", Places.model, "-o", "net.kgl").status == 0)
    for network in ["net.kgl", Places.model] {
      let many = try place.kinglet("run", network, "--input", "all.npy").output
      let single = try place.kinglet("run", network, "--input", "one.npy").output
      #expect(many.split(separator: "\n").count == 3)
      #expect(many.split(separator: "\n").first == single.split(separator: "\n").first)
    }
  }

  @Test func whatVerifyMeasuresIsInItsReport() throws {
    let place = try Workplace()
    try NPY.write(pixels(25), to: URL(fileURLWithPath: place.path("test.npy")))
    #expect(
      try place.kinglet("encode", Places.model, "--input-scale", "1/255", "-o", "net.kgl").status
        == 0)
    let outcome = try place.kinglet(
      "verify", "net.kgl", "--teacher", Places.model, "--test", "test.npy", "--json", "v.json",
      "--min-agreement", "0.5")
    #expect(outcome.status == 0)
    let report = try place.json("v.json")
    #expect(report["samples"] as? Int == 25)
    #expect(report["task"] as? String == "classification")
    #expect(report["blobBytes"] as? Int == (try place.bytes("net.kgl").count))
    #expect(try #require(report["agreement"] as? Double) >= 0.5)
  }

  @Test func cSourcesCompileAndRun() throws {
    let place = try Workplace()
    let runtime = Places.package + "/Runtime-C"
    try NPY.write(pixels(3), to: URL(fileURLWithPath: place.path("some.npy")))
    #expect(
      try place.kinglet(
        ["compile", Places.model, "--input-scale", "1/255", "-q", "-o", "net.kgl"] + Places.brief
      ).status == 0)
    let emitted = try place.kinglet(
      "emit-c", "net.kgl", "-o", "c", "--samples", "some.npy", "--sample-count", "2",
      "--input-scale", "1/255")
    #expect(emitted.status == 0)
    let names = emitted.output.split(separator: "\n").map { String($0.dropFirst(2)) }
    #expect(
      names.sorted() == [
        "expected.txt", "main.c", "model.c", "model.h", "model_config.h", "samples.c", "samples.h",
      ])
    let sources = try FileManager.default.contentsOfDirectory(atPath: runtime + "/src")
      .filter { $0.hasSuffix(".c") }.map { runtime + "/src/" + $0 }
    try place.write(Data(Self.answering.utf8), to: "answer.c")
    for (main, program) in [("c/main.c", "starter"), ("answer.c", "answer")] {
      let compiled = try place.run(
        "/usr/bin/gcc",
        ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-I", runtime + "/include", "-I", "c"]
          + ["c/model.c", "c/samples.c", main] + sources + ["-lm", "-o", program])
      #expect(compiled.status == 0, "\(compiled.errors)")
    }
    #expect(try place.run(place.path("starter"), []).status == 0)
    let answers = try place.run(place.path("answer"), []).output
    let expected = String(decoding: try place.bytes("c/expected.txt"), as: UTF8.self)
    let (found, wanted) = (try Self.numbers(answers), try Self.numbers(expected))
    #expect(found.count == 20 && wanted.count == 20)
    #expect(found.relativeDifference(from: wanted) <= 1e-5)
  }

  /// Runs the emitted network on the emitted samples.
  private static let answering = """
    #include <stdio.h>
    #include "kinglet.h"
    #include "model.h"
    #include "samples.h"

    static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);

    int main(void) {
      kgl_model model;
      if (kgl_open(&model, kinglet_model, kinglet_model_bytes) != KGL_OK) return 1;
      for (unsigned sample = 0; sample < KINGLET_SAMPLE_COUNT; sample++) {
        const void *inputs[] = {kinglet_samples[sample]};
        float answer[KINGLET_MODEL_OUTPUT0_ELEMENTS];
        void *outputs[] = {answer};
        if (kgl_run(&model, &arena, (uint32_t)sizeof arena, inputs, outputs) != KGL_OK) return 1;
        for (unsigned i = 0; i < KINGLET_MODEL_OUTPUT0_ELEMENTS; i++) printf("%.9g ", answer[i]);
        printf("\\n");
      }
      return 0;
    }

    """

  private static func numbers(_ text: String) throws -> Tensor {
    let values = try text.split(whereSeparator: \.isWhitespace).map { try #require(Float($0)) }
    return Tensor(shape: [values.count], values: values)
  }
}

/// Ctrl-C, and going on.
struct InterruptionTests {
  private static let options = [
    "--data", "random:300", "--sparsity", "0.8", "--step", "0.3", "--trials", "3",
    "--trial-samples", "64", "--steps-per-cycle", "20", "--final-steps", "400", "--table-steps",
    "10",
    "--batch", "32",
  ]

  @Test func aRunThatIsInterruptedSaysHowToGoOn() throws {
    let place = try Workplace()
    let arguments = ["compile", Places.model, "-o", "net.kgl"] + Self.options
    let running = try place.start(Places.kinglet, arguments)
    while running.isRunning && !running.errors.contains("evolve") { usleep(2000) }
    running.interrupt()
    let outcome = try running.wait()
    #expect(outcome.status == 130 && outcome.output == "")
    let last = try #require(outcome.errorLines.last)
    #expect(
      last.hasPrefix("kinglet: stopped") && last.contains("kinglet compile --resume net.ckpt"))
    #expect(place.files == ["net.ckpt"])
    let resumed = try place.kinglet("compile", "--resume", "net.ckpt")
    #expect(resumed.status == 0 && resumed.output.contains("everything counted"))
    #expect(
      try place.kinglet(["compile", Places.model, "-q", "-o", "whole.kgl"] + Self.options).status
        == 0)
    #expect(try place.bytes("net.kgl") == place.bytes("whole.kgl"))
  }

  /// What a search for tables tries meanwhile is none of the run's.
  @Test func aSearchForTablesGoesOnToTheSameBlob() throws {
    let place = try Workplace()
    let limits = ["--max-loss", "95", "--max-bytes", "20000", "--table-steps", "200"]
    let running = try place.start(
      Places.kinglet, ["compile", Places.model, "-o", "net.kgl"] + Self.options + limits)
    while running.isRunning && running.errors.split(separator: "\n").count(where: { $0 == "quantize" }) < 2 {
      usleep(500)
    }
    running.interrupt()
    let outcome = try running.wait()
    #expect([0, 130, 1].contains(outcome.status), "\(outcome)")
    if outcome.status == 130 { _ = try place.kinglet("compile", "--resume", "net.ckpt", "-q") }
    _ = try place.kinglet(["compile", Places.model, "-q", "-o", "whole.kgl"] + Self.options + limits)
    #expect(try place.bytes("net.kgl") == place.bytes("whole.kgl"))
  }

  @Test func anInterruptedStageGoesOnByItself() throws {
    let place = try Workplace()
    let running = try place.start(
      Places.kinglet, ["evolve", Places.model, "-o", "run.ckpt"] + Self.options)
    while running.isRunning && !running.errors.contains("evolve") { usleep(2000) }
    running.interrupt()
    #expect(try running.wait().status == 130)
    #expect(try place.kinglet("evolve", "run.ckpt", "-q").status == 0)
    #expect(try place.kinglet("quantize", "run.ckpt", "-q", "-o", "run.ckpt").status == 0)
  }
}
