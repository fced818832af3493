/// Why a graph could not be run or trained.
public enum ExecutionError: Error, Equatable, Sendable {
  /// oneDNN refused or failed; `status` is its `dnnl_status_t`.
  case engine(node: String, operation: String, status: Int)
  /// The system has no such memory.
  case outOfMemory(bytes: Int)
  /// An output depends on this value, which is neither given nor computable from what is given.
  case undetermined(value: String)
  /// This value is of integers, and only float32 is computed.
  case integers(value: String)
  /// Processes that share the work cannot go on together; what the command's exit status is then.
  case team(reason: String, status: Int)
  /// The work was stopped while it waited for other processes.
  case stopped
}
