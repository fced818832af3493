import ModelGraph
import ModelLoading
import Testing

private func reshape(
  _ shape: [Int], _ attributes: AttributeBytes..., input: [Int?], opset: Int = 17
)
  -> ModelBytes
{
  var node = NodeBytes("Reshape", ["x", "s"], ["y"])
  node.attributes = attributes
  return model(node, input: input, weights: [TensorBytes("s", integers: shape)], opset: opset)
}

private func view(_ op: String, _ attributes: AttributeBytes..., input: [Int?], opset: Int = 11)
  -> ModelBytes
{
  var node = NodeBytes(op, ["x"], ["y"])
  node.attributes = attributes
  return model(node, input: input, opset: opset)
}

private func axesInput(_ op: String, _ axes: [Int], input: [Int?]) -> ModelBytes {
  model(
    NodeBytes(op, ["x", "a"], ["y"]), input: input, weights: [TensorBytes("a", integers: axes)])
}

private let reshapes = [
  Form("batch by -1", reshape([-1, 12], input: [nil, 3, 4]), gives: [12], by: ["reshape"]),
  Form("batch by 0", reshape([0, -1], input: [nil, 3, 4]), gives: [12], by: ["reshape"]),
  Form("zeros copy", reshape([0, 0, 2, 2], input: [nil, 3, 4]), gives: [3, 2, 2]),
  Form(
    "the same shape", reshape([-1, 3, 4], input: [nil, 3, 4]), gives: [3, 4], by: ["reshape"]),
  Form("fixed batch", reshape([2, 12], input: [2, 3, 4]), gives: [12]),
  Form("fixed batch by -1", reshape([-1, 12], input: [2, 3, 4]), gives: [12]),
  Form("fixed batch, features by -1", reshape([2, -1], input: [2, 3, 4]), gives: [12]),
  Form("batch of one", reshape([1, 12], input: [1, 3, 4]), gives: [12]),
  Form("batch of one goes", reshape([12], input: [1, 3, 4]), gives: [12]),
  Form("batch of one goes by -1", reshape([-1], input: [1, 3, 4]), gives: [12]),
  Form(
    "as an attribute", view("Reshape", .ints("shape", [-1, 12]), input: [nil, 3, 4], opset: 1),
    gives: [12]),
  Form(
    "merges the batch", reshape([6, 4], input: [2, 3, 4]),
    refused: "has no place for the batch axis alone"),
  Form(
    "merges a free batch", reshape([-1, 4], input: [nil, 3, 4]),
    refused: "has no place for the batch axis alone"),
  Form(
    "no place for a free batch", reshape([1, 12], input: [nil, 3, 4]),
    refused: "has no place for the batch axis alone"),
  Form(
    "exchanges samples", reshape([3, 2], input: [2, 3]),
    refused: "has no place for the batch axis alone"),
  Form(
    "wrong size", reshape([-1, 5], input: [2, 3, 4]),
    refused: "node Reshape_0 (Reshape): [batch, 3, 4] cannot take the shape"),
  Form("two -1", reshape([-1, -1], input: [nil, 3, 4]), refused: "is not one"),
  Form("-2", reshape([-2, 12], input: [nil, 3, 4]), refused: "is not one"),
  Form("zero past the end", reshape([0, 12, 0, 0], input: [nil, 3, 4]), refused: "is empty"),
  Form(
    "allowzero", reshape([0, 12], .int("allowzero", 1), input: [nil, 3, 4]), refused: "is empty"),
  Form("huge", reshape([1 << 62, 1 << 62], input: [1, 3, 4]), refused: "cannot take the shape"),
]

