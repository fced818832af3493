import Execution
import Tables
import Tensors
import Testing

struct AnswerErrorTests {
  private static let lists: [Float] = [4, 1, 0, 0.5, 3, -1, 2, 2.1, 2.2]

  @Test func equalAnswersLoseNothing() {
    for reading in [AnswerReading.values, .classes([.largest]), .classes([.above(0.5)])] {
      let error = AnswerError(teacher: [Self.lists], student: [Self.lists], samples: 3, reading: reading)
      #expect(error.relative == 0 && error.foretold == 0)
    }
  }

  @Test func numbersLoseTheirRelativeError() {
    let error = AnswerError(
      teacher: [[3, 4]], student: [[3, 4.5]], samples: 2, reading: .values)
    #expect(abs(error.relative - 0.1) < 1e-6 && abs(error.foretold - 10) < 1e-4)
  }

  @Test func whatMovesAWholeListMovesNoClass() {
    let error = AnswerError(
      teacher: [Self.lists], student: [Self.lists.map { $0 + 7 }], samples: 3, reading: .classes([.largest]))
    #expect(error.relative < 1e-3 && error.foretold < 0.1)
  }

  /// Labels are drawn by the teacher's own probabilities, errors as large as the student's.
  @Test func theForetoldLossIsTheOneThatIsSeen() {
    var random = SeededGenerator(seed: 3)
    let (samples, width) = (20_000, 6)
    let teacher = (0..<samples * width).map { _ in 1.5 * random.nextNormal() }
    let student = teacher.map { $0 + 0.4 * random.nextNormal() }
    let error = AnswerError(
      teacher: [teacher], student: [student], samples: samples, reading: .classes([.largest]))
    let seen = (0..<samples).reduce(0.0) { sum, sample in
      let (a, b) = (teacher[sample * width..<(sample + 1) * width], student[sample * width..<(sample + 1) * width])
      let odds = a.map { Double(Float.exp($0)) }
      let (right, chosen) = (a.indices.max { a[$0] < a[$1] } ?? 0, b.indices.max { b[$0] < b[$1] } ?? 0)
      return sum + (odds[right - sample * width] - odds[chosen - sample * width]) / odds.reduce(0, +)
    }
    let points = 100 * seen / Double(samples)
    #expect(points > 1 && abs(error.foretold - points) < 0.35 * points)
  }

  @Test func noNumberIsAllThatThereIsToLose() {
    let error = AnswerError(
      teacher: [[1, 2]], student: [[1, .nan]], samples: 1, reading: .classes([.largest]))
    #expect(error.relative == .infinity && error.foretold == .infinity)
  }
}
