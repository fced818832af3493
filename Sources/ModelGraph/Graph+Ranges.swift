// Between what numbers the values of a graph lie, and which of these numbers matter: types and scales
// of bytes follow from both. The first is known from the graph alone, by interval arithmetic in
// running order. The second goes the other way: whatever reads a value may be blind beyond a bound,
// as a clip is, and then the value may be cut off there, at no cost.

extension Graph {
  /// Between what numbers each value lies whatever the samples are.
  ///
  /// - Parameter inputs: between what numbers each input lies.
  package func ranges(inputs: [Interval]) -> [Interval] {
    var ranges = [Interval](repeating: .all, count: values.count)
    for (value, range) in zip(self.inputs, inputs) { ranges[value.index] = range }
    for node in nodes {
      let range = node.operation.facts.range(
        of: node, in: self, node.inputs.map { ranges[$0.index] })
      for output in node.outputs { ranges[output.index] = range }
    }
    return ranges
  }

  func range(of id: ParameterID) -> Interval { Interval(holding: self[id].tensor.values) }

  /// Of each value the interval beyond which no reader tells its numbers apart.
  ///
  /// - Parameter seen: between what each value's numbers were on samples.
  package func readRanges(seen: [Interval]) -> [Interval] {
    var ranges = [Interval?](repeating: nil, count: values.count)
    for output in outputs { ranges[output.index] = .all }
    for node in nodes.reversed() {
      let read = node.outputs.filter { ranges[$0.index] != nil }
      guard !read.isEmpty else { continue }
      let range = node.operation.facts.readRange(
        of: .joining(read.compactMap { ranges[$0.index] }),
        seen: .joining(read.map { seen[$0.index] }))
      for input in node.inputs {
        ranges[input.index] = ranges[input.index]?.joined(with: range) ?? range
      }
    }
    return ranges.map { $0 ?? .zero }
  }
}
