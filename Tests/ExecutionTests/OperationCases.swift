// One table of operations, shapes and options, for the forward tests and the gradient tests alike.

import ModelGraph
import Tensors
import TestSupport
import Testing

/// A graph of one operation under test, behind a value of a given shape.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Shape of the operation's input.
  let shape: [Int]
  let build: @Sendable (inout NetBuilder, ValueID) throws -> ValueID

  var testDescription: String { name }

  init(
    _ name: String, _ shape: [Int],
    _ build: @escaping @Sendable (inout NetBuilder, ValueID) throws -> ValueID
  ) {
    (self.name, self.shape, self.build) = (name, shape, build)
  }

  /// The operation right behind the network's input.
  func direct(seed: UInt64) throws -> NetBuilder {
    var net = NetBuilder(seed: seed)
    let x = net.input(shape)
    net.graph.addOutput(try build(&net, x))
    return net
  }

  /// The operation behind a dense layer of 3 inputs whose bias reaches each element of the
  /// operation's input, so that the bias's gradient is that input's gradient; and, for images, also
  /// behind a convolution, so that the input is channels last.
  func trained(seed: UInt64, behindConvolution: Bool) throws -> NetBuilder {
    var net = NetBuilder(seed: seed)
    var x = net.input([3])
    x = try net.dense(x, to: shape.elementCount)
    x = try net.node(.reshape(shape), x)
    if behindConvolution {
      x = try net.convolution(x, to: shape[0], Window(kernel: [1, 1]))
    }
    net.graph.addOutput(try build(&net, x))
    return net
  }
}

extension OperationCase {
  static func convolution(
    _ name: String, _ shape: [Int], to channels: Int, _ window: Window, groups: Int = 1,
    bias: Bool = true
  ) -> OperationCase {
    OperationCase("convolution " + name, shape) { net, x in
      try net.convolution(x, to: channels, window, groups: groups, bias: bias)
    }
  }

  static func node(_ name: String, _ shape: [Int], _ operation: Operation) -> OperationCase {
    OperationCase(name, shape) { net, x in try net.node(operation, x) }
  }

