// What the format asks of integer steps: the rules of their float32 form with four elements a word,
// and what the integer form has besides. Formats/Blob.md, "Integer steps".

extension BlobIntegerStep {
  /// Sizes, places, types and options: everything but vectors and weights.
  func checkGeometry(arenaWords: Int) throws(BlobFault) {
    let arena = ArenaRule(words: arenaWords, elementsPerWord: 4)
    try checkTypes()
    try checkForm(arena)
    switch (form.step, fields) {
    case (.convolution(let step), .convolution(let residual)):
      try residual?.check(of: step, arena)
    case (.averagePool(let step), .none):
      try Rule.count("the taps of a window", step.pool.kh * step.pool.kw, BlobFormat.taps)
    case (.softmax(let step), .softmax):
      try Rule.count("count", step.count, BlobFormat.softmaxCount)
    case (.activation, .map), (.prelu, .prelu), (.spatialMean, .mean), (.pad, .pad),
      (.constant, .constant), (.affine, .affine), (.dense, .none), (.maxPool, .none),
      (.copy, .none), (.transpose, .none), (.select, .none):
      break
    case (.binary(let step), .sum) where step.operation == .add || step.operation == .subtract:
      break
    case (.binary(let step), .product) where step.operation == .multiply: break
    case (.binary(let step), .quotient) where step.operation == .divide: break
    default: throw .misplaced("the fields of another integer step")
    }
  }

  /// The byte behind the opcode.
  var types: Int { (xIsSigned ? 1 : 0) + (yIsSigned ? 2 : 0) + (bIsSigned ? 4 : 0) }

  private func checkTypes() throws(BlobFault) {
    let isSound =
      switch form.step {
      case .maxPool, .averagePool, .copy, .pad, .transpose, .select: xIsSigned == yIsSigned
      case .softmax: !yIsSigned
      case .constant: !xIsSigned
      default: true
      }
    guard isSound && (hasB || !bIsSigned) else { throw .types(types) }
  }

  /// Whether there is a b or a residual.
  private var hasB: Bool {
    if case .binary = form.step { return true }
    if case .convolution(let residual) = fields { return residual != nil }
    return false
  }

  /// The float32 form, which holds only places and sizes.
  private func checkForm(_ arena: ArenaRule) throws(BlobFault) {
    if case .constant(let step) = form.step, case .constant(let bytes) = fields {
      try BlobConstant.checkGeometry(y: step.y, count: bytes.count, arena)
    } else {
      try form.step.checkForm(arena)
    }
    guard !form.step.hasFloats else { throw .misplaced("a float32 number of an integer step") }
  }

  /// Vectors, their factors and weights.
  func checkNumbers() throws(BlobFault) {
    switch fields {
    case .none, .pad, .constant: break
    case .convolution(let residual):
      if let residual { try Rule.factor("the residual's factor", residual.factor) }
    case .map(let results): try Rule.length("the map", results.count, 256)
    case .prelu(let factor, _): try Rule.factor("the factor", factor)
    case .softmax(let exponentials):
      try Rule.count("the number of exponentials", exponentials.count, 1...256)
      try Rule.count("the first exponential", Int(exponentials.first ?? 0), 1...65535)
    case .mean(let rescale), .product(let rescale): try rescale.check()
    case .sum(let factorA, let factorB):
      try Rule.factor("the factor of a", factorA)
      try Rule.factor("the factor of b", factorB)
    case .quotient(let rescale, let reciprocals):
      try rescale.check()
      try Rule.length("the reciprocals", reciprocals.count, 256)
    case .affine(_, let biases): try biases?.check(count: form.step.channels)
    }
    if case .prelu(_, let slopes) = fields {
      try Rule.length("the slopes", slopes.count, form.step.channels)
    }
    if case .affine(let factors, _) = fields {
      try Rule.length("the factors", factors.count, form.step.channels)
    }
    try checkWeights()
  }

  private func checkWeights() throws(BlobFault) {
    guard let weights = form.step.weights else {
      if case .select = form.step { try form.step.checkNumbers() }
      return
    }
    guard weights.scaling != nil else { throw .numbersMissing("the scaling") }
    try form.step.checkNumbers()
  }
}

extension BlobStep {
  /// Whether anything is said that only the float32 form can say.
  fileprivate var hasFloats: Bool {
    switch self {
    case .convolution(let step): step.activation != .none
    case .dense(let step): step.activation != .none
    case .activation(let step): step.activation != .none
    case .binary(let step): step.activation != .none
    case .pad(let step): step.value != 0
    case .prelu(let step): step.slopes != .absent
    case .constant(let step): step.numbers != .absent
    case .affine(let step): step.scale != .absent || step.shift != .absent
    default: false
    }
  }

  /// Of steps with a vector of one number a channel.
  fileprivate var channels: Int {
    switch self {
    case .prelu(let step): step.channels
    case .affine(let step): step.channels
    default: 0
    }
  }
}

extension BlobResidual {
  /// It may be y, and otherwise shares no word with it.
  func check(of step: BlobConvolution, _ arena: ArenaRule) throws(BlobFault) {
    let shape = [step.o, step.oh, step.ow]
    let read = try arena.extent("the residual", place, shape)
    let written = try arena.extent("y", step.y, shape)
    try arena.apart("the residual", read, from: written, inPlace: true)
  }
}

extension BlobRescale {
  func check() throws(BlobFault) {
    try Rule.count("the shift", shift, BlobFormat.shift)
    try Rule.count("the exponent", exponent, BlobFormat.shift)
    try Rule.count("the multiplier", multiplier, BlobFormat.multiplier)
  }
}

extension BlobScaling {
  func check(rows: Int) throws(BlobFault) {
    if multipliers.count != 1 { try Rule.length("the multipliers", multipliers.count, rows) }
    for multiplier in multipliers {
      try BlobRescale(shift: shift, exponent: exponent, multiplier: multiplier).check()
    }
    try biases?.check(count: rows)
  }

  /// Bytes of a multiplier: 0 for one that all rows share, else the fewest that hold all.
  var multiplierWidth: Int {
    multipliers.count == 1 ? 0 : multipliers.allSatisfy { $0 < 256 } ? 1 : 2
  }
}

extension BlobBiases {
  func check(count: Int) throws(BlobFault) {
    try Rule.length("the biases", numbers.count, count)
    for number in numbers { try Rule.count("a bias", Int(number), BlobFormat.bias) }
    try Self.check(shift: shift, width: width)
  }

  /// A bias stays within 2^29 with its shift.
  static func check(shift: Int, width: Int) throws(BlobFault) {
    try Rule.count("the biases' shift", shift, width == 4 ? 0...0 : BlobFormat.biasShift)
  }

  /// Bytes of a number: the fewest that hold all.
  var width: Int {
    [1, 2].first { width in
      let bound = Int32(1) << Int32(8 * width - 1)
      return numbers.allSatisfy { $0 >= -bound && $0 < bound }
    } ?? 4
  }
}

extension Rule {
  static func factor(_ field: String, _ value: Int) throws(BlobFault) {
    try count(field, value, BlobFormat.factor)
  }

  static func length(_ field: String, _ count: Int, _ expected: Int) throws(BlobFault) {
    guard count == expected else { throw .listLength(field, count, expected: expected) }
  }
}
