import EntropyCoding
import Tensors

/// Random sparse matrices for the tests.
enum SparseSamples {
  /// Each of `total` positions survives with probability `density`; values are small codes, lower
  /// ones more often.
  static func survivors(
    total: Int, density: Float, levels: Int, seed: UInt64
  ) -> SparseSurvivors {
    var generator = SeededGenerator(seed: seed)
    let positions = (0..<total).filter { _ in generator.nextFloat() < density }
    let codes = positions.map { _ in
      UInt8(
        min(
          Int.random(in: 0..<levels, using: &generator),
          Int.random(in: 0..<levels, using: &generator)))
    }
    return SparseSurvivors(positions: positions, values: .codes(codes, levels: levels))
  }

  /// The same positions with random 32-bit words.
  static func withWords(_ survivors: SparseSurvivors, seed: UInt64) -> SparseSurvivors {
    var generator = SeededGenerator(seed: seed)
    let words = survivors.positions.map { _ in UInt32(truncatingIfNeeded: generator.next()) }
    return SparseSurvivors(positions: survivors.positions, values: .words(words))
  }

  /// Codes of normal samples under the 16 levels of least squared error (Max, 1960).
  static func normal16(total: Int, density: Float, seed: UInt64) -> SparseSurvivors {
    let edges: [Float] = [0.2582, 0.5224, 0.7996, 1.099, 1.437, 1.844, 2.401]
    var generator = SeededGenerator(seed: seed)
    let positions = (0..<total).filter { _ in generator.nextFloat() < density }
    let codes = positions.map { _ -> UInt8 in
      let value = generator.nextNormal()
      let rank = edges.filter { $0 < abs(value) }.count
      return UInt8(value < 0 ? 7 - rank : 8 + rank)
    }
    return SparseSurvivors(positions: positions, values: .codes(codes, levels: 16))
  }
}

extension SparseStream {
  /// Everything that is stored of the stream, in bits.
  var storedBits: Int { bitCount + 8 * tableBytes }
}
