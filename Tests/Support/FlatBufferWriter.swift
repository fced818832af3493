// FlatBuffers written by hand, for files that no tool would write: a road of its own to the bytes, apart
// from the reader's. Tables are objects, so that one may stand in several places.

/// A table under construction: fields by number.
package final class FlatTable {
  fileprivate var fields: [Int: FlatValue]
  package init(_ fields: [Int: FlatValue] = [:]) { self.fields = fields }

  package subscript(field: Int) -> FlatValue? {
    get { fields[field] }
    set { fields[field] = newValue }
  }
}

/// What a field holds.
package enum FlatValue: @unchecked Sendable {
  /// A number in place, little endian.
  case number([UInt8])
  case table(FlatTable)
  /// A vector of numbers; a string is one of bytes, with a 0 behind it.
  case vector([UInt8], count: Int)
  case tables([FlatTable])

  package static func int8(_ value: Int8) -> FlatValue { .number([UInt8(bitPattern: value)]) }
  package static func byte(_ value: UInt8) -> FlatValue { .number([value]) }
  package static func int32(_ value: Int) -> FlatValue { .number(littleEndianBytes(Int32(value))) }
  package static func uint64(_ value: UInt64) -> FlatValue { .number(littleEndianBytes(value)) }
  package static func float(_ value: Float) -> FlatValue { .number(littleEndianBytes(value.bitPattern)) }
  package static func string(_ text: String) -> FlatValue {
    .vector(Array(text.utf8) + [0], count: text.utf8.count)
  }
  package static func bytes(_ bytes: [UInt8]) -> FlatValue { .vector(bytes, count: bytes.count) }
  package static func ints(_ values: [Int]) -> FlatValue {
    .vector(values.flatMap { littleEndianBytes(Int32($0)) }, count: values.count)
  }
  package static func longs(_ values: [Int]) -> FlatValue {
    .vector(values.flatMap { littleEndianBytes(Int64($0)) }, count: values.count)
  }
  package static func floats(_ values: [Float]) -> FlatValue {
    .vector(values.flatMap { littleEndianBytes($0.bitPattern) }, count: values.count)
  }
}

package func littleEndianBytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// Lays tables out one behind the other, each once.
package struct FlatBufferWriter {
  private var bytes: [UInt8] = []
  /// Where a table lies.
  private var places: [ObjectIdentifier: Int] = [:]

  package static func bytes(root: FlatTable, identifier: String) -> [UInt8] {
    var writer = FlatBufferWriter()
    writer.bytes = [0, 0, 0, 0] + identifier.utf8
    writer.point(at: 0, to: writer.write(root))
    return writer.bytes
  }

  /// Children go behind their parents, since offsets point forward; parents that share a child are of one
  /// level, or the same list.
  private mutating func write(_ root: FlatTable) -> Int {
    let place = reserve(root)
    var level = [root]
    while !level.isEmpty {
      var next: [FlatTable] = []
      for table in level {
        for (field, value) in table.fields.sorted(by: { $0.key < $1.key }) {
          let slot = self.slot(of: field, in: table)
          switch value {
          case .number: break
          case .vector(let content, let count):
            point(at: slot, to: bytes.count)
            bytes += littleEndianBytes(UInt32(count)) + content
          case .table(let child):
            if places[ObjectIdentifier(child)] == nil { next.append(child) }
            point(at: slot, to: reserve(child))
          case .tables(let children):
            point(at: slot, to: bytes.count)
            let start = bytes.count + 4
            bytes +=
              littleEndianBytes(UInt32(children.count)) + [UInt8](repeating: 0, count: 4 * children.count)
            for (number, child) in children.enumerated() {
              if places[ObjectIdentifier(child)] == nil { next.append(child) }
              point(at: start + 4 * number, to: reserve(child))
            }
          }
        }
      }
      level = next
    }
    return place
  }

  /// Writes a table with its vtable and its numbers, once.
  private mutating func reserve(_ table: FlatTable) -> Int {
    if let place = places[ObjectIdentifier(table)] { return place }
    var (offsets, content) = ([UInt16](repeating: 0, count: (table.fields.keys.max() ?? -1) + 1), [UInt8]())
    for (field, value) in table.fields.sorted(by: { $0.key < $1.key }) {
      offsets[field] = UInt16(4 + content.count)
      if case .number(let number) = value { content += number } else { content += [0, 0, 0, 0] }
    }
    let vtable = bytes.count
    bytes += littleEndianBytes(UInt16(4 + 2 * offsets.count)) + littleEndianBytes(UInt16(4 + content.count))
    bytes += offsets.flatMap(littleEndianBytes)
    let place = bytes.count
    bytes += littleEndianBytes(Int32(place - vtable)) + content
    places[ObjectIdentifier(table)] = place
    return place
  }

  private func slot(of field: Int, in table: FlatTable) -> Int {
    let numbers = table.fields.filter { $0.key < field }.reduce(0) { sum, entry in
      if case .number(let number) = entry.value { sum + number.count } else { sum + 4 }
    }
    return places[ObjectIdentifier(table)]! + 4 + numbers
  }

  private mutating func point(at slot: Int, to target: Int) {
    bytes.replaceSubrange(slot..<slot + 4, with: littleEndianBytes(UInt32(truncatingIfNeeded: target - slot)))
  }
}
