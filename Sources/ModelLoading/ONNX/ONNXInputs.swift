// The network's inputs: which there are, where their batch axis is, and what they hold.

import ModelGraph
import Tensors

/// What a user fixes of a file: whole inputs, and sizes of axes that the file leaves free.
struct ONNXFixings {
  /// Inputs that become constants, by name.
  var inputs: [String: Tensor] = [:]
  var axes: ModelAxes = [:]
}

/// Inputs of the file that the network needs, judged.
struct ONNXInputs {
  struct Input {
    let name: String
    /// One sample's shape.
    let shape: [Int]
    /// Which axis of the file's is the batch; nil: none.
    let batchAxis: Int?
    /// Whether it holds integers or truth values.
    let isOfIntegers: Bool
  }

  private(set) var inputs: [Input] = []
  private(set) var constants: [Literal] = []
  /// The batch size on which the inputs agree; nil where all leave it free.
  private(set) var batch: Int?
  /// Inputs that are not taken, and why.
  private(set) var refused: [(name: String, fault: ModelLoadingError)] = []
  /// Inputs that are what an output of the frame before has left.
  let states: StatePairs
  /// Inputs that are left out though something reads them, and why, a sentence each.
  private(set) var remarks: [String] = []
  /// Whether the first axis is the batch; else every input is a vector, one sample of a batch of 1.
  let hasBatch: Bool
  private let axes: [String: Int]
  /// What the file calls first axes that it leaves free.
  private let batchNames: Set<String>
  /// Names of `axes` that some input has.
  private var usedAxes = Set<String>()

  /// Inputs listed among the initializers are weights, as files of IR versions before 4 write them.
  /// An input that nothing needs is left out.
  ///
  /// - Throws: ``ModelLoadingError`` for what is wrong with the file or the fixings as a whole; what is
  ///   wrong with one input is in ``refused``.
  init(_ index: ONNXIndex, fixing: ONNXFixings, hasBatch: Bool = true) throws(ModelLoadingError) {
    let declared = Set(index.proto.input.map(\.name))
    (axes, self.hasBatch) = (fixing.axes.sizes, hasBatch)
    for name in fixing.inputs.keys.sorted() + fixing.axes.numbers.keys.sorted() where !declared.contains(name) {
      throw .input(name: name, reason: "there is no such input to fix")
    }
    let open = index.proto.input.filter {
      index.initializers[$0.name] == nil && fixing.inputs[$0.name] == nil && fixing.axes.numbers[$0.name] == nil
    }
    states = try StatePairs(
      fixing.axes.states, inputs: open.filter { index.readers[$0.name] != nil }.map(Self.end),
      outputs: index.outputs.map(Self.end))
    batchNames = Set(open.compactMap { Self.freeName($0.type.tensorType.shape.dim.first) })
    var names = Set<String>()
    for info in index.proto.input {
      guard names.insert(info.name).inserted else {
        throw .input(name: info.name, reason: "there are two of this name")
      }
      if index.initializers[info.name] != nil { continue }
      if let tensor = fixing.inputs[info.name] {
        constants.append(try Self.constant(tensor, info))
      } else if let number = fixing.axes.numbers[info.name] {
        constants.append(try Self.constant(try Self.filled(info, number), info))
      } else if hasNoEffect(info, index) {
        constants.append(try Self.constant(try Self.filled(info, 0), info))
        remarks.append("input \(info.name) is left out: it is multiplied by 0, so that no answer depends on it")
      } else if index.readers[info.name] != nil {
        do {
          try add(info, index)
        } catch {
          refused.append((info.name, error))
        }
      }
    }
    try checkAxesAreUsed(index)
    if !hasBatch || inputs.contains(where: { $0.batchAxis == nil }) {
      guard batch == nil || batch == 1 else {
        throw .model(reason: "a state without an axis of samples is of one stream, and other inputs have a batch of \(batch ?? 0)")
      }
      batch = 1
    }
    guard !inputs.isEmpty || !refused.isEmpty else {
      throw .model(reason: "no output depends on an input")
    }
  }

  /// Whether every input is a vector of fixed size, of which nothing says that its axis is a batch.
  var areVectors: Bool {
    refused.isEmpty && batch != nil && inputs.allSatisfy { $0.shape.isEmpty }
  }

