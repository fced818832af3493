import EntropyCoding

// The plan is written in one pass; vectors and lanes go to the parameters section and the banks as
// they are met, so that their offsets are known when the plan mentions them.

/// The sections of a blob as they grow.
struct PlanWriter {
  var plan = ByteWriter()
  private(set) var parameters: [UInt8] = []
  private(set) var banks: [BankWriter]
  private var vectors: [[UInt8]: Int] = [:]
  /// Bytes that a reader looks at one by one. Formats/Blob.md, "Limits".
  private(set) var lookedAt = 0

  /// - Precondition: the model passed its check, as must all that is written.
  init(bankCount: Int) {
    banks = (0..<bankCount).map { _ in BankWriter() }
  }

  mutating func interface(of model: BlobModel) {
    plan.varint(model.inputs.count)
    for input in model.inputs {
      tensor(input.tensor)
      plan.u8(input.transform.layout.rawValue)
      plan.varint(input.transform.scales.count)
      for scale in input.transform.scales { plan.f32(scale) }
      for mean in input.transform.means { plan.f32(mean) }
    }
    plan.varint(model.outputs.count)
    for output in model.outputs { tensor(output) }
    plan.varint(model.steps.count)
  }

  private mutating func tensor(_ tensor: BlobTensor) {
    plan.varint(tensor.place)
    plan.varint(tensor.shape.count + 8 * Int(tensor.type.rawValue))
    plan.varints(tensor.shape)
    if tensor.type != .float32 { plan.f32(tensor.scale) }
  }

  /// A step without weights, or with those of `layer`.
  mutating func step(_ step: BlobStep, layer: (LayerCoding, MaskCandidate)?) throws(BlobFault) {
    plan.u8(step.opcode)
    switch step {
    case .convolution(let step):
      plan.varints([step.x, step.y, step.groups, step.c, step.h, step.w, step.o, step.oh, step.ow])
      plan.varints([step.kh, step.kw, step.sh, step.sw, step.dh, step.dw, step.top, step.left])
      activation(step.activation)
    case .dense(let step):
      plan.varints([step.x, step.y, step.r, step.i, step.o])
      activation(step.activation)
    case .maxPool(let step): pool(step)
    case .averagePool(let step):
      pool(step.pool)
      plan.varints([step.bottom, step.right])
      plan.u8(step.countsPadding ? 1 : 0)
    case .binary(let step): binary(step)
    case .pad(let step): pad(step)
    case .integer(let step): integer(step)
    default: other(step)
    }
    if let (coding, candidate) = layer { try weights(coding, candidate) }
  }

  private mutating func other(_ step: BlobStep) {
    switch step {
    case .activation(let step):
      plan.varints([step.x, step.y, step.count])
      activation(step.activation)
    case .prelu(let step):
      plan.varints([step.x, step.y, step.outer, step.channels, step.inner])
      numbers(step.slopes)
    case .softmax(let step): plan.varints([step.x, step.y, step.outer, step.count, step.inner])
    case .spatialMean(let step): plan.varints([step.x, step.y, step.channels, step.inner])
    case .copy(let step):
      plan.varints([step.x, step.y, step.outer, step.inner, step.stride, step.offset])
    case .transpose(let step):
      plan.varints([step.x, step.y, step.sizes.count] + step.sizes + step.axes)
    case .constant(let step):
      plan.varints([step.y, step.count])
      numbers(step.numbers)
    case .affine(let step):
      plan.varints([step.x, step.y, step.channels, step.inner])
      numbers(step.scale)
      numbers(step.shift)
    case .select(let step):
      plan.varints([step.x, step.y, step.outer, step.inner, step.places.count])
      bitmap(step.bitmap)
    default: break
    }
  }

  mutating func pool(_ step: BlobPool) {
    plan.varints([step.x, step.y, step.c, step.h, step.w, step.oh, step.ow])
    plan.varints([step.kh, step.kw, step.sh, step.sw, step.dh, step.dw, step.top, step.left])
  }

  private mutating func binary(_ step: BlobBinary) {
    binaryFields(step)
    activation(step.activation)
  }

  /// Up to the masks.
  mutating func binaryFields(_ step: BlobBinary) {
    plan.u8(step.operation.rawValue)
    plan.varints([step.a, step.b, step.y, step.sizes.count] + step.sizes)
    plan.u8(step.maskA)
    plan.u8(step.maskB)
  }

  private mutating func pad(_ step: BlobPad) {
    plan.u8(step.mode.rawValue)
    plan.f32(step.value)
    plan.varints([step.x, step.y, step.sizes.count] + step.sizes + step.before + step.after)
  }

