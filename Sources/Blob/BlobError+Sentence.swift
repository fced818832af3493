extension BlobError {
  /// One sentence for people: the place and the cause.
  public var sentence: String {
    switch self {
    case .truncated(let bytes, let needed):
      "The file has \(bytes) bytes where at least \(needed) are needed: it was cut short; copy or encode it again."
    case .magic:
      "This is not a .kgl file: it does not begin with the four bytes of one; `kinglet compile` makes one of a model."
    case .version(let version):
      "The file has format version \(version); this kinglet reads version \(BlobFormat.version): "
        + (version < BlobFormat.version ? "encode the model again." : "use a newer kinglet.")
    case .checksum(let place):
      "The checksum of \(place.words) differs: the file was damaged; copy or encode it again."
    case .invalid(let place, let fault):
      "In \(place.words), \(fault.words)."
    }
  }
}

extension BlobPlace {
  var words: String {
    switch self {
    case .header: "the header"
    case .section(let entry): "section \(entry)"
    case .plan(let offset): "the plan at byte \(offset)"
    case .state(let index): "state \(index)"
    case .input(let index): "input \(index)"
    case .output(let index): "output \(index)"
    case .step(let index): "step \(index)"
    case .bank(let index): "bank \(index)"
    case .ancillary(let index): "ancillary section \(index)"
    }
  }
}

extension BlobFault {
  var words: String {
    switch self {
    case .planEnds, .sectionEnds, .sectionTwice, .bytesLeftOver, .varint, .reserved, .fileBytes, .sectionBytes, .sectionKind:
      readingWords
    case .numbersMissing, .numbersOutside, .positions, .code, .laneRows, .maskImpossible,
      .columnWords, .emptyAlphabet, .coding, .tooLarge, .lanePastBank, .padByte:
      weightWords
    default:
      fieldWords
    }
  }

  private var readingWords: String {
    switch self {
    case .sectionEnds: "the section ends within a field"
    case .sectionTwice(let kind): "a section of kind \(kind) is there for the second time"
    case .bytesLeftOver(let count): "\(count) bytes are left over"
    case .varint: "a number is too long or not in its shortest form"
    case .reserved: "a reserved field is not 0"
    case .fileBytes(let said, let actual): "\(said) bytes are announced, but there are \(actual)"
    case .sectionBytes(let said, let actual):
      "the sections take \(said) bytes, but the file has \(actual) for them"
    case .sectionKind(let kind, let index):
      "a section of kind \(kind) and index \(index) is not allowed"
    default: "the plan ends within a field"
    }
  }

  private var fieldWords: String {
    switch self {
    case .range(let field, let value, let allowed):
      "\(field) is \(value), which is not within \(allowed.lowerBound) to \(allowed.upperBound)"
    case .notFinite(let field): "\(field) is infinite or not a number"
    case .listLength(let field, let count, let expected):
      "\(field) has \(count) entries instead of \(expected)"
    case .tooManyElements(let field): "\(field) has more than 2^28 elements"
    case .outsideArena(let field, let end, let words):
      "\(field) ends at word \(end) of an arena of \(words)"
    case .amongStates(let field, let words): "\(field) reaches into the first \(words) words of the arena, which are those of states"
    case .overlap(let field): "\(field) overlaps what is written"
    case .groups(let groups): "\(groups) groups do not divide the channels"
    case .clip(let low, let high): "the bounds of a clip, \(low) and \(high), are not in order"
    case .noActivation: "an activation step has no activation"
    case .axis(let field, let axis): "\(field) does not fit axis \(axis)"
    case .notPositive(let field): "\(field) is not above 0"
    case .tableScale(let scale):
      "the table's scale is \(scale), which is not above 0 and at most 2^112"
    case .misplaced(let field): "\(field) has no place in the format"
    case .types(let bits): "the step cannot have tensors of the types \(bits)"
    case .permutation(let axes): "the axes \(axes) are not a permutation"
    case .places(let count, let expected):
      "the places are \(count), where an ascending choice of \(expected) is due"
    case .looksAtTooMuch(let bytes, let limit):
      "shared vectors and the lengths of code tables count as \(bytes) bytes to look at, where a file of "
        + "this size may have \(limit)"
    case .spareBits(let field): "a spare bit after \(field) is not 0"
    default: "a field is not allowed"
    }
  }

  private var weightWords: String {
    switch self {
    case .numbersMissing(let field): "\(field) may not be absent"
    case .numbersOutside(let field, let end, let bytes):
      "\(field) ends at byte \(end) of a parameters section of \(bytes)"
    case .positions(let index): "the position of survivor \(index) does not follow the one before"
    case .code(let code, let levels): "a survivor has code \(code) in a table of \(levels)"
    case .laneRows(let sum, let rows): "the lanes have \(sum) rows where the layer has \(rows)"
    case .maskImpossible(let kind): "the weights cannot be coded with the mask kind \(kind)"
    case .coding(let error): "the coded weights are wrong: \(error.sentence.uncapitalized)"
    case .tooLarge(let limit):
      "the file unpacks to more than \(limit) numbers in all, which is refused"
    case .columnWords(let gap, let code):
      "words of \(gap) bits for gaps and of \(code) for codes, or codes that are not all as long, are not for columns"
    case .emptyAlphabet: "one of three alphabets of codes has no symbol"
    case .lanePastBank(let end, let limit):
      "a lane ends at byte \(end), but the pad begins at byte \(limit)"
    default: "a byte of the pad is not FF"
    }
  }
}

extension String {
  /// With a small first letter and without the full stop.
  fileprivate var uncapitalized: String {
    let body = hasSuffix(".") ? String(dropLast()) : self
    return body.prefix(1).lowercased() + body.dropFirst()
  }
}
