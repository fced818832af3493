// The candidate sets of a cycle: which weights each trial zeroes.
//
// A set is the least of a key over the survivors of a pool of layers:
//
//     key = sum over measures of exponent x log(measure) + noise
//
// With one measure and no noise it is the least salient; noise makes sets differ.

import CKernels
import Tensors

/// The survivors of a pool, with what draws go by.
package struct Candidates: Equatable, Sendable {
  /// Survivors of each layer: positions in its matrix, ascending.
  let survivors: [[Int32]]
  /// All positions of each layer.
  private let sizes: [Int]
  /// Logarithms of the measures, one array a measure over all layers' survivors in turn; empty for
  /// uniform draws.
  private let measures: [[Float]]
  /// Of each layer, zeros too.
  package let weights: [[Float]]
  /// Most that each layer may lose, so that none is cut off or starved.
  private let spare: [Int]
  private let survivorCount: Int

  /// - Parameters:
  ///   - weights: of each layer of the pool; those that are 0 are gone.
  ///   - measures: for each measure and layer one number >= 0 a weight.
  ///   - floors: what each layer keeps at least; nil: so much that none is cut off.
  package init(weights: [[Float]], measures: [[[Float]]], floors: [Int]? = nil) {
    self.weights = weights
    let floors = floors ?? weights.map { LayerFloor.uncut($0.count, among: weights.count) }
    survivors = weights.map { values in
      Array(values.indices.lazy.filter { values[$0] != 0 }.map { Int32($0) })
    }
    sizes = weights.map(\.count)
    survivorCount = survivors.reduce(0) { $0 + $1.count }
    spare = zip(survivors, floors).map { max(0, $0.count - $1) }
    let (survivors, count) = (survivors, survivorCount)
    self.measures = measures.map { layers in
      var logarithms: [Float] = []
      logarithms.reserveCapacity(count)
      for (values, alive) in zip(layers, survivors) {
        for position in alive {
          // In this order what is no number counts as nothing.
          logarithms.append(Float.log(min(max(1e-30, values[Int(position)]), 1e30)))
        }
      }
      return logarithms
    }
  }

  /// Positions drawn uniformly, for each layer ascending; survivors only.
  ///
  /// - Parameters:
  ///   - count: positions drawn.
  ///   - all: whether they are drawn over zeroed positions too, so that fewer survivors are hit; one
  ///     at least. A set that hits none costs nothing and would be chosen for ever.
  package func drawUniformly(_ count: Int, all: Bool, _ generator: SeededGenerator) -> [[Int]] {
    var generator = generator
    let total = all ? sizes.reduce(0, +) : survivorCount
    // Floyd's algorithm: a sample without replacement.
    var chosen = [Bool](repeating: false, count: total)
    for last in (total - min(count, total))..<total {
      let pick = Int.random(in: 0...last, using: &generator)
      chosen[chosen[pick] ? last : pick] = true
    }
    var offset = 0
    var sets = survivors.indices.map { layer in
      defer { offset += all ? sizes[layer] : survivors[layer].count }
      let picked = survivors[layer].enumerated().lazy.filter { [offset] place, position in
        chosen[offset + (all ? Int(position) : place)]
      }
      return limited(picked.map { Int($0.element) }, layer)
    }
    let hits = sets.reduce(0) { $0 + $1.count }
    if !all || hits == 0 { refill(&sets, to: all ? min(count, 1) : count, &generator) }
    return sets
  }

  /// Makes up for what drained layers could not give, from layers that have more to spare.
  private func refill(_ sets: inout [[Int]], to count: Int, _ generator: inout SeededGenerator) {
    var missing = min(count, spare.reduce(0, +)) - sets.reduce(0) { $0 + $1.count }
    guard missing > 0 else { return }
    var others: [(layer: Int, position: Int)] = []
    for layer in sets.indices where sets[layer].count < spare[layer] {
      let present = Set(sets[layer])
      others += survivors[layer].map { (layer, Int($0)) }.filter { !present.contains($0.1) }
    }
    others.shuffle(using: &generator)
    for other in others where missing > 0 && sets[other.layer].count < spare[other.layer] {
      sets[other.layer].append(other.position)
      missing -= 1
    }
    for layer in sets.indices { sets[layer].sort() }
  }

  /// The `count` least by key, for each layer ascending.
  ///
  /// - Parameters:
  ///   - exponents: one a measure.
  ///   - offsets: one a layer, added to its keys.
  ///   - temperature: of the noise.
  package func drawLeast(
    _ count: Int, exponents: [Float], offsets: [Float], temperature: Float,
    _ generator: SeededGenerator
  ) -> [[Int]] {
    let count = min(count, spare.reduce(0, +))
    guard count > 0 else { return survivors.map { _ in [] } }
    var keys = keys(exponents, offsets)
    if temperature > 0 {
      var generator = generator
      kx_add_gumbel(
        &keys, Int32(keys.count), Self.gumbelQuantiles, temperature, generator.next())
    }
    var picked = smallest(count, of: keys)
    while protect(from: picked, &keys) { picked = smallest(count, of: keys) }
    return dealt(picked)
  }

  /// Places of the least keys, ascending.
  private func smallest(_ count: Int, of keys: [Float]) -> [Int32] {
    var (picked, work) = ([Int32](repeating: 0, count: count), keys)
    kx_smallest(keys, Int32(keys.count), Int32(count), &work, &picked)
    return picked
  }

  /// Puts out of reach what layers from which too much was picked are to keep: all but the least
  /// that they can spare.
  ///
  /// - Returns: whether there was such a layer.
  private func protect(from picked: [Int32], _ keys: inout [Float]) -> Bool {
    var (offset, next, isNew) = (0, 0, false)
    for layer in survivors.indices {
      let (range, first) = (offset..<offset + survivors[layer].count, next)
      while next < picked.count, Int(picked[next]) < range.upperBound { next += 1 }
      if next - first > spare[layer] {
        let given = Set(smallest(spare[layer], of: Array(keys[range])))
        for place in range where !given.contains(Int32(place - offset)) {
          keys[place] = .greatestFiniteMagnitude
        }
        isNew = true
      }
      offset = range.upperBound
    }
    return isNew
  }

  /// Of a set, those `count` with the least keys.
  package func nested(_ set: [[Int]], count: Int, exponents: [Float], offsets: [Float]) -> [[Int]] {
    let keys = keys(exponents, offsets)
    var members: [(key: Float, layer: Int, position: Int)] = []
    var offset = 0
    for layer in survivors.indices {
      var next = set[layer][...]
      for (place, position) in survivors[layer].enumerated() where next.first == Int(position) {
        members.append((keys[offset + place], layer, Int(position)))
        next = next.dropFirst()
      }
      offset += survivors[layer].count
    }
    members.sort { ($0.key, $0.layer, $0.position) < ($1.key, $1.layer, $1.position) }
    var kept = survivors.map { _ in [Int]() }
    for member in members.prefix(count) {
      kept[member.layer].append(member.position)
    }
    return kept.map { $0.sorted() }
  }

  private func keys(_ exponents: [Float], _ offsets: [Float]) -> [Float] {
    precondition(exponents.count == measures.count)
    var keys: [Float] = []
    keys.reserveCapacity(survivorCount)
    for (layer, alive) in survivors.enumerated() {
      keys += repeatElement(offsets[layer], count: alive.count)
    }
    for (exponent, values) in zip(exponents, measures) where exponent != 0 {
      kx_add_scaled(&keys, values, exponent, keys.count)
    }
    return keys
  }

  /// Places among all survivors, ascending, to positions of each layer.
  private func dealt(_ places: [Int32]) -> [[Int]] {
    var (offset, next) = (0, 0)
    return survivors.indices.map { layer in
      let end = offset + survivors[layer].count
      let first = next
      while next < places.count, Int(places[next]) < end { next += 1 }
      let positions = places[first..<next].map { Int(survivors[layer][Int($0) - offset]) }
      offset = end
      return positions
    }
  }

  /// Not more than the layer can spare: what is least in magnitude, so that the best stay.
  private func limited(_ positions: [Int], _ layer: Int) -> [Int] {
    guard positions.count > spare[layer] else { return positions }
    let values = weights[layer]
    return positions.sorted { (abs(values[$0]), $0) < (abs(values[$1]), $1) }
      .prefix(spare[layer]).sorted()
  }

  /// The Gumbel distribution at (k + 1/2) / 4096.
  private static let gumbelQuantiles: [Float] = (0..<4096).map { k in
    -Float.log(-Float.log((Float(k) + 0.5) / 4096))
  }
}
