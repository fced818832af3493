import Blob
import Compiler
import Datasets
import Execution
import Lowering
import ModelGraph
import ModelLoading
import Quantization
import Simplification
import Tensors
import TestSupport
import Testing
import Verification

/// Dead units are folded and cut out, and nothing else is; answers stay.
struct DeadUnitsTests {
  // MARK: Chains of dense layers

  @Test func rowsWithoutWeightsGoAndTheirConstantsGoIntoBiases() throws {
    var net = NetBuilder(seed: 1)
    let x = try net.activation(.relu, try net.dense(net.input([6]), to: 5))
    net.output(try net.dense(x, to: 3))
    net.clear(layer: 0, rows: [1, 4])
    net.setBias(layer: 0, row: 1, to: 0.75)
    net.setBias(layer: 0, row: 4, to: -2)
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[3, 6], [3, 3]])
    let (old, new) = (net.graph, small)
    for row in 0..<3 {
      let weight = old.weights(of: 1)[row * 5 + 1]
      #expect(abs(new.biases(of: 1)[row] - (old.biases(of: 1)[row] + 0.75 * weight)) < 1e-6)
    }
  }

  @Test func unitsThatNobodyReadsGoWithAllTheyRead() throws {
    var net = NetBuilder(seed: 2)
    let a = try net.activation(.tanh, try net.dense(net.input([4]), to: 6))
    let b = try net.activation(.sigmoid, try net.dense(a, to: 5))
    net.output(try net.dense(b, to: 2))
    // Units 0 and 3 of b are not read; units 2 and 5 of a are read by those alone.
    net.clear(layer: 2, columns: [0, 3])
    net.clear(layer: 1, rows: [1, 2, 4], columns: [2, 5])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[4, 4], [3, 4], [2, 3]])
  }

  @Test func constantsRunThroughWholeLayers() throws {
    var net = NetBuilder(seed: 3)
    let a = try net.activation(.sigmoid, try net.dense(net.input([4]), to: 4))
    let b = try net.activation(.hardSwish, try net.dense(a, to: 4))
    net.output(try net.dense(b, to: 2))
    net.clear(layer: 0, rows: [0, 1])
    // Row 2 of the second layer reads the constant units alone.
    net.clear(layer: 1, rows: [2], columns: [2, 3])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[2, 4], [3, 2], [2, 3]])
  }

  @Test func outputsAndInputsKeepAllTheirUnits() throws {
    var net = NetBuilder(seed: 4)
    let x = net.input([6])
    let hidden = try net.dense(x, to: 4)
    net.output(hidden, try net.node(.softmax(axis: 0), try net.dense(hidden, to: 3)))
    net.clear(layer: 0, rows: [1])
    net.clear(layer: 0, columns: [0, 5])
    net.clear(layer: 1, rows: [2])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[4, 6], [3, 4]])
    // What is constant is still not read.
    #expect((0..<3).allSatisfy { small.weights(of: 1)[$0 * 4 + 1] == 0 })
  }

  @Test func aLayerThatIsDeadKeepsOneUnit() throws {
    var net = NetBuilder(seed: 5)
    let a = try net.activation(.relu, try net.dense(net.input([4]), to: 6))
    net.output(try net.dense(try net.activation(.relu, try net.dense(a, to: 5)), to: 2))
    net.clear(layer: 1, rows: Array(0..<5))
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[1, 4], [1, 1], [2, 1]])
    #expect((0..<3).allSatisfy { small.weights(of: $0).allSatisfy { $0 == 0 } })
  }

  @Test func denseLayersOverRowsLoseTheirColumns() throws {
    var net = NetBuilder(seed: 6)
    let a = try net.activation(.relu, try net.dense(net.input([3, 5]), to: 4))
    net.output(try net.dense(try net.node(.reshape([12]), a), to: 2))
    net.clear(layer: 0, rows: [2])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[3, 5], [2, 9]])
  }

  // MARK: Convolutions

  @Test func channelsGoThroughPoolsAndFlattening() throws {
    var net = NetBuilder(seed: 7)
    var x = try net.convolution(net.input([2, 9, 9]), to: 4, Window(kernel: [2, 2]))
    x = try net.node(.maxPool(Window(kernel: [2, 2], strides: [2, 2])), x)
    x = try net.activation(.relu, try net.affine(x))
    x = try net.convolution(x, to: 5, Window(kernel: [2, 2]))
    let window = Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1])
    x = try net.node(.averagePool(window, countsPadding: false), x)
    net.output(try net.dense(try net.node(.reshape([45]), x), to: 3))
    net.clear(layer: 0, rows: [0, 2])
    net.clear(layer: 1, rows: [3])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[2, 2, 2, 2], [4, 2, 2, 2], [3, 36]])
  }

  @Test func aChannelStaysWhileOneOfItsColumnsIsRead() throws {
    var net = NetBuilder(seed: 8)
    let x = try net.convolution(net.input([1, 4, 4]), to: 3, Window(kernel: [3, 3]))
    net.output(try net.dense(try net.node(.reshape([12]), x), to: 3))
    net.clear(layer: 1, columns: [0, 1, 2, 3, 4, 5, 7])
    #expect(try net.graph.checkedWithoutDeadUnits().weightShapes == [[2, 1, 3, 3], [3, 8]])
  }

  @Test func behindZeroPaddingOnlyZerosGo() throws {
    var net = NetBuilder(seed: 9)
    let x = try net.activation(.relu, try net.convolution(net.input([1, 5, 5]), to: 3, .square))
    net.output(try net.convolution(x, to: 2, .square))
    net.clear(layer: 0, rows: [0, 1])
    net.setBias(layer: 0, row: 0, to: 0.5)
    net.setBias(layer: 0, row: 1, to: -0.5)
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[2, 1, 3, 3], [2, 2, 3, 3]])
    #expect(small.biases(of: 0)[0] == 0.5)
  }

  @Test func depthwiseFiltersGoWithTheirChannels() throws {
    var net = NetBuilder(seed: 10)
    var x = try net.convolution(net.input([2, 6, 6]), to: 4, Window(kernel: [1, 1]))
    x = try net.convolution(try net.activation(.relu, x), to: 8, .square, groups: 4)
    x = try net.activation(.relu, x)
    net.output(try net.convolution(x, to: 3, Window(kernel: [1, 1])))
    // Channel 1 is cleared before, both filters of channel 2 are, and one filter of channel 3.
    net.clear(layer: 0, rows: [1])
    net.setBias(layer: 0, row: 1, to: -1)
    net.clear(layer: 1, rows: [4, 5, 6])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[2, 2, 1, 1], [4, 1, 3, 3], [3, 4, 1, 1]])
  }

  @Test func groupsOfSeveralChannelsStay() throws {
    var net = NetBuilder(seed: 11)
    let x = try net.convolution(net.input([4, 5, 5]), to: 4, Window(kernel: [1, 1]))
    let y = try net.convolution(x, to: 4, Window(kernel: [2, 2]), groups: 2)
    let z = try net.activation(.relu, y)
    net.output(try net.convolution(z, to: 2, Window(kernel: [1, 1])))
    net.clear(layer: 0, rows: [3])
    net.clear(layer: 1, rows: [2])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[4, 4, 1, 1], [4, 2, 2, 2], [2, 4, 1, 1]])
  }

  // MARK: Branches

  @Test func bothSidesOfAnAdditionGoTogether() throws {
    var net = NetBuilder(seed: 12)
    let x = try net.convolution(net.input([2, 4, 4]), to: 4, Window(kernel: [1, 1]))
    let y = try net.convolution(try net.activation(.relu, x), to: 4, Window(kernel: [1, 1]))
    let sum = try net.node(.binary(.add), x, y)
    net.output(try net.convolution(sum, to: 2, Window(kernel: [1, 1])))
    // Channel 1 is dead on both sides, 0 and 2 on one.
    net.clear(layer: 0, rows: [0, 1])
    net.clear(layer: 1, rows: [1, 2])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[3, 2, 1, 1], [3, 3, 1, 1], [2, 3, 1, 1]])
  }

  @Test func partsOfAConcatenationGoAlone() throws {
    var net = NetBuilder(seed: 13)
    let input = net.input([3, 4, 4])
    let x = try net.convolution(input, to: 3, Window(kernel: [1, 1]))
    let y = try net.convolution(input, to: 2, Window(kernel: [1, 1]))
    let both = try net.node(.concat(axis: 0), x, input, y)
    net.output(try net.convolution(both, to: 2, Window(kernel: [1, 1])))
    net.clear(layer: 0, rows: [2])
    net.clear(layer: 1, rows: [0])
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[2, 3, 1, 1], [1, 3, 1, 1], [2, 6, 1, 1]])
  }

  @Test func aGateIsCutWithWhatItScales() throws {
    var net = NetBuilder(seed: 14)
    let plane = try net.convolution(net.input([2, 4, 4]), to: 4, Window(kernel: [1, 1]))
    let x = try net.activation(.relu, plane)
    let mean = try net.node(.reshape([4]), try net.node(.globalAveragePool, x))
    let gate = try net.activation(.sigmoid, try net.dense(mean, to: 4))
    let scaled = try net.node(.binary(.multiply), x, try net.node(.reshape([4, 1, 1]), gate))
    net.output(try net.convolution(scaled, to: 2, .square))
    net.clear(layer: 0, rows: [2])
    net.setBias(layer: 0, row: 2, to: -1)
    let small = try net.graph.checkedWithoutDeadUnits()
    #expect(small.weightShapes == [[3, 2, 1, 1], [3, 3], [2, 3, 3, 3]])
  }

  @Test func transposedUnitsAreFound() throws {
    var net = NetBuilder(seed: 15)
    let x = try net.convolution(net.input([2, 3, 4]), to: 4, Window(kernel: [1, 1]))
    net.output(try net.dense(try net.node(.transpose([1, 2, 0]), x), to: 2))
    net.clear(layer: 0, rows: [1])
    #expect(try net.graph.checkedWithoutDeadUnits().weightShapes == [[3, 2, 1, 1], [2, 3]])
  }

  @Test func rowsThatBecomeAChannelGoTogether() throws {
    var net = NetBuilder(seed: 16)
    let x = try net.activation(.relu, try net.dense(net.input([3]), to: 12))
    net.output(try net.convolution(try net.node(.reshape([3, 2, 2]), x), to: 2, .square))
    net.clear(layer: 0, rows: [1, 4, 5, 6, 7])
    for row in 4..<8 { net.setBias(layer: 0, row: row, to: -0.5) }
    #expect(try net.graph.checkedWithoutDeadUnits().weightShapes == [[8, 3], [2, 2, 3, 3]])
  }

  // MARK: Any graph

  @Test(arguments: GraphCase.operations + CombinedGraphs.all)
  func everyOperationKeepsItsAnswers(_ example: GraphCase) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      var graph = try example.graph(seed: seed)
      graph.clearUnits(seed: seed)
      _ = try graph.checkedWithoutDeadUnits()
    }
  }

  @Test(arguments: 0..<150 as Range<UInt64>)
  func randomGraphsKeepTheirAnswers(seed: UInt64) throws {
    var graph = try RandomGraph.make(seed: seed)
    graph.clearUnits(seed: seed)
    _ = try graph.checkedWithoutDeadUnits("seed \(seed)")
  }

  @Test func aGraphWithoutDeadUnitsStaysAsItIs() throws {
    var net = NetBuilder(seed: 17)
    let x = try net.convolution(net.input([2, 6, 6]), to: 4, .square)
    net.output(try net.dense(try net.node(.reshape([144]), x), to: 3))
    #expect(net.graph.foldingDeadUnits() == net.graph)
    #expect(net.graph.withoutDeadUnits() == net.graph)
  }

  // MARK: Coded layers

  @Test(arguments: [nil, 4, 16])
  func codedLayersAreCutAsTheirGraphIs(levels: Int?) throws {
    for seed in 0..<60 as Range<UInt64> {
      var graph = try RandomGraph.make(seed: seed).student
      graph.clearUnits(seed: seed)
      let coded = try graph.layers.map { try BlobWeights(graph, $0, levels: levels) }
      let held = graph.withNumbers(of: coded)
      let small = BlobWeights.withoutDeadUnits(graph, coded)
      try small.graph.verify()
      #expect(small.graph == small.graph.withNumbers(of: small.layers))
      #expect(try small.graph.difference(from: held) <= 2e-3, "seed \(seed)")
      let again = BlobWeights.withoutDeadUnits(small.graph, small.layers)
      #expect(again.layers == small.layers && again.graph == small.graph)
    }
  }

  @Test func biasesThatTakeNothingInStayAsTheyAreStored() throws {
    var net = NetBuilder(seed: 18)
    let x = try net.activation(.relu, try net.dense(net.input([5]), to: 4))
    net.output(try net.dense(x, to: 3))
    net.clear(layer: 0, rows: [2])
    net.setBias(layer: 0, row: 2, to: -1)
    var coded = try net.graph.layers.map { try BlobWeights(net.graph, $0, levels: 16) }
    for index in coded.indices {
      coded[index].biases = .nearestIntegers(net.graph.biases(of: index))
    }
    let small = BlobWeights.withoutDeadUnits(net.graph, coded).layers
    #expect(small[1].biases == coded[1].biases)
    let old = coded[0].biases
    #expect(small[0].biases == StoredNumbers([0, 1, 3].map { old.values[$0] }, precision: old.precision))
  }
}

