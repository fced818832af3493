import Foundation
import ModelLoading
import TestSupport
import Testing

/// The typed values of a .tflite file.
@Suite struct TFLiteReaderTests {
  @Test func valuesAreTheFiles() throws {
    let model = try TFLiteSamples.int8.model()
    #expect(model.description == "kinglet-tests" && model.isQuantized)
    #expect(model.inputs == [0] && model.outputs == [9])
    #expect(
      model.operators.map(\.name) == [
        "CONV_2D_0", "MAX_POOL_2D_0", "RESHAPE_0", "FULLY_CONNECTED_0", "SOFTMAX_0",
      ])
    #expect(model.operators[3].inputs == [6, 7, nil] && model.operators[3].outputs == [8])
    let x = model.tensors[0]
    #expect(x.name == "x" && x.shape == [1, 4, 4, 1] && x.element == .int8 && !x.isConstant)
    let meaning = try #require(x.quantization)
    #expect(meaning.scales == [0.5] && meaning.zeroPoints == [-1] && meaning.axis == nil)
  }

  @Test func optionsAreTyped() throws {
    let operations = try TFLiteSamples.int8.model().operators.map(\.operation)
    guard case .conv2D(let window) = operations[0], case .maxPool2D(let pool, let kernel) = operations[1]
    else {
      Issue.record("\(operations)")
      return
    }
    #expect(window.padding == .same && window.strides == [1, 1] && window.dilations == [1, 1])
    #expect(window.activation == .relu)
    #expect(
      pool.padding == .valid && pool.strides == [2, 2] && pool.activation == .none && kernel == [2, 2])
    #expect(operations[2...] == [.reshape(nil), .fullyConnected(.none, keepsAxes: false), .softmax(beta: 1)])
  }

  @Test func constantsAreReadInPlace() throws {
    let model = try TFLiteSamples.int8.model()
    #expect(model.integers(of: model.tensors[1]) == (0..<18).map { $0 - 9 })
    #expect(model.integers(of: model.tensors[2]) == [7, -70_000])
    #expect(model.integers(of: model.tensors[5]) == [-1, 8])
    #expect(model.tensors[1].quantization?.axis == 0)
    let numbers = try #require(model.numbers(of: model.tensors[1]))
    #expect(numbers[0] == -9 * 0.25 && numbers[17] == 8 * 0.125)
    #expect(model.data(of: model.tensors[1]).first == UInt8(bitPattern: -9))
  }

  @Test func numbersOfEveryElement() throws {
    func numbers(_ type: Int8, _ data: [UInt8], scale: Float? = nil, point: Int = 0) throws -> [Float]? {
      var tensor = TFLiteTensorBytes("c", [2], type: type)
      tensor.data = data
      if let scale { (tensor.scales, tensor.zeroPoints) = ([scale], [point]) }
      let file = TFLiteBytes(
        [TFLiteTensorBytes("x", [1, 2]), TFLiteTensorBytes("y", [1, 2]), tensor],
        [TFLiteOperatorBytes(19, [0], [1])], outputs: [1])
      let model = try file.model()
      return model.numbers(of: model.tensors[2])
    }
    #expect(try numbers(0, littleEndianBytes(Float(1.5).bitPattern) + [0, 0, 0, 0]) == [1.5, 0])
    #expect(try numbers(1, [0, 0x3C, 0, 0xC0]) == [1, -2])
    #expect(try numbers(9, [0xFF, 3], scale: 0.5, point: 1) == [-1, 1])
    #expect(try numbers(3, [0xFF, 3], scale: 0.5, point: 1) == [127, 1])
    #expect(try numbers(2, littleEndianBytes(Int32(-7)) + [0, 0, 0, 0], scale: 2) == [-14, 0])
    #expect(try numbers(2, [UInt8](repeating: 0, count: 8)) == nil)
  }

  @Test func aBiasMayCarryTheAxisOfItsWeights() throws {
    let file = TFLiteSamples.int8 { $0.tensors[2].axis = 3 }
    #expect(try file.model().tensors[2].quantization?.axis == 0)
  }

  @Test func aFreeBatchIsKnownByTheSignature() throws {
    let file = TFLiteSamples.int8 { $0.tensors[0].more[7] = .ints([-1, 4, 4, 1]) }
    #expect(try file.model().tensors[0].hasFreeBatch)
    #expect(try !TFLiteSamples.int8.model().tensors[0].hasFreeBatch)
  }

  @Test func eightBitWeightsAloneMakeAFloatModel() throws {
    let file = TFLiteSamples.one(
      9, x: [1, 2], y: [1, 2],
      [TFLiteTensorBytes("w", [2, 2], type: 9).scaled([0.5], [0], data: [1, 2, 3, 4])],
      optionsType: 8)
    #expect(try !file.model().isQuantized)
  }

  @Test func dataMayLieBehindTheTables() throws {
    let root = TFLiteSamples.int8.root
    let length = FlatBufferWriter.bytes(root: root, identifier: "TFL3").count
    guard case .tables(let buffers)? = root[4] else { return }
    buffers[1][0] = nil
    buffers[1][1] = .uint64(UInt64(length))
    buffers[1][2] = .uint64(18)
    var bytes = FlatBufferWriter.bytes(root: root, identifier: "TFL3")
    // The fields moved what is behind them.
    buffers[1][1] = .uint64(UInt64(bytes.count))
    bytes = FlatBufferWriter.bytes(root: root, identifier: "TFL3") + (0..<18)
    let model = try TFLiteModel(bytes: bytes)
    #expect(model.integers(of: model.tensors[1]) == Array(0..<18))
    #expect(throws: ModelLoadingError.self) { try TFLiteModel(bytes: bytes.dropLast()) }
  }

  @Test func paddingIsTensorFlows() {
    let same = TFLitePadding.same.places(size: 8, kernel: 4, stride: 1, dilation: 1)
    #expect(same == (1, 2, 8))
    #expect(TFLitePadding.same.places(size: 7, kernel: 3, stride: 2, dilation: 1) == (1, 1, 4))
    #expect(TFLitePadding.same.places(size: 8, kernel: 3, stride: 2, dilation: 1) == (0, 1, 4))
    #expect(TFLitePadding.same.places(size: 5, kernel: 3, stride: 1, dilation: 2) == (2, 2, 5))
    #expect(TFLitePadding.same.places(size: 4, kernel: 1, stride: 3, dilation: 1) == (0, 0, 2))
    #expect(TFLitePadding.valid.places(size: 8, kernel: 3, stride: 2, dilation: 1) == (0, 0, 3))
    #expect(TFLitePadding.valid.places(size: 4, kernel: 3, stride: 1, dilation: 2) == (0, 0, 0))
  }
}

