// How a network's answers are judged.

import ModelGraph

/// What a network is for.
public enum NetworkTask: String, Sendable, Codable {
  case classification
  case regression

  /// A user's choice, or a guess from the graph: a network classifies when it ends in a softmax, or
  /// is given labels, or has one output that is a list of 2 or more numbers and not as long as its
  /// input (which would be an autoencoder).
  public static func resolve(_ choice: TaskChoice, graph: Graph, labelled: Bool) -> NetworkTask {
    switch choice {
    case .classify: return .classification
    case .regress: return .regression
    case .auto: break
    }
    guard graph.outputs.count == 1, let output = graph.outputs.first else { return .regression }
    let shape = graph[output].shape.filter { $0 > 1 }
    guard shape.count == 1 else { return .regression }
    if labelled { return .classification }
    if let node = graph.producer(of: output), case .softmax = node.operation {
      return .classification
    }
    let inputs = graph.inputs.map { graph[$0].shape.elementCount }
    return inputs.contains(shape[0]) ? .regression : .classification
  }
}

/// What was counted while two networks answered the same samples.
///
/// For classifiers accuracy is the share of right answers, by the labels or, without them, by the
/// teacher. For others it is 1 - RMS(edge - teacher) / RMS(teacher) over all outputs.
public struct AnswerCount: Equatable, Sendable {
  private let task: NetworkTask
  private var samples = 0
  private var labelled = 0
  private var teacherRight = 0
  private var edgeRight = 0
  private var agreeing = 0
  private var squaredDifference = 0.0
  private var squaredTeacher = 0.0

  public init(task: NetworkTask) { self.task = task }

  /// Counts one sample's answers.
  ///
  /// - Parameter label: the right class, where it is known.
  public mutating func add(
    teacher: UnsafeBufferPointer<Float>, edge: UnsafeBufferPointer<Float>, label: Int?
  ) {
    samples += 1
    let (expected, answered) = (Self.largest(teacher), Self.largest(edge))
    if expected == answered { agreeing += 1 }
    if let label {
      labelled += 1
      if expected == label { teacherRight += 1 }
      if answered == label { edgeRight += 1 }
    }
    addValues(teacher: teacher, edge: edge)
  }

  /// Counts the numbers of a further output of the same sample.
  public mutating func addValues(
    teacher: UnsafeBufferPointer<Float>, edge: UnsafeBufferPointer<Float>
  ) {
    for (a, b) in zip(teacher, edge) {
      squaredDifference += Double(b - a) * Double(b - a)
      squaredTeacher += Double(a) * Double(a)
    }
  }

  /// 0 ... 1, the teacher's.
  public var teacherAccuracy: Double {
    guard task == .classification, labelled > 0 else { return 1 }
    return Double(teacherRight) / Double(labelled)
  }

  /// At most 1, the edge's.
  public var edgeAccuracy: Double {
    guard task == .classification, labelled > 0 else { return agreement }
    return Double(edgeRight) / Double(labelled)
  }

  /// How far the edge answers as the teacher does; at most 1.
  public var agreement: Double {
    switch task {
    case .classification: return samples > 0 ? Double(agreeing) / Double(samples) : 1
    case .regression:
      if squaredDifference == 0 { return 1 }
      return squaredTeacher > 0 ? 1 - (squaredDifference / squaredTeacher).squareRoot() : 0
    }
  }

  static func largest(_ values: UnsafeBufferPointer<Float>) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
  }
}
