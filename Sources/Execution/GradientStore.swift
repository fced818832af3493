import CKernels
import ModelGraph

/// Gradients of trainable parameters over one part of a batch.
final class Gradients {
  fileprivate let buffers: [ParameterID: FloatBuffer]

  init(graph: Graph, trainable: [ParameterID]) throws(ExecutionError) {
    var buffers: [ParameterID: FloatBuffer] = [:]
    for id in trainable where buffers[id] == nil {
      buffers[id] = try FloatBuffer(count: graph[id].tensor.count, zeroed: true)
    }
    self.buffers = buffers
  }

  /// - Precondition: the parameter is trained.
  subscript(id: ParameterID) -> UnsafeMutablePointer<Float> {
    guard let buffer = buffers[id] else {
      preconditionFailure("a gradient of a parameter that is not trained")
    }
    return buffer.pointer
  }
}

/// Where the programs of one thread gather gradients, over the small batches of one part after the
/// other.
final class GradientStore {
  let trainable: Set<ParameterID>
  private var gradients: Gradients?
  private var written: Set<ParameterID> = []

  init(trainable: [ParameterID]) { self.trainable = Set(trainable) }

  /// Gathers into these from now on, and forgets what they hold.
  func begin(_ gradients: Gradients) { (self.gradients, written) = (gradients, []) }

  /// Where a step puts its share of a gradient, and whether it adds to what is there or replaces
  /// it; nil for a parameter that is not trained.
  func target(_ id: ParameterID) -> (pointer: UnsafeMutablePointer<Float>, accumulates: Bool)? {
    guard let buffer = gradients?.buffers[id] else { return nil }
    return (buffer.pointer, !written.insert(id).inserted)
  }

  /// As `target`, for steps that can only add.
  func sum(_ id: ParameterID) -> UnsafeMutablePointer<Float>? {
    guard let (pointer, accumulates) = target(id), let buffer = gradients?.buffers[id] else {
      return nil
    }
    if !accumulates { buffer.zero() }
    return pointer
  }

  /// Adds a finished share; nothing for a parameter that is not trained.
  func add(_ share: UnsafePointer<Float>, count: Int, to id: ParameterID) {
    guard let (pointer, accumulates) = target(id) else { return }
    if accumulates {
      kx_add(pointer, share, count)
    } else {
      pointer.update(from: share, count: count)
    }
  }

  /// Zeroes what no step has written to.
  func finish() {
    for (id, buffer) in gradients?.buffers ?? [:] where !written.contains(id) { buffer.zero() }
  }
}
