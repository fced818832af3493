// Checked readers of single fields: what they give is safe to compute with and to draw.

/// What a record may hold at most. Far above what any run writes, low enough that a hostile file
/// costs neither memory nor time.
package enum RecordLimits {
  package static let fileBytes = 128 << 20
  package static let lines = 200_000
  package static let lineBytes = 8 << 20
  package static let depth = 16
  package static let layers = 4096
  package static let bins = 4096
  package static let nameScalars = 200
  package static let commandScalars = 4000
  /// A finite figure lies in -magnitude...magnitude, and one nearer to 0 than 1/magnitude is 0:
  /// sums, ranges and ratios of a few of them stay finite.
  package static let magnitude = 1e60
  package static let count = 1 << 53
}

/// Any key.
struct Field: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// A fault with the path of the field that has it.
struct FieldError: Error {
  let path: String
  let fault: FieldFault
}

func joined(_ path: [any CodingKey]) -> String {
  path.reduce(into: "") { text, key in
    if let index = key.intValue {
      text += "[\(index)]"
    } else {
      text += (text.isEmpty ? "" : ".") + key.stringValue
    }
  }
}

extension KeyedDecodingContainer<Field> {
  func fault(_ name: String, _ fault: FieldFault) -> FieldError {
    FieldError(path: joined(codingPath + [Field(name)]), fault: fault)
  }

  func missing(_ name: String) -> FieldError { fault(name, .missing) }

  /// A finite number; nil where it is absent, null or one of the words for what is not finite.
  func number(_ name: String) throws -> Double? {
    let decoded: Double?
    do {
      decoded = try decodeIfPresent(Double.self, forKey: Field(name))
    } catch DecodingError.typeMismatch {
      let word = try decode(String.self, forKey: Field(name)).lowercased()
      let words = ["nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"]
      guard words.contains(word) else { throw fault(name, .wrongType) }
      return nil
    }
    guard let value = decoded else { return nil }
    guard abs(value) <= RecordLimits.magnitude else { throw fault(name, .outside) }
    return abs(value) < 1 / RecordLimits.magnitude ? 0 : value
  }

  private func number(_ name: String, within range: ClosedRange<Double>) throws -> Double? {
    guard let value = try number(name) else { return nil }
    guard range.contains(value) else { throw fault(name, .outside) }
    return value
  }

  /// 0...1.
  func share(_ name: String) throws -> Double? { try number(name, within: 0...1) }

  /// At most 1; below 0 where a network that does not classify is worse than none.
  func accuracy(_ name: String) throws -> Double? {
    try number(name, within: -RecordLimits.magnitude...1)
  }

  /// Not negative.
  func amount(_ name: String) throws -> Double? { try number(name, within: 0...RecordLimits.magnitude) }

  /// A whole number, not negative.
  func count(_ name: String) throws -> Int? {
    guard let value = try number(name, within: 0...Double(RecordLimits.count)) else { return nil }
    guard let count = Int(exactly: value) else { throw fault(name, .outside) }
    return count
  }

  func seed(_ name: String) throws -> UInt64? {
    try decodeIfPresent(UInt64.self, forKey: Field(name))
  }

  /// Text, cut where no honest name goes on.
  func text(_ name: String, scalars limit: Int = RecordLimits.nameScalars) throws -> String? {
    try decodeIfPresent(String.self, forKey: Field(name)).map { shortened($0, to: limit) }
  }

  func name(_ name: String) throws -> String {
    guard let text = try text(name) else { throw missing(name) }
    return text
  }

  func counts(_ name: String) throws -> [Int] {
    let counts = try decode([Int].self, forKey: Field(name))
    guard counts.count <= RecordLimits.bins else { throw fault(name, .tooMany(limit: RecordLimits.bins)) }
    for (index, count) in counts.enumerated() where count < 0 || count > RecordLimits.count {
      throw fault("\(name)[\(index)]", .outside)
    }
    return counts
  }

  /// A list of layers, none named twice; none where the field is absent.
  func layers<Layer: Decodable>(_ name: String, _ layerName: KeyPath<Layer, String>) throws
    -> [Layer]
  {
    let layers = try decodeIfPresent([Layer].self, forKey: Field(name)) ?? []
    guard layers.count <= RecordLimits.layers else { throw fault(name, .tooMany(limit: RecordLimits.layers)) }
    var seen = Set<String>()
    for layer in layers where !seen.insert(layer[keyPath: layerName]).inserted {
      throw fault(name, .twice(name: layer[keyPath: layerName]))
    }
    return layers
  }

  private func shortened(_ text: String, to limit: Int) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > limit else { return text }
    return String(String.UnicodeScalarView(scalars.prefix(limit - 1))) + "…"
  }
}
