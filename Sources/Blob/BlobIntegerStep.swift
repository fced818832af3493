// Opcodes 33...55 of Formats/Blob.md, "Integer steps". Where the float32 form has nothing that an integer
// form cannot have, its type serves both. Those named exact are of "Exact steps": finished by the rule of
// TensorFlow Lite Micro.

/// A step on uint8 or int8 tensors.
public struct BlobIntegerStep: Equatable, Sendable {
  public var form: Form
  /// Whether x (or a), y, and b (or a residual) are int8; else they are uint8, or float32 at a border.
  public var xIsSigned, yIsSigned, bIsSigned: Bool

  public init(_ form: Form, xIsSigned: Bool, yIsSigned: Bool, bIsSigned: Bool = false) {
    self.form = form
    (self.xIsSigned, self.yIsSigned, self.bIsSigned) = (xIsSigned, yIsSigned, bIsSigned)
  }

  public enum Form: Equatable, Sendable {
    case convolution(BlobConvolution<BlobResidual?>)
    case dense(BlobIntegerDense)
    case map(BlobMap)
    case prelu(BlobIntegerPRelu)
    case softmax(BlobIntegerSoftmax)
    case maxPool(BlobPool)
    case averagePool(BlobIntegerAveragePool)
    case globalAveragePool(BlobIntegerGlobalAveragePool)
    case binary(BlobBinary<BlobIntegerFormula>)
    case copy(BlobCopy)
    case pad(BlobPad<UInt8>)
    case transpose(BlobTranspose)
    case constant(BlobIntegerConstant)
    case affine(BlobIntegerAffine)
    case gather(BlobGather)
    case resize(BlobIntegerResize)
    case logSoftmax(BlobIntegerLogSoftmax)
    case argMax(BlobArgMax)
    case matrixProduct(BlobIntegerMatrixProduct)
    case slide(BlobSlide)
    case exactConvolution(BlobConvolution<BlobExactFinish>)
    case exactDense(BlobExactDense)
    case exactSoftmax(BlobExactSoftmax)
    case exactAveragePool(BlobExactAveragePool)
    case exactGlobalAveragePool(BlobExactGlobalAveragePool)
    case exactBinary(BlobBinary<BlobExactFormula>)
    case exactBorder(BlobExactBorder)
    case exactPRelu(BlobExactPRelu)
    case exactLogSoftmax(BlobExactLogSoftmax)
    case shortDense(BlobShortDense)
    case lstm(BlobExactLSTM)
    case shortProduct(BlobShortProduct)

    /// All fields behind the types, in the order of the plan; gives the types that it can have.
    fileprivate mutating func code<Coder: StepCoder>(
      _ coder: inout Coder
    ) throws(Coder.Failure) -> StepTypes {
      switch self {
      case .convolution(let step): try code(step, Form.convolution, &coder)
      case .dense(let step): try code(step, Form.dense, &coder)
      case .map(let step): try code(step, Form.map, &coder)
      case .prelu(let step): try code(step, Form.prelu, &coder)
      case .softmax(let step): try code(step, Form.softmax, &coder)
      case .maxPool(let step): try code(step, Form.maxPool, &coder)
      case .averagePool(let step): try code(step, Form.averagePool, &coder)
      case .globalAveragePool(let step): try code(step, Form.globalAveragePool, &coder)
      case .binary(let step): try code(step, Form.binary, &coder)
      case .copy(let step): try code(step, Form.copy, &coder)
      case .pad(let step): try code(step, Form.pad, &coder)
      case .transpose(let step): try code(step, Form.transpose, &coder)
      case .constant(let step): try code(step, Form.constant, &coder)
      case .affine(let step): try code(step, Form.affine, &coder)
      case .gather(let step): try code(step, Form.gather, &coder)
      case .resize(let step): try code(step, Form.resize, &coder)
      case .logSoftmax(let step): try code(step, Form.logSoftmax, &coder)
      case .argMax(let step): try code(step, Form.argMax, &coder)
      case .matrixProduct(let step): try code(step, Form.matrixProduct, &coder)
      case .slide(let step): try code(step, Form.slide, &coder)
      case .exactConvolution(let step): try code(step, Form.exactConvolution, &coder)
      case .exactDense(let step): try code(step, Form.exactDense, &coder)
      case .exactSoftmax(let step): try code(step, Form.exactSoftmax, &coder)
      case .exactAveragePool(let step): try code(step, Form.exactAveragePool, &coder)
      case .exactGlobalAveragePool(let step): try code(step, Form.exactGlobalAveragePool, &coder)
      case .exactBinary(let step): try code(step, Form.exactBinary, &coder)
      case .exactBorder(let step): try code(step, Form.exactBorder, &coder)
      case .exactPRelu(let step): try code(step, Form.exactPRelu, &coder)
      case .exactLogSoftmax(let step): try code(step, Form.exactLogSoftmax, &coder)
      case .shortDense(let step): try code(step, Form.shortDense, &coder)
      case .lstm(let step): try code(step, Form.lstm, &coder)
      case .shortProduct(let step): try code(step, Form.shortProduct, &coder)
      }
    }

    private mutating func code<Fields: IntegerStepFields, Coder: StepCoder>(
      _ fields: Fields, _ wrapped: (Fields) -> Form, _ coder: inout Coder
    ) throws(Coder.Failure) -> StepTypes {
      let fields = try coder.step(fields) { $0 }
      self = wrapped(fields)
      return fields.types
    }
  }

