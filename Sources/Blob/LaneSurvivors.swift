/// Which part of a layer a lane holds.
struct LaneSurvivors {
  /// Positions of the layer, from the lane's first row to its last.
  let positions: Range<Int>
  /// Indices of the survivors among them.
  let survivors: Range<Int>

  static func all(of weights: BlobWeights) -> [LaneSurvivors] {
    var lanes: [LaneSurvivors] = []
    var row = 0
    var survivor = 0
    for lane in weights.lanes {
      let positions = row * weights.columns..<(row + lane.rows) * weights.columns
      let first = survivor
      survivor = firstIndex(atLeast: positions.upperBound, in: weights.positions)
      lanes.append(LaneSurvivors(positions: positions, survivors: first..<survivor))
      row += lane.rows
    }
    return lanes
  }

  private static func firstIndex(atLeast bound: Int, in ascending: [Int]) -> Int {
    var (low, high) = (0, ascending.count)
    while low < high {
      let middle = (low + high) / 2
      if ascending[middle] < bound { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// How often each number of zeros stands before a survivor of a lane, and how many end it.
struct GapHistogram {
  private let gaps: [(gap: Int, count: Int)]
  private let tail: Int

  init(_ lane: LaneSurvivors, positions: [Int]) {
    var small = [Int](repeating: 0, count: 4096)
    var large: [Int: Int] = [:]
    var next = lane.positions.lowerBound
    for position in positions[lane.survivors] {
      let gap = position - next
      if gap < small.count { small[gap] += 1 } else { large[gap, default: 0] += 1 }
      next = position + 1
    }
    gaps =
      small.enumerated().compactMap { $1 > 0 ? (gap: $0, count: $1) : nil }
      + large.sorted { $0.key < $1.key }.map { (gap: $0.key, count: $0.value) }
    tail = lane.positions.upperBound - next
  }

  /// Symbols 0...K that say all this, but for the one that ends the lane.
  func frequencies(jump: Int) -> [Int] {
    var frequencies = [Int](repeating: 0, count: jump + 1)
    for (gap, count) in gaps {
      let (jumps, rest) = gap.quotientAndRemainder(dividingBy: jump)
      frequencies[rest] += count
      frequencies[jump] += count * jumps
    }
    if tail > 0 { frequencies[jump] += (tail - 1) / jump }
    return frequencies
  }

  /// The most frequent symbol that reaches the end, the least of equals; nil if nothing is left.
  func closing(jump: Int, frequencies: [Int]) -> Int? {
    guard tail > 0 else { return nil }
    var closing = tail - (tail - 1) / jump * jump
    for symbol in closing...jump where frequencies[symbol] > frequencies[closing] {
      closing = symbol
    }
    return closing
  }
}
