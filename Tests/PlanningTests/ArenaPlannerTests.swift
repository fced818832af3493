import Planning
import Tensors
import Testing

struct ArenaPlannerTests {
  @Test func nothingNeedsNothing() {
    #expect(ArenaPlanner.plan([]).places.isEmpty)
    #expect(ArenaPlanner.plan([]).words == 0)
  }

  @Test func aChainSharesWords() {
    // Each buffer is written by one step and read by the next.
    let plan = ArenaPlanner.plan([
      Buffer(words: 10, firstStep: -1, lastStep: 0), Buffer(words: 40, firstStep: 0, lastStep: 1),
      Buffer(words: 20, firstStep: 1, lastStep: 2), Buffer(words: 40, firstStep: 2, lastStep: 3),
    ])
    #expect(plan.words == 60)
    #expect(plan.lowerBound == 60)
  }

  @Test func buffersThatMeetNeverOverlap() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let buffers = (0..<Int.random(in: 1...24, using: &generator)).map { _ in
        let first = Int.random(in: -1...10, using: &generator)
        return Buffer(
          words: Int.random(in: 0...50, using: &generator), firstStep: first,
          lastStep: first + Int.random(in: 0...5, using: &generator))
      }
      let plan = ArenaPlanner.plan(buffers)
      #expect(plan.words >= plan.lowerBound)
      for a in buffers.indices {
        for b in buffers.indices where a < b {
          let apart = plan.places[a] + buffers[a].words <= plan.places[b]
            || plan.places[b] + buffers[b].words <= plan.places[a]
          let together = buffers[a].firstStep <= buffers[b].lastStep
            && buffers[b].firstStep <= buffers[a].lastStep
          #expect(apart || !together)
        }
      }
    }
  }

  /// The least arena of all orders in which buffers may be put at their lowest places.
  private func leastOfAllOrders(_ buffers: [Buffer]) -> Int {
    func meets(_ a: Int, _ b: Int) -> Bool {
      buffers[a].firstStep <= buffers[b].lastStep && buffers[b].firstStep <= buffers[a].lastStep
    }
    func least(_ left: Set<Int>, _ places: [Int: Int], _ top: Int) -> Int {
      left.map { index in
        var place = 0
        let met = places.filter { meets($0.key, index) }.sorted { $0.value < $1.value }
        for (other, start) in met {
          if place + buffers[index].words <= start { break }
          place = max(place, start + buffers[other].words)
        }
        var next = places
        next[index] = place
        return least(left.subtracting([index]), next, max(top, place + buffers[index].words))
      }.min() ?? top
    }
    return least(Set(buffers.indices), [:], 0)
  }

  @Test func otherOrdersHelpWhereLargestFirstIsNotSmallest() {
    // Largest first puts 4 and 3 at the bottom, 2 above 4, and the other 2 above that: 8 words.
    let plan = ArenaPlanner.plan([
      Buffer(words: 4, firstStep: 2, lastStep: 3), Buffer(words: 3, firstStep: 5, lastStep: 6),
      Buffer(words: 2, firstStep: 3, lastStep: 6), Buffer(words: 2, firstStep: 4, lastStep: 6),
    ])
    #expect(plan.words == 7 && plan.lowerBound == 7)
  }

  @Test func smallArenasAreNearlyAlwaysTheSmallest() {
    var generator = SeededGenerator(seed: 19)
    var smallest = 0
    for _ in 0..<120 {
      let buffers = (0..<6).map { _ in
        let first = Int.random(in: 0...6, using: &generator)
        return Buffer(
          words: Int.random(in: 1...9, using: &generator), firstStep: first,
          lastStep: first + Int.random(in: 1...3, using: &generator))
      }
      let plan = ArenaPlanner.plan(buffers)
      let least = leastOfAllOrders(buffers)
      #expect(plan.words >= least)
      smallest += plan.words == least ? 1 : 0
    }
    #expect(smallest >= 118)
  }

  @Test func whatIsWrittenOverAndSmallerLeavesTheRest() {
    // 784 words of which a select at step 0 keeps 499, in place; step 1 makes 300 of these.
    var input = Buffer(words: 784, firstStep: -1, lastStep: 0)
    input.add(words: 499, firstStep: 0, lastStep: 1)
    let plan = ArenaPlanner.plan([input, Buffer(words: 300, firstStep: 1, lastStep: 2)])
    #expect(plan.words == 799 && plan.lowerBound == 799)
    #expect(plan.places == [0, 499])
  }

  @Test func buffersThatShrinkNeverOverlapOthers() {
    var generator = SeededGenerator(seed: 23)
    for _ in 0..<200 {
      var parts: [[(words: Int, first: Int, last: Int)]] = []
      for _ in 0..<Int.random(in: 2...12, using: &generator) {
        let first = Int.random(in: -1...10, using: &generator)
        let middle = first + Int.random(in: 0...3, using: &generator)
        let words = Int.random(in: 0...50, using: &generator)
        parts.append([
          (words, first, middle),
          (words / 3, middle, middle + Int.random(in: 0...3, using: &generator)),
        ])
      }
      let plan = ArenaPlanner.plan(
        parts.map { parts in
          var buffer = Buffer(
            words: parts[0].words, firstStep: parts[0].first, lastStep: parts[0].last)
          buffer.add(words: parts[1].words, firstStep: parts[1].first, lastStep: parts[1].last)
          return buffer
        })
      for step in -1...17 {
        let taken = parts.indices.compactMap { index -> Range<Int>? in
          let words = parts[index].filter { $0.first <= step && step <= $0.last }.map(\.words).max()
          return words.map { plan.places[index]..<plan.places[index] + $0 }
        }.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
        #expect(zip(taken, taken.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        #expect(taken.reduce(0) { $0 + $1.count } <= plan.lowerBound)
        #expect(taken.last?.upperBound ?? 0 <= plan.words)
      }
    }
  }
}
