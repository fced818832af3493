// A walk over the bytes of a protobuf message before anything is built from them.
//
// Two bytes of a file can ask for a message of some hundred bytes in memory, so a small file could
// ask for many gigabytes. This walk follows lengths only, through exactly those messages that
// onnx-subset.proto declares, and counts what decoding would build. It also finds where a file is
// cut or damaged, which the decoder does not tell.
//
// Source: protobuf.dev, "Encoding": a field is a varint tag (number * 8 + wire type) and a payload
// by wire type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. Groups (3 and 4) nest
// without a length and ONNX has none: they are refused.

/// The messages of onnx-subset.proto, by what they hold.
enum WireMessage {
  case model, graph, function, node, attribute, tensor, valueInfo, type, tensorType, shape, sparseTensor
  /// A message that holds no other.
  case leaf

  /// What field `number` holds; nil for numbers, strings and fields we do not read.
  func child(_ number: UInt64) -> WireMessage? {
    switch (self, number) {
    case (.model, 7): .graph
    case (.model, 8): .leaf
    case (.model, 25): .function
    case (.graph, 1), (.function, 7): .node
    case (.graph, 5): .tensor
    case (.graph, 11), (.graph, 12): .valueInfo
    case (.graph, 15): .sparseTensor
    case (.node, 5): .attribute
    case (.attribute, 5), (.sparseTensor, 1): .tensor
    case (.tensor, 13): .leaf
    case (.valueInfo, 2): .type
    case (.type, 1): .tensorType
    case (.tensorType, 2): .shape
    case (.shape, 1): .leaf
    default: nil
    }
  }
}

/// The walk; one pass, no memory, depth bounded by the schema.
struct WireScan {
  /// More messages and strings than this are in no model that we could run.
  static let maximumParts = 1 << 20

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var parts = 0

  /// Checks that `bytes` are well-formed fields throughout and not too many.
  ///
  /// - Throws: ``ModelLoadingError/encoding(offset:reason:)``
  static func check(_ bytes: [UInt8], as root: WireMessage) throws(ModelLoadingError) {
    let fault = bytes.withUnsafeBufferPointer { buffer -> ModelLoadingError? in
      var scan = WireScan(bytes: buffer)
      do throws(ModelLoadingError) {
        try scan.message(root, end: buffer.count)
        return nil
      } catch {
        return error
      }
    }
    if let fault { throw fault }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private mutating func message(_ kind: WireMessage, end: Int) throws(ModelLoadingError) {
    while position < end {
      let start = position
      let tag = try varint(end: end)
      guard tag >> 3 != 0, tag >> 3 < 1 << 29 else {
        throw .encoding(offset: start, reason: "there is no field number \(tag >> 3)")
      }
      switch tag & 7 {
      case 0: _ = try varint(end: end)
      case 1: try skip(8, end: end)
      case 5: try skip(4, end: end)
      case 2: try payload(of: kind, field: tag >> 3, end: end)
      default: throw .encoding(offset: start, reason: "there is no wire type \(tag & 7) in ONNX")
      }
    }
  }

  private mutating func payload(of kind: WireMessage, field: UInt64, end: Int)
    throws(ModelLoadingError)
  {
    let start = position
    let length = try varint(end: end)
    guard length <= UInt64(end - position) else {
      throw .encoding(
        offset: start, reason: "\(length) bytes are announced and \(end - position) are there")
    }
    parts += 1
    guard parts <= Self.maximumParts else {
      throw .encoding(offset: start, reason: "more than \(Self.maximumParts) parts are too many")
    }
    if let child = kind.child(field) {
      try message(child, end: position + Int(length))
    } else {
      position += Int(length)
    }
  }

  private mutating func skip(_ count: Int, end: Int) throws(ModelLoadingError) {
    guard count <= end - position else {
      throw .encoding(offset: position, reason: "a number is cut off")
    }
    position += count
  }

  private mutating func varint(end: Int) throws(ModelLoadingError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard position < end else { throw .encoding(offset: start, reason: "a number is cut off") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte & 0x80 == 0 { return value }
    }
    throw .encoding(offset: start, reason: "a number is longer than ten bytes")
  }
}
