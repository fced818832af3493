// What options come to for a model and its samples.

import Blob
import Evolution
import Execution
import Intake
import ModelGraph
import Trials

extension CompileOptions {
  /// The samples that they name for training or calibration; nil where they name none.
  func givenData(for teacher: Graph) throws(IntakeError) -> GivenSamples? {
    guard var source = data ?? calibration else { return nil }
    source.frames = frames
    return GivenSamples(
      samples: try SampleLoading.load(source, for: teacher, seed: evolution.seed), options: source)
  }

  /// The test samples that they name, made ready as the data are unless told otherwise.
  func givenTest(for graph: Graph) throws(IntakeError) -> GivenSamples? {
    guard let test else { return nil }
    var source = test
    source.frames = frames
    if let data {
      source.scale = test.scale ?? data.scale
      source.mean = test.mean ?? data.mean
      source.layout = test.layout ?? data.layout
    }
    return GivenSamples(
      samples: try SampleLoading.load(source, for: graph, seed: evolution.seed &+ 1000),
      options: source)
  }

  /// What a blob says of how its samples are made ready.
  func transforms(data samples: SampleSet?, graph: Graph) -> [BlobTransform] {
    let random = (data ?? calibration).map(SampleLoading.isRandom) ?? false
    return graph.inputs.enumerated().map { index, value in
      if let samples { return SampleLoading.transform(of: samples.datasets[index], random: random) }
      return SampleLoading.transform(
        scale: input?.scale, mean: input?.mean, shape: graph[value].shape, layout: input?.layout)
    }
  }

  /// What answers are judged as: what is encoded untrained, by the numbers that a detector finds objects by, since
  /// samples that are made up show none.
  func judgedTask(of graph: Graph) -> TaskOptions {
    TaskOptions(data == nil && task == .auto && !graph.heads.isEmpty ? .regress : task, threshold: threshold)
  }

  /// The divergence where none is told: by labels, where a student is to learn them untold too.
  private func usualDivergence(_ reading: AnswerReading, of graph: Graph, labelled: Bool) -> DivergenceKind {
    let usual = reading.usualDivergence(of: graph)
    let shapes = graph.lossValues.map { graph[$0].shape }
    let learnsLabels = evolution.retraining.labelShare == nil && evolution.retraining.usualLabelShare > 0
    let areClasses = usual == .distribution && shapes.count == 1 && shapes[0].count == 1
    let countAlike = outputs == nil && evolution.outputWeights == nil
    return labelled && learnsLabels && areClasses && countAlike ? .crossEntropy : usual
  }

  /// The divergence that students are compared by.
  ///
  /// - Parameter labelled: whether the samples have labels.
  func divergence(
    _ reading: AnswerReading, of graph: Graph, labelled: Bool
  ) throws(CompilerError) -> DivergenceKind {
    let kind = divergence ?? usualDivergence(reading, of: graph, labelled: labelled)
    if kind.ofHeads != nil {
      guard !graph.heads.isEmpty else {
        throw .usage(reason: "--divergence \(kind.rawValue) is of detectors, and \(model) says of no output how it is boxes")
      }
      guard outputs == nil, evolution.outputWeights == nil else {
        throw .usage(reason: "--outputs and --output-weights are not for --divergence \(kind.rawValue): give mse with them")
      }
    }
    guard classes == nil || data == nil || kind.ofHeads != nil else {
      throw .usage(reason: "--classes is not for --divergence \(kind.rawValue), which compares all: give boxes or objects with it")
    }
    guard kind == .distribution || kind == .crossEntropy else {
      guard evolution.retraining.labelShare ?? 0 == 0 else {
        throw .usage(reason: "--label-share is of distributions: not with --divergence \(kind.rawValue)")
      }
      return kind
    }
    if let output = graph.lossValues.first(where: { graph[$0].shape.last ?? 1 <= 1 }) {
      throw .usage(
        reason: "--divergence \(kind.rawValue) compares distributions, and \(graph[output].name) ends in "
          + "lists of one number: give mse or nmse")
    }
    if let output = graph.outputs.first(where: { !graph.hasClassesLast($0) }) {
      throw .usage(
        reason: "--divergence \(kind.rawValue) compares distributions along the last axis, and the classes of "
          + "\(graph[output].name) are along another: give mse or nmse")
    }
    return kind
  }

  /// What evolution and training are told, with what only the student's graph tells.
  func settings(for student: Graph, divergence: DivergenceKind) throws(CompilerError) -> EvolutionSettings {
    var settings = evolution
    settings.divergence = divergence
    let counts = student.lossValues.map { student[$0].shape.elementCount }
    if let outputs {
      guard counts.count == 1, outputs.allSatisfy((0..<counts[0]).contains) else {
        throw .usage(
          reason: "--outputs takes numbers of a sole output, which has \(counts.first ?? 0) of them")
      }
      let chosen = Set(outputs)
      settings.outputWeights = [(0..<counts[0]).map { chosen.contains($0) ? 1 : 0 }]
    }
    if let weights = settings.outputWeights, weights.map(\.count) != counts {
      throw .usage(
        reason: "the outputs have \(counts.map(String.init).joined(separator: " and ")) "
          + "numbers, and \(weights.map { "\($0.count)" }.joined(separator: " and ")) weights were given")
    }
    return settings
  }

  /// The steps that are told as passes over so many training samples: a cycle's, and the last.
  func steps(samples: Int) -> (cycle: Int, final: Int) {
    func steps(_ epochs: Double) -> Int {
      Int(min(1e7, (epochs * Double(samples) / Double(evolution.retraining.batch)).rounded(.up)))
    }
    return (
      epochsPerCycle.map(steps) ?? evolution.retraining.stepsPerCycle,
      finalEpochs.map(steps) ?? evolution.retraining.finalSteps
    )
  }

  /// Whether the samples are drawn at random.
  var isRandom: Bool { data.map(SampleLoading.isRandom) ?? false }

  /// What rows count for in a run that is not told: a limit of bytes has room for more weights where they are in few
  /// rows, which trials, comparing sets of as many weights, do not see.
  var usualRowExponent: Float { limits.bytes == nil ? 0 : 0.5 }

  /// Whether any layer is to lose weights.
  var wantsZeros: Bool {
    (sparsity ?? 0) > 0 || limits.areSet
      || (Array(layerSparsity.values) + poolSparsity.values).contains { $0 > 0 }
  }
}
