// From ONNX nodes to a graph over single samples.
//
// ONNX axes include the batch, ours do not, so every computed value is followed together with the
// place of its batch axis among the ONNX axes: `x: [N, C, H, W]` is a graph value [C, H, W] with
// batch axis 0. Every axis attribute is mapped through that place, and a node whose result for one
// sample would depend on other samples is refused. Where a file fixes the batch at 1, a reshape or
// squeeze may remove the batch axis altogether (`batchAxis` nil): then ONNX axes and ours agree.
//
// Constants are followed as literals, so that weights may come through Constant, Identity,
// Transpose and the like, and so that shapes are computed while importing.

import ModelGraph
import Tensors

/// What an ONNX value turned out to be.
enum TracedValue {
  case known(Literal)
  case computed(ComputedValue)
}

/// A value of the graph, seen with ONNX's axes.
struct ComputedValue: Equatable {
  var id: ValueID
  /// Which ONNX axis is the batch; nil where the batch is 1 and its axis is gone.
  var batchAxis: Int?
}

/// The graph under construction and everything known of the file's values so far.
struct GraphBuilder {
  /// Constants of a model hold at most this many numbers in all (2 GiB as float32).
  static let maximumConstants = 1 << 29
  /// Trained numbers are no larger, so that their squares and products stay far within float32; constants
  /// may be, as masks are.
  static let largestWeight: Float = 1e15
  /// Numbers worked out while importing, for which no bytes of the file stand: at most this many,
  /// and so many more for each number of the file.
  static let (freeDerived, derivedPerNumber) = (1 << 20, 16)

  var graph = Graph()
  let index: ONNXIndex
  let folder: ModelFolder?
  /// The batch size that the file fixes; nil where it is free.
  let batch: Int?
  var values: [String: TracedValue] = [:]
  /// How many ONNX names a graph value has.
  var nameCounts: [ValueID: Int] = [:]
  /// Convolution and dense nodes by their result.
  var layerNodes: [ValueID: Int] = [:]
  var parameters: [ParameterKey: ParameterID] = [:]
  /// Places of the outputs that have no batch axis in the file.
  var batchlessOutputs = Set<Int>()
  /// Those that are 1 or 0, as comparisons give.
  var truthValues = Set<ValueID>()
  /// What finds the places that a value is the numbers of.
  var placeFinders: [ValueID: String] = [:]
  /// Values that nodes which are not read would have made.
  var unread = Set<String>()
  /// Those of them that depend on no input.
  var unreadConstants = Set<String>()
  /// Values of the graph that hold integers of an input.
  var integerValues = Set<ValueID>()
  /// What computed tensors of integers, which are followed as numbers, stand for by the file.
  var encodings: [String: ONNXEncoding] = [:]
  /// What constants' numbers were integers by, by their literals' names.
  var quantized: [String: ONNXEncoding] = [:]
  /// Scales and zero points that a node finds in each sample, and products with them.
  var foundScales: [String: FoundScale] = [:]
  /// Values that are so many times what the file computes, by the node that finds that factor.
  var perScale: [String: String] = [:]
  /// Whether inputs and outputs of integers are given as these, and not as the numbers that they stand for.
  var endsAreIntegers = false
  /// How many graphs within nodes are being converted, one in the other, and how many nodes of all turns of loops have been.
  var bodyDepth = 0
  var turnedNodes = 0
  /// Constants of graphs within nodes, by their names, which those of another turn or another such graph may have too.
  var bodyConstants: [String: Literal] = [:]
  /// Whether a node asked for one of them.
  var metUnread = false
  private var readCount = 0
  private var derivedCount = 0
  private var nodeNames: Set<String>
  /// Those of the file's names that nodes of the graph have.
  private var givenNames: Set<String> = []

  /// What makes two uses of a constant one parameter.
  struct ParameterKey: Hashable {
    let name: String
    let role: Parameter.Role
    let form: String
    let shape: [Int]
  }

  init(index: ONNXIndex, folder: ModelFolder?, batch: Int?) {
    self.index = index
    self.folder = folder
    self.batch = batch
    nodeNames = Set(index.nodes.map(\.name))
  }

  /// Counts numbers that are about to be read from the file.
  mutating func reserveRead(_ count: Int, _ node: ONNXNode) throws(ModelLoadingError) {
    try reserve(count, at: \.readCount, limit: Self.maximumConstants - derivedCount, node)
  }

