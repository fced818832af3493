import Execution
import ModelGraph
import Tensors

/// The samples that members are judged by; never the test samples.
public struct SharingSamples: Sendable {
  public let count: Int
  /// The inputs of a range of samples: one tensor an input of the network, [samples] + its shape.
  public let inputs: @Sendable (Range<Int>) -> [Tensor]
  /// How answers are read.
  public let reading: AnswerReading
  /// The teacher's numbers for `reading.values(of:)`, row-major by sample.
  public let answers: [[Float]]
  /// The right class of each sample, which then is what counts; nil where it is not known.
  public let labels: [Int]?

  /// - Precondition: at least one sample; one label a sample, where they are given.
  public init(
    count: Int, reading: AnswerReading, answers: [[Float]], labels: [Int]? = nil,
    inputs: @escaping @Sendable (Range<Int>) -> [Tensor]
  ) {
    precondition(count > 0 && labels?.count ?? count == count)
    (self.count, self.inputs) = (count, inputs)
    (self.reading, self.answers, self.labels) = (reading, answers, labels)
  }

  /// Counts a member's answers to a range of samples: the numbers of each output, row-major.
  package func add(_ outputs: [[Float]], _ range: Range<Int>, to count: inout AnswerCount) {
    count.add(
      teacher: answers.map { numbers in
        let width = numbers.count / self.count
        return Array(numbers[range.lowerBound * width..<range.upperBound * width])
      }, student: outputs, samples: range.count,
      labels: labels.map { Array($0[range]) })
  }
}

extension AnswerCount {
  /// What members are compared by, 0 ... 1: right answers by the labels, or else how near they are
  /// to the teacher's.
  package var memberAccuracy: Double { max(0, studentAccuracy?.share ?? closeness) }
}
