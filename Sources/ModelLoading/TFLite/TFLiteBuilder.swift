import ModelGraph
import Tensors

/// Orders of a tensor's axes in the graph.
enum TFLiteLayout {
  /// The file's, without the batch.
  static func plain(_ shape: [Int]) -> [Int] {
    Array((shape.count >= 2 && shape[0] == 1 ? 1 : 0)..<shape.count)
  }

  /// [1, H, W, C] as [C, H, W].
  static let image = [3, 1, 2]
}

/// A value of the graph, seen as a tensor of the file.
struct TFLiteValue: Equatable {
  var id: ValueID
  /// Which axes of the file the graph's are, in the graph's order; those of size 1 are left out on both
  /// sides.
  var axes: [Int]
  /// The file's.
  var shape: [Int]

  /// Its axes in the order of the file.
  var isPlain: Bool { axes == axes.sorted() }
  var rank: Int { shape.count }
}

/// The graph under construction and what is known of the file's tensors.
struct TFLiteBuilder {
  /// What a tensor of the file turned out to be.
  enum Traced {
    case computed(TFLiteValue)
    case known(Literal)
    /// Integers computed from shapes. The file says every shape, so nobody needs them.
    case size
    /// What an operator that is not read would have made.
    case unread
  }

  /// Numbers that are made of the file's bytes: at most this many, and so many for each byte.
  static let (freeNumbers, numbersPerByte) = (1 << 20, 8)

  let model: TFLiteModel
  /// Whether the file computes with integers, and the graph is to be one of integers.
  let isExact: Bool
  /// Inputs of integers that are read as numbers.
  let numericInputs: Set<Int>
  /// What the output of the operator at hand stands for; nil: it is float32.
  var outputEncoding: IntegerEncoding?
  var graph = Graph()
  var values: [Int: Traced] = [:]
  /// What a tensor was before a reshape, in its own order of axes.
  var flattened: [Int: TFLiteValue] = [:]
  var needs = ModelNeeds()
  /// Variables by the tensors that name them, and those that were read or assigned to.
  var handles: [Int: TFLiteVariable] = [:]
  var variables: [TFLiteVariable: Variable] = [:]
  /// In the order in which they were met.
  var variableOrder: [TFLiteVariable] = []
  /// What operators keep in tensors of their own: what a call finds, and what it leaves.
  var kept: [(tensor: Int, found: ValueID, left: ValueID)] = []
  var batchlessOutputs = Set<Int>()
  /// What finds the places that a value is the numbers of.
  var placeFinders: [ValueID: String] = [:]
  var valueNames = Set<String>()
  private var nodeNames = Set<String>()
  private var arrangements: [Arrangement: ValueID] = [:]
  var parameters: [ParameterKey: ParameterID] = [:]
  private var numberCount = 0

  private struct Arrangement: Hashable {
    let id: ValueID
    let axes: [Int]
    let layout: [Int]
    let shape: [Int]
  }

  /// What makes two uses of a constant one parameter.
  struct ParameterKey: Hashable {
    let name: String
    let role: Parameter.Role
    let shape: [Int]
    let form: String
  }

  init(_ model: TFLiteModel) {
    (self.model, isExact) = (model, model.isQuantized)
    numericInputs = isExact ? [] : model.numericInputs
  }

  /// Counts numbers that are about to be made.
  mutating func reserve(_ count: Int, _ node: TFLiteNode) throws(ModelLoadingError) {
    let limit = Self.freeNumbers + Self.numbersPerByte * model.bytes.count
    guard count <= limit - numberCount else {
      throw node.unsupported("constants of more than \(limit) numbers are too many for the file")
    }
    numberCount += count
  }
}

// MARK: - Reading values

