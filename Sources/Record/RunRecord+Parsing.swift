import Foundation

// JSON Lines: one object a line, decoded one after the other. A run that is killed while it writes
// leaves a last line that is no whole object; that line is left out and noted. Any other damage is
// an error, since a report that silently lacks cycles would mislead.

extension RunRecord {
  /// Reads a record of JSON Lines in UTF-8; blank lines are passed over.
  ///
  /// - Parameters:
  ///   - jsonLines: the file's bytes, none of them trusted; at most 128 MiB.
  ///   - name: the file's name, for messages.
  /// - Throws: ``RecordError`` with the line of the first fault.
  /// - Complexity: O(*bytes*).
  public init(jsonLines: Data, name: String) throws(RecordError) {
    guard jsonLines.count <= RecordLimits.fileBytes else {
      throw .tooLarge(file: name, bytes: jsonLines.count, limit: RecordLimits.fileBytes)
    }
    var builder = RecordBuilder(name: name)
    let lines = try numberedLines(of: jsonLines, name: name)
    for (index, line) in lines.enumerated() {
      try builder.read(line.bytes, line: line.number, isLast: index == lines.count - 1)
    }
    self = try builder.finished()
  }

  /// The same from text.
  public init(jsonLines: String, name: String) throws(RecordError) {
    try self.init(jsonLines: Data(jsonLines.utf8), name: name)
  }
}

extension RunRecord {
  /// The record as it is written: JSON Lines, sorted keys, what is not finite as "inf", "-inf" or "nan".
  ///
  /// - Throws: whatever `JSONEncoder` does; of these types nothing.
  package static func jsonLines(_ lines: [RecordLine]) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try lines.reduce(into: Data()) { $0 += try encoder.encode($1) + Data("\n".utf8) }
  }
}

/// The lines that hold anything, with their numbers from 1.
private func numberedLines(of data: Data, name: String) throws(RecordError)
  -> [(number: Int, bytes: Data)]
{
  var lines: [(number: Int, bytes: Data)] = []
  var number = 0
  var start = data.startIndex
  while start < data.endIndex {
    number += 1
    guard number <= RecordLimits.lines else { throw .tooManyLines(file: name, limit: RecordLimits.lines) }
    let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
    let bytes = data[start..<end]
    if bytes.contains(where: { !" \t\r".utf8.contains($0) }) {
      lines.append((number, bytes))
    }
    start = min(end + 1, data.endIndex)
  }
  return lines
}

/// Whether arrays and objects nest deeper than `limit`; brackets within strings do not count.
package func nests(_ json: some Sequence<UInt8>, deeperThan limit: Int) -> Bool {
  var depth = 0
  var inString = false
  var escaped = false
  for byte in json {
    if inString {
      if escaped {
        escaped = false
      } else if byte == UInt8(ascii: "\\") {
        escaped = true
      } else if byte == UInt8(ascii: "\"") {
        inString = false
      }
      continue
    }
    switch byte {
    case UInt8(ascii: "\""): inString = true
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      depth += 1
      if depth > limit { return true }
    case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
    default: break
    }
  }
  return false
}

/// Gathers records in their order.
private struct RecordBuilder {
  let name: String
  private var run: RunRecord.Run?
  private var cycles: [RunRecord.Cycle] = []
  private var finals: [RunRecord.Final] = []
  private var end: RunRecord.End?
  private var die: RunRecord.Die?
  private var notes: [RunRecord.Note] = []
  private var unknownRecords = 0
  private let decoder = JSONDecoder()

  init(name: String) { self.name = name }

  mutating func read(_ bytes: Data, line: Int, isLast: Bool) throws(RecordError) {
    do {
      try add(try decoded(bytes, line: line), line: line)
    } catch .notJSON(let file, let line) {
      guard isLast, run != nil else { throw .notJSON(file: file, line: line) }
      notes.append(.lastLineDamaged(line: line))
    }
  }

  func finished() throws(RecordError) -> RunRecord {
    guard let run else { throw .empty(file: name) }
    let unknown: [RunRecord.Note] =
      unknownRecords > 0 ? [.unknownRecords(count: unknownRecords)] : []
    return RunRecord(
      name: name, run: run, cycles: cycles, finals: finals, end: end, die: die, notes: notes + unknown)
  }

  private mutating func add(_ record: RecordLine, line: Int) throws(RecordError) {
    if case .run(let run, let version) = record {
      guard self.run == nil else { throw .secondRun(file: name, line: line) }
      guard version == 1 else { throw .version(file: name, line: line, found: version) }
      self.run = run
      return
    }
    guard run != nil else { throw .noRun(file: name, line: line) }
    switch record {
    case .cycle(let cycle): add(cycle, line: line)
    case .final(let final): finals.append(final)
    case .end(let end): self.end = end
    case .die(let die): self.die = die
    case .run, .unknown: unknownRecords += 1
    }
  }

  /// A resumed run tells again what it did since its checkpoint: the later account holds, and
  /// with it nothing of what had followed.
  private mutating func add(_ cycle: RunRecord.Cycle, line: Int) {
    if let last = cycles.last, cycle.cycle <= last.cycle {
      notes.append(.cycleAgain(line: line, cycle: cycle.cycle))
      while let last = cycles.last, last.cycle >= cycle.cycle { cycles.removeLast() }
      finals = []
      (end, die) = (nil, nil)
    }
    cycles.append(cycle)
  }

  private func decoded(_ bytes: Data, line: Int) throws(RecordError) -> RecordLine {
    guard bytes.count <= RecordLimits.lineBytes else {
      throw .longLine(file: name, line: line, bytes: bytes.count, limit: RecordLimits.lineBytes)
    }
    guard !nests(bytes, deeperThan: RecordLimits.depth) else {
      throw .tooDeep(file: name, line: line, limit: RecordLimits.depth)
    }
    do {
      return try decoder.decode(RecordLine.self, from: bytes)
    } catch {
      throw reportError(error, line: line)
    }
  }

  private func reportError(_ error: any Error, line: Int) -> RecordError {
    func field(_ path: [any CodingKey], _ fault: FieldFault) -> RecordError {
      path.isEmpty
        ? .notJSON(file: name, line: line)
        : .field(file: name, line: line, field: joined(path), fault: fault)
    }
    switch error {
    case let error as FieldError:
      return .field(file: name, line: line, field: error.path, fault: error.fault)
    case DecodingError.keyNotFound(let key, let context):
      return field(context.codingPath + [key], .missing)
    case DecodingError.valueNotFound(_, let context): return field(context.codingPath, .missing)
    case DecodingError.typeMismatch(_, let context): return field(context.codingPath, .wrongType)
    case DecodingError.dataCorrupted(let context): return field(context.codingPath, .outside)
    default: return .notJSON(file: name, line: line)
    }
  }
}
