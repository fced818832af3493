import Detection

/// What was counted while a teacher and a student answered the same samples.
///
///     var count = AnswerCount(.classes([.largest]))
///     count.add(teacher: [[0.1, 0.9]], student: [[0.2, 0.7]], samples: 1, labels: [1])
///     count.loss.points  // 0, of accuracy
public struct AnswerCount: Equatable, Sendable {
  public let reading: AnswerReading
  public private(set) var samples = 0
  private var labelled = 0
  private var teacherRight = 0
  private var studentRight = 0
  private var agreeing = 0
  /// What a detector and its teacher find; nil for every other network.
  public private(set) var objects: ObjectCount?
  private var squaredDifference = 0.0
  private var squaredTeacher = 0.0

  public init(_ reading: AnswerReading) {
    self.reading = reading
    if case .objects = reading { objects = ObjectCount() }
  }

  /// Counts the answers to some samples.
  ///
  /// - Parameters:
  ///   - teacher: the numbers of each output, row-major by sample.
  ///   - student: the same of the student or the blob.
  ///   - labels: of each sample the right class, where these are known; used by networks with one
  ///     answer a sample.
  ///   - known: of each sample what is known to be in it; used by detectors.
  public mutating func add(
    teacher: [[Float]], student: [[Float]], samples: Int, labels: [Int]? = nil, known: [[KnownObject]]? = nil
  ) {
    precondition(teacher.count == student.count && (labels?.count ?? samples) == samples)
    self.samples += samples
    switch reading {
    case .objects(let reading):
      objects?.add(reading.found(teacher, samples), reading.found(student, samples), known: known.map(reading.counted))
    case .values:
      for (a, b) in zip(teacher, student) { addValues(a, b) }
    case .classes(let rules):
      precondition(rules.count == teacher.count)
      var agree = [Bool](repeating: true, count: samples)
      for (output, rule) in rules.enumerated() {
        Self.rows(teacher[output], student[output], samples) { sample, teacher, student in
          if agree[sample] { agree[sample] = rule.agrees(teacher, student) }
          guard rules.count == 1, let label = labels?[sample] else { return }
          labelled += 1
          if rule.answer(teacher) == label { teacherRight += 1 }
          if rule.answer(student) == label { studentRight += 1 }
        }
      }
      agreeing += agree.count { $0 }
    }
  }

  /// Counts what was counted elsewhere, of the same networks and read alike.
  public mutating func add(_ other: AnswerCount) {
    precondition(reading == other.reading)
    samples += other.samples
    labelled += other.labelled
    teacherRight += other.teacherRight
    studentRight += other.studentRight
    agreeing += other.agreeing
    if let others = other.objects { objects?.add(others) }
    squaredDifference += other.squaredDifference
    squaredTeacher += other.squaredTeacher
  }

  private mutating func addValues(_ teacher: [Float], _ student: [Float]) {
    for (a, b) in zip(teacher, student) {
      let difference = Double(b) - Double(a)
      squaredDifference += difference * difference
      squaredTeacher += Double(a) * Double(a)
    }
  }

  /// Calls `body` with each sample's number and its numbers of an output, the teacher's and the student's.
  package static func rows(
    _ teacher: [Float], _ student: [Float], _ samples: Int,
    _ body: (Int, UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
  ) {
    let width = teacher.count / max(samples, 1)
    teacher.withUnsafeBufferPointer { teacher in
      student.withUnsafeBufferPointer { student in
        for sample in 0..<samples {
          let row = sample * width..<(sample + 1) * width
          body(
            sample, UnsafeBufferPointer(rebasing: teacher[row]),
            UnsafeBufferPointer(rebasing: student[row]))
        }
      }
    }
  }

  // MARK: What came of it

  /// The teacher's right answers by the labels; nil without labels.
  public var teacherAccuracy: AnswerShare? {
    labelled > 0 ? AnswerShare(right: teacherRight, of: labelled) : nil
  }

  /// The student's right answers by the labels; nil without labels.
  public var studentAccuracy: AnswerShare? {
    labelled > 0 ? AnswerShare(right: studentRight, of: labelled) : nil
  }

  /// Samples answered as the teacher does; of a detector the teacher's objects above 80 % that are found; nil where
  /// numbers are the answer.
  public var agreement: AnswerShare? {
    switch reading {
    case .classes: AnswerShare(right: agreeing, of: samples)
    case .objects: objects.map { AnswerShare(right: $0.agreement.above80.found, of: $0.agreement.above80.teacher) }
    case .values: nil
    }
  }

  /// 1 - RMS(student - teacher) / RMS(teacher), at most 1, 0 where the teacher gives zeros alone and
  /// the student does not, negative infinity where an answer is no number; nil for classes.
  public var valueAgreement: Double? {
    guard reading == .values else { return nil }
    if squaredDifference == 0 { return 1 }
    guard squaredTeacher > 0 else { return squaredDifference.isFinite ? 0 : -.infinity }
    let ratio = (squaredDifference / squaredTeacher).squareRoot()
    return ratio.isFinite ? 1 - ratio : -.infinity
  }

  /// How near the student is to the teacher, at most 1, by the task: the share of samples answered
  /// alike, or ``valueAgreement``.
  public var closeness: Double { valueAgreement ?? agreement?.share ?? 1 }

  /// What the student has lost.
  public var loss: AnswerLoss {
    let kind = reading.lossKind(labelled: labelled > 0 || objects?.isLabelled == true)
    switch kind {
    case .accuracy:
      return AnswerLoss(
        kind: kind, points: 100 * Double(teacherRight - studentRight) / Double(labelled),
        samples: labelled)
    case .agreement:
      return AnswerLoss(
        kind: kind, points: 100 * Double(samples - agreeing) / Double(max(samples, 1)),
        samples: samples)
    case .precision, .objects: return AnswerLoss(kind: kind, points: objects?.lost ?? 0, samples: samples)
    case .values:
      return AnswerLoss(kind: kind, points: 100 * (1 - (valueAgreement ?? 1)), samples: samples)
    }
  }
}
