/// Inputs and targets of one gradient step, row-major by sample, one array an input or output.
public struct TrainingBatch: Sendable {
  public let inputs: [[Float]]
  public let targets: [[Float]]

  public init(inputs: [[Float]], targets: [[Float]]) {
    (self.inputs, self.targets) = (inputs, targets)
  }

  /// Calls `body` with the addresses of all arrays.
  public func withPointers<R>(
    _ body: ([UnsafePointer<Float>], [UnsafePointer<Float>]) throws(ExecutionError) -> R
  ) throws(ExecutionError) -> R {
    try Self.pointers(to: inputs[...]) { inputs throws(ExecutionError) in
      try Self.pointers(to: targets[...]) { targets throws(ExecutionError) in
        try body(inputs, targets)
      }
    }
  }

  private static func pointers<R>(
    to arrays: ArraySlice<[Float]>, _ found: [UnsafePointer<Float>] = [],
    _ body: ([UnsafePointer<Float>]) throws(ExecutionError) -> R
  ) throws(ExecutionError) -> R {
    guard let first = arrays.first else { return try body(found) }
    return try first.withUnsafeBufferPointer { buffer throws(ExecutionError) in
      guard let address = buffer.baseAddress else { preconditionFailure("an empty batch") }
      return try pointers(to: arrays.dropFirst(), found + [address], body)
    }
  }
}
