// The network's inputs: which there are, where their batch axis is, and what they hold.

import ModelGraph
import Tensors

/// Inputs of the file that the network needs, judged.
struct ONNXInputs {
  struct Input {
    let name: String
    /// One sample's shape.
    let shape: [Int]
  }

  private(set) var inputs: [Input] = []
  private(set) var constants: [Literal] = []
  /// The batch size on which the inputs agree; nil where all leave it free.
  private(set) var batch: Int?

  /// Inputs listed among the initializers are weights, as files of IR versions before 4 write them.
  /// An input that nothing needs is left out.
  init(_ index: ONNXIndex, fixing: [String: Tensor]) throws(ModelLoadingError) {
    let declared = Set(index.proto.input.map(\.name))
    for name in fixing.keys.sorted() where !declared.contains(name) {
      throw .input(name: name, reason: "there is no such input to fix")
    }
    var names = Set<String>()
    for info in index.proto.input {
      guard names.insert(info.name).inserted else {
        throw .input(name: info.name, reason: "there are two of this name")
      }
      if index.initializers[info.name] != nil { continue }
      if let tensor = fixing[info.name] {
        constants.append(try Self.constant(tensor, info))
      } else if index.readers[info.name] != nil {
        try add(info, index)
      }
    }
    guard !inputs.isEmpty else { throw .model(reason: "no output depends on an input") }
  }

  private mutating func add(_ info: Onnx_ValueInfoProto, _ index: ONNXIndex)
    throws(ModelLoadingError)
  {
    func refused(_ reason: String) -> ModelLoadingError { .input(name: info.name, reason: reason) }
    let type = info.type.tensorType
    guard ElementType(rawValue: type.elemType)?.isFloat == true else {
      let reader = Self.reader(of: info.name, index)
      throw refused(
        "\(reader) needs it, and it holds \(ElementType.name(type.elemType)), not float")
    }
    guard type.hasShape, let first = type.shape.dim.first else {
      throw refused("it has no batch axis; a shape [N, ...] is needed")
    }
    if case .dimValue(let size)? = first.value, size > 0 {
      guard size < 1 << 24 else { throw refused("a batch of \(size) is not possible") }
      if let batch, batch != size {
        throw refused("its batch of \(size) differs from the batch of \(batch) of another input")
      }
      batch = Int(size)
    }
    var shape: [Int] = []
    for (axis, dim) in type.shape.dim.enumerated().dropFirst() {
      guard case .dimValue(let size)? = dim.value, size >= 1, size <= Graph.maximumElements else {
        throw refused("axis \(axis) has no fixed size; only the first axis, the batch, may be free")
      }
      shape.append(Int(size))
    }
    guard shape.count <= Graph.maximumRank, saturatingProduct(shape) <= Graph.maximumElements else {
      throw refused("a sample of shape \(shape) is too large")
    }
    inputs.append(Input(name: info.name, shape: shape))
  }

  /// Who reads an input, for messages.
  private static func reader(of name: String, _ index: ONNXIndex) -> String {
    guard let node = index.order.map({ index.nodes[$0] }).first(where: { $0.inputs.contains(name) })
    else { return "an output" }
    return "node \(node.name) (\(node.operator))"
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

extension GraphBuilder {
  /// Adds the network's inputs and what stands in for the fixed ones.
  mutating func add(_ inputs: ONNXInputs) {
    for input in inputs.inputs {
      let id = graph.addInput(name: input.name, shape: input.shape)
      values[input.name] = .computed(ComputedValue(id: id, batchAxis: 0))
      nameCounts[id] = 1
    }
    for literal in inputs.constants { values[literal.name] = .known(literal) }
  }
}
