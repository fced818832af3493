import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

/// Execution against the oracle, operation by operation.
struct ForwardTests {
  @Test(arguments: OperationCase.all + OperationCase.places)
  func operationAgreesWithItsDefinition(_ example: OperationCase) throws {
    var net = try example.direct(seed: 1)
    try net.graph.verify()
    let x = net.tensor([3] + example.shape)
    let found = try Executor(graph: net.graph).run(inputs: [x])
    let expected = Oracle(net.graph).outputs(x)
    #expect(found[0].shape == expected[0].shape)
    #expect(found[0].relativeDifference(from: expected[0]) < 2e-6)
  }

  @Test(arguments: OperationCase.all + OperationCase.places)
  func operationAgreesBehindOtherLayers(_ example: OperationCase) throws {
    var net = try example.trained(seed: 2, behindConvolution: example.shape.count == 3)
    let x = net.tensor([2, 3])
    let found = try Executor(graph: net.graph).run(inputs: [x])
    #expect(found[0].relativeDifference(from: Oracle(net.graph).outputs(x)[0]) < 5e-6)
  }

  @Test func everyValueOfANetAgrees() throws {
    var net = try NetBuilder.smallNet()
    let x = net.tensor([4, 2, 8, 8])
    let ids = net.graph.values.indices.map { ValueID($0) }
    let found = try Executor(graph: net.graph).values(ids, for: [x])
    for (value, expected) in zip(found, Oracle(net.graph).outputs(x, of: ids)) {
      #expect(value.relativeDifference(from: expected) < 2e-6)
    }
  }

  @Test func aWindowOfPaddingAloneGivesZero() throws {
    var net = NetBuilder(seed: 3)
    let x = net.input([1, 2, 2])
    let window = Window(kernel: [1, 1], padBefore: [1, 1], padAfter: [0, 0])
    net.graph.addOutput(try net.node(.maxPool(window), x))
    net.graph.addOutput(try net.node(.averagePool(window, countsPadding: false), x))
    let found = try Executor(graph: net.graph).run(
      inputs: [Tensor(shape: [1, 1, 2, 2], values: [1, 2, 3, 4])])
    // As Formats/Blob.md says of both pools, and as the C runtime does.
    #expect(found[0].values == [0, 0, 0, 0, 1, 2, 0, 3, 4])
    #expect(found[1].values == [0, 0, 0, 0, 1, 2, 0, 3, 4])
  }
}

/// Windows that no table would think of.
struct RandomWindowTests {
  @Test(arguments: 0..<40)
  func randomWindowAgrees(seed: UInt64) throws {
    for var net in [try NetBuilder.randomConvolution(seed), try NetBuilder.randomPool(seed)] {
      let image = net.tensor([3] + net.graph[net.graph.inputs[0]].shape)
      let found = try Executor(graph: net.graph).run(inputs: [image])[0]
      let expected = Oracle(net.graph).outputs(image)[0]
      #expect(found.relativeDifference(from: expected) < 2e-6, "\(net.graph.nodes)")
    }
  }
}
