import EntropyCoding

/// Why bytes are not a blob, or a model cannot become one. ``sentence`` says it in words.
///
/// Each case is one status of Formats/Blob.md, "What a reader must reject": see ``status``.
public enum BlobError: Error, Equatable, Sendable {
  /// Fewer bytes than the header, its table or its file bytes say.
  case truncated(bytes: Int, needed: Int)
  /// The first four bytes are not those of a blob.
  case magic
  /// A format version other than ``BlobFormat/version``.
  case version(Int)
  /// A checksum differs: `.header`, or `.section` with its entry in the section table.
  case checksum(BlobPlace)
  /// A field outside what the format allows, or what this reader holds.
  case invalid(BlobPlace, BlobFault)

  /// The status that the C reader gives for it.
  public var status: Int32 {
    switch self {
    case .truncated: -1
    case .magic: -2
    case .version: -3
    case .checksum: -4
    case .invalid(_, .tooLarge): -6
    case .invalid: -5
    }
  }

  /// The name of ``status``.
  public var statusName: String {
    switch self {
    case .truncated: "KGL_ERR_TRUNCATED"
    case .magic: "KGL_ERR_MAGIC"
    case .version: "KGL_ERR_VERSION"
    case .checksum: "KGL_ERR_CHECKSUM"
    case .invalid(_, .tooLarge): "KGL_ERR_UNSUPPORTED"
    case .invalid: "KGL_ERR_CORRUPT"
    }
  }
}

/// Where in a blob, or in a model that is to become one. Numbers count from 0.
public enum BlobPlace: Equatable, Sendable {
  case header
  /// An entry of the section table.
  case section(Int)
  /// A byte of the plan, where a field could not be read.
  case plan(offset: Int)
  case state(Int)
  case input(Int)
  case output(Int)
  case step(Int)
  case bank(Int)
  case ancillary(Int)
}

/// What is wrong with a field.
public enum BlobFault: Error, Equatable, Sendable {
  // MARK: Reading

  /// The plan ends within a field.
  case planEnds
  /// An ancillary section ends within a field.
  case sectionEnds
  /// An ancillary section that may be there once is there again.
  case sectionTwice(kind: Int)
  /// This many bytes follow the last step, or the last field of an ancillary section.
  case bytesLeftOver(Int)
  /// A varint longer than five bytes, 2^32 or more, or not in its shortest form.
  case varint
  /// A reserved field is not 0.
  case reserved
  /// The header's size is not the file's.
  case fileBytes(said: Int, actual: Int)
  /// The sections do not add up to the file.
  case sectionBytes(said: Int, actual: Int)
  /// A section of this kind or index is not allowed here.
  case sectionKind(kind: Int, index: Int)

  // MARK: Fields

  /// A field that must be within bounds.
  case range(String, Int, allowed: ClosedRange<Int>)
  /// A number that is infinite or not a number.
  case notFinite(String)
  /// Two lists that must be of equal length, or a list whose length is given elsewhere.
  case listLength(String, Int, expected: Int)
  /// More than 2^28 elements.
  case tooManyElements(String)
  /// A tensor is neither wholly among the states nor wholly behind them, or an input is among them.
  case amongStates(String, words: Int)
  /// A tensor reaches beyond the arena.
  case outsideArena(String, end: Int, words: Int)
  /// What is written overlaps what is read.
  case overlap(String)
  /// The groups do not divide both numbers of channels.
  case groups(Int)
  /// A clip whose low bound is above its high one.
  case clip(low: Float, high: Float)
  /// An activation step that does nothing.
  case noActivation
  /// Bits of a mask beyond the axes, or a reflecting pad as large as its axis.
  case axis(String, Int)
  /// A number that must be above 0.
  case notPositive(String)
  /// The scale of an integer layer's table, which must be above 0 and at most 2^112.
  case tableScale(Float)
  /// A part of a model that the format has no field for at this place.
  case misplaced(String)
  /// The types of an integer step's tensors, as its bits give them, are not those it can have.
  case types(Int)
  /// The axes are not a permutation.
  case permutation([Int])

  /// A bitmap has another number of ones than its step says, or the places do not ascend.
  case places(Int, expected: Int)
  /// Bits behind the end of a bitmap, or of described code lengths, are not 0.
  case spareBits(String)

  /// The steps have more bytes looked at one by one than a file of this size may.
  case looksAtTooMuch(bytes: Int, limit: Int)

  // MARK: Weights and numbers

  /// Numbers that may not be absent here.
  case numbersMissing(String)
  /// Numbers that lie beyond the parameters section.
  case numbersOutside(String, end: Int, bytes: Int)
  /// Survivors' positions do not ascend within the matrix.
  case positions(at: Int)
  /// A survivor has a code beyond the table.
  case code(Int, levels: Int)
  /// The rows of the lanes are not those of the layer.
  case laneRows(sum: Int, rows: Int)
  /// A matrix with zeros cannot be written without a mask; or no K is within the options.
  case maskImpossible(MaskKind)
  /// Longest words of gaps and codes that a layer by columns may not have, or codes that are not equally long.
  case columnWords(gap: Int, code: Int)
  /// One of several alphabets of codes has no symbol.
  case emptyAlphabet
  /// The code lengths of an alphabet are no code, or a lane is not what they describe.
  case coding(EntropyCodingError)

  /// Allowed, but more than this many numbers in all: a small file can stand for gigabytes.
  case tooLarge(limit: Int)

  // MARK: Banks

  /// A lane ends in or after its bank's pad.
  case lanePastBank(end: Int, limit: Int)
  /// A byte of the pad is not FF.
  case padByte(at: Int)
}
