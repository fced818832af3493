import Foundation
import Record
import Report
import Testing

struct ModalityTests {
  /// Bins of `values` between their least and greatest.
  private func binned(_ values: [Double], _ bins: Int) -> Histogram {
    let low = values.min() ?? 0
    let high = values.max() ?? 0
    var counts = [Int](repeating: 0, count: bins)
    for value in values {
      counts[min(bins - 1, Int((value - low) / (high - low) * Double(bins)))] += 1
    }
    return Histogram(low: low, high: high, counts: counts)
  }

  private func sampled(_ count: Int, _ seed: UInt64, _ draw: (inout SplitMix) -> Double?)
    -> [Double]
  {
    var generator = SplitMix(state: seed)
    return (0..<count).compactMap { _ in draw(&generator) }
  }

  static let sizes = [(300, 32), (3_000, 64), (30_000, 100), (100_000, 400)]
  static let seeds: [UInt64] = [1, 2, 3, 4, 5]

  @Test(arguments: sizes, seeds)
  func normalSamplesHaveOnePeakAtTheirMean(size: (Int, Int), seed: UInt64) {
    let values = sampled(size.0, seed) { 0.1 * $0.normal() + 0.05 }
    let modality = Modality(of: binned(values, size.1))
    #expect(modality.peaks.count == 1)
    #expect(abs((modality.peaks.first ?? 9) - 0.05) < 0.06)
    #expect(modality.name == "one peak")
  }

  @Test(arguments: sizes, seeds)
  func laplaceSamplesHaveOnePeak(size: (Int, Int), seed: UInt64) {
    let values = sampled(size.0, seed) { $0.laplace() }
    #expect(Modality(of: binned(values, size.1)).peaks.count == 1)
  }

  @Test(arguments: sizes, seeds)
  func uniformSamplesHaveOnePeak(size: (Int, Int), seed: UInt64) {
    let values = sampled(size.0, seed) { $0.unit() - 0.5 }
    #expect(Modality(of: binned(values, size.1)).peaks.count == 1)
  }

  @Test(arguments: sizes, seeds)
  func mixturesHaveTwoPeaks(size: (Int, Int), seed: UInt64) {
    let values = sampled(size.0, seed) { $0.normal() + ($0.unit() < 0.4 ? 5 : 0) }
    let modality = Modality(of: binned(values, size.1))
    #expect(modality.name == "two peaks")
    #expect(zip(modality.peaks, [0, 5]).allSatisfy { abs($0 - $1) < 0.8 })
  }

  /// What magnitude pruning leaves of a layer, lightly and hard pruned.
  @Test(arguments: [0.3, 0.7, 2.3], seeds)
  func laplaceWithTheMiddleCutOutHasTwoPeaks(cut: Double, seed: UInt64) {
    let values = sampled(60_000, seed) {
      let value = $0.laplace()
      return abs(value) < cut ? nil : value
    }
    let modality = Modality(of: binned(values, 100))
    #expect(modality.name == "two peaks")
    #expect(modality.peaks.count == 2 && modality.peaks[0] < -cut / 2)
    #expect(modality.peaks.count == 2 && modality.peaks[1] > cut / 2)
  }

  /// The gap is two bins, the rule's kernel wider: only the cut at zero keeps the sides apart.
  @Test func aNarrowGapAtZeroIsNotSmoothedOver() {
    let cut = Samples.histogram(-3, 3, bins: 120, total: 300) { abs($0) < 0.05 ? 0 : exp(-$0 * $0) }
    #expect(cut.counts[59] == 0 && cut.counts[60] == 0 && cut.counts[58] > 0)
    #expect(Modality(of: cut).peaks.count == 1)  // a gap that chance may leave
    let many = Samples.histogram(-3, 3, bins: 120, total: 9000) {
      abs($0) < 0.05 ? 0 : exp(-$0 * $0)
    }
    #expect(Modality(of: many).peaks.count == 2)
  }

  @Test func quantizedNormalWeightsHaveOnePeak() {
    let levels = stride(from: -2.8, through: 2.8, by: 0.35).map { $0 }
    let values = sampled(20_000, 9) { generator in
      let value = generator.normal()
      return levels.min { abs($0 - value) < abs($1 - value) }
    }
    #expect(Modality(of: binned(values, 128)).name == "one peak")
  }

  @Test func threePeaksAreThree() {
    let three = Samples.histogram(-8, 8) {
      Samples.normal($0) + Samples.normal($0 - 5) + Samples.normal($0 + 5)
    }
    #expect(Modality(of: three).name == "three peaks")
  }

  @Test func extremesOfHistograms() {
    let cases: [(Histogram, Int)] = [
      (Histogram(low: 0, high: 0, counts: []), 0),
      (Histogram(low: -1, high: 1, counts: [0, 0, 0]), 0),
      (Histogram(low: -1, high: 1, counts: [3, 0, 4]), 0),
      (Histogram(low: 0.5, high: 0.5, counts: [100]), 1),
      (Histogram(low: -1, high: 1, counts: [100]), 1),
      (Histogram(low: -1, high: 1, counts: [500, 0, 500]), 2),
      (Histogram(low: -1, high: 1, counts: [Int](repeating: 50, count: 64)), 1),
      (Histogram(low: -1, high: 1, counts: [Int](repeating: RecordLimits.count, count: 4096)), 1),
      (Histogram(low: -1e60, high: 1e60, counts: [1 << 53, 0, 0, 0, 0, 0, 0, 1 << 53]), 2),
    ]
    for (histogram, count) in cases {
      #expect(Modality(of: histogram).peaks.count == count, "\(histogram.counts.prefix(8))")
    }
  }

  @Test func mergingKeepsWhatWasCounted() {
    let histogram = Histogram(low: 0, high: 10, counts: Array(1...10))
    let merged = histogram.merged(toAtMost: 4)
    #expect(merged.counts == [6, 15, 24, 10])
    #expect(merged.high == 12)
    #expect(merged.total == histogram.total)
    #expect(histogram.merged(toAtMost: 10) == histogram)
  }
}
