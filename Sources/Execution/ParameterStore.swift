import ModelGraph
import Tensors

/// The numbers of a graph's parameters, apart from the graph, so that a student's weights change
/// between runs without anything being compiled again.
///
/// Any number of programs on any number of threads may read one store at the same time. Writing
/// while another thread reads or writes is the caller's mistake.
public final class ParameterStore: @unchecked Sendable {
  private let buffers: [FloatBuffer]
  private var versions: [Int]

  /// A copy of the graph's own parameters.
  ///
  /// - Throws: ``ExecutionError/outOfMemory(bytes:)``.
  public init(_ graph: Graph) throws(ExecutionError) {
    var buffers: [FloatBuffer] = []
    for parameter in graph.parameters {
      let buffer = try FloatBuffer(count: parameter.tensor.count)
      parameter.tensor.values.withUnsafeBufferPointer { values in
        if let base = values.baseAddress { buffer.pointer.update(from: base, count: values.count) }
      }
      buffers.append(buffer)
    }
    self.buffers = buffers
    versions = Array(repeating: 0, count: buffers.count)
  }

  /// The numbers of one parameter, row-major as in the graph; valid while the store lives.
  public subscript(id: ParameterID) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: buffers[id.index].pointer, count: buffers[id.index].count)
  }

  /// A copy of the numbers of one parameter.
  public func values(_ id: ParameterID) -> [Float] { buffers[id.index].values }

  /// Replaces the numbers of one parameter.
  ///
  /// - Precondition: as many values as the parameter has.
  public func set(_ id: ParameterID, to values: [Float]) {
    precondition(values.count == buffers[id.index].count)
    update(id) { destination in _ = destination.update(fromContentsOf: values) }
  }

  /// Lets `body` change the numbers of one parameter in place.
  public func update<R>(_ id: ParameterID, _ body: (UnsafeMutableBufferPointer<Float>) -> R) -> R {
    versions[id.index] += 1
    let buffer = buffers[id.index]
    return body(UnsafeMutableBufferPointer(start: buffer.pointer, count: buffer.count))
  }

  /// The graph with this store's numbers in place of its own.
  public func applied(to graph: Graph) -> Graph {
    var result = graph
    for index in buffers.indices {
      let id = ParameterID(index)
      result.setParameter(id, to: Tensor(shape: graph[id].tensor.shape, values: values(id)))
    }
    return result
  }

  /// Grows whenever the parameter is written: tells a reader to renew what it derived from it.
  package func version(_ id: ParameterID) -> Int { versions[id.index] }

  /// To be written through only between runs, and followed by `touch`.
  func pointer(_ id: ParameterID) -> UnsafeMutablePointer<Float> { buffers[id.index].pointer }

  func touch(_ id: ParameterID) { versions[id.index] += 1 }
}
