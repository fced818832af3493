import ModelGraph
import TestSupport
import Testing

@testable import ModelLoading

/// Files that compute with integers, as graphs of integers.
@Suite struct TFLiteExactImportTests {
  @Test func aNetworkAndItsIntegers() throws {
    let graph = try TFLiteImporter.model(bytes: TFLiteSamples.int8.encoded).graph
    #expect(
      graph.nodes.map(\.operation.name) == [
        "reshape", "convolution", "relu", "max-pool", "reshape", "dense", "softmax",
      ])
    #expect(graph.values[0].integers == IntegerEncoding(.int8, scales: [0.5], zeroPoints: [-1]))
    #expect(graph[graph.outputs[0]].integers == IntegerEncoding(.int8, scales: [1.0 / 256], zeroPoints: [-128]))
    let layers = graph.layers
    let weights = try #require(graph[layers[0].weight].integers)
    #expect(weights.shape == [2, 1, 3, 3] && weights.integers == (0..<18).map { Int32($0 - 9) })
    #expect(weights.encoding == IntegerEncoding(.int8, scales: [0.25, 0.125], zeroPoints: [0, 0], axis: 0))
    let biases = try #require(layers[0].bias.flatMap { graph[$0].integers })
    #expect(biases.integers == [7, -70_000] && biases.encoding.scales == [0.125, 0.0625])
    // Columns of the plane [2, 2, 2] from rows, columns, channels to channels, rows, columns.
    let columns = try #require(graph[layers[1].weight].integers)
    let order: [Int32] = [0, 2, 4, 6, 1, 3, 5, 7]
    #expect(Array(columns.integers[..<8]) == order.map { 5 * $0 - 60 })
    #expect(layers[1].bias == nil)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sentence: String
    let file: TFLiteBytes

    init(_ name: String, _ sentence: String, _ change: (inout TFLiteBytes) -> Void) {
      (testDescription, self.sentence) = (name, sentence)
      file = TFLiteSamples.int8(change)
    }
  }

  private static let refusals = [
    Refusal("a pool that rescales", "MAX_POOL_2D_0 (MAX_POOL_2D): its output has another scale or zero point") {
      $0.tensors[4].scales = [0.5]
    },
    Refusal("a softmax of another scale", "SOFTMAX_0 (SOFTMAX): the reference gives 256ths") {
      $0.tensors[9].scales = [0.5]
    },
    Refusal("what the reference has not", "RELU_N1_TO_1_0 (RELU_N1_TO_1): TensorFlow Lite Micro has no such") {
      $0.operators[4] = TFLiteOperatorBytes(20, [8], [9])
    },
    Refusal("a cast", "CAST_0 (CAST): it casts a computed value") {
      $0.operators[4] = TFLiteOperatorBytes(53, [8], [9])
    },
    Refusal("float weights", "FULLY_CONNECTED_0 (FULLY_CONNECTED)") {
      $0.tensors[7] = .floats("v", [3, 8], [Float](repeating: 1, count: 24))
    },
    Refusal("float in the middle", "is not of int8 with one scale") {
      $0.tensors[8] = TFLiteTensorBytes("z", [1, 3])
    },
    Refusal("biases without integers", "its biases b are not int32") {
      $0.tensors[2] = .floats("b", [2], [1, 2])
    },
  ]

  @Test(arguments: refusals) func whatHasNoExactMeaningIsNamed(_ refusal: Refusal) throws {
    do throws(ModelLoadingError) {
      _ = try TFLiteImporter.model(bytes: refusal.file.encoded)
      Issue.record("it is read")
    } catch {
      #expect(error.sentence.contains(refusal.sentence), "\(error.sentence)")
    }
  }

  /// 42 1024ths for 41.5: the place of the last is 15.1.
  @Test(arguments: [(15, 370), (15, 120), (1, 256)]) func anImageIsNotReadBeyondItsEnd(_ sizes: (Int, Int)) throws {
    var file = TFLiteSamples.one(
      23, x: [1, 1, sizes.0, 1], y: [1, 1, sizes.1, 1], [.ints("size", [1, sizes.1])], optionsType: 15)
    for index in 0..<2 {
      file.tensors[index].type = 9
      (file.tensors[index].scales, file.tensors[index].zeroPoints) = ([0.5], [3])
    }
    do throws(ModelLoadingError) {
      _ = try TFLiteImporter.model(bytes: file.encoded)
      #expect(sizes != (15, 370))
    } catch {
      #expect(sizes == (15, 370) && error.sentence.contains("from 15 to 370 places the reference"), "\(error.sentence)")
    }
  }

  @Test func allThatHasNoneIsListed() throws {
    let file = TFLiteSamples.int8 {
      $0.tensors[4].scales = [0.5]
      $0.tensors[9].scales = [0.5]
    }
    do throws(ModelLoadingError) {
      _ = try TFLiteImporter.model(bytes: file.encoded)
      Issue.record("it is read")
    } catch {
      guard case .needs(let needs) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(needs.faults.count == 2, "\(error.sentence)")
    }
  }
}
