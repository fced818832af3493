// TensorProto to Literal: every way in which ONNX stores numbers.
//
// The header (dims, data_type) says how many bytes there must be. That product is taken with
// overflow checks and compared with the bytes that are there before anything is allocated.

import Foundation

/// Numbers of ONNX's TensorProto.DataType that we can read.
enum ElementType: Int32, CaseIterable {
  case float32 = 1
  case uint8, int8, uint16, int16, int32, int64
  case bool = 9
  case float16 = 10
  case float64, uint32, uint64
  case bfloat16 = 16
  case uint4 = 21, int4

  /// Bytes an element takes in raw_data; of 4 bits two lie in one, the first below.
  var width: Int {
    switch self {
    case .uint8, .int8, .bool, .uint4, .int4: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Bytes that so many take in raw_data; nil where they are beyond any file.
  func bytes(of count: Int) -> Int? {
    if self == .uint4 || self == .int4 { return count / 2 + count % 2 }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
    return overflow ? nil : bytes
  }

  /// Whether it holds integers that networks compute with, not sizes alone.
  var isNarrow: Bool {
    switch self {
    case .uint8, .int8, .uint16, .int16, .uint4, .int4: true
    default: false
    }
  }

  var isFloat: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  /// ONNX's name of a type by number, for messages.
  static func name(_ number: Int32) -> String {
    let names = [
      "undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool",
      "float16", "double", "uint32", "uint64", "complex64", "complex128", "bfloat16", "FLOAT8E4M3FN",
      "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1", "FLOAT8E8M0",
      "UINT2", "INT2",
    ]
    return names.indices.contains(Int(number)) ? names[Int(number)] : "\(number), which ONNX does not have,"
  }
}

extension Literal {
  /// Tensors of the file have at most this many axes.
  static let maximumRank = 8
  /// Integer tensors hold axes and shapes, or are of 16 bits and less; larger ones are data that we have no use for.
  static let maximumSizes = 1 << 16

  /// The numbers of a tensor of the file.
  ///
  /// - Parameter folder: where external data may lie; nil refuses external data.
  init(_ proto: Onnx_TensorProto, name: String, folder: ModelFolder?) throws(TensorFault) {
    guard let type = ElementType(rawValue: proto.dataType) else {
      throw TensorFault("numbers of type \(ElementType.name(proto.dataType)) are not read")
    }
    let shape = try Literal.shape(proto.dims)
    let count = saturatingProduct(shape)
    guard type.isFloat || type.isNarrow || count <= Literal.maximumSizes else {
      throw TensorFault("\(count) integers are more than shapes and axes need")
    }
    let content: Content
    if proto.dataLocation == 1 {
      let bytes = try Literal.externalBytes(proto, type: type, count: count, folder: folder)
      content = try Literal.decoded(bytes, type: type, count: count)
    } else if !proto.rawData.isEmpty {
      content = try Literal.decoded(proto.rawData, type: type, count: count)
    } else {
      content = try Literal.typed(proto, type: type, count: count)
    }
    self.init(name: name, shape: shape, content: content)
  }

  static func shape(_ dims: [Int64]) throws(TensorFault) -> [Int] {
    guard dims.count <= maximumRank else {
      throw TensorFault("\(dims.count) axes are more than \(maximumRank)")
    }
    guard dims.allSatisfy({ $0 >= 0 && $0 <= 1 << 31 }) else {
      throw TensorFault("its shape \(dims) is not possible")
    }
    return dims.map(Int.init)
  }

  private static func externalBytes(
    _ proto: Onnx_TensorProto, type: ElementType, count: Int, folder: ModelFolder?
  ) throws(TensorFault) -> [UInt8] {
    let place = try ExternalPlace(proto.externalData)
    guard let folder else { throw TensorFault("external data needs the model's folder") }
    guard let needed = type.bytes(of: count), place.length == nil || place.length == needed else {
      throw TensorFault(
        "its shape asks for \(count) numbers of \(type.width) bytes, not \(place.length ?? 0) bytes"
      )
    }
    return try folder.bytes(location: place.location, offset: place.offset, length: needed)
  }

  private static func decoded(
    _ bytes: some ContiguousBytes & Collection, type: ElementType, count: Int
  )
    throws(TensorFault) -> Content
  {
    guard bytes.count == type.bytes(of: count) else {
      throw TensorFault(
        "it should be \(count) numbers of \(type.width) bytes, and \(bytes.count) bytes are there"
      )
    }
    return bytes.withUnsafeBytes { raw in
      if type.isFloat { return .floats(floats(raw, type: type, count: count)) }
      return type.isNarrow
        ? .integers(integers(raw, type: type, count: count)) : .sizes(sizes(raw, type: type, count: count))
    }
  }

  private static func floats(_ raw: UnsafeRawBufferPointer, type: ElementType, count: Int)
    -> [Float]
  {
    func word<T: FixedWidthInteger>(_ index: Int, _: T.Type) -> T {
      T(littleEndian: raw.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
    }
    return [Float](unsafeUninitializedCapacity: count) { values, filled in
      for i in 0..<count {
        switch type {
        case .float16: values[i] = Float(half: word(i, UInt16.self))
        case .bfloat16: values[i] = Float(bitPattern: UInt32(word(i, UInt16.self)) << 16)
        case .float64: values[i] = Float(Double(bitPattern: word(i, UInt64.self)))
        default: values[i] = Float(bitPattern: word(i, UInt32.self))
        }
      }
      filled = count
    }
  }

  private static func sizes(_ raw: UnsafeRawBufferPointer, type: ElementType, count: Int) -> [Size]
  {
    func word<T: FixedWidthInteger>(_ index: Int, _: T.Type) -> Size {
      .known(
        Int(
          clamping: T(
            littleEndian: raw.loadUnaligned(
              fromByteOffset: index * MemoryLayout<T>.size, as: T.self))))
    }
    return (0..<count).map { i in
      switch type {
      case .uint8, .bool: word(i, UInt8.self)
      case .int8: word(i, Int8.self)
      case .uint16: word(i, UInt16.self)
      case .int16: word(i, Int16.self)
      case .int32: word(i, Int32.self)
      case .uint32: word(i, UInt32.self)
      case .uint64: word(i, UInt64.self)
      default: word(i, Int64.self)
      }
    }
  }

  /// Of 16 bits and less.
  private static func integers(_ raw: UnsafeRawBufferPointer, type: ElementType, count: Int) -> [Int] {
    (0..<count).map { i in
      switch type {
      case .int8: Int(Int8(bitPattern: raw[i]))
      case .uint16: Int(UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))
      case .int16: Int(Int16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self)))
      case .uint4, .int4: nibble(raw[i / 2], i, type)
      default: Int(raw[i])
      }
    }
  }

