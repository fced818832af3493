import EntropyCoding
import Tensors

// A plan is read field by field. Before a vector or a matrix is unpacked, the step's sizes are held
// against the arena, and the vector's bytes against the parameters section; what still can be large
// though the file is small (a thousand steps that share one vector, a layer of equal weights coded
// in no bits) is counted against a limit. Formats/Blob.md, "Plan".

/// Reads the plan, and with it the parameters and banks that it points to.
struct PlanReader {
  let bytes: [UInt8]
  let sections: BlobSections
  var plan: ByteReader
  var anatomy = BlobAnatomy()
  /// The step that is being read.
  private(set) var step: Int?
  private var noted: Int
  private var unpacked = 0
  private let unpackedLimit: Int
  private var lookedAt = 0
  /// Words of the arena that are those of states.
  private(set) var stateWords = 0
  /// What the step's tensors lie in.
  var arena = ArenaRule(words: 0)
  /// Whether a vector of the step has been read.
  var isBehindVectors = false

  init(_ bytes: [UInt8], _ sections: BlobSections, unpackedLimit: Int) {
    self.bytes = bytes
    self.sections = sections
    self.unpackedLimit = unpackedLimit
    plan = ByteReader(bytes, sections.plan)
    noted = sections.plan.lowerBound
    anatomy.pads = sections.banks.map { _ in 0 }
  }

  /// The whole plan; nothing may follow it.
  mutating func model() throws(BlobError) -> BlobModel {
    var model = BlobModel(arenaBytes: sections.arenaBytes, inputs: [], outputs: [], steps: [])
    let count: Int
    do {
      try interface(of: &model)
      count = try counted("the number of steps", BlobFormat.stepCount)
    } catch {
      throw .invalid(.plan(offset: plan.position - sections.plan.lowerBound), error)
    }
    try model.checkInterface()
    stateWords = model.stateWords
    note(.interface)
    for index in 0..<count {
      step = index
      do {
        model.steps.append(try oneStep())
      } catch {
        throw .invalid(.step(index), error)
      }
    }
    guard plan.remaining == 0 else {
      throw .invalid(
        .plan(offset: plan.position - sections.plan.lowerBound), .bytesLeftOver(plan.remaining))
    }
    for section in sections.ancillary {
      model.ancillary.append(BlobAncillary(kind: section.kind, bytes: Array(bytes[section.range])))
    }
    return model
  }

  /// States, where the plan begins with 0: no plan has as many inputs.
  private mutating func states(of model: inout BlobModel) throws(BlobFault) {
    guard plan.remaining > 0, bytes[plan.position] == 0 else { return }
    _ = try plan.u8()
    for _ in 0..<(try counted("the number of states", BlobFormat.interfaceCount)) {
      let tensor = try tensor()
      if tensor.type == .int32 { throw .misplaced("a state of int32") }
      // No size is trusted that the arena cannot hold.
      try tensor.check(arena: ArenaRule(words: sections.arenaBytes / 4))
      model.states.append(BlobState(tensor: tensor, beginning: try beginning(of: tensor)))
    }
  }

  private mutating func beginning(of tensor: BlobTensor) throws(BlobFault) -> BlobState.Beginning {
    let name = "the state's beginning"
    if tensor.type.isOfWords {
      let numbers = try numbers(name, count: tensor.count, mayBeAbsent: true)
      return numbers == .absent ? .zero : .numbers(numbers)
    }
    let isGiven = try plan.u8()
    try Rule.count("whether there is a beginning", isGiven, 0...1)
    if isGiven == 0 { return .zero }
    let range = try parameterRange(name, size: tensor.count, as: .vectors)
    try unpack(tensor.count)
    return .bytes(Array(bytes[range]))
  }

  private mutating func interface(of model: inout BlobModel) throws(BlobFault) {
    try states(of: &model)
    for _ in 0..<(try counted("the number of inputs", BlobFormat.interfaceCount)) {
      let tensor = try tensor()
      model.inputs.append(BlobInput(tensor: tensor, transform: try transform(of: tensor)))
    }
    for _ in 0..<(try counted("the number of outputs", BlobFormat.interfaceCount)) {
      model.outputs.append(try tensor())
    }
  }

  private mutating func tensor() throws(BlobFault) -> BlobTensor {
    let place = try plan.varint()
    let (kind, rank) = try plan.varint().quotientAndRemainder(dividingBy: 8)
    try Rule.count("a rank", rank, BlobFormat.rank)
    try Rule.count("an element type", kind, 0...Int(BlobElementType.int32.rawValue))
    let shifted: [UInt8: BlobElementType] = [
      BlobFormat.zeroPointType: .int8, BlobFormat.unsignedZeroPointType: .uint8,
    ]
    let hasZeroPoint = shifted[UInt8(kind)] != nil
    let type = shifted[UInt8(kind)] ?? BlobElementType(rawValue: UInt8(kind)) ?? .float32
    let shape = try plan.varints(rank)
    let scale = type.isOfWords ? 1 : try plan.f32("the tensor's scale")
    var tensor = BlobTensor(place: place, shape: shape, type: type, scale: scale)
    if hasZeroPoint {
      let byte = try plan.u8()
      try Rule.count("the zero point", byte, 1...255)
      tensor.zeroPoint = type == .uint8 ? byte : Int(Int8(truncatingIfNeeded: byte))
    }
    return tensor
  }