/// Published files, unchanged.
@Suite(.enabled(if: !SharedFiles.zoo.isEmpty, Comment(rawValue: SharedFiles.absence)))
struct TFLiteZooTests {
  @Test(arguments: SharedFiles.zoo) func everyFileIsRead(name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: SharedFiles.zooFile(name))))
    let model = try TFLiteModel(bytes: bytes)
    let isFloat = ["float", "dynamic", "_f.tflite"].contains { name.contains($0) }
    #expect(model.isQuantized == !isFloat)
    #expect(!model.operators.isEmpty && !model.inputs.isEmpty)
    for tensor in model.tensors where tensor.isConstant && tensor.quantization != nil {
      #expect(model.numbers(of: tensor)?.count == tensor.count)
    }
  }

  @Test func knownFigures() throws {
    let path = SharedFiles.zooFile("mlperf-vww-int8.tflite")
    let model = try TFLiteModel(bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    #expect(model.operators.count == 31 && model.tensors[model.inputs[0]].shape == [1, 96, 96, 3])
    let weights = model.operators.filter {
      [.conv2D, .depthwiseConv2D, .fullyConnected].contains($0.builtin)
    }
    .map { model.tensors[$0.inputs[1]!] }
    let integers = weights.flatMap { model.integers(of: $0) ?? [] }
    #expect(integers.count == 208_112 && integers.filter { $0 != 0 }.count == 35_854)
  }
}
