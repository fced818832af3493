// LSTM, GRU and RNN as operations that are there, a frame at a time. What a frame is given comes through the matrix W,
// which is one dense layer over all frames; what it finds comes through R, whose dense layers in all frames name
// one parameter.
//
// Source: the operators' definitions in ONNX (onnx.ai/onnx/operators) and of TensorFlow Lite's
// UNIDIRECTIONAL_SEQUENCE_LSTM.

import ModelGraph
import Tensors

/// What adds nodes to a graph under a file's names.
protocol NodeAdding {
  /// A node of the file.
  associatedtype Call
  var graph: Graph { get set }
  mutating func add(_ operation: Operation, _ inputs: [ValueID], _ node: Call, part: String)
    throws(ModelLoadingError) -> ValueID
}

extension GraphBuilder: NodeAdding {}
extension TFLiteBuilder: NodeAdding {}

/// What one frame does.
struct RecurrentCell {
  enum Form: Equatable {
    /// h' = f(Wx + Rh)
    case simple
    /// Gates z, r and what is new, h: h' = (1 - z) h + z h. The reset multiplies R h rather than h where `resetsProduct`.
    case gated(resetsProduct: Bool)
    /// Gates i, o, f and what is new, c: C' = f C + i c, h' = o h(C'). Where `couples`, f = 1 - i.
    case longShort(couples: Bool)

    /// Rows of W for each number that is kept.
    var gates: Int {
      switch self {
      case .simple: 1
      case .gated: 3
      case .longShort: 4
      }
    }
  }

  let form: Form
  /// How many numbers it keeps.
  let hidden: Int
  /// Of gates, of what is new, and of what an LSTM gives; of a simple cell there is one.
  let functions: [Operation]
  /// R, of all gates; of a GRU whose reset multiplies h, of z and r, and then of what is new.
  let recurrent: [Dense]
  /// What functions of gates and of what is new are given lies within so much of 0; nil: anywhere. What an LSTM gives
  /// is left alone, as by onnxruntime.
  var gateLimit: Float?
  /// The same for what an LSTM keeps.
  var cellLimit: Float?
  /// Values by which i, o and f of an LSTM look at what it keeps; empty: they do not.
  var peepholes: [ValueID] = []
}

/// What a frame finds and leaves; nil: zeros.
struct RecurrentState {
  var hidden: ValueID?
  /// Of an LSTM.
  var cell: ValueID?
}

extension NodeAdding {
  /// What a frame leaves.
  ///
  /// - Parameter given: Wx + b of the frame, [..., gates x hidden].
  mutating func advanced(_ cell: RecurrentCell, _ state: RecurrentState, given: ValueID, _ node: Call)
    throws(ModelLoadingError) -> RecurrentState
  {
    switch cell.form {
    case .simple:
      let sum = try self.sum(given, try product(cell.recurrent[0], state.hidden, node), node)
      return RecurrentState(hidden: try applied(cell.functions[0], cell, sum, node))
    case .gated(let resetsProduct):
      return RecurrentState(hidden: try gated(cell, state.hidden, given, resetsProduct: resetsProduct, node))
    case .longShort(let couples): return try longShort(cell, state, given, couples: couples, node)
    }
  }

  private mutating func longShort(
    _ cell: RecurrentCell, _ state: RecurrentState, _ given: ValueID, couples: Bool, _ node: Call
  ) throws(ModelLoadingError) -> RecurrentState {
    let all = try sum(given, try product(cell.recurrent[0], state.hidden, node), node)
    func looking(_ place: Int, at kept: ValueID?, _ builder: inout Self) throws(ModelLoadingError) -> ValueID {
      let own = try builder.gate(place, of: all, cell, node)
      guard let kept, !cell.peepholes.isEmpty else { return own }
      return try builder.sum(own, try builder.times(kept, cell.peepholes[place], node), node)
    }
    let i = try applied(cell.functions[0], cell, try looking(0, at: state.cell, &self), node)
    let new = try applied(cell.functions[1], cell, try gate(3, of: all, cell, node), node)
    var kept = try times(i, new, node)
    if let old = state.cell {
      let f = couples ? try oneMinus(i, node)
        : try applied(cell.functions[0], cell, try looking(2, at: old, &self), node)
      kept = try sum(try times(f, old, node), kept, node)
    }
    kept = try within(cell.cellLimit, kept, node)
    let o = try applied(cell.functions[0], cell, try looking(1, at: kept, &self), node)
    let shown = try add(cell.functions[2], [kept], node, part: "function")
    return RecurrentState(hidden: try times(o, shown, node), cell: kept)
  }

