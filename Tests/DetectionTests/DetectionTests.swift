import Foundation
import ModelGraph
import Testing

import Detection

/// What OpenCV and pycocotools give: Tests/Detection/make.py.
private struct Oracle: Decodable {
  struct Head: Decodable {
    let name: String
    let kind: DetectionHead.Kind
    let fields: [String: Double]
    let raw, rows: [Float]
  }

  struct Suppression: Decodable {
    let corners: [[Float]]
    let confidences: [Float]
    let kept: [Int]
  }

  struct Precision: Decodable {
    let photographs: Int
    let found, known: [[Float]]
    let at50, at50To95: Double
  }

  let heads: [Head]
  let suppression: Suppression
  let precision: Precision

  static let kept: Oracle = {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = tests.appendingPathComponent("Detection/detection.json")
    return try! JSONDecoder().decode(Oracle.self, from: Data(contentsOf: file))
  }()
}

private func box(_ numbers: ArraySlice<Float>) -> Box {
  let n = Array(numbers)
  return Box(centreX: n[0], centreY: n[1], width: n[2], height: n[3])
}

private func object(_ number: Int, _ confidence: Float, _ x: Float, _ y: Float = 0.5) -> DetectedObject {
  DetectedObject(
    classNumber: number, confidence: confidence, box: Box(centreX: x, centreY: y, width: 0.2, height: 0.2))
}

@Suite struct HeadDecodingTests {
  private func head(_ oracle: Oracle.Head) -> DetectionHead {
    let unit: Double = oracle.kind == .region ? 16 : 1
    return DetectionHead(
      output: "y", kind: oracle.kind,
      anchors: [.init(width: 10 / unit, height: 14 / unit), .init(width: 23 / unit, height: 27 / unit)],
      classCount: 3, classScores: oracle.fields["softmax"] == 1 ? .softmax : .logistic,
      scaleXY: oracle.fields["scale_x_y"] ?? 1, hasNewCoordinates: oracle.fields["new_coords"] == 1, inputWidth: 4,
      inputHeight: 2)
  }

  /// OpenCV leaves out what is below its own threshold, so every finding of its rows is looked for.
  @Test func boxesAreOpenCVs() throws {
    for oracle in Oracle.kept.heads {
      var found: [DetectedObject] = []
      head(oracle).decode(oracle.raw[...], gridWidth: 4, gridHeight: 2, above: 0, into: &found)
      #expect(found.count == 4 * 2 * 2 * 3)
      var seen = 0
      for start in stride(from: 0, to: oracle.rows.count, by: 8) {
        let row = oracle.rows[start..<(start + 8)]
        let wanted = box(row.prefix(4))
        for (number, confidence) in row.suffix(3).enumerated() where confidence > 0 {
          seen += 1
          let isThere = found.contains {
            $0.classNumber == number && abs($0.confidence - confidence) < 1e-5 && isNear($0.box, wanted)
          }
          #expect(isThere, "\(oracle.name): class \(number), \(confidence), \(wanted)")
        }
      }
      #expect(seen > 8, "\(oracle.name)")
    }
  }

  private func isNear(_ a: Box, _ b: Box) -> Bool {
    zip([a.centreX, a.centreY, a.width, a.height], [b.centreX, b.centreY, b.width, b.height]).allSatisfy {
      abs($0 - $1) <= 1e-5 * max(1, abs($1))
    }
  }

  private let one = DetectionHead(
    output: "y", kind: .yolo, anchors: [.init(width: 2, height: 4)], classCount: 1, inputWidth: 8, inputHeight: 8)

  /// A photograph of 8 x 4 in a letterbox of 8 x 8: its upper border is at a quarter.
  @Test func boxesAreOfThePhotograph() {
    var found: [DetectedObject] = []
    let frame = Frame(left: 0, top: 0.25, width: 1, height: 0.5)
    one.decode([0, 0, 0, 0, 9, 9], gridWidth: 1, gridHeight: 1, above: 0.5, frame: frame, into: &found)
    #expect(found.map(\.box) == [Box(centreX: 0.5, centreY: 0.5, width: 0.25, height: 1)])
  }

  @Test func numbersThatAreNoneFindNothing() {
    var found: [DetectedObject] = []
    for numbers in [[.nan, 0, 0, 0, 9, 9], [0, 0, .infinity, 0, 9, 9], [0, 0, 0, 0, .nan, 9], [0, 0, 0, 0, 9, .nan]] {
      one.decode(numbers.map(Float.init)[...], gridWidth: 1, gridHeight: 1, above: 0.01, into: &found)
    }
    #expect(found.isEmpty)
  }

  /// Above the threshold, and not at it: a logistic of 0 is a half, and its square a quarter.
  @Test func thresholdIsPassed() {
    for (threshold, count) in [(0.25, 0), (0.2499, 1)] as [(Float, Int)] {
      var found: [DetectedObject] = []
      one.decode([0, 0, 0, 0, 0, 0], gridWidth: 1, gridHeight: 1, above: threshold, into: &found)
      #expect(found.count == count)
    }
  }
}

