import ModelGraph
import Tensors

/// Small graphs in which something is read, shared or kept that a planner could get wrong.
enum CombinedGraphs {
  static let all: [GraphCase] = inputsAndOutputs + aliases + sharing + constants + nets

  private static let inputsAndOutputs: [GraphCase] = [
    GraphCase("an input that is an output") { net in
      let x = net.input([6])
      net.output(x, try net.activation(.relu, x))
    },
    GraphCase("the same output twice") { net in
      let y = try net.dense(net.input([4]), to: 3)
      net.output(y, y)
    },
    GraphCase("an input that nobody reads") { net in
      _ = net.input([50])
      net.output(try net.dense(net.input([4]), to: 3))
    },
    GraphCase("three inputs, two outputs") { net in
      let (a, b, c) = (net.input([4]), net.input([4]), net.input([2, 2]))
      let sum = try net.node(.binary(.add), a, b)
      let flat = try net.node(.reshape([4]), c)
      net.output(
        try net.node(.binary(.multiply), sum, flat), try net.node(.binary(.subtract), a, flat))
    },
    GraphCase("an output that is read later") { net in
      let x = try net.dense(net.input([5]), to: 5)
      let y = try net.activation(.tanh, x)
      net.output(y, try net.dense(try net.activation(.relu, y), to: 3))
    },
    GraphCase("an output and its activation are outputs") { net in
      let x = try net.convolution(net.input([2, 4, 4]), to: 3, .square)
      net.output(x, try net.activation(.relu, x))
    },
    GraphCase("the sum and its activation are outputs") { net in
      let sum = try net.node(.binary(.add), net.input([5]), net.input([5]))
      net.output(try net.activation(.sigmoid, sum), sum)
    },
    GraphCase("an output made early lives to the end") { net in
      let x = net.input([30])
      let early = try net.activation(.tanh, x)
      var y = try net.dense(x, to: 30)
      for _ in 0..<4 { y = try net.activation(.relu, try net.dense(y, to: 30)) }
      net.output(y, early)
    },
    GraphCase("a node that nobody reads") { net in
      let x = net.input([8])
      _ = try net.activation(.sigmoid, x)
      _ = try net.dense(x, to: 40)
      net.output(try net.activation(.relu, x))
    },
  ]

  private static let aliases: [GraphCase] = [
    GraphCase("a reshape of an input is an output") { net in
      let x = net.input([2, 3])
      net.output(try net.node(.reshape([6]), x), try net.activation(.relu, x))
    },
    GraphCase("a requantized input and a requantized layer") { net in
      let x = net.input([5])
      let y = try net.node(.requantize, try net.dense(try net.node(.requantize, x), to: 4))
      net.output(try net.node(.requantize, try net.activation(.relu, y)))
    },
    GraphCase("a value and its reshape are outputs") { net in
      let x = try net.dense(net.input([4]), to: 6)
      net.output(x, try net.node(.reshape([3, 2]), x))
    },
    GraphCase("a reshape is written over while the value is read later") { net in
      let x = try net.dense(net.input([4]), to: 6)
      let flat = try net.node(.reshape([2, 3]), x)
      let y = try net.activation(.tanh, flat)
      net.output(try net.node(.binary(.add), try net.node(.reshape([6]), y), x))
    },
    GraphCase("a value is written over while its reshape is read later") { net in
      let x = try net.dense(net.input([4]), to: 6)
      let flat = try net.node(.reshape([2, 3]), x)
      let y = try net.activation(.tanh, x)
      net.output(try net.node(.binary(.add), try net.node(.reshape([2, 3]), y), flat))
    },
    GraphCase("reshape of a reshape, both read") { net in
      let x = net.input([12])
      let a = try net.node(.reshape([3, 4]), x)
      let b = try net.node(.reshape([2, 6]), a)
      let c = try net.node(.transpose([1, 0]), a)
      net.output(
        try net.node(
          .concat(axis: 0), try net.node(.reshape([12]), c), try net.node(.reshape([12]), b)))
    },
    GraphCase("a value added to its own reshape") { net in
      let x = try net.activation(.tanh, net.input([4, 4]))
      let flat = try net.node(.reshape([16]), x)
      net.output(try net.node(.binary(.add), try net.node(.reshape([16]), x), flat))
    },
    GraphCase("a value times its own column") { net in
      let x = try net.activation(.tanh, net.input([4, 1]))
      net.output(try net.node(.binary(.multiply), x, try net.node(.reshape([1, 4]), x)))
    },
    GraphCase("a reshaped constant") { net in
      let c = try net.node(.reshape([2, 3]), try net.constant([6]))
      net.output(try net.node(.binary(.add), net.input([2, 3]), c), c)
    },
  ]

