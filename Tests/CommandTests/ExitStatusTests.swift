import Datasets
import Foundation
import Tensors
import Testing

/// A command line and what the folder holds when it is given.
struct Mistake: Sendable, CustomTestStringConvertible {
  let name: String
  let arguments: [String]
  /// What the sentence must name.
  let mentions: String

  var testDescription: String { name }

  init(_ name: String, _ arguments: [String], mentions: String) {
    (self.name, self.arguments, self.mentions) = (name, arguments, mentions)
  }

  private static let compile = ["compile", Places.model, "--data", "random:20", "-o", "out.kgl"]

  static let usage: [Mistake] = [
    Mistake("unknown option", compile + ["--sparsness", "0.5"], mentions: "--sparsness"),
    Mistake("unknown subcommand", ["comply", Places.model], mentions: "comply"),
    Mistake("no model", ["compile", "--data", "random:20", "-o", "out.kgl"], mentions: "model"),
    Mistake("no output", ["compile", Places.model], mentions: "--output"),
    Mistake("no samples", ["compile", Places.model, "-o", "out.kgl"], mentions: "--data"),
    Mistake("a share of one", compile + ["--sparsity", "1"], mentions: "--sparsity takes a share, 0 or more and below 1 (0.9 is 90 %)"),
    Mistake("a share that is no number", compile + ["--sparsity", "most"], mentions: "most"),
    Mistake("a negative share", compile + ["--sparsity=-0.1"], mentions: "--sparsity"),
    Mistake(
      "a layer's share without a share", compile + ["--layer-sparsity", "/0/Conv"],
      mentions: "/0/Conv"),
    Mistake(
      "a layer's share beyond one", compile + ["--layer-sparsity", "/0/Conv=1.5"], mentions: "1.5"),
    Mistake(
      "unknown layer", compile + ["--layer-sparsity", "/0/Conf=0.5"], mentions: "/0/Conf"),
    Mistake(
      "levels of an unknown layer", compile + ["--layer-levels", "gemm=16"], mentions: "gemm"),
    Mistake("one level", compile + ["--levels", "1"], mentions: "--levels"),
    Mistake("too many levels", compile + ["--layer-levels", "/0/Conv=257"], mentions: "257"),
    Mistake("unknown method", compile + ["--method", "guess"], mentions: "guess"),
    Mistake("unknown tables", compile + ["--tables", "guess"], mentions: "guess"),
    Mistake("tables by error, and by bits", compile + ["--tables", "kMedians", "--lambda", "0.1"], mentions: "--lambda"),
    Mistake("a hop along no axis", compile + ["--hop", "2"], mentions: "--stream AXIS"),
    Mistake("an axis that is no number", compile + ["--stream", "time"], mentions: "time"),
    Mistake("a hop of nothing", compile + ["--stream", "1", "--hop", "0"], mentions: "--hop"),
    Mistake("an axis before the first", ["inspect", Places.model, "--stream=-1"], mentions: "--stream"),
    Mistake("no thread", compile + ["--threads", "0"], mentions: "--threads"),
    Mistake("no trial samples", compile + ["--trial-samples", "0"], mentions: "--trial-samples"),
    Mistake("a step of nothing", compile + ["--step", "0"], mentions: "--step"),
    Mistake("a step of all", compile + ["--step", "1.0"], mentions: "--step"),
    Mistake("negative heat", compile + ["--draw-temperature", "0.1:-1"], mentions: "0.1:-1"),
    Mistake("nesting in nothing", compile + ["--nesting", "0"], mentions: "--nesting"),
    Mistake("outputs backwards", compile + ["--outputs", "3-1"], mentions: "3-1"),
    Mistake("outputs that all count nothing", compile + ["--output-weights", "0,0"], mentions: "0,0"),
    Mistake(
      "outputs told twice", compile + ["--outputs", "1", "--output-weights", "1,2"],
      mentions: "--output-weights"),
    Mistake("half a step", compile + ["--final-steps", "0.5"], mentions: "0.5"),
    Mistake("too many labels", compile + ["--label-share", "1.5"], mentions: "--label-share"),
    Mistake("unknown augmentation", compile + ["--augment", "rotate"], mentions: "rotate"),
    Mistake(
      "less lost than nothing", ["encode", Places.model, "--max-loss=-1", "-o", "out.kgl"],
      mentions: "--max-loss"),
    Mistake("no bytes", compile + ["--max-bytes", "0"], mentions: "--max-bytes"),
    Mistake("a pool that is none", compile + ["--pool", "conv*"], mentions: "conv*"),
    Mistake("one fold", compile + ["--folds", "1"], mentions: "--folds"),
    Mistake("folds and test samples", compile + ["--folds", "5", "--test", "random:9"], mentions: "--folds"),
    Mistake("a floor above one", compile + ["--layer-floor", "1.5"], mentions: "--layer-floor"),
    Mistake("unknown scope", compile + ["--scope", "all"], mentions: "all"),
    Mistake("a report without a place", ["report", "run.jsonl"], mentions: "--output"),
    Mistake("no time", compile + ["--max-seconds", "0"], mentions: "--max-seconds"),
    Mistake("a negative seed", compile + ["--seed=-1"], mentions: "--seed"),
    Mistake("a negative seed apart", compile + ["--seed", "-1"], mentions: "'-1' is invalid for '--seed"),
    Mistake("a negative share apart", compile + ["--sparsity", "-.5"], mentions: "--sparsity takes"),
    Mistake("a size of no axis", compile + ["--axis", "width"], mentions: "NAME=VALUE"),
    Mistake("a negative size", compile + ["--axis", "width=-3"], mentions: "width=-3"),
    Mistake("an input without a height", compile + ["--input-size", "416x"], mentions: "--input-size"),
    Mistake("a share above all", ["detect", Places.model, "--images", ".", "-o", "out", "--threshold", "1"], mentions: "--threshold takes"),
    Mistake("an overlap above one", ["detect", Places.model, "--images", ".", "-o", "out", "--nms", "2"], mentions: "--nms takes"),
    Mistake("boxes of no detector", compile + ["--divergence", "boxes"], mentions: "--divergence boxes is of detectors"),
    Mistake("classes of no detector", compile + ["--classes", "0-3"], mentions: "--classes is of detectors"),
    Mistake("a fit of random samples", compile + ["--fit", "stretch"], mentions: "--fit is for images"),
    Mistake("a scale in words", compile + ["--input-scale", "1/x"], mentions: "1/x"),
    Mistake(
      "random data of none", ["compile", Places.model, "--data", "random:0", "-o", "out.kgl"],
      mentions: "random:0"),
    Mistake("a model and a checkpoint", compile + ["--resume", "run.ckpt"], mentions: "--resume"),
    Mistake("run without input", ["run", Places.model], mentions: "--input"),
    Mistake(
      "run with an input too many", ["run", Places.model, "--input", "a.npy", "--input", "b.npy"],
      mentions: "2 files"),
    Mistake("emit-c without folder", ["emit-c", "net.kgl"], mentions: "--output"),
    Mistake(
      "no sample to emit", ["emit-c", "net.kgl", "-o", "c", "--sample-count", "0"],
      mentions: "--sample-count"),
  ]

