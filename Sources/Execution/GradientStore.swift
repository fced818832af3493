import CKernels
import ModelGraph

/// Gradients of trainable parameters, gathered over the batches of one worker.
final class GradientStore {
  private var buffers: [ParameterID: FloatBuffer] = [:]
  private var written: Set<ParameterID> = []

  init(graph: Graph, trainable: [ParameterID]) throws(ExecutionError) {
    for id in trainable where buffers[id] == nil {
      buffers[id] = try FloatBuffer(count: graph[id].tensor.count, zeroed: true)
    }
  }

  var trainable: Set<ParameterID> { Set(buffers.keys) }

  /// Forgets what was gathered.
  func begin() { written = [] }

  /// Where a step puts its share of a gradient, and whether it adds to what is there or replaces
  /// it; nil for a parameter that is not trained.
  func target(_ id: ParameterID) -> (pointer: UnsafeMutablePointer<Float>, accumulates: Bool)? {
    guard let buffer = buffers[id] else { return nil }
    return (buffer.pointer, !written.insert(id).inserted)
  }

  /// As `target`, for steps that can only add.
  func sum(_ id: ParameterID) -> UnsafeMutablePointer<Float>? {
    guard let (pointer, accumulates) = target(id), let buffer = buffers[id] else { return nil }
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
    for (id, buffer) in buffers where !written.contains(id) { buffer.zero() }
  }

  func pointer(_ id: ParameterID) -> UnsafeMutablePointer<Float>? { buffers[id]?.pointer }
}
