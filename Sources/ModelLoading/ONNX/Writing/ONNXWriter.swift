// A graph as an ONNX file: what the importer reads, the other way round. `ONNXOperator.swift` says as what
// nodes each operation is written.
//
// A graph has the shapes of one sample; in the file every computed value has an axis of samples in front, of any
// size. Constants have none where what reads them broadcasts, and are repeated for each sample where it does not.

import Foundation
import ModelGraph
import SwiftProtobuf
import Tensors

/// Why a graph cannot be written. `node` is its name in the graph.
public enum ModelWritingError: Error, Equatable, Sendable {
  /// A node for which the format has no operator.
  case unsupported(node: String, reason: String)
  /// The file would be larger than the format allows.
  case tooLarge(bytes: Int)

  /// One sentence.
  public var sentence: String {
    switch self {
    case .unsupported(let node, let reason): "node \(node) cannot be written: \(reason)"
    case .tooLarge(let bytes): "the model takes \(bytes) bytes, and a file of ONNX has 2 GiB at most"
    }
  }
}

public enum ONNXExporter {
  /// A network as the bytes of an ONNX file, in float32, zeros and all; what a quantized file rounds is rounded.
  ///
  /// - Parameters:
  ///   - graph: verified, of float32 alone.
  ///   - version: of the program that writes it.
  /// - Throws: ``ModelWritingError`` where an operation has no form in ONNX.
  /// - Complexity: time and memory in proportion to the graph.
  public static func bytes(_ graph: Graph, version: String) throws(ModelWritingError) -> Data {
    var writer = ONNXWriter(graph)
    var model = Onnx_ModelProto()
    (model.producerName, model.producerVersion) = ("kinglet", version)
    model.graph = try writer.write()
    model.opsetImport = [Onnx_OperatorSetIdProto.with { $0.version = writer.opset }]
    // The version of the file format that goes with the operator set.
    model.irVersion = writer.opset > 20 ? 10 : 9
    let size = graph.parameters.reduce(0) { $0 + 4 * $1.tensor.count }
    guard size < 1 << 31, let data = try? model.serializedData() else { throw .tooLarge(bytes: size) }
    return data
  }
}

/// Makes the nodes of a file from those of a graph.
struct ONNXWriter {
  let graph: Graph
  private var proto = Onnx_GraphProto()
  /// What values and parameters are called in the file.
  private var names: [ValueID: String] = [:]
  private var parameterNames: [ParameterID: String] = [:]
  private var taken: Set<String> = [""]
  /// The operator set: the least that has all that is written.
  var opset: Int64 = 20
  /// Constants that are repeated for each sample, by the name of what is repeated.
  private var repeated: [String: String] = [:]

  init(_ graph: Graph) { self.graph = graph }

  mutating func write() throws(ModelWritingError) -> Onnx_GraphProto {
    proto.name = "network"
    // The network's ends keep their names before anything else has one.
    for input in graph.inputs {
      names[input] = unique(graph[input].name)
      proto.input.append(valueInfo(name(input), graph[input].shape))
    }
    let ends = graph.outputs.map { output in (output, unique(graph[output].name)) }
    for (output, name) in ends where names[output] == nil && !isConstant(output) { names[output] = name }
    for node in graph.nodes { try write(node) }
    for (output, end) in ends {
      // An input that is an output, one that is given twice, and a constant.
      if name(output) != end { add("Identity", [batched(output)], node: end, output: end) }
      proto.output.append(valueInfo(end, graph[output].shape, isPlace: isPlace(output)))
    }
    return proto
  }

  func isConstant(_ value: ValueID) -> Bool {
    if case .constant = graph.producer(of: value)?.operation { true } else { false }
  }

  private func isPlace(_ value: ValueID) -> Bool { graph.placeFinder(of: value) != nil }

  /// The name, or one like it that nothing has yet.
  mutating func unique(_ name: String) -> String {
    var candidate = name, number = 1
    while !taken.insert(candidate).inserted {
      candidate = name.isEmpty ? "value_\(number)" : "\(name)_\(number)"
      number += 1
    }
    return candidate
  }

  private func valueInfo(_ name: String, _ shape: [Int], isPlace: Bool = false) -> Onnx_ValueInfoProto {
    typealias Dimension = Onnx_TensorShapeProto.Dimension
    return .with { info in
      info.name = name
      info.type.tensorType.elemType = isPlace ? ONNXElement.int64 : ONNXElement.float32
      info.type.tensorType.shape.dim =
        [Dimension.with { $0.dimParam = "samples" }] + shape.map { size in .with { $0.dimValue = Int64(size) } }
    }
  }
}

