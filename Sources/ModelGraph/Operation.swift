// The operations of a graph: the smallest set to which an importer can reduce the operators of a
// foreign format. To add one: here, `Graph+Shapes.swift`, Execution, the blob's plan, Runtime-C.

/// What a node computes.
public enum Operation: Equatable, Sendable, Codable {
  /// [C, H, W] to [O, OH, OW]: filters swept over the plane.
  case convolution(Convolution)
  /// [..., I] to [..., O]: a matrix applied to the last axis.
  case dense(Dense)
  /// x * scale[c] + shift[c], c along the first axis: what inference leaves of a batch
  /// normalization.
  case affine(scale: ParameterID, shift: ParameterID)
  /// An elementwise function.
  case activation(Activation)
  /// max(x, 0) + slope * min(x, 0); the slope broadcasts over the sample from the right.
  case prelu(slope: ParameterID)
  /// Exponentials along one axis, normalised to sum 1.
  case softmax(axis: Int)
  /// [C, H, W] to [C, OH, OW]: the largest of each window; padding never wins.
  case maxPool(Window)
  /// [C, H, W] to [C, OH, OW]: the mean of each window, over what is inside the image or, where
  /// `countsPadding`, inside the image and its declared padding.
  case averagePool(Window, countsPadding: Bool)
  /// [C, ...] to [C, 1, ...]: the mean over every axis but the first.
  case spatialMean
  /// Two tensors, elementwise, broadcast from the right.
  case binary(BinaryOperator)
  /// A parameter as a value, the same for every sample; no inputs.
  case constant(ParameterID)
  /// One or more tensors, joined along an axis.
  case concat(axis: Int)
  /// A border around the sample.
  case pad(Padding)
  /// The same numbers, row-major, under another shape.
  case reshape([Int])
  /// Output axis i is input axis `permutation[i]`.
  case transpose([Int])
  /// [..., N] to [..., n]: the numbers at these places of the last axis, ascending. No foreign
  /// operator becomes one: it leaves out what a dense layer never reads.
  case select([Int])
}

/// Weights [O, I / groups, kh, kw] and one bias an output channel.
public struct Convolution: Equatable, Sendable, Codable {
  public var weight: ParameterID
  public var bias: ParameterID?
  public var window: Window
  /// Input and output channels are cut into this many independent parts; the number of input
  /// channels for a depthwise convolution.
  public var groups: Int

  public init(weight: ParameterID, bias: ParameterID?, window: Window, groups: Int = 1) {
    self.weight = weight
    self.bias = bias
    self.window = window
    self.groups = groups
  }
}

/// Weights [O, I] and one bias an output.
public struct Dense: Equatable, Sendable, Codable {
  public var weight: ParameterID
  public var bias: ParameterID?

  public init(weight: ParameterID, bias: ParameterID?) {
    self.weight = weight
    self.bias = bias
  }
}

/// Which inputs each output of a convolution or pool sees: two axes, height then width.
public struct Window: Equatable, Sendable, Codable {
  /// Height and width, in taps.
  public var kernel: [Int]
  public var strides: [Int]
  public var dilations: [Int]
  /// Zeros added before (top, left) and after (bottom, right).
  public var padBefore: [Int]
  public var padAfter: [Int]
  /// Whether a last window may hang over the end (pools only).
  public var ceilMode: Bool

  public init(
    kernel: [Int], strides: [Int] = [1, 1], dilations: [Int] = [1, 1], padBefore: [Int] = [0, 0],
    padAfter: [Int] = [0, 0], ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padBefore = padBefore
    self.padAfter = padAfter
    self.ceilMode = ceilMode
  }

  /// Outputs along axis `axis` (0 height, 1 width) for an input of `size`; nil where not even one
  /// window fits or a number is out of range.
  public func outputSize(_ size: Int, axis: Int) -> Int? {
    let (stride, dilation, taps) = (strides[axis], dilations[axis], kernel[axis])
    guard stride >= 1, dilation >= 1, taps >= 1, padBefore[axis] >= 0, padAfter[axis] >= 0,
      [stride, dilation, taps, padBefore[axis], padAfter[axis], size].allSatisfy({ $0 < 1 << 24 })
    else { return nil }
    let room = size + padBefore[axis] + padAfter[axis] - ((taps - 1) * dilation + 1)
    guard ceilMode else { return room >= 0 ? room / stride + 1 : nil }
    // Rounded up, also where the first window already hangs over the end: the quotient of a negative
    // room is rounded towards zero.
    let count = (room > 0 ? (room + stride - 1) / stride : room / stride) + 1
    // A window that would begin in the padding after the end is dropped.
    let kept = (count - 1) * stride >= size + padBefore[axis] ? count - 1 : count
    return kept >= 1 ? kept : nil
  }

  /// Taps and pads as people write them, for messages.
  public var description: String {
    var words = "a window of \(kernel)"
    if dilations != [1, 1] { words += ", dilated by \(dilations)," }
    if padBefore + padAfter != [0, 0, 0, 0] { words += " with pads \(padBefore + padAfter)" }
    return words
  }
}

/// An elementwise function of one number.
public enum Activation: Equatable, Sendable, Codable {
  /// max(x, 0)
  case relu
  /// x where positive, else alpha * x
  case leakyRelu(alpha: Float)
  /// min(max(x, low), high)
  case clip(low: Float, high: Float)
  /// 1 / (1 + exp(-x))
  case sigmoid
  case tanh
  /// min(max(alpha * x + beta, 0), 1)
  case hardSigmoid(alpha: Float, beta: Float)
  /// x * min(max(x / 6 + 1/2, 0), 1)
  case hardSwish
}

/// An elementwise operation on two numbers.
public enum BinaryOperator: String, Equatable, Sendable, Codable {
  case add, subtract, multiply, divide
}

/// A border: how much before and after each axis of the sample, and what it holds.
public struct Padding: Equatable, Sendable, Codable {
  public enum Mode: Equatable, Sendable, Codable {
    case constant(Float)
    /// Mirrors without repeating the edge.
    case reflect
    /// Repeats the edge.
    case edge
  }

  public var before: [Int]
  public var after: [Int]
  public var mode: Mode

  public init(before: [Int], after: [Int], mode: Mode) {
    self.before = before
    self.after = after
    self.mode = mode
  }
}

extension Operation {
  /// The operation's name for people and messages.
  public var name: String {
    switch self {
    case .convolution(let c): c.groups > 1 ? "convolution/\(c.groups)" : "convolution"
    case .dense: "dense"
    case .affine: "affine"
    case .activation(let a): a.name
    case .prelu: "prelu"
    case .softmax: "softmax"
    case .maxPool: "max-pool"
    case .averagePool: "average-pool"
    case .spatialMean: "spatial-mean"
    case .binary(let operation): operation.rawValue
    case .constant: "constant"
    case .concat: "concat"
    case .pad: "pad"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .select: "select"
    }
  }

  /// The parameters the operation reads, weights first.
  public var parameterIDs: [ParameterID] {
    switch self {
    case .convolution(let c): [c.weight] + (c.bias.map { [$0] } ?? [])
    case .dense(let d): [d.weight] + (d.bias.map { [$0] } ?? [])
    case .affine(let scale, let shift): [scale, shift]
    case .prelu(let slope): [slope]
    case .constant(let value): [value]
    default: []
    }
  }
}

extension Activation {
  /// The function's name for people and messages.
  public var name: String {
    switch self {
    case .relu: "relu"
    case .leakyRelu: "leaky-relu"
    case .clip: "clip"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .hardSigmoid: "hard-sigmoid"
    case .hardSwish: "hard-swish"
    }
  }
}
