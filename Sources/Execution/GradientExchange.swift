// How the gradients of a batch's parts, made by several processes, become one sum on all. The elements
// are dealt out to the processes; each is sent its elements of all parts, adds them in the order
// of the parts, as one process does, and sends the sums to all. A process sends about what all its parts
// take and one part more, however many processes there are. Pruned elements stay at home.

import CKernels
import ModelGraph

/// Sums of gradients over the processes of a team.
final class GradientExchange {
  private let team: any Team
  /// Of each parameter the elements that are trained, ascending; nil: all.
  private let parameters: [(id: ParameterID, elements: [Int32]?, count: Int)]
  /// Where each parameter begins among all trained elements, and their number at the end.
  private let starts: [Int]

  /// - Parameter parameters: trained ones, with their masks and sizes.
  init(_ parameters: [(id: ParameterID, mask: [UInt8]?, count: Int)], _ team: any Team) {
    self.team = team
    self.parameters = parameters.map { id, mask, count in
      let elements = mask.map { mask in mask.indices.filter { mask[$0] != 0 }.map { Int32($0) } }
      return (id, elements, elements?.count ?? count)
    }
    starts = self.parameters.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
  }

  /// The elements that a process adds up.
  private func share(of rank: Int) -> Range<Int> {
    Shards.range(rank, of: starts[parameters.count], among: team.count)
  }

  /// Puts the sum of all parts into the first; elements under a mask are unspecified.
  ///
  /// - Parameters:
  ///   - shards: those that this process takes are filled.
  ///   - losses: one a part, the same.
  /// - Returns: the losses of all parts.
  func sum(_ shards: ArraySlice<Gradients>, losses: [Double]) throws(ExecutionError) -> [Double] {
    let ranks = 0..<team.count
    let taken = ranks.map { rank in shards.indices.filter { team.owner(of: $0) == rank } }
    let own = taken[team.rank]
    let parts = ranks.map { rank in own.flatMap { packed(share(of: rank), of: shards[$0]) } }
    let mine = share(of: team.rank)
    let received = try team.exchange(parts, receiving: taken.map { $0.count * mine.count })
    let sum = added(received, taken, width: mine.count, shards: shards.count)
    let sums = try team.exchange(ranks.map { _ in sum }, receiving: ranks.map { share(of: $0).count })
    for rank in ranks { unpack(sums[rank], share(of: rank), into: shards[shards.startIndex]) }
    let found = try team.exchange(
      ranks.map { _ in own.map { losses[$0] } }, receiving: taken.map(\.count))
    var all = losses
    for rank in ranks { for (shard, loss) in zip(taken[rank], found[rank]) { all[shard] = loss } }
    return all
  }

  /// Parts side by side, added in their order.
  private func added(_ received: [[Float]], _ taken: [[Int]], width: Int, shards: Int) -> [Float] {
    var sum: [Float] = []
    for shard in 0..<shards {
      let rank = team.owner(of: shard)
      let start = (taken[rank].firstIndex(of: shard) ?? 0) * width
      received[rank].withUnsafeBufferPointer { part in
        let part = part[start..<start + width]
        if shard == 0 { return sum = Array(part) }
        guard let base = UnsafeBufferPointer(rebasing: part).baseAddress else { return }
        sum.withUnsafeMutableBufferPointer { kx_add($0.baseAddress, base, width) }
      }
    }
    return sum
  }

  /// Calls `body` with each parameter that has some of these elements: which of its own, and where they
  /// begin among these.
  private func forEach(_ range: Range<Int>, _ body: (_ parameter: Int, _ own: Range<Int>, _ at: Int) -> Void) {
    for index in parameters.indices {
      let inside = range.clamped(to: starts[index]..<starts[index + 1])
      if inside.isEmpty { continue }
      body(
        index, inside.lowerBound - starts[index]..<inside.upperBound - starts[index],
        inside.lowerBound - range.lowerBound)
    }
  }

  private func packed(_ range: Range<Int>, of gradients: Gradients) -> [Float] {
    [Float](unsafeUninitializedCapacity: range.count) { buffer, count in
      forEach(range) { index, own, place in
        let values = gradients[parameters[index].id]
        if let elements = parameters[index].elements {
          for (offset, element) in own.enumerated() {
            buffer[place + offset] = values[Int(elements[element])]
          }
        } else {
          for offset in 0..<own.count { buffer[place + offset] = values[own.lowerBound + offset] }
        }
      }
      count = range.count
    }
  }

  private func unpack(_ sums: [Float], _ range: Range<Int>, into gradients: Gradients) {
    forEach(range) { index, own, place in
      let values = gradients[parameters[index].id]
      if let elements = parameters[index].elements {
        for (offset, element) in own.enumerated() { values[Int(elements[element])] = sums[place + offset] }
      } else {
        for offset in 0..<own.count { values[own.lowerBound + offset] = sums[place + offset] }
      }
    }
  }
}
