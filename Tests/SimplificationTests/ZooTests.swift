import ModelGraph
import ModelLoading
import TestSupport
import Testing

@testable import Simplification

/// Published int8 networks: what is proved of them without a sample.
@Suite(.enabled(if: !SharedFiles.zoo.isEmpty, Comment(rawValue: SharedFiles.absence)))
struct ZooTests {
  /// Channels of layers, those that are constant, and what is left: weights, and those not 0.
  @Test(arguments: [
    ("mlperf-vww-int8", [2738, 1715, 29_066, 28_605]),
    ("mlperf-resnet8-int8", [346, 0, 77_360, 76_549]),
    ("mlperf-ad-int8", [1672, 0, 264_192, 239_697]),
  ])
  func deadChannelsAreProved(name: String, expected: [Int]) throws {
    let graph = try ModelLoader.load(path: SharedFiles.zooFile(name + ".tflite")).graph
    let channels = ByteRanges(graph).channels
    let small = graph.exactlyWithoutDeadUnits()
    let weights = small.layers.flatMap { small[$0.weight].integers?.integers ?? [] }
    let found = [
      channels.count, channels.count { $0.isOne }, weights.count, weights.count { $0 != 0 },
    ]
    #expect(found == expected)
  }
}

extension ByteRanges {
  /// Of all rows of all layers, behind the activation that follows.
  fileprivate var channels: [ClosedRange<Int>] {
    graph.layers.flatMap { layer in
      let output = graph.nodes[layer.nodeIndex].output
      let reader = graph.nodes.first { $0.inputs == [output] }
      guard let reader, case .activation = reader.operation else {
        return tracks[output.index]?.bytes ?? []
      }
      return tracks[reader.output.index]?.bytes ?? []
    }
  }
}
