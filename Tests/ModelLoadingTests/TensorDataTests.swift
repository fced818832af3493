import Foundation
import ModelGraph
import ModelLoading
import Tensors
import TestSupport
import Testing

/// One way to store [1, -2.5, 0.15625] (exact in every float type), or integers.
struct Storage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let tensor: TensorBytes

  init(_ name: String, type: Int, dims: [Int] = [3], _ build: (inout Message) -> Void) {
    testDescription = name
    tensor = TensorBytes("w", dims: dims, type: type, build: build)
  }
}

private let numbers: [Float] = [1, -2.5, 0.15625]
private let halves: [UInt16] = [0x3C00, 0xC100, 0x3100]
private let bfloats: [UInt16] = [0x3F80, 0xC020, 0x3E20]

/// A packed field of varints.
private func packed(_ values: [Int]) -> [UInt8] {
  var message = Message()
  for value in values { message.varint(UInt64(bitPattern: Int64(value))) }
  return message.bytes
}

private let storages = [
  Storage("float, raw", type: 1) { $0.bytes(9, numbers.flatMap { littleEndian($0.bitPattern) }) },
  Storage("float, packed", type: 1) {
    $0.bytes(4, numbers.flatMap { littleEndian($0.bitPattern) })
  },
  Storage("float, one by one", type: 1) { for value in numbers { $0.float(4, value) } },
  Storage("float16, raw", type: 10) { $0.bytes(9, halves.flatMap { littleEndian($0) }) },
  Storage("float16, int32_data", type: 10) { $0.bytes(5, packed(halves.map(Int.init))) },
  Storage("bfloat16, raw", type: 16) { $0.bytes(9, bfloats.flatMap { littleEndian($0) }) },
  Storage("bfloat16, int32_data", type: 16) { $0.bytes(5, packed(bfloats.map(Int.init))) },
  Storage("double, raw", type: 11) {
    $0.bytes(9, numbers.flatMap { littleEndian(Double($0).bitPattern) })
  },
  Storage("double, double_data", type: 11) {
    $0.bytes(10, numbers.flatMap { littleEndian(Double($0).bitPattern) })
  },
]

private let integerStorages = [
  Storage("int64, raw", type: 7) { $0.bytes(9, [-1, 3, 4].flatMap { littleEndian(Int64($0)) }) },
  Storage("int64, int64_data", type: 7) { $0.bytes(7, packed([-1, 3, 4])) },
  Storage("int64, one by one", type: 7) { for value in [-1, 3, 4] { $0.number(7, value) } },
  Storage("int32, raw", type: 6) { $0.bytes(9, [-1, 3, 4].flatMap { littleEndian(Int32($0)) }) },
  Storage("int32, int32_data", type: 6) { $0.bytes(5, packed([-1, 3, 4])) },
  Storage("int16, raw", type: 5) { $0.bytes(9, [-1, 3, 4].flatMap { littleEndian(Int16($0)) }) },
  Storage("int8, raw", type: 3) { $0.bytes(9, [0xFF, 3, 4]) },
]

private let faults: [(String, TensorBytes, String)] = [
  (
    "too few bytes", TensorBytes("w", dims: [3], type: 1) { $0.bytes(9, [0, 0, 0, 0]) },
    "it should be 3 numbers of 4 bytes, and 4 bytes are there"
  ),
  (
    "too many numbers",
    TensorBytes("w", dims: [1], type: 1) { for v in numbers { $0.float(4, v) } },
    "asks for 1 numbers and 3 are there"
  ),
  (
    "no numbers", TensorBytes("w", dims: [3], type: 1) { _ in },
    "asks for 3 numbers and 0 are there"
  ),
  (
    "the wrong field", TensorBytes("w", dims: [3], type: 1) { $0.bytes(7, packed([1, 2, 3])) },
    "asks for 3 numbers and 0 are there"
  ),
  (
    "a huge shape",
    TensorBytes("w", dims: [1 << 31, 1 << 31, 1 << 31], type: 1) { $0.bytes(9, [0]) }, "too many"
  ),
  (
    "an impossible axis", TensorBytes("w", dims: [1 << 62, 4], type: 1) { $0.bytes(9, [0]) },
    "is not possible"
  ),
  (
    "a negative axis", TensorBytes("w", dims: [-3], type: 1) { $0.bytes(9, [0]) },
    "its shape [-3] is not possible"
  ),
  (
    "nine axes",
    TensorBytes("w", dims: [1, 1, 1, 1, 1, 1, 1, 1, 1], type: 1) { $0.bytes(9, [0, 0, 0, 0]) },
    "9 axes are more than 8"
  ),
  (
    "text", TensorBytes("w", dims: [1], type: 8) { $0.text(6, "a") },
    "numbers of type string are not read"
  ),
  (
    "complex", TensorBytes("w", dims: [1], type: 14) { $0.bytes(9, [0, 0, 0, 0, 0, 0, 0, 0]) },
    "numbers of type complex64 are not read"
  ),
  (
    "a type of the future", TensorBytes("w", dims: [1], type: 99) { $0.bytes(9, [0]) },
    "numbers of type 99, which ONNX does not have, are not read"
  ),
  ("NaN", TensorBytes("w", [3], [1, .nan, 2]), "it holds a number that is not finite"),
  ("infinity", TensorBytes("w", [3], [1, .infinity, 2]), "it holds a number that is not finite"),
  (
    "a double beyond float32",
    TensorBytes("w", dims: [1], type: 11) { $0.bytes(9, littleEndian(1e300.bitPattern)) },
    "it holds a number that is not finite"
  ),
]

