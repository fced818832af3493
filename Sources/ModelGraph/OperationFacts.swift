// What the house asks of every operation. Each operation answers in one file of Operations/; nothing
// is answered for it, so that a new one does not compile until it has said all. Answers that many
// share are protocols that an operation names (`OneInput`, `NoParameters`, `NewNumbers`, ...).

/// The facts of one operation.
protocol OperationFacts {
  /// These facts as a node's operation.
  var operation: Operation { get }
  /// Its name for people and messages.
  var name: String { get }

  // MARK: What it takes and gives

  /// How many inputs it takes.
  var arity: ClosedRange<Int> { get }
  /// Shows the parameters that it reads, weights first; what is shown may be replaced.
  mutating func visitParameters(_ visit: (inout ParameterID) -> Void)
  /// The operation as a layer, whose weights are evolved and coded; nil: it is none.
  var layer: LayerForm? { get set }
  /// The shape of each output.
  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]]

  // MARK: Its numbers

  /// Between what numbers its outputs lie.
  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval
  /// Beyond what numbers of its inputs it no longer tells them apart.
  ///
  /// - Parameters:
  ///   - read: what others tell apart of its output.
  ///   - seen: between what numbers its output was.
  func readRange(of read: Interval, seen: Interval) -> Interval
  /// What its output's numbers are as probabilities.
  var probability: Probability { get }
  /// The scale of its output's bytes.
  var byteScale: ByteScale { get }
  /// Whether an input of a scale that is given cannot share it with the output, although the
  /// operation keeps scales.
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool

  // MARK: Its units

  /// The units of an output: which of them are those of an input, and which are constant.
  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack
  /// Takes out of the operation what belongs to units that are cut.
  mutating func cut(_ cutting: inout UnitCutting)

  // MARK: Its windows

  /// What a place of its output is made of, along an axis on which a window moves.
  func streamForm(of node: Node, in graph: Graph) -> StreamForm

  // MARK: How it runs

  /// Whether an activation that alone reads its output runs inside it.
  var takesActivation: TakesActivation { get }
  /// Whether it may write its output over an input that nobody else reads.
  var overwrites: Overwrites { get }
  /// What it is where a layer before it is tried on blocks of samples; nil: it is not run so.
  var onBlocks: OnBlocks? { get }
  /// What TensorFlow Lite Micro computes in its place on bytes; nil: nothing.
  var exactForm: ExactForm? { get }
}

/// A layer's parameters, and how its filters lie on the input.
package struct LayerForm: Equatable, Sendable {
  /// [rows, ...]: one filter a row.
  package var weight: ParameterID
  package var bias: ParameterID?
  /// What its filters are swept by; nil: they read the last axis.
  package let window: Window?
  package let groups: Int
}

/// What numbers are as probabilities.
package enum Probability: Sendable {
  case none
  /// What the first input's are.
  case asInput
  /// Each is one by itself.
  case each
  /// Together they are a distribution; losses are taken of what comes before.
  case distribution
  /// It is none but the number of a place; losses are taken of the numbers that the place is looked for among.
  case place
}

/// The scale of a value's bytes.
package enum ByteScale: Equatable, Sendable {
  /// As calibration finds.
  case own
  case given(Double)
  /// That of the inputs.
  case kept
}

/// Where an operation's step computes the activation that follows.
package enum TakesActivation: Sendable {
  case never, always
  /// In steps on bytes.
  case amongIntegers
}

/// Where an operation's step may write over what it reads.
package enum Overwrites: Sendable {
  case never, always
  /// Where input and output have one shape.
  case sameShape
  /// Over its first input.
  case first
}

/// An operation on a block of samples (Trials).
package enum OnBlocks: Sendable {
  case dense(Dense)
  case affine(scale: ParameterID, shift: ParameterID)
  case activation(Activation)
  case maxPool(Window)
  case averagePool(Window, countsPadding: Bool)
  case mean
  /// Nothing is moved.
  case same
}

/// An operation on bytes in its exact meaning (IntegerExecution).
package enum ExactForm: Sendable {
  /// Of a layer.
  case filters
  case function(Activation)
  case prelu(slope: ParameterID)
  case softmax(axis: Int, beta: Float)
  case logSoftmax(axis: Int)
  /// Bytes to int32.
  case argMax(axis: Int, ofLeast: Bool)
  case maxPool(Window)
  /// Over what is inside the image.
  case averagePool(Window)
  case mean
  case binary(BinaryOperator)
  case constant(ParameterID)
  case concat(axis: Int)
  case pad(Padding)
  case resize(Resize)
  case transpose([Int])
  case gather([Int])
  case slide(axis: Int)
  /// Of 16 bits, but for what it gives.
  case lstm(LSTM)
  /// Nothing is moved.
  case same
  /// From one encoding to another.
  case requantize
}

// MARK: - Answers that many share

/// One that reads one value.
protocol OneInput: OperationFacts {}

extension OneInput {
  var arity: ClosedRange<Int> { 1...1 }
}

/// One that is no layer.
protocol NoLayer: OperationFacts {}

extension NoLayer {
  var layer: LayerForm? {
    get { nil }
    set { precondition(newValue == nil, "\(name) is no layer") }
  }
}

/// One that has nothing but its inputs.
protocol NoParameters: NoLayer {}

extension NoParameters {
  mutating func visitParameters(_ visit: (inout ParameterID) -> Void) {}
}

/// One whose output is computed: what it reads matters wholly, its output is no probability, and its
/// bytes have their own scale.
protocol NewNumbers: OperationFacts {}

extension NewNumbers {
  func readRange(of read: Interval, seen: Interval) -> Interval { .all }
  var probability: Probability { .none }
  var byteScale: ByteScale { .own }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }
}

/// One that only moves numbers.
protocol SameNumbers: NoParameters {}

extension SameNumbers {
  func readRange(of read: Interval, seen: Interval) -> Interval { read }
  var byteScale: ByteScale { .kept }
  var takesActivation: TakesActivation { .never }
}

/// One whose filters are evolved and coded.
protocol Filters: OneInput, NewNumbers {
  var weight: ParameterID { get set }
  var bias: ParameterID? { get set }
}

extension Filters {
  mutating func visitParameters(_ visit: (inout ParameterID) -> Void) {
    visit(&weight)
    if var id = bias {
      visit(&id)
      bias = id
    }
  }
  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { .all }
  var takesActivation: TakesActivation { .always }
  var overwrites: Overwrites { .never }
}

/// A pool over windows of the plane.
protocol Pool: OneInput, NoParameters {
  var window: Window { get }
}

extension Pool {
  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    [try given.pooled(window)]
  }
  /// Of a window of which only padding is left, 0.
  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    inputs[0].joined(with: .zero)
  }
  var probability: Probability { .none }
  var byteScale: ByteScale { .kept }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }
  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
}
