// A writer of FlatBuffers: what `FlatBuffer` reads, the other way round.
//
// A table is written with its numbers in place, then what its offsets point to, so that they all point
// forward. Each number lies at a multiple of its own size, counted from the file's beginning, as readers
// on small processors ask. Source: flatbuffers.dev, "FlatBuffers internals".

/// What a field of a table holds.
enum FlatField {
  /// A number in place: its bytes, least first; as many as its size.
  case number([UInt8])
  case table(FlatFields)
  case tables([FlatFields])
  /// Numbers of a size in a row. The first of them lies at a multiple of `alignment`.
  case vector([UInt8], size: Int, alignment: Int)
  case string(String)

  static func number<T: FixedWidthInteger>(_ value: T) -> FlatField { .number(value.littleEndianBytes) }
  static func number(_ value: Float) -> FlatField { .number(value.bitPattern.littleEndianBytes) }
  static func flag(_ value: Bool) -> FlatField { .number([value ? 1 : 0]) }

  static func numbers<T: FixedWidthInteger>(_ values: [T]) -> FlatField {
    .vector(values.flatMap(\.littleEndianBytes), size: T.bitWidth / 8, alignment: T.bitWidth / 8)
  }

  static func numbers(_ values: [Float]) -> FlatField { .numbers(values.map(\.bitPattern)) }

  /// Bytes of a table that it takes.
  fileprivate var width: Int { if case .number(let bytes) = self { bytes.count } else { 4 } }
}

/// A table's fields by their numbers in the schema.
typealias FlatFields = [Int: FlatField]

/// The bytes of a file under construction.
struct FlatBufferBuilder {
  private var bytes: [UInt8] = []

  /// A file.
  ///
  /// - Parameter identifier: four letters.
  static func bytes(root: FlatFields, identifier: String) -> [UInt8] {
    var builder = FlatBufferBuilder()
    builder.bytes = [0, 0, 0, 0] + identifier.utf8
    builder.point(at: 0, to: builder.write(root))
    return builder.bytes
  }

  /// Writes a table and all behind it; gives its position.
  private mutating func write(_ fields: FlatFields) -> Int {
    let order = fields.sorted { $0.key < $1.key }
    var (places, end) = ([Int: Int](), 4)
    for (field, value) in order {
      end = end.rounded(upTo: value.width)
      places[field] = end
      end += value.width
    }
    let count = (fields.keys.max() ?? -1) + 1
    pad(to: 2)
    let vtable = bytes.count
    append(UInt16(4 + 2 * count))
    append(UInt16(end))
    for field in 0..<count { append(UInt16(places[field] ?? 0)) }
    pad(to: 8)
    let table = bytes.count
    append(Int32(table - vtable))
    bytes += [UInt8](repeating: 0, count: end - 4)
    for (field, value) in order { fill(table + (places[field] ?? 0), with: value) }
    return table
  }

  private mutating func fill(_ slot: Int, with value: FlatField) {
    switch value {
    case .number(let number): bytes.replaceSubrange(slot..<slot + number.count, with: number)
    case .table(let fields): point(at: slot, to: write(fields))
    case .tables(let tables):
      point(at: slot, to: vector(count: tables.count, alignment: 4))
      let start = bytes.count
      bytes += [UInt8](repeating: 0, count: 4 * tables.count)
      for (number, fields) in tables.enumerated() { point(at: start + 4 * number, to: write(fields)) }
    case .vector(let content, let size, let alignment):
      point(at: slot, to: vector(count: content.count / size, alignment: alignment))
      bytes += content
    case .string(let text):
      point(at: slot, to: vector(count: text.utf8.count, alignment: 1))
      bytes += text.utf8 + [0]
    }
  }

  /// Begins a vector; gives the position of its count, which lies just before its first number.
  private mutating func vector(count: Int, alignment: Int) -> Int {
    pad(to: 4)
    while (bytes.count + 4) % alignment != 0 { bytes.append(0) }
    append(UInt32(count))
    return bytes.count - 4
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) { bytes += value.littleEndianBytes }

  private mutating func pad(to alignment: Int) {
    bytes += [UInt8](repeating: 0, count: bytes.count.rounded(upTo: alignment) - bytes.count)
  }

  private mutating func point(at slot: Int, to target: Int) {
    bytes.replaceSubrange(slot..<slot + 4, with: UInt32(target - slot).littleEndianBytes)
  }
}

extension FixedWidthInteger {
  /// Least first.
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

extension Int {
  /// The least multiple that is no smaller.
  fileprivate func rounded(upTo multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
