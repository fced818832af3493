import Blob
import Compiler
import ModelGraph
import Tensors
import TestSupport
import Testing
import Verification

/// A named small graph.
struct GraphCase: Sendable, CustomTestStringConvertible {
  let name: String
  let build: @Sendable (inout NetBuilder) throws -> Void

  var testDescription: String { name }

  init(_ name: String, _ build: @escaping @Sendable (inout NetBuilder) throws -> Void) {
    (self.name, self.build) = (name, build)
  }

  /// One operation of one input, directly behind the network's.
  static func one(_ name: String, _ shape: [Int], _ operation: Operation) -> GraphCase {
    GraphCase(name) { net in net.output(try net.node(operation, net.input(shape))) }
  }

  static func convolution(
    _ name: String, _ shape: [Int], to channels: Int, _ window: Window, groups: Int = 1,
    bias: Bool = true
  ) -> GraphCase {
    GraphCase("convolution, " + name) { net in
      net.output(
        try net.convolution(net.input(shape), to: channels, window, groups: groups, bias: bias))
    }
  }

  static func prelu(_ name: String, _ shape: [Int], _ slope: [Int]) -> GraphCase {
    GraphCase("prelu, " + name) { net in
      net.output(try net.node(.prelu(slope: net.parameter(slope, .slope)), net.input(shape)))
    }
  }

  func graph(seed: UInt64 = 1) throws -> Graph {
    var net = NetBuilder(seed: seed)
    try build(&net)
    return net.graph
  }
}

extension GraphCase {
  static let layers: [GraphCase] = [
    .convolution("3x3", [3, 6, 7], to: 4, .square),
    .convolution("without bias", [3, 6, 7], to: 4, .square, bias: false),
    .convolution("1x1", [5, 4, 4], to: 6, Window(kernel: [1, 1])),
    .convolution("whole plane", [2, 4, 5], to: 3, Window(kernel: [4, 5])),
    .convolution("a row", [2, 1, 9], to: 3, Window(kernel: [1, 3], strides: [1, 2])),
    .convolution(
      "lopsided", [3, 7, 6], to: 4,
      Window(
        kernel: [3, 2], strides: [2, 3], dilations: [2, 1], padBefore: [0, 1], padAfter: [2, 0])),
    .convolution("two groups", [4, 6, 6], to: 6, .square, groups: 2),
    .convolution("depthwise", [6, 6, 6], to: 6, .square, groups: 6),
    .convolution("depthwise, twice the channels", [3, 6, 6], to: 6, .square, groups: 3),
    GraphCase("dense") { net in net.output(try net.dense(net.input([7]), to: 4)) },
    GraphCase("dense without bias") { net in
      net.output(try net.dense(net.input([7]), to: 4, bias: false))
    },
    GraphCase("dense over a matrix") { net in net.output(try net.dense(net.input([4, 7]), to: 3)) },
    GraphCase("dense over an image") { net in
      net.output(try net.dense(net.input([2, 3, 7]), to: 3))
    },
    GraphCase("dense of one number") { net in net.output(try net.dense(net.input([1]), to: 1)) },
    GraphCase("gather of a vector") { net in
      net.output(try net.dense(net.node(.gather([1, 2, 4]), net.input([5])), to: 3))
    },
    GraphCase("gather of a matrix, in place") { net in
      let x = try net.activation(.relu, net.input([3, 6]))
      net.output(try net.node(.gather([0, 2, 5]), x))
    },
    GraphCase("affine of a vector") { net in net.output(try net.affine(net.input([5]))) },
    GraphCase("affine of an image") { net in net.output(try net.affine(net.input([3, 4, 5]))) },
  ]

  static let activations: [Activation] = [
    .relu, .leakyRelu(alpha: 0.1), .leakyRelu(alpha: -0.5), .clip(low: -0.4, high: 0.7),
    .clip(low: 0, high: 6), .sigmoid, .tanh, .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish,
    .elu(alpha: 0.7),
  ]