  private mutating func transform(of tensor: BlobTensor) throws(BlobFault) -> BlobTransform {
    let kind = try plan.u8()
    guard let layout = BlobTransform.Layout(rawValue: UInt8(kind)) else {
      throw .range("the layout", kind, allowed: 0...2)
    }
    let count = try counted("the number of scales", BlobFormat.transformCount)
    guard plan.remaining >= 8 * count else { throw .planEnds }
    var transform = BlobTransform(layout: layout)
    for _ in 0..<count { transform.scales.append(try plan.f32("a scale")) }
    for _ in 0..<count { transform.means.append(try plan.f32("a mean")) }
    return transform
  }

  // MARK: What steps are made of

  /// A varint within bounds.
  mutating func counted(_ field: String, _ allowed: ClosedRange<Int>) throws(BlobFault) -> Int {
    let value = try plan.varint()
    try Rule.count(field, value, allowed)
    return value
  }

  /// A vector of the parameters section. `field` is for messages, `part` for the ledger.
  mutating func numbers(
    _ field: String, count: Int, as part: BlobPart = .vectors, mayBeAbsent: Bool = false,
    mayRun: Bool = false
  ) throws(BlobFault) -> StoredNumbers {
    let precision = try plan.u8()
    if mayRun && precision == Int(BlobFormat.runPrecision) { return try run(count) }
    let size: Int
    switch precision {
    case 0:
      guard mayBeAbsent else { throw .numbersMissing(field) }
      return .absent
    case 1: size = 2 * count
    case 2: size = 4 * count
    case 3: size = 4 + count
    case 4: size = 4 + 2 * count
    default: throw .range("the precision of \(field)", precision, allowed: 0...4)
    }
    let range = try parameterRange(field, size: size, as: part)
    if precision < 3 { try look(at: size) }
    try unpack(count)
    var vector = ByteReader(bytes, range)
    return try vector.numbers(field, count: count, precision: precision)
  }

  /// Bytes that run upwards by one.
  private mutating func run(_ count: Int) throws(BlobFault) -> StoredNumbers {
    let first = Int(Int8(truncatingIfNeeded: try plan.u8()))
    try Rule.count("the last level", first + count - 1, -128...127)
    return StoredNumbers((0..<count).map { Float(first + $0) }, precision: .int8(scale: 1))
  }

  /// Counts bytes that are looked at one by one.
  mutating func look(at count: Int) throws(BlobFault) {
    lookedAt += count
    let limit = BlobFormat.lookedAtBytes(ofFile: bytes.count)
    guard lookedAt <= limit else { throw .looksAtTooMuch(bytes: lookedAt, limit: limit) }
  }

  /// The code lengths of an alphabet of `count` symbols.
  mutating func codeLengths(_ count: Int, _ field: String) throws(BlobFault) -> [UInt8] {
    let lengths = try plan.codeLengths(count, field)
    try look(at: BlobFormat.changeBytes * HuffmanCode.changes(in: lengths))
    return lengths
  }

  /// Bytes of the parameters whose offset comes next in the plan.
  mutating func parameterRange(
    _ field: String, size: Int, as part: BlobPart
  ) throws(BlobFault) -> Range<Int> {
    let offset = try plan.varint()
    guard offset + size <= sections.parameters.count else {
      throw .numbersOutside(field, end: offset + size, bytes: sections.parameters.count)
    }
    let start = sections.parameters.lowerBound + offset
    anatomy.spans.append(BlobSpan(part: part, step: step, range: start..<start + size))
    return start..<start + size
  }

  /// Counts numbers that are about to be unpacked.
  mutating func unpack(_ count: Int) throws(BlobFault) {
    unpacked += count
    guard unpacked <= unpackedLimit else { throw .tooLarge(limit: unpackedLimit) }
  }

  /// Notes what the plan's bytes since the last note are.
  mutating func note(_ part: BlobPart) {
    if noted < plan.position {
      anatomy.spans.append(BlobSpan(part: part, step: step, range: noted..<plan.position))
    }
    noted = plan.position
  }
}

extension ByteReader {
  /// `count` numbers of precision 1...4.
  fileprivate mutating func numbers(
    _ field: String, count: Int, precision: Int
  ) throws(BlobFault) -> StoredNumbers {
    var values: [Float] = []
    values.reserveCapacity(count)
    switch precision {
    case 1:
      for _ in 0..<count { values.append(Float(Float16(bitPattern: UInt16(try u16())))) }
    case 2:
      for _ in 0..<count { values.append(try f32(field)) }
    default:
      let scale = try f32(field)
      let bound = precision == 3 ? StoredNumbers.byteScaleBound : StoredNumbers.shortScaleBound
      guard abs(scale) < bound else { throw .notFinite(field) }
      for _ in 0..<count {
        let step =
          precision == 3
          ? Float(Int8(truncatingIfNeeded: try u8())) : Float(Int16(truncatingIfNeeded: try u16()))
        values.append(scale * step)
      }
      return StoredNumbers(
        unchecked: values, precision == 3 ? .int8(scale: scale) : .int16(scale: scale))
    }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(field) }
    return StoredNumbers(unchecked: values, precision == 1 ? .float16 : .float32)
  }
}
