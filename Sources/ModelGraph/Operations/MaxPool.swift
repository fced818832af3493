struct MaxPool: Pool {
  let window: Window

  var operation: Operation { .maxPool(window) }
  var onBlocks: OnBlocks? { .maxPool(window) }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .window(window, mixesChannels: false) }
  var exactForm: ExactForm? { .maxPool(window) }
  var name: String { "max-pool" }

  /// Blind to what is below the least that it ever gives: a border of huge negative numbers before
  /// it is never seen.
  func readRange(of read: Interval, seen: Interval) -> Interval {
    read.clamped(to: seen.lowerBound...(.infinity))
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let sees = window.alwaysSees(trace.extent(node.inputs[0]))
    return trace.pooled(output, node) { _ in sees }
  }
}
