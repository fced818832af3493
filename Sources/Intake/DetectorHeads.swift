// The heads of a detector between its graph and its blob.

import Blob
import Datasets
import ModelGraph

extension BlobHeads {
  /// What a blob keeps of a graph's heads; nil where it has none, or larger ones than a blob can say.
  package init?(of graph: Graph, fit: ImageFit.Method?) {
    var heads: [Head] = []
    for head in graph.heads {
      guard let output = graph.outputIndex(of: head), output < 256,
        Self.holds(
          anchors: head.anchors.count, classes: head.classCount, width: head.inputWidth, height: head.inputHeight)
      else { return nil }
      heads.append(Head(head, output: output))
    }
    guard !heads.isEmpty, heads.count < 256 else { return nil }
    let kept: Fit =
      switch fit {
      case nil: .unsaid
      case .stretch: .stretch
      case .letterbox: .letterbox
      }
    self.init(fit: kept, heads: heads)
  }

  /// How photographs are to be fitted; nil where nothing is said.
  package var fitMethod: ImageFit.Method? {
    switch fit {
    case .unsaid: nil
    case .stretch: .stretch
    case .letterbox: .letterbox
    }
  }
}

extension BlobHeads.Head {
  fileprivate init(_ head: DetectionHead, output: Int) {
    self.init(
      output: output, kind: head.kind == .yolo ? .yolo : .region, hasNewCoordinates: head.hasNewCoordinates,
      hasSoftmax: head.classScores == .softmax,
      anchors: head.anchors.map { Anchor(width: Float($0.width), height: Float($0.height)) },
      classCount: head.classCount, inputWidth: head.inputWidth, inputHeight: head.inputHeight,
      scaleXY: Float(head.scaleXY), countedClasses: head.countedClasses)
  }

  /// The head as a graph has it, its output called by its number.
  package var detectionHead: DetectionHead {
    var head = DetectionHead(
      output: "\(output)", kind: kind == .yolo ? .yolo : .region,
      anchors: anchors.map { .init(width: Double($0.width), height: Double($0.height)) }, classCount: classCount,
      classScores: hasSoftmax ? .softmax : .logistic, scaleXY: Double(scaleXY), hasNewCoordinates: hasNewCoordinates,
      inputWidth: inputWidth, inputHeight: inputHeight)
    head.countedClasses = countedClasses
    return head
  }
}
