import ModelGraph
import ModelLoading
import Tensors
import Testing

/// A small net with most kinds of bytes in it.
private let net = ModelBytes(
  opset: 11, inputs: [ValueBytes("x", [nil, 2, 6, 6])], outputs: [ValueBytes("y", [nil, 3])],
  nodes: [
    NodeBytes("Conv", ["x", "w", "b"], ["a"], .ints("pads", [1, 1, 1, 1]), .int("group", 1)),
    NodeBytes("BatchNormalization", ["a", "g", "g", "g", "g"], ["n"], .float("epsilon", 0.5)),
    NodeBytes("Clip", ["n", "low", ""], ["c"]),
    NodeBytes("MaxPool", ["c"], ["p"], .ints("kernel_shape", [2, 2]), .ints("strides", [2, 2])),
    NodeBytes("Pad", ["p", "pads"], ["q"], .text("mode", "edge")),
    NodeBytes("Shape", ["q"], ["s"]), NodeBytes("Slice", ["s", "zero", "one"], ["m"]),
    NodeBytes("Concat", ["m", "minus"], ["t"], .int("axis", 0)),
    NodeBytes("Reshape", ["q", "t"], ["f"]),
    NodeBytes("Gemm", ["f", "v"], ["z"], .float("alpha", 2), .int("transB", 1)),
    NodeBytes("Softmax", ["z"], ["y"], .int("axis", 1)),
  ],
  weights: [
    TensorBytes("w", counting: [2, 2, 3, 3]), TensorBytes("b", counting: [2]),
    TensorBytes("g", counting: [2]), TensorBytes("low", [], [0]),
    TensorBytes("pads", integers: [0, 0, 1, 0, 0, 0, 0, 1]), TensorBytes("zero", integers: [0]),
    TensorBytes("one", integers: [1]), TensorBytes("minus", integers: [-1]),
    TensorBytes("v", counting: [3, 32]),
  ])

/// Loads, checks what was loaded, and gives the sentence of a refusal.
private func outcome(_ bytes: [UInt8]) -> String? {
  do throws(ModelLoadingError) {
    let loaded = try ONNXImporter.model(bytes: bytes)
    #expect(throws: Never.self) { try loaded.graph.verify() }
    return nil
  } catch {
    return error.sentence
  }
}

@Suite struct HostileBytesTests {
  @Test func theNetLoads() throws {
    #expect(try net.loaded().outputShape == [3])
  }

  @Test func everyTruncationIsRefused() {
    let bytes = net.encoded
    for count in bytes.indices {
      #expect(outcome(Array(bytes[..<count]))?.isEmpty == false, "\(count) bytes")
    }
  }

  @Test func everyByteMayChange() {
    let bytes = net.encoded
    var random = SeededGenerator(seed: 2)
    var refusals = 0
    for position in bytes.indices {
      var changed = bytes
      changed[position] = UInt8.random(in: 0...255, using: &random)
      if outcome(changed)?.isEmpty == false { refusals += 1 }
    }
    // Names, weights and the like may change without harm; structure may not.
    #expect(refusals > bytes.count / 4 && refusals < bytes.count)
  }

