import Tensors

// A step is read into a blank one of its opcode. Every bound is checked where its field is read, sizes
// against the arena before a vector is unpacked. Formats/Blob.md, "Steps" and "Integer steps".

extension PlanReader {
  /// An opcode and its fields.
  mutating func oneStep() throws(BlobFault) -> BlobStep {
    let opcode = try plan.u8()
    let isInteger = opcode >= Int(BlobIntegerStep.firstOpcode)
    let blanks = isInteger
      ? BlobIntegerStep.blanks.merging(BlobIntegerStep.exactBlanks) { own, _ in own } : BlobStep.blanks
    guard var step = blanks[UInt8(opcode)] else {
      let known = blanks.keys.map { Int($0) }
      throw .range("the opcode", opcode, allowed: (known.min() ?? 0)...(known.max() ?? 0))
    }
    arena = ArenaRule(
      words: sections.arenaBytes / 4, stateWords: stateWords, elementsPerWord: isInteger ? 4 : 1)
    isBehindVectors = false
    try step.code(&self)
    note(isBehindVectors ? .vectorPlaces : .fields)
    return step
  }
}

extension PlanReader: StepCoder {
  typealias Failure = BlobFault

  mutating func varint(
    _ name: String, _: String, _ value: inout Int, _ allowed: ClosedRange<Int>?
  ) throws(BlobFault) {
    value = try plan.varint()
    if let allowed { try Rule.count(name, value, allowed) }
  }

  mutating func u8(
    _ name: String, _: String, _ value: inout Int, _ allowed: ClosedRange<Int>
  ) throws(BlobFault) {
    value = try plan.u8()
    try Rule.count(name, value, allowed)
  }

  mutating func f32(_ name: String, _: String, _ value: inout Float) throws(BlobFault) {
    value = try plan.f32(name)
  }

  mutating func varints(_: String, _ values: inout [Int], count: Int) throws(BlobFault) {
    values = try plan.varints(count)
  }

  mutating func activation(_ activation: inout BlobActivation) throws(BlobFault) {
    activation = try self.activation()
    try activation.check()
  }

  mutating func operands(_ operands: [StepOperand]) throws(BlobFault) { try arena.check(operands) }

  mutating func numbers(
    _ name: String, _ numbers: inout StoredNumbers, count: Int, _: String
  ) throws(BlobFault) {
    noteVector()
    numbers = try self.numbers(name, count: count)
  }

  mutating func vector(
    _ name: String, _ values: inout [Int], count: Int, _ form: VectorForm, _: String
  ) throws(BlobFault) {
    let isOfStep = form.part == .vectors
    if isOfStep { noteVector() }
    values = try integers(name, count: count, form)
    if isOfStep { note(.vectorPlaces) }
  }

  mutating func bitmap(_ places: inout [Int], count: Int, inner: Int) throws(BlobFault) {
    noteVector()
    let bitmap = Array(
      bytes[try parameterRange("the bitmap", size: (inner + 7) / 8, as: .vectors)])
    try look(at: bitmap.count)
    try unpack(inner)
    places = Bitmap.places(in: bitmap, among: inner)
    guard places.count == count else { throw .places(places.count, expected: count) }
    guard Bitmap.bytes(of: places, among: inner) == bitmap else { throw .spareBits("the bitmap") }
  }

  mutating func weights(
    _ weights: inout BlobWeights, _ kind: WeightsKind, rows: Int, columns: Int, _: String
  ) throws(BlobFault) {
    note(.fields)
    weights = try self.weights(kind, rows: rows, columns: columns)
  }

  mutating func check(_: String, _ rule: () throws(BlobFault) -> Void) throws(BlobFault) {
    try rule()
  }

  /// What stands before a vector's place is a field, unless it is another vector's place.
  private mutating func noteVector() {
    note(isBehindVectors ? .vectorPlaces : .fields)
    isBehindVectors = true
  }

  private mutating func activation() throws(BlobFault) -> BlobActivation {
    let parameter = "an activation's parameter"
    let kind = try plan.u8()
    switch kind {
    case 0: return .none
    case 1: return .relu
    case 2: return .leakyRelu(alpha: try plan.f32(parameter))
    case 3: return .clip(low: try plan.f32(parameter), high: try plan.f32(parameter))
    case 4: return .sigmoid
    case 5: return .tanh
    case 6: return .hardSigmoid(alpha: try plan.f32(parameter), beta: try plan.f32(parameter))
    case 7: return .hardSwish
    case 8: return .elu(alpha: try plan.f32(parameter))
    default:
      guard kind >= BlobFunction.Kind.first,
        let function = BlobFunction.Kind(rawValue: UInt8(kind) - BlobFunction.Kind.first)
      else { throw .range("the activation", Int(kind), allowed: 0...28) }
      return .function(BlobFunction(function, function.hasParameter ? try plan.f32(parameter) : 0))
    }
  }

  /// Numbers of some bytes each in the parameters, whose offset comes next in the plan.
  private mutating func integers(
    _ field: String, count: Int, _ form: VectorForm
  ) throws(BlobFault) -> [Int] {
    let range = try parameterRange(field, size: form.width * count, as: form.part)
    var vector = ByteReader(bytes, range)
    try unpack(count)
    var values: [Int] = []
    values.reserveCapacity(count)
    let bound = 1 << (8 * form.width)
    for _ in 0..<count {
      let value = try form.width == 1 ? vector.u8() : form.width == 2 ? vector.u16() : vector.u32()
      values.append(form.isSigned && value >= bound / 2 ? value - bound : value)
    }
    return values
  }
}
