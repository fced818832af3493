import Foundation
import Tensors
import Testing

@testable import ModelGraph

struct DetectionHeadTests {
  /// One convolution of 2 anchors and 3 classes.
  private static func detector() throws -> Graph {
    var graph = Graph()
    let x = graph.addInput(name: "image", shape: [1, 4, 6])
    let weight = graph.addParameter(name: "w", role: .weight, tensor: Tensor(shape: [16, 1, 1, 1]))
    let convolution = Convolution(weight: weight, bias: nil, window: Window(kernel: [1, 1]))
    graph.addOutput(try graph.addNode(name: "boxes", .convolution(convolution), inputs: [x]))
    graph.addHead(head())
    return graph
  }

  private static func head(
    output: String = "boxes", anchors: [(Double, Double)] = [(10, 14), (23, 27)], classes: Int = 3,
    scaleXY: Double = 1.05, inputWidth: Int = 6
  ) -> DetectionHead {
    DetectionHead(
      output: output, kind: .yolo, anchors: anchors.map { .init(width: $0, height: $1) }, classCount: classes,
      scaleXY: scaleXY, inputWidth: inputWidth, inputHeight: 4)
  }

  @Test func copiesOfAGraphKeepItsHeads() throws {
    let graph = try Self.detector()
    try graph.verify()
    #expect(graph.heads == [Self.head()])
    #expect(graph.heads.map { graph.outputIndex(of: $0) } == [0])
    #expect(graph.foldingAffine().heads == graph.heads)
    #expect(graph.inNumbers.heads == graph.heads)
    let structure = try JSONDecoder().decode(
      Graph.Structure.self, from: try JSONEncoder().encode(graph.structure))
    #expect(try Graph(structure: structure, tensors: graph.parameters.map(\.tensor.values)) == graph)
  }

  @Test func aStructureWithoutHeadsIsOneOfNone() throws {
    let text = try JSONEncoder().encode(try GraphTests.small().structure)
    #expect(!String(decoding: text, as: UTF8.self).contains("heads"))
    #expect(try JSONDecoder().decode(Graph.Structure.self, from: text).heads == nil)
  }

  @Test func headsThatDoNotFitTheirOutputAreRefused() throws {
    let others = [
      Self.head(output: "box"), Self.head(classes: 4), Self.head(classes: .max), Self.head(classes: -1),
      Self.head(anchors: []), Self.head(anchors: [(10, 14), (0, 1)]), Self.head(anchors: [(.nan, 1), (1, 1)]),
      Self.head(scaleXY: .infinity), Self.head(inputWidth: 0),
    ]
    for head in others {
      var graph = try Self.detector()
      graph.heads = [head]
      #expect(throws: GraphError.self) { try graph.verify() }
    }
  }
}
