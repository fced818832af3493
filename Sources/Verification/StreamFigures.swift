// Two networks that answer the same streams, frame by frame: where they decide alike, how what they answer drifts
// apart, and what a threshold makes of it.
//
// An event is a run of frames, one behind the other, that are labelled 1. It is missed where no frame of it is answered
// above the threshold; a run of answers above it that touches no event is one false accept.

import Execution

/// Decisions above a threshold beside those that are right.
public struct DecisionFigures: Codable, Equatable, Sendable {
  /// Above the threshold, and rightly.
  public private(set) var truePositives = 0
  /// Above the threshold, and not to be.
  public private(set) var falsePositives = 0
  /// Not above the threshold, and to be.
  public private(set) var falseNegatives = 0
  /// Not above the threshold, and rightly.
  public private(set) var trueNegatives = 0

  public init() {}

  package mutating func add(right: Bool, answered: Bool) {
    switch (right, answered) {
    case (true, true): truePositives += 1
    case (false, true): falsePositives += 1
    case (true, false): falseNegatives += 1
    case (false, false): trueNegatives += 1
    }
  }

  /// Of those that are right, how many were answered; nil where there are none.
  public var recall: Double? { share(truePositives, falseNegatives) }
  /// Of those that were answered, how many are right; nil where there are none.
  public var precision: Double? { share(truePositives, falsePositives) }
  /// The mean of what is found of either kind; nil where there is only one.
  public var balanced: Double? {
    guard let recall, let others = share(trueNegatives, falsePositives) else { return nil }
    return (recall + others) / 2
  }

  private func share(_ part: Int, _ rest: Int) -> Double? {
    part + rest > 0 ? Double(part) / Double(part + rest) : nil
  }
}

/// What is known of a stream's events.
public struct EventFigures: Codable, Equatable, Sendable {
  /// Runs of frames that are labelled as an event.
  public private(set) var events = 0
  /// Events in which no frame is above the threshold.
  public private(set) var misses = 0
  /// Runs of frames above the threshold that meet no event.
  public private(set) var falseAccepts = 0

  public init() {}

  /// Takes in a stream.
  ///
  /// - Parameters:
  ///   - labels: whether each frame is of an event.
  ///   - answers: whether each is answered above the threshold.
  package mutating func add(labels: [Bool], answers: [Bool]) {
    for run in Self.runs(labels) {
      events += 1
      if !answers[run].contains(true) { misses += 1 }
    }
    for run in Self.runs(answers) where !labels[run].contains(true) { falseAccepts += 1 }
  }

  private static func runs(_ frames: [Bool]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for (frame, isOn) in frames.enumerated() where isOn {
      if let last = runs.last, last.upperBound == frame {
        runs[runs.count - 1] = last.lowerBound..<frame + 1
      } else {
        runs.append(frame..<frame + 1)
      }
    }
    return runs
  }
}

/// A frame of a stream, both from 0.
public struct StreamPlace: Codable, Equatable, Sendable {
  /// Its stream, from 0.
  public var stream: Int
  /// Its number in the stream, from 0.
  public var frame: Int

  public init(stream: Int, frame: Int) { (self.stream, self.frame) = (stream, frame) }
}

/// Gathers streams that two networks answered.
package struct StreamFigures {
  /// How outputs are read; nil: their numbers are the answer.
  private let rules: [ClassRule]?
  package private(set) var streams = 0
  package private(set) var frames = 0
  /// Frames that are decided alike.
  package private(set) var alike = 0
  package private(set) var firstDeparture: StreamPlace?
  /// Numbers that are the same, and all of them.
  package private(set) var equal = 0
  package private(set) var numbers = 0
  package private(set) var firstDifference: StreamPlace?
  /// Against the teacher, a frame and a stream, where outputs are compared with a threshold.
  package private(set) var byFrame = DecisionFigures()
  package private(set) var byStream = DecisionFigures()
  /// Of each tenth of the streams, the squares of what the edge is off by, and how many numbers they are of.
  private var squares = [(difference: Double, numbers: Int)](repeating: (0, 0), count: 10)
  /// The squares of what the teacher answers.
  private var size = 0.0

  package init(_ reading: AnswerReading) {
    if case .classes(let rules) = reading { self.rules = rules } else { rules = nil }
  }

  /// Whether a threshold decides.
  package var hasThreshold: Bool { rules?.contains { if case .above = $0 { true } else { false } } ?? false }

  /// How far the edge's answers are from the teacher's in each tenth of the streams, their RMS by that of all of the
  /// teacher's answers; by 1 where these are all 0.
  package var drift: [Double] {
    let mean = size > 0 ? size / Double(max(numbers, 1)) : 1
    return squares.map { ($0.difference / Double(max($0.numbers, 1)) / mean).squareRoot() }
  }

  /// 1 - RMS(edge - teacher) / RMS(teacher), over all numbers; where the teacher's are all 0, 1 if the edge's are too, else 0.
  package var closeness: Double {
    let difference = squares.reduce(0) { $0 + $1.difference }
    if difference == 0 { return 1 }
    return size > 0 ? 1 - (difference / size).squareRoot() : 0
  }

  /// Takes in a stream.
  ///
  /// - Parameters:
  ///   - teacher: of each output the numbers of all its frames.
  ///   - edge: the same of the blob.
  /// - Returns: for each frame whether the edge answers any number above its threshold.
  @discardableResult
  package mutating func add(teacher: [[Float]], edge: [[Float]], frames count: Int) -> [Bool] {
    var (above, wanted) = ([Bool](repeating: false, count: count), false)
    for frame in 0..<count {
      var isAlike = true
      for output in teacher.indices {
        let width = teacher[output].count / max(count, 1)
        let (a, b) = (teacher[output][frame * width..<(frame + 1) * width], edge[output][frame * width..<(frame + 1) * width])
        add(a, b, at: StreamPlace(stream: streams, frame: frame), of: count)
        guard let rule = rules?[output] else { continue }
        isAlike = a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { rule.agrees(a, $0) } } && isAlike
        guard case .above(let threshold) = rule else { continue }
        for (x, y) in zip(a, b) { byFrame.add(right: x > threshold, answered: y > threshold) }
        if b.contains(where: { $0 > threshold }) { above[frame] = true }
        if a.contains(where: { $0 > threshold }) { wanted = true }
      }
      if isAlike { alike += 1 } else if firstDeparture == nil { firstDeparture = StreamPlace(stream: streams, frame: frame) }
    }
    byStream.add(right: wanted, answered: above.contains(true))
    (streams, frames) = (streams + 1, frames + count)
    return above
  }

  private mutating func add(_ teacher: ArraySlice<Float>, _ edge: ArraySlice<Float>, at place: StreamPlace, of count: Int) {
    let tenth = place.frame * 10 / max(count, 1)
    for (a, b) in zip(teacher, edge) {
      let difference = Double(b) - Double(a)
      squares[tenth].difference += difference * difference
      squares[tenth].numbers += 1
      size += Double(a) * Double(a)
      numbers += 1
      if a == b { equal += 1 } else if firstDifference == nil { firstDifference = place }
    }
  }
}
