// A step's type is in Steps/, with all its fields. To add one: its file there, and here a case, what it
// is walked through by, its blank and its switch; its integer form the same in BlobIntegerStep.swift.

/// One operation of the plan.
public enum BlobStep: Equatable, Sendable {
  case convolution(BlobConvolution<BlobActivation>)
  case dense(BlobDense)
  case activation(BlobActivationStep)
  case prelu(BlobPRelu)
  case softmax(BlobSoftmax)
  case maxPool(BlobPool)
  case averagePool(BlobAveragePool)
  case globalAveragePool(BlobGlobalAveragePool)
  case binary(BlobBinary<BlobFloatFormula>)
  case copy(BlobCopy)
  case pad(BlobPad<Float>)
  case transpose(BlobTranspose)
  case constant(BlobConstant)
  case affine(BlobAffine)
  case gather(BlobGather)
  case resize(BlobResize)
  case logSoftmax(BlobLogSoftmax)
  case argMax(BlobArgMax)
  case matrixProduct(BlobMatrixProduct)
  case slide(BlobSlide)
  case integer(BlobIntegerStep)

  /// All fields behind the opcode, in the order of the plan.
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    switch self {
    case .convolution(let step): self = try coder.step(step, BlobStep.convolution)
    case .dense(let step): self = try coder.step(step, BlobStep.dense)
    case .activation(let step): self = try coder.step(step, BlobStep.activation)
    case .prelu(let step): self = try coder.step(step, BlobStep.prelu)
    case .softmax(let step): self = try coder.step(step, BlobStep.softmax)
    case .maxPool(let step): self = try coder.step(step, BlobStep.maxPool)
    case .averagePool(let step): self = try coder.step(step, BlobStep.averagePool)
    case .globalAveragePool(let step): self = try coder.step(step, BlobStep.globalAveragePool)
    case .binary(let step): self = try coder.step(step, BlobStep.binary)
    case .copy(let step): self = try coder.step(step, BlobStep.copy)
    case .pad(let step): self = try coder.step(step, BlobStep.pad)
    case .transpose(let step): self = try coder.step(step, BlobStep.transpose)
    case .constant(let step): self = try coder.step(step, BlobStep.constant)
    case .affine(let step): self = try coder.step(step, BlobStep.affine)
    case .gather(let step): self = try coder.step(step, BlobStep.gather)
    case .resize(let step): self = try coder.step(step, BlobStep.resize)
    case .logSoftmax(let step): self = try coder.step(step, BlobStep.logSoftmax)
    case .argMax(let step): self = try coder.step(step, BlobStep.argMax)
    case .matrixProduct(let step): self = try coder.step(step, BlobStep.matrixProduct)
    case .slide(let step): self = try coder.step(step, BlobStep.slide)
    case .integer(var step):
      try step.code(&coder)
      self = .integer(step)
    }
  }

  /// A step of each float32 opcode, to be filled by a reader.
  static let blanks: [UInt8: BlobStep] = byOpcode([
    .convolution(BlobConvolution()), .dense(BlobDense()), .activation(BlobActivationStep()),
    .prelu(BlobPRelu()), .softmax(BlobSoftmax()), .maxPool(BlobPool()),
    .averagePool(BlobAveragePool()), .globalAveragePool(BlobGlobalAveragePool()),
    .binary(BlobBinary()), .copy(BlobCopy()), .pad(BlobPad()), .transpose(BlobTranspose()),
    .constant(BlobConstant()), .affine(BlobAffine()), .gather(BlobGather()),
    .resize(BlobResize()), .logSoftmax(BlobLogSoftmax()), .argMax(BlobArgMax()),
    .matrixProduct(BlobMatrixProduct()), .slide(BlobSlide()),
  ])

  static func byOpcode(_ steps: [BlobStep]) -> [UInt8: BlobStep] {
    Dictionary(steps.map { ($0.opcode, $0) }) { first, _ in first }
  }
}

extension BlobStep {
  private var survey: StepSurvey {
    var (step, survey) = (self, StepSurvey())
    step.code(&survey)
    return survey
  }

  private var elementsPerWord: Int { if case .integer = self { 4 } else { 1 } }

  /// Its number in the plan.
  public var opcode: UInt8 {
    survey.opcode + (elementsPerWord > 1 ? BlobIntegerStep.firstOpcode : 0)
  }

