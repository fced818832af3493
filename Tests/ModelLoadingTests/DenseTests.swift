import ModelGraph
import ModelLoading
import Tensors
import Testing

private let matrix23 = TensorBytes("w", counting: [2, 3])
private let matrix32 = TensorBytes("w", counting: [3, 2])

private func gemm(
  _ attributes: AttributeBytes..., input: [Int?] = [nil, 3], weight: TensorBytes = matrix32,
  c: TensorBytes? = nil, opset: Int = 17
) -> ModelBytes {
  var node = NodeBytes("Gemm", ["x", "w"] + (c == nil ? [] : ["c"]), ["y"])
  node.attributes = attributes
  return model(node, input: input, weights: [weight] + (c.map { [$0] } ?? []), opset: opset)
}

private func matMul(_ inputs: [String] = ["x", "w"], input: [Int?], weight: [Int]) -> ModelBytes {
  model(
    NodeBytes("MatMul", inputs, ["y"]), input: input, weights: [TensorBytes("w", counting: weight)])
}

private func c(_ dims: [Int]) -> TensorBytes { TensorBytes("c", counting: dims) }

private let products = [
  Form("Gemm", gemm(), gives: [2], by: ["dense"]),
  Form("Gemm, transB", gemm(.int("transB", 1), weight: matrix23), gives: [2], by: ["dense"]),
  Form("Gemm, C a vector", gemm(c: c([2])), gives: [2], by: ["dense"]),
  Form("Gemm, C a row", gemm(c: c([1, 2])), gives: [2], by: ["dense"]),
  Form("Gemm, C a number", gemm(c: c([])), gives: [2], by: ["dense"]),
  Form(
    "Gemm, legacy broadcast", gemm(.int("broadcast", 1), c: c([2]), opset: 6), gives: [2],
    by: ["dense"]),
  Form(
    "Gemm, C too long", gemm(c: c([3])), refused: "(Gemm): C of shape [3] does not fit"),
  Form(
    "Gemm, C for each sample", gemm(input: [4, 3], c: c([4, 2])),
    refused: "samples of a batch would mix"),
  Form(
    "Gemm, transA over the batch", gemm(.int("transA", 1), input: [3, 3]),
    refused: "it sums over the batch axis"),
  Form(
    "Gemm, wrong weights", gemm(weight: matrix23),
    refused: "weights [2, 3] do not fit the input [batch, 3]"),
  Form("Gemm, three axes", gemm(input: [nil, 4, 3]), refused: "its factors are not matrices"),
  Form(
    "Gemm, transA after a transpose",
    model(
      NodeBytes("Transpose", ["x"], ["t"]),
      NodeBytes("Gemm", ["t", "w"], ["y"], .int("transA", 1)),
      input: [nil, 3], weights: [matrix32]), gives: [2], by: ["dense"]),
  Form(
    "Gemm, constant on the left, batch on the right",
    model(
      NodeBytes("Gemm", ["w", "x", "c"], ["t"], .int("transB", 1)),
      NodeBytes("Transpose", ["t"], ["y"]), input: [nil, 3],
      weights: [matrix23, TensorBytes("c", counting: [2, 1])]), gives: [2], by: ["dense"]),
  Form("MatMul", matMul(input: [nil, 3], weight: [3, 2]), gives: [2], by: ["dense"]),
  Form(
    "MatMul over the last of three axes", matMul(input: [nil, 5, 3], weight: [3, 2]),
    gives: [5, 2], by: ["dense"]),
  Form(
    "MatMul with a stack of one", matMul(input: [nil, 5, 3], weight: [1, 3, 2]), gives: [5, 2],
    by: ["dense"]),
  Form(
    "MatMul with a vector", matMul(input: [nil, 5, 3], weight: [3]), gives: [5],
    by: ["dense", "reshape"]),
  Form(
    "MatMul, constant on the left", matMul(["w", "x"], input: [nil, 3, 5], weight: [2, 3]),
    gives: [2, 5],
    by: ["transpose", "dense", "transpose"]),
  Form(
    "MatMul, vector on the left", matMul(["w", "x"], input: [nil, 3, 5], weight: [3]), gives: [5],
    by: ["transpose", "dense", "reshape"]),
  Form(
    "MatMul over the batch", matMul(["w", "x"], input: [3, 5], weight: [2, 3]),
    refused: "it sums over the batch axis"),
  Form(
    "MatMul with a stack", matMul(input: [nil, 5, 3], weight: [5, 3, 2]),
    refused: "its constant of shape [5, 3, 2] is not the same for every sample"),
  Form(
    "MatMul of inputs",
    ModelBytes(
      inputs: [ValueBytes("x", [nil, 2, 3]), ValueBytes("w", [nil, 3, 2])],
      nodes: [NodeBytes("MatMul", ["x", "w"], ["y"])]), gives: [2, 2], by: ["matrix-product"]),
]

