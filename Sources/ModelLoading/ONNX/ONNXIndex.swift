// The file's graph by name: who makes each value, which nodes an output needs, and an order in
// which they can run. ONNX asks for sorted nodes; not every writer sorts them.
//
// Nothing here recurses: a file may hold a chain of tens of thousands of nodes.

/// An ONNX graph, indexed.
struct ONNXIndex {
  static let maximumNodes = 1 << 16
  /// Inputs, weights apart, and outputs.
  static let maximumEnds = 1 << 12

  let proto: Onnx_GraphProto
  let opset: Int
  /// Outputs of the network; those of the file where none of them is left out.
  private(set) var outputs: [Onnx_ValueInfoProto] = []
  /// Which outputs of the file are no answers, and why, a sentence each.
  private(set) var omissions: [String] = []
  /// All nodes in file order, each with a unique name.
  let nodes: [ONNXNode]
  /// Indices of the nodes that an output needs, in an order in which they can run; file order where
  /// the file is sorted.
  private(set) var order: [Int] = []
  /// How many of the needed nodes' inputs and of the outputs read a value.
  private(set) var readers: [String: Int] = [:]
  /// Of each node what it reads, and what graphs within it read of what is outside.
  private let reads: [[String]]
  /// Index in `proto.initializer` by name.
  let initializers: [String: Int]
  /// The node that makes a value, and which of its outputs the value is.
  let producers: [String: Producer]

  struct Producer {
    let node: Int
    let output: Int
  }

  init(_ proto: Onnx_GraphProto, opset: Int) throws(ModelLoadingError) {
    guard proto.node.count <= Self.maximumNodes else {
      throw .model(reason: "\(proto.node.count) nodes are more than \(Self.maximumNodes)")
    }
    guard !proto.output.isEmpty else { throw .model(reason: "it has no output") }
    guard proto.output.count <= Self.maximumEnds,
      proto.input.count - proto.initializer.count <= Self.maximumEnds
    else { throw .model(reason: "more than \(Self.maximumEnds) inputs or outputs are too many") }
    self.proto = proto
    self.opset = opset
    nodes = Self.named(proto.node, opset: opset)
    reads = nodes.map { $0.inputs + $0.captures() }
    initializers = try Self.initializers(proto)
    producers = try Self.producers(nodes, initializers: initializers, inputs: proto.input)
    let given = Set(proto.input.map(\.name)).union(initializers.keys)
    for output in proto.output where producers[output.name] == nil && !given.contains(output.name) {
      throw .output(name: output.name, reason: "nothing makes it")
    }
    outputs = proto.output
    try sort()
    if leavesOutOutputs() { try sort() }
  }

  /// Names as the file gives them; an unnamed node is its operator and that operator's running
  /// number; a repeated name gets its node's position in the file.
  private static func named(_ protos: [Onnx_NodeProto], opset: Int) -> [ONNXNode] {
    var seen: [String: Int] = [:]
    var taken = Set(protos.map(\.name))
    var used = Set<String>()
    return protos.enumerated().map { position, proto in
      let number = seen[proto.opType, default: 0]
      seen[proto.opType] = number + 1
      var name = proto.name
      if name.isEmpty || !used.insert(name).inserted {
        let stem = name.isEmpty ? "\(proto.opType)_\(number)" : "\(name)_\(position)"
        name = uniqueName(stem, among: &taken)
      }
      return ONNXNode(proto, name: name, opset: opset)
    }
  }

  private static func initializers(_ proto: Onnx_GraphProto) throws(ModelLoadingError) -> [String:
    Int]
  {
    var indices: [String: Int] = [:]
    for (index, tensor) in proto.initializer.enumerated() {
      guard indices.updateValue(index, forKey: tensor.name) == nil else {
        throw .model(reason: "two initializers are named \(tensor.name)")
      }
    }
    return indices
  }

  private static func producers(
    _ nodes: [ONNXNode], initializers: [String: Int], inputs: [Onnx_ValueInfoProto]
  ) throws(ModelLoadingError) -> [String: Producer] {
    var producers: [String: Producer] = [:]
    let inputNames = Set(inputs.map(\.name))
    for (index, node) in nodes.enumerated() {
      for (position, output) in node.outputs.enumerated() where !output.isEmpty {
        let producer = Producer(node: index, output: position)
        guard producers.updateValue(producer, forKey: output) == nil,
          initializers[output] == nil, !inputNames.contains(output)
        else { throw node.unfit("it makes \(output), which exists already") }
      }
    }
    return producers
  }

