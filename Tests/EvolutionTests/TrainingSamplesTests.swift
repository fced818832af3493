import Datasets
import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

/// What a gradient step is given.
struct TrainingSamplesTests {
  private let indices = [5, 0, 5, 17, 33]

  private func batch(
    _ bench: Bench, labelShare: Float = 0, augmentation: Augmentation? = nil, seed: UInt64 = 1
  ) throws -> TrainingBatch {
    var retraining = Retraining()
    (retraining.labelShare, retraining.augmentation) = (labelShare, augmentation)
    return try bench.samples.batch(
      indices, retraining: retraining, generator: SeededGenerator(seed: seed))
  }

  private func softened(_ logits: ArraySlice<Float>, _ temperature: Double) -> [Double] {
    let odds = logits.map { Double.pow(2.718281828459045, Double($0) / temperature) }
    return odds.map { $0 / odds.reduce(0, +) }
  }

  @Test(arguments: [false, true])
  func withoutLabelsTheTeacherAnswersAlone(labelled: Bool) throws {
    let bench = try Bench.classifier(labelled: labelled)
    let batch = try batch(bench, labelShare: labelled ? 0 : 0.4)
    let inputs = bench.samples.training.arrays(at: indices)
    let expected = indices.flatMap { bench.samples.trainingTargets[0][$0 * 5..<($0 + 1) * 5] }
    #expect(batch.inputs == inputs && batch.targets == [expected])
  }

  @Test(arguments: [0.1, 0.5, 0.9, 1] as [Float], [false, true])
  func labelsAreMixedIntoTheSoftenedAnswers(share: Float, augmented: Bool) throws {
    let bench = try Bench.classifier(labelled: true)
    let augmentation = augmented ? Augmentation(flips: true, shift: 1) : nil
    let plain = try batch(bench, augmentation: augmentation)
    let mixed = try batch(bench, labelShare: share, augmentation: augmentation)
    #expect(mixed.inputs == plain.inputs)
    let labels = try #require(bench.samples.training.labels)
    for (row, index) in indices.enumerated() {
      let range = row * 5..<(row + 1) * 5
      let teacher = softened(plain.targets[0][range], 2)
      for (place, found) in softened(mixed.targets[0][range], 2).enumerated() {
        let label = place == labels[index] ? 1.0 : 0
        let expected = Double(1 - share) * teacher[place] + Double(share) * label
        #expect(abs(found - expected) < 1e-5)
      }
    }
  }

  @Test func theTeacherAnswersWhatTheStudentSees() throws {
    let bench = try Bench.classifier()
    let augmentation = Augmentation(flips: true, shift: 2)
    let found = try batch(bench, augmentation: augmentation)
    var inputs = bench.samples.training.arrays(at: indices)
    augmentation.apply(
      to: &inputs[0], sampleShape: [1, 6, 6], layout: .channelsFirst,
      generator: SeededGenerator(seed: 1))
    #expect(found.inputs == inputs && inputs != bench.samples.training.arrays(at: indices))
    let answers = try Executor(graph: bench.graph, to: bench.graph.lossValues)
      .run(inputs: [Tensor(shape: [5, 1, 6, 6], values: inputs[0])])[0].values
    #expect(zip(found.targets[0], answers).allSatisfy { abs($0 - $1) <= 1e-5 })
  }

  @Test func augmentationFollowsItsGenerator() throws {
    let bench = try Bench.classifier()
    let augmentation = Augmentation(flips: true, shift: 2)
    let first = try batch(bench, augmentation: augmentation)
    let again = try batch(bench, augmentation: augmentation)
    #expect(again.inputs == first.inputs && again.targets == first.targets)
    #expect(try batch(bench, augmentation: augmentation, seed: 2).inputs != first.inputs)
  }

  @Test func vectorsAreNotAugmented() throws {
    let bench = try Bench.regressor()
    let plain = try batch(bench)
    let found = try batch(bench, augmentation: Augmentation(flips: true, shift: 2))
    #expect(found.inputs == plain.inputs)
    #expect(zip(found.targets[0], plain.targets[0]).allSatisfy { abs($0 - $1) <= 1e-5 })
  }
}