  /// Counts numbers that are about to be worked out.
  mutating func reserveDerived(_ count: Int, _ node: ONNXNode) throws(ModelLoadingError) {
    let backed = Self.freeDerived + Self.derivedPerNumber * readCount
    let limit = min(backed, Self.maximumConstants - readCount)
    try reserve(count, at: \.derivedCount, limit: limit, node)
  }

  private mutating func reserve(
    _ count: Int, at counter: WritableKeyPath<GraphBuilder, Int>, limit: Int, _ node: ONNXNode
  ) throws(ModelLoadingError) {
    let (total, overflow) = self[keyPath: counter].addingReportingOverflow(count)
    guard !overflow, total <= limit else {
      throw node.unsupported("constants of more than \(limit) numbers are too many")
    }
    self[keyPath: counter] = total
  }
}

// MARK: - Reading values

extension GraphBuilder {
  /// What an input of a node is; nil where the node leaves it out.
  mutating func value(_ node: ONNXNode, _ position: Int) throws(ModelLoadingError) -> TracedValue? {
    guard let name = node.input(position) else { return nil }
    if let scale = foundScales[name] {
      throw node.unsupported("it computes with a scale that \(scale.finder) finds in each sample")
    }
    if let value = values[name] { return value }
    if unread.contains(name) {
      metUnread = true
      throw node.missing(name)
    }
    guard let tensor = index.initializers[name] else {
      let isSparse = index.proto.sparseInitializer.contains { $0.values.name == name }
      throw isSparse ? node.unsupported("its input \(name) is a sparse tensor") : node.missing(name)
    }
    let literal = try self.literal(index.proto.initializer[tensor], name: name, node)
    values[name] = .known(literal)
    return .known(literal)
  }

  /// The numbers of a tensor of the file.
  mutating func literal(_ proto: Onnx_TensorProto, name: String, _ node: ONNXNode)
    throws(ModelLoadingError) -> Literal
  {
    do {
      try reserveRead(saturatingProduct(Literal.shape(proto.dims)), node)
      return try Literal(proto, name: name, folder: folder)
    } catch let fault as TensorFault {
      throw node.badTensor(name, fault.reason)
    } catch let error as ModelLoadingError {
      throw error
    } catch {
      throw node.badTensor(name, "\(error)")
    }
  }

  /// An input that the operator cannot do without.
  mutating func required(_ node: ONNXNode, _ position: Int) throws(ModelLoadingError) -> TracedValue
  {
    guard let value = try value(node, position) else {
      throw node.unfit("its input \(position) is missing")
    }
    return value
  }

  /// The input that flows through the network.
  mutating func data(_ node: ONNXNode, _ position: Int = 0) throws(ModelLoadingError)
    -> ComputedValue
  {
    guard case .computed(let value) = try required(node, position) else {
      throw node.unsupported("its input \(node.inputs[position]) is a constant")
    }
    return value
  }

  /// An input that must be known while importing; nil where the node leaves it out.
  mutating func constant(_ node: ONNXNode, _ position: Int, _ what: String)
    throws(ModelLoadingError) -> Literal?
  {
    switch try value(node, position) {
    case nil: return nil
    case .known(let literal): return literal
    case .computed: throw node.computed(what)
    }
  }

  /// Axes of a computed value as ONNX counts them.
  func sizes(_ value: ComputedValue) -> [Size] {
    var sizes = graph[value.id].shape.map(Size.known)
    if let axis = value.batchAxis { sizes.insert(.batch, at: axis) }
    return sizes
  }

  /// Number of axes as ONNX counts them.
  func rank(_ value: ComputedValue) -> Int {
    graph[value.id].shape.count + (value.batchAxis == nil ? 0 : 1)
  }

  /// The place among a sample's axes of an ONNX axis that is not the batch.
  func sampleAxis(_ axis: Int, of value: ComputedValue) -> Int {
    value.batchAxis.map { axis > $0 ? axis - 1 : axis } ?? axis
  }

  /// An axis attribute, counted from the front.
  func axis(_ axis: Int, rank: Int, _ node: ONNXNode) throws(ModelLoadingError) -> Int {
    let counted = axis < 0 ? axis + rank : axis
    guard counted >= 0, counted < rank else {
      throw node.unfit("axis \(axis) is not one of \(rank)")
    }
    return counted
  }

