import FixedPoint
import ModelGraph
import ModelLoading
import Simplification
import TestSupport
import Testing

@testable import Lowering

/// How many bits the rows of published networks need.
@Suite(.enabled(if: !SharedFiles.zoo.isEmpty, Comment(rawValue: SharedFiles.absence)))
struct ExactScalingOfZooTests {
  /// Median and most bits behind the leading one, of rows alone; and bytes a row by the widths of layers,
  /// for multiplier and bias.
  @Test(arguments: [
    ("mlperf-resnet8-int8", 21, 25, 5.1), ("mlperf-ad-int8", 21, 24, 1.8), ("mlperf-vww-int8", 21, 27, 5.4),
  ])
  func rowsAreShort(name: String, median: Int, most: Int, bytes: Double) throws {
    let graph = try ModelLoader.load(path: SharedFiles.zooFile(name + ".tflite")).graph
      .exactlyWithoutDeadUnits()
    var (alone, bits): ([Int], Int) = ([], 0)
    for (layer, sums) in zip(graph.layers, ByteRanges(graph).layers) {
      let rows = ExactRow.rows(try #require(sums))
      let output = try graph.output(of: layer)
      alone += try rows.map { try #require(ExactScaling([$0], output: output)).mantissaBits }
      bits += try #require(ExactScaling(rows, output: output)).bits
    }
    alone.sort()
    #expect(alone[alone.count / 2] == median && alone.last == most)
    #expect(Double(bits) / 8 / Double(alone.count) <= bytes)
  }
}

extension ExactScaling {
  /// Of multipliers and biases as they are stored.
  fileprivate var bits: Int {
    let own = common == nil ? (mantissaBits + exponentBits) * rows.count : 36
    return own + biasBits * rows.count
  }
}

extension Graph {
  /// With the clamp of the rectifier behind the layer.
  fileprivate func output(of layer: Layer) throws -> ExactOutput {
    let node = nodes[layer.nodeIndex]
    let integers = try #require(self[node.output].integers)
    let zero = Int(integers.zeroPoints[0])
    guard let reader = nodes.first(where: { $0.inputs == [node.output] }),
      case .activation(let activation) = reader.operation
    else { return ExactOutput(zeroPoint: zero) }
    var high = Float.infinity
    if case .clip(_, let limit) = activation { high = limit }
    let bytes = ByteEncoding(scale: integers.scales[0], zeroPoint: Int32(zero)).bytes(low: 0, high: high)
    return ExactOutput(zeroPoint: zero, clamp: Int(bytes.lowerBound)...Int(bytes.upperBound))
  }
}
