import Tensors

// A step says its fields once, in the order of the plan, in `code`. Whoever wants something of a step
// walks through it as a coder: `PlanWriter` writes what stands there, `PlanReader` puts there what it
// reads, `StepCheck` holds it against its bounds, `StepSurvey` notes what is read and written in the
// arena, and `StepPage` makes of it the row of Formats/Blob.md. To add a step: its type in one file of
// this folder, with `code`; its case and two lines in BlobStep.swift or BlobIntegerStep.swift.

/// A step's fields. Names are those of Formats/Blob.md, "Steps", in lower case: `x`, `a` and `b` are
/// places read, `y` the place written, in words of the arena.
protocol StepFields: Equatable, Sendable {
  /// Opcode of the float32 form; of the integer form 32 less.
  static var opcode: UInt8 { get }
  /// For people, as in `max-pool`.
  static var name: String { get }
  /// On the page, what stands behind the name.
  static var sizes: String { get }
  /// Sizes of 1 and places of 0, for a reader to fill.
  init()
  /// All fields, in the order of the plan.
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure)
}

extension StepFields {
  static var sizes: String { "" }
}

/// A step that has an integer form, with the types that the form can have.
protocol IntegerStepFields: StepFields {
  var types: StepTypes { get }
}

/// A walk through the fields of a step.
protocol StepCoder {
  associatedtype Failure: Error
  /// The walk is through a step of this type.
  mutating func begin(_ type: any StepFields.Type)
  /// The byte of types of an integer step.
  mutating func types(_ bits: inout Int) throws(Failure)
  /// A varint. `name` is for messages, `symbol` for the page; nil: bounded by what is checked later.
  mutating func varint(
    _ name: String, _ symbol: String, _ value: inout Int, _ allowed: ClosedRange<Int>?
  ) throws(Failure)
  mutating func u8(
    _ name: String, _ symbol: String, _ value: inout Int, _ allowed: ClosedRange<Int>
  ) throws(Failure)
  mutating func f32(_ name: String, _ symbol: String, _ value: inout Float) throws(Failure)
  /// So many varints.
  mutating func varints(_ name: String, _ values: inout [Int], count: Int) throws(Failure)
  mutating func activation(_ activation: inout BlobActivation) throws(Failure)
  /// What is read and written, once all is known that sizes depend on: no vector before.
  mutating func operands(_ operands: [StepOperand]) throws(Failure)
  /// A vector, not absent; `length` says on the page how many numbers.
  mutating func numbers(
    _ name: String, _ numbers: inout StoredNumbers, count: Int, _ length: String
  ) throws(Failure)
  /// Integers of 1, 2 or 4 bytes each.
  mutating func vector(
    _ name: String, _ values: inout [Int], count: Int, _ form: VectorForm, _ length: String
  ) throws(Failure)
  /// `count` places among `inner` as a bitmap.
  mutating func bitmap(_ places: inout [Int], count: Int, inner: Int) throws(Failure)
  mutating func biases(_ biases: inout BlobBiases?, count: Int, _ length: String) throws(Failure)
  /// `shape` says on the page what rows and columns are.
  mutating func weights(
    _ weights: inout BlobWeights, _ kind: WeightsKind, rows: Int, columns: Int, _ shape: String
  ) throws(Failure)
  /// Whether the walk is through every case of what follows a choice, each behind a ``when(_:)``.
  var saysAll: Bool { get }
  mutating func when(_ words: String)
  /// A rule that no bound of one field says; `words` are for the page.
  mutating func check(_ words: String, _ rule: () throws(BlobFault) -> Void) throws(Failure)
  /// Bytes of the last vector are looked at one by one.
  mutating func look(at bytes: Int) throws(Failure)
}

/// What a layer's rows are finished by: scales and biases, a ``BlobScaling``, a ``BlobExactScaling``.
enum WeightsKind: Equatable {
  case float
  /// mayHaveColumns: of a dense layer of one row of inputs.
  case integer(mayHaveColumns: Bool)
  case exact

  var isInteger: Bool { if case .integer = self { true } else { false } }
}