  /// Its name for people, as in `max-pool`; an integer step's with the types of what it reads and
  /// writes, as in `convolution u8 i8`.
  public var name: String {
    if case .integer(let step) = self { step.name(survey) } else { survey.name }
  }

  /// For an integer step a blank one of the same operator in float32; nil for other steps.
  package var floatForm: BlobStep? {
    if case .integer = self { Self.blanks[survey.opcode] } else { nil }
  }

  /// The coded filters of a convolution or dense layer; nil for the other steps.
  public var weights: BlobWeights? { survey.weights }

  /// Whether these may be written by columns: those of a dense layer of one row of inputs, by Kinglet's own integers.
  package var mayHaveColumns: Bool { survey.mayHaveColumns }

  /// What is applied to sums or elements; nil where a step has no field for it.
  package var activation: BlobActivation? { survey.activation }

  /// The same with its weights changed, where it has any.
  package func withWeights(_ change: @escaping (inout BlobWeights) -> Void) -> BlobStep {
    var (step, survey) = (self, StepSurvey())
    survey.change = change
    step.code(&survey)
    return step
  }

  /// Words that are read, a range for each operand.
  ///
  /// - Precondition: the step passed ``BlobModel/check()``, here and below.
  package var reads: [Range<Int>] {
    survey.operands.filter { $0.role != .writes }.map { $0.words(elementsPerWord) }
  }

  /// The run of words that is written; of a copy in several parts, from the first to the last.
  package var writes: Range<Int> { written?.words(elementsPerWord) ?? 0..<0 }

  /// Numbers that are written.
  package var outputCount: Int {
    written.map { $0.written ?? $0.sizes.reduce(1, *) } ?? 0
  }

  private var written: StepOperand? { survey.operands.first { $0.role == .writes } }

  /// Everything that the format asks of it.
  func check(arenaWords: Int, stateWords: Int) throws(BlobFault) {
    var step = self
    var check = StepCheck(
      arena: ArenaRule(words: arenaWords, stateWords: stateWords, elementsPerWord: elementsPerWord))
    try step.code(&check)
  }
}

extension BlobStep {
  /// The switch of kgl_config.h that its operator is built under; nil where there is none.
  package var runtimeSwitch: String? {
    switch self {
    case .convolution: "KGL_OP_CONVOLUTION"
    case .dense: "KGL_OP_DENSE"
    case .activation: nil
    case .prelu: "KGL_OP_PRELU"
    case .softmax: "KGL_OP_SOFTMAX"
    case .maxPool, .averagePool: "KGL_OP_POOL"
    case .globalAveragePool: "KGL_OP_MEAN"
    case .binary: "KGL_OP_BINARY"
    case .copy: "KGL_OP_COPY"
    case .pad: "KGL_OP_PAD"
    case .transpose: "KGL_OP_TRANSPOSE"
    case .constant: "KGL_OP_CONSTANT"
    case .affine: "KGL_OP_AFFINE"
    case .gather: "KGL_OP_SELECT"
    case .resize: "KGL_OP_RESIZE"
    case .logSoftmax: "KGL_OP_LOG_SOFTMAX"
    case .matrixProduct: "KGL_OP_PRODUCT"
    case .argMax: "KGL_OP_ARG_MAX"
    case .slide: "KGL_OP_SLIDE"
    case .integer(let step): step.isOfShorts ? Self.shortsSwitch : floatForm?.runtimeSwitch
    }
  }

  /// Whether its operator calls the C library's exponentials (`KGL_MATH`).
  package var callsMath: Bool {
    switch self {
    case .softmax, .logSoftmax: true
    case .convolution, .dense, .activation, .prelu, .maxPool, .averagePool, .globalAveragePool, .binary, .copy, .pad,
      .transpose, .constant, .affine, .gather, .resize, .argMax, .matrixProduct,
      .slide, .integer:
      activation?.callsMath ?? false
    }
  }

  /// Those of all operators, by opcode.
  package static let runtimeSwitches: [String] = blanks.sorted { $0.key < $1.key }
    .compactMap(\.value.runtimeSwitch).reduce(into: []) { if $0.last != $1 { $0.append($1) } } + [shortsSwitch]

  /// Of numbers of 16 bits, which have no float32 form.
  private static let shortsSwitch = "KGL_OP_SHORTS"
}
