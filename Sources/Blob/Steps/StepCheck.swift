import Tensors

// What the format asks of a step in memory: the rules that its fields name, in their order. The reader
// holds a file against the same rules as it reads. Formats/Blob.md, "Steps" and "Integer steps".

/// Walks through a step and checks it.
struct StepCheck: StepCoder {
  typealias Failure = BlobFault

  let arena: ArenaRule

  mutating func varint(
    _ name: String, _: String, _ value: inout Int, _ allowed: ClosedRange<Int>?
  ) throws(BlobFault) {
    if let allowed { try Rule.count(name, value, allowed) }
  }

  mutating func u8(
    _ name: String, _: String, _ value: inout Int, _ allowed: ClosedRange<Int>
  ) throws(BlobFault) {
    try Rule.count(name, value, allowed)
  }

  mutating func f32(_ name: String, _: String, _ value: inout Float) throws(BlobFault) {
    guard value.isFinite else { throw .notFinite(name) }
  }

  mutating func varints(_ name: String, _ values: inout [Int], count: Int) throws(BlobFault) {
    try Rule.length(name, values.count, count)
  }

  mutating func activation(_ activation: inout BlobActivation) throws(BlobFault) {
    try activation.check()
  }

  mutating func operands(_ operands: [StepOperand]) throws(BlobFault) { try arena.check(operands) }

  mutating func numbers(
    _ name: String, _ numbers: inout StoredNumbers, count: Int, _: String
  ) throws(BlobFault) {
    try Rule.numbers(name, numbers, count: count)
  }

  mutating func vector(
    _ name: String, _ values: inout [Int], count: Int, _: VectorForm, _: String
  ) throws(BlobFault) {
    try Rule.length(name, values.count, count)
  }

  mutating func bitmap(_ places: inout [Int], count: Int, inner: Int) throws(BlobFault) {
    guard zip(places, places.dropFirst()).allSatisfy(<), places.allSatisfy((0..<inner).contains)
    else { throw .places(places.count, expected: count) }
  }

  mutating func weights(
    _ weights: inout BlobWeights, _ kind: WeightsKind, rows: Int, columns: Int, _: String
  ) throws(BlobFault) {
    if (weights.scaling != nil) != kind.isInteger {
      throw kind.isInteger ? .numbersMissing("the scaling")
        : .misplaced("the scaling of \(kind == .float ? "a float32" : "an exact") step")
    }
    if (weights.exact != nil) != (kind == .exact) {
      throw kind == .exact ? .numbersMissing("the rows' multipliers") : .misplaced("exact rows")
    }
    try weights.check(rows: rows, columns: columns)
  }

  mutating func check(_: String, _ rule: () throws(BlobFault) -> Void) throws(BlobFault) {
    try rule()
  }
}
