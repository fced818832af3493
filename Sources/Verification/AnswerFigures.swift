// What `verify --json` tells of each output: errors of numbers, or which classes are taken for which.

import Execution
import ModelGraph

/// One output, in the C runtime against its reference.
public struct OutputFigures: Codable, Equatable, Sendable {
  /// The output's, as in the teacher.
  public var name: String
  /// Mean absolute error against the teacher, in the output's units; nil where the output is a class.
  public var mae: Double?
  /// Root mean square error against the teacher, in the output's units; nil where the output is a class.
  public var rmse: Double?
  /// Of a list of at most ``matrixClasses`` classes, of numbers of so many places, or of a number and its threshold:
  /// samples, or numbers of places, a row for each class that is right and a column for each that was answered.
  public var confusion: [[Int]]?
  /// Each class, or each number that is compared with a threshold.
  public var classes: [ClassFigures]?
  /// Area under the receiver operating characteristic of one number, by the labels, 0 to 1; nil without these, or where
  /// only one class is there.
  public var auc: Double?
  /// The same of the teacher.
  public var teacherAUC: Double?

  /// More classes make a matrix that nobody reads.
  public static let matrixClasses = 100
}

/// One class against all others.
public struct ClassFigures: Codable, Equatable, Sendable {
  /// Of the class or, for a threshold, of the number within its output.
  public var index: Int
  /// Samples of the class that were answered so.
  public var truePositives: Int
  /// Samples of others that were answered so.
  public var falsePositives: Int
  /// Samples of the class that were answered otherwise.
  public var falseNegatives: Int
  /// Samples of others that were answered otherwise.
  public var trueNegatives: Int
  /// Of the samples that were answered so, how many are; nil where none was.
  public var precision: Double?
  /// Of the samples that are of the class, how many were answered so: the true positive rate; nil
  /// where there are none.
  public var recall: Double?
  /// Of the samples that are not, how many were answered so; nil where there are none.
  public var falsePositiveRate: Double?

  init(index: Int, truePositives: Int, answered: Int, present: Int, samples: Int) {
    self.index = index
    self.truePositives = truePositives
    (falsePositives, falseNegatives) = (answered - truePositives, present - truePositives)
    trueNegatives = samples - present - answered + truePositives
    precision = Self.share(truePositives, answered)
    recall = Self.share(truePositives, present)
    falsePositiveRate = Self.share(falsePositives, samples - present)
  }

  private static func share(_ count: Int, _ of: Int) -> Double? {
    of > 0 ? Double(count) / Double(of) : nil
  }
}

/// Gathers the figures of one output.
struct OutputTally {
  private let rule: ClassRule?
  private let width: Int
  private var absolute = 0.0
  private var squares = 0.0
  private(set) var numbers = 0
  private var samples = 0
  /// By class, or by number of a threshold.
  private var right: [Int]
  private var answered: [Int]
  private var present: [Int]
  private var matrix: [[Int]]?
  /// Of the edge and of the teacher, with the labels, where the output is one number.
  private var scores: [(edge: Float, teacher: Float, label: Int)] = []

  /// - Parameters:
  ///   - rule: nil where numbers are the answer.
  ///   - width: numbers of a sample.
  init(_ rule: ClassRule?, width: Int) {
    (self.rule, self.width) = (rule, width)
    let classes = Self.classes(rule, width)
    (right, answered) = ([Int](repeating: 0, count: classes), [Int](repeating: 0, count: classes))
    present = right
    if let rule, rule.isPlace || rule.isOneAnswer(width: width), classes <= OutputFigures.matrixClasses {
      matrix = [[Int]](repeating: right, count: classes)
    }
  }

  private static func classes(_ rule: ClassRule?, _ width: Int) -> Int {
    guard let rule else { return 0 }
    if case .place(let count) = rule { return count }
    return rule != .largest && width == 1 ? 2 : width
  }

  mutating func add(teacher: [Float], edge: [Float], samples count: Int, labels: [Int]?) {
    samples += count
    guard let rule else { return addErrors(teacher, edge) }
    AnswerCount.rows(teacher, edge, count) { sample, teacher, edge in
      add(rule, teacher, edge, label: labels?[sample])
    }
  }

  private mutating func addErrors(_ teacher: [Float], _ edge: [Float]) {
    for (a, b) in zip(teacher, edge) {
      let difference = Double(b) - Double(a)
      absolute += abs(difference)
      squares += difference * difference
    }
    numbers += teacher.count
  }

