struct AveragePool: Pool {
  let window: Window
  let countsPadding: Bool

  var operation: Operation { .averagePool(window, countsPadding: countsPadding) }
  var name: String { "average-pool" }
  var onBlocks: OnBlocks? { .averagePool(window, countsPadding: countsPadding) }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .window(window, mixesChannels: false) }
  var exactForm: ExactForm? { countsPadding && !window.isUnpadded ? nil : .averagePool(window) }
  func readRange(of read: Interval, seen: Interval) -> Interval { .all }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let sees = window.alwaysSees(trace.extent(node.inputs[0]))
    return trace.pooled(output, node) { sees && ($0 == 0 || window.isUnpadded || !countsPadding) }
  }
}
