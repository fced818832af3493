import Blob

// What a runtime must have to run a vector, from the model and the ledger: the C tests compare it with what
// each build of the runtime refuses.

extension ValidVector {
  /// The switches of kgl_config.h that leave out what the file has, in the order of that file.
  func needs() throws -> [String] {
    let layers = try BlobLedger(try bytes()).layers
    var needed = Set(model.steps.flatMap(\.switches))
    if layers.contains(where: { $0.mask == .bitmap }) { needed.insert("BITMAP") }
    if layers.contains(where: { $0.mask == .joint }) { needed.insert("JOINT_ROWS") }
    if layers.contains(where: \.hasNeighbours) { needed.insert("NEIGHBOURS") }
    if layers.contains(where: { $0.mask == .gapsByRow }) { needed.insert("ROW_CLASSES") }
    if layers.contains(where: { $0.mask == .columns }) { needed.insert("COLUMNS") }
    if layers.contains(where: { $0.mask == .indexed }) { needed.insert("INDEXED") }
    if !model.states.isEmpty { needed.insert("STATES") }
    return Self.switches.filter(needed.contains).map { "KGL_" + $0 }
  }

  private static let switches =
    ["BITMAP", "JOINT_ROWS", "NEIGHBOURS", "ROW_CLASSES", "COLUMNS", "INDEXED", "FLOAT", "INTEGER", "EXACT", "BORDER"]
    + [
      "STATES", "MATH", "FUNCTIONS",
      "OP_CONVOLUTION", "OP_DENSE", "DENSE_ROWS", "OP_ACTIVATION", "OP_PRELU", "OP_SOFTMAX",
      "OP_POOL", "OP_MEAN", "OP_BINARY", "OP_COPY", "OP_PAD", "OP_TRANSPOSE", "OP_CONSTANT",
      "OP_AFFINE", "OP_SELECT", "OP_RESIZE", "OP_LOG_SOFTMAX", "OP_ARG_MAX", "OP_SLIDE", "OP_SHORTS", "OP_PRODUCT",
    ]
}

extension BlobIntegerStep {
  fileprivate var isBorder: Bool { if case .exactBorder = form { true } else { false } }
}

extension BlobStep {
  /// Of its form, its operator and, in float32, of what it computes.
  fileprivate var switches: [String] {
    if case .integer(let step) = self {
      return ["INTEGER"] + (step.isExact || opcode == 49 ? ["EXACT"] : []) + (step.isBorder ? ["BORDER"] : []) + operatorSwitches
    }
    return ["FLOAT"] + operatorSwitches + (isExponential ? ["MATH"] : []) + (activation?.isFunction == true ? ["FUNCTIONS"] : [])
  }

  private var operatorSwitches: [String] {
    var names = ["OP_" + Self.operators[Int(opcode) % 32 - 1]]
    if case .dense(let step) = self, step.r > 1 { names.append("DENSE_ROWS") }
    if case .integer(let step) = self, case .dense(let dense) = step.form, dense.r > 1 {
      names.append("DENSE_ROWS")
    }
    if case .integer(let step) = self, case .exactDense(let dense) = step.form, dense.r > 1 {
      names.append("DENSE_ROWS")
    }
    return names
  }

  private var isExponential: Bool {
    switch self {
    case .softmax, .logSoftmax: return true
    default: break
    }
    switch activation {
    case .sigmoid?, .tanh?, .elu?, .function?: return true
    case .none?, .relu?, .leakyRelu?, .clip?, .hardSigmoid?, .hardSwish?, nil: return false
    }
  }

  /// Of opcodes 1...23.
  private static let operators = [
    "CONVOLUTION", "DENSE", "ACTIVATION", "PRELU", "SOFTMAX", "POOL", "POOL", "MEAN", "BINARY",
    "COPY", "PAD", "TRANSPOSE", "CONSTANT", "AFFINE", "SELECT", "RESIZE", "LOG_SOFTMAX", "ARG_MAX", "PRODUCT", "SLIDE", "SHORTS", "SHORTS", "SHORTS",
  ]
}
