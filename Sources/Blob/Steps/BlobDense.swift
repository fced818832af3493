import Tensors

/// [r, i] to [r, o]: y = f(scale x sum + bias).
public struct BlobDense: Equatable, Sendable {
  public var x, y: Int
  public var r, i, o: Int
  public var activation: BlobActivation
  /// `o` rows, `i` columns.
  public var weights: BlobWeights

  public init(
    x: Int, y: Int, r: Int = 1, i: Int, o: Int, activation: BlobActivation = .none,
    weights: BlobWeights
  ) {
    (self.x, self.y) = (x, y)
    (self.r, self.i, self.o) = (r, i, o)
    self.activation = activation
    self.weights = weights
  }
}

extension BlobDense: StepFields {
  static let opcode: UInt8 = 2
  static let name = "dense"
  static let sizes = "[R,I] to [R,O]"

  init() { self.init(x: 0, y: 0, i: 1, o: 1, weights: .blank) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [.plain("x", \.x), .plain("y", \.y), .size("R", \.r), .size("I", \.i), .size("O", \.o)])
    try coder.activation(&activation)
    try coder.operands([.reads("x", x, [r, i]), .writes(y, [r, o])])
    try coder.weights(&weights, .float, rows: o, columns: i, "O rows and I columns")
  }
}

/// [r, i] to [r, o]: each row's sum by the scaling of the weights.
public struct BlobIntegerDense: Equatable, Sendable {
  public var x, y: Int
  public var r, i, o: Int
  /// `o` rows, `i` columns; with ``BlobWeights/scaling``.
  public var weights: BlobWeights

  public init(x: Int, y: Int, r: Int = 1, i: Int, o: Int, weights: BlobWeights) {
    (self.x, self.y) = (x, y)
    (self.r, self.i, self.o) = (r, i, o)
    self.weights = weights
  }
}

extension BlobIntegerDense: IntegerStepFields {
  static let opcode = BlobDense.opcode
  static let name = BlobDense.name
  static let sizes = BlobDense.sizes
  var types: StepTypes { StepTypes() }
  /// Whether its weights may be written by columns.
  var mayHaveColumns: Bool { r == 1 }

  init() { self.init(x: 0, y: 0, i: 1, o: 1, weights: .blank) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [.plain("x", \.x), .plain("y", \.y), .size("R", \.r), .size("I", \.i), .size("O", \.o)])
    try coder.operands([.reads("x", x, [r, i]), .writes(y, [r, o])])
    try coder.weights(
      &weights, .integer(mayHaveColumns: mayHaveColumns), rows: o, columns: i, "O rows and I columns")
  }
}

extension BlobWeights {
  /// Stands for weights that are not read yet.
  static let blank = BlobWeights(.raw(SparseMatrix([], rows: 0, columns: 0)))
}
