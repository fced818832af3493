import ModelGraph
import ModelLoading
import Tensors
import Testing

/// A refusal lists all that stands in a model's way, and names it as what it is.
@Suite struct ONNXSurveyTests {
  /// A GraphProto of some nodes.
  private func graph(_ nodes: NodeBytes..., weights: [TensorBytes] = []) -> [UInt8] {
    var message = Message()
    for node in nodes { message.bytes(1, node.encoded.bytes) }
    for weight in weights { message.bytes(5, weight.encoded.bytes) }
    return message.bytes
  }

  /// A node whose attribute is a graph; its bytes are its own NodeProto's.
  private func holding(_ op: String, _ body: [UInt8], _ inputs: [String], _ output: String) -> [UInt8] {
    var message = NodeBytes(op, inputs, [output]).encoded
    message.message(5) { attribute in
      attribute.text(1, "then_branch")
      attribute.bytes(6, body)
      attribute.number(20, 5)
    }
    return message.bytes
  }

  /// A model file of NodeProtos, x [N, 4, 6, 6] to y.
  private func file(_ nodes: [[UInt8]], functions: [[UInt8]] = [], weights: [TensorBytes] = []) -> [UInt8] {
    var message = Message()
    message.number(1, 8)
    message.message(8) { $0.number(2, 17) }
    message.message(7) { graph in
      for node in nodes { graph.bytes(1, node) }
      for weight in weights { graph.bytes(5, weight.encoded.bytes) }
      graph.bytes(11, ValueBytes("x", [nil, 4, 6, 6]).encoded.bytes)
      graph.bytes(12, ValueBytes("y", []).encoded.bytes)
    }
    for function in functions { message.bytes(25, function) }
    return message.bytes
  }

  private func needs(_ bytes: [UInt8]) throws -> ModelNeeds {
    do throws(ModelLoadingError) {
      _ = try ONNXImporter.model(bytes: bytes)
    } catch {
      if case .needs(let needs) = error { return needs }
      Issue.record("\(error)")
    }
    return ModelNeeds()
  }

  @Test func bodiesAreLookedIntoHoweverDeep() throws {
    let inner = graph(NodeBytes("Det", ["a"], ["b"]), NodeBytes("Relu", ["b"], ["c"]))
    var middle = Message()
    middle.bytes(1, NodeBytes("Asin", ["x"], ["q"]).encoded.bytes)
    middle.bytes(1, holding("Loop", inner, ["q"], "c"))
    let found = try needs(file([holding("If", middle.bytes, ["x"], "y")]))
    #expect(found.operators.map(\.operator) == ["If", "Asin", "Loop", "Det"])
    #expect(found.operators.map(\.holder) == [nil, "a body of If If_0", "a body of If If_0", "a body of Loop Loop_0"])
    #expect(found.sentence.contains("control flow"))
  }

  @Test func formsBehindWhatIsNotReadAreListedToo() throws {
    let nodes = [
      NodeBytes("Sinh", ["x"], ["a"]), NodeBytes("Slice", ["a", "x", "i"], ["b"]),
      NodeBytes("MatMul", ["b", "b"], ["c"]), NodeBytes("Relu", ["c"], ["d"]),
      NodeBytes("Conv", ["d", "c"], ["e"]), NodeBytes("Add", ["e", "x"], ["y"]),
    ].map(\.encoded.bytes)
    let found = try needs(file(nodes, weights: [TensorBytes("i", integers: [1])]))
    #expect(found.operators.map(\.operator) == ["Sinh"])
    #expect(
      found.faults.map(\.error.sentence) == [
        "node Slice_0 (Slice): its starts are computed, not constant",
        "node Conv_0 (Conv): its weight tensor is computed, not constant",
      ])
  }

  @Test func whatFoldingRemovesIsToldOf() throws {
    let nodes = [NodeBytes("Sinh", ["k"], ["e"]), NodeBytes("Add", ["x", "e"], ["y"])]
      .map(\.encoded.bytes)
    let found = try needs(file(nodes, weights: [TensorBytes("k", [1], [2])]))
    #expect(found.operators == [.init(operator: "Sinh", node: "Sinh_0", isFoldable: true)])
    #expect(found.faults.isEmpty && found.sentence.contains("constant folding"))
  }

  @Test func functionsOfTheFileAreLookedInto() throws {
    var function = Message()
    function.text(1, "Block")
    for node in [NodeBytes("Asin", ["p"], ["q"]), NodeBytes("Relu", ["q"], ["r"])] {
      function.bytes(7, node.encoded.bytes)
    }
    function.text(10, "own")
    let call = NodeBytes("Block", ["x"], ["y"], domain: "own").encoded.bytes
    let found = try needs(file([call], functions: [function.bytes]))
    #expect(found.operators.map(\.operator) == ["own.Block", "Asin"])
    #expect(found.operators[1].holder == "function own.Block")
  }

  @Test func inputsAndOperatorsAreListedTogether() throws {
    var bytes = model(NodeBytes("Sinh", ["x"], ["y"]), input: [nil, nil, 3])
    bytes.inputs.append(ValueBytes("ids", [nil, 3], type: 7))
    bytes.nodes[0].inputs.append("ids")
    let sentence = try #require(bytes.refusal()?.sentence)
    for part in ["Sinh", "input x: axis 1", "input ids: node Sinh_0 (Sinh) needs it, and it holds int64"] {
      #expect(sentence.contains(part), "\(sentence)")
    }
    #expect(!sentence.contains("\n"))
  }

  @Test func bodiesWithinThemselvesEnd() throws {
    var body = graph(NodeBytes("Erf", ["a"], ["b"]))
    for _ in 0..<200 {
      var outer = Message()
      outer.bytes(1, holding("If", body, ["x"], "y"))
      body = outer.bytes
    }
    let found = try needs(file([holding("If", body, ["x"], "y")]))
    #expect(found.operators.map(\.operator) == ["If"])
  }

  @Test func equalFaultsAreCounted() throws {
    let nodes = [
      NodeBytes("Slice", ["x", "x", "i"], ["a"]), NodeBytes("Slice", ["x", "x", "i"], ["b"]),
      NodeBytes("Add", ["a", "b"], ["y"]),
    ].map(\.encoded.bytes)
    let found = try needs(file(nodes, weights: [TensorBytes("i", integers: [1])]))
    #expect(found.faults.map(\.count) == [2] && found.sentence.hasSuffix("not constant (and so 1 more)"))
  }

  @Test func elementTypesHaveTheirNames() {
    var cast = NodeBytes("Cast", ["x"], ["y"])
    for (type, name) in [(17, "FLOAT8E4M3FN"), (22, "INT4"), (6, "int32"), (8, "string")] {
      cast.attributes = [.int("to", type)]
      #expect(model(cast).refusal()?.sentence == "node Cast_0 (Cast): a computed value cannot become \(name)")
    }
  }
}