extension TFLiteBuilder {
  /// What an input of an operator is; nil where it is left out.
  mutating func traced(_ call: TFLiteOperator, _ position: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> Traced?
  {
    guard call.inputs.indices.contains(position), let index = call.inputs[position] else { return nil }
    if let value = values[index] { return value }
    let tensor = model.tensors[index]
    guard tensor.isConstant else { throw node.missing(name(of: index)) }
    try reserve(tensor.count, node)
    let literal: Literal
    if isExact, let bytes = exactLiteral(index) {
      literal = bytes
    } else if !isExact || tensor.element.range == nil, let numbers = model.numbers(of: tensor) {
      literal = Literal(name: name(of: index) + "#\(index)", shape: tensor.shape, content: .floats(numbers))
    } else if let integers = model.integers(of: tensor) {
      literal = Literal(
        name: name(of: index), shape: tensor.shape, content: .sizes(integers.map(Size.known)))
    } else {
      throw node.badTensor(name(of: index), "its constants are of \(tensor.element.name), which are not read")
    }
    values[index] = .known(literal)
    return .known(literal)
  }

  /// An input that flows through the network.
  mutating func data(_ call: TFLiteOperator, _ position: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    switch try traced(call, position, node) {
    case .computed(let value)?: return value
    case .known?: throw node.unsupported("its input \(position) is a constant")
    case .size?: throw node.unsupported("it computes with a shape, which is not read")
    case .unread?, nil: throw node.unfit("its input \(position) is missing")
    }
  }

  /// An input that must be constant numbers; nil where it is left out.
  mutating func literal(_ call: TFLiteOperator, _ position: Int, _ what: String, _ node: TFLiteNode)
    throws(ModelLoadingError) -> Literal?
  {
    switch try traced(call, position, node) {
    case nil: return nil
    case .known(let literal)?: return literal
    case .computed?, .size?, .unread?: throw node.unsupported("its \(what) is computed, not constant")
    }
  }

  /// An input that must be constant integers.
  mutating func integers(_ call: TFLiteOperator, _ position: Int, _ what: String, _ node: TFLiteNode)
    throws(ModelLoadingError) -> [Int]
  {
    guard case .sizes(let sizes)? = try literal(call, position, what, node)?.content else {
      throw node.unfit("its \(what) is not of integers")
    }
    let numbers = sizes.compactMap { if case .known(let number) = $0 { number } else { nil } }
    guard numbers.allSatisfy({ Int32(exactly: $0) != nil }) else {
      throw node.unfit("its \(what) holds a number that is beyond 32 bits")
    }
    return numbers
  }

  /// Checks an input that says a part of the output's shape again, unless it is worked out from shapes.
  mutating func check(_ call: TFLiteOperator, _ position: Int, says shape: [Int], _ node: TFLiteNode)
    throws(ModelLoadingError)
  {
    if case .size? = try traced(call, position, node) { return }
    let size = try integers(call, position, "size", node)
    guard size == shape else { throw node.unfit("it makes \(shape) in the file, and \(size) by its input") }
  }

  /// An axis, counted from the front.
  func axis(_ axis: Int, rank: Int, _ node: TFLiteNode) throws(ModelLoadingError) -> Int {
    let counted = axis < 0 ? axis + rank : axis
    guard counted >= 0, counted < rank else { throw node.unfit("axis \(axis) is not one of \(rank)") }
    return counted
  }

  /// The shape that the file gives what an operator makes.
  func outputShape(_ call: TFLiteOperator, _ position: Int = 0) -> [Int] {
    model.tensors[call.outputs[position]].shape
  }
}

// MARK: - Adding to the graph

extension TFLiteBuilder {
  mutating func add(_ operation: Operation, _ inputs: [ValueID], _ node: TFLiteNode, part: String = "")
    throws(ModelLoadingError) -> ValueID
  {
    let name = uniqueName(part.isEmpty ? node.name : "\(node.name).\(part)", among: &nodeNames)
    do {
      let id = try graph.addNode(name: name, operation, inputs: inputs)
      graph.encode(id, as: encoding(of: operation, inputs))
      if case .argMax = operation { placeFinders[id] = node.name }
      if case .reshape = operation { placeFinders[id] = placeFinders[inputs[0]] }
      return id
    } catch {
      throw node.refused(error)
    }
  }

  /// A value with its axes in another order: those of `layout`, which are all that are not of size 1.
  mutating func arranged(_ value: TFLiteValue, _ layout: [Int], _ node: TFLiteNode)
    throws(ModelLoadingError) -> ValueID
  {
    let wanted = layout.map { value.shape[$0] }
    let wide = layout.filter { value.shape[$0] > 1 }
    guard wide.sorted() == value.axes.sorted() else {
      throw node.unfit("\(value.shape) does not have the axes that it needs")
    }
    let key = Arrangement(id: value.id, axes: value.axes, layout: layout, shape: value.shape)
    if let known = arrangements[key] { return known }
    var id = value.id
    if wide != value.axes {
      let narrow = value.axes.map { value.shape[$0] }
      id = try reshaped(id, to: narrow, node)
      let permutation = wide.compactMap { value.axes.firstIndex(of: $0) }
      id = try add(.transpose(permutation), [id], node, part: "transpose")
    }
    id = try reshaped(id, to: wanted, node)
    arrangements[key] = id
    return id
  }

  /// A value under another shape; itself where it has that shape.
  mutating func reshaped(_ id: ValueID, to shape: [Int], _ node: TFLiteNode) throws(ModelLoadingError)
    -> ValueID
  {
    graph[id].shape == shape ? id : try add(.reshape(shape), [id], node, part: "view")
  }

  /// Adds a parameter, or finds the one that is there for the same constant in the same form.
  ///
  /// - Parameters:
  ///   - form: names what was done to the constant's numbers.
  ///   - copies: how many of its rows one after the other were one row of the file.
  mutating func parameter(
    _ literal: Literal, _ role: Parameter.Role, shape: [Int], form: String = "", copies: Int = 1,
    _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    let key = ParameterKey(name: literal.name, role: role, shape: shape, form: form)
    if let known = parameters[key] { return known }
    if isExact { return try exactParameter(literal, role, shape: shape, copies: copies, key, node) }
    let name = Self.shownName(of: literal)
    guard case .floats(let numbers) = literal.content else {
      throw node.unfit("its constant \(name) is of integers without a scale")
    }
    guard numbers.count == saturatingProduct(shape) else {
      throw node.unfit("its constant \(name) of shape \(literal.shape) does not fit \(shape)")
    }
    guard numbers.allSatisfy(\.isFinite) else {
      throw node.badTensor(name, "it holds a number that is not finite")
    }
    if role != .constant, let large = numbers.first(where: { abs($0) > GraphBuilder.largestWeight }) {
      throw node.badTensor(
        name,
        "it holds \(large), and weights beyond \(GraphBuilder.largestWeight) are not read, since their "
          + "squares are beyond float32")
    }
    try reserve(numbers.count, node)
    let id = graph.addParameter(name: name, role: role, tensor: Tensor(shape: shape, values: numbers))
    parameters[key] = id
    return id
  }

  /// A constant's name in the file: of literals with numbers, the tensor's place is behind it.
  static func shownName(of literal: Literal) -> String {
    String(literal.name[..<(literal.name.lastIndex(of: "#") ?? literal.name.endIndex)])
  }
}
