import Foundation
import ModelGraph
import Tables

/// What the JSON of types has: each is decoded from nothing, and the keys that it asks for are written down.
final class KeyRecorder {
  /// A key of an object.
  struct Field: Equatable {
    var key: String
    /// `integer`, `text`, `list of Lane`, as the page says it.
    var type: String
    var isOptional: Bool
  }

  /// Fields in the order in which they were asked for, by the reflected name of their type.
  private(set) var objects: [String: [Field]] = [:]

  /// Types that no text that is empty, and no number that is 1, is of.
  private static var known: [(String, any Decodable)] {
    [
      ("integer, or `float`", LevelChoice.float), ("`yolo`, `region`", DetectionHead.Kind.yolo),
      ("`logistic`, `softmax`", DetectionHead.ClassScores.logistic),
    ]
  }

  /// What a type is on the page, and a value of it.
  func value<T: Decodable>(_ type: T.Type) throws -> (type: String, value: T) {
    for (words, value) in Self.known { if let value = value as? T { return (words, value) } }
    if let choices = type as? any CaseIterable.Type, let found = Self.firstChoice(choices) as? T {
      return (Self.words(choices).map { "`\($0)`" }.joined(separator: ", "), found)
    }
    let decoder = RecordingDecoder(recorder: self, type: String(reflecting: type))
    let value = try T(from: decoder)
    if decoder.kind == nil { objects[decoder.type] = objects[decoder.type] ?? [] }
    return (decoder.kind ?? Self.shortName(decoder.type), value)
  }

  fileprivate func add(_ field: Field, to type: String) {
    if objects[type, default: []].contains(where: { $0.key == field.key }) { return }
    objects[type, default: []].append(field)
  }

  /// `DieReport.Lane` of `Die.DieReport.Lane`.
  static func shortName(_ type: String) -> String { type.split(separator: ".").dropFirst().joined(separator: ".") }

  private static func firstChoice<T: CaseIterable>(_ type: T.Type) -> Any? { type.allCases.first }

  private static func words<T: CaseIterable>(_ type: T.Type) -> [String] {
    type.allCases.map { choice in ((choice as? any RawRepresentable)?.rawValue).map { "\($0)" } ?? "?" }
  }
}

/// Gives 1, true and an empty text for whatever is asked.
private final class RecordingDecoder: Decoder {
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]
  let recorder: KeyRecorder
  let type: String
  /// Nil: an object.
  var kind: String?

  init(recorder: KeyRecorder, type: String) { (self.recorder, self.type) = (recorder, type) }

  func container<Key: CodingKey>(keyedBy key: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(KeyedRecording<Key>(decoder: self, isMap: "\(key)".contains("DictionaryCodingKey")))
  }

  func unkeyedContainer() -> any UnkeyedDecodingContainer { ListRecording(decoder: self) }

  func singleValueContainer() -> any SingleValueDecodingContainer { ValueRecording(decoder: self) }
}

private struct KeyedRecording<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: RecordingDecoder
  let isMap: Bool
  let codingPath: [any CodingKey] = []
  let optional = Optionals()

  final class Optionals { var keys: Set<String> = [] }

  var allKeys: [Key] { isMap ? [Key(stringValue: "name")].compactMap { $0 } : [] }

  func contains(_ key: Key) -> Bool {
    optional.keys.insert(key.stringValue)
    return true
  }

  func decodeNil(forKey key: Key) -> Bool {
    optional.keys.insert(key.stringValue)
    return false
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    let found = try decoder.recorder.value(type)
    if isMap {
      decoder.kind = "by name \(found.type)"
    } else {
      decoder.recorder.add(
        .init(key: key.stringValue, type: found.type, isOptional: optional.keys.contains(key.stringValue)), to: decoder.type)
    }
    return found.value
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
    throw Unforeseen(type: decoder.type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw Unforeseen(type: decoder.type) }
  func superDecoder() throws -> any Decoder { throw Unforeseen(type: decoder.type) }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw Unforeseen(type: decoder.type) }
}

/// A type that is decoded in a way that none is by now.
private struct Unforeseen: Error { var type: String }

private struct ListRecording: UnkeyedDecodingContainer {
  let decoder: RecordingDecoder
  let codingPath: [any CodingKey] = []
  let count: Int? = 1
  var currentIndex = 0
  var isAtEnd: Bool { currentIndex > 0 }

  init(decoder: RecordingDecoder) { self.decoder = decoder }

  mutating func decodeNil() -> Bool { false }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    currentIndex += 1
    let found = try decoder.recorder.value(type)
    decoder.kind = "list of \(found.type)"
    return found.value
  }

  mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    throw Unforeseen(type: decoder.type)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Unforeseen(type: decoder.type) }
  mutating func superDecoder() throws -> any Decoder { throw Unforeseen(type: decoder.type) }
}

private struct ValueRecording: SingleValueDecodingContainer {
  let decoder: RecordingDecoder
  let codingPath: [any CodingKey] = []

  func decodeNil() -> Bool { false }

  private func given<T>(_ kind: String, _ value: T) -> T {
    decoder.kind = decoder.kind.map { $0 == kind ? $0 : "\($0) or \(kind)" } ?? kind
    return value
  }

  func decode(_ type: Bool.Type) -> Bool { given("boolean", true) }
  func decode(_ type: String.Type) -> String { given("text", "") }
  func decode(_ type: Double.Type) -> Double { given("number", 1) }
  func decode(_ type: Float.Type) -> Float { given("number", 1) }
  func decode(_ type: Int.Type) -> Int { given("integer", 2) }
  func decode(_ type: Int8.Type) -> Int8 { given("integer", 1) }
  func decode(_ type: Int16.Type) -> Int16 { given("integer", 1) }
  func decode(_ type: Int32.Type) -> Int32 { given("integer", 1) }
  func decode(_ type: Int64.Type) -> Int64 { given("integer", 1) }
  func decode(_ type: UInt.Type) -> UInt { given("integer", 1) }
  func decode(_ type: UInt8.Type) -> UInt8 { given("integer", 1) }
  func decode(_ type: UInt16.Type) -> UInt16 { given("integer", 1) }
  func decode(_ type: UInt32.Type) -> UInt32 { given("integer", 1) }
  func decode(_ type: UInt64.Type) -> UInt64 { given("integer", 1) }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let found = try decoder.recorder.value(type)
    decoder.kind = found.type
    return found.value
  }
}