  static let mathFunctions: [GraphCase] = MathFunction.Kind.allCases.map { kind in
    GraphCase("\(kind)") { net in
      let x = try net.activation(.sigmoid, net.input([3, 4, 5]))
      net.output(try net.node(.function(MathFunction(kind, kind == .power ? 0.7 : 0)), x))
    }
  }

  static let products: [GraphCase] = [
    GraphCase("matrices times matrices") { net in
      net.output(try net.node(.matrixProduct, net.input([3, 4, 5]), net.input([3, 5, 2])))
    },
    GraphCase("a row times a column") { net in
      net.output(try net.node(.matrixProduct, net.input([1, 6]), net.input([6, 1])))
    },
  ]

  /// Each activation alone, inside each kind of step that can take it in, and behind one that
  /// cannot.
  static let functions: [GraphCase] = activations.flatMap { activation in
    [
      .one("\(activation)", [3, 4, 5], .activation(activation)),
      GraphCase("\(activation) in a convolution") { net in
        let x = try net.convolution(net.input([2, 5, 5]), to: 3, .square)
        net.output(try net.activation(activation, x))
      },
      GraphCase("\(activation) in a dense layer") { net in
        net.output(try net.activation(activation, try net.dense(net.input([4]), to: 6)))
      },
      GraphCase("\(activation) in an addition") { net in
        let sum = try net.node(.binary(.add), net.input([4, 5]), net.input([4, 5]))
        net.output(try net.activation(activation, sum))
      },
      GraphCase("\(activation) behind a pool") { net in
        let x = try net.node(.maxPool(Window(kernel: [2, 2])), net.input([2, 4, 4]))
        net.output(try net.activation(activation, x))
      },
    ]
  }

  static let preluForms: [GraphCase] = [
    .prelu("one number", [3, 4, 5], [1]), .prelu("one number of rank 3", [3, 4, 5], [1, 1, 1]),
    .prelu("a channel", [3, 4, 5], [3, 1, 1]), .prelu("a row", [3, 4, 5], [4, 1]),
    .prelu("a column", [3, 4, 5], [5]), .prelu("rows and columns", [3, 4, 5], [4, 5]),
    .prelu("channels and rows", [3, 4, 5], [3, 4, 1]),
    .prelu("channels and columns", [3, 4, 5], [3, 1, 5]),
    .prelu("every element", [3, 4, 5], [3, 4, 5]), .prelu("a vector", [6], [6]),
    .prelu("a vector by one number", [6], [1]), .prelu("a matrix by columns", [4, 6], [1, 6]),
    .prelu("an axis of one between", [3, 1, 5], [3, 1, 5]),
    .prelu("four axes, outermost and innermost", [2, 3, 2, 4], [2, 1, 1, 4]),
  ]

  static let windows: [(String, [Int], Window)] = [
    ("2x2", [3, 6, 8], Window(kernel: [2, 2], strides: [2, 2])),
    ("3x2 overlapping", [2, 7, 6], Window(kernel: [3, 2], strides: [2, 1])),
    ("whole plane", [3, 4, 5], Window(kernel: [4, 5])),
    ("dilated", [2, 8, 9], Window(kernel: [2, 3], dilations: [3, 2])),
    (
      "lopsided", [2, 5, 6],
      Window(kernel: [3, 3], strides: [2, 2], padBefore: [1, 0], padAfter: [0, 2])
    ),
    ("ceiling", [2, 6, 7], Window(kernel: [3, 3], strides: [2, 2], ceilMode: true)),
    ("ceiling, a short image", [2, 2, 2], Window(kernel: [3, 3], strides: [2, 2], ceilMode: true)),
    (
      "ceiling, a short line dilated", [2, 1, 4],
      Window(kernel: [1, 3], strides: [1, 2], dilations: [1, 2], ceilMode: true)
    ),
    (
      "ceiling with pads", [3, 6, 6],
      Window(
        kernel: [3, 3], strides: [2, 2], padBefore: [1, 1], padAfter: [1, 1], ceilMode: true)
    ),
  ]

  static let pools: [GraphCase] = windows.flatMap { name, shape, window in
    [
      .one("max pool " + name, shape, .maxPool(window)),
      .one("average pool " + name, shape, .averagePool(window, countsPadding: false)),
      .one("average pool counting pads " + name, shape, .averagePool(window, countsPadding: true)),
    ]
  }

