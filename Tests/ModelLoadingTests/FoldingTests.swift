import ModelGraph
import ModelLoading
import Tensors
import Testing

/// A model that ends in a Reshape of `x` to a shape that `nodes` compute as `s`.
private func reshapedBy(
  _ nodes: NodeBytes..., input: [Int?] = [nil, 3, 4], weights: [TensorBytes] = [], opset: Int = 17
)
  -> ModelBytes
{
  ModelBytes(
    opset: opset, inputs: [ValueBytes("x", input)],
    nodes: nodes + [NodeBytes("Reshape", ["x", "s"], ["y"])], weights: weights)
}

private func integers(_ name: String, _ values: [Int]) -> NodeBytes {
  NodeBytes("Constant", [], [name], .tensor("value", TensorBytes("", integers: values)))
}

private func scalar(_ name: String, _ value: Int) -> NodeBytes {
  let tensor = TensorBytes("", dims: [], type: 7) { $0.bytes(9, littleEndian(Int64(value))) }
  return NodeBytes("Constant", [], [name], .tensor("value", tensor))
}

private let shapes = [
  Form(
    "PyTorch: x.view(x.size(0), -1)",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["a"]), scalar("zero", 0),
      NodeBytes("Gather", ["a", "zero"], ["n"]),
      NodeBytes("Unsqueeze", ["n"], ["u"], .ints("axes", [0])), integers("rest", [-1]),
      NodeBytes("Concat", ["u", "rest"], ["s"], .int("axis", 0)), opset: 9),
    gives: [12], by: ["reshape"]),
  Form(
    "the same with a fixed batch",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["a"]), scalar("zero", 0),
      NodeBytes("Gather", ["a", "zero"], ["n"]),
      NodeBytes("Unsqueeze", ["n"], ["u"], .ints("axes", [0])), integers("rest", [-1]),
      NodeBytes("Concat", ["u", "rest"], ["s"], .int("axis", 0)), input: [5, 3, 4], opset: 9),
    gives: [12]),
  Form(
    "TensorFlow: a slice of the shape, by way of int32",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["a"]), NodeBytes("Cast", ["a"], ["b"], .int("to", 6)),
      integers("from", [0]), integers("to", [1]), NodeBytes("Slice", ["b", "from", "to"], ["n"]),
      NodeBytes("Concat", ["n", "twelve"], ["c"], .int("axis", 0)),
      NodeBytes("Cast", ["c"], ["s"], .int("to", 7)),
      weights: [TensorBytes("twelve", integers: [12])]),
    gives: [12]),
  Form(
    "features multiplied",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["a"]), scalar("one", 1), scalar("two", 2), scalar("zero", 0),
      NodeBytes("Gather", ["a", "one"], ["h"]), NodeBytes("Gather", ["a", "two"], ["w"]),
      NodeBytes("Gather", ["a", "zero"], ["n"]), NodeBytes("Mul", ["h", "w"], ["f"]),
      NodeBytes("Unsqueeze", ["n"], ["un"], .ints("axes", [0])),
      NodeBytes("Unsqueeze", ["f"], ["uf"], .ints("axes", [0])),
      NodeBytes("Concat", ["un", "uf"], ["s"], .int("axis", 0)), opset: 11), gives: [12]),
  Form(
    "a part of the shape",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["n"], .int("start", 0), .int("end", -2)), integers("rest", [12]),
      NodeBytes("Concat", ["n", "rest"], ["s"], .int("axis", 0))), gives: [12]),
  Form(
    "the shape of a value that nothing else needs",
    reshapedBy(NodeBytes("Relu", ["x"], ["r"]), NodeBytes("Shape", ["r"], ["s"])), gives: [3, 4],
    by: ["reshape"]),
  Form(
    "the batch times one",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["n"], .int("end", 1)), integers("one", [1]),
      integers("rest", [-1]),
      NodeBytes("Mul", ["n", "one"], ["m"]),
      NodeBytes("Concat", ["m", "rest"], ["s"], .int("axis", 0))), gives: [12]),
  Form(
    "the batch times two",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["n"], .int("end", 1)), integers("two", [2]),
      integers("rest", [-1]),
      NodeBytes("Mul", ["n", "two"], ["m"]),
      NodeBytes("Concat", ["m", "rest"], ["s"], .int("axis", 0))),
    refused: "node Mul_0 (Mul): it computes with the free batch size"),
  Form(
    "division by zero",
    reshapedBy(integers("a", [1]), integers("b", [0]), NodeBytes("Div", ["a", "b"], ["s"])),
    refused: "node Div_0 (Div): 1 and 0 give no integer"),
  Form(
    "overflow",
    reshapedBy(integers("a", [1 << 62]), integers("b", [2]), NodeBytes("Mul", ["a", "b"], ["s"])),
    refused: "give no integer"),
  Form(
    "an index out of range",
    reshapedBy(
      NodeBytes("Shape", ["x"], ["a"]), scalar("i", 3), NodeBytes("Gather", ["a", "i"], ["s"])),
    refused: "node Gather_0 (Gather): there is no index 3 in 3"),
  Form(
    "a computed shape",
    model(NodeBytes("Reshape", ["x", "x"], ["y"]), input: [nil, 3]),
    refused: "its shape is computed, not constant"),
  Form(
    "Gather by data", model(NodeBytes("Gather", ["x", "x"], ["y"])),
    refused: "its list of indices is computed, not constant"),
  Form(
    "Slice by data", model(NodeBytes("Slice", ["x", "x", "x"], ["y"])),
    refused: "its starts are computed, not constant"),
]

