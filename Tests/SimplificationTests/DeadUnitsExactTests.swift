import IntegerExecution
import ModelGraph
import Tensors
import Testing

@testable import Simplification

/// Units of integer graphs that are proved constant or unread go, and no answer changes.
struct DeadUnitsExactTests {
  private static let half = IntegerEncoding(.int8, scales: [0.5], zeroPoints: [-10])

  /// One input of half-steps about -10.
  private static func net(_ shape: [Int]) -> (ByteNetBuilder, ValueID) {
    var net = ByteNetBuilder(seed: 1)
    let x = net.input(shape)
    net.graph.values[x.index].integers = half
    return (net, x)
  }

  // MARK: Constants

  /// Row 1 of the first layer has no weights and gives 50 steps above the zero point.
  private static func withConstant(
    _ shape: [Int], steps: Int32 = 50
  ) throws -> (ByteNetBuilder, ValueID) {
    var (net, x) = net(shape)
    x = try net.layer(
      x, [3, 2, 1, 1], [5, -7, 0, 0, 100, 3], biases: [20, 100 * steps, -40], to: half)
    return (net, x)
  }

  @Test func aConstantMovesIntoBiasesWhereNothingIsPadded() throws {
    var (net, x) = try Self.withConstant([2, 3, 3])
    x = try net.layer(x, [2, 3, 1, 1], [1, 2, 3, 4, -5, 6], biases: [7, 8], to: Self.half)
    net.graph.addOutput(x)
    let small = try checked(net.graph)
    #expect(small.weights == [[5, -7, 100, 3], [1, 3, 4, 6]])
    #expect(small.biases == [[20, -40], [107, -242]])
  }

  @Test func aLayerWithoutBiasesGetsThem() throws {
    var (net, x) = try Self.withConstant([2, 3, 3])
    x = try net.layer(x, [2, 3, 1, 1], [1, 2, 3, 0, 0, 6], scales: [0.25, 2], to: Self.half)
    net.graph.addOutput(x)
    let small = try checked(net.graph)
    #expect(small.biases == [[20, -40], [100, 0]])
    #expect(small.layers[1].bias.flatMap { small[$0].integers?.encoding.scales } == [0.125, 1])
  }

  @Test func behindPaddingOnlyTapsThatNeverLeaveTheImageMove() throws {
    var (net, x) = try Self.withConstant([2, 3, 3])
    let window = Window(kernel: [3, 1], padBefore: [1, 0], padAfter: [1, 0])
    x = try net.layer(
      x, [1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9], biases: [0], window: window, to: Self.half)
    net.graph.addOutput(x)
    let small = try checked(net.graph)
    #expect(small.weights[1] == [1, 2, 3, 4, 0, 6, 7, 8, 9] && small.biases[1] == [250])
  }

  @Test func theZeroPointIsNothingPaddedOrNot() throws {
    var (net, x) = try Self.withConstant([2, 3, 3], steps: 0)
    let window = Window(kernel: [3, 1], padBefore: [1, 0], padAfter: [1, 0])
    x = try net.layer(
      x, [1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9], biases: [3], window: window, to: Self.half)
    net.graph.addOutput(x)
    let small = try checked(net.graph)
    #expect(small.weights[1] == [1, 2, 3, 7, 8, 9] && small.biases[1] == [3])
  }

  /// Through a padded depthwise layer a constant goes on where its borders give one byte.
  @Test(arguments: [(1, [2, 2, 2]), (40, [3, 3, 2])] as [(Int32, [Int])])
  func constantsGoThroughBordersThatGiveOneByte(weight: Int32, rows: [Int]) throws {
    var (net, x) = try Self.withConstant([2, 4, 4])
    let window = Window(kernel: [3, 1], padBefore: [1, 0], padAfter: [1, 0])
    // Sums of the constant row are 100 or 150 times the weight, of which bytes are 1 in 1,000.
    x = try net.layer(
      x, [3, 1, 3, 1], [100, 100, 100, weight, weight, weight, 90, 80, 70], scales: [0.001],
      biases: [0, 200, 0], window: window, groups: 3, to: Self.half)
    x = try net.layer(x, [2, 3, 1, 1], [1, 2, 3, 4, 5, 6], biases: [7, 8], to: Self.half)
    net.graph.addOutput(x)
    let small = try checked(net.graph)
    #expect(small.layers.map(\.rows) == rows)
  }

  // MARK: Rows that give one byte

  @Test func aSaturatedRowLosesItsWeights() throws {
    var (net, x) = Self.net([4])
    x = try net.layer(
      x, [2, 4], [1, 2, 3, 4, 100, 100, 100, 100], scales: [0.5], biases: [0, 200_000], to: Self.half)
    net.graph.addOutput(x)
    let small = try checked(net.graph)
    // An output stays; its bias is the least sum that it had.
    #expect(small.weights == [[1, 2, 3, 4, 0, 0, 0, 0]])
    #expect(small.biases == [[0, 152_800]])
  }

  @Test func aFactorOfZeroGivesTheZeroPoint() throws {
    var (net, x) = Self.net([2])
    x = try net.layer(
      x, [3, 2], [3, 4, 127, -127, 5, 6], scales: [0.1, 1e-20, 0.2], biases: [0, 1_073_741_952, 0],
      to: Self.half)
    net.graph.addOutput(try net.layer(x, [1, 3], [9, 10, 11], biases: [1], to: Self.half))
    let small = try checked(net.graph)
    #expect(small.weights == [[3, 4, 5, 6], [9, 11]] && small.biases == [[0, 0], [1]])
    #expect(small[small.layers[0].weight].integers?.encoding.scales == [0.1, 0.2])
  }

