import ModelGraph
import ModelLoading
import Tensors
import Testing

private func binary(
  _ constant: [Int], _ attributes: AttributeBytes..., op: String = "Add",
  operands: [String] = ["x", "c"], input: [Int?] = [nil, 3, 4, 5], opset: Int = 17
) -> ModelBytes {
  var node = NodeBytes(op, operands, ["y"])
  node.attributes = attributes
  return model(node, input: input, weights: [TensorBytes("c", counting: constant)], opset: opset)
}

private func pair(
  _ a: [Int?], _ b: [Int?], _ attributes: AttributeBytes..., opset: Int = 17, op: String = "Add"
) -> ModelBytes {
  var node = NodeBytes(op, ["a", "b"], ["y"])
  node.attributes = attributes
  return ModelBytes(opset: opset, inputs: [ValueBytes("a", a), ValueBytes("b", b)], nodes: [node])
}

private let sums = [
  Form("a number", binary([]), gives: [3, 4, 5], by: ["constant", "add"]),
  Form("a row", binary([5]), gives: [3, 4, 5]),
  Form("a plane", binary([4, 5]), gives: [3, 4, 5]),
  Form("a channel", binary([3, 1, 1]), gives: [3, 4, 5]),
  Form("a channel under a batch axis of one", binary([1, 3, 1, 1]), gives: [3, 4, 5]),
  Form("a growing axis", binary([3, 4, 5], input: [nil, 3, 1, 5]), gives: [3, 4, 5]),
  Form(
    "constant on the left", binary([5], op: "Sub", operands: ["c", "x"]), gives: [3, 4, 5],
    by: ["constant", "subtract"]),
  Form("quotient", binary([5], op: "Div"), gives: [3, 4, 5], by: ["constant", "divide"]),
  Form("the larger", binary([5], op: "Max"), gives: [3, 4, 5], by: ["constant", "maximum"]),
  Form(
    "the smaller of two inputs", pair([nil, 3, 4], [nil, 3, 4], op: "Min"), gives: [3, 4],
    by: ["minimum"]),
  Form(
    "the largest of three", binary([5], op: "Max", operands: ["x", "c", "x"]),
    gives: [3, 4, 5], by: ["constant", "maximum", "maximum"]),
  Form("product", binary([5], op: "Mul"), gives: [3, 4, 5], by: ["constant", "multiply"]),
  Form(
    "for each sample", binary([2, 3, 4, 5], input: [2, 3, 4, 5]),
    refused: "node Add_0 (Add): its constant of shape [2, 3, 4, 5]"),
  Form(
    "no broadcast", binary([7]), refused: "node Add_0 (Add): [3, 4, 5] and [7] do not broadcast"),
  Form("two inputs", pair([nil, 3, 4], [nil, 3, 4]), gives: [3, 4], by: ["add"]),
  Form("two inputs, one smaller", pair([nil, 3, 4], [nil, 1, 4]), gives: [3, 4]),
  Form("two inputs of other ranks", pair([nil, 3, 4], [nil, 4]), refused: "different batch axes"),
  Form("batches of one, other ranks", pair([1, 3, 4], [1, 4]), gives: [3, 4]),
  Form("legacy, equal", pair([nil, 3, 4], [nil, 3, 4], opset: 6), gives: [3, 4]),
  Form("legacy, suffix", binary([4, 5], .int("broadcast", 1), opset: 6), gives: [3, 4, 5]),
  Form(
    "legacy, axis", binary([3], .int("broadcast", 1), .int("axis", 1), opset: 6), gives: [3, 4, 5]),
  Form(
    "legacy, two axes", binary([3, 4], .int("broadcast", 1), .int("axis", 1), opset: 6),
    gives: [3, 4, 5]),
  Form("legacy, a number", binary([], opset: 6), gives: [3, 4, 5]),
  Form(
    "legacy, computed",
    pair([nil, 3, 4], [nil, 3], .int("broadcast", 1), .int("axis", 0), opset: 6), gives: [3, 4]),
  Form(
    "legacy, without the flag", binary([5], opset: 6), refused: "differ, and broadcast is not set"),
  Form(
    "legacy, axis out of range", binary([3], .int("broadcast", 1), .int("axis", 4), opset: 6),
    refused: "axis 4 is not one of 4"),
  Form(
    "legacy, past the end", binary([3, 4], .int("broadcast", 1), .int("axis", 3), opset: 6),
    refused: "does not lie in"),
  Form(
    "legacy attribute later", binary([5], .int("broadcast", 1)),
    refused: "ended with operator set 7"),
]