  private static let sharing: [GraphCase] = [
    GraphCase("a value read twice by one node") { net in
      let x = try net.dense(net.input([4]), to: 4)
      net.output(try net.node(.binary(.multiply), x, x))
    },
    GraphCase("a value read by three nodes") { net in
      let x = try net.dense(net.input([4]), to: 4)
      let parts = try [Activation.relu, .tanh, .sigmoid].map { try net.activation($0, x) }
      net.output(try net.node(.concat(axis: 0), parts))
    },
    GraphCase("a chain over one buffer, its beginning read at the end") { net in
      let x = net.input([9])
      var y = try net.activation(.tanh, x)
      for activation in [Activation.relu, .hardSwish, .sigmoid] {
        y = try net.activation(activation, y)
      }
      net.output(try net.node(.binary(.subtract), try net.affine(y), x))
    },
    GraphCase("in place over the smaller operand's place is not possible") { net in
      let small = try net.activation(.tanh, net.input([3, 1, 1]))
      let large = try net.activation(.tanh, net.input([3, 4, 5]))
      net.output(try net.node(.binary(.multiply), small, large))
    },
    GraphCase("in place over the second operand") { net in
      let a = try net.activation(.tanh, net.input([6]))
      let b = try net.activation(.sigmoid, net.input([6]))
      let c = try net.node(.binary(.divide), a, b)
      net.output(try net.node(.binary(.subtract), c, a))
    },
    GraphCase("the second operand is larger and a constant") { net in
      let x = try net.activation(.tanh, net.input([5]))
      let y = try net.node(.binary(.subtract), x, try net.constant([3, 5]))
      net.output(try net.activation(.relu, y))
    },
    GraphCase("prelu and softmax in place behind a branch") { net in
      let x = try net.dense(net.input([6]), to: 6)
      let y = try net.node(.prelu(slope: net.parameter([6], .slope)), x)
      let z = try net.node(.softmax(axis: 0), y)
      net.output(try net.node(.binary(.add), z, x))
    },
    GraphCase("a concat that is concatenated again") { net in
      let x = net.input([2, 3, 3])
      let a = try net.node(.concat(axis: 0), x, try net.activation(.tanh, x))
      let b = try net.node(.concat(axis: 0), a, try net.activation(.relu, a), x)
      net.output(try net.convolution(b, to: 3, .square), a)
    },
    GraphCase("images of one channel joined before a pool") { net in
      let x = net.input([1, 6, 5])
      let y = try net.convolution(x, to: 1, .square)
      let both = try net.node(.concat(axis: 0), y, try net.activation(.tanh, x), y)
      net.output(try net.node(.maxPool(Window(kernel: [2, 2])), both), both)
    },
    GraphCase("pools with windows that lie in padding alone") { net in
      let x = net.input([3, 4, 5])
      let far = Window(kernel: [2, 2], strides: [2, 2], padBefore: [2, 3], padAfter: [3, 2])
      net.output(
        try net.node(.maxPool(far), x),
        try net.node(.averagePool(far, countsPadding: false), x))
    },
    GraphCase("columns of one pixel joined before a convolution") { net in
      let x = net.input([4, 1, 1])
      let tall = try net.node(.concat(axis: 1), x, try net.activation(.tanh, x), x)
      net.output(try net.convolution(tall, to: 3, .square), tall)
    },
    GraphCase("one matrix in two layers") { net in
      let weight = net.parameter([4, 4], .weight, scale: 0.5)
      let x = try net.node(.dense(Dense(weight: weight, bias: nil)), net.input([4]))
      net.output(
        try net.node(.dense(Dense(weight: weight, bias: nil)), try net.activation(.tanh, x)))
    },
  ]

