import ModelGraph
import Tensors

/// The samples that members are judged by; never the test samples.
public struct SharingSamples: Sendable {
  /// What answers are compared with.
  public enum Reference: Sendable {
    /// The right place of the largest number of the first output, one a sample.
    case classes([Int])
    /// The numbers of each output, row-major by sample; accuracy is 1 - RMS(difference) / RMS, 0 at
    /// least.
    case outputs([[Float]])
  }

  public let count: Int
  /// The inputs of a range of samples: one tensor an input of the network, [samples] + its shape.
  public let inputs: @Sendable (Range<Int>) -> [Tensor]
  public let reference: Reference

  /// - Precondition: one class a sample, where classes are given.
  public init(
    count: Int, reference: Reference, inputs: @escaping @Sendable (Range<Int>) -> [Tensor]
  ) {
    precondition(count > 0)
    if case .classes(let classes) = reference { precondition(classes.count == count) }
    self.count = count
    self.reference = reference
    self.inputs = inputs
  }
}

/// What was counted of a network's answers.
struct AnswerTally {
  private var right = 0
  private var squaredDifference = 0.0
  private var squaredReference = 0.0

  /// Counts the answers to a range of samples.
  mutating func add(
    _ outputs: [Tensor], _ range: Range<Int>, _ reference: SharingSamples.Reference
  ) {
    switch reference {
    case .classes(let classes):
      let width = outputs[0].count / range.count
      outputs[0].values.withUnsafeBufferPointer { values in
        for (offset, sample) in range.enumerated() {
          var best = offset * width
          for place in best..<best + width where values[place] > values[best] { best = place }
          if best - offset * width == classes[sample] { right += 1 }
        }
      }
    case .outputs(let expected):
      for (output, numbers) in zip(outputs, expected) {
        let width = output.count / range.count
        let wanted = numbers[range.lowerBound * width..<range.upperBound * width]
        for (a, b) in zip(output.values, wanted) {
          squaredDifference += Double(a - b) * Double(a - b)
          squaredReference += Double(b) * Double(b)
        }
      }
    }
  }

  /// 0 ... 1.
  func accuracy(_ samples: SharingSamples) -> Double {
    if case .classes = samples.reference { return Double(right) / Double(samples.count) }
    if squaredDifference == 0 { return 1 }
    let ratio = (squaredDifference / squaredReference).squareRoot()
    return ratio.isFinite ? max(0, 1 - ratio) : 0
  }
}
