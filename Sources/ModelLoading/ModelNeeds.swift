/// Everything that a model needs and that is not read, found in one go.
public struct ModelNeeds: Equatable, Sendable {
  /// An operator that is not read.
  public struct OperatorUse: Equatable, Sendable {
    public let `operator`: String
    /// The first node that asks for it.
    public let node: String
    /// What holds that node, such as `If_0`, where it is in a body of control flow or a function of the
    /// file's own.
    public let holder: String?
    /// How many nodes ask for it.
    public internal(set) var count: Int
    /// Whether all of them work on constants alone, so that an exporter can fold them away.
    public internal(set) var isFoldable: Bool

    public init(
      operator: String, node: String, holder: String? = nil, count: Int = 1, isFoldable: Bool = false
    ) {
      (self.operator, self.node, self.holder) = (`operator`, node, holder)
      (self.count, self.isFoldable) = (count, isFoldable)
    }
  }

  /// Something else that stands in the way, and how often.
  public struct Fault: Equatable, Sendable {
    /// The first of its kind.
    public let error: ModelLoadingError
    /// How many nodes have it.
    public internal(set) var count = 1

    public init(_ error: ModelLoadingError, count: Int = 1) { (self.error, self.count) = (error, count) }
  }

  /// Each operator once, in file order; bodies after the nodes that hold them.
  public internal(set) var operators: [OperatorUse] = []
  /// Inputs, forms of known operators, tensors.
  public internal(set) var faults: [Fault] = []
  /// Operators and faults beyond those listed.
  public internal(set) var unlisted = 0
  /// What may help beside what these themselves suggest.
  package internal(set) var hint: String?

  /// More than this helps nobody.
  static let (mostOperators, mostFaults) = (200, 40)

  public init(operators: [OperatorUse] = [], faults: [Fault] = []) {
    (self.operators, self.faults) = (operators, faults)
  }

  /// Why the model is refused; nil where nothing stands in its way. A single fault stands for itself.
  var error: ModelLoadingError? {
    if operators.isEmpty && faults.isEmpty { return nil }
    let isAlone = operators.isEmpty && faults.count == 1 && unlisted == 0
    return isAlone && faults[0].count == 1 ? faults[0].error : .needs(self)
  }

  mutating func add(_ use: OperatorUse) {
    guard let known = operators.firstIndex(where: { $0.operator == use.operator }) else {
      if operators.count < Self.mostOperators { operators.append(use) } else { unlisted += 1 }
      return
    }
    operators[known].count += 1
    operators[known].isFoldable = operators[known].isFoldable && use.isFoldable
  }

  mutating func add(_ fault: ModelLoadingError) {
    if let known = faults.firstIndex(where: { $0.error.isLike(fault) }) {
      faults[known].count += 1
    } else if faults.count < Self.mostFaults {
      faults.append(Fault(fault))
    } else {
      unlisted += 1
    }
  }
}

// MARK: - For people

extension ModelNeeds {
  public var sentence: String {
    var parts: [String] = []
    if !operators.isEmpty {
      let noun = operators.count == 1 ? "the operator" : "the operators"
      parts.append("\(noun) \(operators.map(\.text).joined(separator: ", "))")
    }
    parts += faults.map { fault in
      fault.error.sentence + (fault.count == 1 ? "" : " (and so \(fault.count - 1) more)")
    }
    if unlisted > 0 { parts.append("and \(unlisted) more") }
    return "the model needs what is not read: \(parts.joined(separator: "; "))" + (advice.map { " (\($0))" } ?? "")
  }

  /// What to do, where something can be done.
  private var advice: String? {
    var steps: [String] = []
    let names = operators.map(\.operator)
    let folded = operators.filter(\.isFoldable).map(\.operator)
    if !folded.isEmpty {
      steps.append(
        "\(folded.joined(separator: ", ")) of constants alone goes away by constant folding in the "
          + "export, or by onnxsim")
    }
    if names.contains(where: Self.quantizes) {
      steps.append("give the float model as it was before quantization: kinglet quantizes by itself")
    }
    if names.contains(where: ["If", "Loop", "Scan"].contains) {
      steps.append("control flow goes away where the export fixes all shapes and folds constants")
    }
    if names.contains(where: { $0.hasPrefix("com.microsoft.") }) {
      steps.append("give the model as it was before onnxruntime optimized it")
    }
    if operators.contains(where: { $0.holder?.hasPrefix("function ") == true }) {
      steps.append("onnx.inliner puts the file's own functions in place")
    }
    if names.contains(where: { $0.hasPrefix("ai.onnx.ml.") }) {
      steps.append("trees, linear models and labels of ai.onnx.ml are no network: give one made of layers")
    }
    if names.contains(where: ONNXIndex.drawn.contains) {
      steps.append("what is drawn at random is no answer: end the model before it")
    }
    if let hint { steps.append(hint) }
    for case let step? in names.map(TFLiteNames.advice) where !steps.contains(step) { steps.append(step) }
    return steps.isEmpty ? nil : steps.joined(separator: "; ")
  }

  private static func quantizes(_ name: String) -> Bool {
    name.contains("QuantizeLinear") || name.contains("QLinear") || name.hasSuffix("Integer")
  }
}

extension ModelNeeds.OperatorUse {
  fileprivate var text: String {
    let place = holder.map { "\(node) in \($0)" } ?? node
    return count == 1
      ? "\(`operator`) (node \(place))" : "\(`operator`) (\(count) nodes, the first \(place))"
  }
}

extension ModelLoadingError {
  /// Whether two nodes are refused for the same reason.
  fileprivate func isLike(_ other: ModelLoadingError) -> Bool {
    switch (self, other) {
    case (.unsupported(_, let a, let x), .unsupported(_, let b, let y)),
      (.mixesSamples(_, let a, let x), .mixesSamples(_, let b, let y)),
      (.unfit(_, let a, let x), .unfit(_, let b, let y)):
      a == b && x == y
    case (.tensor(_, _, _, let x), .tensor(_, _, _, let y)): x == y
    default: self == other
    }
  }
}
