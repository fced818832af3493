// Integer steps. Their geometry is checked before a vector is unpacked, as that of other steps is;
// bounds of single fields where they are read. Formats/Blob.md, "Integer steps".

extension PlanReader {
  /// A step whose float32 form has this opcode.
  mutating func integer(_ opcode: Int) throws(BlobFault) -> BlobIntegerStep {
    let types = try plan.u8()
    try Rule.count("types", types, 0...7)
    let (form, fields) = try integerForm(opcode)
    var step = BlobIntegerStep(
      form, xIsSigned: types & 1 > 0, yIsSigned: types & 2 > 0, bIsSigned: types & 4 > 0,
      fields: fields)
    try step.checkGeometry(arenaWords: arenaWords)
    note(.fields)
    switch (form, fields) {
    case (.convolution(var layer), _):
      layer.weights = try weights(rows: layer.o, columns: layer.columns, isInteger: true)
      step.form = BlobStepForm(.convolution(layer))
    case (.dense(var layer), _):
      layer.weights = try weights(rows: layer.o, columns: layer.i, isInteger: true)
      step.form = BlobStepForm(.dense(layer))
    default: break
    }
    return step
  }

  /// The float32 form and its fields; weights are not read yet.
  private mutating func integerForm(
    _ opcode: Int
  ) throws(BlobFault) -> (BlobStep, BlobIntegerStep.Fields) {
    let arena = ArenaRule(words: arenaWords, elementsPerWord: 4)
    switch opcode {
    case 1: return (.convolution(try convolutionFields()), .convolution(try residual()))
    case 2:
      let f = try plan.varints(5)
      return (
        .dense(BlobDense(x: f[0], y: f[1], r: f[2], i: f[3], o: f[4], weights: .none)), .none
      )
    case 4: return try prelu(arena)
    case 6: return (.maxPool(try pool()), .none)
    case 7: return (.averagePool(try averagePool()), .none)
    case 8: return (.spatialMean(try spatialMean()), .mean(try rescale()))
    case 9: return try binary()
    case 10: return (.copy(try copy()), .none)
    case 11:
      let mode = try padMode()
      let value = UInt8(try plan.u8())
      return (.pad(try pad(mode, value: 0)), .pad(value))
    case 12: return (.transpose(try transpose()), .none)
    case 13: return try constant(arena)
    case 14: return try affine(arena)
    case 15: return (.select(try select(arena)), .none)
    default: return try tabled(opcode)
    }
  }

  /// Map and softmax.
  private mutating func tabled(
    _ opcode: Int
  ) throws(BlobFault) -> (BlobStep, BlobIntegerStep.Fields) {
    guard opcode == 3 else {
      let form = try softmax()
      let count = try counted("the number of exponentials", 1...256)
      let table = try vector("the exponentials", count: count, width: 2, isSigned: false)
      try Rule.count("the first exponential", table[0], 1...65535)
      return (.softmax(form), .softmax(table.map { UInt16($0) }))
    }
    let f = try plan.varints(3)
    let form = BlobActivationStep(x: f[0], y: f[1], count: f[2], activation: .none)
    let results = try vector("the map", count: 256, width: 1, isSigned: false)
    return (.activation(form), .map(results.map { UInt8($0) }))
  }

  private mutating func prelu(
    _ arena: ArenaRule
  ) throws(BlobFault) -> (BlobStep, BlobIntegerStep.Fields) {
    let f = try plan.varints(5)
    let form = BlobPRelu(
      x: f[0], y: f[1], outer: f[2], channels: f[3], inner: f[4], slopes: .absent)
    try form.checkGeometry(arena)
    let factor = try counted("the factor", BlobFormat.factor)
    let slopes = try vector("the slopes", count: form.channels, width: 2, isSigned: true)
    return (.prelu(form), .prelu(factor: factor, slopes: slopes.map { Int16($0) }))
  }

