import ModelGraph
import ModelLoading
import Testing

private func mean(
  _ axes: [Int]?, _ attributes: AttributeBytes..., input: [Int?] = [nil, 3, 4, 5], opset: Int = 13
)
  -> ModelBytes
{
  let given = axes.map { [AttributeBytes.ints("axes", $0)] } ?? []
  var node = NodeBytes("ReduceMean", ["x"], ["y"])
  node.attributes = given + attributes
  return model(node, input: input, opset: opset)
}

private let means = [
  Form("space", mean([2, 3]), gives: [3, 1, 1], by: ["global-average-pool"]),
  Form(
    "space, axes dropped", mean([-1, -2], .int("keepdims", 0)), gives: [3],
    by: ["global-average-pool", "reshape"]),
  Form("time", mean([2], input: [nil, 3, 7]), gives: [3, 1], by: ["global-average-pool"]),
  Form("rows", mean([2]), gives: [3, 1, 5], by: ["average-pool"]),
  Form(
    "columns", mean([3], .int("keepdims", 0)), gives: [3, 4],
    by: ["reshape", "average-pool", "reshape"]),
  Form(
    "channels", mean([1], .int("keepdims", 0)), gives: [4, 5],
    by: ["reshape", "average-pool", "reshape"]),
  Form("channels and columns", mean([1, 3]), gives: [1, 4, 1]),
  Form("a whole sample", mean([1, 2, 3]), gives: [1, 1, 1]),
  Form("a whole sample, axes dropped", mean([1, 2, 3], .int("keepdims", 0)), gives: []),
  Form("features", mean([1], input: [nil, 7]), gives: [1]),
  Form(
    "all axes", mean(nil), refused: "node ReduceMean_0 (ReduceMean): it runs over the batch axis"),
  Form("nothing", mean(nil, .int("noop_with_empty_axes", 1), opset: 18), gives: [3, 4, 5]),
  Form("the batch", mean([0]), refused: "it runs over the batch axis"),
  Form("out of range", mean([4]), refused: "axis 4 is not one of 4"),
  Form(
    "axes as an input",
    model(
      NodeBytes("ReduceMean", ["x", "a"], ["y"]), weights: [TensorBytes("a", integers: [2, 3])],
      opset: 18),
    gives: [3, 1, 1], by: ["global-average-pool"]),
]

private func places(
  _ attributes: AttributeBytes..., input: [Int?] = [nil, 3, 4, 5], least: Bool = false, opset: Int = 13
) -> ModelBytes {
  var node = NodeBytes(least ? "ArgMin" : "ArgMax", ["x"], ["y"])
  node.attributes = attributes
  return model(node, input: input, opset: opset)
}

/// An operator that reads numbers of places.
private func behindPlaces(_ node: NodeBytes) -> ModelBytes {
  var bytes = places(.int("axis", 1))
  bytes.nodes[0].outputs = ["p"]
  bytes.nodes.append(node)
  return bytes
}

private let placeForms = [
  Form("channels", places(.int("axis", 1)), gives: [1, 4, 5], by: ["arg-max"]),
  Form(
    "channels, the axis dropped", places(.int("axis", -3), .int("keepdims", 0)), gives: [4, 5],
    by: ["arg-max", "reshape"]),
  Form("columns of the least", places(.int("axis", 3), least: true), gives: [3, 4, 1], by: ["arg-min"]),
  Form("features", places(.int("axis", 1), .int("keepdims", 0), input: [nil, 7]), gives: []),
  Form("the batch", places(), refused: "node ArgMax_0 (ArgMax): it looks along the batch axis"),
  Form("out of range", places(.int("axis", 4)), refused: "axis 4 is not one of 4"),
  Form(
    "the last of equals", places(.int("axis", 1), .int("select_last_index", 1)),
    refused: "select_last_index is 1, and of equals the first is read"),
  Form("of another width", behindPlaces(NodeBytes("Cast", ["p"], ["y"], .int("to", 6))), gives: [1, 4, 5]),
  Form("flat", behindPlaces(NodeBytes("Flatten", ["p"], ["y"])), gives: [20], by: ["arg-max", "reshape"]),
  Form(
    "as a number", behindPlaces(NodeBytes("Cast", ["p"], ["y"], .int("to", 1))),
    refused: "node Cast_0 (Cast): it computes with the places that ArgMax_0 finds"),
  Form(
    "a sum of places", behindPlaces(NodeBytes("Add", ["p", "p"], ["y"])),
    refused: "node Add_0 (Add): it computes with the places that ArgMax_0 finds"),
]