/// How integers lie in the parameters.
struct VectorForm {
  var width: Int
  var isSigned: Bool
  var part = BlobPart.vectors
}

/// A varint of a step.
struct StepField<Step> {
  let name: String
  let path: WritableKeyPath<Step, Int>
  let allowed: ClosedRange<Int>?

  /// A place, or a size that its tensor bounds.
  static func plain(_ name: String, _ path: WritableKeyPath<Step, Int>) -> Self {
    Self(name: name, path: path, allowed: nil)
  }
  static func size(_ name: String, _ path: WritableKeyPath<Step, Int>) -> Self {
    Self(name: name, path: path, allowed: BlobFormat.size)
  }
  static func offset(_ name: String, _ path: WritableKeyPath<Step, Int>) -> Self {
    Self(name: name, path: path, allowed: BlobFormat.offset)
  }
  /// Of an image or its windows.
  static func plane(_ name: String, _ path: WritableKeyPath<Step, Int>) -> Self {
    Self(name: name, path: path, allowed: BlobFormat.planeSize)
  }
  static func pad(_ name: String, _ path: WritableKeyPath<Step, Int>) -> Self {
    Self(name: name, path: path, allowed: BlobFormat.planePad)
  }
}

extension StepCoder {
  mutating func begin(_ type: any StepFields.Type) {}
  mutating func types(_ bits: inout Int) throws(Failure) {
    try u8("types", "types", &bits, 0...15)
  }
  mutating func look(at bytes: Int) throws(Failure) {}
  var saysAll: Bool { false }
  mutating func when(_ words: String) {}
  mutating func biases(_ biases: inout BlobBiases?, count: Int, _ length: String) throws(Failure) {
    try biases.code(&self, count: count)
  }

  mutating func fields<Step>(_ step: inout Step, _ fields: [StepField<Step>]) throws(Failure) {
    for field in fields {
      try varint(field.name, field.name, &step[keyPath: field.path], field.allowed)
    }
  }

  /// A byte that says one of several cases.
  mutating func option<Case: RawRepresentable<UInt8> & CaseIterable>(
    _ name: String, _ symbol: String, _ value: inout Case
  ) throws(Failure) {
    let cases = Case.allCases.map { "\($0.rawValue) \($0)" }.joined(separator: ", ")
    var raw = Int(value.rawValue)
    try u8(name, "\(symbol) (\(cases))", &raw, 0...Case.allCases.count - 1)
    value = Case(rawValue: UInt8(raw)) ?? value
  }

  /// The number of axes, then a size of each.
  mutating func sizes(
    _ name: String, _ what: String, _ sizes: inout [Int], atLeast least: Int
  ) throws(Failure) {
    var rank = sizes.count
    let allowed = least...BlobFormat.rank.upperBound
    try varint("the rank of \(name)", "rank", &rank, allowed)
    try varints(what, &sizes, count: rank)
  }

  /// Integers of as many bytes as their type has.
  mutating func integers<Number: FixedWidthInteger>(
    _ name: String, _ values: inout [Number], count: Int, _ length: String
  ) throws(Failure) {
    var wide = values.map { Int($0) }
    let form = VectorForm(width: Number.bitWidth / 8, isSigned: Number.isSigned)
    try vector(name, &wide, count: count, form, length)
    values = wide.map { Number(truncatingIfNeeded: $0) }
  }

  /// Walks through a copy and wraps it up again.
  mutating func step<Fields: StepFields, Step>(
    _ fields: Fields, _ wrapped: (Fields) -> Step
  ) throws(Failure) -> Step {
    begin(Fields.self)
    var fields = fields
    try fields.code(&self)
    return wrapped(fields)
  }
}

extension ClosedRange<Int> {
  /// As the page has it; bounds that are powers of two as such.
  var words: String {
    let isPower = upperBound.nonzeroBitCount == 1 && upperBound >= 1 << 20
    return "\(lowerBound)...\(isPower ? "2^\(upperBound.trailingZeroBitCount)" : "\(upperBound)")"
  }
}
