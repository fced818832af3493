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
}
