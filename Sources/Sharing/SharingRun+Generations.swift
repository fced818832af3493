// The searches: for counts, and then for spread and focus with the counts of the fittest. Both are
// the same loop over another space.

import Execution
import ModelGraph
import Quantization
import Synchronization
import Tensors

extension SharingRun {
  /// A generation of the search for counts.
  func evolveCounts() throws(SharingError) -> Bool {
    let allowed = allowedCounts
    var search: SharingState.Search
    if let begun = state.search {
      search = begun
    } else {
      guard let fitness = try firstFitness(allowed) else { return false }
      search = SharingState.Search(fitness: fitness)
    }
    guard try evolve(&search, .counts(allowed), phase: 1) else { return false }
    state.search = search
    return true
  }

  /// A generation of the search for spread and focus; the fittest on the line is its first
  /// candidate, so that it cannot be lost.
  func fineTune() throws(SharingError) -> Bool {
    guard let coarse = state.search, let best = coarse.best else { return false }
    var search = state.fine ?? SharingState.Search(fitness: coarse.fitness)
    if search.generations.isEmpty { search.note(best) }
    let space = SearchSpace.modulations(
      counts: best.member.counts, deviations: curves.map(\.deviation))
    guard try evolve(&search, space, phase: 2) else { return false }
    state.fine = search
    return true
  }

  /// The targets to begin with.
  private func firstFitness(_ allowed: [[Int]]) throws(SharingError) -> Fitness? {
    let baseline = state.baseline ?? 0
    var compression = settings.compressionTarget
    if compression == nil {
      let least = Member(counts: allowed.map { $0.first ?? 1 })
      compression = try scores(of: [least])?[0].compression
    }
    guard let compression else { return nil }
    return Fitness(
      accuracyTarget: max(settings.accuracyTarget ?? baseline, .leastNormalMagnitude),
      compressionTarget: compression,
      accuracyFloor: settings.maxLoss.map { baseline - $0 / 100 - 1e-12 })
  }

  private func evolve(
    _ search: inout SharingState.Search, _ space: SearchSpace, phase: UInt64
  ) throws(SharingError) -> Bool {
    let number = search.generations.count
    let parent = SeededGenerator(seed: settings.seed).fork(phase).fork(UInt64(number))
    let generators = (0..<settings.population).map { parent.fork(UInt64($0)) }
    let optimizer = settings.optimizer.optimizer
    let proposals = number == 0
      ? generators.map { generator in
        var generator = generator
        return Proposal.random(space.dimensions, &generator)
      }
      : optimizer.proposals(
        from: search.population, fitness: search.fitness, generators: generators)
    let members = proposals.map { space.member(at: $0.position) }
    guard let scores = try scores(of: members) else { return false }
    for (member, score) in zip(members, scores) {
      search.note(Candidate(member: member, score: score))
    }
    let offspring = zip(proposals, scores).map { Individual($0, score: $1) }
    search.population = number == 0
      ? offspring
      : optimizer.survivors(
        of: search.population, offspring: offspring, fitness: search.fitness)
    search.generations.append(record(scores, search))
    return true
  }

  private func record(_ scores: [Score], _ search: SharingState.Search) -> GenerationRecord {
    let count = Double(scores.count)
    return GenerationRecord(
      meanAccuracy: scores.reduce(0) { $0 + $1.accuracy } / count,
      meanCompression: scores.reduce(0) { $0 + $1.compression } / count,
      best: search.best?.score ?? scores[0], accuracyTarget: search.fitness.accuracyTarget,
      compressionTarget: search.fitness.compressionTarget)
  }

  /// What members are worth, each measured once; nil where it was stopped.
  private func scores(of members: [Member]) throws(SharingError) -> [Score]? {
    var seen = Set<Member>()
    let new = members.filter { known[$0] == nil && seen.insert($0).inserted }
    let clusterings = clusterings(of: new)
    guard let accuracies = try accuracies(of: clusterings) else { return nil }
    for (member, (clusterings, accuracy)) in zip(new, zip(clusterings, accuracies)) {
      if shouldStop() { return nil }
      known[member] = Score(accuracy: accuracy, compression: compression(clusterings))
    }
    return members.compactMap { known[$0] }
  }

  private func clusterings(of members: [Member]) -> [[Clustering]] {
    var found = [[Clustering]](repeating: [], count: members.count)
    if members.contains(where: { !$0.modulations.isEmpty }) { _ = curves }
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      nonisolated(unsafe) let run = self
      let next = Atomic<Int>(0)
      parallel(min(settings.threads, max(members.count, 1))) { _ in
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < members.count else { return }
          found[index] = run.clusterings(of: members[index])
        }
      }
    }
    return found
  }

  /// The clusters of each layer of a member, as they are stored.
  func clusterings(of member: Member) -> [Clustering] {
    layers.indices.map { layer in
      let count = member.counts[layer]
      guard let probe = state.ranges[layer].first(where: { $0.count == count }) else {
        preconditionFailure("a count that was not tried")
      }
      if member.modulations.isEmpty { return probe.clustering.stored(as: settings.precision) }
      let generator = SeededGenerator(seed: settings.seed).fork(3)
        .fork(UInt64(layer)).fork(UInt64(count))
      return curves[layer].clustering(
        member.modulations[layer], count: count, line: probe.clustering, generator: generator
      ).stored(as: settings.precision)
    }
  }

  /// The layers as clusters share their weights. A table of clusters is one of levels; blobs hold
  /// them as float16, which has all numbers of float8 that are large enough to matter, or as
  /// float32.
  func shared(_ clusterings: [Clustering]) -> [QuantizedLayer] {
    zip(layers, clusterings).map { layer, clustering in
      let weights = SparseMatrix(
        graph[layer.weight].tensor.values, rows: layer.rows, columns: layer.columns)
      let isNarrow = settings.precision != .float32
        && StoredNumbers.holds(clustering.means, precision: .float16)
      return QuantizedLayer(
        codes: weights.with(weights.values.map { UInt8(clustering.code($0)) }),
        table: StoredNumbers(clustering.means, precision: isNarrow ? .float16 : .float32))
    }
  }

  /// The poster's rate.
  func rate(_ clusterings: [Clustering]) -> Double {
    var total = Compression()
    for (index, clustering) in clusterings.enumerated() {
      total.add(
        weights: layers[index].weightCount,
        values: clustering.means.count + (hasZeros[index] ? 1 : 0), precision: settings.precision)
    }
    return total.rate
  }

  private func compression(_ clusterings: [Clustering]) -> Double {
    guard settings.measure == .bytes else { return rate(clusterings) }
    guard let bytes else { preconditionFailure("bytes are the measure, and nobody counts them") }
    return Double(4 * graph.parameterCount) / Double(max(bytes(shared(clusterings)), 1))
  }
}