@Suite struct DenseTests {
  @Test(arguments: products) func productForms(form: Form) { form.check() }

  @Test func weightsAreOutputsByInputs() throws {
    let plain = try gemm().loaded()
    let turned = try gemm(.int("transB", 1), weight: matrix23).loaded()
    #expect(plain.parameter("w")?.tensor == Tensor(shape: [2, 3], values: [1, 3, 5, 2, 4, 6]))
    #expect(turned.parameter("w")?.tensor == Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]))
  }

  @Test func factorsAreMultipliedIn() throws {
    let loaded = try gemm(.float("alpha", 0.5), .float("beta", 2), c: c([2])).loaded()
    #expect(loaded.parameter("w")?.tensor.values == [0.5, 1.5, 2.5, 1, 2, 3])
    #expect(loaded.parameter("c")?.tensor.values == [2, 4])
    #expect(loaded.parameter("c")?.role == .bias)
  }

  @Test func aZeroBetaDropsC() throws {
    let loaded = try gemm(.float("beta", 0), c: c([2])).loaded()
    #expect(loaded.graph.layers[0].bias == nil)
    #expect(loaded.parameter("c") == nil)
  }

  @Test func oneNumberIsABiasOfEveryOutput() throws {
    let loaded = try gemm(c: TensorBytes("c", [], [7])).loaded()
    #expect(loaded.parameter("c")?.tensor == Tensor(shape: [2], values: [7, 7]))
  }

  /// MatMul then Add of a vector, with more nodes.
  private func sum(
    _ more: NodeBytes..., vector: TensorBytes = TensorBytes("b", counting: [2]),
    swapped: Bool = false
  )
    -> ModelBytes
  {
    var bytes = model(
      NodeBytes("MatMul", ["x", "w"], ["t"]),
      NodeBytes("Add", swapped ? ["b", "t"] : ["t", "b"], ["y"]),
      input: [nil, 3], weights: [matrix32, vector])
    bytes.nodes += more
    return bytes
  }

  @Test(arguments: [false, true])
  func anAddedVectorBecomesTheBias(swapped: Bool) throws {
    let loaded = try sum(swapped: swapped).loaded()
    #expect(loaded.operationNames == ["dense"])
    #expect(loaded.graph.layers[0].bias != nil)
    #expect(loaded.parameter("b")?.role == .bias)
    #expect(loaded.outputNames == ["y"])
    #expect(loaded.graph.nodes[0].name == "MatMul_0")
    #expect(loaded.graph.parameterCount == 8)
  }

  @Test func aProductThatOthersReadKeepsItsSum() throws {
    var bytes = sum(NodeBytes("Relu", ["t"], ["z"]))
    bytes.outputs.append(ValueBytes("z", []))
    #expect(try bytes.loaded().operationNames == ["dense", "constant", "add", "relu"])
    // The same, with the other reader behind an alias.
    bytes.nodes[2] = NodeBytes("Relu", ["u"], ["z"])
    bytes.nodes.insert(NodeBytes("Identity", ["t"], ["u"]), at: 0)
    #expect(try bytes.loaded().operationNames.contains("add"))
  }

  @Test func aScalarStaysASum() throws {
    let loaded = try sum(vector: TensorBytes("b", [1], [5])).loaded()
    #expect(loaded.operationNames == ["dense", "constant", "add"])
    #expect(loaded.parameter("b")?.role == .constant)
    #expect(loaded.graph.parameterCount == 6)
  }

  @Test func aChannelVectorBecomesTheBiasOfAConvolution() throws {
    let loaded = try model(
      NodeBytes("Conv", ["x", "w"], ["t"]), NodeBytes("Add", ["t", "b"], ["y"]),
      weights: [
        TensorBytes("w", counting: [4, 3, 3, 3]), TensorBytes("b", counting: [1, 4, 1, 1]),
      ]
    ).loaded()
    #expect(loaded.operationNames == ["convolution"])
    #expect(loaded.parameter("b")?.tensor.shape == [4])
  }

  @Test func oneConstantThatTwoNodesMultiplyByIsOneLayer() throws {
    let loaded = try model(
      NodeBytes("MatMul", ["x", "w"], ["t"]), NodeBytes("MatMul", ["t", "w"], ["y"]),
      input: [nil, 3], weights: [TensorBytes("w", counting: [3, 3])]
    ).loaded()
    #expect(loaded.graph.layers.map(\.uses) == [[0, 1]])
    #expect(loaded.graph.parameterCount == 9)
  }
}
