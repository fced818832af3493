import Execution

/// What can keep weights from being shared.
public enum SharingError: Error, Equatable, Sendable {
  /// Weight `index` of a layer is infinite or not a number.
  case notFinite(layer: String, index: Int)
  /// A state that does not fit the network or the settings.
  case badState(reason: String)
  case execution(ExecutionError)
}
