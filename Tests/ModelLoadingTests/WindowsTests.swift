import ModelGraph
import ModelLoading
import Testing

private func convolution(
  _ attributes: AttributeBytes..., weight: [Int] = [4, 3, 3, 3], bias: Bool = false,
  input: [Int?] = [nil, 3, 8, 8]
) -> ModelBytes {
  var node = NodeBytes("Conv", ["x", "w"] + (bias ? ["b"] : []), ["y"])
  node.attributes = attributes
  let weights = [TensorBytes("w", counting: weight), TensorBytes("b", counting: [weight[0]])]
  return model(node, input: input, weights: weights)
}

private func pool(
  _ op: String, _ attributes: AttributeBytes..., input: [Int?] = [nil, 3, 8, 8], opset: Int = 17
) -> ModelBytes {
  var node = NodeBytes(op, ["x"], ["y"])
  node.attributes = attributes
  return model(node, input: input, opset: opset)
}

private let convolutions = [
  Form("plain", convolution(), gives: [4, 6, 6], by: ["convolution"]),
  Form("bias", convolution(bias: true), gives: [4, 6, 6]),
  Form("pads", convolution(.ints("pads", [1, 0, 2, 1])), gives: [4, 9, 7]),
  Form("strides", convolution(.ints("strides", [2, 3])), gives: [4, 3, 2]),
  Form("dilations", convolution(.ints("dilations", [2, 3])), gives: [4, 4, 2]),
  Form(
    "SAME_UPPER", convolution(.text("auto_pad", "SAME_UPPER"), .ints("strides", [2, 2])),
    gives: [4, 4, 4]),
  Form("SAME_LOWER", convolution(.text("auto_pad", "SAME_LOWER")), gives: [4, 8, 8]),
  Form(
    "VALID", convolution(.text("auto_pad", "VALID"), .ints("pads", [9, 9, 9])), gives: [4, 6, 6]),
  Form(
    "groups", convolution(.int("group", 3), weight: [6, 1, 3, 3]), gives: [6, 6, 6],
    by: ["convolution/3"]),
  Form(
    "one dimension", convolution(.ints("pads", [1, 1]), weight: [4, 3, 5], input: [nil, 3, 8]),
    gives: [4, 6], by: ["reshape", "convolution", "reshape"]),
  Form(
    "one dimension, SAME",
    convolution(.text("auto_pad", "SAME_UPPER"), weight: [4, 3, 5], input: [nil, 3, 8]),
    gives: [4, 8]),
  Form("fixed batch", convolution(input: [5, 3, 8, 8]), gives: [4, 6, 6]),
  Form(
    "three dimensions", convolution(weight: [4, 3, 3, 3, 3], input: [nil, 3, 8, 8, 8]),
    refused: "node Conv_0 (Conv): its input [batch, 3, 8, 8, 8] is not an image"),
  Form(
    "channels", convolution(weight: [4, 2, 3, 3]),
    refused: "in 1 groups do not fit 3 input channels"),
  Form(
    "groups that do not divide", convolution(.int("group", 2)), refused: "in 2 groups do not fit"),
  Form("no groups", convolution(.int("group", 0)), refused: "in 0 groups do not fit"),
  Form(
    "kernel_shape", convolution(.ints("kernel_shape", [5, 5])),
    refused: "do not have the kernel [5, 5]"),
  Form(
    "too small", convolution(input: [nil, 3, 2, 8]),
    refused: "a window of [3, 3] does not fit in 2 x 8"),
  Form(
    "negative pads", convolution(.ints("pads", [-1, 0, 0, 0])),
    refused: "pads [-1, 0, 0, 0] are negative"),
  Form(
    "half the pads", convolution(.ints("pads", [1, 1])),
    refused: "pads [1, 1] do not fit 2 axes of space"),
  Form(
    "stride of zero", convolution(.ints("strides", [0, 1])), refused: "strides [0, 1] does not"),
  Form("huge dilation", convolution(.ints("dilations", [1 << 40, 1])), refused: "dilations"),
  Form(
    "unknown auto_pad", convolution(.text("auto_pad", "SAME")),
    refused: "auto_pad SAME is not known"),
  Form(
    "unknown attribute", convolution(.int("activation", 1)),
    refused: "attribute activation is not one of this operator's"),
  Form(
    "attribute of another type", convolution(.float("group", 1)),
    refused: "attribute group is not an integer"),
]

