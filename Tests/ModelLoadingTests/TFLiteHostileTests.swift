import Foundation
import ModelLoading
import Tensors
import TestSupport
import Testing

/// The files of Tests/TFLite, each of some operators.
private let files: [String: [UInt8]] = {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("TFLite")
  let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".tflite") }
  return Dictionary(
    uniqueKeysWithValues: names.compactMap { name in
      FileManager.default.contents(atPath: folder.appendingPathComponent(name).path).map { (name, [UInt8]($0)) }
    })
}()

/// No bytes of a .tflite file make the reader trap, or take more memory than they stand for.
@Suite struct TFLiteHostileTests {
  private func outcome(_ bytes: [UInt8]) -> String? {
    do throws(ModelLoadingError) {
      let model = try TFLiteModel(bytes: bytes)
      for tensor in model.tensors where tensor.isConstant { _ = model.numbers(of: tensor) }
      if model.isQuantized { return nil }
      let loaded = try TFLiteImporter.model(bytes: bytes)
      #expect(throws: Never.self) { try loaded.graph.verify() }
      return nil
    } catch {
      return error.sentence
    }
  }

  @Test func everyTruncationIsRefused() {
    let bytes = TFLiteSamples.int8.encoded
    for count in bytes.indices {
      #expect(outcome(Array(bytes[..<count]))?.isEmpty == false, "\(count) bytes")
    }
  }

  @Test func everyByteMayChange() {
    let bytes = TFLiteSamples.int8.encoded
    var refusals = 0
    for position in bytes.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = bytes
        changed[position] = value
        if outcome(changed)?.isEmpty == false { refusals += 1 }
      }
    }
    #expect(refusals > bytes.count)
  }

  @Test func manyBytesMayChange() {
    let bytes = TFLiteSamples.int8.encoded
    var random = SeededGenerator(seed: 1)
    for _ in 0..<5000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        changed[Int.random(in: 0..<bytes.count, using: &random)] ^=
          1 << UInt8.random(in: 0..<8, using: &random)
      }
      if let sentence = outcome(changed) { #expect(!sentence.isEmpty) }
    }
  }

  @Test(arguments: files.keys.sorted()) func filesOfEveryOperatorMayChange(name: String) throws {
    let bytes = try #require(files[name])
    #expect(outcome(bytes) == nil)
    var random = SeededGenerator(seed: 2)
    for _ in 0..<200 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let sentence = outcome(changed) { #expect(!sentence.isEmpty) }
    }
  }

  @Test func randomBytesAreRefused() {
    var random = SeededGenerator(seed: 3)
    for length in 0..<500 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(outcome(bytes)?.contains("not a TensorFlow Lite model or is damaged") == true)
    }
  }

  @Test func unalignedFilesAreRead() throws {
    let root = TFLiteSamples.int8.root
    root[3] = .string("x")
    let bytes = FlatBufferWriter.bytes(root: root, identifier: "TFL3")
    #expect(try TFLiteModel(bytes: bytes).description == "x")
  }

  /// Small files in which many parts are one.
  @Test func sharingIsCounted() {
    func file(_ change: (FlatTable) -> Void) -> [UInt8] {
      let root = TFLiteSamples.int8.root
      change(root)
      return FlatBufferWriter.bytes(root: root, identifier: "TFL3")
    }
    func main(_ root: FlatTable) -> FlatTable {
      guard case .tables(let subgraphs)? = root[2] else { return root }
      return subgraphs[0]
    }
    let named = FlatTable([3: .string(String(repeating: "n", count: 100_000))])
    let tensors = file { main($0)[0] = .tables([FlatTable](repeating: named, count: 50_000)) }
    #expect(tensors.count < 400_000 && outcome(tensors)?.contains("are larger than the file") == true)
    let small = file { main($0)[0] = .tables([FlatTable](repeating: FlatTable(), count: 50_000)) }
    #expect(outcome(small)?.contains("are larger than the file") == true)
    let operators = file {
      main($0)[3] = .tables([FlatTable](repeating: FlatTable([2: .ints(Array(3...9))]), count: 50_000))
    }
    #expect(outcome(operators)?.isEmpty == false)
    let subgraphs = file { $0[2] = .tables([FlatTable](repeating: main($0), count: 60_000)) }
    #expect(outcome(subgraphs)?.contains("are larger than the file") == true)
    let many = file { $0[4] = .tables((0...1 << 16).map { _ in FlatTable() }) }
    #expect(outcome(many)?.contains("65537 parts of a kind are more than 65536") == true)
  }

  @Test func oneBufferMayServeManyTensors() throws {
    let file = TFLiteSamples.one(
      0, x: [1, 4], y: [1, 4], [.floats("a", [4], [1, 2, 3, 4])], optionsType: 11)
    var two = file
    two.tensors.append(file.tensors[2])
    two.tensors[3].data = nil
    two.tensors[3].more[2] = .int32(1)
    let model = try two.model()
    #expect(model.numbers(of: model.tensors[3]) == [1, 2, 3, 4])
  }
}
