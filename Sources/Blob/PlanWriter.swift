import EntropyCoding
import Tensors

// The plan is written in one pass; vectors and lanes go to the parameters section and the banks as
// they are met, so that their offsets are known when the plan mentions them.

/// The sections of a blob as they grow.
struct PlanWriter {
  var plan = ByteWriter()
  private(set) var parameters: [UInt8] = []
  private(set) var banks: [BankWriter]
  private var vectors: [[UInt8]: Int] = [:]
  /// Offsets of the lanes of layers, which other steps with the very same lanes name too.
  private var layers: [[LaneBits]: [Int]] = [:]

  /// What a lane has in its bank.
  private struct LaneBits: Hashable {
    let bank, rows, bits: Int
    let bytes: [UInt8]
  }
  /// Bytes that a reader looks at one by one. Formats/Blob.md, "Limits".
  private(set) var lookedAt = 0
  /// Of the step that is written.
  private var layer: (LayerCoding, MaskCandidate)?

  /// - Precondition: the model passed its check, as must all that is written.
  init(bankCount: Int) {
    banks = (0..<bankCount).map { _ in BankWriter() }
  }

  mutating func interface(of model: BlobModel) {
    if !model.states.isEmpty {
      plan.varint(0)
      plan.varint(model.states.count)
      for state in model.states { self.state(state) }
    }
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

  private mutating func state(_ state: BlobState) {
    tensor(state.tensor)
    switch state.beginning {
    case .zero: plan.u8(0)
    case .numbers(let numbers): self.numbers(numbers)
    case .bytes(let bytes):
      plan.u8(1)
      plan.varint(place(of: bytes))
    }
  }

  private mutating func tensor(_ tensor: BlobTensor) {
    plan.varint(tensor.place)
    let shifted = tensor.type == .uint8 ? BlobFormat.unsignedZeroPointType : BlobFormat.zeroPointType
    let kind = tensor.zeroPoint == 0 ? tensor.type.rawValue : shifted
    plan.varint(tensor.shape.count + 8 * Int(kind))
    plan.varints(tensor.shape)
    if !tensor.type.isOfWords { plan.f32(tensor.scale) }
    if tensor.zeroPoint != 0 { plan.u8(UInt8(truncatingIfNeeded: tensor.zeroPoint)) }
  }

  /// A step without weights, or with those of `layer`.
  mutating func step(_ step: BlobStep, layer: (LayerCoding, MaskCandidate)?) throws(BlobFault) {
    self.layer = layer
    plan.u8(step.opcode)
    var step = step
    try step.code(&self)
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
    plan.u8(candidate.valueKind)
    if candidate.kind.coder.hasJumps { plan.varint(candidate.jump) }
    for lengths in candidate.gapLengths { codeLengths(lengths) }
    let isSecond = candidate.isSecond
    plan.append(Bitmap.bytes(of: isSecond.indices.filter { isSecond[$0] }, among: isSecond.count))
    if case .table(let table, _) = weights.values, !candidate.hasPlainBytes {
      plan.varint(table.values.count)
      for lengths in alphabets { codeLengths(lengths) }
      if weights.exact != nil, let first = table.firstOfRun {
        plan.u8(BlobFormat.runPrecision)
        plan.u8(UInt8(bitPattern: first))
      } else {
        numbers(table)
      }
    }
    if var scaling = weights.scaling {
      try scaling.code(&self, rows: weights.rows)
    } else if var exact = weights.exact {
      try exact.code(&self, rows: weights.rows)
    } else {
      numbers(weights.rowScales)
      numbers(weights.biases)
    }
    plan.varint(weights.lanes.count)
    let written: [BitWriter]
    do { written = try coding.written(as: candidate) } catch { throw .coding(error) }
    let lanes = zip(weights.lanes, written).map {
      LaneBits(bank: $0.bank, rows: $0.rows, bits: $1.bitCount, bytes: $1.bytes)
    }
    let known = layers[lanes]
    var offsets: [Int] = []
    for (number, lane) in lanes.enumerated() {
      offsets.append(known?[number] ?? banks[lane.bank].bytes.count)
      plan.varint(lane.bank)
      plan.varint(offsets[number])
      plan.varint(lane.bits)
      plan.varint(lane.rows)
      let pad = lane.bits > 0 ? candidate.pad : 0
      banks[lane.bank].append(known == nil ? lane.bytes : [], pad: pad)
    }
    layers[lanes] = offsets
  }
}

extension PlanWriter: StepCoder {
  typealias Failure = BlobFault

  mutating func varint(_: String, _: String, _ value: inout Int, _: ClosedRange<Int>?) {
    plan.varint(value)
  }

  mutating func u8(_: String, _: String, _ value: inout Int, _: ClosedRange<Int>) {
    plan.u8(UInt8(value))
  }

  mutating func f32(_: String, _: String, _ value: inout Float) { plan.f32(value) }

  mutating func varints(_: String, _ values: inout [Int], count: Int) { plan.varints(values) }

  mutating func activation(_ activation: inout BlobActivation) {
    plan.u8(activation.kind)
    for parameter in activation.parameters { plan.f32(parameter) }
  }

  mutating func operands(_: [StepOperand]) {}

  mutating func numbers(_: String, _ numbers: inout StoredNumbers, count: Int, _: String) {
    self.numbers(numbers)
  }

  mutating func vector(
    _: String, _ values: inout [Int], count: Int, _ form: VectorForm, _: String
  ) {
    var bytes: [UInt8] = []
    for value in values {
      for byte in 0..<form.width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
    plan.varint(place(of: bytes))
  }

  mutating func bitmap(_ places: inout [Int], count: Int, inner: Int) {
    let bytes = Bitmap.bytes(of: places, among: inner)
    lookedAt += bytes.count
    plan.varint(place(of: bytes))
  }

  mutating func weights(
    _ weights: inout BlobWeights, _: WeightsKind, rows: Int, columns: Int, _: String
  ) throws(BlobFault) {
    if let (coding, candidate) = layer { try self.weights(coding, candidate) }
  }

  mutating func look(at bytes: Int) { lookedAt += bytes }

  mutating func check(_: String, _: () throws(BlobFault) -> Void) {}

  /// Equal vectors are stored once.
  private mutating func numbers(_ numbers: StoredNumbers) {
    plan.u8(numbers.precision.code)
    guard numbers.precision != .absent else { return }
    lookedAt += numbers.lookedAtBytes
    plan.varint(place(of: numbers.encoded))
  }
}

/// Bit i says that place i is among them; eight a byte, low bit first.
enum Bitmap {
  static func bytes(of places: [Int], among count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
    for place in places { bytes[place / 8] |= 1 << UInt8(place % 8) }
    return bytes
  }

  /// The places whose bits are 1.
  static func places(in bytes: [UInt8], among count: Int) -> [Int] {
    (0..<count).filter { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
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

extension StoredNumbers {
  /// Of ``byteCount``, those that a reader looks at one by one; scaled numbers are judged by their scale.
  var lookedAtBytes: Int {
    switch precision {
    case .absent, .int8, .int16: 0
    case .float16, .float32: byteCount
    }
  }

  /// The least of int8 numbers that run upwards by one; nil: they do not.
  var firstOfRun: Int8? {
    guard case .int8(scale: 1) = precision, let first = values.first,
      values.enumerated().allSatisfy({ $1 == first + Float($0) })
    else { return nil }
    return Int8(exactly: first)
  }

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

extension StoredNumbers.Precision {
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