  func integers(_ literal: Literal, _ what: String, _ node: ONNXNode) throws(ModelLoadingError)
    -> [Int]
  {
    guard case .sizes(let sizes) = literal.content else {
      throw node.unfit("its \(what) is not of integers")
    }
    var numbers: [Int] = []
    for size in sizes {
      guard let number = extent(size) else {
        throw node.unsupported("its \(what) depends on the batch size")
      }
      numbers.append(number)
    }
    return numbers
  }

  func floats(_ literal: Literal, _ what: String, _ node: ONNXNode) throws(ModelLoadingError)
    -> [Float]
  {
    guard case .floats(let values) = literal.content else {
      throw node.unfit("its \(what) is of integers")
    }
    return values
  }

  /// One number.
  func scalar(_ literal: Literal, _ what: String, _ node: ONNXNode) throws(ModelLoadingError)
    -> Float
  {
    let values = try floats(literal, what, node)
    guard values.count == 1, !values[0].isNaN else {
      throw node.unfit("its \(what) is not one number")
    }
    return values[0]
  }

  /// A size as a number; nil where it is a free batch.
  func extent(_ size: Size) -> Int? {
    switch size {
    case .known(let number): number
    case .batch: batch
    }
  }
}

// MARK: - Adding to the graph

extension GraphBuilder {
  /// Adds a node under the ONNX node's name, or under that name and `part` where an ONNX node
  /// becomes several, of which the first may have the name alone.
  mutating func add(
    _ operation: Operation, _ inputs: [ValueID], _ node: ONNXNode, part: String = ""
  )
    throws(ModelLoadingError) -> ValueID
  {
    var name = node.name
    if !part.isEmpty || !givenNames.insert(name).inserted {
      name = uniqueName("\(name).\(part.isEmpty ? "part" : part)", among: &nodeNames)
    }
    do {
      let id = try graph.addNode(name: name, operation, inputs: inputs)
      if case .argMax = operation { placeFinders[id] = node.name }
      if case .reshape = operation { placeFinders[id] = placeFinders[inputs[0]] }
      return id
    } catch {
      throw node.refused(error)
    }
  }

  /// Adds a parameter, or finds the one that is there for the same constant in the same form.
  ///
  /// - Parameters:
  ///   - form: names what `transform` does; name, role, form and shape are a parameter's identity.
  ///   - transform: from the constant's numbers to the parameter's, in equal or `shape`'s number.
  mutating func parameter(
    _ literal: Literal, _ role: Parameter.Role, shape: [Int], _ node: ONNXNode, form: String = "",
    transform: ([Float]) -> [Float] = { $0 }
  ) throws(ModelLoadingError) -> ParameterID {
    let key = ParameterKey(name: literal.name, role: role, form: form, shape: shape)
    if let known = parameters[key] { return known }
    let source = try floats(literal, "constant \(literal.name)", node)
    if !form.isEmpty { try reserveDerived(saturatingProduct(shape), node) }
    let values = transform(source)
    guard !values.isEmpty, values.count == saturatingProduct(shape) else {
      throw node.unfit(
        "its constant \(literal.name) of shape \(literal.shape) does not fit \(shape)")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw node.badTensor(literal.name, "it holds a number that is not finite")
    }
    if role != .constant, let large = values.first(where: { abs($0) > Self.largestWeight }) {
      throw node.badTensor(
        literal.name,
        "it holds \(large), and weights beyond \(Self.largestWeight) are not read, since their squares are beyond "
          + "float32: was the model trained to its end?")
    }
    let id = graph.addParameter(
      name: literal.name, role: role, tensor: Tensor(shape: shape, values: values))
    parameters[key] = id
    return id
  }

  /// Gives a node's result its name in the file.
  mutating func bind(_ value: TracedValue, to node: ONNXNode, _ place: Int, from firstNew: Int) {
    guard node.outputs.indices.contains(place), !node.outputs[place].isEmpty else { return }
    let name = node.outputs[place]
    if case .computed(let computed) = value {
      nameCounts[computed.id, default: 0] += 1
      if computed.id.index >= firstNew { graph.rename(computed.id, to: name) }
    }
    if bodyDepth > 0, case .known(let literal) = value {
      values[name] = .known(ownName(of: literal))
    } else {
      values[name] = value
    }
  }
}
