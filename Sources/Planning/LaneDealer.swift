// Rows dealt to lanes in consecutive runs, as the format keeps them, so that the lane with most
// work has as little as can be: the linear partition problem. Whether runs of at most so much work
// are few enough is told by filling each in turn, and the least such bound is found by bisection
// (J. Erickson, Algorithms, 2019, exercises on greedy and dynamic programming). Under that bound
// runs are then cut near what is left for each, since filling them up would starve the last.

public enum LaneDealer {
  /// How many rows each lane gets.
  ///
  /// - Parameters:
  ///   - work: of each row, 0 or more, summing below 2^62.
  ///   - lanes: at least 1.
  /// - Returns: as many runs as there are lanes or, if these are fewer, rows; none is empty, and no
  ///   consecutive dealing has a smaller largest sum. One empty run where there are no rows.
  /// - Complexity: O(*rows* log(*work*)).
  public static func deal(_ work: [Int], lanes: Int) -> [Int] {
    precondition(lanes >= 1 && work.allSatisfy { $0 >= 0 })
    let lanes = min(lanes, work.count)
    guard lanes > 1 else { return [work.count] }
    var (low, high) = (work.max() ?? 0, work.reduce(0, +))
    while low < high {
      let middle = low + (high - low) / 2
      if runs(work, bound: middle)[0] <= lanes { high = middle } else { low = middle + 1 }
    }
    return cut(work, lanes: lanes, bound: low)
  }

  /// For each row the fewest runs of at most `bound` that hold it and all after it; 0 at the end.
  private static func runs(_ work: [Int], bound: Int) -> [Int] {
    var needed = [Int](repeating: 0, count: work.count + 1)
    var end = work.count
    var sum = 0
    for row in work.indices.reversed() {
      sum += work[row]
      while sum > bound {
        end -= 1
        sum -= work[end]
      }
      needed[row] = needed[end] + 1
    }
    return needed
  }

  private static func cut(_ work: [Int], lanes: Int, bound: Int) -> [Int] {
    let needed = runs(work, bound: bound)
    var left = work.reduce(0, +)
    var row = 0
    var dealt: [Int] = []
    for lanesLeft in stride(from: lanes, to: 0, by: -1) {
      let first = row
      var sum = 0
      let share = left / lanesLeft
      // A row more while the rest would need too many runs, or half of it lies within the share;
      // a row is left for every lane to come.
      while row < work.count - (lanesLeft - 1), sum + work[row] <= bound,
        row == first || needed[row] > lanesLeft - 1 || sum + work[row] / 2 <= share
      {
        sum += work[row]
        row += 1
      }
      dealt.append(row - first)
      left -= sum
    }
    return dealt
  }
}