/// Inputs without a batch axis, axes that a user fixes, and numbers that no network can have.
@Suite struct ONNXFixingTests {
  @Test func aVectorThatIsNoBatchIsOneSample() throws {
    var bytes = model(
      NodeBytes("MatMul", ["x", "w"], ["y"]), input: [3], weights: [TensorBytes("w", counting: [3, 4])])
    bytes.outputs = [ValueBytes("y", [4])]
    let loaded = try bytes.loaded()
    #expect(loaded.graph[loaded.graph.inputs[0]].shape == [3] && loaded.outputShape == [4])
    #expect(loaded.batchlessOutputs == [0])
  }

  @Test func aVectorThatIsABatchStaysOne() throws {
    let loaded = try model(NodeBytes("Relu", ["x"], ["y"]), input: [3]).loaded()
    #expect(loaded.outputShape == [] && loaded.fixedBatch == 3 && loaded.batchlessOutputs == [])
  }

  @Test func aVectorThatIsNeitherIsToldOf() throws {
    let bytes = model(
      NodeBytes("MatMul", ["x", "w"], ["y"]), input: [3], weights: [TensorBytes("w", counting: [5, 4])])
    let sentence = try #require(bytes.refusal()?.sentence)
    #expect(sentence.contains("sums over the batch axis") && sentence.contains("if x has none"))
  }

  @Test func aSqueezedBatchIsMarked() throws {
    let bytes = model(
      NodeBytes("Squeeze", ["x", "i"], ["y"]), input: [1, 3, 4], weights: [TensorBytes("i", integers: [0])])
    #expect(try bytes.loaded().batchlessOutputs == [0])
    #expect(try model(NodeBytes("Relu", ["x"], ["y"]), input: [1, 3]).loaded().batchlessOutputs == [])
  }

  private let free = model(NodeBytes("Relu", ["x"], ["y"]), input: [nil, 3, nil])

  @Test(arguments: [["x:2": 5], ["N": 5]]) func freeAxesAreFixedByName(axes: [String: Int]) throws {
    let loaded = try ONNXImporter.model(bytes: free.encoded, axes: ModelAxes(axes))
    #expect(loaded.outputShape == [3, 5])
  }

  @Test func axesThatAreNotThereAreRefused() {
    #expect(
      throws: ModelLoadingError.model(
        reason: "no input has a free axis width that --axis could fix; free are: N")
    ) { try ONNXImporter.model(bytes: free.encoded, axes: ["x:2": 5, "width": 5]) }
  }

  @Test(arguments: [
    ([-1, 1, 1], 0.5, "variance -1.0 and epsilon 0.5 of channel 0 sum to no number above 0"),
    ([1, 1, 0], 0, "variance 0.0 and epsilon 0.0 of channel 2 sum to no number above 0"),
    ([1, .nan, 1], 1e-5, "tensor v: it holds a number that is not finite"),
  ] as [([Float], Float, String)])
  func faultyStatisticsAreNamed(variance: [Float], epsilon: Float, text: String) {
    var node = NodeBytes("BatchNormalization", ["x", "s", "s", "s", "v"], ["y"])
    node.attributes = [.float("epsilon", epsilon)]
    let bytes = model(node, weights: [TensorBytes("s", [3], [1, 1, 1]), TensorBytes("v", [3], variance)])
    let sentence = bytes.refusal()?.sentence
    #expect(sentence?.hasPrefix("node BatchNormalization_0") == true)
    #expect(sentence?.contains(text) == true, "\(sentence ?? "")")
  }

  @Test func swappedBoundsAreNamed() {
    let bytes = model(
      NodeBytes("Clip", ["x", "l", "h"], ["y"]),
      weights: [TensorBytes("l", [], [2]), TensorBytes("h", [], [1])])
    #expect(
      bytes.refusal()?.sentence
        == "node Clip_0 (Clip): its lower bound 2.0 is above its upper bound 1.0: are they swapped?")
  }

  @Test func weightsOfNoTrainingAreNamed() throws {
    let weights = [TensorBytes("w", [3, 1], [1, 3e38, 1])]
    let dense = model(NodeBytes("MatMul", ["x", "w"], ["y"]), input: [nil, 3], weights: weights)
    let sentence = dense.refusal()?.sentence
    #expect(sentence?.hasPrefix("node MatMul_0 (MatMul): tensor w: it holds 3e+38") == true)
    let mask = model(
      NodeBytes("Add", ["x", "m"], ["y"]), input: [nil, 2],
      weights: [TensorBytes("m", [2], [0, -.greatestFiniteMagnitude])])
    #expect(try mask.loaded().outputShape == [2])
  }
}
