import Foundation
import ModelGraph
import ModelLoading
import TestSupport
import Testing

/// External data: weights in another file, which must lie in the model's folder.
@Suite struct ModelFileTests {
  private let numbers: [Float] = [1, 2, 3]

  private func external(_ entries: [(String, String)], dims: [Int] = [3]) -> TensorBytes {
    TensorBytes("w", dims: dims, type: 1) { tensor in
      for (key, value) in entries {
        tensor.message(13) {
          $0.text(1, key)
          $0.text(2, value)
        }
      }
      tensor.number(14, 1)
    }
  }

  private func bytes(_ entries: [(String, String)], dims: [Int] = [3]) -> [UInt8] {
    model(
      NodeBytes("Add", ["x", "w"], ["y"]), input: [nil, 2, 3],
      weights: [external(entries, dims: dims)]
    ).encoded
  }

  /// A folder `models` with `weights.bin` inside, and `secret.bin` and a model in and beside it.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let inner = folder.path + "/models/data"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    let data = numbers.flatMap { littleEndian($0.bitPattern) }
    _ = try folder.write([9, 9, 9, 9] + data, to: "models/weights.bin")
    _ = try folder.write(data, to: "models/data/weights.bin")
    _ = try folder.write(data, to: "secret.bin")
    return folder
  }

  private func load(_ folder: TemporaryFolder, _ entries: [(String, String)], dims: [Int] = [3])
    throws -> [Float]?
  {
    let path = try folder.write(bytes(entries, dims: dims), to: "models/model.onnx")
    return try ModelLoader.load(path: path).parameter("w")?.tensor.values
  }

  @Test(arguments: [
    [("location", "weights.bin"), ("offset", "4"), ("length", "12")],
    [("location", "weights.bin"), ("offset", "4")], [("location", "data/weights.bin")],
    [("location", "data/../data/weights.bin")], [("location", "../models/data/weights.bin")],
  ])
  func dataInTheFolderIsRead(entries: [(String, String)]) throws {
    #expect(try load(try folder(), entries) == numbers)
  }

  @Test(arguments: [
    ("../secret.bin", "lies outside the model's folder"),
    ("data/../../secret.bin", "lies outside the model's folder"),
    ("link.bin", "lies outside the model's folder"),
    ("outside/secret.bin", "lies outside the model's folder"),
    ("/etc/passwd", "is not in the model's folder"), ("absent.bin", "is not in the model's folder"),
    ("data", "it is not a regular file"), ("pipe", "it is not a regular file"),
  ])
  func dataElsewhereIsRefused(location: String, text: String) throws {
    let folder = try folder()
    let models = folder.path + "/models"
    let files = FileManager.default
    try files.createSymbolicLink(atPath: models + "/link.bin", withDestinationPath: "../secret.bin")
    try files.createSymbolicLink(atPath: models + "/outside", withDestinationPath: folder.path)
    try #require(mkfifo(models + "/pipe", 0o600) == 0)
    let refusal = #expect(throws: ModelLoadingError.self) {
      try load(folder, [("location", location)])
    }
    #expect(refusal?.sentence.contains(text) == true, "\(refusal?.sentence ?? "")")
    #expect(refusal?.sentence.contains("node Add_0 (Add): tensor w") == true)
  }

  @Test(arguments: [
    ([("location", "weights.bin"), ("offset", "8")], "are not in its 16 bytes"),
    ([("location", "weights.bin"), ("offset", "-4")], "is not a number of bytes"),
    ([("location", "weights.bin"), ("offset", "9223372036854775807")], "are not in its 16 bytes"),
    ([("location", "weights.bin"), ("length", "16")], "not 16 bytes"),
    ([("location", "weights.bin"), ("length", "a few")], "is not a number of bytes"),
    ([("offset", "4")], "has no location"),
  ])
  func placesAreCheckedAgainstTheFile(entries: [(String, String)], text: String) throws {
    let refusal = #expect(throws: ModelLoadingError.self) { try load(try folder(), entries) }
    #expect(refusal?.sentence.contains(text) == true, "\(refusal?.sentence ?? "")")
  }

  @Test func aShapeBeyondTheFileAllocatesNothing() throws {
    let refusal = #expect(throws: ModelLoadingError.self) {
      try load(try folder(), [("location", "weights.bin")], dims: [1 << 28])
    }
    #expect(refusal?.sentence.contains("are not in its 16 bytes") == true)
  }

  @Test func bytesWithoutAFolderHaveNoExternalData() {
    let refusal = #expect(throws: ModelLoadingError.self) {
      try ONNXImporter.model(bytes: bytes([("location", "weights.bin")]))
    }
    #expect(refusal?.sentence.contains("needs the model's folder") == true)
  }
}
