import Tables
import Testing

struct LevelDealingTests {
  private typealias Share = LevelDealing.Share

  private static let dealing = LevelDealing(
    shares: [Share(survivors: 100, sensitivity: 1), Share(survivors: 100_000, sensitivity: 0.1)],
    fixed: [nil, nil])

  @Test func whatAnswersFeelMoreIsStoredMoreFinely() {
    let plans = Self.dealing.plans(at: Self.dealing.step(foreseeing: 0.01))
    #expect(plans[0].levels == .table(256) && plans[1].levels == .table(256))
    #expect(plans[0].lambda < plans[1].lambda / 100)
  }

  @Test func aHigherPriceStoresNothingMoreFinely() {
    func fineness(_ step: Int) -> [Double] {
      Self.dealing.plans(at: step).map { $0.levels == .float ? -1 : $0.lambda }
    }
    for step in -200..<40 {
      for (low, high) in zip(fineness(step), fineness(step + 1)) { #expect(low <= high) }
    }
    #expect(fineness(-200) == [-1, -1] && fineness(40) == [0.25, 0.25])
  }

  @Test func aPlanThatIsFixedStays() {
    let told = LayerPlan(levels: .table(4))
    let dealing = LevelDealing(
      shares: Array(repeating: Share(survivors: 10, sensitivity: 1), count: 2), fixed: [told, nil])
    for step in [-200, -20, 0, 40] { #expect(dealing.plans(at: step)[0] == told) }
  }

  @Test(arguments: [-90, -41, -40, -39, 0, 7], [-150, -60, -40, 0, 20])
  func theCoarsestThatPassesIsFound(last: Int, first: Int) throws {
    var asked: [Int] = []
    let found = Self.dealing.coarsest(from: first) { step in
      asked.append(step)
      return step <= last
    }
    let coarsest = Self.dealing.plans(at: 1000)
    #expect(found == last || (found.map { $0 < last && Self.dealing.plans(at: $0) == coarsest } ?? false))
    #expect(asked.count < 24)
  }

  @Test func whereNothingPassesThereIsNone() {
    #expect(Self.dealing.coarsest(from: -20) { _ in false } == nil)
    #expect(Self.dealing.coarsest(from: -20) { _ in true } != nil)
  }
}