  /// Depth-first from the outputs, nodes in file order where there is a choice: a node comes after
  /// all that it reads.
  private mutating func sort() throws(ModelLoadingError) {
    let needed = neededNodes()
    (order, readers) = ([], [:])
    for index in needed {
      for input in reads[index] where !input.isEmpty { readers[input, default: 0] += 1 }
    }
    for output in outputs { readers[output.name, default: 0] += 1 }
    enum Mark { case fresh, open, done }
    var marks = [Mark](repeating: .fresh, count: nodes.count)
    for root in needed where marks[root] == .fresh {
      var stack = [(node: root, next: 0)]
      marks[root] = .open
      while let (node, next) = stack.last {
        guard next < reads[node].count else {
          marks[node] = .done
          order.append(node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        guard let source = producers[reads[node][next]]?.node, marks[source] != .done
        else { continue }
        guard marks[source] == .fresh else {
          throw .cycle(node: nodes[source].name, operator: nodes[source].operator)
        }
        marks[source] = .open
        stack.append((source, 0))
      }
    }
  }

  /// Whether a value is a constant of the file and 0 throughout.
  func isZero(_ name: String) -> Bool {
    let tensor: Onnx_TensorProto?
    if let initializer = initializers[name] {
      tensor = proto.initializer[initializer]
    } else if let producer = producers[name], nodes[producer.node].operator == "Constant" {
      tensor = (try? nodes[producer.node].tensor("value")) ?? nil
    } else {
      tensor = nil
    }
    guard let tensor, let literal = try? Literal(tensor, name: name, folder: nil) else { return false }
    switch literal.content {
    case .floats(let numbers): return numbers.allSatisfy { $0 == 0 }
    case .sizes(let sizes): return sizes.allSatisfy { $0 == .known(0) }
    }
  }

  /// Nodes that some output needs, in file order.
  private func neededNodes() -> [Int] {
    var needed = [Bool](repeating: false, count: nodes.count)
    var pending = outputs.compactMap { producers[$0.name]?.node }
    while let index = pending.popLast() {
      guard !needed[index] else { continue }
      needed[index] = true
      pending += reads[index].compactMap { producers[$0]?.node }
    }
    return nodes.indices.filter { needed[$0] }
  }
}

// MARK: - Outputs that are no answers

extension ONNXIndex {
  /// Operators that give other numbers each time.
  static let drawn: Set<String> = [
    "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
  ]

  /// Leaves out outputs that depend on no input, and those that are drawn at random, where others remain: an
  /// agent's file has its version and sampled actions beside those that the network decides for.
  ///
  /// - Returns: whether there are such.
  private mutating func leavesOutOutputs() -> Bool {
    let inputs = Set(proto.input.map(\.name)).subtracting(initializers.keys)
    // What each node's result depends on: the first that draws, and whether any input.
    var (drawing, isFed) = ([Int?](repeating: nil, count: nodes.count), [Bool](repeating: false, count: nodes.count))
    for index in order {
      let sources = reads[index].compactMap { producers[$0]?.node }
      drawing[index] = Self.drawn.contains(nodes[index].operator)
        ? index : sources.lazy.compactMap { drawing[$0] }.first
      isFed[index] = sources.contains { isFed[$0] } || reads[index].contains(where: inputs.contains)
    }
    let reasons = outputs.map { output -> String? in
      guard let node = producers[output.name]?.node else {
        return inputs.contains(output.name) ? nil : "it is a constant of the file"
      }
      if let drawing = drawing[node] { return "\(nodes[drawing].operator) \(nodes[drawing].name) draws it at random" }
      return isFed[node] ? nil : "it is the same for every input"
    }
    let kept = zip(outputs, reasons).filter { $1 == nil }.map(\.0)
    guard !kept.isEmpty, kept.count < outputs.count else { return false }
    omissions = zip(outputs, reasons).compactMap { output, reason in
      reason.map { "output \(output.name) is left out: \($0)" }
    }
    outputs = kept
    return true
  }
}

/// `stem`, or `stem` with the first number that makes it a name not yet taken; then it is.
func uniqueName(_ stem: String, among taken: inout Set<String>) -> String {
  var name = stem
  var number = 2
  while !taken.insert(name).inserted {
    name = "\(stem)_\(number)"
    number += 1
  }
  return name
}