private func pad(_ pads: [Int], _ attributes: AttributeBytes..., opset: Int = 6) -> ModelBytes {
  var node = NodeBytes("Pad", ["x"], ["y"])
  node.attributes = [.ints(opset < 2 ? "paddings" : "pads", pads)] + attributes
  return model(node, opset: opset)
}

private func padInputs(
  _ pads: [Int], value: TensorBytes? = nil, axes: [Int]? = nil, mode: String = "constant"
)
  -> ModelBytes
{
  let inputs = ["x", "p", value == nil ? "" : "v", axes == nil ? "" : "a"]
  let weights = [
    TensorBytes("p", integers: pads), value, axes.map { TensorBytes("a", integers: $0) },
  ]
  return model(
    NodeBytes("Pad", inputs, ["y"], .text("mode", mode)), weights: weights.compactMap { $0 },
    opset: 18)
}

private let pads = [
  Form("attribute", pad([0, 0, 1, 2, 0, 1, 3, 4]), gives: [4, 12, 14], by: ["pad"]),
  Form("first form", pad([0, 0, 1, 2, 0, 1, 3, 4], opset: 1), gives: [4, 12, 14]),
  Form("inputs", padInputs([0, 0, 1, 2, 0, 1, 3, 4]), gives: [4, 12, 14]),
  Form("inputs and axes", padInputs([1, 2, 3, 4], axes: [2, -1]), gives: [3, 12, 14]),
  Form("no border", padInputs([0, 0], axes: [1]), gives: [3, 8, 8], by: ["reshape"]),
  Form("the batch", pad([1, 0, 0, 0, 0, 0, 0, 0]), refused: "it pads the batch axis"),
  Form(
    "cropping", pad([0, 0, -1, 0, 0, 0, 0, 0]),
    refused: "node Pad_0 (Pad): pads [0, 0, -1, 0, 0, 0, 0, 0] are negative"),
  Form(
    "wrap", pad([0, 0, 1, 0, 0, 0, 0, 0], .text("mode", "wrap")), refused: "mode wrap is not read"),
  Form(
    "reflection too wide", pad([0, 0, 8, 0, 0, 0, 0, 0], .text("mode", "reflect")),
    refused: "cannot be wider than [2, 7, 7]"),
  Form("too few", pad([1, 1]), refused: "are not two for each of 4 axes"),
  Form(
    "infinite", pad([0, 0, 1, 0, 0, 0, 0, 0], .float("value", -.infinity)),
    refused: "it pads with -inf"),
  Form("huge", pad([0, 0, 1 << 62, 1 << 62, 0, 0, 1 << 62, 1 << 62]), refused: "node Pad_0 (Pad)"),
]

@Suite struct ReductionsTests {
  @Test(arguments: means) func meanForms(form: Form) { form.check() }
  @Test(arguments: placeForms) func formsOfPlaces(form: Form) { form.check() }
  @Test(arguments: pads) func padForms(form: Form) { form.check() }

  @Test func aMeanOverRowsIsAWindowOfTheirHeight() throws {
    let window = Window(kernel: [4, 1])
    #expect(try mean([2]).loaded().operations == [.averagePool(window, countsPadding: false)])
  }

  @Test func bordersAndModesReachTheGraph() throws {
    let borders = ([0, 1, 2], [1, 3, 4])
    let modes: [(ModelBytes, Padding.Mode)] = [
      (pad([0, 0, 1, 2, 0, 1, 3, 4], .float("value", 2)), .constant(2)),
      (padInputs([0, 0, 1, 2, 0, 1, 3, 4], value: TensorBytes("v", [], [3])), .constant(3)),
      (pad([0, 0, 1, 2, 0, 1, 3, 4], .text("mode", "reflect")), .reflect),
      (padInputs([0, 0, 1, 2, 0, 1, 3, 4], mode: "edge"), .edge),
    ]
    for (bytes, mode) in modes {
      let padding = Padding(before: borders.0, after: borders.1, mode: mode)
      #expect(try bytes.loaded().operations == [.pad(padding)])
    }
  }
}
