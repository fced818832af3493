import Sharing
import Tensors
import Testing

/// Normal numbers, some of them zero.
func normals(_ count: Int, seed: UInt64, zeros: Float = 0) -> [Float] {
  var random = SeededGenerator(seed: seed)
  return (0..<count).map { _ in
    let value = random.nextNormal()
    return random.nextFloat() < zeros ? 0 : value
  }
}

struct ClusteringTests {
  @Test func sharedWeightsAreTheMeansOfTheirClusters() throws {
    let weights = normals(500, seed: 1)
    let clustering = try Clustering(kMeans: weights, count: 6)
    #expect(clustering.means.count == 6)
    let cells = Dictionary(grouping: weights) { clustering.code($0) }
    for (code, cell) in cells {
      let mean = cell.reduce(0) { $0 + Double($1) } / Double(cell.count)
      #expect(abs(Double(clustering.means[code]) - mean) < 1e-6)
      for weight in cell {
        let nearest = clustering.means.map { abs($0 - weight) }.min()
        #expect(nearest == abs(clustering.means[code] - weight))
      }
    }
  }

  @Test func zerosStay() throws {
    let weights = normals(300, seed: 2, zeros: 0.6)
    let clustering = try Clustering(kMeans: weights.filter { $0 != 0 }, count: 3)
    var shared = [Float](repeating: 9, count: weights.count)
    shared.withUnsafeMutableBufferPointer { clustering.apply(to: weights, into: $0) }
    for (weight, value) in zip(weights, shared) { #expect((weight == 0) == (value == 0)) }
    #expect(Set(shared).count == 4)
  }

  @Test func equalStoredMeansAreOneCluster() {
    let close = Clustering(means: [1, 1.0001, 2, 2.0001, 3], bounds: [1.00005, 1.5, 2.00005, 2.5])
    let stored = close.stored(as: .float16)
    #expect(stored == Clustering(means: [1, 2, 3], bounds: [1.5, 2.5]))
    #expect(close.stored(as: .float32) == close)
    #expect(Clustering(means: [], bounds: []).stored(as: .float8).means == [])
  }

  @Test func fewerWeightsThanClustersAreKept() throws {
    #expect(try Clustering(kMeans: [0.5, -1, 0.5], count: 8).means == [-1, 0.5])
    #expect(try Clustering(kMeans: [], count: 8).means == [])
  }
}

struct CurveClusteringTests {
  private static let modulations = [
    Modulation(spread: 0, focus: 1), Modulation(spread: 0.3, focus: 0.7),
    Modulation(spread: 2, focus: 4), Modulation(spread: 1, focus: 30),
  ]

  /// The place of a weight in the plane, by equation 3.
  private static func point(_ x: Float, _ weights: [Float], _ m: Modulation) -> SIMD2<Double> {
    let mean = weights.reduce(0) { $0 + Double($1) } / Double(weights.count)
    let range = Double((weights.max() ?? 0) - (weights.min() ?? 0))
    // tanh by its definition.
    let power = Double.pow(2.718281828459045, 2 * m.focus * (Double(x) - mean))
    let tanh = power.isFinite ? (power - 1) / (power + 1) : 1
    return SIMD2(Double(x), m.spread * range * tanh)
  }

  /// The clusters must be a fixed point of Lloyd's algorithm in the plane, each weight compared
  /// with every centre.
  @Test(arguments: modulations) func clustersAreAFixedPointInThePlane(_ modulation: Modulation) {
    let weights = normals(400, seed: 3).map { 0.05 * $0 }
    var scaled = modulation
    scaled.focus *= 20
    let found = CurveClustering(weights).clustering(
      scaled, count: 7, generator: SeededGenerator(seed: 4))
    let points = weights.map { Self.point($0, weights, scaled) }
    var sums = [SIMD3<Double>](repeating: .zero, count: found.means.count)
    for (weight, point) in zip(weights, points) {
      sums[found.code(weight)] += SIMD3(point.x, point.y, 1)
    }
    let centres = sums.map { SIMD2($0.x, $0.y) / $0.z }
    for (mean, centre) in zip(found.means, centres) { #expect(abs(Double(mean) - centre.x) < 1e-6) }
    for (weight, point) in zip(weights, points) {
      let distances = centres.map { (($0 - point) * ($0 - point)).sum() }
      let nearest = distances.min() ?? 0
      #expect(distances[found.code(weight)] <= nearest * (1 + 1e-9) + 1e-15)
    }
  }

  @Test func withoutSpreadItIsLloydOnTheLine() throws {
    let weights = normals(2000, seed: 6)
    func error(_ clustering: Clustering) -> Double {
      weights.reduce(0) { sum, weight in
        let difference = Double(weight - clustering.means[clustering.code(weight)])
        return sum + difference * difference
      }
    }
    let exact = error(try Clustering(kMeans: weights, count: 8))
    let found = error(
      CurveClustering(weights).clustering(
        Modulation(spread: 0, focus: 1), count: 8, generator: SeededGenerator(seed: 1)))
    #expect(found >= exact * (1 - 1e-6) && found < exact * 1.5)
  }

  @Test func theLineIsAStartThatIsKeptWhereItIsBest() throws {
    let weights = normals(2000, seed: 8)
    let line = try Clustering(kMeans: weights, count: 8)
    let found = CurveClustering(weights).clustering(
      Modulation(spread: 0, focus: 1), count: 8, line: line, generator: SeededGenerator(seed: 1))
    for (a, b) in zip(found.means, line.means) { #expect(abs(a - b) < 1e-5) }
    #expect(weights.allSatisfy { found.code($0) == line.code($0) })
  }

  @Test func spreadPutsMeansNearTheMiddle() {
    let curves = CurveClustering(normals(3000, seed: 7))
    func middle(_ spread: Double) -> Int {
      curves.clustering(
        Modulation(spread: spread, focus: 1), count: 16, generator: SeededGenerator(seed: 2)
      ).means.filter { abs($0) < 1 }.count
    }
    #expect(middle(1) > middle(0))
  }

  @Test func oddWeightsAreNoTrouble() {
    let modulation = Modulation(spread: 1, focus: 2)
    func means(_ weights: [Float]) -> [Float] {
      CurveClustering(weights).clustering(
        modulation, count: 5, generator: SeededGenerator(seed: 1)).means
    }
    #expect(means([]) == [])
    #expect(means([0.5]) == [0.5])
    #expect(means([0.5, 0.5, 0.5]) == [0.5])
    #expect(means([2, -1]) == [-1, 2])
  }
}
