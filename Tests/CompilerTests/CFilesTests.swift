import Compiler
import Delivery
import Foundation
import Intake
import Testing

/// Blobs as C: what files and symbols are called, what several share, what is left alone.
struct CFilesTests {
  /// A golden file.
  private static func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Formats/Vectors/valid/\(name).kgl"
  }

  private func emit(
    _ bench: Workbench, _ blobs: [String], _ change: (inout CFileOptions) -> Void = { _ in }
  ) throws -> CFiles.Written {
    var options = CFileOptions()
    change(&options)
    return try CFiles.emit(blobs: blobs.map(Self.golden), to: bench.path("c"), options: options)
  }

  private func text(_ bench: Workbench, _ name: String) throws -> String {
    String(decoding: try bench.bytes("c/" + name), as: UTF8.self)
  }

  private func names(_ written: CFiles.Written) -> [String] {
    written.files.map { ($0 as NSString).lastPathComponent }
  }

  @Test func everythingIsOfTheName() throws {
    let bench = try Workbench()
    let written = try emit(bench, ["integer-dense"]) { $0.names = ["wake_2"] }
    #expect(names(written) == ["wake_2.h", "wake_2.c", "wake_2_config.h", "main.c"])
    for name in ["wake_2.h", "wake_2.c", "wake_2_config.h", "main.c"] {
      let text = try text(bench, name)
      #expect(!text.contains("kinglet_model") && !text.contains("KINGLET_MODEL"), "\(name)")
    }
    let header = try text(bench, "wake_2.h")
    for words in [
      "#ifndef KINGLET_WAKE_2_H", "#define KINGLET_WAKE_2_ARENA_BYTES ", "extern const unsigned char kinglet_wake_2[",
      "kinglet_wake_2_input0_from_bytes(", "kinglet_wake_2_input0_from_floats(", "kinglet_wake_2_output0_to_floats(",
    ] { #expect(header.contains(words), "\(words)") }
    #expect(try text(bench, "wake_2.c").contains("#include \"wake_2.h\""))
    #expect(try text(bench, "wake_2_config.h").contains("'\"wake_2_config.h\"'"))
  }

  @Test func severalShareSwitchesAndTheLargestArena() throws {
    let bench = try Workbench()
    let written = try emit(bench, ["dense", "integer-convolution", "state"])
    #expect(
      names(written) == [
        "dense.h", "dense.c", "integer_convolution.h", "integer_convolution.c", "state.h", "state.c", "models_config.h",
        "models.h", "main.c",
      ])
    func arena(_ file: String, _ macro: String) throws -> Int {
      let line = try #require(try text(bench, file).split(separator: "\n").first { $0.contains("define \(macro)_ARENA_BYTES") })
      return try #require(Int(line.split(separator: " ").last?.dropLast() ?? ""))
    }
    let own = try [("dense.h", "KINGLET_DENSE"), ("integer_convolution.h", "KINGLET_INTEGER_CONVOLUTION"), ("state.h", "KINGLET_STATE")]
      .map { try arena($0.0, $0.1) }
    #expect(try arena("models.h", "KINGLET_MODELS") == own.max())
    let switches = try text(bench, "models_config.h")
    for name in ["FLOAT", "INTEGER", "STATES", "OP_DENSE", "OP_CONVOLUTION"] { #expect(switches.contains("KGL_\(name) 1\n"), "\(name)") }
    #expect(switches.contains("KGL_DETECT 0\n"))
    let main = try text(bench, "main.c")
    #expect(main.contains("static KGL_ARENA(arena, KINGLET_MODELS_ARENA_BYTES);"))
    #expect(main.contains("static KGL_ARENA(state_arena, KINGLET_STATE_ARENA_BYTES);"), "a stream's arena is its own")
  }

  @Test func modelsToComeKeepTheirSwitches() throws {
    let bench = try Workbench()
    let small = try emit(bench, ["integer-dense"])
    #expect(names(small).contains("model_config.h"))
    #expect(try text(bench, "model_config.h").contains("KGL_OP_CONVOLUTION 0\n"))
    let both = try emit(bench, ["integer-dense"]) { $0.others = ["integer-convolution", "dense"].map(Self.golden) }
    #expect(names(both) == ["model.h", "model.c", "models_config.h", "models.h", "main.c"])
    let switches = try text(bench, "models_config.h")
    for name in ["OP_CONVOLUTION", "OP_DENSE", "FLOAT", "INTEGER"] { #expect(switches.contains("KGL_\(name) 1\n"), "\(name)") }
    let alone = try emit(bench, []) { $0.others = ["integer-convolution"].map(Self.golden) }
    #expect(names(alone) == ["models_config.h", "models.h"])
    #expect(!(try text(bench, "models.h")).contains("model.h"))
  }

  @Test func onlyConvolutionsWithoutZerosTakeTheirKernels() throws {
    let bench = try Workbench()
    _ = try emit(bench, ["integer-convolution"])
    #expect(try text(bench, "model_config.h").contains("#define KGL_TILES 0\n"), "all its masks are bitmaps")
    for blobs in [["integer-strips"], ["integer-convolution", "exact-convolution"]] {
      let written = try emit(bench, blobs)
      let config = try #require(names(written).first { $0.hasSuffix("_config.h") })
      #expect(!(try text(bench, config)).contains("KGL_TILES"), "\(blobs): as the processor likes it")
    }
  }

  @Test func whatIsNoNameIsRefused() throws {
    let bench = try Workbench()
    for name in ["", "3a", "a b", "é", "main", "Kinglet", "models", "heads", String(repeating: "a", count: 41)] {
      let error = #expect(throws: CompilerError.self) { try emit(bench, ["small"]) { $0.names = [name] } }
      #expect(error?.sentence.contains("--name takes letters") == true, "\(name)")
    }
    let refused: [([String], (inout CFileOptions) -> Void, String)] = [
      ([], { _ in }, "give a blob"),
      (["small", "dense"], { $0.names = ["a"] }, "given once for 2 blobs"),
      (["small", "dense"], { $0.names = ["a", "A"] }, "two blobs would be called a"),
      (["small", "small"], { _ in }, "two blobs would be called small"),
      (["small", "dense"], { $0.samples = DataOptions(path: "random:1") }, "--samples are of one blob"),
      (["small", "dense"], { $0.classes = "names" }, "--classes are of one blob"),
      (["small"], { $0.transform.scale = [1, 2, 3] }, "has 3 numbers, and the input [4] has 4 channels"),
    ]
    for (blobs, change, words) in refused {
      let error = #expect(throws: CompilerError.self) { try emit(bench, blobs, change) }
      #expect(error?.sentence.contains(words) == true, "\(error?.sentence ?? "")")
    }
    #expect(bench.files.isEmpty)
  }

  @Test func classesHaveNames() throws {
    let bench = try Workbench()
    try bench.write("none\n\"odd\" \\ ?\n", to: "two.txt")
    try bench.write("a\nb\nc\n", to: "three.txt")
    _ = try emit(bench, ["small"]) { $0.classes = bench.path("two.txt") }
    let header = try text(bench, "model.h")
    #expect(header.contains("#define KINGLET_MODEL_CLASS_NAMES 2u") && header.contains("\"\\042odd\\042 \\134 \\077\""))
    let error = #expect(throws: CompilerError.self) { try emit(bench, ["small"]) { $0.classes = bench.path("three.txt") } }
    #expect(error?.sentence.contains("it has 3 names, and the network 2 classes") == true)
  }

  @Test func whatIsEditedOrForeignStays() throws {
    let bench = try Workbench()
    let first = try emit(bench, ["small"]) { ($0.samples, $0.count) = (DataOptions(path: "random:2"), 2) }
    #expect(names(first).contains("expected.txt") && first.notes.isEmpty)
    let main = try text(bench, "main.c")
    let again = try emit(bench, ["dense"])
    #expect(names(again) == ["model.h", "model.c", "model_config.h", "main.c"])
    #expect(again.notes.count == 3, "samples of an earlier blob are gone")
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.path("c")).count == 4)
    try bench.write(main + "/* mine */\n", to: "c/main.c")
    let kept = try emit(bench, ["small"])
    #expect(!names(kept).contains("main.c") && kept.notes.first?.contains("has been edited") == true)
    #expect(try text(bench, "main.c").hasSuffix("/* mine */\n"))
    #expect(names(try emit(bench, ["small"]) { $0.force = true }).contains("main.c"))
    #expect(!(try text(bench, "main.c")).contains("mine"))
    try bench.write("int mine;\n", to: "c/model.h")
    let error = #expect(throws: CompilerError.self) { try emit(bench, ["dense"]) }
    #expect(error?.sentence.contains("emit-c did not write what is there") == true)
    #expect(try text(bench, "model.h") == "int mine;\n")
  }
}
