// What two networks' answers to the same samples are compared by. The loss of every task is defined
// here and nowhere else: evolution, tables, sharing and the blob in its runtime all count with
// ``AnswerCount``, and limits are held by its ``AnswerLoss``.
//
// - A network that classifies gives an answer: the place of the largest number of a list, or, of a
//   number that stands for itself, whether it lies above a threshold. With labels points of accuracy
//   are lost, without them points of agreement with the teacher.
// - Of a detector what it finds is the answer (``ObjectCount``). With labels points of AP50 are lost, without them points
//   of the teacher's objects above 50 %.
// - Of every other network the numbers are the answer: lost are points of
//   1 - RMS(student - teacher) / RMS(teacher), both over all numbers of all outputs together, in the
//   outputs' own units, so that an output of large numbers counts for more than one of small ones.

import ModelGraph

/// How the outputs of a network are read.
public enum AnswerReading: Equatable, Sendable, Codable {
  /// One rule an output. A sample is answered alike where every output is.
  case classes([ClassRule])
  /// What is found in a photograph is the answer.
  case objects(ObjectReading)
  /// The numbers are the answer.
  case values

  /// The values of a graph that answers are read from: a final softmax moves no largest number, but
  /// takes small ones away.
  public func values(of graph: Graph) -> [ValueID] {
    switch self {
    case .classes(let rules):
      zip(rules, zip(graph.outputs, graph.lossValues)).map { rule, ends in
        if case .place = rule { ends.0 } else { ends.1 }
      }
    case .objects, .values: graph.outputs
    }
  }

  /// Classes that a label can name, 0 ..< this; nil where labels cannot be used.
  ///
  /// - Parameter widths: numbers of a sample in each output.
  public func classCount(widths: [Int]) -> Int? {
    guard case .classes(let rules) = self, rules.count == 1, widths.count == 1 else { return nil }
    switch rules[0] {
    case .largest: return widths[0]
    case .above: return widths[0] == 1 ? 2 : nil
    case .place(let count): return widths[0] == 1 ? count : nil
    }
  }

  /// What a student loses.
  public func lossKind(labelled: Bool) -> AnswerLoss.Kind {
    switch self {
    case .classes: labelled ? .accuracy : .agreement
    case .objects: labelled ? .precision : .objects
    case .values: .values
    }
  }

  /// What numbers are compared with, where any are.
  public var thresholds: [Float] {
    guard case .classes(let rules) = self else { return [] }
    return rules.compactMap { rule in
      switch rule {
      case .largest, .place: nil
      case .above(let threshold): threshold
      }
    }
  }
}

/// How one output is a class.
public enum ClassRule: Equatable, Sendable, Codable {
  /// The place of the largest number, the first of equals.
  case largest
  /// Whether a number lies above; each number of the output for itself.
  case above(Float)
  /// The number itself, which is that of a place among so many; each number of the output for itself.
  case place(of: Int)

  /// The class of one sample, nil where a number is NaN or no place: that is no answer.
  package func answer(_ numbers: UnsafeBufferPointer<Float>) -> Int? {
    switch self {
    case .above(let threshold):
      guard let first = numbers.first, !first.isNaN else { return nil }
      return first > threshold ? 1 : 0
    case .place(let count):
      return numbers.first.flatMap { Int(exactly: $0) }.flatMap { (0..<count).contains($0) ? $0 : nil }
    case .largest:
      var best = 0
      for index in numbers.indices {
        if numbers[index].isNaN { return nil }
        if numbers[index] > numbers[best] { best = index }
      }
      return best
    }
  }

  /// Whether two networks answer one sample alike.
  package func agrees(_ teacher: UnsafeBufferPointer<Float>, _ student: UnsafeBufferPointer<Float>) -> Bool {
    switch self {
    case .largest:
      guard let expected = answer(teacher) else { return false }
      return answer(student) == expected
    case .above(let threshold):
      return zip(teacher, student).allSatisfy { a, b in
        !a.isNaN && !b.isNaN && (a > threshold) == (b > threshold)
      }
    case .place: return zip(teacher, student).allSatisfy { $0 == $1 }
    }
  }
}

/// So many of so many.
public struct AnswerShare: Equatable, Sendable, Codable {
  public var right: Int
  public var of: Int

  public init(right: Int, of: Int) { (self.right, self.of) = (right, of) }

  /// 0 ... 1; 1 of nothing.
  public var share: Double { of > 0 ? Double(right) / Double(of) : 1 }
}

/// What a student has lost against its teacher.
public struct AnswerLoss: Equatable, Sendable, Codable {
  /// What the points are of.
  public enum Kind: String, CaseIterable, Equatable, Sendable, Codable {
    /// Of right answers by the labels, the teacher's less the student's.
    case accuracy
    /// Of answers that are the teacher's.
    case agreement
    /// Of average precision at an overlap of 0.5 by the labels, the teacher's less the student's.
    case precision = "AP50"
    /// Of the teacher's objects above 50 %, those that the student does not find.
    case objects = "the teacher's objects"
    /// Of 1 - RMS(student - teacher) / RMS(teacher).
    case values = "1 - RMS error"

    /// `points of accuracy lost`
    public var name: String { "points of \(rawValue) lost" }
  }

  /// What the points are of: right answers by the labels, the teacher's less the student's; answers that are the teacher's;
  /// average precision at an overlap of 0.5; the teacher's objects above 50 %; or 1 - RMS(student - teacher) /
  /// RMS(teacher).
  public var kind: Kind
  /// Percentage points; below 0 where the student is right more often than the teacher, infinite
  /// where its answers are no numbers.
  public var points: Double
  /// Over which they were counted.
  public var samples: Int

  public init(kind: Kind, points: Double, samples: Int) {
    (self.kind, self.points, self.samples) = (kind, points, samples)
  }

  /// Whether no more than so many points are lost.
  public func isWithin(_ limit: Double) -> Bool { points <= limit }
}