  static let input: [Mistake] = [
    Mistake("a model that finds no objects", ["detect", Places.model, "--images", ".", "-o", "out"], mentions: "it is no detector"),
    Mistake("model missing", ["inspect", "missing.onnx"], mentions: "missing.onnx"),
    Mistake("model cut short", ["encode", "cut.onnx", "-o", "out.kgl"], mentions: "copy or export it again"),
    Mistake("an empty model", ["encode", "empty.onnx", "-o", "out.kgl"], mentions: "model"),
    Mistake("a model that is a folder", ["inspect", "."], mentions: "it is a folder"),
    Mistake(
      "data missing", ["compile", Places.model, "--data", "missing.gz", "-o", "out.kgl"],
      mentions: "missing.gz"),
    Mistake(
      "data of another shape", ["compile", Places.model, "--data", "flat.npy", "-o", "out.kgl"],
      mentions: "give samples that the model was trained on"),
    Mistake(
      "data that is none", ["compile", Places.model, "--data", "cut.onnx", "-o", "out.kgl"],
      mentions: "cut.onnx"),
    Mistake(
      "labels of another number",
      ["compile", Places.model, "--data", "some.npy", "--labels", "labels.txt", "-o", "out.kgl"],
      mentions: "labels"),
    Mistake("an axis that is not free", ["inspect", Places.model, "--axis", "width=3"], mentions: "free axis width"),
    Mistake("weights of another model", ["inspect", Places.model, "--weights", "net.weights"], mentions: "--weights is for a Darknet"),
    Mistake("a configuration without weights", ["encode", "net.cfg", "-o", "out.kgl"], mentions: "net.weights is not there"),
    Mistake("weights as a model", ["inspect", "alone.weights"], mentions: "give the .cfg that they belong to"),
    Mistake("a weights' file as a model", ["inspect", "weights.h5"], mentions: "HDF5 file (.h5)"),
    Mistake("weights as samples", ["run", "net.kgl", "--input", "weights.h5"], mentions: "HDF5 file (.h5)"),
    Mistake("a blob as a model", ["encode", "net.kgl", "-o", "out.kgl"], mentions: "ONNX model that it was made from"),
    Mistake("a model as a checkpoint", ["quantize", Places.model, "-o", "q.ckpt"], mentions: "checkpoint of kinglet"),
    Mistake("an empty blob", ["inspect", "empty.kgl"], mentions: "empty.kgl: it is empty"),
    Mistake("record missing", ["report", "none.jsonl", "-o", "a.html"], mentions: "none.jsonl"),
    Mistake("what a record is", ["report", "none.jsonl", "-o", "a.html"], mentions: "--record FILE"),
    Mistake("a record that is none", ["report", "labels.txt", "-o", "a.html"], mentions: "labels.txt"),
    Mistake("a target that is none", ["inspect", "net.kgl", "--target", "cortex-m9"], mentions: "give the path of a target's JSON file, or a name"),
    Mistake("blob missing", ["inspect", "missing.kgl"], mentions: "missing.kgl"),
    Mistake("blob cut short", ["inspect", "cut.kgl"], mentions: "copy or encode it again"),
    Mistake("blob with a wrong bit", ["inspect", "bit.kgl"], mentions: "checksum"),
    Mistake(
      "run of a damaged blob", ["run", "bit.kgl", "--input", "some.npy"], mentions: "checksum"),
    Mistake(
      "verification of a damaged blob",
      ["verify", "bit.kgl", "--teacher", Places.model, "--test", "some.npy"], mentions: "checksum"),
    Mistake("C of a damaged blob", ["emit-c", "bit.kgl", "-o", "c"], mentions: "checksum"),
    Mistake("a model given as blob", ["emit-c", Places.model, "-o", "c"], mentions: "kgl"),
    Mistake(
      "verification without its test",
      ["verify", "net.kgl", "--teacher", Places.model, "--test", "missing.gz"],
      mentions: "missing.gz"),
    Mistake(
      "input missing", ["run", "net.kgl", "--input", "missing.npy"], mentions: "missing.npy"),
    Mistake(
      "input of another shape", ["run", "net.kgl", "--input", "flat.npy"], mentions: "flat.npy"),
    Mistake(
      "input that is none", ["run", "net.kgl", "--input", "labels.txt"], mentions: "labels.txt"),
    Mistake(
      "output in no folder", ["encode", Places.model, "-o", "missing/out.kgl"],
      mentions: "missing"),
    Mistake("output that is a folder", ["encode", Places.model, "-o", "."], mentions: "folder"),
    Mistake("output that is the root", ["encode", Places.model, "-o", "/"], mentions: "folder"),
    Mistake("output of no name", ["encode", Places.model, "-o", ""], mentions: "cannot write"),
    Mistake("names of one letter", ["run", "n", "--input", "i"], mentions: "n"),
    Mistake("input of one letter", ["run", "net.kgl", "--input", "i"], mentions: "i"),
    Mistake(
      "data of one letter", ["compile", Places.model, "--data", "d", "-o", "o"], mentions: "d"),
    Mistake(
      "report in no folder", ["inspect", "net.kgl", "--json", "missing/out.json"],
      mentions: "missing/out.json"),
    Mistake(
      "answers in no folder",
      ["run", "net.kgl", "--input", "some.npy", "--output", "missing/out.npy"],
      mentions: "missing/out.npy"),
    Mistake(
      "C where a file is", ["emit-c", "net.kgl", "-o", "labels.txt"], mentions: "labels.txt"),
    Mistake(
      "checkpoint missing", ["compile", "--resume", "missing.ckpt", "-o", "out.kgl"],
      mentions: "missing.ckpt"),
    Mistake(
      "checkpoint damaged", ["compile", "--resume", "bad.ckpt", "-o", "out.kgl"],
      mentions: "bad.ckpt"),
    Mistake(
      "checkpoint damaged, for its stage", ["quantize", "bad.ckpt", "-o", "q.ckpt"],
      mentions: "bad.ckpt"),
    Mistake(
      "replay of what is no report",
      ["compile", Places.model, "--data", "random:20", "--replay", "labels.txt", "-o", "out.kgl"],
      mentions: "labels.txt"),
  ]
}