  private mutating func gated(
    _ cell: RecurrentCell, _ found: ValueID?, _ given: ValueID, resetsProduct: Bool, _ node: Call
  ) throws(ModelLoadingError) -> ValueID {
    let (n, both) = (cell.hidden, Array(0..<2 * cell.hidden))
    let product = try product(cell.recurrent[0], found, node)
    let looks = try product.map { (product) throws(ModelLoadingError) in
      resetsProduct ? try add(.gather(both), [product], node, part: "gates") : product
    }
    let sums = try sum(try add(.gather(both), [given], node, part: "gates"), looks, node)
    let gates = try applied(cell.functions[0], cell, sums, node)
    let z = try add(.gather(Array(0..<n)), [gates], node, part: "update")
    let r = try add(.gather(Array(n..<2 * n)), [gates], node, part: "reset")
    let reset: ValueID?
    if resetsProduct {
      reset = try product.map { (product) throws(ModelLoadingError) in
        try times(r, try gate(2, of: product, cell, node), node)
      }
    } else {
      let kept = try found.map { (found) throws(ModelLoadingError) in try times(r, found, node) }
      reset = try self.product(cell.recurrent[1], kept, node)
    }
    let new = try applied(cell.functions[1], cell, try sum(try gate(2, of: given, cell, node), reset, node), node)
    // (1 - z) new + z h = new + z (h - new).
    guard let found else { return try add(.binary(.subtract), [new, try times(z, new, node)], node, part: "kept") }
    return try sum(new, try times(z, try add(.binary(.subtract), [found, new], node, part: "step"), node), node)
  }
}

// MARK: - Parts

extension NodeAdding {
  /// R h + b; of zeros b alone, where there is one.
  private mutating func product(_ dense: Dense, _ hidden: ValueID?, _ node: Call) throws(ModelLoadingError) -> ValueID? {
    if let hidden { return try add(.dense(dense), [hidden], node, part: "recurrent") }
    guard let bias = dense.bias else { return nil }
    let row = graph.addParameter(name: graph[bias].name, role: .constant, tensor: graph[bias].tensor)
    return try add(.constant(row), [], node, part: "recurrent")
  }

  private mutating func gate(_ place: Int, of sums: ValueID, _ cell: RecurrentCell, _ node: Call)
    throws(ModelLoadingError) -> ValueID
  {
    try add(.gather(Array(place * cell.hidden..<(place + 1) * cell.hidden)), [sums], node, part: "gate")
  }

  private mutating func applied(_ function: Operation, _ cell: RecurrentCell, _ x: ValueID, _ node: Call)
    throws(ModelLoadingError) -> ValueID
  {
    try add(function, [try within(cell.gateLimit, x, node)], node, part: "function")
  }

  private mutating func within(_ limit: Float?, _ x: ValueID, _ node: Call) throws(ModelLoadingError) -> ValueID {
    guard let limit else { return x }
    return try add(.activation(.clip(low: -limit, high: limit)), [x], node, part: "clip")
  }

  private mutating func sum(_ a: ValueID, _ b: ValueID?, _ node: Call) throws(ModelLoadingError) -> ValueID {
    guard let b else { return a }
    return try add(.binary(.add), [a, b], node, part: "sum")
  }

  private mutating func times(_ a: ValueID, _ b: ValueID, _ node: Call) throws(ModelLoadingError) -> ValueID {
    try add(.binary(.multiply), [a, b], node, part: "product")
  }

  private mutating func oneMinus(_ x: ValueID, _ node: Call) throws(ModelLoadingError) -> ValueID {
    let one = graph.addParameter(name: "number 1", role: .constant, tensor: Tensor(shape: [], values: [1]))
    return try add(.binary(.subtract), [try add(.constant(one), [], node, part: "one"), x], node, part: "forget")
  }
}
