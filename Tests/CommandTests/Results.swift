import Foundation

/// A checkpoint's text without what a clock gave, and its numbers.
struct Checkpoint: Equatable {
  let text: Data
  let numbers: Data
  let cycles: Int

  init(_ place: Workplace) throws {
    let bytes = try place.bytes("run.ckpt")
    let size = bytes.dropFirst(8).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let contents = try JSONSerialization.jsonObject(with: bytes.dropFirst(16).prefix(size))
    text = try JSONSerialization.data(
      withJSONObject: Self.timeless(contents), options: [.sortedKeys])
    // The checksum at the end is of the times too.
    numbers = Data(bytes.dropFirst(16 + size).dropLast(4))
    cycles = Self.lists(named: "cycles", in: contents).first?.count ?? 0
  }

  private static func lists(named name: String, in value: Any) -> [[Any]] {
    guard let object = value as? [String: Any] else { return [] }
    return (object[name] as? [Any]).map { [$0] } ?? object.values.flatMap { lists(named: name, in: $0) }
  }

  static func timeless(_ value: Any) -> Any {
    if let list = value as? [Any] { return list.map(timeless) }
    guard let object = value as? [String: Any] else { return value }
    return object.filter { !["seconds", "written"].contains($0.key) }.mapValues(timeless)
  }
}

/// What a run ends with.
struct Results: Equatable {
  /// Nil after `evolve`.
  let blob: Data?
  let checkpoint: Checkpoint
  /// Its lines without what a clock gave; nil where none was asked for.
  let record: [Data]?

  init(_ place: Workplace) throws {
    blob = place.exists("net.kgl") ? try place.bytes("net.kgl") : nil
    checkpoint = try Checkpoint(place)
    record = place.exists("run.jsonl") ? try place.bytes("run.jsonl").split(separator: 10).map {
      try JSONSerialization.data(
        withJSONObject: Checkpoint.timeless(try JSONSerialization.jsonObject(with: $0)),
        options: [.sortedKeys])
    } : nil
  }
}
