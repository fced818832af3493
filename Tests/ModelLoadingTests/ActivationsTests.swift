import ModelGraph
import ModelLoading
import Tensors
import Testing

private func unary(
  _ op: String, _ attributes: AttributeBytes..., input: [Int?] = [nil, 3, 4, 5], opset: Int = 17
)
  -> ModelBytes
{
  var node = NodeBytes(op, ["x"], ["y"])
  node.attributes = attributes
  return model(node, input: input, opset: opset)
}

private func clip(_ low: TensorBytes?, _ high: TensorBytes?) -> ModelBytes {
  let inputs = ["x", low?.name ?? "", high?.name ?? ""]
  return model(NodeBytes("Clip", inputs, ["y"]), weights: [low, high].compactMap { $0 })
}

private let largest = Float.greatestFiniteMagnitude

struct ActivationForm: Sendable, CustomTestStringConvertible {
  let model: ModelBytes
  let activation: Activation
  let testDescription: String

  init(_ name: String, _ model: ModelBytes, _ activation: Activation) {
    (testDescription, self.model, self.activation) = (name, model, activation)
  }
}

private let activations = [
  ActivationForm("Relu", unary("Relu"), .relu),
  ActivationForm("Relu 1", unary("Relu", .ints("consumed_inputs", [0]), opset: 1), .relu),
  ActivationForm("LeakyRelu", unary("LeakyRelu"), .leakyRelu(alpha: 0.01)),
  ActivationForm(
    "LeakyRelu alpha", unary("LeakyRelu", .float("alpha", 0.5)), .leakyRelu(alpha: 0.5)),
  ActivationForm("Sigmoid", unary("Sigmoid"), .sigmoid),
  ActivationForm("Tanh", unary("Tanh"), .tanh),
  ActivationForm("HardSigmoid", unary("HardSigmoid"), .hardSigmoid(alpha: 0.2, beta: 0.5)),
  ActivationForm(
    "HardSigmoid of PyTorch", unary("HardSigmoid", .float("alpha", 1 / 6)),
    .hardSigmoid(alpha: 1 / 6, beta: 0.5)),
  ActivationForm("Elu", unary("Elu"), .elu(alpha: 1)),
  ActivationForm("Elu alpha", unary("Elu", .float("alpha", 0.5)), .elu(alpha: 0.5)),
  ActivationForm("HardSwish", unary("HardSwish"), .hardSwish),
  ActivationForm(
    "Clip, attributes", unary("Clip", .float("min", 0), .float("max", 6), opset: 6),
    .clip(low: 0, high: 6)),
  ActivationForm(
    "Clip, no attribute", unary("Clip", opset: 6), .clip(low: -largest, high: largest)),
  ActivationForm(
    "Clip, inputs", clip(TensorBytes("l", [], [-1]), TensorBytes("h", [], [6])),
    .clip(low: -1, high: 6)),
  ActivationForm(
    "Clip, low only", clip(TensorBytes("l", [], [0]), nil), .clip(low: 0, high: largest)),
  ActivationForm(
    "Clip, high only", clip(nil, TensorBytes("h", [1], [6])), .clip(low: -largest, high: 6)),
  ActivationForm(
    "Clip, infinite", clip(nil, TensorBytes("h", [], [.infinity])),
    .clip(low: -largest, high: largest)),
]

private func prelu(_ slope: [Int], input: [Int?] = [nil, 3, 4, 5], opset: Int = 17) -> ModelBytes {
  model(
    NodeBytes("PRelu", ["x", "s"], ["y"]), input: input,
    weights: [TensorBytes("s", counting: slope)], opset: opset)
}

