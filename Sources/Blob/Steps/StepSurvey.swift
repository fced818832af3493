import Tensors

/// Walks through a step that passed its check, and notes what others want to know of it.
struct StepSurvey: StepCoder {
  typealias Failure = Never

  private(set) var opcode: UInt8 = 0
  private(set) var name = ""
  private(set) var operands: [StepOperand] = []
  private(set) var activation: BlobActivation?
  private(set) var weights: BlobWeights?
  private(set) var mayHaveColumns = false
  /// What is done to the weights on the way.
  var change: ((inout BlobWeights) -> Void)?

  mutating func begin(_ type: any StepFields.Type) { (opcode, name) = (type.opcode, type.name) }
  mutating func varint(_: String, _: String, _: inout Int, _: ClosedRange<Int>?) {}
  mutating func u8(_: String, _: String, _: inout Int, _: ClosedRange<Int>) {}
  mutating func f32(_: String, _: String, _: inout Float) {}
  mutating func varints(_: String, _: inout [Int], count: Int) {}
  mutating func activation(_ activation: inout BlobActivation) { self.activation = activation }
  mutating func operands(_ operands: [StepOperand]) { self.operands = operands }
  mutating func numbers(_: String, _: inout StoredNumbers, count: Int, _: String) {}
  mutating func vector(_: String, _: inout [Int], count: Int, _: VectorForm, _: String) {}
  mutating func bitmap(_: inout [Int], count: Int, inner: Int) {}
  mutating func biases(_: inout BlobBiases?, count: Int, _: String) {}
  mutating func weights(
    _ weights: inout BlobWeights, _ kind: WeightsKind, rows: Int, columns: Int, _: String
  ) {
    change?(&weights)
    self.weights = weights
    mayHaveColumns = kind == .integer(mayHaveColumns: true)
  }
  mutating func check(_: String, _: () throws(BlobFault) -> Void) {}
}
