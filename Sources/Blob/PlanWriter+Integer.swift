// Integer steps: the fields of the float32 form, and what stands behind or instead of some of them.
// Formats/Blob.md, "Integer steps".

extension PlanWriter {
  /// All but the opcode and weights.
  mutating func integer(_ step: BlobIntegerStep) {
    plan.u8(UInt8(step.types))
    switch step.form.step {
    case .averagePool(let form):
      pool(form.pool)
      plan.varints([form.bottom, form.right])
      plan.u8(form.countsPadding ? 1 : 0)
    case .maxPool(let form): pool(form)
    case .pad(let form):
      plan.u8(form.mode.rawValue)
      if case .pad(let value) = step.fields { plan.u8(value) }
      plan.varints([form.x, form.y, form.sizes.count] + form.sizes + form.before + form.after)
    case .binary(let form): binaryFields(form)
    case .constant(let form):
      plan.varint(form.y)
      if case .constant(let bytes) = step.fields { plan.varint(bytes.count) }
    case .select(let form):
      plan.varints([form.x, form.y, form.outer, form.inner, form.places.count])
      bitmap(form.bitmap)
    default: plan.varints(step.form.step.leadingFields)
    }
    more(step.fields)
  }

  /// What follows the fields of the float32 form.
  private mutating func more(_ fields: BlobIntegerStep.Fields) {
    switch fields {
    case .none, .pad: break
    case .convolution(let residual):
      plan.u8(residual == nil ? 0 : 1)
      if let residual { plan.varints([residual.place, residual.factor]) }
    case .map(let results): plan.varint(place(of: results))
    case .prelu(let factor, let slopes):
      plan.varint(factor)
      vector(slopes.map(Int.init), width: 2)
    case .softmax(let exponentials):
      plan.varint(exponentials.count)
      vector(exponentials.map(Int.init), width: 2)
    case .mean(let rescale), .product(let rescale): self.rescale(rescale)
    case .sum(let factorA, let factorB): plan.varints([factorA, factorB])
    case .quotient(let rescale, let reciprocals):
      self.rescale(rescale)
      vector(reciprocals.map(Int.init), width: 2)
    case .constant(let bytes): plan.varint(place(of: bytes))
    case .affine(let factors, let biases):
      vector(factors.map(Int.init), width: 2)
      self.biases(biases)
    }
  }

  private mutating func rescale(_ rescale: BlobRescale) {
    plan.u8(UInt8(rescale.shift))
    plan.u8(UInt8(rescale.exponent))
    plan.varint(rescale.multiplier)
  }

  /// What integer weights have instead of row scales and biases.
  mutating func scaling(_ scaling: BlobScaling) {
    plan.u8(UInt8(scaling.shift))
    plan.u8(UInt8(scaling.exponent))
    plan.u8(UInt8(scaling.multiplierWidth))
    if scaling.multiplierWidth == 0 {
      plan.varint(scaling.multipliers[0])
    } else {
      vector(scaling.multipliers, width: scaling.multiplierWidth)
    }
    biases(scaling.biases)
  }

  /// The offset of numbers of `width` bytes each.
  mutating func vector(_ values: [Int], width: Int) {
    var bytes: [UInt8] = []
    for value in values {
      for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
    plan.varint(place(of: bytes))
  }
}

extension BlobStep {
  /// The varints at the beginning of a step that has nothing but varints in both forms.
  fileprivate var leadingFields: [Int] {
    switch self {
    case .convolution(let s):
      [s.x, s.y, s.groups, s.c, s.h, s.w, s.o, s.oh, s.ow]
        + [s.kh, s.kw, s.sh, s.sw, s.dh, s.dw, s.top, s.left]
    case .dense(let s): [s.x, s.y, s.r, s.i, s.o]
    case .activation(let s): [s.x, s.y, s.count]
    case .prelu(let s): [s.x, s.y, s.outer, s.channels, s.inner]
    case .softmax(let s): [s.x, s.y, s.outer, s.count, s.inner]
    case .spatialMean(let s): [s.x, s.y, s.channels, s.inner]
    case .copy(let s): [s.x, s.y, s.outer, s.inner, s.stride, s.offset]
    case .transpose(let s): [s.x, s.y, s.sizes.count] + s.sizes + s.axes
    case .affine(let s): [s.x, s.y, s.channels, s.inner]
    default: []
    }
  }
}
