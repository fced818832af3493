// The same samples through the teacher on the host, the quantized student on the host, and the blob
// in the C runtime.

import Execution
import IntegerExecution
import ModelGraph
import Tensors
import Trials

/// What came of running three forms of a network on the same samples.
package struct Comparison {
  package var answers: AnswerCount
  package var figures: AnswerFigures
  /// Of the student in float32 on the same samples; nil where no student was given.
  package var floats: AnswerCount?
  package var samples = 0
  package var pairs = AnswerPairs()
  /// C runtime against Execution on the same student; nil where no student was given, and where all answers are
  /// numbers of places.
  package var maxAbsoluteDifference: Float?
  package var relativeDifference: Float?
  /// Samples of an integer blob that were emulated too, with the same bytes.
  package var emulatedSamples: Int?
  /// Where the teacher is of int8: how many answers are its very integers.
  package var equality: Equality?

  /// Takes in what came of other samples, of which only the answers count.
  package mutating func add(_ other: Comparison) {
    answers.add(other.answers)
    pairs.add(teacher: other.pairs.teacher, edge: other.pairs.edge, samples: other.pairs.samples)
    samples += other.samples
  }

  /// Runs all samples.
  ///
  /// - Parameters:
  ///   - exact: the teacher as it answers, where its file is of int8; nil: `teacher` does.
  ///   - student: the network that the blob stands for, or nil.
  ///   - states: how many of the teacher's last inputs are states: the samples are then frames in turn, of which the blob
  ///     finds what it has left itself, and the teacher what the samples say.
  ///   - progress: called with the samples done.
  package static func run(
    blob: [UInt8], teacher: Graph, exact: ExactTeacher? = nil, student: Graph?, samples: SampleSet,
    reading: AnswerReading, states: Int = 0, threads: Int, progress: (Int) -> Void
  ) throws(VerificationError) -> Comparison {
    let edge = try EdgeWorkers(blob, threads: threads)
    try edge.check(against: teacher, states: states)
    let reference = try executing { () throws(ExecutionError) in
      try Executor(graph: teacher, threads: threads)
    }
    let twin = try student.map { (student) throws(VerificationError) in
      try executing { () throws(ExecutionError) in
        try Executor(graph: student, threads: threads)
      }
    }
    var comparison = Comparison(
      answers: AnswerCount(reading), figures: AnswerFigures(reading, of: teacher))
    comparison.floats = student.map { _ in AnswerCount(reading) }
    var (difference, magnitude): (Float, Float) = (0, 0)
    let areOfPlaces = teacher.outputs.map { teacher.placeCount(of: $0) != nil }
    let chunk = 256
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      let inputs = samples.tensors(range, of: teacher)
      let expected: [Tensor]
      if let exact {
        expected = try exact.run(inputs: inputs, threads: threads)
      } else {
        expected = try executing { () throws(ExecutionError) in try reference.run(inputs: inputs) }
      }
      try TeacherCheck.requireNumbers(
        expected.map(\.values), of: teacher, samples: samples, threads: threads)
      let given = edge.rounded(inputs.dropLast(states), as: exact?.graph)
      let answered = try edge.run(given, count: range.count, inTurn: states > 0)
      if let model = exact?.graph {
        comparison.equality = (comparison.equality ?? Equality()).adding(
          expected: expected.map(\.values), found: answered, of: model, samples: range.count)
      }
      comparison.pairs.add(
        teacher: expected.map(\.values), edge: answered, samples: range.count)
      let labels = samples.labels.map { Array($0[range]) }
      comparison.answers.add(
        teacher: expected.map(\.values), student: answered, samples: range.count, labels: labels,
        known: samples.known.map { Array($0[range]) })
      comparison.figures.add(
        teacher: expected.map(\.values), edge: answered, samples: range.count, labels: labels)
      if let twin {
        let floats = try executing { () throws(ExecutionError) in
          try twin.run(inputs: inputs)
        }
        comparison.floats?.add(
          teacher: expected.map(\.values), student: floats.map(\.values), samples: range.count, labels: labels,
          known: samples.known.map { Array($0[range]) })
        for (index, (a, b)) in zip(answered, floats).enumerated() where !areOfPlaces[index] {
          for (x, y) in zip(a, b.values) {
            difference = max(difference, x.isFinite ? abs(x - y) : .infinity)
            magnitude = max(magnitude, abs(y))
          }
        }
      }
      progress(range.upperBound)
    }
    comparison.samples = samples.count
    if twin != nil, areOfPlaces.contains(false) {
      comparison.maxAbsoluteDifference = difference
      comparison.relativeDifference = difference == 0 ? 0 : difference / magnitude
    }
    return comparison
  }
}

extension EdgeWorkers {
  /// Numbers as the elements of a model's inputs stand for them, where the blob takes the same elements: so both
  /// are given the same ones, halves too.
  fileprivate func rounded(_ tensors: [Tensor], as model: Graph?) -> [Tensor] {
    guard let model else { return tensors }
    return tensors.enumerated().map { index, tensor in
      let value = model[model.inputs[index]]
      guard inputs[index].holdsElements(of: value) else { return tensor }
      return Tensor(
        shape: tensor.shape, values: IntegerElements(of: tensor.values, in: value).numbers(in: value))
    }
  }
}
