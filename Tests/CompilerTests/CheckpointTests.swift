import Blob
import Compiler
import Evolution
import Foundation
import Lowering
import Quantization
import Tables
import Tensors
import Testing

/// Checkpoints as stages leave them.
private enum Stage: String, CaseIterable, CustomTestStringConvertible {
  /// Between two cycles: Adam's memory, no best state yet.
  case evolving
  /// Among the final steps: Adam's memory and the best state.
  case finishing
  case evolved
  case quantized

  var testDescription: String { rawValue }

  /// Leaves a checkpoint of this stage at run.ckpt.
  func write(_ bench: Workbench) throws {
    var options = try bench.options(.autoencoder())
    options.layerLevels = ["up": .float]
    let patience = self == .evolving ? 10 : self == .finishing ? 148 : Int.max
    let compilation = try Compilation(
      options: options, observer: Watcher(stoppingAfter: patience))
    compilation.checkpointPath = bench.path("run.ckpt")
    switch self {
    case .evolving, .finishing:
      #expect(throws: CompilerError.interrupted(checkpoint: bench.path("run.ckpt"))) {
        try compilation.evolve()
      }
    case .evolved: _ = try compilation.evolve()
    case .quantized:
      _ = try compilation.evolve()
      _ = try compilation.quantize()
    }
  }
}

/// What is written comes back.
struct CheckpointTests {
  @Test(arguments: Stage.allCases)
  private func whatIsReadIsWhatWasWritten(stage: Stage) throws {
    let bench = try Workbench()
    try stage.write(bench)
    let checkpoint = try Checkpoint.read(bench.path("run.ckpt"))
    let isTraining = stage == .evolving || stage == .finishing
    let state = checkpoint.progress.evolved.state
    #expect((state.trainer != nil) == isTraining)
    #expect((state.best != nil) == (stage == .finishing))
    #expect(state.isOver == !isTraining)
    #expect((checkpoint.progress.quantized != nil) == (stage == .quantized))
    #expect(state.cycles.isEmpty == false)
    try checkpoint.write(to: bench.path("again.ckpt"))
    #expect(try bench.bytes("again.ckpt") == bench.bytes("run.ckpt"))
    let again = try Checkpoint.read(bench.path("again.ckpt"))
    #expect(again.progress == checkpoint.progress)
    #expect(again.options == checkpoint.options)
    #expect(again.origin == checkpoint.origin)
  }

  @Test func aCheckpointIsKnownByItsFirstBytes() throws {
    let bench = try Workbench()
    try Stage.evolving.write(bench)
    try bench.write("KGL", to: "short")
    #expect(Compilation.isCheckpoint(bench.path("run.ckpt")))
    #expect(!Compilation.isCheckpoint(bench.path("net.onnx")))
    #expect(!Compilation.isCheckpoint(bench.path("short")))
    #expect(Compilation.isCheckpoint(bench.path("missing.ckpt")))
  }

  @Test func removingItLeavesNothing() throws {
    let bench = try Workbench()
    let compilation = try Compilation(options: try bench.options(), observer: Watcher())
    compilation.checkpointPath = bench.path("run.ckpt")
    _ = try compilation.compile(to: bench.path("out.kgl"))
    compilation.removeCheckpoint()
    #expect(bench.files == ["net.onnx", "out.kgl"])
  }
}

