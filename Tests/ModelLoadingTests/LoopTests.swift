import Execution
import ModelGraph
import ModelLoading
import Tensors
import Testing

/// Scan and Loop of ONNX, whose bodies stand once a turn.
struct LoopTests {
  /// s = tanh(x w + s r), y = s: a frame [N, 2] and a state [N, 3].
  private static func cell(_ nodes: [NodeBytes] = [], inputs: [String] = ["s", "x"], outputs: [String] = ["left", "y"]) -> BodyBytes {
    BodyBytes(
      inputs: inputs, outputs: outputs,
      nodes: [
        NodeBytes("MatMul", ["x", "w"], ["a"]), NodeBytes("MatMul", ["s", "r"], ["b"]), NodeBytes("Add", ["a", "b"], ["c"]),
        NodeBytes("Tanh", ["c"], ["left"]), NodeBytes("Identity", ["left"], ["y"]),
      ] + nodes)
  }

  private static let weights = [
    TensorBytes("w", counting: [2, 3]), TensorBytes("r", counting: [3, 3]), TensorBytes("zeros", [1, 3], [0, 0, 0]),
    TensorBytes("five", integers: [5]), TensorBytes("many", integers: [2000]), TensorBytes("none", integers: [0]),
    TensorBytes("pair", integers: [2, 3]),
  ]

  /// A Scan over the second axis of frames [N, T, 2].
  private static func scan(
    _ attributes: AttributeBytes..., body: BodyBytes = cell(), frames: Int? = 4, state: String = "state",
    inputs: [String]? = nil, opset: Int = 17, axis: Int = 1
  ) -> ModelBytes {
    var node = NodeBytes("Scan", inputs ?? [state, "frames"], ["stateN", "ys"])
    node.attributes = [.graph("body", body), .int("num_scan_inputs", 1), .ints("scan_input_axes", [axis])] + attributes
    var file = ModelBytes(
      inputs: [ValueBytes("frames", [nil, frames, 2]), ValueBytes("state", [nil, 3])],
      outputs: [ValueBytes("ys", []), ValueBytes("stateN", [])], nodes: [node], weights: weights)
    file.opset = opset
    return file
  }

  /// A Loop of so many turns over frames [N, 4, 2].
  private static func loop(turns: String = "five", condition: String = "", body: BodyBytes? = nil) -> ModelBytes {
    let first = NodeBytes("Gather", ["frames", "zero"], ["x"], .int("axis", 1))
    let own = body ?? BodyBytes(
      inputs: ["i", "on", "s"], outputs: ["go", "left", "y"], nodes: [first] + cell().nodes + [NodeBytes("Identity", ["on"], ["go"])])
    let node = NodeBytes("Loop", [turns, condition, "state"], ["stateN", "ys"], .graph("body", own))
    return ModelBytes(
      inputs: [ValueBytes("frames", [nil, 4, 2]), ValueBytes("state", [nil, 3])],
      outputs: [ValueBytes("y", []), ValueBytes("stateN", [])],
      nodes: [node, NodeBytes("Transpose", ["ys"], ["y"], .ints("perm", [1, 0, 2]))],
      weights: weights + [TensorBytes("zero", dims: [], type: 7) { $0.number(7, 0) }])
  }

  @Test func oneFrameIsANetworkWithState() throws {
    let graph = try Self.scan(.ints("scan_output_axes", [1]), frames: 1).loaded().graph
    #expect(graph.states.map(\.name) == ["state"] && graph.sampleInputs.map { graph[$0].shape } == [[1, 2]])
    #expect(graph.sampleOutputs.map { graph[$0].shape } == [[1, 3]])
    #expect(graph.layers.map(\.uses.count) == [1, 1])
  }

  @Test func framesInTurnAnswerAsAllOfThem() throws {
    let whole = try Self.scan(.ints("scan_output_axes", [1])).loaded(axes: ModelAxes(states: [:])).graph
    let one = try Self.scan(.ints("scan_output_axes", [1]), frames: 1).loaded().graph
    let frames = Tensor(shape: [4, 1, 2], values: [0.5, -1, 2, 0.25, -0.5, 1, 0, 3])
    var stream = StreamExecutor(try Executor(graph: one, threads: 1))
    let found = try stream.run(frames: [frames])
    let wanted = try Executor(graph: whole, threads: 1).run(
      inputs: [frames.reshaped(to: [1, 4, 2]), Tensor(shape: [1, 3], repeating: 0)])
    #expect(found[0].values == wanted[0].values)
  }

  @Test func allTurnsReadOneMatrix() throws {
    let graph = try Self.scan(.ints("scan_output_axes", [1])).loaded(axes: ModelAxes(states: [:])).graph
    #expect(graph.layers.map(\.uses.count) == [4, 4])
    #expect(graph.outputs.map { graph[$0].shape } == [[4, 3], [3]])
  }

  @Test func aLoopReadsOneMatrixToo() throws {
    let graph = try Self.loop().loaded(axes: ModelAxes(states: [:])).graph
    #expect(graph.layers.map(\.uses.count) == [5, 5])
    #expect(graph.outputs.map { graph[$0].shape } == [[5, 3], [3]])
  }

