/// Logarithms of a softmax over the middle axis; y may be x.
public struct BlobLogSoftmax: Equatable, Sendable {
  public var softmax: BlobSoftmax

  public init(_ softmax: BlobSoftmax) { self.softmax = softmax }
}

extension BlobLogSoftmax: StepFields {
  static let opcode: UInt8 = 17
  static let name = "log softmax"

  init() { self.init(BlobSoftmax()) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try softmax.code(&coder)
  }
}

/// The integer form: y is int8, in eighths.
public struct BlobIntegerLogSoftmax: Equatable, Sendable {
  public var fields: BlobExactSoftmax

  public init(_ fields: BlobExactSoftmax) { self.fields = fields }
}

extension BlobIntegerLogSoftmax: IntegerStepFields {
  static let opcode = BlobLogSoftmax.opcode
  static let name = BlobLogSoftmax.name
  var types: StepTypes { StepTypes(yIsSigned: true) }

  init() { self.init(BlobExactSoftmax()) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try fields.code(&coder)
  }
}

/// The exact form: y is in sixteenths below 127.
public struct BlobExactLogSoftmax: Equatable, Sendable {
  public var fields: BlobExactSoftmax

  public init(_ fields: BlobExactSoftmax) { self.fields = fields }
}

extension BlobExactLogSoftmax: IntegerStepFields {
  static let opcode = BlobLogSoftmax.opcode
  static let name = BlobLogSoftmax.name
  var types: StepTypes { .exact() }

  init() { self.init(BlobExactSoftmax()) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try fields.code(&coder)
  }
}
