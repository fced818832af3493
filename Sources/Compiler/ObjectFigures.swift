// What a detector's figures are.

import Execution

/// How many of its teacher's objects a detector finds, and how right both are.
public struct ObjectFigures: Codable, Equatable, Sendable {
  /// Objects that the teacher finds with more than 80 %.
  public var teacherAbove80: Int
  /// How many of these the student finds: the same class, an overlap of a half, any confidence above 1 %.
  public var foundAbove80: Int
  /// Objects that the teacher finds with more than 50 %.
  public var teacherAbove50: Int
  /// How many of these the student finds: the same class, an overlap of a half, any confidence above 1 %.
  public var foundAbove50: Int
  /// The teacher's average precision at an overlap of 0.5, as COCO has it, 0 to 1; nil without labels.
  public var teacherAP50: Double?
  /// The student's average precision at an overlap of 0.5, 0 to 1; nil without labels.
  public var edgeAP50: Double?

  /// Nil for networks that find no objects.
  init?(_ count: AnswerCount) {
    guard let objects = count.objects else { return nil }
    let agreement = objects.agreement
    (teacherAbove80, foundAbove80) = (agreement.above80.teacher, agreement.above80.found)
    (teacherAbove50, foundAbove50) = (agreement.above50.teacher, agreement.above50.found)
    (teacherAP50, edgeAP50) = (objects.precision?.teacher.at50, objects.precision?.student.at50)
  }

  var text: String {
    func share(_ found: Int, _ all: Int, _ limit: Int) -> String { "\(found) of \(all) objects above \(limit) %" }
    let found = "found again \(share(foundAbove80, teacherAbove80, 80)), \(share(foundAbove50, teacherAbove50, 50))"
    guard let teacherAP50, let edgeAP50 else { return found }
    return found + ", AP50 \(Self.short(edgeAP50)), teacher \(Self.short(teacherAP50))"
  }

  private static func short(_ share: Double) -> String { "\((share * 1e4).rounded() / 1e4)" }
}