  private mutating func activation(_ activation: BlobActivation) {
    plan.u8(activation.kind)
    for parameter in activation.parameters { plan.f32(parameter) }
  }

  /// Equal vectors are stored once.
  private mutating func numbers(_ numbers: BlobNumbers) {
    plan.u8(numbers.precision.code)
    guard numbers.precision != .absent else { return }
    lookedAt += numbers.lookedAtBytes
    plan.varint(place(of: numbers.encoded))
  }

  mutating func bitmap(_ bytes: [UInt8]) {
    lookedAt += bytes.count
    plan.varint(place(of: bytes))
  }

  mutating func biases(_ biases: BlobBiases?) {
    plan.u8(UInt8(biases?.width ?? 0))
    guard let biases else { return }
    plan.u8(UInt8(biases.shift))
    if biases.width == 4 { lookedAt += 4 * biases.numbers.count }
    vector(biases.numbers.map(Int.init), width: biases.width)
  }

  /// Where bytes lie in the parameters.
  mutating func place(of bytes: [UInt8]) -> Int {
    let offset = vectors[bytes] ?? parameters.count
    if offset == parameters.count { parameters += bytes }
    vectors[bytes] = offset
    return offset
  }

  private mutating func codeLengths(_ lengths: [UInt8]) {
    lookedAt += BlobFormat.changeBytes * HuffmanCode.changes(in: lengths)
    plan.codeLengths(lengths)
  }

  /// Puts so many unused bytes behind the vectors.
  mutating func fill(_ count: Int) { parameters += [UInt8](repeating: 0, count: count) }

  private mutating func weights(
    _ coding: LayerCoding, _ candidate: MaskCandidate
  ) throws(BlobFault) {
    let weights = coding.weights
    plan.u8(candidate.kind.rawValue)
    let alphabets = candidate.valueLengths
    plan.u8(alphabets.isEmpty ? 0 : alphabets.count == 1 ? 1 : 2)
    if candidate.kind.hasGaps || candidate.kind == .joint { plan.varint(candidate.jump) }
    for lengths in candidate.gapLengths { codeLengths(lengths) }
    for byte in candidate.rowClasses?.bitmap ?? [] { plan.u8(byte) }
    if case .table(let table, _) = weights.values {
      plan.varint(table.values.count)
      for lengths in alphabets { codeLengths(lengths) }
      numbers(table)
    }
    if let scaling = weights.scaling {
      self.scaling(scaling)
    } else {
      numbers(weights.rowScales)
      numbers(weights.biases)
    }
    plan.varint(weights.lanes.count)
    for (index, lane) in weights.lanes.enumerated() {
      let bits: (bytes: [UInt8], count: Int)
      do {
        let writer = try coding.lane(index, as: candidate)
        bits = (writer.bytes, writer.bitCount)
      } catch {
        throw .coding(error)
      }
      plan.varint(lane.bank)
      plan.varint(banks[lane.bank].bytes.count)
      plan.varint(bits.count)
      plan.varint(lane.rows)
      banks[lane.bank].append(bits.bytes, pad: bits.count > 0 ? candidate.pad : 0)
    }
  }
}

/// An image of one parameter memory. Formats/Blob.md, "Banks".
struct BankWriter {
  private(set) var bytes: [UInt8] = []
  private var pad = 0

  mutating func append(_ lane: [UInt8], pad: Int) {
    bytes += lane
    self.pad = max(self.pad, pad)
  }

  /// Lanes and pad.
  var image: [UInt8] { bytes + [UInt8](repeating: Pad.byte, count: pad) }
}

extension BlobNumbers {
  /// What the parameters section holds.
  var encoded: [UInt8] {
    var writer = ByteWriter()
    switch precision {
    case .absent: break
    case .float16: for value in values { writer.u16(Int(Float16(value).bitPattern)) }
    case .float32: for value in values { writer.f32(value) }
    case .int8(let scale):
      writer.f32(scale)
      for value in values { writer.u8(UInt8(bitPattern: Self.step(value, scale: scale) ?? 0)) }
    case .int16(let scale):
      writer.f32(scale)
      for value in values {
        writer.u16(Int(UInt16(bitPattern: Self.step(value, scale: scale) ?? 0)))
      }
    }
    return writer.bytes
  }
}

extension BlobNumbers.Precision {
  /// Its number in Formats/Blob.md, "Plan".
  var code: UInt8 {
    switch self {
    case .absent: 0
    case .float16: 1
    case .float32: 2
    case .int8: 3
    case .int16: 4
    }
  }
}
