// A .tflite file under construction: tensors, operators and constants, by the schema's field numbers.

import ModelGraph

/// What is written of a tensor beside its shape.
struct TFLiteContent {
  var element: TFLiteElement
  var scales: [Float] = []
  var zeroPoints: [Int64] = []
  /// Of several scales.
  var axis = 0
  /// A constant's elements, least byte first.
  var data: [UInt8]?

  init(_ element: TFLiteElement, data: [UInt8]? = nil) { (self.element, self.data) = (element, data) }

  /// Of a value or a parameter.
  init(_ integers: IntegerEncoding?, axis: Int = 0, data: [UInt8]? = nil) {
    self.init(integers.map(\.element.inFile) ?? .float32, data: data)
    guard let integers, integers != .places else { return }
    (scales, zeroPoints) = (integers.scales, integers.zeroPoints.map(Int64.init))
    self.axis = axis
  }
}

extension IntegerEncoding.Element {
  var inFile: TFLiteElement {
    switch self {
    case .int8: .int8
    case .uint8: .uint8
    case .int32: .int32
    case .int16: .int16
    }
  }
}

/// An operator's options: the union's number and the table.
struct TFLiteOptionFields {
  var type: UInt8 = 0
  var fields: FlatFields = [:]
}

struct TFLiteFile {
  private var tensors: [FlatFields] = []
  private var codes: [(builtin: TFLiteBuiltin, version: Int)] = []
  private var operators: [FlatFields] = []
  /// The first is for tensors without data.
  private var buffers: [FlatFields] = [[:]]
  private(set) var dataBytes = 0
  private(set) var shapes: [[Int]] = []
  private var taken: Set<String> = []

  /// Adds a tensor; its name is made one that no other has.
  mutating func tensor(_ name: String, _ shape: [Int], _ content: TFLiteContent) -> Int {
    var (unique, number) = (name, 1)
    while !taken.insert(unique).inserted {
      unique = "\(name)_\(number)"
      number += 1
    }
    var fields: FlatFields = [
      0: .numbers(shape.map(Int32.init)), 1: .number(content.element.rawValue), 3: .string(unique),
    ]
    if let data = content.data {
      fields[2] = .number(UInt32(buffers.count))
      buffers.append([0: .vector(data, size: 1, alignment: 16)])
      dataBytes += data.count
    }
    if !content.scales.isEmpty {
      var quantization: FlatFields = [2: .numbers(content.scales), 3: .numbers(content.zeroPoints)]
      if content.scales.count > 1 { quantization[6] = .number(Int32(content.axis)) }
      fields[4] = .table(quantization)
    }
    tensors.append(fields)
    shapes.append(shape)
    return tensors.count - 1
  }

  /// A list of int32 that an operator reads.
  mutating func integers(_ values: [Int], _ name: String, shape: [Int]? = nil) -> Int {
    tensor(name, shape ?? [values.count], TFLiteContent(.int32, data: values.flatMap { Int32($0).littleEndianBytes }))
  }

  /// Adds a call of an operator; an input of nil is left out.
  mutating func add(
    _ builtin: TFLiteBuiltin, version: Int = 1, _ inputs: [Int?], _ outputs: [Int],
    _ options: TFLiteOptionFields = TFLiteOptionFields()
  ) {
    let known = codes.firstIndex { $0.builtin == builtin && $0.version == version }
    if known == nil { codes.append((builtin, version)) }
    var fields: FlatFields = [
      0: .number(UInt32(known ?? codes.count - 1)), 1: .numbers(inputs.map { Int32($0 ?? -1) }),
      2: .numbers(outputs.map(Int32.init)),
    ]
    if options.type != 0 {
      fields[3] = .number(options.type)
      fields[4] = .table(options.fields)
    }
    operators.append(fields)
  }

  /// The file.
  func bytes(inputs: [Int], outputs: [Int], description: String) -> [UInt8] {
    let main: FlatFields = [
      0: .tables(tensors), 1: .numbers(inputs.map(Int32.init)), 2: .numbers(outputs.map(Int32.init)),
      3: .tables(operators), 4: .string("main"),
    ]
    let codes = codes.map { code -> FlatFields in
      // Numbers once fitted in a byte, and readers of that time look there alone.
      [
        0: .number(Int8(min(code.builtin.rawValue, 127))), 2: .number(Int32(code.version)),
        3: .number(Int32(code.builtin.rawValue)),
      ]
    }
    return FlatBufferBuilder.bytes(
      root: [
        0: .number(TFLiteReader.version), 1: .tables(codes), 2: .tables([main]), 3: .string(description),
        4: .tables(buffers),
      ], identifier: "TFL3")
  }
}
