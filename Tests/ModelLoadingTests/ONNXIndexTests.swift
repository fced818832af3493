import ModelGraph
import ModelLoading
import Testing

/// The file's graph: names, order, dead nodes, cycles, what is missing.
@Suite struct ONNXIndexTests {
  @Test func nodesMayComeInAnyOrder() throws {
    let sorted = [
      NodeBytes("Relu", ["x"], ["a"], name: "first"),
      NodeBytes("Tanh", ["a"], ["b"], name: "second"),
      NodeBytes("Add", ["a", "b"], ["c"], name: "third"),
      NodeBytes("Sigmoid", ["c"], ["y"], name: "fourth"),
    ]
    let expected = try ModelBytes(nodes: sorted).loaded().graph
    #expect(expected.nodes.map(\.name) == ["first", "second", "third", "fourth"])
    for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
      #expect(try ModelBytes(nodes: order.map { sorted[$0] }).loaded().graph == expected)
    }
  }

  @Test func cyclesAreRefused() {
    let two = model(
      NodeBytes("Add", ["x", "b"], ["a"]), NodeBytes("Relu", ["a"], ["b"]),
      NodeBytes("Tanh", ["b"], ["y"]))
    #expect(two.refusal() == .cycle(node: "Add_0", operator: "Add"))
    let one = model(NodeBytes("Add", ["x", "y"], ["y"], name: "loop"))
    #expect(one.refusal() == .cycle(node: "loop", operator: "Add"))
  }

  @Test func aLongChainIsNoRecursion() throws {
    let count = 20_000
    let names = ["x"] + (1..<count).map { "v\($0)" } + ["y"]
    let nodes = (0..<count).reversed().map { NodeBytes("Relu", [names[$0]], [names[$0 + 1]]) }
    #expect(try ModelBytes(nodes: nodes).loaded().graph.nodes.count == count)
  }

  @Test func deadNodesAreNotJudged() throws {
    let loaded = try model(
      NodeBytes("Relu", ["x"], ["y"]), NodeBytes("FancyThing", ["x"], ["z"]),
      NodeBytes("Relu", ["nothing"], ["u"]), NodeBytes("Conv", ["x", "bad"], ["v"]),
      weights: [TensorBytes("bad", dims: [-1], type: 77) { _ in }]
    ).loaded()
    #expect(loaded.operationNames == ["relu"])
    #expect(loaded.graph.parameters.isEmpty)
  }

  @Test func unnamedNodesAreOperatorAndNumber() throws {
    let loaded = try model(
      NodeBytes("Relu", ["x"], ["a"]), NodeBytes("Tanh", ["a"], ["b"]),
      NodeBytes("Relu", ["b"], ["c"], name: "mine"),
      NodeBytes("Relu", ["c"], ["y"])
    ).loaded()
    #expect(loaded.graph.nodes.map(\.name) == ["Relu_0", "Tanh_0", "mine", "Relu_2"])
  }

  @Test func namesBecomeUnique() throws {
    let loaded = try model(
      NodeBytes("Relu", ["x"], ["a"], name: "act"), NodeBytes("Relu", ["a"], ["b"], name: "act"),
      NodeBytes("Relu", ["b"], ["c"]), NodeBytes("Relu", ["c"], ["y"], name: "Relu_2")
    ).loaded()
    let names = loaded.graph.nodes.map(\.name)
    #expect(Set(names).count == 4)
    #expect(names[0] == "act" && names[3] == "Relu_2")
  }

  @Test func missingValuesAreNamed() {
    let node = model(NodeBytes("Relu", ["x"], ["a"]), NodeBytes("Add", ["a", "ghost"], ["y"]))
    #expect(node.refusal() == .missingValue(node: "Add_0", operator: "Add", value: "ghost"))
    #expect(node.refusal()?.sentence == "node Add_0 (Add): it reads ghost, which nothing makes: export the model again")
    let input = model(NodeBytes("Add", ["x", ""], ["y"]))
    #expect(
      input.refusal() == .unfit(node: "Add_0", operator: "Add", reason: "its input 1 is missing"))
  }

  @Test func aValueIsMadeOnce() {
    let twice = model(NodeBytes("Relu", ["x"], ["y"]), NodeBytes("Tanh", ["x"], ["y"]))
    #expect(
      twice.refusal()
        == .unfit(node: "Tanh_0", operator: "Tanh", reason: "it makes y, which exists already"))
    #expect(
      model(NodeBytes("Relu", ["x"], ["x"])).refusal()?.sentence.contains("exists already") == true)
    let weights = [TensorBytes("w", counting: [1]), TensorBytes("w", counting: [1])]
    let same = model(NodeBytes("Relu", ["x"], ["y"]), weights: weights)
    #expect(same.refusal() == .model(reason: "two initializers are named w"))
  }

  @Test func allUnknownOperatorsAreListedWithTheirNumber() {
    let bytes = model(
      NodeBytes("Sinh", ["x"], ["a"]), NodeBytes("Relu", ["a"], ["b"]),
      NodeBytes("Sinh", ["b"], ["c"]),
      NodeBytes("FusedConv", ["c"], ["y"], domain: "com.microsoft"))
    #expect(
      bytes.refusal()
        == .needs(
          ModelNeeds(operators: [
            .init(operator: "Sinh", node: "Sinh_0", count: 2),
            .init(operator: "com.microsoft.FusedConv", node: "FusedConv_0"),
          ])))
    #expect(
      bytes.refusal()?.sentence
        == "the model needs what is not read: the operators Sinh (2 nodes, the first Sinh_0), "
        + "com.microsoft.FusedConv (node FusedConv_0) (give the model as it was before onnxruntime "
        + "optimized it)")
  }

  @Test func aKnownOperatorOfAnotherDomainIsUnknown() throws {
    let foreign = model(NodeBytes("Relu", ["x"], ["y"], domain: "org.example"))
    #expect(
      foreign.refusal()?.sentence
        == "the model needs what is not read: the operator org.example.Relu (node Relu_0)")
    #expect(
      try model(NodeBytes("Relu", ["x"], ["y"], domain: "ai.onnx")).loaded().graph.nodes.count == 1)
  }

  @Test(arguments: [0, 29, -1, 1 << 40])
  func operatorSetsWeDoNotKnowAreRefused(opset: Int) {
    let refusal = model(NodeBytes("Relu", ["x"], ["y"]), opset: opset).refusal()
    #expect(
      refusal
        == .model(
          reason: "it asks for operator set \(opset), and sets 1 to 28 are read: export it with one of these"))
  }
}