/// Exit statuses, each with one sentence on standard error and no result.
struct ExitStatusTests {
  @Test(arguments: Mistake.usage)
  func aWrongCommandLineIsStatus2(_ mistake: Mistake) throws {
    try check(mistake, in: Workplace(), status: 2)
  }

  @Test func aBlobThatLosesMoreThanItMayIsStatus1() throws {
    let place = try Workplace()
    let encode = [
      "encode", Places.model, "--task", "regress", "-o", "net.kgl", "--json", "net.json", "--levels",
    ]
    let warned = try place.kinglet(encode + ["2"])
    #expect(warned.status == 0 && warned.output.contains("\nwarning: "))
    #expect(try place.json("net.json")["warning"] is String)
    #expect(warned.output.contains(" generated inputs (") && warned.errors.contains("generated"))
    let refused = try place.kinglet(encode + ["2", "--max-loss", "1"])
    #expect(refused.status == 1 && place.exists("net.kgl"))
    #expect(try #require(refused.errorLines.last).contains("more than --max-loss 1.0"))
    #expect(try place.kinglet(encode + ["float", "--max-loss", "0.01"]).status == 0)
    #expect(try place.json("net.json")["warning"] == nil)
  }

  @Test func aBadInputIsStatus3() throws {
    let place = try Workplace()
    let blob = try place.kinglet("encode", Places.model, "-o", "net.kgl")
    #expect(blob.status == 0)
    let (model, bytes) = (
      try Data(contentsOf: URL(fileURLWithPath: Places.model)), try place.bytes("net.kgl")
    )
    try place.write(Data(model.prefix(5000)), to: "cut.onnx")
    try place.write(Data("[net]\nwidth=4\nheight=4\nchannels=1\n[avgpool]\n".utf8), to: "net.cfg")
    try place.write(Data([0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0] + [UInt8](repeating: 0, count: 8)), to: "alone.weights")
    try place.write(Data(), to: "empty.onnx")
    try place.write(Data(bytes.prefix(bytes.count / 2)), to: "cut.kgl")
    var damaged = bytes
    damaged[bytes.count - 1000] ^= 4
    try place.write(damaged, to: "bit.kgl")
    try place.write(Data("KGLCKPT1 and nothing that follows".utf8), to: "bad.ckpt")
    try place.write(Data("1\n2\n".utf8), to: "labels.txt")
    try place.write(Data(), to: "empty.kgl")
    try place.write(Data([0x89]) + Data("HDF\r\n\u{1A}\n".utf8), to: "weights.h5")
    try NPY.write(pixels(5), to: URL(fileURLWithPath: place.path("some.npy")))
    try NPY.write(pixels(5, shape: [7]), to: URL(fileURLWithPath: place.path("flat.npy")))
    for mistake in Mistake.input { try check(mistake, in: place, status: 3) }
  }

