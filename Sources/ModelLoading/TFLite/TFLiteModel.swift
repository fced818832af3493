// A .tflite file as values: what it says, checked, and nothing changed. Integers stay integers; whoever
// imports decides what becomes of them. Weights are not copied: `floats`, `integers` and `numbers` read
// them out of the file's bytes when asked.

/// A model as its file gives it.
package struct TFLiteModel: Sendable {
  /// The whole file.
  package let bytes: [UInt8]
  /// What the file calls itself; may be empty.
  package let description: String
  package let tensors: [TFLiteTensor]
  /// In running order: each reads inputs, constants and what was made before.
  package let operators: [TFLiteOperator]
  /// Places in `tensors`; of each only once.
  package let inputs: [Int]
  package let outputs: [Int]
  /// What variables hold before the first call: places of constants in `tensors`.
  package let beginnings: [TFLiteVariable: Int]

  /// Whether something computed is of 8-bit integers: then the integers are the model's meaning, and
  /// exact arithmetic is what answers as it does. A file with 8-bit weights alone is a float model, and so is one
  /// whose inputs alone are bytes, which become floats at once.
  package var isQuantized: Bool {
    let numeric = numericInputs
    let made = inputs.filter { !numeric.contains($0) } + operators.flatMap(\.outputs)
    return made.contains { tensors[$0].element == .int8 || tensors[$0].element == .uint8 }
  }

  /// Places of inputs of integers that CAST alone makes float32 of, or DEQUANTIZE alone: from there on they are
  /// the integers themselves, or the numbers that these stand for.
  package var numericInputs: Set<Int> {
    var readers: [Int: Set<TFLiteBuiltin?>] = [:]
    for output in outputs { readers[output] = [nil] }
    for call in operators {
      let makesFloats = [.cast, .dequantize].contains(call.builtin) && tensors[call.outputs[0]].element == .float32
      for case let input? in call.inputs { readers[input, default: []].insert(makesFloats ? call.builtin : nil) }
    }
    return Set(
      inputs.filter { input in
        guard let readers = readers[input], readers.count == 1, tensors[input].element.range != nil else { return false }
        return readers == [.cast] || readers == [.dequantize] && tensors[input].quantization != nil
      })
  }
}

/// A call of an operator.
package struct TFLiteOperator: Equatable, Sendable {
  /// Operator and number among those of its kind (`CONV_2D_3`).
  package let name: String
  package let builtin: TFLiteBuiltin
  package let operation: TFLiteOperation
  /// Places in the model's tensors; nil where an input is left out.
  package let inputs: [Int?]
  package let outputs: [Int]
}

// MARK: - Numbers of constants

extension TFLiteModel {
  /// A constant's bytes in the file.
  ///
  /// - Precondition: it is a constant.
  package func data(of tensor: TFLiteTensor) -> ArraySlice<UInt8> { bytes[tensor.data!] }

  /// A constant's integers as they are stored; nil where its elements are no integers.
  ///
  /// - Precondition: it is a constant.
  package func integers(of tensor: TFLiteTensor) -> [Int]? {
    switch tensor.element {
    case .int8: words(of: tensor, Int8.self) { Int($0) }
    case .uint8, .bool: words(of: tensor, UInt8.self) { Int($0) }
    case .int16: words(of: tensor, Int16.self) { Int($0) }
    case .int32: words(of: tensor, Int32.self) { Int($0) }
    case .int64: words(of: tensor, Int64.self) { Int($0) }
    case .float32, .float16, .string, .complex64, .float64, .complex128, .uint64, .resource, .variant,
      .uint32, .uint16, .int4, .bfloat16, .int2, .uint4:
      nil
    }
  }

  /// A constant's numbers: floats as they are, integers by their scale; nil where they are neither.
  ///
  /// - Precondition: it is a constant.
  package func numbers(of tensor: TFLiteTensor) -> [Float]? {
    switch tensor.element {
    case .float32: return words(of: tensor, UInt32.self) { Float(bitPattern: $0) }
    case .float16: return words(of: tensor, UInt16.self) { Float(half: $0) }
    default: break
    }
    guard let quantization = tensor.quantization, let integers = integers(of: tensor) else { return nil }
    let inner =
      quantization.axis.map { saturatingProduct(tensor.shape[($0 + 1)...]) } ?? max(integers.count, 1)
    return integers.enumerated().map { place, integer in
      let group = place / inner % quantization.scales.count
      return quantization.scales[group] * Float(integer - quantization.zeroPoints[group])
    }
  }

  private func words<T: FixedWidthInteger, R>(of tensor: TFLiteTensor, _: T.Type, _ number: (T) -> R) -> [R] {
    let (data, width) = (tensor.data!, T.bitWidth / 8)
    return bytes.withUnsafeBytes { raw in
      (0..<data.count / width).map {
        number(T(littleEndian: raw.loadUnaligned(fromByteOffset: data.lowerBound + $0 * width, as: T.self)))
      }
    }
  }
}