  private mutating func add(_ info: Onnx_ValueInfoProto, _ index: ONNXIndex)
    throws(ModelLoadingError)
  {
    func refused(_ reason: String) -> ModelLoadingError { .input(name: info.name, reason: reason) }
    let type = info.type.tensorType
    let element = ElementType(rawValue: type.elemType)
    let isOfIntegers = element?.isFloat == false
    if element?.isFloat != true, let reader = Self.reader(of: info.name, index, takes: isOfIntegers) {
      throw refused(
        "\(reader) needs it, and it holds \(ElementType.name(type.elemType)), not float")
    }
    guard type.hasShape, !type.shape.dim.isEmpty || !hasBatch else {
      throw refused("it has no batch axis; a shape [N, ...] is needed")
    }
    let sizes = type.shape.dim.enumerated().map { size(of: $1, axis: $0, of: info.name) }
    let batchAxis = hasBatch ? self.batchAxis(of: info, sizes) : nil
    if let batchAxis { try agree(on: sizes[batchAxis], refused) }
    let own = sizes.indices.filter { $0 != batchAxis }
    let free = own.filter { sizes[$0] == nil }
    guard free.isEmpty else {
      let names = free.map { Self.axisName(type.shape.dim[$0], axis: $0, of: info.name) }
      throw refused(freeAxes(free, names))
    }
    let shape = own.map { sizes[$0] ?? 1 }
    guard shape.count <= Graph.maximumRank, saturatingProduct(shape) <= Graph.maximumElements else {
      throw refused("a sample of shape \(shape) is too large")
    }
    inputs.append(Input(name: info.name, shape: shape, batchAxis: batchAxis, isOfIntegers: isOfIntegers))
  }

  /// The axis that is the batch: the first, unless another is called as the first of other inputs is. A state has one
  /// stream where nothing is said: its first free axis, or else the first of size 1.
  private func batchAxis(of info: Onnx_ValueInfoProto, _ sizes: [Int?]) -> Int? {
    let dims = info.type.tensorType.shape.dim
    guard Self.freeName(dims[0]) == nil, sizes[0] != nil else { return 0 }
    if let named = dims.indices.first(where: { axis in Self.freeName(dims[axis]).map(batchNames.contains) ?? false }) {
      return named
    }
    guard states.pairs.contains(where: { $0.input == info.name }) else { return 0 }
    return sizes.firstIndex { $0 == nil } ?? sizes.firstIndex { $0 == 1 }
  }

  private mutating func agree(on size: Int?, _ refused: (String) -> ModelLoadingError)
    throws(ModelLoadingError)
  {
    guard let size else { return }
    guard size < 1 << 24 else { throw refused("a batch of \(size) is not possible") }
    if let batch, batch != size {
      throw refused("its batch of \(size) differs from the batch of \(batch) of another input: if their first axes are none, say --batch none")
    }
    batch = size
  }

  /// Who reads an input and does not take what is no float, for messages; nil: all do.
  ///
  /// - Parameter integers: whether it holds integers, which some operators take.
  private static func reader(of name: String, _ index: ONNXIndex, takes integers: Bool) -> String? {
    let readers = index.order.map { index.nodes[$0] }.filter { $0.inputs.contains(name) }
    if let node = readers.first(where: { !integers || !GraphBuilder.takesIntegers($0) }) {
      return "node \(node.name) (\(node.operator))"
    }
    return readers.isEmpty ? "an output" : nil
  }

  private static func constant(_ tensor: Tensor, _ info: Onnx_ValueInfoProto)
    throws(ModelLoadingError) -> Literal
  {
    let type = ElementType(rawValue: info.type.tensorType.elemType) ?? .float32
    if type.isFloat {
      return Literal(name: info.name, shape: tensor.shape, content: .floats(tensor.values))
    }
    var sizes: [Size] = []
    for value in tensor.values {
      guard let number = Int(exactly: value) else {
        throw .input(name: info.name, reason: "it is fixed at \(value), which is not an integer")
      }
      sizes.append(.known(number))
    }
    return Literal(name: info.name, shape: tensor.shape, content: .sizes(sizes))
  }
}

// MARK: - Inputs that are given beside the file

extension ONNXInputs {
  /// One number in the shape that the file declares; of axes that it leaves free one.
  private static func filled(_ info: Onnx_ValueInfoProto, _ number: Float) throws(ModelLoadingError) -> Tensor {
    let shape = end(info).sizes.map { $0 ?? 1 }
    guard shape.count <= Literal.maximumRank, saturatingProduct(shape) <= Graph.maximumElements else {
      throw .input(name: info.name, reason: "a sample of shape \(shape) is too large")
    }
    return Tensor(shape: shape, repeating: number)
  }