@Suite struct SuppressionTests {
  @Test func whatStaysIsOpenCVs() {
    let oracle = Oracle.kept.suppression
    let found = zip(oracle.corners, oracle.confidences).map { corner, confidence in
      DetectedObject(
        classNumber: 0, confidence: confidence,
        box: Box(
          centreX: corner[0] + corner[2] / 2, centreY: corner[1] + corner[3] / 2, width: corner[2],
          height: corner[3]))
    }
    #expect(found.suppressed(above: 0.45).map(\.confidence) == oracle.kept.map { oracle.confidences[$0] })
  }

  @Test func classesDoNotSuppressEachOther() {
    let found = [object(0, 0.9, 0.5), object(1, 0.8, 0.5), object(0, 0.7, 0.51), object(1, 0.95, 0.9)]
    #expect(found.suppressed(above: 0.45).map(\.confidence) == [0.95, 0.9, 0.8])
    #expect([DetectedObject]().suppressed(above: 0.45).isEmpty)
  }
}

@Suite struct AveragePrecisionTests {
  private static let precision: AveragePrecision = {
    let oracle = Oracle.kept.precision
    var found = [[DetectedObject]](repeating: [], count: oracle.photographs)
    var known = [[KnownObject]](repeating: [], count: oracle.photographs)
    for row in oracle.found {
      found[Int(row[0])].append(
        DetectedObject(classNumber: Int(row[1]), confidence: row[2], box: box(row[3...])))
    }
    for row in oracle.known { known[Int(row[0])].append(KnownObject(classNumber: Int(row[1]), box: box(row[2...]))) }
    return AveragePrecision(found: found, known: known)
  }()

  @Test func averagesAreCOCOs() throws {
    let averages = try #require(Self.precision.averages)
    #expect(abs(averages.at50 - Oracle.kept.precision.at50) < 1e-9)
    #expect(abs(averages.at50To95 - Oracle.kept.precision.at50To95) < 1e-9)
  }

  /// Half the objects are found, the surest finding is wrong: 51 recalls of 101 have a precision of a half.
  @Test func averageByHand() throws {
    let precision = AveragePrecision(
      found: [[object(0, 0.9, 0.9), object(0, 0.8, 0.2)], []],
      known: [[KnownObject(object(0, 1, 0.2))], [KnownObject(object(0, 1, 0.2))]])
    let averages = try #require(precision.averages)
    #expect(abs(averages.at50 - 0.5 * 51 / 101) < 1e-12)
    #expect(abs(averages.at50To95 - averages.at50) < 1e-12)
  }

  @Test func withoutObjectsThereIsNoAverage() {
    #expect(AveragePrecision(found: [[object(0, 0.9, 0.9)]], known: [[]]).averages == nil)
    #expect(AveragePrecision(found: [], known: []).intervals(seed: 1) == nil)
  }

  @Test func intervalsHoldTheAverageAndRepeat() throws {
    let precision = Self.precision
    let averages = try #require(precision.averages)
    let intervals = try #require(precision.intervals(draws: 200, seed: 3))
    #expect(intervals == precision.intervals(draws: 200, seed: 3))
    #expect(intervals.at50[0] < averages.at50 && averages.at50 < intervals.at50[1])
    #expect(intervals.at50To95[0] < averages.at50To95 && averages.at50To95 < intervals.at50To95[1])
    #expect(precision.intervals(over: precision, draws: 50, seed: 3)?.at50 == [0, 0])
  }
}

@Suite struct AgreementTests {
  @Test func foundAddedAndChanged() throws {
    let teacher = [[object(0, 0.9, 0.2), object(0, 0.6, 0.8), object(1, 0.85, 0.2)], [object(2, 0.3, 0.5)]]
    let edge = [
      // The first is found, less surely; the second at another place; the third as another class.
      [object(0, 0.7, 0.22), object(0, 0.3, 0.5), object(2, 0.9, 0.2)],
      // The teacher finds it too, unsure as it is: nothing is added.
      [object(2, 0.95, 0.5)],
    ]
    let agreement = DetectionAgreement(teacher: teacher, edge: edge)
    #expect(agreement.above80.teacher == 2 && agreement.above80.found == 1 && agreement.above80.foundAbove50 == 1)
    #expect(agreement.above50.teacher == 3 && agreement.above50.found == 1)
    #expect(agreement.above80.added == 1 && agreement.above50.added == 1)
    #expect(abs(try #require(agreement.above80.meanChange) + 0.2) < 1e-6)
    #expect(agreement.above80.worstChange == agreement.above80.meanChange)
  }

  @Test func nothingFoundChangesNothing() {
    let agreement = DetectionAgreement(teacher: [[]], edge: [[]])
    #expect(agreement.above80 == agreement.above50 && agreement.above80.meanChange == nil)
  }
}
