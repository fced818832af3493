/// A union-find over 0, 1, ...: which of them belong together. A set is named by its least member.
package struct DisjointSets: Equatable, Sendable {
  private var parents: [Int]

  package init(count: Int) { parents = Array(0..<count) }

  package var count: Int { parents.count }

  /// Adds sets of one member each.
  package mutating func add(_ count: Int) -> Range<Int> {
    let new = parents.count..<parents.count + count
    parents += new
    return new
  }

  /// The name of a member's set.
  package mutating func root(_ member: Int) -> Int {
    var member = member
    while parents[member] != member {
      parents[member] = parents[parents[member]]
      member = parents[member]
    }
    return member
  }

  /// - Returns: whether they were of two sets.
  @discardableResult
  package mutating func join(_ a: Int, _ b: Int) -> Bool {
    let (a, b) = (root(a), root(b))
    parents[max(a, b)] = min(a, b)
    return a != b
  }

  /// For each member the name of its set.
  package var roots: [Int] {
    var sets = self
    return parents.indices.map { sets.root($0) }
  }
}
