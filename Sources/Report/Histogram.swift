/// Counts in equal bins over low...high.
public struct Histogram: Equatable, Sendable {
  public let low: Double
  public let high: Double
  public let counts: [Int]

  package init(low: Double, high: Double, counts: [Int]) {
    precondition(low <= high, "a histogram whose range is turned round")
    self.low = low
    self.high = high
    self.counts = counts
  }

  /// All that was counted.
  package var total: Double { counts.reduce(0) { $0 + Double($1) } }

  var binWidth: Double { counts.isEmpty ? 0 : (high - low) / Double(counts.count) }

  /// Where bin `place` begins; its middle is at `place` + 0.5.
  func value(atBin place: Double) -> Double { low + place * binWidth }

  /// With neighbouring bins joined until there are at most `limit`; the last may reach past `high`.
  package func merged(toAtMost limit: Int) -> Histogram {
    guard counts.count > limit else { return self }
    let size = (counts.count + limit - 1) / limit
    let merged = stride(from: 0, to: counts.count, by: size).map { start in
      counts[start..<min(start + size, counts.count)].reduce(0) {
        min($0 + $1, Limits.count)
      }
    }
    return Histogram(
      low: low, high: low + Double(merged.count * size) * binWidth, counts: merged)
  }
}
