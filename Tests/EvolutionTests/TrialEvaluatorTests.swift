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

  /// A layer, what follows it on blocks, and a dense layer at the end where it is wanted.
  private static func dense(
    _ name: String, inputs: Int = 9, hidden: Int = 21, bias: Bool = true, to outputs: Int = 10,
    head: Bool = true,
    _ middle: @escaping @Sendable (inout NetBuilder, ValueID) throws -> ValueID
  ) -> TrialCase {
    TrialCase("dense chain, " + name) { net in
      let x = try net.dense(net.input([inputs]), to: hidden, bias: bias)
      let y = try middle(&net, x)
      net.graph.addOutput(head ? try net.dense(y, to: outputs, bias: bias) : y)
    }
  }

  private static let functions: [Activation] = [
    .relu, .leakyRelu(alpha: 0.2), .clip(low: -0.3, high: 0.5), .sigmoid, .tanh,
    .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish,
  ]

  /// What is evaluated on blocks throughout.
  static let chains: [TrialCase] =
    functions.map { function in
      dense(function.name) { net, x in try net.activation(function, x) }
    } + [
      dense("no function") { _, x in x },
      dense("no bias", bias: false) { net, x in try net.activation(.relu, x) },
      dense("scales, then relu") { net, x in try net.activation(.relu, try net.affine(x)) },
      dense("relu, then scales") { net, x in try net.affine(try net.activation(.relu, x)) },
      dense("two functions") { net, x in
        try net.activation(.relu, try net.activation(.tanh, x))
      },
      dense("nothing behind", head: false) { _, x in x },
      dense("one output", to: 1) { net, x in try net.activation(.relu, x) },
      dense("as an image", head: false) { net, x in try net.node(.reshape([3, 7]), x) },
      dense("three layers") { net, x in
        try net.activation(.tanh, try net.dense(try net.activation(.relu, x), to: 19))
      },
      dense("blocks of half the samples", inputs: 2600, hidden: 3) { net, x in
        try net.activation(.relu, x)
      },
      dense("blocks of a quarter", inputs: 5300, hidden: 3) { net, x in
        try net.activation(.relu, x)
      },
      TrialCase("chain, scales over several vectors") { net in
        let x = try net.affine(try net.dense(net.input([4, 6]), to: 5))
        net.graph.addOutput(try net.dense(try net.activation(.relu, x), to: 3))
      },
      image("scales, relu, mean") { net, x in
        try net.node(.spatialMean, try net.activation(.relu, try net.affine(x)))
      },
      image("largest of windows") { net, x in
        let pool = Window(kernel: [2, 2], strides: [2, 2], padBefore: [1, 0], padAfter: [0, 1])
        return try net.activation(.relu, try net.node(.maxPool(pool), x))
      },
      image("means of windows") { net, x in
        let pool = Window(kernel: [3, 2], strides: [2, 1], padBefore: [1, 1], padAfter: [1, 0])
        return try net.node(.averagePool(pool, countsPadding: true), x)
      },
    ]

  /// A convolution, what follows it on blocks, and a dense layer at the end.
  private static func image(
    _ name: String, _ middle: @escaping @Sendable (inout NetBuilder, ValueID) throws -> ValueID
  ) -> TrialCase {
    TrialCase("convolution chain, " + name) { net in
      let x = try net.convolution(net.input([3, 6, 7]), to: 5, square)
      net.graph.addOutput(try net.head(try middle(&net, x), to: 6))
    }
  }

  static let all = windows + others + chains
  /// Outputs of three axes.
  static let images = others.filter { $0.name.hasPrefix("an image as output") }

  static func named(_ name: String) throws -> TrialCase {
    try #require(all.first { $0.name == name })
  }
}

/// What trials are compared by.
struct ObjectiveCase: Sendable, CustomTestStringConvertible {
  let kind: DivergenceKind
  var isWeighted = false
  var temperature: Float = 1

  var testDescription: String {
    "\(kind.rawValue)\(isWeighted ? ", weighted" : "")\(temperature == 1 ? "" : ", softened")"
  }

  static let all = [
    ObjectiveCase(kind: .distribution), ObjectiveCase(kind: .distribution, isWeighted: true),
    ObjectiveCase(kind: .distribution, temperature: 2.5),
    ObjectiveCase(kind: .distribution, isWeighted: true, temperature: 2.5),
    ObjectiveCase(kind: .squaredError), ObjectiveCase(kind: .squaredError, isWeighted: true),
    ObjectiveCase(kind: .normalizedError), ObjectiveCase(kind: .crossEntropy),
  ]
}