  @Test func manyBytesMayChange() {
    let bytes = net.encoded
    var random = SeededGenerator(seed: 1)
    var outcomes = 0
    for _ in 0..<3000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        changed[Int.random(in: 0..<bytes.count, using: &random)] ^=
          1 << UInt8.random(in: 0..<8, using: &random)
      }
      if let sentence = outcome(changed) { #expect(!sentence.isEmpty) }
      outcomes += 1
    }
    #expect(outcomes == 3000)
  }

  @Test func randomBytesAreRefused() {
    var random = SeededGenerator(seed: 3)
    for length in 0..<500 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(outcome(bytes)?.isEmpty == false)
    }
  }

  @Test func otherFilesAreNotModels() {
    #expect(outcome([])?.contains("no graph is there") == true)
    #expect(
      outcome(Array("PK\u{3}\u{4} an archive".utf8))?.contains("not an ONNX model or is damaged")
        == true)
    #expect(
      outcome(Array("{\"json\": true}".utf8))?.contains("not an ONNX model or is damaged") == true)
  }

  @Test func nestedGroupsAreRefused() {
    let groups = [UInt8](repeating: 0x3B, count: 1_000_000)  // Field 7, start of a group.
    #expect(outcome(groups)?.contains("at byte 0, there is no wire type 3") == true)
  }

  @Test func nestedGraphsAreNotFollowed() {
    // Attribute g (field 6) of a node of a graph of an attribute of a node, 5,000 deep.
    var inner: [UInt8] = []
    for _ in 0..<5000 {
      var (attribute, node, graph) = (Message(), Message(), Message())
      attribute.bytes(6, inner)
      node.bytes(5, attribute.bytes)
      graph.bytes(1, node.bytes)
      inner = graph.bytes
    }
    var message = Message()
    message.bytes(7, inner)
    #expect(outcome(message.bytes)?.isEmpty == false)
  }

  @Test func millionsOfEmptyMessagesAreRefused() {
    // Two bytes ask for a message: a million of them would be hundreds of megabytes of nodes.
    var graph = Message()
    for _ in 0..<1_100_000 { graph.bytes(1, []) }
    var message = Message()
    message.bytes(7, graph.bytes)
    #expect(outcome(message.bytes)?.contains("parts are too many") == true)
  }

  @Test func tooManyNodesAreRefused() {
    let nodes = (0...1 << 16).map { NodeBytes("Relu", ["x"], ["v\($0)"]) }
    #expect(
      outcome(ModelBytes(nodes: nodes).encoded)?.contains("65537 nodes are more than 65536") == true
    )
  }

  /// Small files that ask for much memory through what is worked out while importing.
  @Test(arguments: [
    Form(
      "a large fill",
      model(
        NodeBytes("ConstantOfShape", ["s"], ["c"]), NodeBytes("Add", ["x", "c"], ["y"]),
        weights: [TensorBytes("s", integers: [1 << 20, 1 << 20])]), refused: "are too many"),
    Form(
      "a fill of a shape that overflows",
      model(
        NodeBytes("ConstantOfShape", ["s"], ["c"]), NodeBytes("Add", ["x", "c"], ["y"]),
        weights: [TensorBytes("s", integers: [1 << 62, 1 << 62])]), refused: "are too many"),
    Form(
      "an outer sum",
      model(
        NodeBytes("ConstantOfShape", ["s"], ["c"]), NodeBytes("ConstantOfShape", ["t"], ["d"]),
        NodeBytes("Add", ["c", "d"], ["e"]), NodeBytes("Add", ["x", "e"], ["y"]),
        weights: [
          TensorBytes("s", integers: [1 << 20, 1]), TensorBytes("t", integers: [1, 1 << 20]),
        ]),
      refused: "are too many"),
    Form(
      "doubling again and again",
      ModelBytes(
        nodes: [NodeBytes("ConstantOfShape", ["s"], ["v0"])]
          + (0..<40).map {
            NodeBytes("Concat", ["v\($0)", "v\($0)"], ["v\($0 + 1)"], .int("axis", 0))
          }
          + [NodeBytes("Add", ["x", "v40"], ["y"])], weights: [TensorBytes("s", integers: [1])]),
      refused: "are too many"),
    Form(
      "empty but wide",
      model(
        NodeBytes("ConstantOfShape", ["s"], ["c"]),
        NodeBytes("Concat", ["c", "c"], ["d"], .int("axis", 1)),
        NodeBytes("Add", ["x", "d"], ["y"]), weights: [TensorBytes("s", integers: [0, Int.max])]),
      refused: "node Concat_0 (Concat)"),
    Form(
      "empty and sliced",
      model(
        NodeBytes("ConstantOfShape", ["s"], ["c"]),
        NodeBytes("Slice", ["c", "f", "t", "a"], ["d"]),
        NodeBytes("Add", ["x", "d"], ["y"]),
        weights: [
          TensorBytes("s", integers: [0, 1 << 31, 1 << 31, 1 << 31]),
          TensorBytes("f", integers: [1 << 30]),
          TensorBytes("t", integers: [1 << 31]), TensorBytes("a", integers: [1]),
        ]), refused: "node Add_0 (Add)"),
    Form(
      "a large border",
      model(
        NodeBytes("Pad", ["x"], ["y"], .ints("pads", [0, 0, 0, 0, 0, 0, 1 << 23, 1 << 23])),
        opset: 6),
      refused: "node Pad_0 (Pad): a value of"),
  ])
  func memoryIsNotTakenOnAFilesWord(form: Form) { form.check() }
}