  static let square = Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1])

  static let convolutions: [OperationCase] = [
    .convolution("3x3", [3, 6, 7], to: 4, square),
    .convolution("without bias", [3, 6, 7], to: 4, square, bias: false),
    .convolution("one channel", [1, 7, 6], to: 5, square),
    .convolution("to one channel", [4, 5, 5], to: 1, square),
    .convolution("wide", [16, 6, 6], to: 32, square),
    .convolution("1x1", [5, 4, 4], to: 6, Window(kernel: [1, 1])),
    .convolution("1x1 plane", [5, 1, 1], to: 6, Window(kernel: [1, 1])),
    .convolution("1x1 stride 2", [5, 5, 5], to: 6, Window(kernel: [1, 1], strides: [2, 2])),
    .convolution("whole plane", [2, 4, 5], to: 3, Window(kernel: [4, 5])),
    .convolution("row of height 1", [2, 1, 9], to: 3, Window(kernel: [1, 3], strides: [1, 2])),
    .convolution("5x3 strides 2, 3", [2, 9, 10], to: 3, Window(kernel: [5, 3], strides: [2, 3])),
    .convolution(
      "asymmetric pads", [3, 5, 6], to: 4,
      Window(kernel: [3, 3], strides: [2, 2], padBefore: [0, 1], padAfter: [2, 0])),
    .convolution(
      "pads wider than the kernel", [2, 4, 4], to: 3,
      Window(kernel: [2, 2], padBefore: [3, 2], padAfter: [2, 3])),
    .convolution(
      "dilation 2, 3", [3, 9, 10], to: 4,
      Window(kernel: [3, 3], dilations: [2, 3], padBefore: [1, 2], padAfter: [1, 2])),
    .convolution("2 groups", [4, 6, 6], to: 6, square, groups: 2),
    .convolution("2 groups of 16", [32, 4, 4], to: 32, square, groups: 2),
    .convolution("depthwise", [6, 6, 6], to: 6, square, groups: 6),
    .convolution("depthwise 16", [16, 6, 6], to: 16, square, groups: 16),
    .convolution("depthwise twice the channels", [3, 6, 6], to: 6, square, groups: 3),
    .convolution(
      "depthwise stride 2, dilation 2", [5, 9, 9], to: 5,
      Window(
        kernel: [3, 3], strides: [2, 2], dilations: [2, 2], padBefore: [2, 2], padAfter: [2, 2]),
      groups: 5),
  ]

  static let windows: [(String, [Int], Window)] = [
    ("2x2", [3, 6, 8], Window(kernel: [2, 2], strides: [2, 2])),
    ("3x2 overlapping", [2, 7, 6], Window(kernel: [3, 2], strides: [2, 1])),
    ("one channel", [1, 6, 6], Window(kernel: [3, 3], strides: [3, 3])),
    ("of 17 channels", [17, 4, 4], Window(kernel: [2, 2], strides: [2, 2])),
    ("whole plane", [3, 4, 5], Window(kernel: [4, 5])),
    ("dilated", [2, 8, 9], Window(kernel: [2, 3], dilations: [3, 2])),
    (
      "asymmetric pads", [2, 5, 6],
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
    (
      "ceiling, dilated, padded", [2, 9, 8],
      Window(
        kernel: [2, 3], strides: [3, 2], dilations: [2, 2], padBefore: [0, 1], padAfter: [1, 1],
        ceilMode: true)
    ),
  ]

  static let pools: [OperationCase] = windows.flatMap { name, shape, window in
    [
      .node("max pool " + name, shape, .maxPool(window)),
      .node("average pool " + name, shape, .averagePool(window, countsPadding: false)),
      .node("average pool counting pads " + name, shape, .averagePool(window, countsPadding: true)),
    ]
  }

  static let activations: [OperationCase] = [
    Activation.relu, .leakyRelu(alpha: 0.1), .leakyRelu(alpha: -0.5), .leakyRelu(alpha: 0),
    .clip(low: -0.4, high: 0.7), .clip(low: 0, high: .infinity), .sigmoid, .tanh,
    .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSigmoid(alpha: -0.3, beta: 0.4), .hardSwish,
    .elu(alpha: 1), .elu(alpha: -0.4), .elu(alpha: 0),
  ].flatMap { activation -> [OperationCase] in
    [
      .node("\(activation)", [3, 4, 5], .activation(activation)),
      OperationCase("dense \(activation)", [4]) { net, x in
        try net.node(.activation(activation), try net.dense(x, to: 6))
      },
      OperationCase("convolution \(activation)", [2, 5, 5]) { net, x in
        try net.node(.activation(activation), try net.convolution(x, to: 3, square))
      },
    ]
  }

  /// Each function, of positive numbers where it has no others.
  static let functions: [OperationCase] = MathFunction.Kind.allCases.map { kind in
    OperationCase("\(kind)", [3, 4, 5]) { net, x in
      let function = MathFunction(kind, kind == .power ? -1.5 : kind == .threshold ? 0.25 : 0)
      switch kind {
      case .logarithm, .squareRoot, .reciprocal, .power:
        return try net.node(.function(function), try net.node(.activation(.sigmoid), x))
      default: return try net.node(.function(function), x)
      }
    }
  }

  static let products: [OperationCase] = [
    OperationCase("an image that slides over itself", [3, 4, 5]) { net, x in
      let new = try net.node(.gather([1, 3]), x)
      return try net.node(.slide(axis: 2), x, new)
    },
    OperationCase("channels that slide behind a layer", [6, 2, 2]) { net, x in
      let new = try net.node(.reshape([2, 2, 2]), try net.dense(try net.node(.reshape([24]), x), to: 8))
      return try net.node(.slide(axis: 0), x, new)
    },
    OperationCase("matrices times their transposes", [2, 3, 4]) { net, x in
      try net.node(.matrixProduct, x, try net.node(.transpose([0, 2, 1]), x))
    },
    OperationCase("a square matrix times itself", [3, 3]) { net, x in try net.node(.matrixProduct, x, x) },
    OperationCase("a row times a matrix behind a layer", [1, 5]) { net, x in
      let matrix = try net.node(.reshape([5, 2]), try net.dense(x, to: 10))
      return try net.node(.matrixProduct, x, matrix)
    },
  ]

  /// An image and, of it, an operand of another shape that broadcasts with it.
  static let broadcasts: [OperationCase] = [
    BinaryOperator.add, .subtract, .multiply, .divide, .maximum, .minimum,
  ].flatMap { operation -> [OperationCase] in
    [
      OperationCase("\(operation) of equals", [3, 4, 5]) { net, x in
        let y = try net.node(.activation(.sigmoid), x)
        return try net.node(.binary(operation), x, y)
      },
      OperationCase("\(operation) by a channel", [3, 4, 5]) { net, x in
        let y = try net.node(.activation(.sigmoid), try net.node(.globalAveragePool, x))
        return try net.node(.binary(operation), x, y)
      },
      OperationCase("\(operation) of a channel by an image", [3, 4, 5]) { net, x in
        let y = try net.node(.globalAveragePool, x)
        return try net.node(.binary(operation), y, try net.node(.activation(.sigmoid), x))
      },
      OperationCase("\(operation) by a vector", [3, 4, 5]) { net, x in
        let y = try net.dense(try net.node(.reshape([60]), x), to: 5)
        return try net.node(.binary(operation), x, try net.node(.activation(.sigmoid), y))
      },
      OperationCase("\(operation) that broadcasts both sides", [3, 4, 1]) { net, x in
        let y = try net.node(.transpose([0, 2, 1]), x)
        return try net.node(.binary(operation), x, try net.node(.activation(.sigmoid), y))
      },
      OperationCase("\(operation) with a constant", [3, 4, 5]) { net, x in
        let c = try net.node(.constant(net.parameter([3, 1, 5], .constant)))
        return try net.node(.binary(operation), x, try net.node(.activation(.sigmoid), c))
      },
      OperationCase("\(operation) with itself", [7]) { net, x in
        let y = try net.node(.activation(.sigmoid), x)
        return try net.node(.binary(operation), y, y)
      },
    ]
  }

  static let shapes: [OperationCase] = [
    .node("reshape of an image", [3, 4, 5], .reshape([5, 12])),
    .node("reshape to an image", [24], .reshape([2, 3, 4])),
    .node("requantize of a vector", [7], .requantize),
    OperationCase("requantize between a convolution and a pool", [3, 4, 5]) { net, x in
      let y = try net.node(.requantize, try net.convolution(x, to: 2, square))
      return try net.node(.maxPool(Window(kernel: [2, 2])), y)
    },
    .node("transpose of an image", [3, 4, 5], .transpose([2, 0, 1])),
    .node("transpose of a matrix", [3, 4], .transpose([1, 0])),
    .node("transpose of six axes", [2, 1, 3, 2, 2, 2], .transpose([5, 0, 3, 1, 4, 2])),
    OperationCase("transpose before a convolution", [4, 5, 3]) { net, x in
      try net.convolution(try net.node(.transpose([2, 0, 1]), x), to: 2, square)
    },
    OperationCase("concat of channels", [3, 4, 5]) { net, x in
      try net.node(.concat(axis: 0), x, try net.convolution(x, to: 2, square), x)
    },
    OperationCase("concat of rows", [3, 4, 5]) { net, x in
      try net.node(.concat(axis: 1), try net.convolution(x, to: 3, square), x)
    },
    OperationCase("concat of columns", [3, 4, 5]) { net, x in
      try net.node(.concat(axis: 2), x, try net.node(.activation(.tanh), x))
    },
    OperationCase("concat of vectors", [7]) { net, x in
      try net.node(.concat(axis: 0), x, try net.dense(x, to: 4), x)
    },
    .node(
      "pad by zeros", [3, 4, 5],
      .pad(Padding(before: [0, 1, 2], after: [0, 0, 1], mode: .constant(0)))),
    .node(
      "pad of channels by a constant", [3, 4, 5],
      .pad(Padding(before: [1, 0, 2], after: [2, 1, 0], mode: .constant(0.5)))),
    .node(
      "pad by reflection", [3, 4, 5],
      .pad(Padding(before: [2, 3, 0], after: [0, 1, 4], mode: .reflect))),
    .node(
      "pad by the edge", [3, 4, 5],
      .pad(Padding(before: [0, 2, 1], after: [0, 0, 3], mode: .edge))),
    .node(
      "pad by the sample", [3, 4, 5],
      .pad(Padding(before: [1, 4, 0], after: [3, 0, 5], mode: .symmetric))),
    .node(
      "nearest of another size", [3, 4, 5],
      .resize(
        Resize(
          mode: .nearest, axes: [.init(size: 7, step: 4, unit: 7), .init(size: 3, step: 10, start: 2, unit: 6)]))),
    .node(
      "linear of another size", [3, 4, 5],
      .resize(
        Resize(
          mode: .linear, axes: [.init(size: 9, step: 4, start: -3, unit: 9), .init(size: 3, step: 4, unit: 2)]))),
    .node(
      "linear of one place", [2, 1, 4],
      .resize(Resize(mode: .linear, axes: [.init(size: 3, step: 1, unit: 3), .init(size: 1, step: 5, start: 3, unit: 2)]))),
    .node("pad of a vector", [5], .pad(Padding(before: [2], after: [1], mode: .reflect))),
    .node("pad by nothing", [5], .pad(Padding(before: [0], after: [0], mode: .edge))),
  ]

  static let others: [OperationCase] = [
    OperationCase("dense", [7]) { net, x in try net.dense(x, to: 4) },
    OperationCase("dense without bias", [7]) { net, x in try net.dense(x, to: 4, bias: false) },
    OperationCase("dense on the last axis of a matrix", [4, 7]) { net, x in
      try net.dense(x, to: 3)
    },
    OperationCase("dense on the last axis of an image", [2, 3, 7]) { net, x in
      try net.dense(x, to: 3)
    },
    OperationCase("gather of a vector", [5]) { net, x in try net.node(.gather([0, 3]), x) },
    OperationCase("gather of a matrix", [3, 5]) { net, x in
      try net.node(.gather([1, 2, 4]), x)
    },
    OperationCase("affine of a vector", [5]) { net, x in try net.affine(x) },
    OperationCase("affine of a matrix", [5, 3]) { net, x in try net.affine(x) },
    OperationCase("affine of an image", [3, 4, 5]) { net, x in try net.affine(x) },
    OperationCase("prelu by a channel", [3, 4, 5]) { net, x in
      try net.node(.prelu(slope: net.parameter([3, 1, 1], .slope)), x)
    },
    OperationCase("prelu by one number", [3, 4, 5]) { net, x in
      try net.node(.prelu(slope: net.parameter([1], .slope)), x)
    },
    OperationCase("prelu by an element", [6]) { net, x in
      try net.node(.prelu(slope: net.parameter([6], .slope)), x)
    },
    .node("softmax of a vector", [6], .softmax(axis: 0)),
    .node("softmax of channels", [3, 4, 5], .softmax(axis: 0)),
    .node("softmax of rows", [3, 4, 5], .softmax(axis: 1)),
    .node("softmax of columns", [3, 4, 5], .softmax(axis: 2)),
    .node("softmax of rows times 0.4", [3, 4, 5], .softmax(axis: 1, beta: 0.4)),
    .node("logarithms of a softmax", [6], .logSoftmax(axis: 0)),
    .node("logarithms of a softmax of rows", [3, 4, 5], .logSoftmax(axis: 1)),
    .node("global average pool of an image", [3, 4, 5], .globalAveragePool),
    .node("global average pool of a matrix", [3, 4], .globalAveragePool),
    .node("global average pool of a vector", [3], .globalAveragePool),
    OperationCase("one weight in two layers", [4]) { net, x in
      let weight = net.parameter([4, 4], .weight, scale: 0.5)
      let layer = Operation.dense(Dense(weight: weight, bias: nil))
      return try net.node(layer, try net.node(.activation(.tanh), try net.node(layer, x)))
    },
    OperationCase("one filter in two layers", [4, 5, 5]) { net, x in
      let weight = net.parameter([4, 4, 3, 3], .weight, scale: 0.2)
      let bias = net.parameter([4], .bias)
      let layer = Operation.convolution(Convolution(weight: weight, bias: bias, window: square))
      return try net.node(layer, try net.node(.activation(.tanh), try net.node(layer, x)))
    },
    OperationCase("residual", [3, 5, 5]) { net, x in
      let y = try net.node(.activation(.relu), try net.convolution(x, to: 3, square))
      let z = try net.convolution(y, to: 3, square)
      return try net.node(.activation(.relu), try net.node(.binary(.add), z, x))
    },
    OperationCase("relu read twice", [3, 5, 5]) { net, x in
      let y = try net.node(.activation(.relu), try net.convolution(x, to: 3, square))
      return try net.node(.binary(.multiply), y, try net.convolution(y, to: 3, square))
    },
  ]

  /// Which have no slope.
  static let places: [OperationCase] = [
    .node("place of the largest of a vector", [6], .argMax(axis: 0)),
    .node("places of the least of a matrix", [3, 5], .argMax(axis: 1, ofLeast: true)),
    .node("places of the largest channels", [3, 4, 5], .argMax(axis: 0)),
    .node("places of the largest rows", [3, 4, 5], .argMax(axis: 1)),
    .node("places of the largest rows of a column", [3, 4, 1], .argMax(axis: 1)),
    .node("places of the least columns", [3, 4, 5], .argMax(axis: 2, ofLeast: true)),
    .node("places among one", [3, 1, 5], .argMax(axis: 1)),
  ]

  static let all = convolutions + pools + activations + functions + products + broadcasts + shapes + others
}
