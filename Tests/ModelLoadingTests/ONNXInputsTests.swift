import ModelGraph
import ModelLoading
import Tensors
import Testing

/// Inputs and outputs: the batch axis, element types, names, fixed inputs.
@Suite struct ONNXInputsTests {
  private func relu(_ input: ValueBytes) -> ModelBytes {
    ModelBytes(inputs: [input], nodes: [NodeBytes("Relu", [input.name], ["y"])])
  }

  @Test(arguments: [
    ([nil, 3] as [Int?], [3], nil as Int?), ([5, 3], [3], 5), ([1, 3], [3], 1), ([nil], [], nil),
    ([0, 3], [3], nil), ([-1, 3], [3], nil),
  ])
  func theFirstAxisIsTheBatch(dims: [Int?], shape: [Int], batch: Int?) throws {
    let loaded = try relu(ValueBytes("x", dims)).loaded()
    #expect(loaded.graph[loaded.graph.inputs[0]].shape == shape)
    #expect(loaded.fixedBatch == batch)
  }

  @Test(arguments: [
    (
      ValueBytes("x", [nil, 3], type: 7),
      "node Relu_0 (Relu) needs it, and it holds int64, not float"
    ),
    (ValueBytes("x", [nil, 3], type: 2), "it holds uint8, not float"),
    (ValueBytes("x", [nil, 3], type: 0), "it holds undefined, not float"),
    (ValueBytes("x", []), "it has no batch axis"),
    (
      ValueBytes("x", [nil, nil, 4]),
      "axis 1 (N) has no fixed size, and only the first axis, the batch, may be free: give --axis N=SIZE"
    ),
    (ValueBytes("x", [nil, 0]), "axis 1 has no fixed size"),
    (ValueBytes("x", [nil, 1 << 40]), "is too large"),
    (ValueBytes("x", [nil, 1 << 20, 1 << 20]), "is too large"),
    (ValueBytes("x", [nil, 1 << 28, 1 << 28, 1 << 28]), "is too large"),
    (ValueBytes("x", [1 << 40, 3]), "a batch of 1099511627776 is not possible"),
    (ValueBytes("x", [nil, 1, 1, 1, 1, 1, 1, 1]), "is too large"),
  ])
  func inputsWeCannotTakeAreRefused(input: ValueBytes, text: String) throws {
    let sentence = try #require(relu(input).refusal()).sentence
    #expect(sentence.hasPrefix("input x: ") && sentence.contains(text), "\(sentence)")
  }

  @Test(arguments: [10, 11, 16])
  func otherFloatTypesAreInputsToo(type: Int) throws {
    #expect(try relu(ValueBytes("x", [nil, 3], type: type)).loaded().outputShape == [3])
  }

