/// Counts in equal bins over low...high.
public struct Histogram: Equatable, Sendable, Encodable {
  public let low: Double
  public let high: Double
  public let counts: [Int]

  package init(low: Double, high: Double, counts: [Int]) {
    precondition(low <= high, "a histogram whose range is turned round")
    self.low = low
    self.high = high
    self.counts = counts
  }

  /// The numbers other than 0 in so many bins, from the least to the greatest.
  package init(of numbers: [Float], bins: Int) {
    let alive = numbers.filter { $0 != 0 && $0.isFinite }
    let (low, high) = (alive.min() ?? 0, alive.max() ?? 0)
    var counts = [Int](repeating: 0, count: bins)
    let width = high - low
    for value in alive {
      let place = width > 0 ? Int((value - low) / width * Float(bins)) : 0
      counts[min(max(place, 0), bins - 1)] += 1
    }
    self.init(low: Double(low), high: Double(high), counts: counts)
  }

  /// All that was counted.
  package var total: Double { counts.reduce(0) { $0 + Double($1) } }

  package var binWidth: Double { counts.isEmpty ? 0 : (high - low) / Double(counts.count) }

  /// Where bin `place` begins; its middle is at `place` + 0.5.
  package func value(atBin place: Double) -> Double { low + place * binWidth }

  /// With neighbouring bins joined until there are at most `limit`; the last may reach past `high`.
  package func merged(toAtMost limit: Int) -> Histogram {
    guard counts.count > limit else { return self }
    let size = (counts.count + limit - 1) / limit
    let merged = stride(from: 0, to: counts.count, by: size).map { start in
      counts[start..<min(start + size, counts.count)].reduce(0) {
        min($0 + $1, RecordLimits.count)
      }
    }
    return Histogram(
      low: low, high: low + Double(merged.count * size) * binWidth, counts: merged)
  }
}