/// Weights that reach a MatMul by way of other nodes; [1, 3, 5, 2, 4, 6] as [O, I] in each case.
private let passages: [(String, [NodeBytes], Int)] = [
  ("initializer", [NodeBytes("MatMul", ["x", "w"], ["y"])], 17),
  ("Identity", [NodeBytes("Identity", ["w"], ["v"]), NodeBytes("MatMul", ["x", "v"], ["y"])], 17),
  (
    "Transpose there and back",
    [
      NodeBytes("Transpose", ["w"], ["t"]), NodeBytes("Transpose", ["t"], ["v"]),
      NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 17
  ),
  (
    "Constant",
    [
      NodeBytes("Constant", [], ["v"], .tensor("value", TensorBytes("", counting: [3, 2]))),
      NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 17
  ),
  (
    "Constant of numbers, reshaped",
    [
      NodeBytes("Constant", [], ["f"], .floats("value_floats", [1, 2, 3, 4, 5, 6])),
      NodeBytes("Constant", [], ["s"], .ints("value_ints", [3, -1])),
      NodeBytes("Reshape", ["f", "s"], ["v"]), NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 17
  ),
  (
    "Slice with a negative step, twice",
    [
      integers("one", [-1]), integers("last", [-1 << 40]), integers("axis", [0]),
      NodeBytes("Slice", ["w", "one", "last", "axis", "one"], ["r"]),
      NodeBytes("Slice", ["r", "one", "last", "axis", "one"], ["v"]),
      NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 17
  ),
  (
    "Slices as attributes, joined",
    [
      NodeBytes(
        "Slice", ["w"], ["p"], .ints("starts", [0]), .ints("ends", [1]), .ints("axes", [1])),
      NodeBytes(
        "Slice", ["w"], ["q"], .ints("starts", [1]), .ints("ends", [1 << 40]), .ints("axes", [1])),
      NodeBytes("Concat", ["p", "q"], ["v"], .int("axis", 1)),
      NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 9
  ),
  (
    "Gather of rows",
    [
      integers("rows", [0, 1, -1]), NodeBytes("Gather", ["w", "rows"], ["v"]),
      NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 17
  ),
  (
    "arithmetic",
    [
      NodeBytes("Constant", [], ["two"], .float("value_float", 2)),
      NodeBytes("Add", ["w", "w"], ["d"]), NodeBytes("Div", ["d", "two"], ["q"]),
      NodeBytes("Mul", ["q", "two"], ["m"]), NodeBytes("Sub", ["m", "w"], ["v"]),
      NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 17
  ),
  (
    "squeezed",
    [
      NodeBytes("Unsqueeze", ["w"], ["u"], .ints("axes", [0, 3])),
      NodeBytes("Squeeze", ["u"], ["v"], .ints("axes", [-1, 0])),
      NodeBytes("MatMul", ["x", "v"], ["y"]),
    ], 11
  ),
]

@Suite struct FoldingTests {
  @Test(arguments: shapes) func computedShapes(form: Form) { form.check() }

  @Test(arguments: passages)
  func weightsPassThroughNodes(name: String, nodes: [NodeBytes], opset: Int) throws {
    let loaded = try ModelBytes(
      opset: opset, inputs: [ValueBytes("x", [nil, 3])], nodes: nodes,
      weights: [TensorBytes("w", counting: [3, 2])]
    ).loaded()
    #expect(loaded.operationNames == ["dense"])
    let weight = loaded.graph[loaded.graph.layers[0].weight]
    #expect(weight.tensor == Tensor(shape: [2, 3], values: [1, 3, 5, 2, 4, 6]))
    #expect(weight.role == .weight)
  }

  @Test func padsOfPyTorchAreWorkedOut() throws {
    // torch.nn.functional.pad(x, (1, 2, 3, 4)): pads from the last axis backwards, then zeros.
    let loaded = try model(
      integers("pads", [1, 2, 3, 4]), integers("missing", [4]),
      NodeBytes(
        "ConstantOfShape", ["missing"], ["zero"], .tensor("value", TensorBytes("", integers: [0]))),
      NodeBytes("Concat", ["pads", "zero"], ["all"], .int("axis", 0)), integers("pairs", [-1, 2]),
      NodeBytes("Reshape", ["all", "pairs"], ["table"]), integers("from", [-1]),
      integers("to", [-1 << 63]),
      integers("axis", [0]), integers("step", [-1]),
      NodeBytes("Slice", ["table", "from", "to", "axis", "step"], ["turned"]),
      NodeBytes("Transpose", ["turned"], ["columns"], .ints("perm", [1, 0])),
      integers("flat", [-1]),
      NodeBytes("Reshape", ["columns", "flat"], ["p"]),
      NodeBytes("Cast", ["p"], ["q"], .int("to", 7)),
      NodeBytes("Pad", ["x", "q"], ["y"])
    ).loaded()
    #expect(
      loaded.operations == [
        .pad(Padding(before: [0, 3, 1], after: [0, 4, 2], mode: .constant(0)))
      ])
  }

  @Test func castsAmongConstants() throws {
    let clip = model(
      NodeBytes("Constant", [], ["i"], .int("value_int", 6)),
      NodeBytes("Cast", ["i"], ["h"], .int("to", 1)),
      NodeBytes("Clip", ["x", "", "h"], ["y"]))
    let largest = Float.greatestFiniteMagnitude
    #expect(try clip.loaded().operations == [.activation(.clip(low: -largest, high: 6))])
    let shape = reshapedBy(
      NodeBytes("Constant", [], ["f"], .floats("value_floats", [-1, 12.75])),
      NodeBytes("Cast", ["f"], ["s"], .int("to", 7)))
    #expect(try shape.loaded().outputShape == [12])
    let wild = reshapedBy(
      NodeBytes("Constant", [], ["f"], .floats("value_floats", [1e30])),
      NodeBytes("Cast", ["f"], ["s"], .int("to", 7)))
    #expect(wild.refusal()?.sentence.contains("cannot become an integer") == true)
  }

  @Test func textConstantsAreRefused() {
    let text = model(
      NodeBytes("Constant", [], ["c"], .text("value_string", "a")),
      NodeBytes("Add", ["x", "c"], ["y"]))
    #expect(
      text.refusal()
        == .unsupported(
          node: "Constant_0", operator: "Constant",
          reason: "its value is neither a dense tensor nor a number"))
  }
}
