// .tflite files of few tensors and operators, from the schema's own field numbers.

/// A tensor of a file under construction.
package struct TFLiteTensorBytes {
  package var name: String
  package var shape: [Int]
  /// The schema's number: 0 float32, 2 int32, 3 uint8, 4 int64, 7 int16, 9 int8.
  package var type: Int8
  /// A constant's bytes.
  package var data: [UInt8]?
  package var scales: [Float] = []
  package var zeroPoints: [Int] = []
  package var axis = 0
  /// Fields beside these.
  package var more: [Int: FlatValue] = [:]

  package init(_ name: String, _ shape: [Int], type: Int8 = 0) {
    (self.name, self.shape, self.type) = (name, shape, type)
  }

  /// A constant of float32.
  package static func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> TFLiteTensorBytes {
    var tensor = TFLiteTensorBytes(name, shape)
    tensor.data = values.flatMap { littleEndianBytes($0.bitPattern) }
    return tensor
  }

  /// A constant list of int32.
  package static func ints(_ name: String, _ values: [Int], shape: [Int]? = nil) -> TFLiteTensorBytes {
    var tensor = TFLiteTensorBytes(name, shape ?? [values.count], type: 2)
    tensor.data = values.flatMap { littleEndianBytes(Int32($0)) }
    return tensor
  }

  /// Integers of one scale, or constants of int8.
  package func scaled(_ scales: [Float], _ zeroPoints: [Int], axis: Int = 0, data: [Int8]? = nil)
    -> TFLiteTensorBytes
  {
    var tensor = self
    (tensor.scales, tensor.zeroPoints, tensor.axis) = (scales, zeroPoints, axis)
    if let data { tensor.data = data.map(UInt8.init(bitPattern:)) }
    return tensor
  }
}

/// A call of an operator.
package struct TFLiteOperatorBytes {
  package var code: Int
  package var inputs: [Int]
  package var outputs: [Int]
  /// The union's number; 0 for none.
  package var optionsType: UInt8
  package var options: [Int: FlatValue]
  /// A custom operator's name.
  package var custom: String

  package init(
    _ code: Int, _ inputs: [Int], _ outputs: [Int], optionsType: UInt8 = 0, _ options: [Int: FlatValue] = [:],
    custom: String = ""
  ) {
    (self.code, self.inputs, self.outputs) = (code, inputs, outputs)
    (self.optionsType, self.options, self.custom) = (optionsType, options, custom)
  }
}

/// A file under construction.
package struct TFLiteBytes {
  package var tensors: [TFLiteTensorBytes]
  package var operators: [TFLiteOperatorBytes]
  package var inputs: [Int]
  package var outputs: [Int]
  package var version = 3
  /// Operators of further subgraphs, which have the tensors of the first.
  package var bodies: [[TFLiteOperatorBytes]] = []

  package init(
    _ tensors: [TFLiteTensorBytes], _ operators: [TFLiteOperatorBytes], inputs: [Int] = [0], outputs: [Int]
  ) {
    (self.tensors, self.operators) = (tensors, operators)
    (self.inputs, self.outputs) = (inputs, outputs)
  }

  package var encoded: [UInt8] { FlatBufferWriter.bytes(root: root, identifier: "TFL3") }

  package var root: FlatTable {
    let all = operators + bodies.flatMap { $0 }
    var buffers = [FlatTable()]
    let numbers = tensors.map { tensor in
      if let data = tensor.data { buffers.append(FlatTable([0: .bytes(data)])) }
      return tensor.data == nil ? 0 : buffers.count - 1
    }
    // Of each subgraph its own, since offsets point forward.
    func tensorTables() -> [FlatTable] { zip(tensors, numbers).map { table(of: $0, buffer: $1) } }
    let main = FlatTable([
      0: .tables(tensorTables()), 1: .ints(inputs), 2: .ints(outputs),
      3: .tables(operators.enumerated().map { table(of: $1, code: $0) }), 4: .string("main"),
    ])
    var first = operators.count
    let others = bodies.map { body in
      defer { first += body.count }
      return FlatTable([
        0: .tables(tensorTables()), 3: .tables(body.enumerated().map { table(of: $1, code: first + $0) }),
      ])
    }
    return FlatTable([
      0: .int32(version), 1: .tables(all.map(code)), 2: .tables([main] + others), 3: .string("kinglet-tests"),
      4: .tables(buffers),
    ])
  }

  private func code(of call: TFLiteOperatorBytes) -> FlatTable {
    var fields: [Int: FlatValue] = [0: .int8(Int8(min(call.code, 127))), 3: .int32(call.code)]
    if !call.custom.isEmpty { fields[1] = .string(call.custom) }
    return FlatTable(fields)
  }

  private func table(of tensor: TFLiteTensorBytes, buffer: Int) -> FlatTable {
    var fields: [Int: FlatValue] = [
      0: .ints(tensor.shape), 1: .int8(tensor.type), 2: .int32(buffer), 3: .string(tensor.name),
    ]
    if !tensor.scales.isEmpty || !tensor.zeroPoints.isEmpty {
      fields[4] = .table(
        FlatTable([2: .floats(tensor.scales), 3: .longs(tensor.zeroPoints), 6: .int32(tensor.axis)]))
    }
    return FlatTable(fields.merging(tensor.more) { $1 })
  }

  private func table(of call: TFLiteOperatorBytes, code: Int) -> FlatTable {
    var fields: [Int: FlatValue] = [0: .int32(code), 1: .ints(call.inputs), 2: .ints(call.outputs)]
    if call.optionsType != 0 {
      fields[3] = .byte(call.optionsType)
      fields[4] = .table(FlatTable(call.options))
    }
    return FlatTable(fields)
  }
}
