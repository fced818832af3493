import Blob
import Calibration
import Compiler
import Datasets
import Evolution
import Lowering
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// Bytes reach as far as the values that come out, on both sides, and no further.
struct IntegerRangeTests {
  private static let most = Float.greatestFiniteMagnitude

  static let activations: [Activation] = [
    .clip(low: -3, high: 0.7), .clip(low: -0.7, high: 3), .clip(low: -20, high: 0.7),
    .clip(low: -0.7, high: 20), .clip(low: -6, high: -2), .clip(low: 2, high: 5),
    .clip(low: -most, high: 0.7), .clip(low: -0.7, high: most), .clip(low: 0, high: 6),
    .clip(low: -1, high: 1), .relu, .tanh, .sigmoid,
    .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .leakyRelu(alpha: 0.1), .leakyRelu(alpha: -1),
    .leakyRelu(alpha: 0), .elu(alpha: 1), .elu(alpha: 6),
  ]

  /// What is done with a value [4, 6, 6].
  enum Place: String, CaseIterable {
    case output, convolution, residual, besideSmall, besideLarge, border, farBorder, hiddenBorder
    case maxPool, averagePool, mean, product

    func apply(_ net: inout NetBuilder, _ activation: Activation, _ x: ValueID) throws -> ValueID {
      let y = try net.activation(activation, x)
      func bordered(_ value: Float) throws -> ValueID {
        try net.node(
          .pad(Padding(before: [0, 1, 1], after: [0, 1, 0], mode: .constant(value))), y)
      }
      let pool = Window(kernel: [3, 3], strides: [2, 2], padBefore: [1, 1], padAfter: [1, 1])
      switch self {
      case .output: return y
      case .convolution: return try net.convolution(y, to: 3, .square)
      case .residual:
        return try net.activation(activation, try net.node(.binary(.add), y, x))
      case .besideSmall:
        return try net.node(.concat(axis: 0), y, try net.activation(.tanh, x))
      case .besideLarge: return try net.node(.concat(axis: 0), x, y)
      case .border: return try bordered(0.25)
      case .farBorder: return try bordered(-30)
      case .hiddenBorder:
        return try net.node(.maxPool(Window(kernel: [3, 3])), try bordered(-most))
      case .maxPool: return try net.node(.maxPool(pool), y)
      case .averagePool: return try net.node(.averagePool(pool, countsPadding: true), y)
      case .mean: return try net.node(.globalAveragePool, y)
      case .product: return try net.node(.binary(.multiply), y, try net.activation(.sigmoid, x))
      }
    }
  }

  /// [4, 6, 6] of about -20 ... 20.
  private func wide(_ net: inout NetBuilder) throws -> ValueID {
    let x = try net.convolution(net.input([2, 6, 6]), to: 4, .square)
    return try net.node(.binary(.multiply), x, try net.node(.constant(net.number(6))))
  }

  @Test(arguments: activations)
  func everyRangeIsHeldInEveryPlace(_ activation: Activation) throws {
    for place in Place.allCases {
      var net = NetBuilder(seed: 11)
      net.output(try place.apply(&net, activation, try wide(&net)))
      let twin = try IntegerTwin(net.graph, samples: 16)
      let error = try twin.relativeError()
      #expect(error <= 0.04, "\(activation), \(place): \(error)")
      #expect(try twin.isEmulated())
    }
  }

  @Test func chainsOfRangesAreHeld() throws {
    var errors: [Double] = []
    for seed in 0..<60 as Range<UInt64> {
      var net = NetBuilder(seed: 500 + seed)
      var x = try wide(&net)
      for _ in 0..<2 {
        let place = net.pick(Place.allCases.filter { $0 != .mean && $0 != .farBorder })
        x = try place.apply(&net, net.pick(Self.activations), x)
      }
      net.output(x)
      let error = try IntegerTwin(net.graph, samples: 12).relativeError()
      errors.append(error)
      #expect(error <= 0.08, "seed \(seed): \(net.graph.nodes.map(\.operation))")
    }
    errors.sort()
    #expect(errors[30] <= 0.015, "\(errors)")
  }

