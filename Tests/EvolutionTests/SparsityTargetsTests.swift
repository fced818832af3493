import Evolution
import Tensors
import Testing

/// How a share of zeros is dealt out.
struct SparsityTargetsTests {
  private func saliencies(_ counts: [Int], scales: [Float], seed: UInt64) -> [[Float]] {
    var random = SeededGenerator(seed: seed)
    return zip(counts, scales).map { count, scale in
      (0..<count).map { _ in abs(random.nextNormal()) * scale }
    }
  }

  private func zeros(_ shares: [Double], _ counts: [Int]) -> Double {
    zip(shares, counts).reduce(0) { $0 + $1.0 * Double($1.1) }
  }

  @Test(arguments: [0.0, 0.1, 0.5, 0.9, 0.95, 0.98])
  func sharesSumToTheTotal(total: Double) {
    let counts = [288, 4608, 20_000, 77]
    let shares = SparsityTargets.deal(
      saliencies: saliencies(counts, scales: [1, 0.3, 5, 2], seed: 1),
      fixed: [nil, nil, nil, nil], total: total)
    let wanted = total * Double(counts.reduce(0, +))
    #expect(abs(zeros(shares, counts) - wanted) <= Double(counts.count))
    #expect(shares.allSatisfy { (0..<1).contains($0) })
  }

  @Test func fixedSharesAreKeptAndTheRestMakesUpForThem() {
    let counts = [1000, 2000, 3000]
    let values = saliencies(counts, scales: [1, 1, 1], seed: 2)
    let shares = SparsityTargets.deal(
      saliencies: values, fixed: [nil, 0.625, nil], total: 0.8)
    #expect(shares[1] == 0.625)
    #expect(abs(zeros(shares, counts) - 0.8 * 6000) <= 3)
    let all = SparsityTargets.deal(saliencies: values, fixed: [0.1, 0.2, 0.3], total: 0.9)
    #expect(all == [0.1, 0.2, 0.3])
  }

  @Test func whatIsFixedBeyondTheTotalLeavesTheOthersAlone() {
    let shares = SparsityTargets.deal(
      saliencies: saliencies([1000, 1000], scales: [1, 1], seed: 3), fixed: [0.9, nil], total: 0.3)
    #expect(shares == [0.9, 0])
  }

  @Test func everyLayerKeepsAHundredth() {
    // A layer whose saliencies fall steeply would be emptied first.
    let steep = (0..<1000).map { Float($0) / 1e6 }
    let flat = [Float](repeating: 1, count: 1000)
    let shares = SparsityTargets.deal(
      saliencies: [steep, flat], fixed: [nil, nil], total: 0.995)
    #expect(shares[0] <= 0.99 && shares[1] <= 0.99)
    #expect(shares[0] > 0.98 && shares[1] > 0.98)
  }

  @Test func scalesOfLayersDoNotMatter() {
    let counts = [500, 1500]
    let a = saliencies(counts, scales: [1, 1], seed: 4)
    let b = [a[0], a[1].map { 1024 * $0 }]
    let (first, second) = (
      SparsityTargets.deal(saliencies: a, fixed: [nil, nil], total: 0.7),
      SparsityTargets.deal(saliencies: b, fixed: [nil, nil], total: 0.7)
    )
    #expect(first == second)
  }

  @Test func redundantLayersGetMore() {
    // Heavy tails: most weights of the first layer hardly matter.
    let heavy = (0..<2000).map { Float($0 % 20 == 0 ? 10 : 0.01) }
    let even = [Float](repeating: 1, count: 2000)
    let shares = SparsityTargets.deal(saliencies: [heavy, even], fixed: [nil, nil], total: 0.6)
    #expect(shares[0] > 0.9 && shares[1] < 0.3)
  }

  @Test func emptyAndDeadLayersAreTaken() {
    let shares = SparsityTargets.deal(
      saliencies: [[], [Float](repeating: 0, count: 200), [Float](repeating: 1, count: 200)],
      fixed: [nil, nil, nil], total: 0.5)
    #expect(shares[0] == 0 && shares[1] == 0.99)
    #expect(abs(shares[2] - 0.01) < 1e-9)
  }
}

/// Which samples each step sees.
struct BatchOrderTests {
  @Test(arguments: [(10, 3), (7, 7), (5, 8), (1, 4), (64, 16)])
  func everyEpochVisitsEverySampleOnce(count: Int, batch: Int) {
    var order = BatchOrder(count: count, batch: batch, seed: 5)
    let steps = (4 * count + batch - 1) / batch
    let visited = (0..<steps).flatMap { order.indices(step: $0) }
    #expect(visited.count == steps * batch)
    for epoch in 0..<visited.count / count {
      #expect(visited[epoch * count..<(epoch + 1) * count].sorted() == Array(0..<count))
    }
  }

  @Test func stepsCanBeAskedForInAnyOrder() {
    var sequential = BatchOrder(count: 23, batch: 6, seed: 8)
    let expected = (0..<40).map { sequential.indices(step: $0) }
    var random = SeededGenerator(seed: 1)
    var order = BatchOrder(count: 23, batch: 6, seed: 8)
    for step in (0..<40).shuffled(using: &random) {
      #expect(order.indices(step: step) == expected[step])
    }
  }

  @Test func epochsAndSeedsDiffer() {
    var order = BatchOrder(count: 100, batch: 100, seed: 1)
    var other = BatchOrder(count: 100, batch: 100, seed: 2)
    let first = order.indices(step: 0)
    #expect(first != order.indices(step: 1))
    #expect(first != other.indices(step: 0))
    #expect(first != Array(0..<100))
  }
}
