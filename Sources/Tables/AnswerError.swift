// What answers that are a little off lose, foretold without labels. Counting the samples that are
// answered otherwise needs many of them, and on inputs that are made up says little: most of what
// changes was on the brink. So the size of the error is measured, over all numbers together, and each
// sample is asked what an error of that size would make of it: how likely another class overtakes the
// teacher's, times what the teacher's own probabilities say is lost by that. A teacher that is right
// as often as it says so loses that many points of accuracy; one that is too sure loses fewer.

import Execution
import Foundation

/// How far a student's answers are from its teacher's, and what that is foretold to lose.
package struct AnswerError: Equatable, Sendable {
  /// RMS of the difference over RMS of the teacher's numbers; of lists of classes both without what
  /// moves all numbers of a list alike. Infinite where an answer is no number.
  package let relative: Double
  /// Points: of accuracy for classes, of 1 - RMS error where numbers are the answer.
  package let foretold: Double

  /// - Parameters:
  ///   - teacher: of each value that answers are read from, row-major by sample; finite.
  ///   - student: the same.
  ///   - samples: at least one.
  package init(teacher: [[Float]], student: [[Float]], samples: Int, reading: AnswerReading) {
    var (difference, power) = (0.0, 0.0)
    var lost = [Double](repeating: 0, count: samples)
    for output in teacher.indices {
      let rule = reading.rule(output)
      let (own, all) = Self.squares(teacher[output], student[output], samples, isList: rule == .largest)
      difference += own
      power += all
      guard let rule, power > 0, own.isFinite else { continue }
      let deviation = (2 * own / Double(teacher[output].count)).squareRoot()
      let width = teacher[output].count / samples
      for sample in 0..<samples {
        let row = teacher[output][sample * width..<(sample + 1) * width]
        lost[sample] = min(1, lost[sample] + rule.loss(row, deviation: deviation))
      }
    }
    let ratio = difference == 0 ? 0 : (difference / power).squareRoot()
    relative = ratio.isFinite ? ratio : .infinity
    let mean = reading == .values ? relative : lost.reduce(0, +) / Double(samples)
    foretold = relative.isFinite ? 100 * mean : .infinity
  }

  /// Sums of squares of the difference, and of the teacher's numbers.
  private static func squares(_ teacher: [Float], _ student: [Float], _ samples: Int, isList: Bool)
    -> (difference: Double, power: Double)
  {
    let width = teacher.count / samples
    var sums = (difference: 0.0, power: 0.0)
    for start in stride(from: 0, to: teacher.count, by: max(width, 1)) {
      var (a, d, squaresA, squaresD) = (0.0, 0.0, 0.0, 0.0)
      for index in start..<start + width {
        let value = Double(teacher[index])
        let change = Double(student[index]) - value
        (a, d) = (a + value, d + change)
        (squaresA, squaresD) = (squaresA + value * value, squaresD + change * change)
      }
      let share = isList ? 1 / Double(width) : 0
      sums.power += max(0, squaresA - a * a * share)
      sums.difference += squaresD.isFinite ? max(0, squaresD - d * d * share) : .infinity
    }
    return sums
  }
}

extension AnswerReading {
  /// How an output is a class; nil where its numbers are the answer.
  fileprivate func rule(_ output: Int) -> ClassRule? {
    if case .classes(let rules) = self { rules[output] } else { nil }
  }
}

extension ClassRule {
  /// The share of an answer that errors of some deviation lose, 0 to 1.
  ///
  /// - Parameters:
  ///   - row: the teacher's numbers of one sample.
  ///   - deviation: of the error of the difference of two numbers.
  fileprivate func loss(_ row: ArraySlice<Float>, deviation: Double) -> Double {
    func overtakes(_ gap: Double) -> Double {
      deviation > 0 ? erfc(gap / deviation / 2.0.squareRoot()) / 2 : 0
    }
    switch self {
    case .largest:
      let top = Double(row.max() ?? 0)
      let gaps = row.map { top - Double($0) }
      let sum = gaps.reduce(0) { $0 + exp(-$1) }
      // The teacher's class itself gives up nothing.
      return gaps.reduce(0) { $0 + (1 - exp(-$1)) / sum * overtakes($1) }
    case .above(let threshold):
      // Of one number only its own error counts.
      return row.reduce(0) { sum, number in
        let gap = abs(Double(number) - Double(threshold))
        let sure = threshold > 0 && threshold < 1 ? min(1, 2 * gap) : tanh(gap / 2)
        return sum + sure * overtakes(gap * 2.0.squareRoot())
      }
    case .place: return deviation > 0 ? 1 : 0
    }
  }
}