/// A student, what it is compared with, and candidate sets of one of its layers.
private struct Trials {
  var graph: Graph
  let layer: Layer
  let samples: SampleSet
  let teacher: [[Float]]
  let labels: [Int]
  let weights: OutputWeights
  let sets: [[Int]]
  /// For each set what whole networks answer without its weights, for each output.
  let answers: [[[Float]]]

  init(_ example: TrialCase, samples count: Int, seed: UInt64) throws {
    var net = NetBuilder(seed: seed, biasScale: 0.1)
    try example.build(&net)
    graph = net.graph
    try graph.verify()
    layer = graph.layers[example.layer]
    samples = graph.randomSamples(count, seed: seed + 100)
    teacher = try graph.perturbed(seed: seed + 200).answers(to: samples)
    let shapes = graph.lossValues.map { net.graph[$0].shape }
    let classes = shapes[0].last ?? 1
    labels = (0..<count * shapes[0].dropLast().elementCount).map { _ in
      Int.random(in: 0..<classes, using: &net.random)
    }
    weights = shapes.map { shape in
      (0..<shape.elementCount).map { _ in Float.random(in: 0...2, using: &net.random) }
    }
    // No weight, one, some, and all.
    let all = Array(0..<layer.weightCount).shuffled(using: &net.random)
    let counts = [0, 1, (all.count + 3) / 4, (all.count + 1) / 2, all.count]
    let (sets, graph, samples, layer) = (counts.map { all.prefix($0).sorted() }, graph, samples, layer)
    self.sets = sets
    answers = try sets.map { try graph.zeroing($0, of: layer).answers(to: samples) }
  }

  func objective(_ of: ObjectiveCase) -> Objective {
    Objective(
      kind: of.kind, graph: graph, targets: teacher, count: samples.count, labels: labels,
      weights: of.isWeighted ? weights : nil, temperature: of.temperature)
  }

  func evaluator(
    _ of: ObjectiveCase, parameters: ParameterStore, threads: Int = 2, cacheLimit: Int = 1 << 28,
    blocksSuffix: Bool = true
  ) throws -> TrialEvaluator {
    try TrialEvaluator(
      graph: graph, parameters: parameters, layer: layer, samples: samples,
      objective: objective(of), threads: threads, cacheLimit: cacheLimit,
      blocksSuffix: blocksSuffix)
  }

  /// The sets' divergences by a new evaluator.
  func divergences(
    _ of: ObjectiveCase, over range: Range<Int>? = nil, threads: Int = 2,
    cacheLimit: Int = 1 << 28, blocksSuffix: Bool = true
  ) throws -> [Double] {
    try evaluator(
      of, parameters: ParameterStore(graph), threads: threads, cacheLimit: cacheLimit,
      blocksSuffix: blocksSuffix
    ).divergences(of: sets, weights: graph[layer.weight].tensor.values, samples: range)
  }

  /// What they are by whole runs.
  func expected(_ of: ObjectiveCase, over range: Range<Int>? = nil) -> [Double] {
    let oracle = Oracle(self, of)
    return answers.map { oracle.divergence($0, over: range ?? 0..<samples.count) }
  }
}

/// The mean divergence a sample by its definition, in double precision.
private struct Oracle {
  let trials: Trials
  let objective: ObjectiveCase
  /// By output and element.
  let weights: [[Double]]

  init(_ trials: Trials, _ objective: ObjectiveCase) {
    (self.trials, self.objective) = (trials, objective)
    weights = trials.teacher.enumerated().map { output, values in
      let width = values.count / trials.samples.count
      if objective.kind == .normalizedError { return Self.precisions(values, width) }
      return objective.isWeighted
        ? trials.weights[output].map(Double.init) : [Double](repeating: 1, count: width)
    }
  }

  /// 1 over each number's variance, or over a thousandth of the mean one where that is more.
  private static func precisions(_ values: [Float], _ width: Int) -> [Double] {
    let columns = (0..<width).map { element in
      stride(from: element, to: values.count, by: width).map { Double(values[$0]) }
    }
    let variances = columns.map { column in
      let mean = column.reduce(0, +) / Double(column.count)
      return column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(column.count)
    }
    let typical = variances.reduce(0, +) / Double(width)
    return variances.map { 1 / max($0, 1e-3 * typical, 1e-12) }
  }

