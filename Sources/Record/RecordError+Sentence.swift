extension RecordError {
  /// One sentence for people: the place, the cause and, where it helps, what to do.
  public var sentence: String {
    switch self {
    case .tooLarge(let file, let bytes, let limit):
      "\(file) has \(bytes) bytes, but the record of a run may have \(limit) at most."
    case .tooManyLines(let file, let limit):
      "\(file) has more than the \(limit) lines that the record of a run may have."
    case .longLine(let file, let line, let bytes, let limit):
      "\(file), line \(line): the line has \(bytes) bytes, but may have \(limit) at most."
    case .empty(let file):
      "\(file) is empty: there is no run to report."
    case .notJSON(let file, let line):
      "\(file), line \(line): this is not a JSON object; only a last line may be cut short."
    case .tooDeep(let file, let line, let limit):
      "\(file), line \(line): arrays and objects are nested deeper than \(limit) levels."
    case .noRun(let file, let line):
      "\(file), line \(line): a record begins with an object whose \"record\" is \"run\"."
    case .secondRun(let file, let line):
      "\(file), line \(line): a second run begins here; report each run from a file of its own."
    case .version(let file, let line, let found):
      "\(file), line \(line): the record has version \(found), but only version 1 is known:"
        + " use a matching tool."
    case .field(let file, let line, let field, let fault):
      "\(file), line \(line): the field \"\(field)\" \(fault.words)."
    }
  }
}

extension FieldFault {
  var words: String {
    switch self {
    case .missing: "is missing"
    case .wrongType: "is of the wrong type"
    case .outside: "holds a number that it may not hold"
    case .tooMany(let limit): "has more than \(limit) entries"
    case .twice(let name): "names the layer \"\(name)\" twice"
    }
  }
}