  /// Four bits of a byte, the lower first.
  private static func nibble(_ byte: UInt8, _ place: Int, _ type: ElementType) -> Int {
    let bits = Int(place % 2 == 0 ? byte & 15 : byte >> 4)
    return type == .int4 && bits > 7 ? bits - 16 : bits
  }

  /// The typed fields: which one is in use depends on the element type (onnx.proto, TensorProto).
  private static func typed(_ proto: Onnx_TensorProto, type: ElementType, count: Int)
    throws(TensorFault) -> Content
  {
    func check(_ present: Int) throws(TensorFault) {
      guard present == count else {
        throw TensorFault("its shape asks for \(count) numbers and \(present) are there")
      }
    }
    switch type {
    case .float32:
      try check(proto.floatData.count)
      return .floats(proto.floatData)
    case .float64:
      try check(proto.doubleData.count)
      return .floats(proto.doubleData.map { Float($0) })
    case .float16, .bfloat16:
      try check(proto.int32Data.count)
      let words = proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }
      return .floats(
        type == .float16
          ? words.map { Float(half: $0) } : words.map { Float(bitPattern: UInt32($0) << 16) })
    case .int64:
      try check(proto.int64Data.count)
      return .sizes(proto.int64Data.map { .known(Int($0)) })
    case .uint32, .uint64:
      try check(proto.uint64Data.count)
      return .sizes(proto.uint64Data.map { .known(Int(clamping: $0)) })
    case .uint4, .int4:
      guard proto.int32Data.count == count / 2 + count % 2 else {
        throw TensorFault("its shape asks for \(count) numbers and \(2 * proto.int32Data.count) are there")
      }
      let bytes = proto.int32Data.map { UInt8(truncatingIfNeeded: $0) }
      return .integers((0..<count).map { nibble(bytes[$0 / 2], $0, type) })
    case .uint8, .int8, .uint16, .int16:
      try check(proto.int32Data.count)
      return .integers(proto.int32Data.map { Int($0) })
    default:
      try check(proto.int32Data.count)
      return .sizes(proto.int32Data.map { .known(Int($0)) })
    }
  }
}

/// Where in another file a tensor's bytes lie.
private struct ExternalPlace {
  let location: String
  let offset: Int
  let length: Int?

  init(_ entries: [Onnx_StringStringEntryProto]) throws(TensorFault) {
    func number(_ key: String) throws(TensorFault) -> Int? {
      guard let text = entries.first(where: { $0.key == key })?.value else { return nil }
      guard let value = Int(text), value >= 0 else {
        throw TensorFault("its external \(key) \(text) is not a number of bytes")
      }
      return value
    }
    guard let location = entries.first(where: { $0.key == "location" })?.value, !location.isEmpty
    else { throw TensorFault("its external data has no location") }
    self.location = location
    offset = try number("offset") ?? 0
    length = try number("length")
  }
}

extension Float {
  /// An IEEE 754 binary16, which is exact in binary32.
  init(half bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:  // Zero or subnormal: fraction * 2^-24.
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 31: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
