import ModelGraph
import ModelLoading
import Testing

private func byte(_ name: String, _ dims: [Int] = [], _ values: [Int], type: Int = 3) -> TensorBytes {
  TensorBytes(name, dims: dims, type: type) { $0.bytes(9, values.map { UInt8(truncatingIfNeeded: $0) }) }
}

private func scale(_ name: String, _ values: Float...) -> TensorBytes {
  TensorBytes(name, values.count == 1 ? [] : [values.count], values)
}

/// x, quantized by `s` and `z`, and back.
private func pair(_ weights: TensorBytes..., dequantized: String = "s", zero: String = "z") -> ModelBytes {
  model(
    NodeBytes("QuantizeLinear", ["x", "s", "z"], ["q"]), NodeBytes("DequantizeLinear", ["q", dequantized, zero], ["y"]),
    input: [nil, 4], weights: weights)
}

/// A dense layer of int8 between two roundings.
private func layer(
  _ weights: TensorBytes..., axis: Int = 0, type: TensorBytes = byte("w", [2, 4], [1, 2, -3, 4, 5, -128, 7, 127])
) -> ModelBytes {
  model(
    NodeBytes("QuantizeLinear", ["x", "s", "z"], ["q"]), NodeBytes("DequantizeLinear", ["q", "s", "z"], ["d"]),
    NodeBytes("DequantizeLinear", ["w", "ws", "wz"], ["v"], .int("axis", axis)),
    NodeBytes("Gemm", ["d", "v"], ["g"], .int("transB", 1)), NodeBytes("Relu", ["g"], ["r"]),
    NodeBytes("QuantizeLinear", ["r", "s", "z"], ["p"]), NodeBytes("DequantizeLinear", ["p", "s", "z"], ["y"]),
    input: [nil, 4], weights: [type] + weights)
}

private let small = scale("s", 0.05)
private let zero = byte("z", [], [3])