  /// - Parameter answers: for each output.
  func divergence(_ answers: [[Float]], over range: Range<Int>) -> Double {
    var sum = 0.0
    for (output, answers) in answers.enumerated() {
      let shape = trials.graph[trials.graph.lossValues[output]].shape
      for sample in range { sum += self.sum(answers, output: output, shape, sample) }
    }
    return sum / Double(range.count)
  }

  private func sum(_ answers: [Float], output: Int, _ shape: [Int], _ sample: Int) -> Double {
    let (width, columns) = (shape.elementCount, shape.last ?? 1)
    let place = sample * width..<(sample + 1) * width
    let student = answers[place].map(Double.init)
    let teacher = trials.teacher[output][place].map(Double.init)
    switch objective.kind {
    case .squaredError, .normalizedError:
      var sum = 0.0
      for element in 0..<width {
        let difference = student[element] - teacher[element]
        sum += weights[output][element] * difference * difference
      }
      return sum / Double(width)
    case .distribution, .crossEntropy:
      let rows = width / columns
      var sum = 0.0
      for row in 0..<rows {
        let places = row * columns..<(row + 1) * columns
        let log = logSoftmax(Array(student[places]))
        if objective.kind == .crossEntropy {
          sum -= log[trials.labels[sample * rows + row]]
        } else {
          sum += distillation(logSoftmax(Array(teacher[places])), log, weights[output][places])
        }
      }
      return sum / Double(rows)
    }
  }

  private func distillation(_ p: [Double], _ q: [Double], _ weights: ArraySlice<Double>)
    -> Double
  {
    var sum = 0.0
    for ((p, q), weight) in zip(zip(p, q), weights) {
      let excess = objective.isWeighted ? exp(q) - exp(p) : 0
      sum += weight * (exp(p) * (p - q) + excess)
    }
    return sum * Double(objective.temperature) * Double(objective.temperature)
  }

  private func logSoftmax(_ values: [Double]) -> [Double] {
    let softened = values.map { $0 / Double(objective.temperature) }
    let most = softened.max() ?? 0
    let total = log(softened.reduce(0) { $0 + exp($1 - most) })
    return softened.map { $0 - most - total }
  }
}

/// The short road against the long one: whole networks run on the host with those weights zeroed,
/// and divergences by their definitions in double precision.
struct TrialEvaluatorTests {
  private static let kl = ObjectiveCase(kind: .distribution)
  private static let few = [
    "dense, first of two", "dense chain, relu", "middle convolution, stride",
    "residual, the layer inside", "convolution chain, scales, relu, mean",
    "dense chain, blocks of half the samples", "dense chain, blocks of a quarter",
  ]

  @Test(arguments: TrialCase.all)
  func divergencesAreThoseOfWholeRuns(_ example: TrialCase) throws {
    let trials = try Trials(example, samples: 65, seed: 1)
    for objective in [Self.kl, ObjectiveCase(kind: .squaredError)] {
      expect(try trials.divergences(objective), trials.expected(objective), example, objective)
    }
  }

  @Test(arguments: TrialCase.chains + TrialCase.images)
  func everyObjectiveIsThatOfWholeRuns(_ example: TrialCase) throws {
    let trials = try Trials(example, samples: 67, seed: 7)
    for objective in ObjectiveCase.all {
      let expected = trials.expected(objective)
      expect(try trials.divergences(objective), expected, example, objective)
      let plain = try trials.divergences(objective, blocksSuffix: false)
      expect(plain, expected, example, objective)
    }
  }

  @Test(arguments: [1, 63, 64, 65, 129], few)
  func anyNumberOfSamplesWillDo(samples: Int, name: String) throws {
    let example = try TrialCase.named(name)
    let trials = try Trials(example, samples: samples, seed: 2)
    for objective in ObjectiveCase.all where samples > 1 || objective.kind != .normalizedError {
      expect(try trials.divergences(objective), trials.expected(objective), example, objective)
    }
  }

