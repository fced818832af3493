extension ExecutionError {
  /// One sentence for people.
  public var sentence: String {
    switch self {
    case .engine(let node, let operation, let status):
      "node \(node) (\(operation)): oneDNN answered \(Self.name(ofStatus: status))"
    case .outOfMemory(let bytes):
      "there is no memory for \(bytes) bytes more; try a smaller batch or fewer threads"
    case .undetermined(let value):
      "the value \(value) is needed and cannot be computed from the inputs given"
    case .integers(let value):
      "the value \(value) is of integers, and only float32 is computed here: take the model's float meaning, as compile does"
    case .team(let reason, _): reason
    case .stopped: "the work was stopped"
    }
  }

  private static func name(ofStatus status: Int) -> String {
    switch status {
    case 1: "out of memory"
    case 2: "invalid arguments"
    case 3: "that it has no such primitive for this processor: run it on another"
    case 5: "runtime error"
    case 6: "not required"
    default: "status \(status)"
    }
  }
}
