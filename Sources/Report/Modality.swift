import Foundation
import Record

// How many peaks a histogram has. The counts are smoothed with a normal kernel whose width follows
// Silverman's rule, 0.9 min(deviation, quartile range / 1.34) n^(-1/5) (B. W. Silverman, Density
// Estimation, 1986, equation 3.31), one bin at least. A peak counts if it stands out: its
// topographic prominence (how far one must come down before one can climb higher) is a tenth of
// the highest peak or more, and four deviations or more of the noise that counting leaves in a
// smoothed bin, sqrt(height / (2 sqrt(pi) width)).
//
// Two things a kernel alone would get wrong. The gap that pruning by magnitude leaves at zero can
// be narrower than the kernel: where zero lies in a run of empty bins in which the smoothed
// counts expect many, the two sides are smoothed apart. And weights that were quantized stand in
// the histogram as a comb, one tooth a level: each tooth is spread to halfway to its neighbours.

/// The peaks that stand out in a histogram.
package struct Modality: Equatable {
  /// Where they are, ascending; empty where there is too little to tell.
  package let peaks: [Double]

  /// In words.
  package var name: String {
    let words = ["too few to tell", "one peak", "two peaks", "three peaks", "four peaks"]
    return peaks.count < words.count ? words[peaks.count] : "\(peaks.count) peaks"
  }

  private static let fewest = 16.0
  private static let most = 512
  private static let leastProminence = 0.1
  private static let noiseDeviations = 4.0
  private static let gapExpectation = 16.0

  package init(of histogram: Histogram) {
    let bins = histogram.merged(toAtMost: Self.most)
    guard bins.total >= Self.fewest else {
      peaks = []
      return
    }
    let masses = Self.combFilled(bins.counts.map(Double.init))
    let (smooth, width) = Self.smoothed(masses, apartAt: Self.gap(in: bins))
    peaks = Self.peaks(of: smooth, width: width).map {
      min(bins.value(atBin: $0 + 0.5), histogram.high)
    }
  }

  /// The run of empty bins that zero lies in, if bins that are not empty stand on both sides.
  private static func gap(in histogram: Histogram) -> Range<Int>? {
    let counts = histogram.counts
    guard histogram.low < 0, histogram.high > 0 else { return nil }
    let zero = min(Int(-histogram.low / histogram.binWidth), counts.count - 1)
    // Rounding may put a zero that lies between two bins on either side.
    let places = [zero, zero - 1, zero + 1].filter(counts.indices.contains)
    guard let start = places.first(where: { counts[$0] == 0 }) else { return nil }
    let before = counts[..<start].lastIndex { $0 > 0 }
    let after = counts[start...].firstIndex { $0 > 0 }
    guard let before, let after else { return nil }
    return before + 1..<after
  }

  /// Smoothed counts and the kernel's width in bins, the sides of a gap apart where it is one.
  private static func smoothed(_ masses: [Double], apartAt gap: Range<Int>?)
    -> (counts: [Double], width: Double)
  {
    let width = bandwidth(masses)
    let whole = convolved(masses, width: width)
    guard let gap, whole[gap].reduce(0, +) >= gapExpectation,
      masses[gap].allSatisfy({ $0 == 0 })
    else { return (whole, width) }
    let left = Array(masses[..<gap.lowerBound])
    let right = Array(masses[gap.upperBound...])
    let widths = (bandwidth(left), bandwidth(right))
    let empty = [Double](repeating: 0, count: gap.count)
    let counts = convolved(left, width: widths.0) + empty + convolved(right, width: widths.1)
    return (counts, min(widths.0, widths.1))
  }

  /// Silverman's rule, in bins; at least one.
  private static func bandwidth(_ masses: [Double]) -> Double {
    let total = masses.reduce(0, +)
    guard total > 0 else { return 1 }
    let places = masses.indices.map { Double($0) + 0.5 }
    let mean = zip(masses, places).reduce(0) { $0 + $1.0 * $1.1 } / total
    let variance =
      zip(masses, places).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) } / total
    let quartiles = quantile(0.75, of: masses, total) - quantile(0.25, of: masses, total)
    let deviation = variance.squareRoot()
    let spread = quartiles > 0 ? min(deviation, quartiles / 1.34) : deviation
    return max(1, 0.9 * spread * pow(total, -0.2))
  }

  private static func quantile(_ share: Double, of masses: [Double], _ total: Double) -> Double {
    var left = share * total
    for (index, mass) in masses.enumerated() {
      if mass > 0, left <= mass { return Double(index) + left / mass }
      left -= mass
    }
    return Double(masses.count)
  }

  private static func convolved(_ masses: [Double], width: Double) -> [Double] {
    let reach = Int((4 * width).rounded(.up))
    let kernel = (0...reach).map { exp(-0.5 * pow(Double($0) / width, 2)) }
    let norm = 2 * kernel.reduce(0, +) - kernel[0]
    return masses.indices.map { place in
      let near = max(0, place - reach)...min(masses.count - 1, place + reach)
      return near.reduce(0) { $0 + masses[$1] * kernel[abs($1 - place)] } / norm
    }
  }

  /// If most bins that hold anything stand alone, each one's mass spread evenly to halfway to the
  /// next on either side; otherwise the masses as they are.
  private static func combFilled(_ masses: [Double]) -> [Double] {
    let teeth = masses.indices.filter { masses[$0] > 0 }
    let gaps = zip(teeth, teeth.dropFirst()).map { $1 - $0 }
    guard teeth.count >= 4, 4 * gaps.count(where: { $0 > 1 }) >= 3 * gaps.count else {
      return masses
    }
    var filled = [Double](repeating: 0, count: masses.count)
    for (index, tooth) in teeth.enumerated() {
      let left = index > 0 ? gaps[index - 1] : gaps[index]
      let right = index < gaps.count ? gaps[index] : gaps[index - 1]
      let cell = max(0, tooth - (left - 1) / 2)...min(masses.count - 1, tooth + right / 2)
      for place in cell { filled[place] += masses[tooth] / Double(cell.count) }
    }
    return filled
  }

  /// The places, in bins, of the peaks that stand out.
  private static func peaks(of smooth: [Double], width: Double) -> [Double] {
    let highest = smooth.max() ?? 0
    guard highest > 0 else { return [] }
    return summits(of: smooth).filter { summit in
      let height = smooth[summit.lowerBound]
      let noise = (height / (2 * Double.pi.squareRoot() * width)).squareRoot()
      let least = max(leastProminence * highest, noiseDeviations * noise)
      let prominence = prominence(of: summit, in: smooth)
      return prominence == highest || prominence >= least
    }.map { Double($0.lowerBound + $0.upperBound) / 2 }
  }

  /// Level stretches that are higher than what lies beside them.
  private static func summits(of smooth: [Double]) -> [ClosedRange<Int>] {
    var result: [ClosedRange<Int>] = []
    var start = 0
    while start < smooth.count {
      var end = start
      while end + 1 < smooth.count, smooth[end + 1] == smooth[start] { end += 1 }
      let before = start > 0 ? smooth[start - 1] : 0
      let after = end + 1 < smooth.count ? smooth[end + 1] : 0
      if smooth[start] > before, smooth[start] > after { result.append(start...end) }
      start = end + 1
    }
    return result
  }

  /// Beyond the histogram's ends there is nothing. Of equal peaks the leftmost is the higher, so
  /// that a ripple on a plateau does not count as many.
  private static func prominence(of summit: ClosedRange<Int>, in smooth: [Double]) -> Double {
    let height = smooth[summit.lowerBound]
    var left = height
    var right = height
    var index = summit.lowerBound - 1
    while index >= 0, smooth[index] < height {
      left = min(left, smooth[index])
      index -= 1
    }
    if index < 0 { left = 0 }
    index = summit.upperBound + 1
    while index < smooth.count, smooth[index] <= height {
      right = min(right, smooth[index])
      index += 1
    }
    if index >= smooth.count { right = 0 }
    return height - max(left, right)
  }
}
