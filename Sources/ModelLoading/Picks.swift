// What is picked of an axis. A step picks places that ascend; another order is put together of runs that do.

/// Slices of an axis.
enum Picks: Equatable {
  /// Places that a step picks by are listed one by one; so many are no burden.
  static let shortList = 4096
  /// Of runs side by side each is two steps.
  static let mostRuns = 1024

  case run(start: Int, count: Int, stride: Int)
  case list([Int])

  var count: Int {
    switch self {
    case .run(_, let count, _): count
    case .list(let list): list.count
    }
  }

  var indices: [Int] {
    switch self {
    case .run(let start, let count, let stride): (0..<count).map { start + $0 * stride }
    case .list(let list): list
    }
  }

  /// Whether there are any, all of an axis of that size.
  func fit(_ size: Int) -> Bool {
    switch self {
    case .run(let start, let count, let stride):
      count >= 1 && (0..<size).contains(start) && (0..<size).contains(start + (count - 1) * stride)
    case .list(let list): !list.isEmpty && list.allSatisfy((0..<size).contains)
    }
  }

  /// The same as runs that ascend; nil where there is but one.
  var ascending: [Picks]? {
    if case .run(_, let count, let stride) = self, stride > 0 || count == 1 { return nil }
    let indices = indices
    var starts = [0] + indices.indices.dropFirst().filter { indices[$0 - 1] >= indices[$0] }
    if starts.count == 1 { return nil }
    starts.append(indices.count)
    return zip(starts, starts.dropFirst()).map { .list(Array(indices[$0..<$1])) }
  }
}