  private static func end(_ info: Onnx_ValueInfoProto) -> StatePairs.End {
    StatePairs.End(
      name: info.name,
      sizes: info.type.tensorType.shape.dim.map { dim in
        if case .dimValue(let size)? = dim.value, size > 0 { Int(size) } else { nil }
      })
  }

  /// What the file calls a free axis; nil where it has a size or no name.
  private static func freeName(_ dim: Onnx_TensorShapeProto.Dimension?) -> String? {
    if case .dimParam(let name)? = dim?.value, !name.isEmpty { name } else { nil }
  }

  /// Whether no answer depends on an input of integers, since all that reads it multiplies it by 0.
  private func hasNoEffect(_ info: Onnx_ValueInfoProto, _ index: ONNXIndex) -> Bool {
    guard ElementType(rawValue: info.type.tensorType.elemType)?.isFloat == false, let count = index.readers[info.name]
    else { return false }
    let readers = index.order.map { index.nodes[$0] }.filter { $0.inputs.contains(info.name) }
    return readers.count == count && readers.allSatisfy { node in
      node.operator == "Mul" && node.inputs.count == 2 && node.inputs.contains { index.isZero($0) }
    }
  }
}

// MARK: - Axes that the file leaves free

extension ONNXInputs {
  /// An axis's size, by the file or by the user; nil where it is free.
  private mutating func size(
    of dim: Onnx_TensorShapeProto.Dimension, axis: Int, of input: String
  ) -> Int? {
    switch dim.value {
    case .dimValue(let size)? where size > 0: return Int(size)
    default:
      let name = Self.axisName(dim, axis: axis, of: input)
      for known in [name, "\(input):\(axis)"] where axes[known] != nil {
        usedAxes.insert(known)
        return axes[known]
      }
      return nil
    }
  }

  /// What a free axis goes by: its name in the file, or `INPUT:NUMBER`.
  private static func axisName(
    _ dim: Onnx_TensorShapeProto.Dimension, axis: Int, of input: String
  ) -> String {
    if case .dimParam(let name)? = dim.value, !name.isEmpty { return name }
    return "\(input):\(axis)"
  }

  private func freeAxes(_ axes: [Int], _ names: [String]) -> String {
    let places = zip(axes, names).map { axis, name in
      name.hasSuffix(":\(axis)") ? "\(axis)" : "\(axis) (\(name))"
    }
    let list = places.joined(separator: " and ")
    let (noun, verb) = axes.count == 1 ? ("axis", "has") : ("axes", "have")
    let fixes = Array(Set(names)).sorted { names.firstIndex(of: $0)! < names.firstIndex(of: $1)! }
    let rule = hasBatch ? "only the first axis, the batch, may be free" : "without a batch none may be free"
    return "\(noun) \(list) \(verb) no fixed size, and \(rule): "
      + "give \(fixes.map { "--axis \($0)=SIZE" }.joined(separator: " "))"
  }

  private func checkAxesAreUsed(_ index: ONNXIndex) throws(ModelLoadingError) {
    guard let name = axes.keys.sorted().first(where: { !usedAxes.contains($0) }) else { return }
    var free: [String] = []
    for info in index.proto.input where index.readers[info.name] != nil {
      for (axis, dim) in info.type.tensorType.shape.dim.enumerated() {
        if case .dimValue(let size)? = dim.value, size > 0 { continue }
        let known = Self.axisName(dim, axis: axis, of: info.name)
        if !free.contains(known) { free.append(known) }
      }
    }
    let has = free.isEmpty ? "none" : free.joined(separator: ", ")
    throw .model(reason: "no input has a free axis \(name) that --axis could fix; free are: \(has)")
  }
}

extension GraphBuilder {
  /// Adds the network's inputs and what stands in for the fixed ones.
  mutating func add(_ inputs: ONNXInputs) {
    for input in inputs.inputs {
      let id = graph.addInput(name: input.name, shape: input.shape)
      values[input.name] = .computed(
        ComputedValue(id: id, batchAxis: input.batchAxis))
      nameCounts[id] = 1
      if input.isOfIntegers { integerValues.insert(id) }
    }
    for literal in inputs.constants { values[literal.name] = .known(literal) }
    unread.formUnion(inputs.refused.map(\.name))
  }
}
