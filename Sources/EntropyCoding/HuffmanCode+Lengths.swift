// Package-merge (Larmore and Hirschberg, 1990). Think of each symbol as one coin of every
// denomination 1/2, 1/4, ... 2^-limit, each worth its frequency; the cheapest coins that add up to
// n - 1 tell the lengths: a symbol's length is how many of its coins were taken. From the smallest
// denomination up, coins are paired into packages and merged with the next denomination's coins, in
// order of weight. Only whether an entry is a coin or a package has to be remembered: as the coins
// taken of a denomination are always the lightest ones, counting them on the way back is enough.

extension HuffmanCode {
  /// The lengths of a prefix code that takes the fewest bits, no word longer than `limit`.
  ///
  ///     HuffmanCode.lengths(frequencies: [5, 1, 0, 1], limit: 15)  // [1, 2, 0, 2]
  ///
  /// Exact. Among equal frequencies, higher symbols get the longer words, so that the same counts
  /// always give the same lengths.
  ///
  /// - Parameters:
  ///   - frequencies: how often each symbol occurs; 0 for symbols that need no word.
  ///   - limit: 1...15, and 2^limit not below the number of symbols that occur.
  /// - Returns: a length for each symbol, valid for ``init(lengths:)``: 0 for symbols that do not
  ///   occur, 1 for the only symbol that does.
  /// - Complexity: O(n log n + n limit).
  public static func lengths(frequencies: [Int], limit: Int) -> [UInt8] {
    precondition((1...longestLength).contains(limit))
    var lengths = [UInt8](repeating: 0, count: frequencies.count)
    let symbols = frequencies.indices.filter { frequencies[$0] != 0 }
      .sorted { (frequencies[$0], $1) < (frequencies[$1], $0) }
    precondition(symbols.count <= 1 << limit, "\(symbols.count) symbols in \(limit) bits")
    precondition(symbols.isEmpty || frequencies[symbols[0]] > 0, "a negative frequency")
    guard symbols.count > 1 else {
      if let symbol = symbols.first { lengths[symbol] = 1 }
      return lengths
    }
    let coins = symbols.map { frequencies[$0] }
    var take = 2 * coins.count - 2
    for isCoin in merged(coins, denominations: min(limit, coins.count - 1)).reversed() {
      let taken = isCoin[..<take].reduce(0) { $0 + ($1 ? 1 : 0) }
      for symbol in symbols[..<taken] { lengths[symbol] += 1 }
      take = 2 * (take - taken)
    }
    return lengths
  }

  /// For each denomination, smallest first, its entries by weight: true for a coin, false for a
  /// package of two entries of the denomination before. At equal weight coins come first.
  private static func merged(_ coins: [Int], denominations: Int) -> [[Bool]] {
    var kinds: [[Bool]] = []
    var weights: [Int] = []
    for _ in 0..<denominations {
      let packages = weights.count / 2
      var isCoin: [Bool] = []
      var next: [Int] = []
      isCoin.reserveCapacity(coins.count + packages)
      next.reserveCapacity(coins.count + packages)
      var coin = 0
      var package = 0
      while coin < coins.count || package < packages {
        let weight = package < packages ? weights[2 * package] + weights[2 * package + 1] : .max
        let takesCoin = coin < coins.count && coins[coin] <= weight
        isCoin.append(takesCoin)
        next.append(takesCoin ? coins[coin] : weight)
        coin += takesCoin ? 1 : 0
        package += takesCoin ? 0 : 1
      }
      kinds.append(isCoin)
      weights = next
    }
    return kinds
  }
}
