import ModelGraph
import ModelLoading
import Tensors
import Testing

/// LSTM, GRU and RNN of ONNX, states that are inputs and outputs, and inputs that are one number.
struct RecurrentTests {
  private static let gates = ["RNN": 1, "GRU": 3, "LSTM": 4]

  /// x [3, N, 2] through a cell of 2 numbers to Y and further outputs.
  private static func file(
    kind: String = "LSTM", _ attributes: AttributeBytes..., inputs: [String] = [], x: [Int?] = [3, 1, 2],
    directions: Int = 1
  ) -> ModelBytes {
    let rows = (gates[kind] ?? 1) * 2
    var node = NodeBytes(kind, ["x", "w", "r"] + inputs, kind == "LSTM" ? ["y", "h", "c"] : ["y", "h"])
    node.attributes = attributes
    return ModelBytes(
      inputs: [ValueBytes("x", x)], outputs: node.outputs.map { ValueBytes($0, []) }, nodes: [node],
      weights: [
        TensorBytes("w", counting: [directions, rows, 2]), TensorBytes("r", counting: [directions, rows, 2]),
        TensorBytes("b", counting: [directions, 2 * rows]), TensorBytes("p", counting: [directions, 6]),
        TensorBytes("wide", counting: [directions, rows, 3]), TensorBytes("lengths", integers: [2]),
      ])
  }

  @Test(arguments: ["RNN", "GRU", "LSTM"]) func frameAfterFrameReadsOneMatrix(kind: String) throws {
    let graph = try Self.file(kind: kind, inputs: ["b"]).loaded(axes: ModelAxes(haveBatch: false)).graph
    // All frames at once through W; R in each frame but the first, which finds zeros.
    #expect(graph.layers.map(\.uses.count) == (kind == "GRU" ? [1, 2, 2] : [1, 2]))
    #expect(graph.outputs.map { graph[$0].shape } == [[3, 1, 1, 2]] + graph.outputs.dropFirst().map { _ in [1, 1, 2] })
  }

  @Test func theAxisOfSamplesMayBeTheBatch() throws {
    let graph = try Self.file(.int("layout", 1), x: [nil, 3, 2]).loaded().graph
    #expect(graph.outputs.map { graph[$0].shape } == [[3, 1, 2], [1, 2], [1, 2]])
    let sentence = try #require(Self.file(x: [nil, 1, 2]).refusal()).sentence
    #expect(sentence.contains("is not that of its samples"), "\(sentence)")
  }

  static let refused: [(ModelBytes, String)] = [
    (file(.text("direction", "sideways")), "there is no direction sideways"),
    (file(.text("direction", "bidirectional")), "are not [2, 4 H, I]"),
    (file(.int("hidden_size", 3)), "hidden_size is 3, and its matrices have 2"),
    (file(.float("clip", -1)), "clip is not above 0"),
    (file(.int("layout", 2)), "there is no layout 2"),
    (file(.texts("activations", ["Tanh"])), "names 1 activations, not 3"),
    (file(kind: "RNN", .texts("activations", ["Affine"])), "its activation Affine is not read"),
    (file(inputs: ["", "lengths"]), "are not all of 3 frames"),
    (file(inputs: ["w"]), "or its bias or peepholes do not fit them"),
    (file(inputs: ["", "", "wide"]), "its initial state"),
    (file(x: [3, 1, 5]), "does not fit the input"),
    (file(x: [2000, 1, 2]), "goes through 2000 frames"),
    (file(x: [3, 2]), "does not have three axes"),
  ]

  @Test(arguments: refused.indices) func whatIsNotReadSaysSo(index: Int) throws {
    let (bytes, text) = Self.refused[index]
    let sentence = try #require(bytes.refusal(axes: ModelAxes(haveBatch: false))).sentence
    #expect(sentence.contains(text), "\(sentence)")
  }

  // MARK: States

  /// y = x + s, t = x y: a state s of [2, N, 3], or what else is said.
  private static func stream(
    found: String = "state", left: String = "stateN", _ dims: [Int?] = [2, nil, 3], x: [Int?] = [nil, 3]
  ) -> ModelBytes {
    ModelBytes(
      inputs: [ValueBytes("x", x), ValueBytes(found, dims)],
      outputs: [ValueBytes("y", []), ValueBytes(left, [])],
      nodes: [
        NodeBytes("ReduceSum", [found, "axes"], ["sum"], .int("keepdims", 0)), NodeBytes("Add", ["x", "sum"], ["y"]),
        NodeBytes("Tanh", [found], ["t"]), NodeBytes("Mul", ["t", "y"], [left]),
      ],
      weights: [TensorBytes("axes", integers: [0])])
  }

