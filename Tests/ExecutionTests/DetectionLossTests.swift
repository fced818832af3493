import Execution
import Foundation
import ModelGraph
import TestSupport
import Tensors
import Testing

struct DetectionLossTests {
  struct Head: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var kind = DetectionHead.Kind.yolo
    var classScores = DetectionHead.ClassScores.logistic
    var hasNewCoordinates = false
    var counted: [Int]?
  }

  static let heads = [
    Head(testDescription: "yolo"), Head(testDescription: "new coordinates", hasNewCoordinates: true),
    Head(testDescription: "region", kind: .region, classScores: .softmax),
    Head(testDescription: "classes of yolo", counted: [0, 2]),
    Head(testDescription: "a class of region", kind: .region, classScores: .softmax, counted: [1]),
  ]

  private func graph(_ head: Head, anchors: Int, classes: Int, _ height: Int, _ width: Int) -> Graph {
    var graph = Graph()
    graph.outputs = [graph.addInput(name: "y", shape: [anchors * (5 + classes), height, width])]
    graph.addHead(
      DetectionHead(
        output: "y", kind: head.kind, anchors: (0..<anchors).map { .init(width: 2 + Double($0), height: 3) },
        classCount: classes, classScores: head.classScores, scaleXY: 1.1, hasNewCoordinates: head.hasNewCoordinates,
        inputWidth: 8, inputHeight: 4))
    return graph.counting(head.counted)
  }

  @Test(arguments: heads, [DetectionLoss.Measure.squares, .objects])
  func slopesAreThoseOfTheLoss(head: Head, measure: DetectionLoss.Measure) {
    let graph = graph(head, anchors: 2, classes: 3, 2, 3)
    let shape = graph[graph.outputs[0]].shape
    let loss = Loss.detection(DetectionLoss(measure, of: graph))
    var net = NetBuilder(seed: 4)
    func values() -> [Float] {
      let values = net.tensor([2] + shape).values
      return head.hasNewCoordinates ? values.map { 0.2 + 0.6 / (1 + exp(-$0)) } : values
    }
    let (teacher, student) = (values(), values())
    var slopes = [Float](repeating: .nan, count: student.count)
    let total = loss.total(student, teacher, output: 0, shape: shape, samples: 2, gradient: &slopes, scale: 0.5)
    #expect(total > 0 && loss.total(teacher, teacher, output: 0, shape: shape, samples: 2) < 1e-4)
    for index in stride(from: 0, to: student.count, by: 5) {
      func moved(_ step: Float) -> Double {
        var values = student
        values[index] += step
        return loss.total(values, teacher, output: 0, shape: shape, samples: 2)
      }
      let step: Float = 1e-2
      let slope = 0.5 * (moved(step) - moved(-step)) / Double(2 * step)
      #expect(abs(slope - Double(slopes[index])) < 2e-3 + 0.02 * abs(slope), "\(index)")
    }
  }

  /// What a student says of a class that does not count is as good as anything else; and a cell in which the teacher sees
  /// such a class alone weighs like an empty one.
  @Test(arguments: [DetectionLoss.Measure.squares, .objects]) func otherClassesAreNotCompared(
    measure: DetectionLoss.Measure
  ) {
    let head = Head(testDescription: "", counted: [1])
    let (some, all) = (graph(head, anchors: 1, classes: 2, 1, 1), graph(Self.heads[0], anchors: 1, classes: 2, 1, 1))
    func divergence(_ graph: Graph, _ student: [Float]) -> Double {
      Loss.detection(DetectionLoss(measure, of: graph)).divergence(
        student: [Tensor(shape: [1, 7, 1, 1], values: student)],
        teacher: [Tensor(shape: [1, 7, 1, 1], values: [0, 0, 0, 0, 3, 8, -20])])
    }
    #expect(divergence(some, [0, 0, 0, 0, 3, -8, -20]) == 0)
    #expect(divergence(all, [0, 0, 0, 0, 3, -8, -20]) > 0.1)
    let unsure = [divergence(some, [0, 0, 0, 0, 0, 8, -20]), divergence(all, [0, 0, 0, 0, 0, 8, -20])]
    #expect(measure == .squares ? unsure[0] == unsure[1] : unsure[0] < 0.06 * unsure[1], "\(unsure)")
  }

  /// An objectness of three quarters for a half, everything else alike.
  @Test func valuesByHand() {
    let graph = graph(Self.heads[0], anchors: 1, classes: 1, 1, 1)
    let (teacher, student): ([Float], [Float]) = ([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, log(3), 0])
    func divergence(_ measure: DetectionLoss.Measure) -> Double {
      Loss.detection(DetectionLoss(measure, of: graph)).divergence(
        student: [Tensor(shape: [1, 6, 1, 1], values: student)], teacher: [Tensor(shape: [1, 6, 1, 1], values: teacher)])
    }
    #expect(abs(divergence(.squares) - 0.0625 / 6) < 1e-7)
    #expect(abs(divergence(.objects) - (0.05 + 0.5.squareRoot()) * 0.5 * log(4.0 / 3) / 6) < 1e-6)
  }
}
