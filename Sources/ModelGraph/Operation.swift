// The operations of a graph: the smallest set to which an importer can reduce the operators of a
// foreign format. Each has its facts in a file of Operations/; `facts` is the one list of them.

/// What a node computes.
public enum Operation: Equatable, Sendable, Codable {
  /// [C, H, W] to [O, OH, OW]: filters swept over the plane.
  case convolution(Convolution)
  /// [..., I] to [..., O]: a matrix applied to the last axis.
  case dense(Dense)
  /// x * scale[c] + shift[c], c along the first axis: what inference leaves of a batch
  /// normalization.
  case affine(scale: ParameterID, shift: ParameterID)
  /// An elementwise function.
  case activation(Activation)
  /// An elementwise function of the C library, or made of such.
  case function(MathFunction)
  /// max(x, 0) + slope * min(x, 0); the slope broadcasts over the sample from the right.
  case prelu(slope: ParameterID)
  /// Exponentials of beta x along one axis, normalised to sum 1.
  case softmax(axis: Int, beta: Float = 1)
  /// The logarithms of exponentials along one axis, normalised to sum 1.
  case logSoftmax(axis: Int)
  /// [..., N, ...] to [..., 1, ...]: the number of the place along an axis where the largest is, or the
  /// least, 0 the first place; of equals the first. It is an answer: nothing computes with it.
  case argMax(axis: Int, ofLeast: Bool = false)
  /// [C, H, W] to [C, OH, OW]: the largest of each window; padding never wins.
  case maxPool(Window)
  /// [C, H, W] to [C, OH, OW]: the mean of each window, over what is inside the image or, where
  /// `countsPadding`, inside the image and its declared padding.
  case averagePool(Window, countsPadding: Bool)
  /// [C, ...] to [C, 1, ...]: the mean over every axis but the first.
  case globalAveragePool
  /// Two tensors, elementwise, broadcast from the right.
  case binary(BinaryOperator)
  /// Matrices times matrices: [..., M, K] and [..., K, N] to [..., M, N].
  case matrixProduct
  /// A parameter as a value, the same for every sample; no inputs.
  case constant(ParameterID)
  /// One or more tensors, joined along an axis.
  case concat(axis: Int)
  /// A border around the sample.
  case pad(Padding)
  /// [C, H, W] to [C, OH, OW]: the image at another size.
  case resize(Resize)
  /// The same numbers, row-major, under another shape.
  case reshape([Int])
  /// [..., T, ...] and [..., N, ...] to [..., T, ...]: a window moves on by what is new along an axis.
  case slide(axis: Int)
  /// What an LSTM of integers keeps, or gives, of what its gates are given.
  case lstm(LSTM)
  /// Output axis i is input axis `permutation[i]`.
  case transpose([Int])
  /// [..., N] to [..., n]: the numbers at these places of the last axis, ascending. No foreign
  /// operator becomes one: it leaves out what a dense layer never reads.
  case gather([Int])
  /// The same numbers. Among integers: rounded to those of the output's encoding, or, where one side is
  /// float32, to and from them.
  case requantize

  var facts: any OperationFacts {
    get {
      switch self {
      case .convolution(let convolution): convolution
      case .dense(let dense): dense
      case .affine(let scale, let shift): Affine(scale: scale, shift: shift)
      case .activation(let function): function
      case .function(let function): function
      case .prelu(let slope): PRelu(slope: slope)
      case .softmax(let axis, let beta): Softmax(axis: axis, beta: beta)
      case .logSoftmax(let axis): LogSoftmax(axis: axis)
      case .argMax(let axis, let ofLeast): ArgMax(axis: axis, ofLeast: ofLeast)
      case .maxPool(let window): MaxPool(window: window)
      case .averagePool(let window, let countsPadding):
        AveragePool(window: window, countsPadding: countsPadding)
      case .globalAveragePool: GlobalAveragePool()
      case .binary(let binary): binary
      case .matrixProduct: MatrixProduct()
      case .constant(let parameter): Constant(parameter: parameter)
      case .concat(let axis): Concat(axis: axis)
      case .pad(let padding): padding
      case .resize(let resize): resize
      case .reshape(let shape): Reshape(shape: shape)
      case .transpose(let permutation): Transpose(permutation: permutation)
      case .slide(let axis): Slide(axis: axis)
      case .lstm(let lstm): lstm
      case .gather(let places): Gather(places: places)
      case .requantize: Requantize()
      }
    }
    set { self = newValue.operation }
  }
}

// MARK: - What other modules ask

extension Operation {
  /// The operation's name for people and messages.
  public var name: String { facts.name }

  /// The parameters the operation reads, weights first.
  public var parameterIDs: [ParameterID] {
    var ids: [ParameterID] = []
    var facts = facts
    facts.visitParameters { ids.append($0) }
    return ids
  }

  /// The same operation over other parameters.
  package func replacingParameters(_ map: (ParameterID) -> ParameterID) -> Operation {
    var facts = facts
    facts.visitParameters { $0 = map($0) }
    return facts.operation
  }

  /// The operation as a layer; nil: it is none. What is set keeps window and groups.
  package var layer: LayerForm? {
    get { facts.layer }
    set { facts.layer = newValue }
  }

  package var probability: Probability { facts.probability }
  package var byteScale: ByteScale { facts.byteScale }
  package var takesActivation: TakesActivation { facts.takesActivation }
  package var overwrites: Overwrites { facts.overwrites }
  package var onBlocks: OnBlocks? { facts.onBlocks }
  package var exactForm: ExactForm? { facts.exactForm }

  /// What a place of its output is made of, along an axis on which a window moves.
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { facts.streamForm(of: node, in: graph) }
}

extension Node {
  /// Whether an input of a scale that is given cannot share it with the output, although the
  /// operation keeps scales.
  package func separates(givenScale: Double, in graph: Graph) -> Bool {
    operation.facts.separates(givenScale: givenScale, of: self, in: graph)
  }
}
