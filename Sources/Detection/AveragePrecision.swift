// Average precision as COCO's evaluation defines it. Findings of a class, of all photographs together, are taken
// from the surest down; each is right (it is a known object, Matching) or wrong. Precision is the share of right ones so
// far, recall the share of known objects found so far. The average is over 101 recalls, 0, 0.01 ... 1, of the best
// precision at that recall or beyond, 0 where it is never reached; then over the classes that have known objects. Recalls
// are compared as whole numbers, so that no rounding decides. COCO's 100 findings of a class in a photograph hold.

import Tensors

/// How right the findings of many photographs are.
public struct AveragePrecision: Sendable {
  private static let mostInAPhotograph = 100
  /// COCO's limits of overlap, 0.5 to 0.95.
  private static let limits: [Float] = (0..<10).map { 0.5 + 0.05 * Float($0) }

  /// A class's findings of all photographs, the surest first.
  private struct ClassFindings {
    var photographs: [Int32] = []
    /// Bit `i`: whether the finding is right at limit `i`.
    var hits: [UInt16] = []
    /// Known objects of each photograph.
    var known: [Int32]
  }

  private let classes: [ClassFindings]
  public let photographs: Int

  /// - Parameters:
  ///   - found: of each photograph.
  ///   - known: of each photograph.
  public init(found: [[DetectedObject]], known: [[KnownObject]]) {
    precondition(found.count == known.count, "known objects of each photograph")
    photographs = found.count
    var all: [Int: [(object: DetectedObject, photograph: Int, hits: UInt16)]] = [:]
    var counts: [Int: [Int32]] = [:]
    for photograph in found.indices {
      for object in known[photograph] {
        counts[object.classNumber, default: Array(repeating: 0, count: found.count)][photograph] += 1
      }
      let own = Self.strongest(found[photograph])
      let matches = Self.limits.map { Matching.match(own, with: known[photograph], overlapping: $0) }
      for (index, object) in own.enumerated() {
        let hits = matches.indices.reduce(UInt16(0)) { $0 | (matches[$1][index] == nil ? 0 : 1 << UInt16($1)) }
        all[object.classNumber, default: []].append((object, photograph, hits))
      }
    }
    classes = counts.keys.sorted().map { number in
      var findings = ClassFindings(known: counts[number]!)
      let sorted = (all[number] ?? []).enumerated().sorted { a, b in
        let (first, second) = (a.element.object.confidence, b.element.object.confidence)
        return first != second ? first > second : a.offset < b.offset
      }
      findings.photographs = sorted.map { Int32($0.element.photograph) }
      findings.hits = sorted.map(\.element.hits)
      return findings
    }
  }

  private static func strongest(_ found: [DetectedObject]) -> [DetectedObject] {
    var counts: [Int: Int] = [:]
    return found.surestFirst.filter { object in
      counts[object.classNumber, default: 0] += 1
      return counts[object.classNumber]! <= mostInAPhotograph
    }
  }

  /// The average at an overlap of 0.5, and over 0.5, 0.55 ... 0.95; 0...1.
  public struct Averages: Equatable, Sendable, Codable {
    public var at50: Double
    public var at50To95: Double
  }

  /// Nil where nothing is known of any photograph.
  public var averages: Averages? { averages(weights: [Int32](repeating: 1, count: photographs)) }

  /// The averages where photograph `i` is there `weights[i]` times.
  private func averages(weights: [Int32]) -> Averages? {
    var sums = [Double](repeating: 0, count: Self.limits.count)
    var count = 0
    for findings in classes {
      let total = zip(findings.known, weights).reduce(0) { $0 + Int($1.0) * Int($1.1) }
      guard total > 0 else { continue }
      count += 1
      for limit in sums.indices { sums[limit] += Self.average(findings, limit, weights, total: total) }
    }
    guard count > 0 else { return nil }
    let means = sums.map { $0 / Double(count) }
    return Averages(at50: means[0], at50To95: means.reduce(0, +) / Double(means.count))
  }

  private static func average(_ findings: ClassFindings, _ limit: Int, _ weights: [Int32], total: Int) -> Double {
    var (right, seen) = (0, 0)
    // The best precision where the recall, in hundredths, is at least the place and below the next.
    var best = [Double](repeating: 0, count: 101)
    let bit = UInt16(1) << UInt16(limit)
    weights.withUnsafeBufferPointer { weights in
      for index in findings.hits.indices {
        let weight = Int(weights[Int(findings.photographs[index])])
        seen += weight
        guard weight > 0, findings.hits[index] & bit != 0 else { continue }
        right += weight
        let place = 100 * right / total
        best[place] = max(best[place], Double(right) / Double(seen))
      }
    }
    var (sum, most) = (0.0, 0.0)
    for place in best.indices.reversed() {
      most = max(most, best[place])
      sum += most
    }
    return sum / 101
  }
}

// MARK: - Intervals

extension AveragePrecision {
  /// Between which values the averages lie with 95 % confidence, by drawing as many photographs as there are, with
  /// repetition, again and again: the 2.5th and 97.5th percentiles (Efron's bootstrap).
  public struct Intervals: Equatable, Sendable, Codable {
    public var at50: [Double]
    public var at50To95: [Double]
  }

  /// - Returns: nil for fewer than two photographs, or where nothing is known.
  public func intervals(draws: Int = 1000, seed: UInt64) -> Intervals? {
    let all = resampled(draws: draws, seed: seed).compactMap { $0.averages(of: self) }
    return Self.percentiles(all)
  }

  /// Between which values this lies above another, on the same photographs drawn together.
  public func intervals(over other: AveragePrecision, draws: Int = 1000, seed: UInt64) -> Intervals? {
    precondition(photographs == other.photographs, "the same photographs")
    let all = resampled(draws: draws, seed: seed).compactMap { draw -> Averages? in
      guard let own = draw.averages(of: self), let others = draw.averages(of: other) else { return nil }
      return Averages(at50: own.at50 - others.at50, at50To95: own.at50To95 - others.at50To95)
    }
    return Self.percentiles(all)
  }

  private struct Draw {
    let weights: [Int32]
    func averages(of precision: AveragePrecision) -> Averages? { precision.averages(weights: weights) }
  }

  private func resampled(draws: Int, seed: UInt64) -> [Draw] {
    guard photographs > 1 else { return [] }
    let parent = SeededGenerator(seed: seed)
    return (0..<draws).map { number in
      var generator = parent.fork(UInt64(number))
      var weights = [Int32](repeating: 0, count: photographs)
      for _ in 0..<photographs {
        weights[Int(generator.next().multipliedFullWidth(by: UInt64(photographs)).high)] += 1
      }
      return Draw(weights: weights)
    }
  }

  private static func percentiles(_ all: [Averages]) -> Intervals? {
    guard all.count > 1 else { return nil }
    func ends(_ values: [Double]) -> [Double] {
      let sorted = values.sorted()
      return [0.025, 0.975].map { sorted[Int((Double(sorted.count - 1) * $0).rounded())] }
    }
    return Intervals(at50: ends(all.map(\.at50)), at50To95: ends(all.map(\.at50To95)))
  }
}