  private mutating func binary() throws(BlobFault) -> (BlobStep, BlobIntegerStep.Fields) {
    let form = try binaryFields()
    switch form.operation {
    case .add, .subtract:
      let factorA = try counted("the factor of a", BlobFormat.factor)
      let factorB = try counted("the factor of b", BlobFormat.factor)
      return (.binary(form), .sum(factorA: factorA, factorB: factorB))
    case .multiply: return (.binary(form), .product(try rescale()))
    case .divide:
      let rescale = try rescale()
      let table = try vector("the reciprocals", count: 256, width: 2, isSigned: true)
      return (.binary(form), .quotient(rescale, reciprocals: table.map { Int16($0) }))
    }
  }

  private mutating func constant(
    _ arena: ArenaRule
  ) throws(BlobFault) -> (BlobStep, BlobIntegerStep.Fields) {
    let f = try plan.varints(2)
    try BlobConstant.checkGeometry(y: f[0], count: f[1], arena)
    let bytes = try vector("the constant", count: f[1], width: 1, isSigned: false)
    return (
      .constant(BlobConstant(y: f[0], numbers: .absent)), .constant(bytes.map { UInt8($0) })
    )
  }

  private mutating func affine(
    _ arena: ArenaRule
  ) throws(BlobFault) -> (BlobStep, BlobIntegerStep.Fields) {
    let f = try plan.varints(4)
    let form = BlobAffine(
      x: f[0], y: f[1], channels: f[2], inner: f[3], scale: .absent, shift: .absent)
    try form.checkGeometry(arena)
    let factors = try vector("the factors", count: form.channels, width: 2, isSigned: true)
    let biases = try biases(count: form.channels)
    note(.vectorPlaces)
    return (.affine(form), .affine(factors: factors.map { Int16($0) }, biases: biases))
  }

  private mutating func residual() throws(BlobFault) -> BlobResidual? {
    let hasResidual = try plan.u8()
    try Rule.count("has-residual", hasResidual, 0...1)
    guard hasResidual == 1 else { return nil }
    let place = try plan.varint()
    return BlobResidual(
      place: place, factor: try counted("the residual's factor", BlobFormat.factor))
  }

  private mutating func rescale() throws(BlobFault) -> BlobRescale {
    let (shift, exponent) = try shifts()
    return BlobRescale(
      shift: shift, exponent: exponent,
      multiplier: try counted("the multiplier", BlobFormat.multiplier))
  }

  private mutating func shifts() throws(BlobFault) -> (shift: Int, exponent: Int) {
    let (shift, exponent) = (try plan.u8(), try plan.u8())
    try Rule.count("the shift", shift, BlobFormat.shift)
    try Rule.count("the exponent", exponent, BlobFormat.shift)
    return (shift, exponent)
  }

  /// What integer weights have instead of row scales and biases.
  mutating func scaling(rows: Int) throws(BlobFault) -> BlobScaling {
    let (shift, exponent) = try shifts()
    let width = try plan.u8()
    try Rule.count("the width of the multipliers", width, 0...2)
    let multipliers =
      width == 0
      ? [try counted("the multiplier", BlobFormat.multiplier)]
      : try integers(
        "the multipliers", count: rows, width: width, isSigned: false, as: .multipliers)
    return BlobScaling(
      shift: shift, exponent: exponent, multipliers: multipliers,
      biases: try biases(count: rows))
  }

  private mutating func biases(count: Int) throws(BlobFault) -> BlobBiases? {
    let width = try plan.u8()
    guard [0, 1, 2, 4].contains(width) else {
      throw .range("the width of the biases", width, allowed: 0...4)
    }
    guard width > 0 else { return nil }
    let shift = try plan.u8()
    try BlobBiases.check(shift: shift, width: width)
    let numbers = try integers(
      "the biases", count: count, width: width, isSigned: true, as: .biases)
    if width == 4 { try look(at: 4 * count) }
    let biases = BlobBiases(numbers.map { Int32(truncatingIfNeeded: $0) }, shift: shift)
    try biases.check(count: count)
    return biases
  }

  /// Numbers whose offset comes next, apart from what stands before it.
  private mutating func vector(
    _ field: String, count: Int, width: Int, isSigned: Bool
  ) throws(BlobFault) -> [Int] {
    note(.fields)
    defer { note(.vectorPlaces) }
    return try integers(field, count: count, width: width, isSigned: isSigned)
  }
}