private let forms = [
  Form("a pair of bytes", pair(small, zero), gives: [4], by: ["requantize", "requantize"]),
  Form("two scales", pair(small, zero, scale("t", 0.1), dequantized: "t"), gives: [4]),
  Form("a layer", layer(small, zero, scale("ws", 0.01), byte("wz", [], [0])), gives: [2],
    by: ["requantize", "dense", "relu", "requantize"]),
  Form("a layer of a scale a row", layer(small, zero, scale("ws", 0.01, 0.02), byte("wz", [2], [0, 0])), gives: [2],
    by: ["requantize", "dense", "relu", "requantize"]),
  Form(
    "int4", layer(
      small, zero, scale("ws", 0.01), byte("wz", [], [0], type: 22),
      type: TensorBytes("w", dims: [2, 4], type: 22) { $0.bytes(9, [0x21, 0x8F, 0x70, 0x3C]) }), gives: [2],
    by: ["requantize", "dense", "relu", "requantize"]),
  Form("a scale of 0", pair(scale("s", 0), zero), refused: "QuantizeLinear_0 (QuantizeLinear)"),
  Form("a scale below 0", pair(scale("s", -1), zero), refused: "its scale -1.0 is no finite number above 0"),
  Form("NaN", pair(scale("s", .nan), zero), refused: "its scale nan is no finite number above 0"),
  Form("infinity", pair(scale("s", .infinity), zero), refused: "is no finite number above 0"),
  Form("more zero points than scales", pair(small, byte("z", [2], [1, 2])), refused: "1 scales and 2 zero points"),
  Form("scales that fit no axis", pair(scale("s", 1, 2, 3), byte("z", [3], [1, 2, 3])), refused: "3 scales are not one"),
  Form(
    "a zero point of 32 bits that is none of bytes",
    model(
      NodeBytes("QuantizeLinear", ["x", "s", "z"], ["y"]), input: [nil, 4],
      weights: [small, TensorBytes("z", dims: [], type: 7) { $0.bytes(9, littleEndian(Int64(5))) }]),
    refused: "quantizes to int64"),
  Form(
    "a layer's scales of another length", layer(small, zero, scale("ws", 1, 2, 3), byte("wz", [3], [0, 0, 0])),
    refused: "its 3 scales are not one for each position along axis 0"),
  Form(
    "weights cut off",
    layer(
      small, zero, scale("ws", 1), byte("wz", [], [0]), type: byte("w", [2, 4], [1, 2, 3])),
    refused: "3 bytes are there"),
  Form(
    "int4 cut off",
    layer(
      small, zero, scale("ws", 1), byte("wz", [], [0], type: 22), type: byte("w", [2, 4], [1, 2, 3], type: 22)),
    refused: "3 bytes are there"),
  Form(
    "a sum of integers",
    model(
      NodeBytes("QuantizeLinear", ["x", "s", "z"], ["q"]), NodeBytes("Add", ["q", "q"], ["y"]), input: [nil, 4],
      weights: [small, zero]),
    refused: "holds integers that stand for numbers"),
  Form(
    "floats that are dequantized",
    model(NodeBytes("DequantizeLinear", ["x", "s", "z"], ["y"]), input: [nil, 4], weights: [small, zero]),
    refused: "its input x holds floats"),
  Form(
    "a scale found in each sample, as a number",
    model(
      NodeBytes("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]), NodeBytes("Mul", ["x", "s"], ["y"]), input: [nil, 4]),
    refused: "a scale that DynamicQuantizeLinear_0 finds in each sample"),
  Form(
    "integers whose scale is found in each sample, as an output",
    model(NodeBytes("DynamicQuantizeLinear", ["x"], ["y", "s", "z"]), input: [nil, 4]),
    refused: "finds in each sample"),
  Form(
    "another zero point than the input's",
    model(
      NodeBytes("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
      NodeBytes("MatMulInteger", ["q", "w", "o"], ["i"]), NodeBytes("Cast", ["i"], ["y"], .int("to", 1)), input: [nil, 4],
      weights: [byte("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]), byte("o", [], [0], type: 2)]),
    refused: "its zero point is not that which its input was quantized by"),
]

/// QuantizeLinear, DequantizeLinear and what stands between them.
struct QuantizedTests {
  @Test(arguments: forms) func aForm(form: Form) { form.check() }

  @Test func aLayerKeepsItsIntegers() throws {
    let loaded = try layer(small, zero, scale("ws", 0.01, 0.02), byte("wz", [2], [0, 0])).loaded()
    let weights = try #require(loaded.parameter("w")?.integers)
    #expect(weights.integers == [1, 2, -3, 4, 5, -128, 7, 127] && weights.encoding.scales == [0.01, 0.02])
    #expect(loaded.graph.isOfIntegers && loaded.whyFloats == nil)
    #expect(loaded.graph.values[1].integers == IntegerEncoding(.int8, scales: [0.05], zeroPoints: [3], rounding: .once))
  }

  @Test func fourBitsLieTheLowerFirst() throws {
    let loaded = try layer(
      small, zero, scale("ws", 0.01), byte("wz", [], [0], type: 22),
      type: TensorBytes("w", dims: [2, 4], type: 22) { $0.bytes(9, [0x21, 0x8F, 0x70, 0x3C]) }).loaded()
    #expect(loaded.parameter("w")?.integers?.integers == [1, 2, -1, -8, 0, 7, -4, 3])
  }

  /// Foreign domains that no node is of are no matter.
  @Test func anUnusedDomainIsNoReason() throws {
    var bytes = pair(small, zero).encoded
    var message = Message()
    for domain in ["com.microsoft", "ai.onnx.ml", "org.pytorch.aten"] {
      message.message(8) { $0.text(1, domain); $0.number(2, 1) }
    }
    bytes += message.bytes
    #expect(try ONNXImporter.model(bytes: bytes).graph.isOfIntegers)
  }

  @Test func bytesOfUInt8AreInt8Within() throws {
    let loaded = try pair(small, byte("z", [], [130], type: 2)).loaded()
    #expect(loaded.graph.values[1].integers == IntegerEncoding(.int8, scales: [0.05], zeroPoints: [2], rounding: .once))
  }
}