  static let broadcasts: [GraphCase] = [
    BinaryOperator.add, .subtract, .multiply, .divide, .maximum, .minimum,
  ].flatMap { operation -> [GraphCase] in
    let shapes: [([Int], [Int])] = [
      ([3, 4, 5], [3, 4, 5]), ([3, 4, 5], [3, 1, 1]), ([3, 1, 1], [3, 4, 5]), ([3, 4, 5], [5]),
      ([5], [3, 4, 5]), ([3, 4, 1], [1, 5]), ([3, 1, 5], [4, 1]), ([1], [4, 5]), ([], [4]),
      ([1, 4], [4, 1]),
    ]
    return shapes.map { a, b in
      GraphCase("\(operation) of \(a) and \(b)") { net in
        let x = net.input(a)
        net.output(try net.node(.binary(operation), x, try net.activation(.sigmoid, net.input(b))))
      }
    } + [
      GraphCase("\(operation) of a value with itself") { net in
        let x = try net.activation(.sigmoid, net.input([4, 5]))
        net.output(try net.node(.binary(operation), x, x))
      },
      GraphCase("\(operation) with a constant") { net in
        let c = try net.activation(.sigmoid, try net.constant([3, 1, 5]))
        net.output(try net.node(.binary(operation), net.input([3, 4, 5]), c))
      },
      GraphCase("\(operation) of a constant") { net in
        let x = try net.activation(.sigmoid, net.input([3, 4, 5]))
        net.output(try net.node(.binary(operation), try net.constant([4, 1]), x))
      },
    ]
  }

  static let moves: [GraphCase] = [
    GraphCase("reshape") { net in
      let x = try net.node(.reshape([5, 12]), net.input([3, 4, 5]))
      net.output(try net.node(.transpose([1, 0]), x))
    },
    GraphCase("reshape to a single number") { net in
      net.output(try net.activation(.tanh, try net.node(.reshape([]), net.input([1, 1]))))
    },
    .one("transpose of an image", [3, 4, 5], .transpose([2, 0, 1])),
    .one("transpose of a matrix", [3, 4], .transpose([1, 0])),
    .one("transpose of six axes", [2, 1, 3, 2, 2, 2], .transpose([5, 0, 3, 1, 4, 2])),
    .one("softmax of a vector", [6], .softmax(axis: 0)),
    .one("softmax of channels", [3, 4, 5], .softmax(axis: 0)),
    .one("softmax of rows", [3, 4, 5], .softmax(axis: 1)),
    .one("softmax of columns", [3, 4, 5], .softmax(axis: 2)),
    .one("softmax of rows times 0.4", [3, 4, 5], .softmax(axis: 1, beta: 0.4)),
    .one("logarithms of a softmax of rows", [3, 4, 5], .logSoftmax(axis: 1)),
    .one("place of the largest of a vector", [6], .argMax(axis: 0)),
    .one("places of the least rows", [3, 4, 5], .argMax(axis: 1, ofLeast: true)),
    GraphCase("places of the largest channels, in another shape") { net in
      let x = try net.convolution(net.input([3, 4, 5]), to: 4, .square)
      net.output(try net.node(.reshape([20]), try net.node(.argMax(axis: 0), x)))
      net.output(x)
    },
    .one("a look at the sample", [3, 4], .reshape([2, 6])),
    .one("mean of an image", [3, 4, 5], .globalAveragePool),
    .one("mean of a matrix", [3, 4], .globalAveragePool),
    .one("mean of a vector", [3], .globalAveragePool),
    .one(
      "zeros around", [3, 4, 5],
      .pad(Padding(before: [0, 1, 2], after: [0, 0, 1], mode: .constant(0)))),
    .one(
      "a constant around channels", [3, 4, 5],
      .pad(Padding(before: [1, 0, 2], after: [2, 1, 0], mode: .constant(0.5)))),
    .one(
      "reflection", [3, 4, 5], .pad(Padding(before: [2, 3, 0], after: [0, 1, 4], mode: .reflect))),
    .one(
      "the edge again", [3, 4, 5], .pad(Padding(before: [0, 2, 1], after: [0, 0, 3], mode: .edge))),
    .one(
      "the sample again", [3, 4, 5], .pad(Padding(before: [1, 4, 0], after: [3, 0, 5], mode: .symmetric))),
    .one(
      "nearest of another size", [3, 4, 5],
      .resize(
        Resize(
          mode: .nearest, axes: [.init(size: 7, step: 4, unit: 7), .init(size: 3, step: 10, start: 2, unit: 6)]))),
    .one(
      "linear of another size", [3, 4, 5],
      .resize(
        Resize(mode: .linear, axes: [.init(size: 9, step: 4, start: -3, unit: 9), .init(size: 3, step: 4, unit: 2)]))),
    .one("a border of nothing", [5], .pad(Padding(before: [0], after: [0], mode: .edge))),
    GraphCase("concat of channels, one of them twice") { net in
      let x = net.input([3, 4, 5])
      net.output(try net.node(.concat(axis: 0), x, try net.convolution(x, to: 2, .square), x))
    },
    GraphCase("concat of rows") { net in
      net.output(try net.node(.concat(axis: 1), net.input([3, 4, 5]), net.input([3, 2, 5])))
    },
    GraphCase("concat of columns") { net in
      net.output(try net.node(.concat(axis: 2), net.input([3, 4, 5]), net.input([3, 4, 1])))
    },
    GraphCase("concat of one") { net in net.output(try net.node(.concat(axis: 0), net.input([4])))
    },
    GraphCase("constant alone") { net in
      _ = net.input([2])
      net.output(try net.constant([3, 2]))
    },
  ]

