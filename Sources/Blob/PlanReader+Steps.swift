extension PlanReader {
  var arenaWords: Int { sections.arenaBytes / 4 }

  /// An opcode and its fields. Formats/Blob.md, "Steps".
  mutating func oneStep() throws(BlobFault) -> BlobStep {
    let step: BlobStep
    let opcode = try plan.u8()
    switch opcode {
    case 1: step = .convolution(try convolution())
    case 2: step = .dense(try dense())
    case 4: step = .prelu(try prelu())
    case 13: step = .constant(try constant())
    case 14: step = .affine(try affine())
    case 15: step = .select(try select())
    case 33...47: step = .integer(try integer(opcode - 32))
    default:
      step = try plainStep(opcode)
      try step.checkGeometry(arenaWords: arenaWords)
      note(.fields)
    }
    return step
  }

  /// Steps that have no numbers.
  private mutating func plainStep(_ opcode: Int) throws(BlobFault) -> BlobStep {
    switch opcode {
    case 3:
      let f = try plan.varints(3)
      return .activation(
        BlobActivationStep(x: f[0], y: f[1], count: f[2], activation: try activation()))
    case 5: return .softmax(try softmax())
    case 6: return .maxPool(try pool())
    case 7: return .averagePool(try averagePool())
    case 8: return .spatialMean(try spatialMean())
    case 9: return .binary(try binary())
    case 10: return .copy(try copy())
    case 11: return .pad(try pad())
    case 12: return .transpose(try transpose())
    default: throw .range("the opcode", opcode, allowed: opcode < 32 ? 1...15 : 33...47)
    }
  }

  private mutating func convolution() throws(BlobFault) -> BlobConvolution {
    var step = try convolutionFields()
    step.activation = try activation()
    try step.checkGeometry(ArenaRule(words: arenaWords))
    note(.fields)
    step.weights = try weights(rows: step.o, columns: step.columns)
    return step
  }

  /// Up to `left`.
  mutating func convolutionFields() throws(BlobFault) -> BlobConvolution {
    let f = try plan.varints(17)
    return BlobConvolution(
      x: f[0], y: f[1], groups: f[2], c: f[3], h: f[4], w: f[5], o: f[6], oh: f[7], ow: f[8],
      kh: f[9], kw: f[10], sh: f[11], sw: f[12], dh: f[13], dw: f[14], top: f[15], left: f[16],
      weights: .none)
  }

  private mutating func dense() throws(BlobFault) -> BlobDense {
    let f = try plan.varints(5)
    var step = BlobDense(
      x: f[0], y: f[1], r: f[2], i: f[3], o: f[4], activation: try activation(), weights: .none)
    try step.checkGeometry(ArenaRule(words: arenaWords))
    note(.fields)
    step.weights = try weights(rows: step.o, columns: step.i)
    return step
  }

  private mutating func prelu() throws(BlobFault) -> BlobPRelu {
    let f = try plan.varints(5)
    var step = BlobPRelu(
      x: f[0], y: f[1], outer: f[2], channels: f[3], inner: f[4], slopes: .absent)
    try step.checkGeometry(ArenaRule(words: arenaWords))
    note(.fields)
    step.slopes = try numbers("the slopes", count: step.channels)
    note(.vectorPlaces)
    return step
  }

  private mutating func constant() throws(BlobFault) -> BlobConstant {
    let f = try plan.varints(2)
    try BlobConstant.checkGeometry(y: f[0], count: f[1], ArenaRule(words: arenaWords))
    note(.fields)
    let step = BlobConstant(y: f[0], numbers: try numbers("the constant", count: f[1]))
    note(.vectorPlaces)
    return step
  }

  private mutating func affine() throws(BlobFault) -> BlobAffine {
    let f = try plan.varints(4)
    var step = BlobAffine(
      x: f[0], y: f[1], channels: f[2], inner: f[3], scale: .absent, shift: .absent)
    try step.checkGeometry(ArenaRule(words: arenaWords))
    note(.fields)
    step.scale = try numbers("the scale", count: step.channels)
    step.shift = try numbers("the shift", count: step.channels)
    note(.vectorPlaces)
    return step
  }

  private mutating func select() throws(BlobFault) -> BlobSelect {
    try select(ArenaRule(words: arenaWords))
  }

  mutating func select(_ arena: ArenaRule) throws(BlobFault) -> BlobSelect {
    let f = try plan.varints(5)
    var step = BlobSelect(x: f[0], y: f[1], outer: f[2], inner: f[3], places: [])
    try step.checkGeometry(arena, count: f[4])
    note(.fields)
    let bitmap = try parameterBytes("the bitmap", count: (step.inner + 7) / 8)
    try look(at: bitmap.count)
    try unpack(step.inner)
    step.places = (0..<step.inner).filter { bitmap[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    guard step.places.count == f[4] else { throw .places(step.places.count, expected: f[4]) }
    guard step.bitmap == bitmap else { throw .spareBits("the bitmap") }
    note(.vectorPlaces)
    return step
  }

  mutating func pool() throws(BlobFault) -> BlobPool {
    let f = try plan.varints(15)
    return BlobPool(
      x: f[0], y: f[1], c: f[2], h: f[3], w: f[4], oh: f[5], ow: f[6], kh: f[7], kw: f[8],
      sh: f[9], sw: f[10], dh: f[11], dw: f[12], top: f[13], left: f[14])
  }

  mutating func softmax() throws(BlobFault) -> BlobSoftmax {
    let f = try plan.varints(5)
    return BlobSoftmax(x: f[0], y: f[1], outer: f[2], count: f[3], inner: f[4])
  }

  mutating func spatialMean() throws(BlobFault) -> BlobSpatialMean {
    let f = try plan.varints(4)
    return BlobSpatialMean(x: f[0], y: f[1], channels: f[2], inner: f[3])
  }

  mutating func copy() throws(BlobFault) -> BlobCopy {
    let f = try plan.varints(6)
    return BlobCopy(x: f[0], y: f[1], outer: f[2], inner: f[3], stride: f[4], offset: f[5])
  }

  mutating func transpose() throws(BlobFault) -> BlobTranspose {
    let f = try plan.varints(2)
    let rank = try counted("the rank of x", 1...BlobFormat.rank.upperBound)
    return BlobTranspose(
      x: f[0], y: f[1], sizes: try plan.varints(rank), axes: try plan.varints(rank))
  }

  mutating func averagePool() throws(BlobFault) -> BlobAveragePool {
    let pool = try pool()
    let f = try plan.varints(2)
    let counts = try plan.u8()
    try Rule.count("counts-padding", counts, 0...1)
    return BlobAveragePool(pool: pool, bottom: f[0], right: f[1], countsPadding: counts == 1)
  }

  private mutating func binary() throws(BlobFault) -> BlobBinary {
    var step = try binaryFields()
    step.activation = try activation()
    return step
  }

  /// Up to the masks.
  mutating func binaryFields() throws(BlobFault) -> BlobBinary {
    let kind = try plan.u8()
    guard let operation = BlobBinary.Operator(rawValue: UInt8(kind)) else {
      throw .range("the operator", kind, allowed: 0...3)
    }
    let f = try plan.varints(3)
    let rank = try counted("the rank of y", BlobFormat.rank)
    return BlobBinary(
      operation, a: f[0], b: f[1], y: f[2], sizes: try plan.varints(rank),
      maskA: UInt8(try plan.u8()), maskB: UInt8(try plan.u8()))
  }

  private mutating func pad() throws(BlobFault) -> BlobPad {
    let mode = try padMode()
    return try pad(mode, value: try plan.f32("the border's value"))
  }

  mutating func padMode() throws(BlobFault) -> BlobPad.Mode {
    let kind = try plan.u8()
    guard let mode = BlobPad.Mode(rawValue: UInt8(kind)) else {
      throw .range("the mode", kind, allowed: 0...2)
    }
    return mode
  }

  /// From `x` on.
  mutating func pad(_ mode: BlobPad.Mode, value: Float) throws(BlobFault) -> BlobPad {
    let f = try plan.varints(2)
    let rank = try counted("the rank of x", 1...BlobFormat.rank.upperBound)
    return BlobPad(
      mode: mode, value: value, x: f[0], y: f[1], sizes: try plan.varints(rank),
      before: try plan.varints(rank), after: try plan.varints(rank))
  }
}

extension BlobWeights {
  /// Stands for weights that are not read yet.
  static let none = BlobWeights(rows: 0, columns: 0, positions: [], values: .raw([]))
}