/// No byte of a checkpoint is trusted.
struct HostileCheckpointTests {
  @Test func everyTruncationIsRefused() throws {
    let bench = try Workbench()
    try Stage.finishing.write(bench)
    let bytes = try bench.bytes("run.ckpt")
    for count in 0..<bytes.count {
      #expect(throws: CompilerError.self, "cut to \(count) bytes") {
        try CheckpointFile.parse(Data(bytes.prefix(count)), path: "run.ckpt")
      }
    }
    try bytes.prefix(1000).write(to: URL(fileURLWithPath: bench.path("cut.ckpt")))
    #expect(throws: CompilerError.self) {
      try Compilation(resuming: bench.path("cut.ckpt"), observer: Watcher())
    }
  }

  @Test func everyFlippedBitIsRefused() throws {
    let bench = try Workbench()
    try Stage.finishing.write(bench)
    let bytes = try bench.bytes("run.ckpt")
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      var damaged = bytes
      let place = Int.random(in: 0..<bytes.count, using: &random)
      damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      #expect(throws: CompilerError.self, "byte \(place)") {
        try CheckpointFile.parse(damaged, path: "run.ckpt")
      }
    }
  }

  @Test func aTailOfAnyLengthIsRefused() throws {
    let bench = try Workbench()
    try Stage.evolved.write(bench)
    let (text, numbers) = try CheckpointFile.parse(bench.bytes("run.ckpt"), path: "run.ckpt")
    for arrays in [[numbers, [1]], [Array(numbers.dropLast())], []] {
      try CheckpointFile.bytes(text: text, arrays: arrays)
        .write(to: URL(fileURLWithPath: bench.path("other.ckpt")))
      #expect(throws: CompilerError.self) { try Checkpoint.read(bench.path("other.ckpt")) }
    }
  }

  @Test func numbersThatAreNotFiniteAreRefused() throws {
    let bench = try Workbench()
    try Stage.evolved.write(bench)
    let (text, numbers) = try CheckpointFile.parse(bench.bytes("run.ckpt"), path: "run.ckpt")
    for value in [Float.nan, .infinity] {
      var damaged = numbers
      damaged[5] = value
      try CheckpointFile.bytes(text: text, arrays: [damaged])
        .write(to: URL(fileURLWithPath: bench.path("other.ckpt")))
      #expect(throws: CompilerError.self) { try Checkpoint.read(bench.path("other.ckpt")) }
    }
  }

  /// Every place of the description is left out, and replaced by values that do not belong there,
  /// under a checksum that is right. Whatever is not refused must at least run for a while.
  @Test(arguments: Stage.allCases)
  private func aWrongDescriptionNeverCrashes(stage: Stage) throws {
    let bench = try Workbench()
    try stage.write(bench)
    let (text, numbers) = try CheckpointFile.parse(bench.bytes("run.ckpt"), path: "run.ckpt")
    let description = try JSONSerialization.jsonObject(with: text)
    var random = SeededGenerator(seed: 3)
    let (path, other) = (bench.path("run.ckpt"), bench.path("other.kgl"))
    var (refused, taken) = (0, 0)
    for place in Place.all(of: description, sampling: &random) {
      for value in Place.hostileValues(&random) {
        let changed = place.replacing(with: value, in: description)
        let wrong = try JSONSerialization.data(withJSONObject: changed)
        try CheckpointFile.bytes(text: wrong, arrays: [numbers])
          .write(to: URL(fileURLWithPath: path))
        do throws(CompilerError) {
          let compilation = try Compilation(resuming: path, observer: Watcher(stoppingAfter: 3))
          taken += 1
          if taken % 4 == 0 { _ = try compilation.compile(to: other) }
        } catch {
          refused += 1
          #expect(!error.sentence.isEmpty)
        }
      }
    }
    #expect(refused > 100, "\(refused) refused, \(taken) taken")
  }

  @Test func codedLayersMustFitTheirGraph() throws {
    let bench = try Workbench()
    try Stage.quantized.write(bench)
    let original = try Checkpoint.read(bench.path("run.ckpt"))
    let quantized = try #require(original.progress.quantized)
    let coded = quantized.layers
    var wrong: [[BlobWeights]] = [[], Array(coded.dropLast()), coded + [coded[0]], coded.reversed()]
    for (layer, form) in coded.enumerated() {
      for change in Self.changes {
        var forms = coded
        forms[layer] = change(form)
        if forms != coded { wrong.append(forms) }
      }
    }
    #expect(wrong.count >= 10)
    for forms in wrong {
      var checkpoint = original
      var other = quantized
      other.layers = forms
      checkpoint.progress = .quantized(other)
      try checkpoint.write(to: bench.path("wrong.ckpt"))
      #expect(throws: CompilerError.self) {
        try Compilation(resuming: bench.path("wrong.ckpt"), observer: Watcher())
          .encode(to: bench.path("out.kgl"))
      }
    }
  }

  /// What makes a layer one that does not fit, or that is none.
  private static let changes: [@Sendable (BlobWeights) -> BlobWeights] = [
    change { $0.resize($0.rows + 1, $0.columns) },
    change { $0.resize($0.rows, $0.columns - 1) },
    change { $0.resize($0.columns, $0.rows) },
    change { $0.biases = StoredNumbers([1, 2]) },
    change { $0.biases = StoredNumbers([], precision: .int8(scale: 1)) },
    change { $0.biases = StoredNumbers(unchecked: $0.decodedBiases.map { _ in 0.1 }, .float16) },
    change { $0.biases = StoredNumbers(unchecked: $0.decodedBiases.map { _ in 1 }, .int8(scale: 3e38)) },
    change { $0.survive(at: [$0.rows * $0.columns], as: [1]) },
    change { $0.survive(at: [-1], as: [1]) },
    change { $0.survive(at: [3, 2], as: [1, 2]) },
    change { $0.survive(at: [3, 3], as: [1, 2]) },
    change { $0.survive(at: [0, 1], as: [1]) },
  ]

  private static func change(
    _ body: @escaping @Sendable (inout BlobWeights) -> Void
  ) -> @Sendable (BlobWeights) -> BlobWeights {
    { layer in
      var changed = layer
      body(&changed)
      return changed
    }
  }

  @Test func theLayersOfATableAreCheckedAsTheyAreRead() throws {
    let bench = try Workbench()
    try Stage.quantized.write(bench)
    let (text, numbers) = try CheckpointFile.parse(bench.bytes("run.ckpt"), path: "run.ckpt")
    let description = String(decoding: text, as: UTF8.self)
    func range(behind key: String) throws -> Range<String.Index> {
      let place = try #require(description.range(of: key))
      return try #require(
        description.range(
          of: #""values":\[[-0-9.e]+,"#, options: .regularExpression,
          range: place.upperBound..<description.endIndex))
    }
    let (codes, table) = (try range(behind: #""codes":{"#), try range(behind: #""_0":{"#))
    let positions = try #require(
      description.range(of: #""positions":\[[0-9]+,"#, options: .regularExpression))
    #expect(description.contains(#""_0":{"precision":{"float16":{}}"#))
    let changes: [(Range<String.Index>, String)] = [
      (table, #""values":[0.1,"#), (table, #""values":[1e300,"#), (table, #""values":["#),
      (codes, #""values":[255,"#), (codes, #""values":[256,"#), (codes, #""values":["#),
      (positions, #""positions":[-1,"#), (positions, #""positions":[1000000,"#),
      (positions, #""positions":[4611686018427387904,"#),
    ]
    for (range, value) in changes {
      let wrong = description.replacingCharacters(in: range, with: value)
      try CheckpointFile.bytes(text: Data(wrong.utf8), arrays: [numbers])
        .write(to: URL(fileURLWithPath: bench.path("wrong.ckpt")))
      #expect(throws: CompilerError.self, "\(value)") {
        try Compilation(resuming: bench.path("wrong.ckpt"), observer: Watcher())
      }
    }
  }
}

/// A place in a description: keys and indices from the top.
private struct Place {
  enum Step {
    case key(String)
    case index(Int)
  }

  var steps: [Step]

  /// Every place, but of each list no more than two entries.
  static func all(of value: Any, sampling random: inout SeededGenerator) -> [Place] {
    var places: [Place] = []
    collect(value, [], &places, &random)
    return places
  }

  private static func collect(
    _ value: Any, _ steps: [Step], _ places: inout [Place], _ random: inout SeededGenerator
  ) {
    if !steps.isEmpty { places.append(Place(steps: steps)) }
    if let object = value as? [String: Any] {
      for key in object.keys.sorted() {
        collect(object[key] ?? 0, steps + [.key(key)], &places, &random)
      }
    } else if let list = value as? [Any], !list.isEmpty {
      let chosen = Set([0, Int.random(in: 0..<list.count, using: &random)])
      for index in chosen.sorted() {
        collect(list[index], steps + [.index(index)], &places, &random)
      }
    }
  }

  /// nil stands for leaving the place out.
  static func hostileValues(_ random: inout SeededGenerator) -> [Any?] {
    let all: [Any?] = [
      nil, -1, 0, 1, 3, 1 << 31, 1 << 62, -(1 << 62), 1e300, 0.5, NSNull(), "", "kl", [Any](),
      [String: Any](), [1 << 40, 1 << 40], true,
    ]
    return Array(all.shuffled(using: &random).prefix(2))
  }

  func replacing(with value: Any?, in whole: Any) -> Any {
    Self.replace(steps[...], value, in: whole)
  }

  private static func replace(_ steps: ArraySlice<Step>, _ value: Any?, in whole: Any) -> Any {
    guard let step = steps.first else { return value ?? NSNull() }
    let isLast = steps.count == 1
    switch step {
    case .key(let key):
      guard var object = whole as? [String: Any] else { return whole }
      if isLast && value == nil {
        object[key] = nil
      } else {
        object[key] = replace(steps.dropFirst(), value, in: object[key] ?? 0)
      }
      return object
    case .index(let index):
      guard var list = whole as? [Any] else { return whole }
      if isLast && value == nil {
        list.remove(at: index)
      } else {
        list[index] = replace(steps.dropFirst(), value, in: list[index])
      }
      return list
    }
  }
}

extension BlobWeights {
  /// The same survivors in a matrix of another size, whether or not they fit it.
  fileprivate mutating func resize(_ rows: Int, _ columns: Int) {
    switch values {
    case .table(let table, var codes):
      (codes.rows, codes.columns) = (rows, columns)
      values = .table(table, codes: codes)
    case .raw(var matrix):
      (matrix.rows, matrix.columns) = (rows, columns)
      values = .raw(matrix)
    }
  }

  /// Other survivors, whether or not there can be such.
  fileprivate mutating func survive(at positions: [Int], as numbers: [Float]) {
    var matrix = SparseMatrix<Float>(rows: rows, columns: columns, positions: [], values: [])
    (matrix.positions, matrix.values) = (positions, numbers)
    values = .raw(matrix)
  }
}
