import Blob

/// Why a blob cannot be emulated. ``sentence`` says it in words.
public enum EmulationError: Error, Equatable, Sendable {
  /// The model is no blob.
  case invalid(BlobError)
  /// A step is of float32; numbers count from 0.
  case floatStep(Int)
}
