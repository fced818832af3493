import Planning
import Tensors
import Testing

struct LaneDealerTests {
  /// The smallest largest sum of consecutive runs, by dynamic programming over all cuts.
  private func leastLargest(_ work: [Int], lanes: Int) -> Int {
    var best = [Int](repeating: .max, count: work.count + 1)
    best[0] = 0
    for _ in 0..<lanes {
      var next = best
      for end in 1...work.count {
        for start in 0..<end where best[start] < .max {
          next[end] = min(next[end], max(best[start], work[start..<end].reduce(0, +)))
        }
      }
      best = next
    }
    return best[work.count]
  }

  private func largest(_ work: [Int], _ dealt: [Int]) -> Int {
    var row = 0
    return dealt.map { count in
      row += count
      return work[row - count..<row].reduce(0, +)
    }.max() ?? 0
  }

  @Test func noRowsMakeOneEmptyRun() { #expect(LaneDealer.deal([], lanes: 4) == [0]) }

  @Test func fewRowsGetALaneEach() { #expect(LaneDealer.deal([5, 0, 9], lanes: 16) == [1, 1, 1]) }

  @Test func oneLaneHasAllRows() { #expect(LaneDealer.deal([3, 1, 2], lanes: 1) == [3]) }

  @Test func rowsWithoutWorkAreDealtToo() {
    let dealt = LaneDealer.deal([Int](repeating: 0, count: 10), lanes: 3)
    #expect(dealt.count == 3 && dealt.reduce(0, +) == 10 && dealt.allSatisfy { $0 > 0 })
  }

  @Test func noConsecutiveDealingIsMoreEven() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<300 {
      let work = (0..<Int.random(in: 1...24, using: &generator)).map { _ in
        Int.random(in: 0...3, using: &generator) * Int.random(in: 0...40, using: &generator)
      }
      let lanes = Int.random(in: 1...8, using: &generator)
      let dealt = LaneDealer.deal(work, lanes: lanes)
      #expect(dealt.reduce(0, +) == work.count)
      #expect(dealt.count == min(lanes, work.count) && dealt.allSatisfy { $0 > 0 })
      #expect(largest(work, dealt) == leastLargest(work, lanes: lanes), "\(work) in \(lanes)")
    }
  }
}
