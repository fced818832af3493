// What a network is for, and so what its answers are read by: as the user says, or as the graph and
// the labels suggest.

import Execution
import ModelGraph
import Trials

/// What a network is for.
public enum NetworkTask: String, CaseIterable, Sendable, Codable {
  case classification
  case regression
  case detection

  package init(_ reading: AnswerReading) {
    self =
      switch reading {
      case .classes: .classification
      case .objects: .detection
      case .values: .regression
      }
  }
}

/// What the network is for, which decides how its answers are judged.
public enum TaskChoice: String, Equatable, Sendable, Codable, CaseIterable {
  /// Detection where outputs are boxes; classification where the one output is a list of classes, else values.
  case auto
  /// Each output is a class: the place of its largest number, or whether its one number lies above
  /// a threshold.
  case classify
  /// The numbers are the answer: lost are points of 1 - RMS(edge - teacher) / RMS(teacher).
  case regress
}

/// What a command says of its network's answers.
public struct TaskOptions: Equatable, Sendable, Codable {
  public var choice: TaskChoice
  /// What each number of the outputs is compared with; nil: as the graph suggests.
  public var threshold: Float?

  public init(_ choice: TaskChoice = .auto, threshold: Float? = nil) {
    (self.choice, self.threshold) = (choice, threshold)
  }
}

extension AnswerReading {
  /// How a network's outputs are read.
  ///
  /// Left to guess, a network classifies when its one output is a list of 2 or more numbers and ends
  /// in a softmax, is given labels, or is not as long as its input (which would be an autoencoder);
  /// and when its one output is one number and labels of 0 and 1 come with the samples. A threshold
  /// says that it does, and so does an output that is the number of a place.
  ///
  /// - Parameter samples: what labels come from.
  package static func resolve(_ task: TaskOptions, graph: Graph, samples: [GivenSamples])
    throws(IntakeError) -> AnswerReading
  {
    switch task.choice {
    case .regress:
      guard task.threshold == nil else {
        throw .usage(reason: "--threshold is for networks that classify: not with --task regress")
      }
      if let output = graph.outputs.first(where: { graph.placeCount(of: $0) != nil }) {
        throw .usage(
          reason: "output \(graph[output].name) is the number of a place, which is a class and no quantity: "
            + "not with --task regress")
      }
      return .values
    case .classify: return try classes(task, graph, samples)
    case .auto where !graph.heads.isEmpty:
      guard task.threshold == nil else {
        throw .usage(reason: "--threshold is for networks that classify, and this one finds objects: leave it out")
      }
      return .objects(ObjectReading(of: graph))
    case .auto:
      let finds = graph.outputs.contains { graph.placeCount(of: $0) != nil }
      let guessed = task.threshold != nil || finds || graph.seemsToClassify(samples)
      return guessed ? try classes(task, graph, samples) : .values
    }
  }

  private static func classes(_ task: TaskOptions, _ graph: Graph, _ samples: [GivenSamples])
    throws(IntakeError) -> AnswerReading
  {
    let labelled = graph.outputs.count == 1 && samples.contains { $0.labels != nil }
    var rules: [ClassRule] = []
    for output in graph.outputs {
      let (name, shape) = (graph[output].name, graph[output].shape)
      if let count = graph.placeCount(of: output) {
        rules.append(.place(of: count))
        continue
      }
      guard shape.filter({ $0 > 1 }).count <= 1 else {
        throw .unfit(
          reason: "a network classifies when each output is one list of numbers, and output \(name) is "
            + "\(shape): give --task regress")
      }
      let count = shape.elementCount
      let isList = count > 1 && (labelled || !graph.endsInProbabilities(output))
      if let threshold = task.threshold {
        rules.append(.above(threshold))
      } else {
        rules.append(isList ? .largest : .above(graph.endsInProbabilities(output) ? 0.5 : 0))
      }
    }
    let reading = AnswerReading.classes(rules)
    guard task.threshold == nil || !reading.thresholds.isEmpty else {
      throw .usage(reason: "--threshold is compared with numbers, and every output is the number of a place")
    }
    return reading
  }

  /// What an answer is, for people; nil where nobody needs to be told.
  package func note(of graph: Graph) -> String? {
    guard case .classes(let rules) = self else { return nil }
    let notes = zip(graph.outputs, rules).compactMap { output, rule -> String? in
      guard case .above(let threshold) = rule else { return nil }
      let meaning = graph[output].shape.elementCount == 1 ? "class 1" : "each number is a yes"
      let kind = graph.endsInProbabilities(output) ? "a probability" : "no probability"
      return "output \(graph[output].name), \(kind): \(meaning) above \(threshold)"
    }
    return notes.isEmpty ? nil : notes.joined(separator: "; ") + " (--threshold says another)"
  }

  /// The divergence by which students are compared where the user names none. A distribution over
  /// one number is always the same, so that it tells nothing.
  package func usualDivergence(of graph: Graph) -> DivergenceKind {
    if !graph.heads.isEmpty { return .objects }
    guard case .classes(let rules) = self, rules.allSatisfy(\.isOneOfAList),
      graph.outputs.allSatisfy(graph.hasClassesLast), graph.lossValues.allSatisfy({ graph[$0].shape.last ?? 1 > 1 })
    else { return .squaredError }
    return .distribution
  }

  /// Whether the rules fit a graph; readings may come from a checkpoint.
  package func fits(_ graph: Graph) -> Bool {
    if case .objects(let reading) = self {
      return !graph.heads.isEmpty
        && reading == ObjectReading(of: graph, threshold: reading.threshold, overlap: reading.overlap)
    }
    guard case .classes(let rules) = self else { return true }
    return rules.count == graph.outputs.count && thresholds.allSatisfy(\.isFinite)
  }
}

extension ClassRule {
  fileprivate var isOneOfAList: Bool {
    switch self {
    case .largest, .place: true
    case .above: false
    }
  }
}

extension Graph {
  fileprivate func seemsToClassify(_ samples: [GivenSamples]) -> Bool {
    guard outputs.count == 1 else { return false }
    let shape = self[outputs[0]].shape.filter { $0 > 1 }
    if shape.isEmpty {
      let labels = samples.filter { $0.labels != nil }
      return labels.contains { $0.areNamed || $0.areZeroOrOne }
    }
    guard shape.count == 1 else { return false }
    if samples.contains(where: { $0.labels != nil && $0.areNamed }) { return true }
    if producer(of: outputs[0])?.operation.probability == .distribution { return true }
    return !inputs.map { self[$0].shape.elementCount }.contains(shape[0])
  }

  /// Whether an output's numbers lie between 0 and 1 each for itself, by the last operation that
  /// changes numbers.
  fileprivate func endsInProbabilities(_ output: ValueID) -> Bool {
    var value = output
    while let node = producer(of: value) {
      switch node.operation.probability {
      case .each: return true
      case .asInput: value = node.inputs[0]
      case .none, .distribution, .place: return false
      }
    }
    return false
  }
}