  @Test func sumsThatMayNotFitAreLeftAlone() throws {
    var (net, x) = Self.net([2])
    x = try net.layer(x, [1, 2], [127, 127], scales: [0.01], biases: [Int32.max - 100], to: Self.half)
    net.graph.addOutput(x)
    #expect(net.graph.exactlyWithoutDeadUnits() == net.graph)
    #expect(ByteRanges(net.graph).layers[0]?.rows == [nil])
  }

  // MARK: Units that nobody reads

  @Test func unitsThatNobodyReadsGoWithAllTheyRead() throws {
    var (net, x) = Self.net([3])
    let weights = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as [Int32]
    x = try net.layer(x, [4, 3], weights, scales: [0.1], biases: [1, 2, 3, 4], to: Self.half)
    x = try net.same(.activation(.relu), x)
    x = try net.layer(x, [2, 4], [1, 0, 3, 0, 0, 6, 0, 0], scales: [0.1], biases: [5, 6], to: Self.half)
    net.graph.addOutput(try net.layer(x, [1, 2], [9, 0], scales: [0.1], biases: [1], to: Self.half))
    let small = try checked(net.graph)
    #expect(small.weights == [[1, 2, 3, 7, 8, 9], [1, 3], [9]])
  }

  @Test func aLayerThatIsDeadKeepsOneUnit() throws {
    var (net, x) = Self.net([3])
    x = try net.layer(x, [2, 3], [1, 2, 3, 4, 5, 6], biases: [1, 2], to: Self.half)
    x = try net.layer(x, [2, 2], [0, 0, 0, 0], biases: [400, 800], to: Self.half)
    net.graph.addOutput(try net.layer(x, [2, 2], [1, 2, 3, 4], biases: [0, 0], to: Self.half))
    let small = try checked(net.graph)
    #expect(small.weights == [[0, 0, 0], [0], [0, 0]] && small.biases == [[0], [0], [20, 44]])
  }

  // MARK: Random graphs

  @Test(arguments: 0..<120) func answersOfRandomGraphsStayTheSame(seed: UInt64) throws {
    let shapes: [[[Int]]] = [[[3, 5, 4]], [[4, 3, 3], [4, 3, 3]], [[6]], [[2, 3, 2], [5]]]
    try checked(try RandomByteGraph.make(seed: seed, inputs: shapes[Int(seed % 4)]), "seed \(seed)")
  }

  /// Of one byte every input is tried.
  @Test(arguments: 0..<30) func everyInputIsAnsweredAlike(seed: UInt64) throws {
    let graph = try RandomByteGraph.make(seed: 1000 + seed, inputs: [[1, 1, 1]])
    try checked(graph, samples: (-128...127).map { [[Int8($0)]] }, "seed \(seed)")
  }

  // MARK: Checks

  /// The graph without its dead units: it answers alike, and has no more to lose. Every byte of every
  /// value is in its interval.
  @discardableResult
  private func checked(
    _ graph: Graph, samples: [[[Int8]]]? = nil, _ comment: Comment? = nil
  ) throws -> Graph {
    let small = graph.exactlyWithoutDeadUnits()
    try small.verify()
    #expect(small.nodes.map(\.name) == graph.nodes.map(\.name), comment)
    #expect(small.exactlyWithoutDeadUnits() == small, comment)
    let (ranges, executor, smaller) = (
      ByteRanges(graph), try IntegerExecutor(graph), try IntegerExecutor(small)
    )
    for sample in samples ?? Self.samples(graph) {
      let inputs = sample.map { IntegerElements.int8($0) }
      let values = try executor.values(of: inputs)
      let outputs = graph.outputs.map { values[$0.index] }
      #expect(try smaller.outputs(of: inputs) == outputs, comment)
      for (value, elements) in values.enumerated() {
        guard case .int8(let bytes) = elements, let track = ranges.tracks[value] else {
          Issue.record("a value is not of int8")
          continue
        }
        let shape = graph.extent(ValueID(value))
        let inner = shape[(track.axis + 1)...].elementCount
        let strays = bytes.indices.filter {
          !track.bytes[$0 / inner % shape[track.axis]].contains(Int(bytes[$0]))
        }
        #expect(strays.isEmpty, comment)
      }
    }
    return small
  }

  /// Extremes, mixtures of them, and random bytes.
  private static func samples(_ graph: Graph) -> [[[Int8]]] {
    var random = SeededGenerator(seed: 5)
    return (0..<12).map { number in
      graph.inputs.map { input in
        (0..<graph[input].shape.elementCount).map { _ in
          switch number {
          case 0: -128
          case 1: 127
          case 2..<6: Bool.random(using: &random) ? -128 : 127
          default: Int8.random(in: Int8.min...Int8.max, using: &random)
          }
        }
      }
    }
  }
}

extension Graph {
  /// By layer.
  fileprivate var weights: [[Int32]] { layers.map { self[$0.weight].integers?.integers ?? [] } }
  fileprivate var biases: [[Int32]] {
    layers.map { $0.bias.flatMap { self[$0].integers?.integers } ?? [] }
  }
}
