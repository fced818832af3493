import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A graph and which of its layers is tried.
struct TrialCase: Sendable, CustomTestStringConvertible {
  let name: String
  let layer: Int
  let build: @Sendable (inout NetBuilder) throws -> Void

  var testDescription: String { name }

  init(
    _ name: String, layer: Int = 0, _ build: @escaping @Sendable (inout NetBuilder) throws -> Void
  ) {
    (self.name, self.layer, self.build) = (name, layer, build)
  }

  /// A convolution behind another layer, and a dense layer behind it.
  static func middle(
    _ name: String, _ image: [Int], to channels: Int, _ window: Window, groups: Int = 1
  ) -> TrialCase {
    TrialCase("middle convolution, " + name, layer: 1) { net in
      var x = net.input(image)
      x = try net.convolution(x, to: image[0], Window(kernel: [1, 1]))
      x = try net.node(.activation(.relu), x)
      x = try net.convolution(x, to: channels, window, groups: groups)
      x = try net.node(.activation(.relu), x)
      net.graph.addOutput(try net.head(x, to: 5))
    }
  }

  /// A convolution of the network's input.
  static func first(
    _ name: String, _ image: [Int], to channels: Int, _ window: Window, groups: Int = 1
  ) -> TrialCase {
    TrialCase("first convolution, " + name) { net in
      let x = try net.convolution(net.input(image), to: channels, window, groups: groups)
      net.graph.addOutput(try net.head(try net.node(.activation(.relu), x), to: 5))
    }
  }

  static let square = Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1])
  static let lopsided = Window(
    kernel: [3, 2], strides: [2, 1], padBefore: [0, 1], padAfter: [2, 0])
  static let dilated = Window(
    kernel: [3, 3], dilations: [2, 3], padBefore: [2, 3], padAfter: [2, 3])
  static let strided = Window(
    kernel: [3, 3], strides: [2, 3], padBefore: [1, 1], padAfter: [1, 1])
  static let outside = Window(kernel: [2, 2], padBefore: [3, 2], padAfter: [2, 3])

  static let windows: [TrialCase] = [
    .first("3x3", [3, 6, 7], to: 4, square),
    .first("one channel", [1, 6, 7], to: 4, square),
    .first("lopsided pads", [2, 5, 6], to: 3, lopsided),
    .first("depthwise", [4, 5, 5], to: 4, square, groups: 4),
    .middle("3x3", [3, 6, 7], to: 4, square),
    .middle("1x1", [5, 4, 4], to: 6, Window(kernel: [1, 1])),
    .middle("of the whole plane", [3, 4, 5], to: 6, Window(kernel: [4, 5])),
    .middle("stride", [3, 7, 9], to: 4, strided),
    .middle("dilation", [3, 7, 9], to: 4, dilated),
    .middle("lopsided pads", [2, 5, 6], to: 3, lopsided),
    .middle("windows of padding alone", [2, 3, 3], to: 3, outside),
    .middle("two groups", [4, 5, 5], to: 6, square, groups: 2),
    .middle("depthwise", [6, 5, 5], to: 6, square, groups: 6),
    .middle("depthwise, twice the channels", [3, 5, 5], to: 6, strided, groups: 3),
    .middle("to one channel", [3, 5, 5], to: 1, square),
    .middle("row of height 1", [3, 1, 9], to: 4, Window(kernel: [1, 3], strides: [1, 2])),
  ]

  static let others: [TrialCase] = [
    TrialCase("dense, the whole network") { net in
      net.graph.addOutput(try net.dense(net.input([9]), to: 5))
    },
    TrialCase("dense, first of two") { net in
      let x = try net.node(.activation(.tanh), try net.dense(net.input([9]), to: 7))
      net.graph.addOutput(try net.dense(x, to: 4))
    },
    TrialCase("dense, last of two", layer: 1) { net in
      let x = try net.node(.activation(.tanh), try net.dense(net.input([9]), to: 7))
      net.graph.addOutput(try net.dense(x, to: 4))
    },
    TrialCase("dense over several vectors") { net in
      let x = try net.node(.activation(.tanh), try net.dense(net.input([4, 6]), to: 5))
      net.graph.addOutput(try net.head(x, to: 4))
    },
    TrialCase("dense over the rows of an image", layer: 1) { net in
      var x = try net.convolution(net.input([3, 4, 5]), to: 3, square)
      x = try net.node(.activation(.tanh), try net.dense(x, to: 6))
      net.graph.addOutput(try net.head(x, to: 4))
    },
    TrialCase("dense behind a convolution", layer: 1) { net in
      let x = try net.convolution(net.input([2, 4, 5]), to: 3, square)
      net.graph.addOutput(try net.head(try net.node(.activation(.relu), x), to: 4))
    },
    TrialCase("an image as output") { net in
      let x = try net.convolution(net.input([2, 5, 5]), to: 3, square)
      net.graph.addOutput(try net.node(.activation(.sigmoid), x))
    },
    TrialCase("an image as output of a dense layer") { net in
      let x = try net.node(.activation(.relu), try net.dense(net.input([7]), to: 24))
      net.graph.addOutput(try net.node(.reshape([2, 3, 4]), x))
    },
    TrialCase("softmax at the end") { net in
      let x = try net.node(.activation(.relu), try net.dense(net.input([9]), to: 7))
      net.graph.addOutput(try net.node(.softmax(axis: 0), try net.dense(x, to: 4)))
    },
    TrialCase("residual, the layer inside") { net in try residual(&net) },
    TrialCase("residual, its second layer", layer: 1) { net in try residual(&net) },
    TrialCase("a value made before the layer is read behind it", layer: 1) { net in
      let a = try net.dense(net.input([6]), to: 8)
      let b = try net.node(.activation(.sigmoid), a)
      let c = try net.dense(try net.node(.activation(.relu), a), to: 8)
      let d = try net.node(.binary(.multiply), c, b)
      net.graph.addOutput(try net.dense(try net.node(.concat(axis: 0), d, a), to: 3))
    },
    TrialCase("two outputs, one of them before the layer", layer: 1) { net in
      let x = try net.node(.activation(.relu), try net.dense(net.input([6]), to: 8))
      net.graph.addOutput(try net.node(.activation(.tanh), x))
      net.graph.addOutput(try net.dense(x, to: 3))
    },
    TrialCase("two outputs, both behind the layer") { net in
      let x = try net.node(.activation(.relu), try net.dense(net.input([6]), to: 8))
      net.graph.addOutput(try net.dense(x, to: 3))
      net.graph.addOutput(try net.node(.softmax(axis: 0), try net.dense(x, to: 5)))
    },
    TrialCase("the layer's output is an output, and read") { net in
      let x = try net.dense(net.input([6]), to: 8)
      net.graph.addOutput(x)
      net.graph.addOutput(try net.dense(try net.node(.activation(.relu), x), to: 5))
    },
    TrialCase("two inputs, one of them read behind the layer") { net in
      let x = try net.dense(net.input([6]), to: 4)
      net.graph.addOutput(try net.dense(try net.node(.binary(.add), x, net.input([4])), to: 3))
    },
    TrialCase("a constant behind the layer") { net in
      let x = try net.dense(net.input([6]), to: 4)
      let c = try net.node(.constant(net.parameter([4], .constant)))
      net.graph.addOutput(try net.dense(try net.node(.binary(.multiply), x, c), to: 3))
    },
  ]

  private static func residual(_ net: inout NetBuilder) throws {
    let x = net.input([3, 5, 6])
    let y = try net.node(.activation(.relu), try net.convolution(x, to: 3, square))
    let z = try net.convolution(y, to: 3, square)
    let sum = try net.node(.activation(.relu), try net.node(.binary(.add), z, x))
    let pool = try net.node(.maxPool(Window(kernel: [2, 2], strides: [2, 2])), sum)
    net.graph.addOutput(try net.head(pool, to: 4))
  }

  static let all = windows + others
}