/// A net that was pruned hard, as others published it.
@Suite(.enabled(if: SharedFiles.areThere, Comment(rawValue: SharedFiles.absence)))
struct DeadUnitsOfSharedModelsTests {
  @Test func aSparseNetGetsSmallerAndAnswersTheSame() throws {
    let student = try ModelLoader.load(path: SharedFiles.model("lenet-300-100-dns-sparse")).graph
      .student
    let whole = try student.layers.map { try BlobWeights(student, $0, levels: 16) }
    let small = BlobWeights.withoutDeadUnits(student, whole)
    #expect(small.layers[0].rows < 100)
    #expect(small.layers.last?.rows == 10 && small.layers[0].columns == 784)
    let before = try student.blob(whole)
    let after = try small.graph.blob(small.layers)
    #expect(Double(after.count) < 0.95 * Double(before.count))
    var random = SeededGenerator(seed: 1)
    let input = Tensor(
      shape: [64, 784], values: (0..<64 * 784).map { _ in max(0, random.nextNormal()) })
    let answers = try [before, after].map {
      try EdgeWorkers($0, threads: 1).run([input], count: 64)[0]
    }
    let tensors = answers.map { Tensor(shape: [640], values: $0) }
    #expect(tensors[1].relativeDifference(from: tensors[0]) <= 1e-3)
  }
}