  /// Sums may be too large for bytes of so small a scale: the clip is then a step of its own.
  @Test(arguments: [0.5, 1e-2, 1e-4, 1e-6] as [Float])
  func aNarrowClipIsNotWidened(high: Float) throws {
    var net = NetBuilder(seed: 12)
    net.output(try net.activation(.clip(low: 0, high: high), try net.dense(net.input([40]), to: 30)))
    let twin = try IntegerTwin(net.graph)
    #expect(try twin.relativeError() <= 0.03, "\(twin.names)")
  }

  @Test func aBorderThatNeverComesThroughLeavesTypeAndScale() throws {
    for (kernel, isSigned) in [([3, 3], false), ([1, 1], true)] {
      var net = NetBuilder(seed: 5)
      let x = try net.activation(.relu, net.input([1, 6, 6]))
      let padding = Padding(
        before: [0, 1, 1], after: [0, 1, 1], mode: .constant(-Self.most))
      let y = try net.node(.maxPool(Window(kernel: kernel)), try net.node(.pad(padding), x))
      let types = IntegerTypes(net.graph, inputs: [.init(isSigned: true)])
      #expect(types.isSigned(y) == isSigned, "kernel \(kernel)")
    }
  }

  @Test func aBorderBeyondTheBytesOfAGivenScaleIsPutApart() throws {
    for value in [0.5, 2] as [Float] {
      var net = NetBuilder(seed: 5)
      let padding = Padding(before: [1], after: [0], mode: .constant(value))
      net.output(try net.node(.pad(padding), net.input([4])))
      let twin = try IntegerTwin(net.graph, scale: 1.0 / 255)
      #expect(twin.names.contains("map u8 u8") == (value > 1))
      #expect(try twin.largestError() <= 1)
    }
  }
}

/// What the samples showed of a network's ends is held by its bytes.
struct OutputRangeTests {
  @Test func noWayToFindScalesCutsAnOutput() throws {
    var net = NetBuilder(seed: 6)
    let x = net.input([4])
    let y = try net.dense(x, to: 8)
    net.output(try net.dense(try net.activation(.relu, y), to: 3))
    let types = IntegerTypes(net.graph, inputs: [.init(isSigned: true)])
    var few = net.tensor([60, 4])
    let usual = try Calibration(
      net.graph, types: types, samples: [Self.set(few)], threads: 1)
    for index in 0..<4 { few.values[index] = 50 }
    let all = try Calibration(
      net.graph, types: types, samples: [Self.set(few)], threads: 1)
    let apart = try Calibration(
      net.graph, types: types, samples: [Self.set(few.rows(4..<60))],
      further: [Self.set(few.rows(0..<4))], threads: 1)
    let output = types.groups[net.graph.outputs[0].index]
    func scales(_ calibration: Calibration, _ group: Int) -> Set<Double> {
      Set(calibration.candidates[group] ?? [])
    }
    #expect(scales(all, output).count == 1 && scales(apart, output) == scales(all, output))
    #expect(try #require(scales(all, output).first) > 3 * #require(scales(usual, output).first))
    #expect(try #require(scales(apart, types.groups[x.index]).first) > 50.0 / 127.1)
    #expect(scales(apart, types.groups[x.index]).count == 1)
    #expect(scales(all, types.groups[y.index]).count > 1, "what lies between may be cut")
  }

  private static func set(_ samples: Tensor) -> SampleSet {
    SampleSet([Dataset(samples: samples)], elementCounts: [4])
  }
}

extension NetBuilder {
  /// A constant of one number.
  fileprivate mutating func number(_ value: Float) -> ParameterID {
    let id = parameter([1], .constant)
    graph.setParameter(id, to: Tensor(shape: [1], values: [value]))
    return id
  }
}
