// Files of int8 that keep state in variables of their own, of a few units each.

extension TFLiteBytes {
  /// UNIDIRECTIONAL_SEQUENCE_LSTM: tensor 0 is what it is given, 1...4 its matrices, 5...8 those of what it gave, 9...12 biases,
  /// 13 what it gave, 14 its cell, 15 what it gives.
  ///
  /// - Parameter frames: in one call.
  package static func lstm(frames: Int, limit: Float = 0) -> TFLiteBytes {
    let (columns, units) = (3, 2)
    var tensors = [TFLiteTensorBytes("x", [1, frames, columns], type: 9).scaled([0.05], [-20])]
    for (width, name) in [(columns, "w"), (units, "r")] {
      for gate in 0..<4 {
        let data = (0..<units * width).map { Int8(($0 * 37 + gate * 53 + width * 11) % 200 - 100) }
        tensors.append(
          TFLiteTensorBytes("\(name)\(gate)", [units, width], type: 9).scaled([0.01 + 0.002 * Float(gate)], [0], data: data))
      }
    }
    for gate in 0..<4 { tensors.append(.ints("b\(gate)", [300 * gate - 500, 40 - 100 * gate])) }
    tensors.append(TFLiteTensorBytes("h", [1, units], type: 9).scaled([1.0 / 100], [7]).lasting)
    tensors.append(TFLiteTensorBytes("c", [1, units], type: 7).scaled([1.0 / 4096], [0]).lasting)
    tensors.append(TFLiteTensorBytes("y", [1, frames, units], type: 9).scaled([1.0 / 100], [7]))
    let inputs = Array(0...8) + [-1, -1, -1] + Array(9...12) + [-1, -1, 13, 14, -1, -1, -1, -1]
    return TFLiteBytes(
      tensors, [TFLiteOperatorBytes(44, inputs, [15], optionsType: 71, [0: .int8(4), 1: .float(limit)])], outputs: [15])
  }

  /// SVDF: tensor 0 is what it is given, 1 and 2 its matrices, 3 biases, 4 its state, of so many bits, 5 what it gives.
  package static func svdf(bits: Int) -> TFLiteBytes {
    let (columns, filters, units, frames) = (3, 4, 2, 5)
    let state: Float = bits == 8 ? 0.05 : 0.001
    var time = TFLiteTensorBytes("t", [filters, frames], type: bits == 8 ? 9 : 7).scaled([0.0001 * Float(bits == 8 ? 100 : 1)], [0])
    time.data = (0..<filters * frames).flatMap { place -> [UInt8] in
      let number = (place * 61 % 200 - 100) * (bits == 8 ? 1 : 100)
      let bytes = [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      return Array(bytes.prefix(bits / 8))
    }
    let tensors = [
      TFLiteTensorBytes("x", [1, columns], type: 9).scaled([0.05], [-20]),
      TFLiteTensorBytes("w", [filters, columns], type: 9).scaled([0.002], [0], data: (0..<12).map { Int8($0 * 17 - 90) }),
      time, .ints("b", [500, -700]), TFLiteTensorBytes("s", [1, filters * frames], type: bits == 8 ? 9 : 7).scaled([state], [0]).lasting,
      TFLiteTensorBytes("y", [1, units], type: 9).scaled([0.3], [3]),
    ]
    return TFLiteBytes(
      tensors, [TFLiteOperatorBytes(27, [0, 1, 2, 3, 4], [5], optionsType: 6, [0: .int32(2)])], outputs: [5])
  }
}

extension TFLiteTensorBytes {
  /// The same, from call to call.
  fileprivate var lasting: TFLiteTensorBytes {
    var tensor = self
    tensor.more[5] = .byte(1)
    return tensor
  }
}
