/// Why a run's record cannot be read. Every case names the file, and the line where there is one
/// (the first is 1); `sentence` says it for people.
public enum RecordError: Error, Equatable, Sendable {
  /// The record as a whole is larger than is read.
  case tooLarge(file: String, bytes: Int, limit: Int)
  /// There are more lines than are read.
  case tooManyLines(file: String, limit: Int)
  /// One line is longer than is read.
  case longLine(file: String, line: Int, bytes: Int, limit: Int)
  /// Not one line holds anything.
  case empty(file: String)
  /// A line is no JSON object, and it is not the last (or there is nothing before it).
  case notJSON(file: String, line: Int)
  /// Arrays and objects are nested deeper than any record needs.
  case tooDeep(file: String, line: Int, limit: Int)
  /// The record does not begin with a line of kind "run".
  case noRun(file: String, line: Int)
  /// A second line of kind "run".
  case secondRun(file: String, line: Int)
  /// A version of the record that is not known here.
  case version(file: String, line: Int, found: Int)
  /// A field does not hold what it must, `field` being its path, such as `layers[2].sparsity`.
  case field(file: String, line: Int, field: String, fault: FieldFault)
}

/// What is wrong with a field.
public enum FieldFault: Error, Equatable, Sendable {
  case missing
  case wrongType
  /// A number beyond what the field may hold: negative, above 1, not whole, or absurd.
  case outside
  /// An array with more than `limit` entries.
  case tooMany(limit: Int)
  /// A layer is named twice in one list.
  case twice(name: String)
}
