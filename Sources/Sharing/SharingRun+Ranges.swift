// Range optimization: each layer alone, the others as they came, with one count after the other.
// The k-means of a layer and a count is computed here, once, and kept in the state.

import Execution
import ModelGraph
import Quantization
import Synchronization

extension SharingRun {
  /// Counts that are tried in a step; nothing but how often a run is kept depends on it.
  private static let probesAtOnce = 8

  /// Tries the next counts of the first layer that has any left.
  func probe() throws(SharingError) -> Bool {
    if state.baseline == nil {
      let unshared = [[Clustering?](repeating: nil, count: layers.count)]
      guard let found = try accuracies(of: unshared) else { return false }
      state.baseline = found[0]
      if layers.isEmpty { return true }
    }
    guard let layer = state.ranges.firstIndex(where: { $0.count < settings.counts.count })
    else { return false }
    let counts = Array(settings.counts[state.ranges[layer].count...].prefix(Self.probesAtOnce))
    guard let found = try kMeans(of: layer, counts: counts) else { return false }
    let members = found.map { clustering in
      var member = [Clustering?](repeating: nil, count: layers.count)
      member[layer] = clustering.stored(as: settings.precision)
      return member
    }
    guard let accuracies = try accuracies(of: members) else { return false }
    for (count, (clustering, accuracy)) in zip(counts, zip(found, accuracies)) {
      state.ranges[layer].append(
        SharingState.Probe(count: count, accuracy: accuracy, clustering: clustering))
    }
    return true
  }

  /// The counts of each layer that lose no more than they may; where none do, that which loses
  /// least.
  public var allowedCounts: [[Int]] {
    let least = (state.baseline ?? 0) - settings.rangeLoss / 100 - 1e-12
    return state.ranges.map { probes in
      let kept = probes.filter { $0.accuracy >= least }.map(\.count)
      if !kept.isEmpty { return kept }
      let best = probes.map(\.accuracy).max()
      return probes.first { $0.accuracy == best }.map { [$0.count] } ?? []
    }
  }

  /// The exact clusters of a layer for some counts; nil where it was stopped.
  private func kMeans(of layer: Int, counts: [Int]) throws(SharingError) -> [Clustering]? {
    let (values, shouldStop) = (weights[layer], shouldStop)
    var found = [Result<Clustering, QuantizationError>?](repeating: nil, count: counts.count)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      let next = Atomic<Int>(0)
      parallel(min(settings.threads, counts.count)) { _ in
        while !shouldStop() {
          // The large counts take longest, so they come first.
          let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard place < counts.count else { return }
          let index = counts.count - 1 - place
          found[index] = Result { () throws(QuantizationError) in
            try Clustering(kMeans: values, count: counts[index])
          }
        }
      }
    }
    var clusterings: [Clustering] = []
    for result in found {
      switch result {
      case nil: return nil
      case .success(let clustering): clusterings.append(clustering)
      case .failure(.notFinite(let index)), .failure(.importance(let index)):
        throw .notFinite(layer: layers[layer].name, index: index)
      }
    }
    return clusterings
  }

  func accuracies(of members: [[Clustering?]]) throws(SharingError) -> [Double]? {
    do throws(ExecutionError) {
      return try evaluator.accuracies(of: members, shouldStop: shouldStop)
    } catch {
      throw .execution(error)
    }
  }
}
