import ModelLoading
import TestSupport

/// Files that the tests of the .tflite reader begin with.
enum TFLiteSamples {
  /// int8: a convolution, a pool, a reshape and a dense layer with a softmax, with most kinds of bytes in it.
  static let int8 = TFLiteBytes(
    [
      TFLiteTensorBytes("x", [1, 4, 4, 1], type: 9).scaled([0.5], [-1]),
      TFLiteTensorBytes("w", [2, 3, 3, 1], type: 9).scaled(
        [0.25, 0.125], [0, 0], data: (0..<18).map { Int8($0 - 9) }),
      bias("b", [7, -70_000], [0.125, 0.0625]),
      TFLiteTensorBytes("c", [1, 4, 4, 2], type: 9).scaled([0.75], [-128]),
      TFLiteTensorBytes("p", [1, 2, 2, 2], type: 9).scaled([0.75], [-128]),
      TFLiteTensorBytes.ints("shape", [-1, 8]),
      TFLiteTensorBytes("f", [1, 8], type: 9).scaled([0.75], [-128]),
      TFLiteTensorBytes("v", [3, 8], type: 9).scaled([0.5], [0], data: (0..<24).map { Int8(5 * $0 - 60) }),
      TFLiteTensorBytes("z", [1, 3], type: 9).scaled([0.3], [4]),
      TFLiteTensorBytes("y", [1, 3], type: 9).scaled([1.0 / 256], [-128]),
    ],
    [
      TFLiteOperatorBytes(
        3, [0, 1, 2], [3], optionsType: 1, [0: .int8(0), 1: .int32(1), 2: .int32(1), 3: .int8(1)]),
      TFLiteOperatorBytes(
        17, [3], [4], optionsType: 5,
        [0: .int8(1), 1: .int32(2), 2: .int32(2), 3: .int32(2), 4: .int32(2)]),
      TFLiteOperatorBytes(22, [4, 5], [6]),
      TFLiteOperatorBytes(9, [6, 7, -1], [8], optionsType: 8),
      TFLiteOperatorBytes(25, [8], [9], optionsType: 9, [0: .float(1)]),
    ], outputs: [9])

  private static func bias(_ name: String, _ values: [Int], _ scales: [Float]) -> TFLiteTensorBytes {
    var tensor = TFLiteTensorBytes.ints(name, values)
    (tensor.scales, tensor.zeroPoints) = (scales, scales.map { _ in 0 })
    return tensor
  }

  /// The same with something changed.
  static func int8(_ change: (inout TFLiteBytes) -> Void) -> TFLiteBytes {
    var bytes = int8
    change(&bytes)
    return bytes
  }

  /// One operator of float32 from x to y.
  static func one(
    _ code: Int, x: [Int], y: [Int], _ constants: [TFLiteTensorBytes] = [], optionsType: UInt8 = 0,
    _ options: [Int: FlatValue] = [:], custom: String = ""
  ) -> TFLiteBytes {
    TFLiteBytes(
      [TFLiteTensorBytes("x", x), TFLiteTensorBytes("y", y)] + constants,
      [
        TFLiteOperatorBytes(
          code, [0] + constants.indices.map { $0 + 2 }, [1], optionsType: optionsType, options, custom: custom
        )
      ], outputs: [1])
  }
}

extension TFLiteBytes {
  func model() throws(ModelLoadingError) -> TFLiteModel { try TFLiteModel(bytes: encoded) }

  /// Why the file is not read; nil where it is.
  func refusal() -> ModelLoadingError? {
    do throws(ModelLoadingError) {
      _ = try model()
      return nil
    } catch {
      return error
    }
  }
}