/// Numbers of ONNX's element types.
enum ONNXElement {
  static let (float32, int64): (Int32, Int32) = (1, 7)
}

// MARK: - What forms are made of

extension ONNXWriter {
  /// What a value is called; of a constant the tensor of one sample.
  mutating func name(_ value: ValueID) -> String {
    if let name = names[value] { return name }
    let new = unique(graph[value].name)
    names[value] = new
    return new
  }

  /// Calls a value by a name that is there.
  mutating func alias(_ value: ValueID, as name: String) { names[value] = name }

  /// A value with an axis of samples, which constants have not of themselves.
  mutating func batched(_ value: ValueID) -> String {
    let plain = name(value)
    guard isConstant(value) else { return plain }
    if let known = repeated[plain] { return known }
    guard let input = graph.inputs.first else { return plain }
    // As many samples as the first input has, then the constant's own sizes.
    let sizes = add("Shape", [name(input)], node: "\(plain)/samples", integer: ["start": 0, "end": 1])
    let shape = add(
      "Concat", [sizes, integers(graph[value].shape.map(Int64.init), "\(plain)/sizes")], node: "\(plain)/target",
      integer: ["axis": 0])
    let found = add("Expand", [plain, shape], node: "\(plain)/repeated")
    repeated[plain] = found
    return found
  }

  /// A value whose axes, seen from the right, meet those of another with so many: a shorter one gets axes of one
  /// element behind that of samples.
  mutating func aligned(_ value: ValueID, rank: Int) -> String {
    let shape = graph[value].shape
    guard !isConstant(value), shape.count < rank else { return name(value) }
    let sizes = [-1] + [Int64](repeating: 1, count: rank - shape.count) + shape.map(Int64.init)
    let plain = name(value)
    return add("Reshape", [plain, integers(sizes, "\(plain)/sizes")], node: "\(plain)/aligned")
  }

  /// A parameter as it is; one of integers by way of them.
  mutating func parameter(_ id: ParameterID) -> String {
    if let known = parameterNames[id] { return known }
    let name = graph[id].integers.map { numbers(of: $0, graph[id].name) } ?? tensor(graph[id].tensor, graph[id].name)
    parameterNames[id] = name
    return name
  }

  /// Numbers that a form needs.
  mutating func tensor(_ tensor: Tensor, _ name: String) -> String {
    raw(tensor.values.withUnsafeBytes { Array($0) }, ONNXElement.float32, tensor.shape, name)
  }

  /// Elements of a type as they are stored.
  mutating func raw(_ bytes: [UInt8], _ type: Int32, _ shape: [Int], _ name: String) -> String {
    let name = unique(name)
    proto.initializer.append(
      .with {
        $0.name = name
        $0.dataType = type
        $0.dims = shape.map(Int64.init)
        $0.rawData = Data(bytes)
      })
    return name
  }

  /// Whole numbers that a form needs, in one row.
  mutating func integers(_ values: [Int64], _ name: String) -> String {
    raw(values.map(\.littleEndian).withUnsafeBytes { Array($0) }, ONNXElement.int64, [values.count], name)
  }

  /// Adds a node of the file.
  ///
  /// - Parameters:
  ///   - output: a name that nothing else has; without one it is made from the node's.
  ///   - further: names of its other outputs, which nothing else has either.
  /// - Returns: its first output.
  @discardableResult
  mutating func add(
    _ type: String, _ inputs: [String], node: String, output: String? = nil, further: ArraySlice<String> = [],
    ints: [String: [Int64]] = [:], integer: [String: Int64] = [:], float: [String: Float] = [:], text: [String: String] = [:]
  ) -> String {
    let result = output ?? unique(node)
    proto.node.append(
      .with {
        $0.opType = type
        $0.name = node
        $0.input = inputs
        $0.output = [result] + further
        $0.attribute =
          (ints.map { name, values in .with { ($0.name, $0.ints, $0.type) = (name, values, 7) } }
          + integer.map { name, value in .with { ($0.name, $0.i, $0.type) = (name, value, 2) } }
          + float.map { name, value in .with { ($0.name, $0.f, $0.type) = (name, value, 1) } }
          + text.map { name, value in .with { ($0.name, $0.s, $0.type) = (name, Data(value.utf8), 3) } })
          .sorted { $0.name < $1.name }
      })
    return result
  }
}
