// ONNX bytes to a graph, in this order: scan, decode, index, judge the operators, inputs, nodes,
// outputs, verify. Formats/Imports.md says which subset of ONNX that is.

import ModelGraph
import SwiftProtobuf
import Tensors

/// Reads ONNX models.
package enum ONNXImporter {
  /// The newest operator set whose operators we know.
  static let newestOpset = 28

  /// The network in the bytes of an ONNX model.
  ///
  /// - Parameters:
  ///   - folder: where external data may lie; nil refuses external data.
  ///   - fixing: inputs that become constants, and sizes of free axes.
  static func model(bytes: [UInt8], folder: ModelFolder?, fixing: ONNXFixings)
    throws(ModelLoadingError) -> LoadedModel
  {
    let proto = try decoded(bytes)
    let opset = try opset(of: proto)
    let index = try ONNXIndex(proto.graph, opset: opset)
    let inputs = try ONNXInputs(index, fixing: fixing, hasBatch: fixing.axes.haveBatch)
    var (builder, taken): (GraphBuilder, ONNXInputs)
    do {
      (builder, taken) = (try built(proto, index, inputs, folder), inputs)
    } catch {
      // A vector may be one sample, not a batch of numbers.
      guard inputs.areVectors, inputs.hasBatch,
        let others = try? ONNXInputs(index, fixing: fixing, hasBatch: false),
        let other = try? built(proto, index, others, folder)
      else { throw inputs.hasBatch ? error.withoutBatch(inputs) : error }
      (builder, taken) = (other, others)
    }
    let model = try loaded(builder, proto, opset: opset)
    guard !model.graph.isOfIntegers, builder.endsInIntegers else { return model }
    // Where integers are not computed with, those at the ends are numbers like any other.
    builder = try built(proto, index, taken, folder, endsAreIntegers: true)
    return try loaded(builder, proto, opset: opset, whyFloats: model.whyFloats)
  }

  /// The network in the bytes of an ONNX model without external data.
  package static func model(
    bytes: [UInt8], fixing: [String: Tensor] = [:], axes: ModelAxes = [:]
  ) throws(ModelLoadingError) -> LoadedModel {
    try model(bytes: bytes, folder: nil, fixing: ONNXFixings(inputs: fixing, axes: axes))
  }

  /// The graph of the file's nodes; or all that stands in its way at once.
  private static func built(
    _ proto: Onnx_ModelProto, _ index: ONNXIndex, _ inputs: ONNXInputs, _ folder: ModelFolder?,
    endsAreIntegers: Bool = false
  ) throws(ModelLoadingError) -> GraphBuilder {
    var builder = GraphBuilder(index: index, folder: folder, batch: inputs.batch)
    builder.endsAreIntegers = endsAreIntegers
    builder.add(inputs)
    var survey = ONNXSurvey(proto, index)
    for (_, fault) in inputs.refused { survey.needs.add(fault) }
    for node in index.order { survey.convert(index.nodes[node], &builder) }
    if let error = survey.needs.error { throw error }
    try builder.addOutputs(inputs)
    return builder
  }

  private static func loaded(
    _ builder: GraphBuilder, _ proto: Onnx_ModelProto, opset: Int, whyFloats known: String? = nil
  ) throws(ModelLoadingError) -> LoadedModel {
    var graph = builder.graph.droppingDeadNodes().slidingWindows().droppingDeadNodes().droppingUnusedParameters()
    var whyFloats = known
    if !builder.endsAreIntegers, graph.values.contains(where: { $0.grid != nil }) {
      do throws(IntegerGraph.Reason) {
        graph = try IntegerGraph.made(
          of: graph, quantized: builder.quantized, types: builder.integerEnds(of: graph))
      } catch {
        whyFloats = error.sentence
      }
    }
    graph.omissions = builder.graph.omissions
    do {
      try graph.verify()
    } catch {
      throw .model(reason: error.sentence)
    }
    return LoadedModel(
      graph: graph, inputNames: graph.inputs.map { graph[$0].name },
      outputNames: graph.outputs.map { graph[$0].name }, opset: opset,
      producer: [proto.producerName, proto.producerVersion].filter { !$0.isEmpty }
        .joined(separator: " "),
      fixedBatch: builder.batch, batchlessOutputs: builder.batchlessOutputs, whyFloats: whyFloats)
  }

  /// Names of the files of external data, each once, ascending.
  static func externalFiles(bytes: [UInt8]) throws(ModelLoadingError) -> [String] {
    let graph = try decoded(bytes).graph
    let tensors = graph.initializer + graph.node.flatMap { $0.attribute.filter(\.hasT).map(\.t) }
    let names = tensors.filter { $0.dataLocation == 1 }.flatMap { tensor in
      tensor.externalData.filter { $0.key == "location" }.map(\.value)
    }
    return Set(names).sorted()
  }

  private static func decoded(_ bytes: [UInt8]) throws(ModelLoadingError) -> Onnx_ModelProto {
    try WireScan.check(bytes, as: .model)
    let proto: Onnx_ModelProto = try message(bytes)
    guard proto.hasGraph else { throw .encoding(offset: 0, reason: "no graph is there") }
    return proto
  }

  static func message<M: Message>(_ bytes: [UInt8]) throws(ModelLoadingError) -> M {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    do {
      return try M(serializedBytes: bytes, options: options)
    } catch {
      throw .encoding(offset: 0, reason: "a message does not decode (\(error))")
    }
  }

  private static func opset(of proto: Onnx_ModelProto) throws(ModelLoadingError) -> Int {
    let own = proto.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }
    // Files older than the field use the first set.
    let version = own.map(\.version).max() ?? 1
    guard version >= 1, version <= newestOpset else {
      throw .model(
        reason: "it asks for operator set \(version), and sets 1 to \(newestOpset) are read: export it with "
          + "one of these")
    }
    return Int(version)
  }
}

