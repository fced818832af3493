// Two functions of a byte, one behind the other, are one: a table of 256 results instead of two, and a step less.

import Blob
import ModelGraph

extension Lowering {
  /// The same steps, in which a map that alone reads what a map makes right before it does what both do.
  ///
  /// - Parameter made: the steps of each of `steps`.
  func joiningMaps(_ made: [[BlobStep]]) -> [[BlobStep]] {
    guard case .exact = numbers else { return made }
    var joined = made
    for index in made.indices.dropFirst() {
      let (before, value) = (index - 1, steps[index - 1].output)
      guard let first = joined[before].soleMap, let second = joined[index].soleMap, first.map.y == second.map.x,
        first.map.count == second.map.count, graph.readerCount(ofBufferOf: value) == 1,
        first.map.mayMap(to: second.map.y)
      else { continue }
      let results = first.map.results.map { second.map.results[Int($0)] }
      let both = BlobMap(x: first.map.x, y: second.map.y, count: first.map.count, results: results)
      joined[before] = []
      joined[index] = [
        .integer(BlobIntegerStep(.map(both), xIsSigned: first.step.xIsSigned, yIsSigned: second.step.yIsSigned))
      ]
    }
    return joined
  }
}

extension [BlobStep] {
  fileprivate var soleMap: (step: BlobIntegerStep, map: BlobMap)? {
    guard count == 1, case .integer(let step) = self[0], case .map(let map) = step.form else { return nil }
    return (step, map)
  }
}

extension BlobMap {
  /// Whether its input and this place are the same tensor, or apart.
  fileprivate func mayMap(to place: Int) -> Bool {
    let words = (count + 3) / 4
    return place == x || place + words <= x || x + words <= place
  }
}

extension Graph {
  /// How many read a value, itself or under another shape; the network's end too.
  fileprivate func readerCount(ofBufferOf value: ValueID) -> Int {
    nodes.reduce(outputs.count { $0 == value }) { count, node in
      let own = node.inputs.count { $0 == value }
      guard own > 0, case .reshape = node.operation else { return count + own }
      return count + readerCount(ofBufferOf: node.output)
    }
  }
}
