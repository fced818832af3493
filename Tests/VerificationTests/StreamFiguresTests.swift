import Execution
import Testing
import Verification

/// What is told of two networks that answer the same streams.
struct StreamFiguresTests {
  @Test func decisionsAreCountedByFrameAndByStream() {
    var figures = StreamFigures(.classes([.above(0.5)]))
    let teacher: [Float] = [0, 0.9, 0.8, 0.1], edge: [Float] = [0, 0.9, 0.4, 0.6]
    #expect(figures.add(teacher: [teacher], edge: [edge], frames: 4) == [false, true, false, true])
    figures.add(teacher: [[0.1, 0.2]], edge: [[0.1, 0.7]], frames: 2)
    #expect(figures.hasThreshold && figures.streams == 2 && figures.frames == 6)
    #expect(figures.alike == 3 && figures.firstDeparture == StreamPlace(stream: 0, frame: 2))
    #expect(figures.firstDifference == StreamPlace(stream: 0, frame: 2) && figures.equal == 3)
    #expect(figures.byFrame.recall == 0.5 && figures.byFrame.precision == 1.0 / 3)
    #expect(figures.byFrame.balanced == (0.5 + 0.5) / 2)
    #expect(figures.byStream.recall == 1 && figures.byStream.precision == 0.5)
  }

  /// The last tenth is off by as much as it is large, the others by nothing.
  @Test func driftIsToldByTenths() {
    var figures = StreamFigures(.values)
    let teacher = [Float](repeating: 2, count: 20)
    figures.add(teacher: [teacher], edge: [[Float](repeating: 2, count: 18) + [4, 0]], frames: 20)
    #expect(figures.drift == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] && figures.firstDeparture == nil)
    #expect(abs(figures.closeness - (1 - (0.1).squareRoot())) < 1e-12)
  }

  @Test func ofATeacherThatIsSilentDriftIsTheErrorItself() {
    var figures = StreamFigures(.values)
    figures.add(teacher: [[Float](repeating: 0, count: 10)], edge: [[Float](repeating: 0, count: 9) + [3]], frames: 10)
    #expect(figures.drift.last == 3 && figures.closeness == 0)
  }

  @Test func eventsAreRunsOfFrames() {
    var events = EventFigures()
    func frames(_ text: String) -> [Bool] { text.map { $0 == "1" } }
    events.add(labels: frames("0110001110"), answers: frames("1001001001"))
    // The first run touches none, the second none, the third the second event, the last none.
    #expect(events.events == 2 && events.misses == 1 && events.falseAccepts == 3)
    events.add(labels: frames("1"), answers: frames("1"))
    #expect(events.events == 3 && events.misses == 1 && events.falseAccepts == 3)
  }

  @Test func whatThereIsNoneOfHasNoShare() {
    var figures = DecisionFigures()
    #expect(figures.recall == nil && figures.precision == nil && figures.balanced == nil)
    figures.add(right: true, answered: true)
    #expect(figures.recall == 1 && figures.precision == 1 && figures.balanced == nil)
  }
}