  @Test(arguments: [
    ([2, nil, 3] as [Int?], [nil, 3] as [Int?]), ([2, 1, 3], [1, 3]), ([2, 1, 3], [nil, 3]),
  ])
  func aStateIsFoundByItsName(dims: [Int?], x: [Int?]) throws {
    let graph = try Self.stream(dims, x: x).loaded().graph
    #expect(graph.states.map(\.name) == ["state"] && graph.foundStates.map { graph[$0].shape } == [[2, 3]])
    #expect(graph.sampleInputs.map { graph[$0].name } == ["x"] && graph.sampleOutputs.map { graph[$0].name } == ["y"])
    #expect(graph.omissions.count == 1 && graph.omissions[0].contains("output stateN of the frame before"))
  }

  @Test(arguments: [
    ("h", "hn"), ("h_in", "h_out"), ("c0", "cn"), ("in_state", "out_state"), ("conv_cache", "conv_cache_out"),
    ("lstm_prev", "lstm_next"),
  ])
  func namesOfStatesLeaveNoDoubt(found: String, left: String) throws {
    #expect(try Self.stream(found: found, left: left).loaded().graph.states.count == 1)
  }

  /// y = x + s, t = tanh(s) y, z = sum of y: a state s of [N, 3].
  private static func plain(found: String, left: String) -> ModelBytes {
    ModelBytes(
      inputs: [ValueBytes("x", [nil, 3]), ValueBytes(found, [nil, 3])],
      outputs: ["y", left, "z"].map { ValueBytes($0, []) },
      nodes: [
        NodeBytes("Add", ["x", found], ["y"]), NodeBytes("Tanh", [found], ["t"]), NodeBytes("Mul", ["t", "y"], [left]),
        NodeBytes("ReduceSum", ["y", "axes"], ["z"]),
      ],
      weights: [TensorBytes("axes", integers: [1])])
  }

  @Test(arguments: [("image_in", "image_out"), ("a", "an"), ("state", "y2"), ("h", "c")])
  func otherNamesAreNoStates(found: String, left: String) throws {
    #expect(try Self.plain(found: found, left: left).loaded().graph.states.isEmpty)
  }

  @Test func statesAreAsTheUserSays() throws {
    let file = Self.plain(found: "a", left: "b")
    let graph = try file.loaded(axes: ModelAxes(states: ["a": "b"])).graph
    #expect(graph.states.map(\.name) == ["a"] && graph.omissions.isEmpty && graph.sampleOutputs.count == 2)
    let none = try Self.plain(found: "state", left: "stateN").loaded(axes: ModelAxes(states: [:])).graph
    #expect(none.states.isEmpty && none.inputs.count == 2)
    for (states, text) in [
      (["q": "b"], "input q: there is no such input"), (["a": "q"], "output q: there is no such output"),
      (["a": "y", "x": "y"], "one output for two inputs"), (["a": "b", "x": "y"], "every input or every output"),
      (["a": "z"], "output z: it is [batch, 1], and a, which it is to be, [batch, 3]"),
    ] {
      let sentence = try #require(file.refusal(axes: ModelAxes(states: states))).sentence
      #expect(sentence.contains(text), "\(sentence)")
    }
  }

  // MARK: Inputs that are given

  @Test func anInputIsOneNumber() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("x", [nil, 3]), ValueBytes("rate", [], type: 7)],
      nodes: [NodeBytes("Cast", ["rate"], ["r"], .int("to", 1)), NodeBytes("Mul", ["x", "r"], ["y"])])
    #expect(bytes.refusal() != nil)
    let graph = try bytes.loaded(axes: ModelAxes(numbers: ["rate": 16000])).graph
    #expect(graph.inputs.count == 1 && graph.parameters.map(\.tensor.values) == [[16000]])
    for (name, number, text) in [("q", Float(1), "no such input"), ("rate", 0.5, "not an integer")] {
      let sentence = try #require(bytes.refusal(axes: ModelAxes(numbers: [name: number]))).sentence
      #expect(sentence.contains(text), "\(sentence)")
    }
  }

  @Test func whatIsMultipliedByZeroIsLeftOut() throws {
    let bytes = ModelBytes(
      inputs: [ValueBytes("x", [nil, 3]), ValueBytes("rate", [], type: 7)],
      nodes: [
        NodeBytes("Mul", ["rate", "zero"], ["n"]), NodeBytes("Cast", ["n"], ["f"], .int("to", 1)),
        NodeBytes("Relu", ["x"], ["z"]), NodeBytes("Add", ["z", "f"], ["y"]),
      ],
      weights: [TensorBytes("zero", dims: [], type: 7) { $0.bytes(9, littleEndian(Int64(0))) }])
    let loaded = try bytes.loaded()
    #expect(loaded.inputNames == ["x"] && loaded.operationNames.filter { $0 != "reshape" } == ["relu"])
    #expect(loaded.graph.omissions.first?.contains("rate is left out") == true)
  }
}