  @Test(arguments: [0..<1, 0..<64, 63..<65, 64..<129, 17..<30, 31..<100, 128..<129], few)
  func anyRangeOfSamplesWillDo(_ range: Range<Int>, name: String) throws {
    let example = try TrialCase.named(name)
    let trials = try Trials(example, samples: 129, seed: 8)
    let found = try trials.divergences(Self.kl, over: range)
    expect(found, trials.expected(Self.kl, over: range), example, Self.kl)
  }

  @Test func noSamplesDivergeByNothing() throws {
    let trials = try Trials(TrialCase.named("dense, first of two"), samples: 5, seed: 8)
    #expect(try trials.divergences(Self.kl, over: 3..<3) == trials.sets.map { _ in 0 })
  }

  @Test(arguments: few) func neitherThreadsNorKeepingBlocksChangesABit(name: String) throws {
    let trials = try Trials(TrialCase.named(name), samples: 200, seed: 3)
    let one = try trials.divergences(Self.kl, threads: 1)
    #expect(try trials.divergences(Self.kl, threads: 2) == one)
    #expect(try trials.divergences(Self.kl, threads: 3) == one)
    #expect(try trials.divergences(Self.kl, cacheLimit: 0) == one)
  }

  /// What an evaluator keeps is made anew when it no longer holds, whatever was evaluated between.
  @Test(arguments: [
    "dense, last of two", "middle convolution, 3x3", "residual, its second layer",
    "a value made before the layer is read behind it",
  ])
  func whatIsKeptFollowsTheParameters(name: String) throws {
    var trials = try Trials(TrialCase.named(name), samples: 129, seed: 4)
    let store = try ParameterStore(trials.graph)
    let evaluator = try trials.evaluator(Self.kl, parameters: store)
    for parameter in [nil] + trials.graph.parameters.indices.map(Optional.some) + [nil] {
      if let parameter {
        let id = ParameterID(parameter)
        let tensor = trials.graph.perturbed(seed: 9)[id].tensor
        store.set(id, to: tensor.values)
        trials.graph.setParameter(id, to: tensor)
      }
      for range in [64..<129, 0..<129] {
        let found = try evaluator.divergences(
          of: trials.sets, weights: store.values(trials.layer.weight), samples: range)
        #expect(found == (try trials.divergences(Self.kl, over: range)))
      }
    }
  }

  @Test func weightsThatAreZeroAlreadyChangeNothing() throws {
    var trials = try Trials(TrialCase.named("dense chain, relu"), samples: 65, seed: 5)
    trials.graph = trials.graph.zeroing(trials.sets[2], of: trials.layer)
    let found = try trials.divergences(Self.kl)
    #expect(found[0] == found[2])
    #expect(abs(found[0] - trials.expected(Self.kl)[2]) <= 1e-5 * found[0])
  }

  /// Numbers of single precision are logits and probabilities: a divergence of a sample is known to
  /// some 1e-7, softened with the square of the temperature.
  private func expect(
    _ found: [Double], _ expected: [Double], _ example: TrialCase, _ objective: ObjectiveCase
  ) {
    let known = 2e-7 * Double(objective.temperature * objective.temperature)
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) {
      #expect(
        abs(a - b) <= 1e-5 * abs(b) + known, "\(example.name), \(objective): \(a) for \(b)")
    }
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
    #expect(cut.prefixParameters == [ParameterID(0), ParameterID(1)])
    #expect(cut.layerParameters == [ParameterID(2), ParameterID(3)])
    #expect(cut.chain(to: sum, in: net.graph) == nil)
  }

  @Test func constantsDoNotCross() throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let a = try net.dense(net.input([6]), to: 6)
    let c = try net.node(.constant(net.parameter([6], .constant)))
    let d = try net.node(.activation(.relu), c)
    net.graph.addOutput(try net.node(.binary(.add), a, d))
    #expect(GraphCut(net.graph, behind: net.graph.layers[0]).crossing == [])
  }

  @Test func aChainIsFollowedToItsEnd() throws {
    var net = NetBuilder(seed: 1)
    let a = try net.dense(net.input([6]), to: 6)
    let b = try net.node(.activation(.relu), a)
    let c = try net.dense(b, to: 3)
    net.graph.addOutput(c)
    let cut = GraphCut(net.graph, behind: net.graph.layers[0])
    #expect(cut.chain(to: c, in: net.graph)?.map(\.output) == [b, c])
    #expect(cut.chain(to: a, in: net.graph)?.isEmpty == true)
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