  /// What opcodes are above those of the float32 forms.
  static let firstOpcode: UInt8 = 32

  /// A step of each opcode, to be filled by a reader.
  static let blanks: [UInt8: BlobStep] = BlobStep.byOpcode(
    [
      .convolution(BlobConvolution()), .dense(BlobIntegerDense()), .map(BlobMap()),
      .prelu(BlobIntegerPRelu()), .softmax(BlobIntegerSoftmax()), .maxPool(BlobPool()),
      .averagePool(BlobIntegerAveragePool()),
      .globalAveragePool(BlobIntegerGlobalAveragePool()), .binary(BlobBinary()),
      .copy(BlobCopy()), .pad(BlobPad()), .transpose(BlobTranspose()),
      .constant(BlobIntegerConstant()), .affine(BlobIntegerAffine()), .gather(BlobGather()),
      .resize(BlobIntegerResize()), .logSoftmax(BlobIntegerLogSoftmax()), .argMax(BlobArgMax()),
      .matrixProduct(BlobIntegerMatrixProduct()), .slide(BlobSlide()),
    ].map { .integer(BlobIntegerStep($0, xIsSigned: false, yIsSigned: false)) })

  /// An exact step of each opcode that has one; the last have no other form.
  static let exactBlanks: [UInt8: BlobStep] = BlobStep.byOpcode(
    exactForms.map { .integer(BlobIntegerStep($0, xIsSigned: true, yIsSigned: true)) })

  private static let exactForms: [Form] = [
    .exactConvolution(BlobConvolution()),
    .exactDense(BlobExactDense()),
    .exactSoftmax(BlobExactSoftmax()),
    .exactAveragePool(BlobExactAveragePool()),
    .exactGlobalAveragePool(BlobExactGlobalAveragePool()),
    .exactBinary(BlobBinary()),
    .exactBorder(BlobExactBorder()),
    .exactPRelu(BlobExactPRelu()),
    .exactLogSoftmax(BlobExactLogSoftmax()),
    .shortDense(BlobShortDense()),
    .lstm(BlobExactLSTM()),
    .shortProduct(BlobShortProduct()),
  ]

  /// All fields behind the opcode, in the order of the plan.
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var bits = (xIsSigned ? 1 : 0) + (yIsSigned ? 2 : 0) + (bIsSigned ? 4 : 0) + (isExact ? 8 : 0)
    try coder.types(&bits)
    if bits & 8 > 0 && !isExact, case .integer(let blank)? = Self.exactBlanks[opcode] {
      form = blank.form  // a reader begins with the other form
    }
    let exact = isExact
    try coder.check("") { () throws(BlobFault) in
      guard (bits & 8 > 0) == exact else { throw .types(bits) }
    }
    (xIsSigned, yIsSigned, bIsSigned) = (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0)
    let types = try form.code(&coder)
    try coder.check(types.words) { () throws(BlobFault) in
      guard types.allow(self) else { throw .types(bits) }
    }
  }

  /// Whether it is finished by the rule of "Exact steps".
  package var isExact: Bool {
    switch form {
    case .convolution, .dense, .map, .prelu, .softmax, .maxPool, .averagePool, .globalAveragePool,
      .binary, .copy, .pad, .transpose, .constant, .affine, .gather, .resize, .logSoftmax, .argMax,
      .matrixProduct, .slide:
      false
    case .exactConvolution, .exactDense, .exactSoftmax, .exactAveragePool, .exactGlobalAveragePool,
      .exactBinary, .exactBorder, .exactPRelu, .exactLogSoftmax, .shortDense, .lstm, .shortProduct:
      true
    }
  }

  /// Whether it is finished by Kinglet's own rule; the others are exact, or only move bytes and look them up.
  package var isOwn: Bool {
    switch form {
    case .convolution, .dense, .prelu, .softmax, .averagePool, .globalAveragePool, .binary, .affine, .logSoftmax,
      .matrixProduct:
      true
    case .map, .maxPool, .copy, .pad, .transpose, .constant, .gather, .resize, .argMax, .slide, .exactConvolution, .exactDense,
      .exactSoftmax, .exactAveragePool, .exactGlobalAveragePool, .exactBinary, .exactBorder, .exactPRelu,
      .exactLogSoftmax, .shortDense, .lstm, .shortProduct:
      false
    }
  }

  /// Whether it has numbers of 16 bits.
  package var isOfShorts: Bool {
    if case .shortDense = form { return true }
    if case .lstm = form { return true }
    if case .shortProduct = form { return true }
    return false
  }

  private var opcode: UInt8 { BlobStep.integer(self).opcode }

  func name(_ survey: StepSurvey) -> String {
    var words = [survey.name]
    if isExact { return "exact \(survey.name)" }
    if case .convolution(let step) = form, step.finish != nil { words.append("with residual") }
    if case .constant = form {} else { words.append(xIsSigned ? "i8" : "u8") }
    if case .binary = form { words.append(bIsSigned ? "i8" : "u8") }
    if case .argMax = form { return (words + ["i32"]).joined(separator: " ") }
    return (words + [yIsSigned ? "i8" : "u8"]).joined(separator: " ")
  }
}
