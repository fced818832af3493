// From the bytes of a .tflite file to its values, in this order: root, names of operators, buffers,
// tensors, inputs, operators, outputs. What cannot be read at all is thrown where it is met; what could be
// read and is not is collected, so that one refusal lists everything.
//
// Only the first subgraph is a model. Those that CALL_ONCE names give variables their beginnings and are read for
// that alone. The others are bodies of control flow, whose operators are named in a refusal; they are never followed,
// so they cannot lead in circles.

import ModelGraph

/// The reading of one file.
struct TFLiteReader {
  /// A file has at most this many tensors, operators, buffers and subgraphs.
  static let maximumParts = 1 << 16
  /// The one version there is.
  static let version: UInt32 = 3

  /// The builtin's number and the name of a custom operator.
  struct Code {
    let number: Int
    let custom: String
    var name: String { TFLiteNames.name(of: number, custom: custom) }
    var builtin: TFLiteBuiltin? { TFLiteBuiltin(rawValue: number) }
  }

  var file: FlatBuffer
  var needs = ModelNeeds()
  private let root: FlatBuffer.Table
  private(set) var codes: [Code] = []
  private(set) var buffers: [FlatBuffer.Table] = []
  var tensors: [TFLiteTensor] = []
  /// What is wrong with a tensor, which matters once something reads or makes it.
  var faults: [Int: ModelLoadingError] = [:]
  /// Tensors that are there so far: inputs and what operators made.
  var made = Set<Int>()
  var operators: [TFLiteOperator] = []
  /// Operators so far, by name.
  var counts: [String: Int] = [:]

  init(_ bytes: [UInt8]) throws(ModelLoadingError) {
    file = FlatBuffer(bytes)
    root = try file.root(identifier: "TFL3")
    let version = try file.integer(0, of: root, or: UInt32(0))
    guard version == Self.version else {
      throw .model(reason: "its format has version \(version), and version \(Self.version) is read")
    }
    for table in try file.tables(1, of: root, limit: Self.maximumParts) {
      // Numbers once fitted in a byte, which old files fill alone and new ones too where it holds them.
      let (old, new) = (
        try file.integer(0, of: table, or: Int8(0)), try file.integer(3, of: table, or: Int32(0))
      )
      codes.append(Code(number: max(Int(old), Int(new)), custom: try file.string(1, of: table) ?? ""))
    }
    buffers = try file.tables(4, of: root, limit: Self.maximumParts)
  }

  mutating func model() throws(ModelLoadingError) -> TFLiteModel {
    let subgraphs = try file.tables(2, of: root, limit: Self.maximumParts)
    guard let main = subgraphs.first else { throw .model(reason: "it has no subgraph") }
    for table in try file.tables(0, of: main, limit: Self.maximumParts) { try readTensor(table) }
    let inputs = try readInputs(main)
    for table in try file.tables(3, of: main, limit: Self.maximumParts) { try readOperator(table) }
    let outputs = try readOutputs(main)
    let beginnings = try readBeginnings(subgraphs)
    if !needs.operators.isEmpty {
      for (number, body) in subgraphs.enumerated().dropFirst() { try survey(body, number: number) }
    }
    if let error = needs.error { throw error }
    return TFLiteModel(
      bytes: file.bytes, description: try file.string(3, of: root) ?? "", tensors: tensors,
      operators: operators,
      inputs: inputs, outputs: outputs, beginnings: beginnings)
  }

  /// Names what is not read in a body.
  private mutating func survey(_ body: FlatBuffer.Table, number: Int) throws(ModelLoadingError) {
    var counts: [String: Int] = [:]
    for table in try file.tables(3, of: body, limit: Self.maximumParts) {
      let code = try self.code(of: table)
      let node = "\(code.name)_\(counts[code.name, default: 0])"
      counts[code.name, default: 0] += 1
      if code.builtin == nil {
        needs.add(.init(operator: code.name, node: node, holder: "subgraph \(number)"))
      }
    }
  }

  func code(of table: FlatBuffer.Table) throws(ModelLoadingError) -> Code {
    let index = Int(try file.integer(0, of: table, or: UInt32(0)))
    guard codes.indices.contains(index) else {
      throw .flatBuffer(
        offset: table.position, reason: "there is no operator code \(index) of \(codes.count)")
    }
    return codes[index]
  }

  func tensor(named index: Int) -> String {
    let name = tensors[index].name
    return name.isEmpty ? "\(index)" : name
  }
}

// MARK: - Inputs and outputs

extension TFLiteReader {
  private mutating func readInputs(_ main: FlatBuffer.Table) throws(ModelLoadingError) -> [Int] {
    let inputs = try file.integers(1, of: main, Int32.self).map(Int.init)
    for index in inputs {
      guard tensors.indices.contains(index) else {
        throw .input(name: "\(index)", reason: "there is no such tensor")
      }
      let name = tensor(named: index)
      guard !tensors[index].isConstant else {
        throw .input(name: name, reason: "it is a constant of the file")
      }
      guard made.insert(index).inserted else { throw .input(name: name, reason: "it is an input twice") }
      if let fault = faults[index] { needs.add(fault) }
    }
    return inputs
  }

  private mutating func readOutputs(_ main: FlatBuffer.Table) throws(ModelLoadingError) -> [Int] {
    let outputs = try file.integers(2, of: main, Int32.self).map(Int.init)
    guard !outputs.isEmpty else { throw .model(reason: "it has no output") }
    var seen = Set<Int>()
    for index in outputs {
      guard tensors.indices.contains(index) else {
        throw .output(name: "\(index)", reason: "there is no such tensor")
      }
      let name = tensor(named: index)
      guard seen.insert(index).inserted else { throw .output(name: name, reason: "it is an output twice") }
      guard made.contains(index) else { throw .output(name: name, reason: "nothing makes it") }
    }
    return outputs
  }
}

extension TFLiteModel {
  /// The model in the bytes of a .tflite file.
  ///
  /// - Throws: ``ModelLoadingError``; ``ModelLoadingError/needs(_:)`` lists all that is not read.
  /// - Complexity: time and memory in proportion to the file; weights are not copied.
  package init(bytes: [UInt8]) throws(ModelLoadingError) {
    var reader = try TFLiteReader(bytes)
    self = try reader.model()
  }
}