private let pools = [
  Form(
    "max", pool("MaxPool", .ints("kernel_shape", [2, 2]), .ints("strides", [2, 2])),
    gives: [3, 4, 4], by: ["max-pool"]),
  Form(
    "storage order", pool("MaxPool", .ints("kernel_shape", [2, 2]), .int("storage_order", 1)),
    gives: [3, 7, 7]),
  Form(
    "rounding down", pool("MaxPool", .ints("kernel_shape", [3, 3]), .ints("strides", [2, 2])),
    gives: [3, 3, 3]),
  Form(
    "rounding up",
    pool(
      "MaxPool", .ints("kernel_shape", [3, 3]), .ints("strides", [2, 2]), .int("ceil_mode", 1)),
    gives: [3, 4, 4]),
  Form(
    "rounding up with auto_pad",
    pool(
      "MaxPool", .ints("kernel_shape", [3, 3]), .ints("strides", [2, 2]), .int("ceil_mode", 1),
      .text("auto_pad", "VALID")),
    gives: [3, 4, 4]),
  Form(
    "rounding up over a short image",
    pool(
      "MaxPool", .ints("kernel_shape", [3, 3]), .ints("strides", [2, 2]), .int("ceil_mode", 1),
      input: [nil, 1, 2, 2]),
    gives: [1, 1, 1]),
  Form(
    "rounding up over a short line, dilated",
    pool(
      "MaxPool", .ints("kernel_shape", [3]), .ints("strides", [2]), .ints("dilations", [2]),
      .int("ceil_mode", 1), input: [nil, 1, 4]),
    gives: [1, 1]),
  Form(
    "rounding up to nothing",
    pool(
      "MaxPool", .ints("kernel_shape", [3]), .ints("dilations", [2]), .int("ceil_mode", 1),
      input: [nil, 1, 4]),
    refused: "a window of [1, 3], dilated by [1, 2], does not fit in 1 x 4"),
  Form(
    "dilation", pool("MaxPool", .ints("kernel_shape", [3, 3]), .ints("dilations", [2, 1])),
    gives: [3, 4, 6]),
  Form(
    "average", pool("AveragePool", .ints("kernel_shape", [2, 4])), gives: [3, 7, 5],
    by: ["average-pool"]),
  Form(
    "one dimension", pool("AveragePool", .ints("kernel_shape", [2]), input: [nil, 3, 8]),
    gives: [3, 7], by: ["reshape", "average-pool", "reshape"]),
  Form("global", pool("GlobalAveragePool"), gives: [3, 1, 1], by: ["global-average-pool"]),
  Form(
    "global, one dimension", pool("GlobalAveragePool", input: [nil, 3, 8]), gives: [3, 1],
    by: ["global-average-pool"]),
  Form("no kernel", pool("MaxPool"), refused: "node MaxPool_0 (MaxPool): it has no kernel_shape"),
  Form("kernel of zero", pool("MaxPool", .ints("kernel_shape", [0, 2])), refused: "kernel"),
  Form(
    "a window in the padding",
    pool("MaxPool", .ints("kernel_shape", [2, 2]), .ints("pads", [2, 0, 0, 0])),
    refused: "a window sees nothing of the image"),
  Form(
    "a last window in the padding",
    pool("AveragePool", .ints("kernel_shape", [2, 2]), .ints("pads", [0, 0, 0, 3])),
    refused: "a window sees nothing of the image"),
]