  private static let constants: [GraphCase] = [
    GraphCase("a constant read at the beginning and at the end") { net in
      let c = try net.constant([5])
      let x = try net.node(.binary(.add), net.input([5]), c)
      let y = try net.dense(try net.activation(.relu, try net.dense(x, to: 5)), to: 5)
      net.output(try net.node(.binary(.multiply), y, c))
    },
    GraphCase("a constant read only at the end lies nowhere before") { net in
      let c = try net.constant([50])
      var x = net.input([50])
      for _ in 0..<3 { x = try net.activation(.tanh, try net.dense(x, to: 50)) }
      net.output(try net.node(.binary(.add), x, c))
    },
    GraphCase("an activation of a constant in place") { net in
      let c = try net.activation(.tanh, try net.constant([5]))
      net.output(try net.node(.binary(.add), c, net.input([5])))
    },
    GraphCase("a constant that is an output and read") { net in
      let c = try net.constant([5])
      net.output(try net.node(.binary(.add), net.input([5]), c), c)
    },
    GraphCase("a constant that two nodes at once read") { net in
      let c = try net.constant([5])
      let x = net.input([5])
      let a = try net.node(.binary(.add), x, c)
      let b = try net.node(.binary(.multiply), c, x)
      net.output(try net.node(.binary(.subtract), a, b))
    },
    GraphCase("a dense layer of a constant") { net in
      let y = try net.dense(try net.constant([5]), to: 4)
      net.output(try net.node(.binary(.add), y, net.input([4])))
    },
  ]

  private static let nets: [GraphCase] = [
    GraphCase("residual blocks") { net in
      var x = try net.activation(.relu, try net.convolution(net.input([3, 8, 8]), to: 4, .square))
      for channels in [4, 8] {
        let stride = channels == 4 ? 1 : 2
        let window = Window(
          kernel: [3, 3], strides: [stride, stride], padBefore: [1, 1], padAfter: [1, 1])
        var y = try net.activation(
          .relu, try net.affine(try net.convolution(x, to: channels, window)))
        y = try net.affine(try net.convolution(y, to: channels, .square))
        let short =
          channels == 4
          ? x : try net.convolution(x, to: channels, Window(kernel: [1, 1], strides: [2, 2]))
        x = try net.activation(.relu, try net.node(.binary(.add), y, short))
      }
      let mean = try net.node(.reshape([8]), try net.node(.globalAveragePool, x))
      net.output(try net.node(.softmax(axis: 0), try net.dense(mean, to: 5)))
    },
    GraphCase("squeeze and excite") { net in
      let x = try net.activation(
        .hardSwish, try net.convolution(net.input([2, 6, 6]), to: 8, .square))
      let mean = try net.node(.reshape([8]), try net.node(.globalAveragePool, x))
      let small = try net.activation(.relu, try net.dense(mean, to: 2))
      let gate = try net.activation(
        .hardSigmoid(alpha: 0.2, beta: 0.5), try net.dense(small, to: 8))
      net.output(try net.node(.binary(.multiply), x, try net.node(.reshape([8, 1, 1]), gate)))
    },
    GraphCase("depthwise separable") { net in
      var x = net.input([3, 9, 9])
      for channels in [6, 10] {
        let depth = net.graph[x].shape[0]
        x = try net.convolution(x, to: depth, .square, groups: depth)
        x = try net.activation(.clip(low: 0, high: 6), try net.affine(x))
        x = try net.convolution(x, to: channels, Window(kernel: [1, 1]))
        x = try net.activation(.clip(low: 0, high: 6), x)
      }
      net.output(
        try net.node(.averagePool(Window(kernel: [9, 9]), countsPadding: false), x))
    },
    GraphCase("encoder and decoder with a bridge") { net in
      let x = net.input([10])
      let a = try net.activation(.relu, try net.dense(x, to: 8))
      let b = try net.activation(.relu, try net.dense(a, to: 3))
      let c = try net.activation(.relu, try net.dense(b, to: 8))
      net.output(try net.dense(try net.node(.concat(axis: 0), a, c), to: 10), b)
    },
  ]
}
