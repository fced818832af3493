/// Which part of a layer a lane holds.
struct LaneSurvivors {
  /// Positions of the layer, from the lane's first row to its last.
  let positions: Range<Int>
  /// Indices of the survivors among them.
  let survivors: Range<Int>

  static func all(of weights: BlobWeights) -> [LaneSurvivors] {
    var lanes: [LaneSurvivors] = []
    let all = weights.positions
    var row = 0
    var survivor = 0
    for lane in weights.lanes {
      let positions = row * weights.columns..<(row + lane.rows) * weights.columns
      let first = survivor
      survivor = firstIndex(atLeast: positions.upperBound, in: all)
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
