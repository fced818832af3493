import ModelGraph
import Tensors
import Testing

struct OperationFactsTests {
  private static let ids = (0..<4).map { ParameterID($0) }

  /// One of each operation.
  static let all: [ModelGraph.Operation] = [
    .convolution(Convolution(weight: ids[1], bias: ids[0], window: Window(kernel: [3, 1]), groups: 2)),
    .convolution(Convolution(weight: ids[1], bias: nil, window: Window(kernel: [1, 1]))),
    .dense(Dense(weight: ids[2], bias: ids[3])), .dense(Dense(weight: ids[2], bias: nil)),
    .affine(scale: ids[0], shift: ids[1]), .activation(.clip(low: -1, high: 2)),
    .function(MathFunction(.power, 0.5)), .matrixProduct,
    .prelu(slope: ids[3]), .softmax(axis: 1), .softmax(axis: 0, beta: 2), .logSoftmax(axis: 1),
    .argMax(axis: 1), .argMax(axis: 0, ofLeast: true), .maxPool(Window(kernel: [2, 2])),
    .averagePool(Window(kernel: [2, 2]), countsPadding: true), .globalAveragePool, .binary(.divide),
    .constant(ids[2]), .concat(axis: 2), .pad(Padding(before: [1], after: [2], mode: .edge)),
    .reshape([2, 3]), .transpose([1, 0]), .gather([0, 2]), .slide(axis: 1), .requantize,
    .lstm(LSTM(.cell, frame: 1, limit: 2)), .lstm(LSTM(.hidden)),
    .resize(Resize(mode: .linear, axes: [Resize.Axis(size: 2, step: 1), Resize.Axis(size: 3, step: 1, unit: 2)])),
  ]

  @Test(arguments: all) func factsAreThoseOfTheirOperation(_ operation: ModelGraph.Operation) {
    #expect(operation.replacingParameters { $0 } == operation)
    #expect(!operation.name.isEmpty)
  }

  @Test(arguments: all) func everyParameterIsReplaced(_ operation: ModelGraph.Operation) {
    let moved = operation.replacingParameters { ParameterID($0.index + 10) }
    #expect(moved.parameterIDs == operation.parameterIDs.map { ParameterID($0.index + 10) })
  }

  @Test(arguments: all) func aLayersParametersAreSetAndNothingElse(_ operation: ModelGraph.Operation) {
    guard let layer = operation.layer else { return }
    var other = operation
    other.layer?.weight = ParameterID(7)
    other.layer?.bias = ParameterID(8)
    #expect(other.parameterIDs == [7, 8].map { ParameterID($0) })
    #expect(other.layer?.window == layer.window && other.layer?.groups == layer.groups)
    other.layer = layer
    #expect(other == operation)
  }

  @Test func setsAreNamedByTheirLeastMember() {
    var sets = DisjointSets(count: 5)
    let joined = [sets.join(4, 2), sets.join(2, 1), sets.join(1, 4)]
    #expect(joined == [true, true, false])
    let new = sets.add(2)
    #expect(new == 5..<7)
    sets.join(6, 0)
    #expect(sets.roots == [0, 1, 1, 3, 1, 5, 0])
  }
}