extension ModelLoadingError {
  /// The same with a word on inputs that may have no batch axis.
  fileprivate func withoutBatch(_ inputs: ONNXInputs) -> ModelLoadingError {
    let names = inputs.inputs.map(\.name).joined(separator: ", ")
    let hint = "the first axis of every input is taken for the batch; if \(names) has none, say --batch none"
    switch self {
    case .mixesSamples(let node, let op, let reason):
      return .mixesSamples(node: node, operator: op, reason: "\(reason) (\(hint))")
    case .unsupported(let node, let op, let reason) where isOfTheBatch:
      return .unsupported(node: node, operator: op, reason: "\(reason) (\(hint))")
    case .needs(var needs) where needs.faults.contains(where: \.error.isOfTheBatch):
      needs.hint = hint
      return .needs(needs)
    default: return self
    }
  }

  /// Whether it may be about an axis that was taken for the batch.
  private var isOfTheBatch: Bool {
    switch self {
    case .mixesSamples: true
    case .unsupported(_, _, let reason): reason.contains("the batch")
    default: false
    }
  }
}

// MARK: - Tensor files

/// A tensor with the name its file gives it.
package struct NamedTensor: Equatable, Sendable {
  package let name: String
  package let tensor: Tensor
}

extension ONNXImporter {
  /// The tensor in a file that holds one TensorProto, as ONNX's test data does; integers as floats.
  package static func readTensorProto(path: String) throws(ModelLoadingError) -> NamedTensor {
    let bytes = try ModelFile.bytes(path: path)
    try WireScan.check(bytes, as: .tensor)
    let proto: Onnx_TensorProto = try message(bytes)
    let literal: Literal
    do {
      literal = try Literal(proto, name: proto.name, folder: nil)
    } catch {
      throw .file(path: path, reason: error.reason)
    }
    let values: [Float] =
      switch literal.content {
      case .floats(let values): values
      // No tensor of a file holds a symbolic size.
      case .sizes(let sizes):
        sizes.compactMap { if case .known(let n) = $0 { Float(n) } else { nil } }
      }
    return NamedTensor(name: proto.name, tensor: Tensor(shape: literal.shape, values: values))
  }
}