  @Test func constantsOfTurnsAreTheirOwn() throws {
    // Each turn adds its number: 0 + 1 + 2 + 3 + 4 beside what the cell gives.
    let number = [
      NodeBytes("Cast", ["i"], ["n"], .int("to", 1)), NodeBytes("Add", ["left", "n"], ["sum"]),
    ]
    var body = BodyBytes(inputs: ["i", "on", "s"], outputs: ["on", "sum", "n2"], nodes: [])
    body.nodes = [NodeBytes("Identity", ["s"], ["left"])] + number + [NodeBytes("Mul", ["sum", "n"], ["n2"])]
    let graph = try Self.loop(body: body).loaded(axes: ModelAxes(states: [:])).graph
    let inputs = [Tensor(shape: [1, 4, 2], repeating: 0), Tensor(shape: [1, 3], values: [1, 2, 3])]
    // The frames are read by nobody.
    let found = try Executor(graph: graph, threads: 1).run(inputs: graph.inputs.count == 1 ? [inputs[1]] : inputs)
    #expect(found.last?.values == [11, 12, 13])
    #expect(found.first?.values == [0, 0, 0, 2, 3, 4, 8, 10, 12, 21, 24, 27, 44, 48, 52])
  }

  @Test func bodiesWithOneNameForTwoConstantsKeepBoth() throws {
    let one = NodeBytes("Add", ["s", "k"], ["sum"])
    func node(_ number: Float, _ from: String, _ to: String) -> NodeBytes {
      let body = BodyBytes(
        inputs: ["i", "on", "s"], outputs: ["on", "sum"], nodes: [one], weights: [TensorBytes("k", [1], [number])])
      return NodeBytes("Loop", ["five", "", from], [to], .graph("body", body))
    }
    let file = ModelBytes(
      inputs: [ValueBytes("x", [nil, 3])], nodes: [node(1, "x", "m"), node(100, "m", "y")], weights: Self.weights)
    let found = try Executor(graph: try file.loaded().graph, threads: 1).run(inputs: [Tensor(shape: [1, 3], values: [1, 2, 3])])
    #expect(found[0].values == [506, 507, 508])
  }

  @Test func aTurnKnowsNothingOfTheOneBefore() throws {
    // The body reads what only its last node makes: nothing is there in the first turn, nor in the second.
    let body = BodyBytes(
      inputs: ["s", "x"], outputs: ["left", "y"],
      nodes: [
        NodeBytes("Add", ["s", "late"], ["left"]), NodeBytes("Identity", ["left"], ["y"]), NodeBytes("Tanh", ["s"], ["late"]),
      ])
    let sentence = try #require(Self.scan(body: body).refusal()).sentence
    #expect(sentence.contains("late"), "\(sentence)")
  }

  static let refused: [(ModelBytes, String)] = [
    (scan(frames: 2000), "export it for one frame, with its states as inputs and outputs"),
    (scan(axis: 0), "where that is no batch but frames, say --batch none"),
    (scan(axis: 7), "axis 7 is not one of 3"),
    (scan(opset: 8), "of operator sets before 9 it is not read"),
    (scan(inputs: ["frames"]), "does not fit its 1 inputs"),
    (scan(.ints("scan_output_axes", [0, 1])), "scan_output_axes has 2 numbers, not 1"),
    (scan(.ints("scan_input_directions", [2])), "scan_input_directions [2] is not of 0 and 1"),
    (scan(body: cell(outputs: ["left"])), "does not fit"),
    (scan(body: cell(outputs: ["left", "nowhere"])), "nowhere"),
    (scan(body: cell([NodeBytes("Det", ["y"], ["q"])])), "Det"),
    (loop(turns: "many"), "it takes more than 1024 turns"),
    (loop(turns: "none"), "it takes no turn"),
    (loop(turns: "pair"), "its number of turns is not one integer"),
    (loop(turns: "state"), "how often it turns is computed, not constant: export its body alone"),
    (loop(body: BodyBytes(inputs: ["i", "on", "s"], outputs: ["s", "s", "s"], nodes: [])), "whether it goes on is computed by its body"),
    (loop(body: BodyBytes(inputs: ["i", "on"], outputs: ["on", "on"], nodes: [])), "does not fit"),
  ]

  @Test(arguments: refused.indices) func whatIsNotReadSaysSo(index: Int) throws {
    let (bytes, text) = Self.refused[index]
    let sentence = try #require(bytes.refusal()).sentence
    #expect(sentence.contains(text), "\(sentence)")
  }

  @Test func slicesOfManyInputsEnd() throws {
    let inputs = (0..<70).map { "x\($0)" }
    let body = BodyBytes(inputs: inputs.map { "own \($0)" }, outputs: ["own x0"], nodes: [])
    let file = ModelBytes(
      inputs: [ValueBytes("x", [nil, 1000])],
      nodes: inputs.map { NodeBytes("Tanh", ["x"], [$0]) } + [
        NodeBytes("Scan", inputs, ["y"], .graph("body", body), .int("num_scan_inputs", 70), .ints("scan_input_axes", [Int](repeating: 1, count: 70)))
      ])
    let sentence = try #require(file.refusal()).sentence
    #expect(sentence.contains("more than 65536 nodes"), "\(sentence)")
  }

  @Test func loopsInLoopsEnd() throws {
    var body = BodyBytes(inputs: ["i", "on", "s"], outputs: ["on", "t"], nodes: [NodeBytes("Identity", ["s"], ["t"])])
    for _ in 0..<3 {
      body = BodyBytes(
        inputs: ["i", "on", "s"], outputs: ["on", "t"], nodes: [NodeBytes("Loop", ["turns", "", "s"], ["t"], .graph("body", body))])
    }
    let file = ModelBytes(
      inputs: [ValueBytes("x", [nil, 3])], nodes: [NodeBytes("Loop", ["turns", "", "x"], ["y"], .graph("body", body))],
      weights: [TensorBytes("turns", integers: [1000])])
    let sentence = try #require(file.refusal()).sentence
    #expect(sentence.contains("more than 65536 nodes"), "\(sentence)")
  }
}