  private func check(_ mistake: Mistake, in place: Workplace, status: Int32) throws {
    let before = place.files
    let outcome = try place.kinglet(mistake.arguments)
    let name = mistake.name
    #expect(outcome.status == status, "\(name): \(outcome)")
    #expect(outcome.output == "", "\(name)")
    #expect(outcome.errorLines.count == 1, "\(name): \(outcome.errors)")
    #expect(outcome.errors.hasPrefix("kinglet: "), "\(name): \(outcome.errors)")
    #expect(outcome.errors.contains(mistake.mentions), "\(name): \(outcome.errors)")
    #expect(outcome.errors.hasSuffix("\n") && outcome.errors.count > 20, "\(name)")
    #expect(place.files == before, "\(name) left files")
  }

  @Test(arguments: [
    ["--help"], ["help"], ["--version"], ["compile", "--help"], ["help", "verify"], [],
  ])
  func helpIsAResult(arguments: [String]) throws {
    let outcome = try Workplace().kinglet(arguments)
    #expect(outcome.status == 0 && outcome.errors == "" && outcome.output.count > 4)
    if arguments.contains("--help") { #expect(outcome.output.contains("EXAMPLE")) }
  }

  @Test func aFailedCheckIsStatus1() throws {
    let place = try Workplace()
    try NPY.write(pixels(40), to: URL(fileURLWithPath: place.path("test.npy")))
    #expect(
      try place.kinglet(
        "encode", Places.model, "--levels", "2", "--input-scale", "1/255", "-o", "net.kgl"
      )
      .status == 0)
    let verify = ["verify", "net.kgl", "--teacher", Places.model, "--test", "test.npy"]
    let fine = try place.kinglet(verify + ["--max-loss", "100", "--min-agreement", "0"])
    #expect(fine.status == 0 && fine.errors == "" && fine.output.contains("40 samples"))
    for limit in [["--max-loss=-0.5"], ["--min-agreement", "1.01"]] {
      let outcome = try place.kinglet(verify + limit)
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("kinglet: net.kgl "))
      // What was measured is a result all the same.
      #expect(outcome.output == fine.output)
    }
  }

  @Test func aFullDiskLeavesTheOldFile() throws {
    let place = try Workplace()
    try place.write(Data("old".utf8), to: "out.kgl")
    // A limit on the size of files is what can be had without a disk of one's own.
    let line =
      "trap '' XFSZ; ulimit -f 8; exec '\(Places.kinglet)' encode '\(Places.model)' -q -o out.kgl"
    let outcome = try place.run("/bin/sh", ["-c", line])
    #expect(outcome.status == 3)
    #expect(
      outcome.errorLines.count == 1 && outcome.errors.hasPrefix("kinglet: cannot write out.kgl"))
    #expect(try place.bytes("out.kgl") == Data("old".utf8))
    #expect(place.files == ["out.kgl"])
  }

  @Test func aReportToADeviceIsWrittenThere() throws {
    let place = try Workplace()
    #expect(try place.kinglet("encode", Places.model, "-o", "net.kgl").status == 0)
    let outcome = try place.kinglet("inspect", "net.kgl", "--json", "/dev/full")
    #expect(outcome.status == 3 && outcome.errors.contains("No space left"))
    #expect(try place.kinglet("inspect", "net.kgl", "--json", "/dev/null").status == 0)
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }
}
