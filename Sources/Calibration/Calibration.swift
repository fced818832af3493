// Scales of 8-bit values from calibration samples. The student runs on them with every value kept;
// each group of values that share a scale has a histogram of magnitudes. A scale is a place to clip
// at: the largest magnitude loses nothing and resolves least; percentiles clip outliers; and one
// place has the least squared error of rounding and clipping together, found by trying 96 of them
// on the histogram. Which way is best differs from network to network: that is for whoever measures
// divergence to choose (`IntegerStudent`). What no reader of a value tells apart counts as one number
// (`ValueRanges`), and what the network is given and answers is not clipped at all: the largest magnitude over
// all samples is the end of its bytes.

import Execution
import Lowering
import ModelGraph
import Tensors
import Trials

/// A way to find scales.
package enum ScaleMethod: Int, CaseIterable, Sendable {
  case largest, percentile9999, percentile999, percentile995, squaredError

  /// Share of the magnitudes that are not clipped; nil where it is not decided by shares.
  fileprivate var share: Double? {
    switch self {
    case .largest: 1
    case .percentile9999: 0.9999
    case .percentile999: 0.999
    case .percentile995: 0.995
    case .squaredError: nil
    }
  }
}

/// How often magnitudes occur: bins of equal width from 0 to the largest.
package struct MagnitudeHistogram: Equatable, Sendable {
  package private(set) var counts: [Int]
  /// The largest magnitude there can be in it.
  package let largest: Float

  package init(largest: Float, bins: Int = 1 << 13) {
    (self.largest, counts) = (largest, [Int](repeating: 0, count: bins))
  }

  /// - Parameter range: a number beyond it counts as the nearer end; nil: as what it is.
  package mutating func add(_ values: [Float], clampedTo range: ClosedRange<Double>? = nil) {
    guard largest > 0 else { return }
    let (scale, last) = (Float(counts.count) / largest, counts.count - 1)
    let (low, high) = (Float(range?.lowerBound ?? -.infinity), Float(range?.upperBound ?? .infinity))
    for value in values where value.isFinite {
      counts[Int(min(abs(min(max(value, low), high)) * scale, Float(last)))] += 1
    }
  }

  /// The magnitude that this share of all does not exceed.
  package func percentile(_ share: Double) -> Double {
    let total = counts.reduce(0, +)
    guard share < 1, total > 0 else { return Double(largest) }
    let wanted = Int((share * Double(total)).rounded(.up))
    var seen = 0
    for (bin, count) in counts.enumerated() {
      seen += count
      if seen >= wanted { return Double(bin + 1) * width }
    }
    return Double(largest)
  }

  /// Where to clip for the least squared error of so many evenly spaced levels above 0.
  ///
  /// - Complexity: O(96 bins).
  package func leastSquaredError(levels: Double) -> Double {
    let filled = counts.indices.filter { counts[$0] > 0 }
    var best = (error: Double.infinity, clip: Double(largest))
    for step in 0..<96 {
      let clip = Double(largest) * (1 - Double(step) / 100)
      let scale = clip / levels
      var error = 0.0
      for bin in filled {
        let value = (Double(bin) + 0.5) * width
        let rest = value - min((value / scale).rounded(), levels) * scale
        error += Double(counts[bin]) * rest * rest
      }
      if error < best.error { best = (error, clip) }
    }
    return best.clip
  }

  private var width: Double { Double(largest) / Double(counts.count) }
}

