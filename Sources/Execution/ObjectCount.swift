// What detectors find, as answers that are counted.

import Detection
import ModelGraph

/// How a detector's outputs are read as objects.
public struct ObjectReading: Equatable, Sendable, Codable {
  /// One output's, and the grid that it looks at.
  private struct Head: Equatable, Sendable, Codable {
    let head: DetectionHead
    let output: Int
    let gridWidth, gridHeight: Int
  }

  private let heads: [Head]
  /// The least confidence of a finding, not with it.
  public let threshold: Float
  /// Of two findings of a class that overlap by more, the surer one stays.
  public let overlap: Float

  /// - Precondition: the graph verifies and has heads.
  public init(of graph: Graph, threshold: Float = 0.01, overlap: Float = 0.45) {
    heads = graph.heads.compactMap { head in
      graph.outputIndex(of: head).map { output in
        let shape = graph[graph.outputs[output]].shape
        return Head(head: head, output: output, gridWidth: shape[2], gridHeight: shape[1])
      }
    }
    (self.threshold, self.overlap) = (threshold, overlap)
  }

  /// What is known to be in photographs, of the classes that count.
  public func counted(_ known: [[KnownObject]]) -> [[KnownObject]] {
    guard let classes = heads.first?.head.countedClasses.map(Set.init) else { return known }
    return known.map { $0.filter { classes.contains($0.classNumber) } }
  }

  /// What is found in each sample, in parts of the network's input.
  ///
  /// - Parameter outputs: each of all samples, row-major.
  func found(_ outputs: [[Float]], _ samples: Int) -> [[DetectedObject]] {
    (0..<samples).map { sample in
      var found: [DetectedObject] = []
      for head in heads {
        let width = outputs[head.output].count / samples
        head.head.decode(
          outputs[head.output][sample * width..<(sample + 1) * width], gridWidth: head.gridWidth,
          gridHeight: head.gridHeight, above: threshold, into: &found)
      }
      return found.suppressed(above: overlap)
    }
  }
}

/// What a teacher and a student found in the same photographs.
public struct ObjectCount: Equatable, Sendable {
  private var teacher: [[DetectedObject]] = []
  private var student: [[DetectedObject]] = []
  private var known: [[KnownObject]] = []

  public init() {}

  mutating func add(_ teacher: [[DetectedObject]], _ student: [[DetectedObject]], known: [[KnownObject]]?) {
    precondition(teacher.count == student.count && known?.count ?? teacher.count == teacher.count)
    self.teacher += teacher
    self.student += student
    self.known += known ?? []
  }

  mutating func add(_ other: ObjectCount) {
    teacher += other.teacher
    student += other.student
    known += other.known
  }

  /// Whether it is known of every photograph what is in it.
  public var isLabelled: Bool { !known.isEmpty && known.count == teacher.count }

  /// What becomes of the teacher's objects.
  public var agreement: DetectionAgreement { DetectionAgreement(teacher: teacher, edge: student) }

  /// Average precision by what is known; nil where that is nothing.
  public var precision: (teacher: AveragePrecision.Averages, student: AveragePrecision.Averages)? {
    guard isLabelled else { return nil }
    let (own, found) = (AveragePrecision(found: teacher, known: known), AveragePrecision(found: student, known: known))
    guard let own = own.averages, let found = found.averages else { return nil }
    return (own, found)
  }

  /// Points of AP50 where labels are, else of the teacher's objects above 50 %.
  var lost: Double {
    if isLabelled { return precision.map { 100 * ($0.teacher.at50 - $0.student.at50) } ?? 0 }
    let above = agreement.above50
    return above.teacher == 0 ? 0 : 100 * (1 - Double(above.found) / Double(above.teacher))
  }
}
