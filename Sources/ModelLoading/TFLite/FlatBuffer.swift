// A reader of FlatBuffers that believes nothing: every offset, count and width is compared with the bytes
// that are there before it is followed, and numbers may lie unaligned. A table is an offset back to its
// vtable, which says where in the table each field lies; what is not a number in place (a string, a
// vector, another table) is an offset forward. Nothing here recurses: whoever reads a schema calls.
//
// Offsets may point anywhere, so many parts may be one, and a small file could ask for gigabytes. So what
// is read is counted: all tables, strings and vectors together hold no more bytes than the file. A file in
// which no part lies in two places at once passes. Source: flatbuffers.dev, "FlatBuffers internals".

/// The bytes of a file, and how many of them may still be read.
struct FlatBuffer {
  let bytes: [UInt8]
  private var unread: Int

  /// A table, its vtable checked.
  struct Table: Equatable {
    let position: Int
    /// Bytes of the table itself, at least 4.
    fileprivate let size: Int
    fileprivate let vtable: Int
    fileprivate let vtableSize: Int
  }

  /// A vector, within the file: `count` elements from `start` on.
  struct Vector: Equatable {
    let start: Int
    let count: Int
  }

  init(_ bytes: [UInt8]) { (self.bytes, unread) = (bytes, bytes.count) }

  /// The table that the file begins with.
  ///
  /// - Parameter identifier: four letters at byte 4.
  mutating func root(identifier: String) throws(ModelLoadingError) -> Table {
    guard bytes.count >= 8, bytes[4..<8].elementsEqual(identifier.utf8) else {
      throw .flatBuffer(offset: 4, reason: "the letters \(identifier) are not there")
    }
    return try table(at: Int(try number(at: 0, UInt32.self)))
  }

  /// Counts bytes that are read.
  private mutating func take(_ count: Int, at offset: Int) throws(ModelLoadingError) {
    guard count <= unread else {
      throw .flatBuffer(
        offset: offset, reason: "its parts, each counted as often as it is used, are larger than the file")
    }
    unread -= count
  }

  private func number<T: FixedWidthInteger>(at offset: Int, _: T.Type) throws(ModelLoadingError) -> T {
    guard offset >= 0, offset <= bytes.count - T.bitWidth / 8 else {
      throw .flatBuffer(offset: offset, reason: "a number lies outside the file's \(bytes.count) bytes")
    }
    return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
  }

  private mutating func table(at position: Int) throws(ModelLoadingError) -> Table {
    let vtable = position - Int(try number(at: position, Int32.self))
    let vtableSize = Int(try number(at: vtable, UInt16.self))
    let size = Int(try number(at: vtable + 2, UInt16.self))
    guard vtableSize >= 4, vtableSize % 2 == 0, vtableSize <= bytes.count - vtable else {
      throw .flatBuffer(
        offset: vtable, reason: "a list of \(vtableSize) bytes of a table's fields does not fit")
    }
    guard size >= 4, size <= bytes.count - position else {
      throw .flatBuffer(offset: position, reason: "a table of \(size) bytes does not fit")
    }
    try take(size, at: position)
    return Table(position: position, size: size, vtable: vtable, vtableSize: vtableSize)
  }

  /// Where a field of so many bytes lies; nil where the table leaves it out.
  private func place(_ field: Int, of table: Table, width: Int) throws(ModelLoadingError) -> Int? {
    let entry = 4 + 2 * field
    guard entry + 2 <= table.vtableSize else { return nil }
    let offset = Int(try number(at: table.vtable + entry, UInt16.self))
    if offset == 0 { return nil }
    guard offset >= 4, offset <= table.size - width else {
      throw .flatBuffer(offset: table.vtable + entry, reason: "field \(field) lies outside its table")
    }
    return table.position + offset
  }

  /// Whether the table has the field, an offset.
  func has(_ field: Int, of table: Table) throws(ModelLoadingError) -> Bool {
    try place(field, of: table, width: 4) != nil
  }

  /// What a field's offset points at; nil where the table leaves it out.
  private func target(_ field: Int, of table: Table) throws(ModelLoadingError) -> Int? {
    guard let place = try place(field, of: table, width: 4) else { return nil }
    return place + Int(try number(at: place, UInt32.self))
  }
}

// MARK: - Fields

extension FlatBuffer {
  func integer<T: FixedWidthInteger>(_ field: Int, of table: Table, or standard: T)
    throws(ModelLoadingError) -> T
  {
    guard let place = try place(field, of: table, width: T.bitWidth / 8) else { return standard }
    return try number(at: place, T.self)
  }

  func float(_ field: Int, of table: Table) throws(ModelLoadingError) -> Float {
    Float(bitPattern: try integer(field, of: table, or: UInt32(0)))
  }

  /// Whatever is not 0 is true.
  func flag(_ field: Int, of table: Table) throws(ModelLoadingError) -> Bool {
    try integer(field, of: table, or: UInt8(0)) != 0
  }

  mutating func table(_ field: Int, of table: Table) throws(ModelLoadingError) -> Table? {
    guard let target = try target(field, of: table) else { return nil }
    return try self.table(at: target)
  }

  /// Bytes that are no UTF-8 become replacement characters.
  mutating func string(_ field: Int, of table: Table) throws(ModelLoadingError) -> String? {
    guard let vector = try vector(field, of: table, width: 1) else { return nil }
    try take(vector.count + 4, at: vector.start)
    return String(decoding: bytes[vector.start..<vector.start + vector.count], as: UTF8.self)
  }

  /// Where a vector lies; nothing of it is read, so nothing is counted.
  func vector(_ field: Int, of table: Table, width: Int) throws(ModelLoadingError) -> Vector? {
    guard let target = try target(field, of: table) else { return nil }
    let count = Int(try number(at: target, UInt32.self))
    guard count <= (bytes.count - target - 4) / width else {
      throw .flatBuffer(
        offset: target, reason: "\(count) elements of \(width) bytes are announced and are not there")
    }
    return Vector(start: target + 4, count: count)
  }

  /// A vector of integers; empty where the table leaves it out.
  mutating func integers<T: FixedWidthInteger>(_ field: Int, of table: Table, _: T.Type)
    throws(ModelLoadingError) -> [T]
  {
    let width = T.bitWidth / 8
    guard let vector = try vector(field, of: table, width: width) else { return [] }
    try take(vector.count * width + 4, at: vector.start)
    return bytes.withUnsafeBytes { raw in
      (0..<vector.count).map {
        T(littleEndian: raw.loadUnaligned(fromByteOffset: vector.start + $0 * width, as: T.self))
      }
    }
  }

  mutating func floats(_ field: Int, of table: Table) throws(ModelLoadingError) -> [Float] {
    try integers(field, of: table, UInt32.self).map { Float(bitPattern: $0) }
  }

  /// A vector of tables; empty where the table leaves it out.
  ///
  /// - Parameter limit: more are refused.
  mutating func tables(_ field: Int, of table: Table, limit: Int) throws(ModelLoadingError) -> [Table] {
    guard let vector = try vector(field, of: table, width: 4) else { return [] }
    guard vector.count <= limit else {
      throw .flatBuffer(
        offset: vector.start, reason: "\(vector.count) parts of a kind are more than \(limit)")
    }
    try take(vector.count * 4 + 4, at: vector.start)
    var tables: [Table] = []
    for index in 0..<vector.count {
      let place = vector.start + 4 * index
      tables.append(try self.table(at: place + Int(try number(at: place, UInt32.self))))
    }
    return tables
  }
}