/// What calibration samples say of a graph's values.
package struct Calibration {
  /// For each group, by its representative, a scale of each method; those that are given too, and
  /// the same for all where an input or output of the network is in the group: it is not cut off. One alone
  /// where a quantized file says the ends.
  package let candidates: [Int: [Double]]
  /// For each value its least magnitude, for divisors.
  package let leastMagnitudes: [Double]

  /// Runs the graph twice over the samples, and once over those that only its ends are wanted of.
  ///
  /// - Parameters:
  ///   - types: of the graph's values.
  ///   - further: samples that inputs and outputs have to hold, too.
  ///   - holding: whether a group whose ends a quantized file says has the scale of these.
  package init(
    _ graph: Graph, types: IntegerTypes, samples: [SampleSet], further: [SampleSet] = [],
    holding: Bool = false, threads: Int
  ) throws(ExecutionError) {
    let values = graph.inputs + graph.nodes.flatMap(\.outputs)
    var seen = SeenRanges(graph.values.count)
    let executor = try Executor(graph: graph, threads: threads)
    try Self.forEachChunk(executor, values, samples) { seen.add($1, of: $0) }
    let ends = Set(graph.inputs + graph.outputs).sorted { $0.index < $1.index }
      .filter { types.given[types.groups[$0.index]] == nil }
    if !ends.isEmpty { try Self.forEachChunk(executor, ends, further) { seen.add($1, of: $0) } }
    let read = graph.readRanges(seen: seen.ranges)
    var largest = [Float](repeating: 0, count: graph.values.count)
    for value in values {
      let (group, range) = (types.groups[value.index], seen.ranges[value.index])
      largest[group] = max(largest[group], Float(range.clamped(to: read[value.index]).reach))
    }
    var histograms = largest.map { _ in MagnitudeHistogram(largest: 0, bins: 1) }
    for group in Set(types.groups) { histograms[group] = MagnitudeHistogram(largest: largest[group]) }
    try Self.forEachChunk(executor, values, samples) { value, numbers in
      histograms[types.groups[value.index]].add(numbers, clampedTo: read[value.index])
    }
    let endGroups = Set(ends.map { types.groups[$0.index] })
    var candidates: [Int: [Double]] = [:]
    for group in Set(values.map { types.groups[$0.index] }) {
      let held = holding ? types.heldScale(of: group) : nil
      candidates[group] = held.map { [$0] }
        ?? Self.scales(histograms[group], group: group, types, isEnd: endGroups.contains(group))
    }
    self.candidates = candidates
    leastMagnitudes = seen.leastMagnitudes
  }

  private static func forEachChunk(
    _ executor: Executor, _ values: [ValueID], _ sets: [SampleSet],
    _ body: (ValueID, [Float]) -> Void
  ) throws(ExecutionError) {
    let chunk = 32
    for samples in sets {
      for start in stride(from: 0, to: samples.count, by: chunk) {
        let inputs = samples.tensors(
          start..<min(start + chunk, samples.count), of: executor.graph)
        for (value, tensor) in zip(values, try executor.values(values, for: inputs)) {
          body(value, tensor.values)
        }
      }
    }
  }

  /// One scale a method.
  private static func scales(
    _ histogram: MagnitudeHistogram, group: Int, _ types: IntegerTypes, isEnd: Bool
  ) -> [Double] {
    if let given = types.given[group] { return ScaleMethod.allCases.map { _ in given } }
    let levels = ByteTensor.largest(isSigned: types.isSigned(ValueID(group)))
    let bound = types.bounds[group] ?? .infinity
    return ScaleMethod.allCases.map { method in
      guard histogram.largest > 0 else { return max(min(1, bound / levels), 1e-30) }
      let method = isEnd ? .largest : method
      let clip = method.share.map(histogram.percentile)
        ?? histogram.leastSquaredError(levels: levels)
      return max(min(clip > 0 ? clip : Double(histogram.largest), bound) / levels, 1e-30)
    }
  }
}

extension IntegerTypes {
  /// The scale by which bytes reach the ends that a file says; nil where it says none, and where the
  /// scale is given.
  fileprivate func heldScale(of group: Int) -> Double? {
    guard given[group] == nil, let held = held[group] else { return nil }
    let most = ByteTensor.largest(isSigned: isSigned(ValueID(group)))
    let scale = isSigned(ValueID(group))
      ? max(held.upperBound / most, -held.lowerBound / (most + 1)) : held.upperBound / most
    return min(max(scale, 1e-30), 1e30)
  }
}

/// Between what numbers each value of a graph was on samples.
private struct SeenRanges {
  /// For each value; 0...0 where it never was a finite number.
  private(set) var ranges: [Interval]
  private var least: [Float]
  private var isSeen: [Bool]

  init(_ count: Int) {
    ranges = [Interval](repeating: .zero, count: count)
    least = [Float](repeating: .infinity, count: count)
    isSeen = [Bool](repeating: false, count: count)
  }

  mutating func add(_ numbers: [Float], of value: ValueID) {
    var (low, high, nearest) = (Float.infinity, -Float.infinity, Float.infinity)
    for number in numbers where number.isFinite {
      (low, high) = (min(low, number), max(high, number))
      nearest = min(nearest, abs(number))
    }
    guard low <= high else { return }
    let (index, range) = (value.index, Double(low)...Double(high))
    ranges[index] = isSeen[index] ? ranges[index].joined(with: range) : range
    isSeen[index] = true
    least[index] = min(least[index], nearest)
  }

  /// For each value the least magnitude; 0 where it never was a finite number.
  var leastMagnitudes: [Double] { least.map { $0.isFinite ? Double($0) : 0 } }
}
