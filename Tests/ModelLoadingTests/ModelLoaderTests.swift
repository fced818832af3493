import Foundation
import ModelGraph
import ModelLoading
import TestSupport
import Testing

/// What a shared model must turn out to be.
struct ExpectedModel: Sendable, CustomTestStringConvertible {
  let name: String
  let parameters: Int
  /// Name, filters and weights a filter.
  let layers: [String]
  let input: [Int]
  let output: [Int]
  var testDescription: String { name }

  init(
    _ name: String, _ parameters: Int, input: [Int] = [1, 28, 28], output: [Int] = [10],
    _ layers: String...
  ) {
    (self.name, self.parameters, self.layers) = (name, parameters, layers)
    (self.input, self.output) = (input, output)
  }
}

private let lenet300 = ["ip1 300x784", "ip2 100x300", "ip3 10x100"]
private let lenet5 = ["conv1 20x25", "conv2 50x500", "ip1 500x800", "ip2 10x500"]

private let sharedModels = [
  ExpectedModel("mnist-mlp-101k", 101_770, "/1/Gemm 128x784", "/4/Gemm 10x128"),
  ExpectedModel(
    "fashion-cnn-1.7m", 1_677_290, "/f/f.0/Conv 32x9", "/f/f.3/Conv 32x288", "/f/f.7/Conv 64x288",
    "/f/f.10/Conv 64x576", "/f/f.15/Gemm 512x3136", "/f/f.19/Gemm 10x512"),
  ExpectedModel(
    "fashion-cnn-small", 206_922, "/0/Conv 16x9", "/4/Conv 32x144", "/9/Gemm 128x1568",
    "/12/Gemm 10x128"),
  ExpectedModel("lenet-300-100", 266_610, lenet300[0], lenet300[1], lenet300[2]),
  ExpectedModel("lenet-300-100-dns-sparse", 266_610, lenet300[0], lenet300[1], lenet300[2]),
  ExpectedModel("lenet-5", 431_080, lenet5[0], lenet5[1], lenet5[2], lenet5[3]),
  ExpectedModel("lenet-5-dns-sparse", 431_080, lenet5[0], lenet5[1], lenet5[2], lenet5[3]),
  ExpectedModel(
    "mlperf-tiny-resnet8-cifar10", 77_706, input: [3, 32, 32], "Conv_0 16x27", "Conv_1 16x144",
    "Conv_2 16x144", "Conv_3 32x144", "Conv_4 32x288", "Conv_5 32x16", "Conv_6 64x288",
    "Conv_7 64x576", "Conv_8 64x32", "Gemm_0 10x64"),
  ExpectedModel(
    "mlperf-tiny-ad-autoencoder", 265_864, input: [640], output: [640], "Gemm_0 128x640",
    "Gemm_1 128x128", "Gemm_2 128x128", "Gemm_3 128x128", "Gemm_4 8x128", "Gemm_5 128x8",
    "Gemm_6 128x128", "Gemm_7 128x128", "Gemm_8 128x128", "Gemm_9 640x128"),
]

@Suite struct ModelLoaderTests {
  @Test(
    .enabled(if: SharedFiles.areThere, Comment(rawValue: SharedFiles.absence)),
    arguments: sharedModels)
  func sharedModelsLoadWithTheirLayers(expected: ExpectedModel) throws {
    let loaded = try ModelLoader.load(path: SharedFiles.model(expected.name))
    let graph = loaded.graph
    #expect(graph.parameterCount == expected.parameters)
    #expect(graph.layers.map { "\($0.name) \($0.rows)x\($0.columns)" } == expected.layers)
    #expect(graph.layers.allSatisfy { $0.bias != nil })
    #expect(graph.inputs.map { graph[$0].shape } == [expected.input])
    #expect(graph.outputs.map { graph[$0].shape } == [expected.output])
    #expect(graph.layers.allSatisfy { graph[$0.weight].role == .weight })
    try graph.verify()
  }

  @Test(.enabled(if: SharedFiles.areThere, Comment(rawValue: SharedFiles.absence)))
  func namesAndOriginAreTheFiles() throws {
    let loaded = try ModelLoader.load(path: SharedFiles.model("mnist-mlp-101k"))
    #expect(loaded.inputNames == ["image"])
    #expect(loaded.outputNames == ["logits"])
    #expect(loaded.opset == 17)
    #expect(loaded.producer == "pytorch 2.15.0")
    #expect(loaded.fixedBatch == nil)
    let resnet = try ModelLoader.load(path: SharedFiles.model("mlperf-tiny-resnet8-cifar10"))
    #expect(resnet.fixedBatch == 1)
  }

  @Test func missingFilesAndFoldersAreRefused() {
    let folder = NSTemporaryDirectory()
    let unreadable = "it cannot be opened: check its name and who may read it"
    #expect(throws: ModelLoadingError.file(path: "/no/model.onnx", reason: unreadable)) {
      try ModelLoader.load(path: "/no/model.onnx")
    }
    #expect(throws: ModelLoadingError.file(path: folder, reason: "it is not a regular file")) {
      try ModelLoader.load(path: folder)
    }
  }

  @Test func aFileOfMoreThanTwoGibibytesIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([8], to: "large.onnx")
    // A hole: the file takes no room.
    try #require(truncate(path, (1 << 31) + 1) == 0)
    #expect(throws: ModelLoadingError.file(path: path, reason: "it is larger than 2 GiB")) {
      try ModelLoader.load(path: path)
    }
  }

  @Test func aPipeIsRefusedRatherThanWaitedFor() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe.onnx"
    try #require(mkfifo(path, 0o600) == 0)
    #expect(throws: ModelLoadingError.file(path: path, reason: "it is not a regular file")) {
      try ModelLoader.load(path: path)
    }
  }
}