/// The short road against the long one: whole networks run on the host with those weights zeroed,
/// and divergences by their definitions in double precision.
struct TrialEvaluatorTests {
  @Test(arguments: TrialCase.all, [DivergenceKind.distribution, .squaredError])
  func divergencesAreThoseOfWholeRuns(_ example: TrialCase, kind: DivergenceKind) throws {
    try check(example, kind, samples: 65, threads: 2, seed: 1)
  }

  @Test(arguments: [1, 63, 64, 65, 129], [1, 2])
  func anyNumberOfSamplesAndThreadsWill(samples: Int, threads: Int) throws {
    for name in ["dense, first of two", "middle convolution, stride", "residual, the layer inside"]
    {
      let example = try #require(TrialCase.all.first { $0.name == name })
      for kind in DivergenceKind.allCases {
        try check(example, kind, samples: samples, threads: threads, seed: 2)
      }
    }
  }

  @Test func threadsDoNotChangeABit() throws {
    let example = try #require(TrialCase.all.first { $0.name == "middle convolution, 3x3" })
    let one = try trial(example, .distribution, samples: 100, threads: 1, seed: 3)
    let two = try trial(example, .distribution, samples: 100, threads: 2, seed: 3)
    #expect(one.found == two.found)
  }

  @Test func presentWeightsAreThoseOfTheStore() throws {
    var net = NetBuilder(seed: 4, biasScale: 0.1)
    let x = try net.node(.activation(.relu), try net.dense(net.input([9]), to: 7))
    net.graph.addOutput(try net.dense(x, to: 4))
    let (graph, samples) = (net.graph, net.graph.randomSamples(70, seed: 5))
    let layer = graph.layers[0]
    let store = try ParameterStore(graph)
    let targets = try graph.answers(to: samples)
    let evaluator = try TrialEvaluator(
      graph: graph, parameters: store, layer: layer, samples: samples, targets: targets,
      divergence: .squaredError, threads: 1)
    let sets = [[0, 5, 17], [3, 44, 62]]
    _ = try evaluator.divergences(of: sets, weights: store.values(layer.weight))
    let student = graph.perturbed(seed: 6)
    for index in student.parameters.indices {
      store.set(ParameterID(index), to: student[ParameterID(index)].tensor.values)
    }
    let found = try evaluator.divergences(of: sets, weights: store.values(layer.weight))
    for (set, value) in zip(sets, found) {
      let expected = try divergence(
        of: student.zeroing(set, of: layer), from: targets, samples, .squaredError)
      #expect(abs(value - expected) <= 1e-5 * expected)
    }
  }

