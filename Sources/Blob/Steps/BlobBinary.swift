/// y = formula(a, b), elementwise, repeating operands along the axes of their masks.
///
/// `Formula` is a ``BlobFloatFormula`` or a ``BlobIntegerFormula``.
public struct BlobBinary<Formula: Equatable & Sendable>: Equatable, Sendable {
  public var formula: Formula
  public var a, b, y: Int
  /// The output's 0...6 sizes.
  public var sizes: [Int]
  /// Bit r: this operand has size 1 along axis r and repeats. y may be an operand whose mask is 0.
  public var maskA, maskB: UInt8

  public init(
    _ formula: Formula, a: Int, b: Int, y: Int, sizes: [Int], maskA: UInt8 = 0, maskB: UInt8 = 0
  ) {
    self.formula = formula
    (self.a, self.b, self.y) = (a, b, y)
    self.sizes = sizes
    (self.maskA, self.maskB) = (maskA, maskB)
  }

  /// The sizes of an operand with this mask.
  package func operandSizes(mask: UInt8) -> [Int] {
    sizes.enumerated().map { axis, size in mask >> UInt8(axis) & 1 == 1 ? 1 : size }
  }
}

public enum BlobOperator: UInt8, Sendable, CaseIterable {
  case add = 0
  case subtract = 1
  case multiply = 2
  case divide = 3
  case maximum = 4
  case minimum = 5
}

/// y = f(a op b).
public struct BlobFloatFormula: Equatable, Sendable {
  public var operation: BlobOperator
  public var activation: BlobActivation

  public init(_ operation: BlobOperator, _ activation: BlobActivation = .none) {
    (self.operation, self.activation) = (operation, activation)
  }
}

/// How two integer elements become 64ths of y's unit.
public enum BlobIntegerFormula: Equatable, Sendable {
  /// 0...2^22 each.
  case add(factorA: Int, factorB: Int)
  case subtract(factorA: Int, factorB: Int)
  case multiply(BlobRescale)
  /// 256 reciprocals, by the divisor's byte.
  case divide(BlobRescale, reciprocals: [Int16])
  /// The larger, and the smaller, of two terms; factors as of an addition.
  case maximum(factorA: Int, factorB: Int)
  case minimum(factorA: Int, factorB: Int)
}

/// What becomes of two elements; its operator stands before the places, the rest behind them.
protocol StepFormula: Equatable, Sendable {
  var operation: BlobOperator { get }
  /// Those that there are.
  static var operators: [BlobOperator] { get }
  init(blank operation: BlobOperator)
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure)
}

extension BlobBinary: StepFields where Formula: StepFormula {
  static var opcode: UInt8 { 9 }
  static var name: String { "binary" }

  init() { self.init(Formula(blank: .add), a: 0, b: 0, y: 0, sizes: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var operation = formula.operation
    try coder.option("the operator", "operator", &operation)
    if operation != formula.operation { formula = Formula(blank: operation) }
    try coder.check("") { () throws(BlobFault) in
      let allowed = Formula.operators.map { Int($0.rawValue) }
      guard Formula.operators.contains(operation) else {
        throw .range("the operator", Int(operation.rawValue), allowed: 0...(allowed.max() ?? 0))
      }
    }
    try coder.fields(&self, [.plain("a", \.a), .plain("b", \.b), .plain("y", \.y)])
    try coder.sizes("y", "output sizes", &sizes, atLeast: 0)
    try Self.mask("a", &maskA, axes: sizes.count, &coder)
    try Self.mask("b", &maskB, axes: sizes.count, &coder)
    try coder.operands([
      .writes(y, sizes),
      .reads("a", a, operandSizes(mask: maskA), inPlace: maskA == 0),
      .reads("b", b, operandSizes(mask: maskB), inPlace: maskB == 0),
    ])
    try formula.code(&coder)
  }

  private static func mask<Coder: StepCoder>(
    _ operand: String, _ mask: inout UInt8, axes: Int, _ coder: inout Coder
  ) throws(Coder.Failure) {
    var bits = Int(mask)
    try coder.u8("the mask of \(operand)", "mask of \(operand)", &bits, 0...255)
    try coder.check("") { () throws(BlobFault) in
      guard bits >> axes == 0 else { throw .axis("the mask of \(operand)", axes) }
    }
    mask = UInt8(bits)
  }
}

/// How elements of integers become y's.
protocol IntegerFormula: StepFormula {
  static var types: StepTypes { get }
}

extension BlobIntegerFormula: IntegerFormula {
  static var types: StepTypes { StepTypes(hasB: true) }
}

extension BlobExactFormula: IntegerFormula {
  static var types: StepTypes { .exact(hasB: true) }
}

extension StepFormula {
  static var operators: [BlobOperator] { BlobOperator.allCases }
}

extension BlobBinary: IntegerStepFields where Formula: IntegerFormula {
  var types: StepTypes { Formula.types }
}

extension BlobFloatFormula: StepFormula {
  init(blank operation: BlobOperator) { self.init(operation) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.activation(&activation)
  }
}

extension BlobIntegerFormula: StepFormula {
  public var operation: BlobOperator {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }

  init(blank operation: BlobOperator) {
    switch operation {
    case .add: self = .add(factorA: 0, factorB: 0)
    case .subtract: self = .subtract(factorA: 0, factorB: 0)
    case .multiply: self = .multiply(.blank)
    case .divide: self = .divide(.blank, reciprocals: [])
    case .maximum: self = .maximum(factorA: 0, factorB: 0)
    case .minimum: self = .minimum(factorA: 0, factorB: 0)
    }
  }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    guard coder.saysAll else { return try codeCase(&coder) }
    for operation in BlobOperator.allCases {
      coder.when("if \(operation)")
      var formula = BlobIntegerFormula(blank: operation)
      try formula.codeCase(&coder)
    }
  }

  private mutating func codeCase<Coder: StepCoder>(
    _ coder: inout Coder
  ) throws(Coder.Failure) {
    switch self {
    case .add(var a, var b):
      try Self.factors(&a, &b, &coder)
      self = .add(factorA: a, factorB: b)
    case .subtract(var a, var b):
      try Self.factors(&a, &b, &coder)
      self = .subtract(factorA: a, factorB: b)
    case .maximum(var a, var b):
      try Self.factors(&a, &b, &coder)
      self = .maximum(factorA: a, factorB: b)
    case .minimum(var a, var b):
      try Self.factors(&a, &b, &coder)
      self = .minimum(factorA: a, factorB: b)
    case .multiply(var rescale):
      try rescale.code(&coder)
      self = .multiply(rescale)
    case .divide(var rescale, var reciprocals):
      try rescale.code(&coder)
      try coder.integers("the reciprocals", &reciprocals, count: 256, "256")
      self = .divide(rescale, reciprocals: reciprocals)
    }
  }

  private static func factors<Coder: StepCoder>(
    _ a: inout Int, _ b: inout Int, _ coder: inout Coder
  ) throws(Coder.Failure) {
    try coder.varint("the factor of a", "ca", &a, BlobFormat.factor)
    try coder.varint("the factor of b", "cb", &b, BlobFormat.factor)
  }
}