private let forms = [
  Form(
    "Clip by integers", clip(TensorBytes("l", integers: [0]), nil),
    refused: "node Clip_0 (Clip): its lower bound is of integers"),
  Form(
    "Clip by a vector", clip(TensorBytes("l", counting: [2]), nil),
    refused: "its lower bound is not one number"),
  Form(
    "Clip by NaN", clip(TensorBytes("l", [], [.nan]), nil),
    refused: "its lower bound is not one number"),
  Form(
    "Clip by attributes too late", unary("Clip", .float("min", 0)),
    refused: "ended with operator set 11"),
  Form(
    "LeakyRelu by NaN", unary("LeakyRelu", .float("alpha", .nan)),
    refused: "attribute alpha is not a number"),
  Form(
    "LeakyRelu by infinity", unary("LeakyRelu", .float("alpha", .infinity)),
    refused: "attribute alpha is not finite"),
  Form("PRelu, one", prelu([1]), gives: [3, 4, 5], by: ["prelu"]),
  Form("PRelu, channels", prelu([3, 1, 1]), gives: [3, 4, 5]),
  Form("PRelu, channels under a batch axis", prelu([1, 3, 1, 1]), gives: [3, 4, 5]),
  Form("PRelu, legacy channels", prelu([3], opset: 6), gives: [3, 4, 5]),
  Form("PRelu, vector of later sets", prelu([3]), refused: "slopes [3] do not broadcast"),
  Form("PRelu, legacy vectors", prelu([3], input: [nil, 3], opset: 6), gives: [3]),
  Form(
    "PRelu, for each sample", prelu([2, 3, 4, 5], input: [2, 3, 4, 5]),
    refused: "are not the same for every sample"),
  Form("PRelu, no slopes", prelu([0]), refused: "does not fit [0]"),
  Form("Dropout", unary("Dropout"), gives: [3, 4, 5]),
  Form(
    "Dropout, is_test", unary("Dropout", .int("is_test", 1), .float("ratio", 0.5), opset: 6),
    gives: [3, 4, 5]),
  Form(
    "Dropout in training", unary("Dropout", .int("is_test", 0), opset: 6),
    refused: "it is in training mode"),
  Form("Cast to float16", unary("Cast", .int("to", 10)), gives: [3, 4, 5]),
  Form(
    "Cast to int64", unary("Cast", .int("to", 7)), refused: "a computed value cannot become int64"),
  Form("Softmax", unary("Softmax", input: [nil, 10]), gives: [10], by: ["softmax"]),
  Form(
    "Softmax over channels", unary("Softmax", .int("axis", 1)), gives: [3, 4, 5], by: ["softmax"]),
  Form(
    "Softmax, flattening", unary("Softmax", opset: 11), gives: [3, 4, 5],
    by: ["reshape", "softmax", "reshape"]),
  Form(
    "Softmax, flattening the rest", unary("Softmax", .int("axis", 2), opset: 11), gives: [3, 4, 5],
    by: ["reshape", "softmax", "reshape"]),
  Form(
    "Softmax, flattening ones", unary("Softmax", input: [nil, 3, 1, 1], opset: 11),
    gives: [3, 1, 1], by: ["softmax"]),
  Form(
    "Softmax over the batch", unary("Softmax", .int("axis", 0)),
    refused: "node Softmax_0 (Softmax): it runs over the batch axis"),
  Form(
    "Softmax, flattening the batch", unary("Softmax", .int("axis", 0), opset: 11),
    refused: "it runs over the batch axis"),
  Form(
    "Softmax out of range", unary("Softmax", .int("axis", 4)), refused: "axis 4 is not one of 4"),
]

@Suite struct ActivationsTests {
  @Test(arguments: activations)
  func elementwiseFunctions(form: ActivationForm) throws {
    #expect(try form.model.loaded().operations == [.activation(form.activation)])
  }

  @Test(arguments: forms) func otherForms(form: Form) { form.check() }

