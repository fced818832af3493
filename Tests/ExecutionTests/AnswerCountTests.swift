import Detection
import Execution
import ModelGraph
import Testing

/// The loss of each task, by hand.
struct AnswerCountTests {
  private func count(
    _ reading: AnswerReading, _ teacher: [[Float]], _ student: [[Float]], labels: [Int]? = nil,
    samples: Int = 4
  ) -> AnswerCount {
    var count = AnswerCount(reading)
    count.add(teacher: teacher, student: student, samples: samples, labels: labels)
    return count
  }

  private let teacher: [Float] = [3, 1, 0, 2, 5, 4, 9, 8]
  private let student: [Float] = [3, 1, 2, 0, 5, 4, 9, 8]

  @Test func classesLoseAgreementWithoutLabels() {
    let found = count(.classes([.largest]), [teacher], [student])
    #expect(found.loss == AnswerLoss(kind: .agreement, points: 25, samples: 4))
    #expect(found.loss.kind.name == "points of agreement lost")
    #expect(found.agreement == AnswerShare(right: 3, of: 4))
    #expect(found.teacherAccuracy == nil && found.studentAccuracy == nil && found.valueAgreement == nil)
  }

  @Test func classesLoseAccuracyWithLabels() {
    let found = count(.classes([.largest]), [teacher], [student], labels: [1, 1, 0, 0])
    #expect(found.loss == AnswerLoss(kind: .accuracy, points: 25, samples: 4))
    #expect(found.teacherAccuracy == AnswerShare(right: 3, of: 4))
    #expect(found.studentAccuracy == AnswerShare(right: 2, of: 4))
    let gained = count(.classes([.largest]), [teacher], [student], labels: [0, 0, 0, 0])
    #expect(gained.loss.points == -25 && gained.loss.isWithin(0))
  }

  @Test(arguments: [0.5, 0] as [Float]) func aNumberIsAClassAboveTheThreshold(threshold: Float) {
    let (teacher, student): ([Float], [Float]) = ([0.9, 0.1, 0.6, -0.2], [0.7, 0.6, 0.5, -0.1])
    let found = count(.classes([.above(threshold)]), [teacher], [student], labels: [1, 0, 1, 0])
    // At 0.5 the student has one false alarm, and misses one that lies on the threshold.
    #expect(found.teacherAccuracy?.right == (threshold == 0.5 ? 4 : 3))
    #expect(found.studentAccuracy?.right == (threshold == 0.5 ? 2 : 3))
    #expect(found.agreement?.right == (threshold == 0.5 ? 2 : 4))
  }

  @Test func aNumberOfAPlaceIsTheClass() {
    let rule = ClassRule.place(of: 4)
    let found = count(.classes([rule]), [[3, 0, 2, 1]], [[3, 1, 2, 1]], labels: [3, 0, 0, 1])
    #expect(found.loss == AnswerLoss(kind: .accuracy, points: 25, samples: 4))
    #expect(found.agreement == AnswerShare(right: 3, of: 4))
    #expect(AnswerReading.classes([rule]).classCount(widths: [1]) == 4)
    #expect(AnswerReading.classes([rule]).classCount(widths: [6]) == nil)
    let several = count(.classes([rule]), [[3, 0, 2, 1]], [[3, 0, 2, 0]], samples: 2)
    #expect(several.agreement == AnswerShare(right: 1, of: 2))
    let none = count(.classes([rule]), [[1, 1]], [[4, .nan]], labels: [1, 1], samples: 2)
    #expect(none.studentAccuracy?.right == 0 && none.agreement?.right == 0)
  }

  @Test func severalNumbersAndOutputsAgreeAsAWhole() {
    let several = count(
      .classes([.above(0.5)]), [[0.9, 0.1, 0.6, 0.6]], [[0.8, 0.4, 0.6, 0.4]], samples: 2)
    #expect(several.agreement == AnswerShare(right: 1, of: 2))
    let two = count(
      .classes([.largest, .above(0)]), [teacher, [1, 1, -1, -1]], [student, [1, 1, 1, -1]],
      labels: [0, 0, 0, 0])
    // Sample 1 differs in the first output, sample 2 in the second; labels name no one of them.
    #expect(two.loss == AnswerLoss(kind: .agreement, points: 50, samples: 4))
  }

  @Test func valuesLoseTheRelativeRootMeanSquareOfAllOutputs() {
    let found = count(
      .values, [[3, 0, 0, 0], [0, 0, 4, 0]], [[3, 0, 0, 1], [0, 2, 4, 2]], labels: [0, 0, 0, 0])
    // sqrt(9) / sqrt(25)
    #expect(abs(found.loss.points - 60) < 1e-12 && found.loss.kind == .values)
    #expect(found.loss.kind.name == "points of 1 - RMS error lost")
    #expect(found.closeness == found.valueAgreement && found.agreement == nil)
    #expect(found.teacherAccuracy == nil)
    #expect(count(.values, [[0, 0]], [[0, 0]], samples: 2).loss.points == 0)
    #expect(count(.values, [[0, 0]], [[0, 1]], samples: 2).loss.points == 100)
  }