  static let operations =
    layers + functions + mathFunctions + products + preluForms + pools + broadcasts + moves
}

/// From a graph to a blob that the C runtime answers as Execution does.
struct LoweringTests {
  @Test(arguments: GraphCase.operations)
  func everyOperationAnswersAsExecutionDoes(_ example: GraphCase) throws {
    let graph = try example.graph()
    for levels in [nil, 16] {
      let twin = try EdgeTwin(graph, levels: levels)
      #expect(try twin.difference() <= 1e-4, "levels \(levels ?? 0)")
    }
  }

  @Test(arguments: CombinedGraphs.all)
  func combinedGraphsAnswerAsExecutionDoes(_ example: GraphCase) throws {
    let twin = try EdgeTwin(example.graph(), levels: 16)
    #expect(try twin.difference(samples: 5) <= 1e-4)
    #expect(try EdgeWorkers(twin.bytes, threads: 1).arenaBytes >= twin.arenaLowerBound)
  }

  @Test(arguments: 0..<120 as Range<UInt64>)
  func randomGraphsAnswerAsExecutionDoes(seed: UInt64) throws {
    let graph = try RandomGraph.make(seed: seed)
    let twin = try EdgeTwin(graph, levels: [nil, 2, 16, 256][Int(seed % 4)])
    let (edge, host) = try twin.run(samples: 3, seed: seed + 1)
    let shapes = graph.nodes.map { "\($0.operation.name) \(graph[$0.output].shape)" }
    for (index, (a, b)) in zip(edge, host).enumerated() {
      #expect(
        a.relativeDifference(from: b) <= 1e-4,
        "seed \(seed), output \(index):\n\(shapes.joined(separator: "\n"))")
    }
  }

  @Test(arguments: [1, 2, 3])
  func threadsAnswerAlike(threads: Int) throws {
    let twin = try EdgeTwin(try RandomGraph.make(seed: 5), levels: 16)
    let one = try twin.run(samples: 7, seed: 1).edge
    #expect(try twin.run(samples: 7, seed: 1, threads: threads).edge == one)
  }

  @Test(arguments: [2, 3, 16, 256])
  func tablesOfAnySizeAnswerAlike(levels: Int) throws {
    var net = NetBuilder(seed: 3)
    let x = try net.activation(.relu, try net.dense(net.input([40]), to: 30))
    net.output(try net.dense(x, to: 10))
    for sparsity in [0, 0.5, 0.95] {
      #expect(try EdgeTwin(net.graph, levels: levels, sparsity: sparsity).difference() <= 1e-4)
    }
  }

  @Test func layersWithoutSurvivorsAnswerTheirBiases() throws {
    var net = NetBuilder(seed: 3)
    let x = try net.dense(net.input([6]), to: 5)
    net.output(try net.dense(x, to: 3))
    let twin = try EdgeTwin(net.graph, levels: nil, sparsity: 1)
    let (edge, _) = try twin.run(samples: 2, seed: 1)
    let bias = try #require(net.graph.layers[1].bias)
    let values = net.graph[bias].tensor.values
    #expect(edge[0].values == values + values)
  }
}