@Suite struct TensorDataTests {
  /// Adds `w` to the last axis of `x`.
  private func sum(_ tensor: TensorBytes) -> ModelBytes {
    model(NodeBytes("Add", ["x", "w"], ["y"]), input: [nil, 2, 3], weights: [tensor])
  }

  @Test(arguments: storages) func floatsAreReadFromEveryField(storage: Storage) throws {
    #expect(try sum(storage.tensor).loaded().parameter("w")?.tensor.values == numbers)
  }

  @Test(arguments: integerStorages) func integersAreReadFromEveryField(storage: Storage) throws {
    let loaded = try model(
      NodeBytes("Reshape", ["x", "w"], ["y"]), input: [nil, 12], weights: [storage.tensor]
    ).loaded()
    #expect(loaded.outputShape == [3, 4])
  }

  @Test(arguments: faults) func faultsAreNamed(name: String, tensor: TensorBytes, text: String)
    throws
  {
    let refusal = try #require(sum(tensor).refusal())
    #expect(refusal.sentence.contains(text), "\(refusal.sentence)")
    #expect(refusal.sentence.contains("node Add_0 (Add)"))
  }

  @Test func everyHalfIsItsFloat() throws {
    let all = (0..<0x1_0000).map { UInt16($0) }.filter { $0 & 0x7C00 != 0x7C00 }
    let tensor = TensorBytes("w", dims: [all.count], type: 10) {
      $0.bytes(9, all.flatMap { littleEndian($0) })
    }
    let loaded = try model(
      NodeBytes("Add", ["x", "w"], ["y"]), input: [nil, all.count], weights: [tensor]
    ).loaded()
    // Sign, power of two and fraction, by definition: a subnormal half has no leading one.
    let expected = all.map { bits -> Float in
      let (exponent, fraction) = (Int(bits >> 10) & 31, Double(bits & 0x3FF) / 1024)
      let magnitude =
        exponent == 0 ? fraction * pow(2, -14) : (1 + fraction) * pow(2, Double(exponent - 15))
      return Float(bits & 0x8000 == 0 ? magnitude : -magnitude)
    }
    #expect(loaded.parameter("w")?.tensor.values == expected)
  }

  @Test func attributeTensorsAreNamedByTheirNode() {
    let bad = TensorBytes("", dims: [3], type: 1) { _ in }
    let refusal = model(
      NodeBytes("Constant", [], ["c"], .tensor("value", bad)), NodeBytes("Add", ["x", "c"], ["y"])
    ).refusal()
    #expect(
      refusal
        == .tensor(
          name: "c", node: "Constant_0", operator: "Constant",
          reason: "its shape asks for 3 numbers and 0 are there"))
  }

  @Test func tensorFilesKeepNameAndShape() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(TensorBytes("scores", [2, 1], [3, 4]).encoded.bytes, to: "t.pb")
    let named = try ONNXImporter.readTensorProto(path: path)
    #expect(named.name == "scores")
    #expect(named.tensor == Tensor(shape: [2, 1], values: [3, 4]))
    let whole = try folder.write(TensorBytes("axes", integers: [2, -1]).encoded.bytes, to: "i.pb")
    #expect(try ONNXImporter.readTensorProto(path: whole).tensor.values == [2, -1])
  }

  @Test func aBadTensorFileIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(TensorBytes("t", dims: [3], type: 1) { _ in }.encoded.bytes, to: "t.pb")
    #expect(
      throws: ModelLoadingError.file(
        path: path, reason: "its shape asks for 3 numbers and 0 are there")
    ) {
      try ONNXImporter.readTensorProto(path: path)
    }
  }
}
