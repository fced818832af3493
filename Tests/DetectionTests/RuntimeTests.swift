import CKinglet
import ModelGraph
import Testing
import Tensors

import Detection

/// kinglet_detect.h finds in the same numbers what `Detection` finds, in the same order.
@Suite struct RuntimeTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var kind = DetectionHead.Kind.yolo
    var classScores = DetectionHead.ClassScores.logistic
    var hasNewCoordinates = false
    var counted: [Int]?
  }

  static let kinds = [
    Kind(testDescription: "yolo"), Kind(testDescription: "new coordinates", hasNewCoordinates: true),
    Kind(testDescription: "region", kind: .region, classScores: .softmax),
    Kind(testDescription: "classes of yolo", counted: [0, 9]),
  ]

  private let (width, height, classes): (Int, Int, Int)
  private let anchors: [(Double, Double)] = [(12, 20), (40, 31), (90, 75)]

  init() { (width, height, classes) = (13, 9, 10) }

  private func head(_ kind: Kind) -> DetectionHead {
    let unit: Double = kind.kind == .region ? 16 : 1
    return DetectionHead(
      output: "y", kind: kind.kind, anchors: anchors.map { .init(width: $0.0 / unit, height: $0.1 / unit) },
      classCount: classes, classScores: kind.classScores, scaleXY: 1.05, hasNewCoordinates: kind.hasNewCoordinates,
      inputWidth: 208, inputHeight: 144
    ).counting(kind.counted)
  }

  private func found(_ head: DetectionHead, _ numbers: [Float], room: Int) -> [DetectedObject] {
    let sizes = head.anchors.flatMap { [Float($0.width), Float($0.height)] }
    let bits = head.countedClasses.map { counted in
      counted.reduce(into: [UInt8](repeating: 0, count: 2)) { $0[$1 / 8] |= 1 << UInt8($1 % 8) }
    }
    var objects = [kgl_object](repeating: kgl_object(), count: room)
    var count: UInt32 = 0
    sizes.withUnsafeBufferPointer { sizes in
      (bits ?? []).withUnsafeBufferPointer { bits in
        var own = kgl_head()
        own.kind = UInt8(head.kind == .yolo ? KGL_HEAD_YOLO : KGL_HEAD_REGION)
        own.flags = UInt8(
          (head.hasNewCoordinates ? KGL_HEAD_NEW_COORDINATES : 0)
            | (head.classScores == .softmax ? KGL_HEAD_SOFTMAX : 0))
        (own.anchor_count, own.class_count) = (UInt8(anchors.count), UInt16(classes))
        (own.grid_width, own.grid_height) = (UInt16(width), UInt16(height))
        (own.input_width, own.input_height) = (UInt16(head.inputWidth), UInt16(head.inputHeight))
        (own.scale_xy, own.anchors, own.scale) = (Float(head.scaleXY), sizes.baseAddress, 1)
        own.classes = head.countedClasses == nil ? nil : bits.baseAddress
        #expect(kgl_find_objects(&own, numbers, 0.2, &objects, UInt32(room), &count) == KGL_OK)
      }
    }
    let kept = kgl_suppress_objects(&objects, count, 0.45)
    return objects.prefix(Int(kept)).map {
      DetectedObject(
        classNumber: Int($0.class_number), confidence: $0.confidence,
        box: Box(centreX: $0.x, centreY: $0.y, width: $0.width, height: $0.height))
    }
  }

  @Test(arguments: kinds) func findsWhatDetectionFinds(kind: Kind) {
    let head = head(kind)
    var generator = SeededGenerator(seed: 5)
    let numbers = (0..<anchors.count * (5 + classes) * width * height).map { _ in
      kind.hasNewCoordinates ? abs(generator.nextNormal()) / 2 : 2 * generator.nextNormal()
    }
    var wanted: [DetectedObject] = []
    head.decode(numbers[...], gridWidth: width, gridHeight: height, above: 0.2, into: &wanted)
    wanted = wanted.suppressed(above: 0.45)
    let own = found(head, numbers, room: 4096)
    #expect(own.count == wanted.count && own.count > 20)
    for (a, b) in zip(own, wanted) {
      #expect(a.classNumber == b.classNumber && abs(a.confidence - b.confidence) < 1e-6)
      let pairs = zip(
        [a.box.centreX, a.box.centreY, a.box.width, a.box.height], [b.box.centreX, b.box.centreY, b.box.width, b.box.height])
      #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
    }
  }
}
