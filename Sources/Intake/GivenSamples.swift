// Labels beside the network that is to be measured by them: used, left out, or refused with the same
// sentence in every command.

import Execution
import ModelGraph
import Trials

/// Samples of a command, and where they come from.
package struct GivenSamples {
  package var samples: SampleSet
  package var options: DataOptions

  package init(samples: SampleSet, options: DataOptions) {
    (self.samples, self.options) = (samples, options)
  }

  package var labels: [Int]? { samples.labels }
  /// Whether the user named the labels; else they came with the samples.
  package var areNamed: Bool { options.labels != nil }
  package var areZeroOrOne: Bool { labels?.allSatisfy { (0...1).contains($0) } ?? false }

  /// The samples with labels that the network can use, or with none.
  ///
  /// Labels that came with the samples unasked are left out where the network has no classes.
  ///
  /// - Throws: a sentence that names the file, where labels were asked for and cannot be used, or are
  ///   none of the classes.
  package func judged(by reading: AnswerReading, graph: Graph) throws(IntakeError) -> SampleSet {
    guard let labels else { return try ofObjects(by: reading) }
    let file = options.labels ?? options.path
    let widths = graph.outputs.map { graph[$0].shape.elementCount }
    guard let classes = reading.classCount(widths: widths) else {
      guard areNamed else { return samples.withoutLabels }
      throw .unfit(
        reason: "\(file): labels cannot be used, since \(Self.reason(reading, widths)); "
          + "leave them out")
    }
    guard let bad = labels.firstIndex(where: { !(0..<classes).contains($0) }) else { return samples }
    let (least, most) = (labels.min() ?? 0, labels.max() ?? 0)
    let hint = least == 1 && most == classes ? "; do the labels count from 1?" : ""
    let known = widths[0] == 1 && classes == 2
      ? "is neither 0 nor 1, and the network's one number tells no other classes apart"
      : "is none of the network's \(classes) classes, 0 to \(classes - 1)"
    throw .unfit(reason: "\(file): label \(labels[bad]) of sample \(bad) \(known)\(hint)")
  }

  /// Samples of what is known to be in photographs, or of nothing that is known.
  private func ofObjects(by reading: AnswerReading) throws(IntakeError) -> SampleSet {
    if case .objects = reading { return samples }
    guard samples.datasets[0].boxes == nil else {
      throw .unfit(
        reason: "\(options.labels ?? options.path): boxes are labels of what a detector finds, which --task "
          + "\(TaskChoice.regress.rawValue) does not look for; leave them out")
    }
    return samples
  }

  private static func reason(_ reading: AnswerReading, _ widths: [Int]) -> String {
    if widths.count != 1 { return "the network has \(widths.count) outputs and a label names one class" }
    if reading == .values {
      return widths[0] == 1
        ? "the network's one number is no class (--task classify makes it one)"
        : "the network's \(widths[0]) numbers are no classes"
    }
    return "each of the network's \(widths[0]) numbers is compared with a threshold and a label names one class"
  }
}

extension SampleSet {
  package var withoutLabels: SampleSet {
    SampleSet(
      datasets.map { dataset in
        var bare = dataset
        bare.labels = nil
        return bare
      }, elementCounts: elementCounts)
  }
}