/// What runs inside what, and where values lie.
struct LoweringPlanTests {
  private func steps(_ build: (inout NetBuilder) throws -> Void) throws -> [String] {
    var net = NetBuilder(seed: 1)
    try build(&net)
    return try EdgeTwin(net.graph, levels: nil).model.steps.map(\.name)
  }

  @Test func anActivationThatAloneReadsALayerRunsInIt() throws {
    let names = try steps { net in
      let x = try net.activation(.relu, try net.convolution(net.input([2, 4, 4]), to: 3, .square))
      let y = try net.activation(.tanh, try net.dense(try net.node(.reshape([48]), x), to: 4))
      net.output(try net.activation(.sigmoid, try net.node(.binary(.add), y, y)))
    }
    #expect(names == ["convolution", "dense", "binary"])
  }

  @Test func anActivationOfAnOutputDoesNot() throws {
    let names = try steps { net in
      let x = try net.dense(net.input([4]), to: 4)
      net.output(x, try net.activation(.relu, x))
    }
    #expect(names == ["dense", "activation"])
  }

  @Test func anActivationOfAValueReadTwiceDoesNot() throws {
    let names = try steps { net in
      let x = try net.dense(net.input([4]), to: 4)
      net.output(try net.node(.binary(.multiply), x, try net.activation(.sigmoid, x)))
    }
    #expect(names == ["dense", "activation", "binary"])
  }

  @Test func onlyOneOfTwoActivationsRunsInALayer() throws {
    let names = try steps { net in
      let x = try net.dense(net.input([4]), to: 4)
      net.output(try net.activation(.tanh, try net.activation(.relu, x)))
    }
    #expect(names == ["dense", "activation"])
  }

  @Test func reshapesAreNoSteps() throws {
    let names = try steps { net in
      let x = try net.node(.reshape([2, 6]), net.input([12]))
      net.output(
        try net.node(.reshape([6]), try net.node(.globalAveragePool, try net.node(.reshape([6, 2]), x))))
    }
    #expect(names == ["global-average-pool"])
  }

  @Test func aChainOfElementwiseStepsNeedsOneBuffer() throws {
    var net = NetBuilder(seed: 1)
    var x = net.input([100])
    for _ in 0..<5 { x = try net.activation(.tanh, x) }
    net.output(try net.node(.softmax(axis: 0), try net.affine(x)))
    #expect(try EdgeTwin(net.graph, levels: nil).model.arenaBytes == 400)
  }

  @Test func anInputThatIsReadAgainIsNotWrittenOver() throws {
    var net = NetBuilder(seed: 1)
    let x = net.input([100])
    let y = try net.activation(.tanh, x)
    net.output(try net.node(.binary(.add), y, x))
    #expect(try EdgeTwin(net.graph, levels: nil).model.arenaBytes == 800)
  }

  @Test func arenasOfChainsAreAtTheirLowerBound() throws {
    var net = NetBuilder(seed: 1)
    var x = net.input([1, 12, 12])
    for channels in [4, 8, 2] {
      x = try net.activation(.relu, try net.convolution(x, to: channels, .square))
    }
    net.output(try net.dense(try net.node(.reshape([288]), x), to: 5))
    let twin = try EdgeTwin(net.graph, levels: nil)
    #expect(twin.model.arenaBytes == twin.arenaLowerBound && twin.arenaLowerBound == 4 * 12 * 144)
  }
}