  @Test func softmaxMapsItsAxis() throws {
    #expect(try unary("Softmax", .int("axis", 1)).loaded().operations == [.softmax(axis: 0)])
    #expect(try unary("Softmax", .int("axis", -1)).loaded().operations == [.softmax(axis: 2)])
    #expect(try unary("Softmax").loaded().operations == [.softmax(axis: 2)])
    #expect(
      try unary("Softmax", .int("axis", 2), opset: 11).loaded().operations
        == [.reshape([3, 20]), .softmax(axis: 1), .reshape([3, 4, 5])])
  }

  @Test func dropoutThatSaysTrainingIsRefused() throws {
    let ratio = TensorBytes("r", [], [0.5])
    let flag = TensorBytes("t", dims: [], type: 9) { $0.bytes(9, [1]) }
    let training = model(NodeBytes("Dropout", ["x", "r", "t"], ["y"]), weights: [ratio, flag])
    #expect(training.refusal()?.sentence.contains("training mode") == true)
    let inference = model(NodeBytes("Dropout", ["x", "r", ""], ["y", "mask"]), weights: [ratio])
    #expect(try inference.loaded().outputShape == [3, 8, 8])
  }

  // MARK: Batch normalization

  private func normalization(
    _ attributes: AttributeBytes..., outputs: [String] = ["y"], opset: Int = 17,
    variance: [Float] = [4, 1]
  )
    -> ModelBytes
  {
    var node = NodeBytes("BatchNormalization", ["x", "g", "b", "m", "v"], outputs)
    node.attributes = attributes
    return model(
      node, input: [nil, 2, 5, 5],
      weights: [
        TensorBytes("g", [2], [1, 2]), TensorBytes("b", [2], [10, 20]),
        TensorBytes("m", [2], [2, 3]),
        TensorBytes("v", [2], variance),
      ], opset: opset)
  }

  @Test func statisticsAreFolded() throws {
    let loaded = try normalization(.float("epsilon", 0)).loaded()
    #expect(loaded.operationNames == ["affine"])
    #expect(loaded.parameter("g")?.tensor.values == [0.5, 2])
    #expect(loaded.parameter("b")?.tensor.values == [9, 14])
    #expect(loaded.parameter("g")?.role == .scale)
    #expect(loaded.parameter("b")?.role == .shift)
    #expect(loaded.graph.parameterCount == 4)
  }

  @Test func theStandardEpsilonIsUsed() throws {
    let scale = try normalization(variance: [1 - 1e-5, 1 - 1e-5]).loaded().parameter("g")?.tensor
    #expect(abs((scale?.values[0] ?? 0) - 1) < 1e-6)
  }

  @Test func legacyFormsLoad() throws {
    let first = normalization(
      .int("is_test", 1), .int("spatial", 1), .ints("consumed_inputs", [0, 0, 0, 1, 1]), opset: 1)
    #expect(try first.loaded().outputShape == [2, 5, 5])
    #expect(try normalization(.int("is_test", 1), opset: 6).loaded().outputShape == [2, 5, 5])
    #expect(try normalization(.int("spatial", 1), opset: 7).loaded().outputShape == [2, 5, 5])
  }

  @Test func trainingFormsAreRefused() {
    for bytes in [
      normalization(.int("is_test", 0), opset: 6), normalization(.int("training_mode", 1)),
      normalization(outputs: ["y", "mean"], opset: 9),
    ] {
      #expect(bytes.refusal()?.sentence.contains("training mode") == true)
    }
    #expect(
      normalization(.int("spatial", 0), opset: 7).refusal()?.sentence.contains("spatial") == true)
  }

  @Test func aNegativeVarianceIsRefused() {
    let refusal = normalization(variance: [-1, 1]).refusal()
    #expect(refusal?.sentence.contains("sum to no number above 0") == true)
  }

  @Test func statisticsOfAnotherLengthAreRefused() {
    let refusal = model(
      NodeBytes("BatchNormalization", ["x", "g", "g", "g", "g"], ["y"]), input: [nil, 3, 5],
      weights: [TensorBytes("g", counting: [2])]
    ).refusal()
    #expect(refusal?.sentence.contains("not one number for each of 3 channels") == true)
  }
}