  private mutating func add(
    _ rule: ClassRule, _ teacher: UnsafeBufferPointer<Float>, _ edge: UnsafeBufferPointer<Float>,
    label: Int?
  ) {
    guard rule.isOneAnswer(width: width) else {
      for index in 0..<width {
        let own = index..<index + 1
        if case .place = rule {
          count(
            rule.answer(UnsafeBufferPointer(rebasing: edge[own])),
            rule.answer(UnsafeBufferPointer(rebasing: teacher[own])))
          continue
        }
        let wanted = rule.answer(UnsafeBufferPointer(rebasing: teacher[own])) == 1
        let found = rule.answer(UnsafeBufferPointer(rebasing: edge[own])) == 1
        if wanted { present[index] += 1 }
        if found { answered[index] += 1 }
        if wanted && found { right[index] += 1 }
      }
      return
    }
    if width == 1, !rule.isPlace, let label { scores.append((edge[0], teacher[0], label)) }
    count(rule.answer(edge), label ?? rule.answer(teacher))
  }

  private mutating func count(_ found: Int?, _ wanted: Int?) {
    if let found { answered[found] += 1 }
    guard let wanted else { return }
    present[wanted] += 1
    if found == wanted { right[wanted] += 1 }
    if let found { matrix?[wanted][found] += 1 }
  }

  var sums: (absolute: Double, squares: Double) { (absolute, squares) }

  func figures(name: String) -> OutputFigures {
    var figures = OutputFigures(name: name)
    guard rule != nil else {
      figures.mae = absolute / Double(max(numbers, 1))
      figures.rmse = (squares / Double(max(numbers, 1))).squareRoot()
      return figures
    }
    figures.confusion = matrix
    figures.classes = right.indices.map { index in
      ClassFigures(
        index: index, truePositives: right[index], answered: answered[index],
        present: present[index], samples: rule?.isPlace == true ? samples * width : samples)
    }
    figures.auc = Self.areaUnderCurve(scores.map { ($0.edge, $0.label == 1) })
    figures.teacherAUC = Self.areaUnderCurve(scores.map { ($0.teacher, $0.label == 1) })
    return figures
  }

  /// The share of pairs of a positive and a negative sample in which the positive one has the larger
  /// score, equal scores counting half (Mann and Whitney 1947); nil where one kind is absent.
  static func areaUnderCurve(_ scores: [(score: Float, isPositive: Bool)]) -> Double? {
    let positives = scores.count { $0.isPositive }
    let negatives = scores.count - positives
    guard positives > 0, negatives > 0, !scores.contains(where: { $0.score.isNaN }) else { return nil }
    let sorted = scores.sorted { $0.score < $1.score }
    // Ranks count from 1; equal scores share the middle one.
    var (sum, start) = (0.0, 0)
    while start < sorted.count {
      var end = start
      while end < sorted.count && sorted[end].score == sorted[start].score { end += 1 }
      let rank = Double(start + 1 + end) / 2
      sum += rank * Double(sorted[start..<end].count { $0.isPositive })
      start = end
    }
    let (p, n) = (Double(positives), Double(negatives))
    return (sum - p * (p + 1) / 2) / (p * n)
  }
}

extension ClassRule {
  /// Whether an output of so many numbers is one class, rather than several that may or may not be.
  fileprivate func isOneAnswer(width: Int) -> Bool { self == .largest || width == 1 }

  /// Whether each number is a class by itself.
  fileprivate var isPlace: Bool { if case .place = self { true } else { false } }
}

/// The figures of all outputs.
package struct AnswerFigures {
  private let names: [String]
  private var tallies: [OutputTally]

  package init(_ reading: AnswerReading, of graph: Graph) {
    names = graph.outputs.map { graph[$0].name }
    tallies = graph.outputs.enumerated().map { index, output in
      let width = graph[output].shape.elementCount
      guard case .classes(let rules) = reading else { return OutputTally(nil, width: width) }
      return OutputTally(rules[index], width: width)
    }
  }

  /// Counts the answers to some samples, row-major for each output.
  package mutating func add(teacher: [[Float]], edge: [[Float]], samples: Int, labels: [Int]?) {
    for index in tallies.indices {
      tallies[index].add(
        teacher: teacher[index], edge: edge[index], samples: samples,
        labels: tallies.count == 1 ? labels : nil)
    }
  }

  package var outputs: [OutputFigures] { zip(tallies, names).map { $0.figures(name: $1) } }

  /// Over the numbers of all outputs together; nil where there are none but classes.
  package var errors: (mae: Double, rmse: Double)? {
    let numbers = tallies.reduce(0) { $0 + $1.numbers }
    guard numbers > 0 else { return nil }
    let absolute = tallies.reduce(0) { $0 + $1.sums.absolute }
    let squares = tallies.reduce(0) { $0 + $1.sums.squares }
    return (absolute / Double(numbers), (squares / Double(numbers)).squareRoot())
  }
}
