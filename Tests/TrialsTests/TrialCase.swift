// Networks whose layers are tried.

import ModelGraph
import TestSupport
import Testing

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
    .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .elu(alpha: 1),
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
      TrialCase("chain, inputs that are always 0") { net in
        let border = Padding(before: [2], after: [1], mode: .constant(0))
        let x = try net.dense(try net.node(.pad(border), net.input([6])), to: 7)
        net.graph.addOutput(try net.dense(try net.activation(.relu, x), to: 4))
      },
      TrialCase("chain, scales over several vectors") { net in
        let x = try net.affine(try net.dense(net.input([4, 6]), to: 5))
        net.graph.addOutput(try net.dense(try net.activation(.relu, x), to: 3))
      },
      image("scales, relu, mean") { net, x in
        try net.node(.globalAveragePool, try net.activation(.relu, try net.affine(x)))
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