@Suite struct WindowsTests {
  @Test(arguments: convolutions) func convolutionForms(form: Form) { form.check() }
  @Test(arguments: pools) func poolForms(form: Form) { form.check() }

  /// The window of the only convolution or pool of a model.
  private func window(_ model: ModelBytes) throws -> Window? {
    for operation in try model.loaded().operations {
      switch operation {
      case .convolution(let c): return c.window
      case .maxPool(let window), .averagePool(let window, _): return window
      default: continue
      }
    }
    return nil
  }

  @Test func attributesReachTheWindow() throws {
    let model = convolution(
      .ints("strides", [2, 3]), .ints("dilations", [1, 2]), .ints("pads", [1, 2, 3, 4]))
    #expect(
      try window(model)
        == Window(
          kernel: [3, 3], strides: [2, 3], dilations: [1, 2], padBefore: [1, 2], padAfter: [3, 4]))
  }

  @Test func anOddPadGoesAfterOrBefore() throws {
    // 8 wide, kernel 4, stride 1: 3 of padding.
    let upper = try window(convolution(.text("auto_pad", "SAME_UPPER"), weight: [4, 3, 4, 4]))
    let lower = try window(convolution(.text("auto_pad", "SAME_LOWER"), weight: [4, 3, 4, 4]))
    #expect(upper?.padBefore == [1, 1] && upper?.padAfter == [2, 2])
    #expect(lower?.padBefore == [2, 2] && lower?.padAfter == [1, 1])
  }

  @Test func aLiftedKernelKeepsItsNumbers() throws {
    let loaded = try convolution(
      .ints("pads", [2, 1]), .ints("strides", [2]), .ints("dilations", [3]), weight: [4, 3, 2],
      input: [nil, 3, 8]
    ).loaded()
    #expect(loaded.parameter("w")?.tensor.shape == [4, 3, 1, 2])
    #expect(loaded.parameter("w")?.tensor.values == (1...24).map { Float($0) })
    guard case .convolution(let c) = loaded.operations[1] else {
      Issue.record("no convolution")
      return
    }
    #expect(
      c.window
        == Window(
          kernel: [1, 2], strides: [1, 2], dilations: [1, 3], padBefore: [0, 2], padAfter: [0, 1]))
  }

  @Test func weightsAndBiasHaveTheirRoles() throws {
    let loaded = try convolution(bias: true).loaded()
    #expect(loaded.parameter("w")?.role == .weight)
    #expect(loaded.parameter("b")?.role == .bias)
    #expect(loaded.graph.parameterCount == 4 * 27 + 4)
  }

  @Test(arguments: [0, 1])
  func countsPaddingIsTheAttributes(flag: Int) throws {
    let model = pool("AveragePool", .ints("kernel_shape", [2, 2]), .int("count_include_pad", flag))
    guard case .averagePool(_, let counts) = try model.loaded().operations[0] else {
      Issue.record("no average pool")
      return
    }
    #expect(counts == (flag == 1))
  }

  @Test func aSecondOutputIsRefusedOnlyWhereItIsRead() throws {
    let pool = NodeBytes("MaxPool", ["x"], ["y", "indices"], .ints("kernel_shape", [2, 2]))
    var bytes = model(pool)
    #expect(try bytes.loaded().outputShape == [3, 7, 7])
    bytes.outputs.append(ValueBytes("indices", []))
    #expect(bytes.refusal()?.sentence.contains("output indices is needed") == true)
  }

  @Test func computedWeightsAreRefused() {
    let bytes = ModelBytes(
      inputs: [ValueBytes("x", [1, 3, 8, 8]), ValueBytes("w", [1, 3, 3, 3])],
      nodes: [NodeBytes("Conv", ["x", "w"], ["y"], name: "first")])
    #expect(
      bytes.refusal()
        == .unsupported(
          node: "first", operator: "Conv", reason: "its weight tensor is computed, not constant"))
  }
}
