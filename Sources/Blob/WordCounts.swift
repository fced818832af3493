/// How many symbols of a layer there are, by the length of their words.
public struct WordCounts: Equatable, Sendable {
  /// Gaps and joint symbols that go on to the next, which have no entry of their own in a look-up table.
  public var jumps: Int
  /// Of the others, at each length of 0...12 bits.
  public var byLength: [Int]

  public init(jumps: Int = 0) {
    self.jumps = jumps
    byLength = [Int](repeating: 0, count: 13)
  }

  /// What look-up tables with so many index bits do not hold, which a runtime reads several times slower: longer words,
  /// and jumps.
  public func slow(tableBits: Int) -> Int { byLength.dropFirst(tableBits + 1).reduce(jumps, +) }
}