private func concat(_ axis: Int, _ a: [Int?], _ b: [Int?]) -> ModelBytes {
  pair(a, b, .int("axis", axis), op: "Concat")
}

private let joins = [
  Form("channels", concat(1, [nil, 3, 4], [nil, 2, 4]), gives: [5, 4], by: ["concat"]),
  Form("last axis", concat(-1, [nil, 3, 4], [nil, 3, 1]), gives: [3, 5]),
  Form("batch axis", concat(0, [nil, 3], [nil, 3]), refused: "it joins the batch axis"),
  Form(
    "batch axis from the end", concat(-2, [nil, 3], [nil, 3]), refused: "it joins the batch axis"),
  Form("other sizes", concat(1, [nil, 3, 4], [nil, 2, 5]), refused: "do not join"),
  Form("other ranks", concat(1, [nil, 3, 4], [nil, 2]), refused: "do not join"),
  Form(
    "axis out of range", concat(3, [nil, 3, 4], [nil, 3, 4]), refused: "axis 3 is not one of 3"),
  Form(
    "with a constant, batch of one",
    binary([1, 2, 4, 5], .int("axis", 1), op: "Concat", input: [1, 3, 4, 5]),
    gives: [5, 4, 5], by: ["constant", "concat"]),
  Form(
    "with a constant, batch free", binary([1, 2, 4, 5], .int("axis", 1), op: "Concat"),
    refused: "samples of a batch would mix"),
  Form(
    "without axis", binary([1, 2, 4, 5], op: "Concat", input: [1, 3, 4, 5]),
    refused: "it has no axis"),
]

@Suite struct ElementwiseTests {
  @Test(arguments: sums) func arithmeticForms(form: Form) { form.check() }
  @Test(arguments: joins) func concatForms(form: Form) { form.check() }

  @Test func operandsKeepTheirSides() throws {
    let left = try binary([5], op: "Sub", operands: ["c", "x"]).loaded().graph
    let right = try binary([5], op: "Sub", operands: ["x", "c"]).loaded().graph
    #expect(left.nodes[1].inputs == [left.nodes[0].output, left.inputs[0]])
    #expect(right.nodes[1].inputs == [right.inputs[0], right.nodes[0].output])
  }

  @Test func aLegacyAxisPutsTheConstantThere() throws {
    let loaded = try binary([3], .int("broadcast", 1), .int("axis", 1), opset: 6).loaded()
    #expect(loaded.parameter("c")?.tensor.shape == [3, 1, 1])
  }

  @Test func constantOperandsAreNotCounted() throws {
    let loaded = try binary([5]).loaded()
    #expect(loaded.parameter("c")?.role == .constant)
    #expect(loaded.graph.parameterCount == 0)
  }

  @Test func concatMapsItsAxis() throws {
    let loaded = try concat(2, [nil, 3, 4], [nil, 3, 1]).loaded()
    #expect(loaded.operations == [.concat(axis: 1)])
  }

  @Test func concatKeepsTheOrderOfConstantsAndValues() throws {
    let node = NodeBytes("Concat", ["c", "x", "c"], ["y"], .int("axis", 1))
    let loaded = try model(
      node, input: [1, 2], weights: [TensorBytes("c", counting: [1, 3])]
    ).loaded()
    let graph = loaded.graph
    #expect(loaded.outputShape == [8])
    #expect(graph.nodes.last?.inputs.map { graph[$0].shape } == [[3], [2], [3]])
  }
}
