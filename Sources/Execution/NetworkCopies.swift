// Copies of a network for those who try many changes of its weights: threads take changes, not
// samples, so that each has programs and weights of its own.

import ModelGraph

/// Copies of one network, each with weights and programs of its own. Serves one caller at a time.
package final class NetworkCopies {
  private let executors: [Executor]
  /// Of each parameter the version that all copies have.
  private var versions: [Int] = []

  /// - Parameters:
  ///   - outputs: values that each run gives.
  ///   - count: copies, and so threads that work at the same time.
  package init(graph: Graph, to outputs: [ValueID], count: Int) throws(ExecutionError) {
    var executors: [Executor] = []
    for _ in 0..<count { executors.append(try Executor(graph: graph, to: outputs)) }
    self.executors = executors
  }

  /// Gives all copies these weights. Whoever changes copies between two calls puts back what it changed, so
  /// that only what is new in the store, always the same one, has to be copied.
  package func renew(from parameters: ParameterStore) {
    let present = executors[0].graph.parameters.indices.map { parameters.version(ParameterID($0)) }
    let changed = present.indices.filter { versions.isEmpty || versions[$0] != present[$0] }
    versions = present
    if changed.isEmpty { return }
    parallel(executors.count) { number in
      for index in changed {
        let id = ParameterID(index)
        executors[number].parameters.update(id) { _ = $0.update(fromContentsOf: parameters[id]) }
      }
    }
  }

  /// Gives up the memory of what was cut out of the copies.
  package func forgetCuts() { for executor in executors { executor.forgetCuts() } }

  /// What `body` makes of 0 ..< count, in their order. Each is given to the copy that is free next,
  /// whose weights `body` may change.
  package func map<R: Sendable>(
    _ count: Int, _ body: (_ index: Int, _ copy: Executor) throws(ExecutionError) -> R
  ) throws(ExecutionError) -> [R] {
    var made = [R?](repeating: nil, count: count)
    try made.withUnsafeMutableBufferPointer { made throws(ExecutionError) in
      nonisolated(unsafe) let made = made
      try parallel(pieces: count, threads: executors.count) { index, thread throws(ExecutionError) in
        made[index] = try body(index, executors[thread])
      }
    }
    return made.compactMap { $0 }
  }
}
