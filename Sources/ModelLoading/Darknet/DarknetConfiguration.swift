// The text of a .cfg: sections, each `[type]` and lines `option=value` below it. Darknet takes blanks out of
// every line, wherever they are, and begins comments with # or ;. Its list of layers counts the sections behind
// the first, which is the network's.
//
// Files hold many options that only training reads. Of one that is given twice Darknet takes the first and
// OpenCV the last, so that two different values are refused where they are asked for.

/// `[type]` and the options below it.
struct DarknetSection: Equatable {
  struct Option: Equatable {
    let value: String
    /// Counted from 1.
    let line: Int
  }

  /// As it stands between the brackets.
  let type: String
  /// Its number in Darknet's list of layers; nil for the network's own.
  let index: Int?
  let line: Int
  fileprivate(set) var options: [String: Option] = [:]
  /// Options that are given again with another value, and the line where.
  fileprivate(set) var repeated: [String: Int] = [:]

  /// What people are told it is: `12_convolutional`, `net`.
  var name: String { index.map { "\($0)_\(type)" } ?? type }

  func fault(_ reason: String, at line: Int? = nil) -> ModelLoadingError {
    .section(line: line ?? self.line, name: name, reason: reason)
  }
}

enum DarknetConfiguration {
  /// Files are of some kilobytes; these are far beyond all that there are.
  static let maximumBytes = 1 << 20
  static let maximumSections = 1 << 12
  private static let longestType = 40
  private static let wordBytes = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_".utf8)

  /// Whether bytes begin as one does: with the network's section. Of other files only the first line is looked at.
  static func matches(_ bytes: some Collection<UInt8>) -> Bool {
    var rest = bytes.prefix(maximumBytes)
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      let text = plain(line)
      if !text.isEmpty { return isNetwork(text) }
      rest = rest.dropFirst(line.count + 1)
    }
    return false
  }

  /// The sections of a file, the network's first.
  static func sections(_ bytes: [UInt8]) throws(ModelLoadingError) -> [DarknetSection] {
    guard bytes.count <= maximumBytes else {
      throw .model(reason: "a Darknet configuration of more than \(maximumBytes) bytes is none")
    }
    var sections: [DarknetSection] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let text = plain(line)
      if text.isEmpty { continue }
      if text[0] == UInt8(ascii: "[") {
        sections.append(try section(text, line: index + 1, count: sections.count))
      } else {
        try add(text, line: index + 1, to: &sections)
      }
    }
    guard sections.count > 1 else { throw .model(reason: "the Darknet configuration has no layers") }
    return sections
  }

  /// A line without blanks and comment.
  private static func plain(_ line: some Collection<UInt8>) -> [UInt8] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = line.starts(with: mark) ? Array(line.dropFirst(mark.count)) : Array(line)
    return text.prefix { $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: ";") }
      .filter { $0 != 0x20 && !(0x09...0x0D).contains($0) }
  }

  private static func isNetwork(_ text: [UInt8]) -> Bool {
    text == Array("[net]".utf8) || text == Array("[network]".utf8)
  }

  private static func section(_ text: [UInt8], line: Int, count: Int) throws(ModelLoadingError) -> DarknetSection {
    let name = text.dropFirst().dropLast()
    guard text.last == UInt8(ascii: "]"), (1...longestType).contains(name.count), name.allSatisfy(wordBytes.contains) else {
      throw unread(text, line)
    }
    let type = String(decoding: name, as: UTF8.self)
    let section = DarknetSection(type: type, index: count == 0 ? nil : count - 1, line: line)
    guard count <= maximumSections else { throw section.fault("more than \(maximumSections) layers are too many") }
    guard isNetwork(text) == (count == 0) else {
      throw section.fault("a configuration has one [net], its first section")
    }
    return section
  }

  private static func add(_ text: [UInt8], line: Int, to sections: inout [DarknetSection])
    throws(ModelLoadingError)
  {
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")), equals > 0, equals < text.count - 1,
      text.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let last = sections.indices.last
    else { throw unread(text, line) }
    let name = String(decoding: text[..<equals], as: UTF8.self)
    let value = String(decoding: text[(equals + 1)...], as: UTF8.self)
    guard let first = sections[last].options[name] else {
      sections[last].options[name] = .init(value: value, line: line)
      return
    }
    if first.value != value && sections[last].repeated[name] == nil { sections[last].repeated[name] = line }
  }

  private static func unread(_ text: [UInt8], _ line: Int) -> ModelLoadingError {
    let shown = String(decoding: text.prefix(40).filter { (0x21...0x7E).contains($0) }, as: UTF8.self)
    return .model(reason: "line \(line): \(shown) is neither [section] nor option=value below one")
  }
}
