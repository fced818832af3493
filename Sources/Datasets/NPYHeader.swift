/// The header of an NPY file, versions 1 to 3: `\x93NUMPY`, two version bytes, the length of the
/// text that follows (16 bits, or 32 from version 2 on), then a Python dictionary literal such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }`.
///
/// Only that form is read: the three keys once each, in any order, with values of those types.
/// Source: NumPy Enhancement Proposal 1 and numpy.lib.format.
struct NPYHeader: Equatable {
  let type: ElementType
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]

  /// NumPy has no more axes than this.
  static let largestRank = 64
  /// A header without structured types is far below this.
  private static let largestTextBytes = 1 << 16

  init(_ stream: ByteStream) throws(DatasetError) {
    let place = stream.place
    let start = try stream.bytes(8)
    guard NPY.matches(start) else { throw .badHeader(place: place, field: "magic number") }
    guard (1...3).contains(start[6]) && start[7] == 0 else {
      throw .unsupported(place: place, feature: "NPY version \(start[6]).\(start[7])")
    }
    let lengthBytes = try stream.bytes(start[6] == 1 ? 2 : 4)
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.largestTextBytes else {
      throw .badHeader(place: place, field: "length")
    }
    var parser = NPYHeaderParser(text: try stream.bytes(length), place: place)
    let fields = try parser.parse()
    guard let type = Self.type(fields.description.dropFirst()),
      let order = fields.description.first, "<>|".contains(order),
      order != "|" || type.bytes == 1
    else { throw .unsupported(place: place, feature: "element type `\(fields.description)`") }
    self.type = type
    isBigEndian = order == ">"
    isFortranOrder = fields.isFortranOrder
    shape = fields.shape
  }

  private static func type(_ code: Substring) -> ElementType? {
    switch code {
    case "b1": .bool
    case "u1": .uint8
    case "i1": .int8
    case "u2": .uint16
    case "i2": .int16
    case "u4": .uint32
    case "i4": .int32
    case "u8": .uint64
    case "i8": .int64
    case "f2": .float16
    case "f4": .float32
    case "f8": .float64
    default: nil
    }
  }
}

/// Reads the dictionary by recursive descent, one function a kind of value.
private struct NPYHeaderParser {
  let text: [UInt8]
  let place: String
  private var position = 0

  init(text: [UInt8], place: String) {
    self.text = text
    self.place = place
  }

  mutating func parse() throws(DatasetError) -> (
    description: String, isFortranOrder: Bool, shape: [Int]
  ) {
    var description: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try expect("{", in: "dictionary")
    while !take("}") {
      let key = try quoted(in: "dictionary key")
      try expect(":", in: key)
      switch key {
      case "descr" where description == nil: description = try parseDescription()
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try parseBoolean()
      case "shape" where shape == nil: shape = try parseShape()
      default: throw .badHeader(place: place, field: "dictionary key")
      }
      if !take(",") {
        try expect("}", in: "dictionary")
        break
      }
    }
    skipSpaces()
    guard position == text.count else { throw .badHeader(place: place, field: "dictionary") }
    guard let description else { throw .badHeader(place: place, field: "descr") }
    guard let isFortranOrder else { throw .badHeader(place: place, field: "fortran_order") }
    guard let shape else { throw .badHeader(place: place, field: "shape") }
    return (description, isFortranOrder, shape)
  }

  /// A structured type is a list where a simple one is a string.
  private mutating func parseDescription() throws(DatasetError) -> String {
    if take("[") { throw .unsupported(place: place, feature: "a structured element type") }
    return try quoted(in: "descr")
  }

  private mutating func parseBoolean() throws(DatasetError) -> Bool {
    skipSpaces()
    for (word, value) in [("True", true), ("False", false)]
    where text[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw .badHeader(place: place, field: "fortran_order")
  }

  /// `()`, `(3,)`, `(3, 4)`; Python 2 wrote `3L`.
  private mutating func parseShape() throws(DatasetError) -> [Int] {
    var shape: [Int] = []
    try expect("(", in: "shape")
    while !take(")") {
      guard shape.count < NPYHeader.largestRank else {
        throw .badHeader(place: place, field: "shape")
      }
      shape.append(try integer())
      _ = take("L")
      if !take(",") {
        try expect(")", in: "shape")
        break
      }
    }
    return shape
  }

  private mutating func integer() throws(DatasetError) -> Int {
    skipSpaces()
    let digits = text[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw .badHeader(place: place, field: "shape")
    }
    position += digits.count
    return value
  }

  private mutating func quoted(in field: String) throws(DatasetError) -> String {
    skipSpaces()
    guard position < text.count, text[position] == UInt8(ascii: "'")
      || text[position] == UInt8(ascii: "\"")
    else { throw .badHeader(place: place, field: field) }
    let content = text[(position + 1)...].prefix { $0 != text[position] }
    guard content.endIndex < text.count else { throw .badHeader(place: place, field: field) }
    position = content.endIndex + 1
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpaces()
    guard position < text.count, text[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Character, in field: String) throws(DatasetError) {
    guard take(character) else { throw .badHeader(place: place, field: field) }
  }

  private mutating func skipSpaces() {
    while position < text.count, text[position] == 0x20 || text[position] == 0x0A {
      position += 1
    }
  }
}
