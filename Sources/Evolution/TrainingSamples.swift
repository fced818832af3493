// What a run trains on and what it judges by, with the teacher's answers to both.

import Datasets
import Execution
import ModelGraph
import Tensors
import Trials

/// Samples with the teacher's numbers that answers are read from, row-major by sample.
public struct AnsweredSamples: Sendable {
  public let samples: SampleSet
  public let answers: [[Float]]
}

/// Samples with the teacher's numbers for them.
public struct TrainingSamples: Sendable {
  public let training: SampleSet
  /// Never trained on; every choice is made on these.
  public let heldBack: SampleSet
  /// The teacher's numbers for `Graph.lossValues`, row-major by sample.
  public let trainingTargets: [[Float]]
  public let heldBackTargets: [[Float]]
  /// What answers are read by, and the teacher's numbers for that, row-major by held-back sample.
  public let reading: AnswerReading
  public let heldBackAnswers: [[Float]]
  /// Samples that losses are counted on besides the held-back ones; nil: none.
  public let others: AnsweredSamples?
  /// The teacher, which answers what augmentation makes.
  private let teacher: Executor
  /// Classes, where the network has one output of one axis.
  private let classes: Int?

  /// Runs the teacher once over all samples.
  ///
  /// - Parameters:
  ///   - others: samples that losses are counted on besides.
  ///   - reading: nil: the largest number of a sole list of classes, else values.
  public init(
    teacher: Graph, training: SampleSet, heldBack: SampleSet, others: SampleSet? = nil,
    reading: AnswerReading? = nil, threads: Int
  ) throws(ExecutionError) {
    self.training = training
    self.heldBack = heldBack
    let executor = try Executor(graph: teacher, threads: threads, to: teacher.lossValues)
    self.teacher = executor
    let shapes = teacher.lossValues.map { teacher[$0].shape }
    classes = shapes.count == 1 && shapes[0].count == 1 ? shapes[0][0] : nil
    self.reading = reading ?? (classes == nil ? .values : .classes([.largest]))
    trainingTargets = try Self.answers(executor, training)
    heldBackTargets = try Self.answers(executor, heldBack)
    let read = self.reading.values(of: teacher)
    let reader = read == teacher.lossValues
      ? executor : try Executor(graph: teacher, threads: threads, to: read)
    heldBackAnswers = read == teacher.lossValues
      ? heldBackTargets : try Self.answers(reader, heldBack)
    var answered: AnsweredSamples?
    if let others {
      answered = AnsweredSamples(samples: others, answers: try Self.answers(reader, others))
    }
    self.others = answered
  }

  /// What students are compared by on the held-back samples.
  package func objective(of student: Graph, settings: EvolutionSettings, temperature: Float = 1)
    -> Objective
  {
    Objective(
      kind: settings.divergence, graph: student, targets: heldBackTargets, count: heldBack.count,
      labels: heldBack.labels, weights: settings.outputWeights, temperature: temperature)
  }

  /// Who compares a student with the teacher on the held-back samples.
  package func judge(
    of student: Graph, parameters: ParameterStore, settings: EvolutionSettings,
    divergence: DivergenceKind
  ) throws(ExecutionError) -> StudentJudge {
    var settings = settings
    settings.divergence = divergence
    return try StudentJudge(
      graph: student, parameters: parameters, samples: heldBack, answers: heldBackAnswers,
      others: others, reading: reading, objective: objective(of: student, settings: settings), threads: settings.threads)
  }

  /// The teacher's right answers on the held-back samples; nil without labels.
  public var teacherAccuracy: AnswerShare? {
    var count = AnswerCount(reading)
    count.add(
      teacher: heldBackAnswers, student: heldBackAnswers, samples: heldBack.count,
      labels: heldBack.labels, known: heldBack.known)
    return count.teacherAccuracy
  }

  private static func answers(_ executor: Executor, _ samples: SampleSet) throws(ExecutionError)
    -> [[Float]]
  {
    var answers = executor.outputs.map { value in
      var values: [Float] = []
      values.reserveCapacity(samples.count * executor.graph[value].shape.elementCount)
      return values
    }
    try executor.run(samples) { _, outputs in
      for (index, output) in outputs.enumerated() { answers[index] += output.values }
    }
    return answers
  }

  /// The samples of one gradient step, with what the student is to answer.
  ///
  /// - Parameter generator: of the step's augmentation.
  public func batch(_ indices: [Int], retraining: Retraining, generator: SeededGenerator)
    throws(ExecutionError) -> TrainingBatch
  {
    var inputs = training.arrays(at: indices)
    var targets: [[Float]]
    if let augmentation = retraining.augmentation {
      augment(&inputs, by: augmentation, generator)
      targets = try teacher.run(inputs: zip(inputs, teacher.graph.inputs).map { values, input in
        Tensor(shape: [indices.count] + teacher.graph[input].shape, values: values)
      }).map(\.values)
    } else {
      targets = trainingTargets.map { gathered($0, indices) }
    }
    let share = retraining.labelShare ?? 0
    if share > 0, let labels = training.labels, let classes {
      mix(
        indices.map { labels[$0] }, classes: classes, share: share,
        temperature: retraining.temperature, into: &targets[0])
    }
    return TrainingBatch(inputs: inputs, targets: targets)
  }

  private func gathered(_ target: [Float], _ indices: [Int]) -> [Float] {
    let width = target.count / training.count
    var gathered: [Float] = []
    gathered.reserveCapacity(indices.count * width)
    for index in indices { gathered += target[index * width..<(index + 1) * width] }
    return gathered
  }

  private func augment(
    _ inputs: inout [[Float]], by augmentation: Augmentation, _ generator: SeededGenerator
  ) {
    for index in inputs.indices {
      let dataset = training.datasets[index]
      guard Augmentation.applies(to: dataset.sampleShape) else { continue }
      augmentation.apply(
        to: &inputs[index], sampleShape: dataset.sampleShape, layout: dataset.transform.layout,
        generator: generator)
    }
  }

  /// Labels into the teacher's answers: logits whose softened distribution is the teacher's, and a
  /// share of the label's.
  private func mix(
    _ labels: [Int], classes: Int, share: Float, temperature: Float, into logits: inout [Float]
  ) {
    for (row, label) in labels.enumerated() {
      let range = row * classes..<(row + 1) * classes
      let top = logits[range].max() ?? 0
      let odds = logits[range].map { Float.exp(($0 - top) / temperature) }
      let sum = odds.reduce(0, +)
      for (place, index) in range.enumerated() {
        let mixed = (1 - share) * odds[place] / sum + (place == label ? share : 0)
        logits[index] = temperature * Float.log(max(mixed, 1e-12))
      }
    }
  }
}