  @Test func batchesMustAgree() {
    let inputs = [ValueBytes("a", [2, 3]), ValueBytes("b", [4, 3])]
    let bytes = ModelBytes(inputs: inputs, nodes: [NodeBytes("Add", ["a", "b"], ["y"])])
    #expect(
      bytes.refusal()
        == .input(name: "b", reason: "its batch of 4 differs from the batch of 2 of another input: if their first axes are none, say --batch none"))
  }

  @Test func inputsThatAreInitializersAreWeights() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("x", [nil, 3]), ValueBytes("w", [3, 2])],
      nodes: [NodeBytes("MatMul", ["x", "w"], ["y"])],
      weights: [TensorBytes("w", counting: [3, 2])])
    let loaded = try bytes.loaded()
    #expect(loaded.inputNames == ["x"])
    #expect(loaded.graph.layers.count == 1)
  }

  @Test func inputsThatNothingNeedsAreLeftOut() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("mask", [nil, 3], type: 9), ValueBytes("x", [nil, 3])],
      nodes: [NodeBytes("Relu", ["x"], ["y"])])
    #expect(try bytes.loaded().inputNames == ["x"])
  }

  @Test func fixedInputsBecomeConstants() throws {
    let bytes = ModelBytes(
      inputs: [
        ValueBytes("x", [2, 3]), ValueBytes("w", [3, 4]), ValueBytes("shape", [2], type: 7),
      ],
      nodes: [
        NodeBytes("MatMul", ["x", "w"], ["t"]), NodeBytes("Reshape", ["t", "shape"], ["y"]),
      ])
    let fixing = [
      "w": Tensor(shape: [3, 4], repeating: 1), "shape": Tensor(shape: [3], values: [2, 2, 2]),
    ]
    let loaded = try bytes.loaded(fixing: fixing)
    #expect(loaded.inputNames == ["x"])
    #expect(loaded.outputShape == [2, 2])
    #expect(loaded.parameter("w")?.role == .weight)
    let half = bytes.refusal(fixing: [
      "w": fixing["w"]!, "shape": Tensor(shape: [1], values: [0.5]),
    ])
    #expect(half == .input(name: "shape", reason: "it is fixed at 0.5, which is not an integer"))
    #expect(
      bytes.refusal(fixing: ["ghost": Tensor(shape: [], values: [1])])
        == .input(name: "ghost", reason: "there is no such input to fix"))
  }

  @Test func severalInputsAndOutputsKeepTheirNamesAndOrder() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("b", [nil, 3]), ValueBytes("a", [nil, 3])],
      outputs: [ValueBytes("second", []), ValueBytes("first", [])],
      nodes: [NodeBytes("Add", ["a", "b"], ["first"]), NodeBytes("Relu", ["first"], ["second"])])
    let loaded = try bytes.loaded()
    #expect(loaded.inputNames == ["b", "a"])
    #expect(loaded.outputNames == ["second", "first"])
  }

  @Test func aliasesOfOneValueAreOutputsOfTheirOwn() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("x", [nil, 3])],
      outputs: ["x", "y", "z", "w"].map { ValueBytes($0, []) },
      nodes: [
        NodeBytes("Identity", ["x"], ["y"]), NodeBytes("Relu", ["x"], ["z"]),
        NodeBytes("Dropout", ["z"], ["w"]),
      ])
    let graph = try bytes.loaded().graph
    #expect(graph.outputs.map { graph[$0].name } == ["x", "y", "z", "w"])
    #expect(Set(graph.outputs).count == 4)
    #expect(graph[graph.inputs[0]].name == "x")
  }

  @Test func outputsWithoutAValueAreRefused() {
    var bytes = model(NodeBytes("Relu", ["x"], ["a"]))
    #expect(bytes.refusal() == .output(name: "y", reason: "nothing makes it"))
    bytes.outputs = []
    #expect(bytes.refusal() == .model(reason: "it has no output"))
    bytes.outputs = [ValueBytes("a", []), ValueBytes("a", [])]
    #expect(bytes.refusal() == .output(name: "a", reason: "there are two of this name"))
  }

  @Test func constantOutputsAreRefused() {
    var bytes = model(NodeBytes("Relu", ["x"], ["y"]), NodeBytes("Shape", ["x"], ["s"]))
    bytes.outputs.append(ValueBytes("s", []))
    #expect(
      bytes.refusal()
        == .unsupported(
          node: "Shape_0", operator: "Shape", reason: "output s is the same for every input"))
  }

  /// What is no answer is left out, and said, as long as something is answered.
  @Test func outputsThatAreNoAnswersAreLeftOut() throws {
    var bytes = model(
      NodeBytes("Relu", ["x"], ["y"]), NodeBytes("RandomNormalLike", ["y"], ["noise"], name: "noise"),
      NodeBytes("Add", ["y", "noise"], ["sampled"]), NodeBytes("Neg", ["version"], ["negative"]),
      weights: [TensorBytes("version", [1], [3])])
    bytes.outputs += ["sampled", "version", "negative"].map { ValueBytes($0, []) }
    let loaded = try bytes.loaded()
    #expect(loaded.outputNames == ["y"] && loaded.operationNames == ["relu"])
    #expect(
      loaded.graph.omissions == [
        "output sampled is left out: RandomNormalLike noise draws it at random",
        "output version is left out: it is a constant of the file",
        "output negative is left out: it is the same for every input",
      ])
    bytes.outputs = [ValueBytes("sampled", [])]
    #expect(bytes.refusal()?.sentence.contains("RandomNormalLike") == true)
    bytes.outputs = [ValueBytes("version", [])]
    #expect(bytes.refusal()?.sentence.contains("no output depends on an input") == true)
  }

  @Test func declaredOutputShapesAreChecked() throws {
    var bytes = model(NodeBytes("Relu", ["x"], ["y"]), input: [nil, 3, 4])
    bytes.outputs = [ValueBytes("y", [nil, 3, nil])]
    #expect(try bytes.loaded().outputShape == [3, 4])
    for dims in [[nil, 4, 4], [nil, 12], [nil, 3, 4, 1]] as [[Int?]] {
      bytes.outputs = [ValueBytes("y", dims)]
      #expect(bytes.refusal()?.sentence.contains("output y: the file declares it as") == true)
    }
  }
}

/// `--batch none`: every axis of an input is one of the sample's.
@Suite struct ONNXBatchlessTests {
  private func loaded(_ bytes: ModelBytes) throws -> LoadedModel {
    try ONNXImporter.model(bytes: bytes.encoded, axes: ModelAxes(haveBatch: false))
  }

  /// What mixes samples mixes nothing here: a matrix times its own transpose.
  @Test func theFirstAxisIsLikeTheOthers() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("x", [3, 4])],
      nodes: [NodeBytes("Transpose", ["x"], ["t"]), NodeBytes("MatMul", ["x", "t"], ["y"])])
    #expect(bytes.refusal() != nil)
    let loaded = try loaded(bytes)
    #expect(loaded.graph[loaded.graph.inputs[0]].shape == [3, 4] && loaded.outputShape == [3, 3])
  }

  @Test func inputsOfDifferentFirstAxesMeet() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("a", [2, 3]), ValueBytes("b", [3, 4])], nodes: [NodeBytes("MatMul", ["a", "b"], ["y"])])
    #expect(bytes.refusal() != nil)
    #expect(try loaded(bytes).outputShape == [2, 4])
  }

  @Test func aFreeAxisIsToBeGiven() throws {
    let bytes = ModelBytes(inputs: [ValueBytes("x", [nil, 3])], nodes: [NodeBytes("Relu", ["x"], ["y"])])
    let refused = #expect(throws: ModelLoadingError.self) { try loaded(bytes) }
    let sentence = try #require(refused).sentence
    #expect(sentence.contains("has no fixed size") && sentence.contains("--axis N=SIZE"), "\(sentence)")
    let given = try ONNXImporter.model(bytes: bytes.encoded, axes: ModelAxes(["N": 5], haveBatch: false))
    #expect(given.outputShape == [5, 3])
  }
}