  private func check(
    _ example: TrialCase, _ kind: DivergenceKind, samples: Int, threads: Int, seed: UInt64
  ) throws {
    let (found, expected) = try trial(example, kind, samples: samples, threads: threads, seed: seed)
    for (a, b) in zip(found, expected) {
      #expect(abs(a - b) <= 1e-5 * b, "\(example.name): \(a) for \(b)")
    }
  }

  private func trial(
    _ example: TrialCase, _ kind: DivergenceKind, samples count: Int, threads: Int, seed: UInt64
  ) throws -> (found: [Double], expected: [Double]) {
    var net = NetBuilder(seed: seed, biasScale: 0.1)
    try example.build(&net)
    let graph = net.graph
    try graph.verify()
    let samples = graph.randomSamples(count, seed: seed + 100)
    let targets = try graph.perturbed(seed: seed + 200).answers(to: samples)
    let layer = graph.layers[example.layer]
    let sets = randomSets(of: layer, &net.random)
    let evaluator = try TrialEvaluator(
      graph: graph, parameters: ParameterStore(graph), layer: layer, samples: samples,
      targets: targets, divergence: kind, threads: threads)
    let found = try evaluator.divergences(of: sets, weights: graph[layer.weight].tensor.values)
    let expected = try sets.map {
      try divergence(of: graph.zeroing($0, of: layer), from: targets, samples, kind)
    }
    return (found, expected)
  }

  /// No weight, one, some, and all.
  private func randomSets(of layer: Layer, _ random: inout SeededGenerator) -> [[Int]] {
    let all = Array(0..<layer.weightCount)
    return [0, 1, (all.count + 3) / 4, (all.count + 1) / 2, all.count].map { count in
      all.shuffled(using: &random).prefix(count).sorted()
    }
  }

  /// The mean divergence a sample over all outputs, by definition.
  private func divergence(
    of graph: Graph, from targets: [[Float]], _ samples: SampleSet, _ kind: DivergenceKind
  ) throws -> Double {
    let answers = try graph.answers(to: samples)
    var sum = 0.0
    for (student, teacher) in zip(answers, targets) {
      let width = student.count / samples.count
      for sample in 0..<samples.count {
        let range = sample * width..<(sample + 1) * width
        let (s, t) = (student[range].map(Double.init), teacher[range].map(Double.init))
        switch kind {
        case .squaredError:
          sum += zip(s, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(width)
        case .distribution:
          let (p, q) = (logSoftmax(t), logSoftmax(s))
          sum += zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        }
      }
    }
    return sum / Double(samples.count)
  }

  private func logSoftmax(_ values: [Double]) -> [Double] {
    let most = values.max() ?? 0
    let total = log(values.reduce(0) { $0 + exp($1 - most) })
    return values.map { $0 - most - total }
  }
}

/// What a cut keeps.
struct GraphCutTests {
  @Test func valuesThatPassByTheLayerCross() throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let x = net.input([6])
    let a = try net.dense(x, to: 6)
    let b = try net.dense(a, to: 6)
    let sum = try net.node(.binary(.add), b, x)
    net.graph.addOutput(sum)
    let cut = GraphCut(net.graph, behind: net.graph.layers[1])
    #expect(cut.layerInput == a && cut.layerOutput == b && cut.crossing == [x])
  }

  @Test func constantsDoNotCross() throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let a = try net.dense(net.input([6]), to: 6)
    let c = try net.node(.constant(net.parameter([6], .constant)))
    let d = try net.node(.activation(.relu), c)
    net.graph.addOutput(try net.node(.binary(.add), a, d))
    #expect(GraphCut(net.graph, behind: net.graph.layers[0]).crossing == [])
  }

  @Test func anOutputThatTheLayerDoesNotBearOnCrosses() throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let x = net.input([6])
    let a = try net.node(.activation(.tanh), x)
    net.graph.addOutput(a)
    net.graph.addOutput(try net.dense(x, to: 3))
    #expect(GraphCut(net.graph, behind: net.graph.layers[0]).crossing == [a])
  }
}