  @Test func whatIsNoNumberIsNoAnswer() {
    let broken = count(
      .classes([.largest]), [teacher], [[.nan, 1, 0, 2, .nan, .nan, 9, 8]], labels: [0, 1, 0, 0])
    #expect(broken.studentAccuracy?.right == 2 && broken.agreement?.right == 2)
    let values = count(.values, [[1, 1, 1, 1]], [[1, .nan, 1, 1]])
    #expect(values.loss.points == .infinity && !values.loss.isWithin(100))
    let threshold = count(.classes([.above(0)]), [[-1, -1, 1, 1]], [[.nan, -1, .nan, 1]])
    #expect(threshold.agreement?.right == 2)
  }

  @Test func countsAddUp() {
    var first = count(.classes([.largest]), [teacher], [student], labels: [1, 1, 0, 0])
    first.add(count(.classes([.largest]), [teacher], [student], labels: [1, 1, 0, 0]))
    #expect(first.samples == 8 && first.loss == AnswerLoss(kind: .accuracy, points: 25, samples: 8))
  }

  @Test func labelsNameTheClassesThatAreThere() {
    #expect(AnswerReading.classes([.largest]).classCount(widths: [7]) == 7)
    #expect(AnswerReading.classes([.above(0)]).classCount(widths: [1]) == 2)
    #expect(AnswerReading.classes([.above(0)]).classCount(widths: [3]) == nil)
    #expect(AnswerReading.classes([.largest, .largest]).classCount(widths: [7, 7]) == nil)
    #expect(AnswerReading.values.classCount(widths: [7]) == nil)
  }
}

/// The loss of a detector, by hand: one cell, one anchor over all of the input, two classes.
struct ObjectCountTests {
  private func reading(counting classes: [Int]? = nil) -> AnswerReading {
    var graph = Graph()
    graph.outputs = [graph.addInput(name: "y", shape: [7, 1, 1])]
    graph.addHead(
      DetectionHead(output: "y", kind: .yolo, anchors: [.init(width: 8, height: 8)], classCount: 2, inputWidth: 8, inputHeight: 8))
    return .objects(ObjectReading(of: graph.counting(classes)))
  }

  private func numbers(_ objectness: Float, _ first: Float, _ second: Float) -> [Float] {
    [0, 0, 0, 0, objectness, first, second]
  }

  private let whole = Box(centreX: 0.5, centreY: 0.5, width: 1, height: 1)

  /// Of two objects above 80 % the student finds one: unsure of it, but of no other class.
  @Test func withoutLabelsTheTeachersObjectsAreLost() throws {
    var count = AnswerCount(reading())
    count.add(
      teacher: [numbers(9, 9, -20) + numbers(9, -20, 9)], student: [numbers(-2, 9, -20) + numbers(9, 9, -20)], samples: 2)
    #expect(count.loss == AnswerLoss(kind: .objects, points: 50, samples: 2))
    #expect(count.loss.kind.name == "points of the teacher's objects lost")
    #expect(count.agreement == AnswerShare(right: 1, of: 2) && count.closeness == 0.5)
    #expect(count.studentAccuracy == nil && AnswerIntervals(count) == nil)
    var other = AnswerCount(reading())
    other.add(teacher: [numbers(9, 9, -20)], student: [numbers(9, 9, -20)], samples: 1)
    count.add(other)
    #expect(count.agreement == AnswerShare(right: 2, of: 3))
  }

  @Test func withLabelsPrecisionIs() throws {
    var count = AnswerCount(reading())
    let known = [[KnownObject(classNumber: 0, box: whole)], [KnownObject(classNumber: 1, box: whole)]]
    count.add(
      teacher: [numbers(9, 9, -20) + numbers(9, -20, 9)], student: [numbers(9, 9, -20) + numbers(-20, -20, 9)], samples: 2,
      known: known)
    #expect(count.loss == AnswerLoss(kind: .precision, points: 50, samples: 2))
    #expect(count.loss.kind.name == "points of AP50 lost" && count.objects?.precision?.teacher.at50 == 1)
  }

  @Test func classesThatDoNotCountAreNotLost() {
    var count = AnswerCount(reading(counting: [0]))
    let known = [[KnownObject(classNumber: 0, box: whole)], [KnownObject(classNumber: 1, box: whole)]]
    count.add(
      teacher: [numbers(9, 9, -20) + numbers(9, -20, 9)], student: [numbers(9, 9, -20) + numbers(-20, -20, 9)], samples: 2,
      known: known)
    #expect(count.loss.points == 0 && count.agreement == AnswerShare(right: 1, of: 1))
  }
}