private let others = [
  Form("flatten", view("Flatten", input: [nil, 3, 4]), gives: [12], by: ["reshape"]),
  Form(
    "flatten, axis 0", view("Flatten", .int("axis", 0), input: [nil, 3]),
    refused: "merges the batch axis"),
  Form(
    "flatten, axis 0, batch of one", view("Flatten", .int("axis", 0), input: [1, 3]), gives: [3]),
  Form(
    "flatten, axis 2", view("Flatten", .int("axis", 2), input: [nil, 3, 4]),
    refused: "merges the batch axis"),
  Form(
    "flatten, axis 2, batch of one", view("Flatten", .int("axis", 2), input: [1, 3, 4]),
    gives: [3, 4]),
  Form(
    "flatten, axis from the end", view("Flatten", .int("axis", -2), input: [nil, 3, 4]), gives: [12]
  ),
  Form("flatten of vectors", view("Flatten", input: [nil, 3]), gives: [3]),
  Form(
    "flatten, axis out of range", view("Flatten", .int("axis", 4), input: [nil, 3, 4]),
    refused: "axis 4 is not one of 3"),
  Form("squeeze", view("Squeeze", .ints("axes", [2]), input: [nil, 3, 1]), gives: [3]),
  Form("squeeze from the end", axesInput("Squeeze", [-1], input: [nil, 3, 1]), gives: [3]),
  Form("squeeze all", view("Squeeze", input: [nil, 1, 3, 1]), gives: [3]),
  Form(
    "squeeze the free batch", view("Squeeze", .ints("axes", [0]), input: [nil, 3, 1]),
    refused: "it removes the batch axis"),
  Form(
    "squeeze the batch of one", view("Squeeze", .ints("axes", [0]), input: [1, 3, 2]),
    gives: [3, 2]),
  Form(
    "squeeze a wide axis", view("Squeeze", .ints("axes", [1]), input: [nil, 3, 1]),
    refused: "is not of size one"),
  Form("unsqueeze", view("Unsqueeze", .ints("axes", [2, 3]), input: [nil, 3]), gives: [3, 1, 1]),
  Form("unsqueeze from the end", axesInput("Unsqueeze", [-1], input: [nil, 3]), gives: [3, 1]),
  Form(
    "unsqueeze before the batch", axesInput("Unsqueeze", [0], input: [nil, 3]),
    refused: "node Unsqueeze_0 (Unsqueeze): output y has the batch as axis 1"),
  Form(
    "unsqueeze twice", axesInput("Unsqueeze", [1, 1], input: [nil, 3]),
    refused: "axis 1 is given twice"),
  Form("unsqueeze without axes", view("Unsqueeze", input: [nil, 3]), refused: "it has no axes"),
  Form(
    "transpose", view("Transpose", .ints("perm", [0, 2, 1]), input: [nil, 3, 4]), gives: [4, 3],
    by: ["transpose"]),
  Form(
    "transpose of ones", view("Transpose", .ints("perm", [0, 3, 1, 2]), input: [nil, 5, 6, 1]),
    gives: [1, 5, 6], by: ["reshape"]),
  Form(
    "transpose the batch away", view("Transpose", input: [nil, 3]),
    refused: "has the batch as axis 1"),
  Form("transpose a batch of one", view("Transpose", input: [1, 3]), gives: [3, 1]),
  Form(
    "transpose by no order", view("Transpose", .ints("perm", [0, 1, 1]), input: [nil, 3, 4]),
    refused: "is not an order of 3 axes"),
  Form("identity", view("Identity", input: [nil, 3]), gives: [3], by: ["reshape"]),
  Form(
    "transposed there and back",
    model(
      NodeBytes("Transpose", ["x"], ["t"], .ints("perm", [1, 0, 2])),
      NodeBytes("Relu", ["t"], ["r"]),
      NodeBytes("Transpose", ["r"], ["y"], .ints("perm", [1, 0, 2])), input: [nil, 3, 4]),
    gives: [3, 4], by: ["relu"]),
  Form(
    "an operator on a misplaced batch",
    model(
      NodeBytes("Transpose", ["x"], ["t"], .ints("perm", [1, 0, 2, 3])),
      NodeBytes("GlobalAveragePool", ["t"], ["y"])),
    refused:
      "node GlobalAveragePool_0 (GlobalAveragePool): the first axis of its input [3, batch, 8, 8]"),
  Form(
    "a batch that goes and comes back",
    model(
      NodeBytes("Squeeze", ["x"], ["s"], .ints("axes", [0])),
      NodeBytes("Unsqueeze", ["s"], ["u"], .ints("axes", [0])),
      NodeBytes("GlobalAveragePool", ["u"], ["y"]), input: [1, 3, 4, 4], opset: 11),
    gives: [3, 1, 1], by: ["global-average-pool"]),
]

@Suite struct ViewsTests {
  @Test(arguments: reshapes) func reshapeForms(form: Form) { form.check() }
  @Test(arguments: others) func otherForms(form: Form) { form.check() }

  @Test func transposeMapsItsAxes() throws {
    let loaded = try view("Transpose", .ints("perm", [0, 3, 1, 2]), input: [nil, 2, 3, 4]).loaded()
    #expect(loaded.operations == [.transpose([2, 0, 1])])
  }
}
