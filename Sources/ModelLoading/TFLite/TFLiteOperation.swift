// What an operator of a .tflite file computes, with its options. Axes, pads, sizes and the like that are
// tensors stay among the operator's inputs.

/// The fused function behind an operator.
package enum TFLiteActivation: Int8, Sendable {
  case none, relu, reluN1To1, relu6
}

/// How a window meets the border.
package enum TFLitePadding: Int8, Sendable {
  /// As many outputs as strides fit in the input, rounded up; of an odd number of pads, the greater half
  /// goes after.
  case same
  /// Windows lie inside the input.
  case valid

  /// Pads before and after an axis, and how many outputs it has.
  ///
  /// - Parameters: all are at least 1.
  package func places(size: Int, kernel: Int, stride: Int, dilation: Int)
    -> (before: Int, after: Int, count: Int)
  {
    let extent = (kernel - 1) * dilation + 1
    switch self {
    case .valid: return (0, 0, size < extent ? 0 : (size - extent) / stride + 1)
    case .same:
      let count = (size + stride - 1) / stride
      let pads = max(0, (count - 1) * stride + extent - size)
      return (pads / 2, pads - pads / 2, count)
    }
  }
}

/// A window without its size, which of a convolution is the weights'.
package struct TFLiteWindow: Equatable, Sendable {
  package let padding: TFLitePadding
  /// Height, width; 1 to 2^16, like all numbers of a window.
  package let strides: [Int]
  package var dilations = [1, 1]
  package let activation: TFLiteActivation
}

/// Of a resize: how a place of the output is one of the input.
package struct TFLiteGrid: Equatable, Sendable {
  package let alignsCorners: Bool
  package let hasHalfPixels: Bool
}

/// Of STRIDED_SLICE: bit n is said of the n-th begin, end and stride.
package struct TFLiteSliceMasks: Equatable, Sendable {
  package let begin: Int32
  package let end: Int32
  package let ellipsis: Int32
  package let newAxis: Int32
  package let shrink: Int32
  /// Whether ends are counted from the begins.
  package let isOffset: Bool

  func has(_ mask: Int32, _ place: Int) -> Bool { mask >> Int32(place) & 1 == 1 }
}

/// An operator that is read.
package enum TFLiteOperation: Equatable, Sendable {
  /// Weights [O, kh, kw, I / groups].
  case conv2D(TFLiteWindow)
  /// Weights [1, kh, kw, C * multiplier]; output channel = channel * multiplier + j.
  case depthwiseConv2D(TFLiteWindow)
  /// Inputs: output shape, weights [O, kh, kw, I], input, bias.
  case transposeConv(TFLiteWindow)
  /// Weights [O, I]; whether the input's leading axes stay.
  case fullyConnected(TFLiteActivation, keepsAxes: Bool)
  case averagePool2D(TFLiteWindow, kernel: [Int])
  case maxPool2D(TFLiteWindow, kernel: [Int])
  case add(TFLiteActivation), sub(TFLiteActivation), mul(TFLiteActivation)
  case maximum, minimum
  case concatenation(axis: Int)
  case pad, padV2
  /// Whether the edge is repeated.
  case mirrorPad(isSymmetric: Bool)
  case mean(keepsAxes: Bool), sum(keepsAxes: Bool), reduceMax(keepsAxes: Bool)
  /// The new shape where it is no input; one size may be -1.
  case reshape([Int]?)
  /// Empty: every axis of size 1.
  case squeeze(axes: [Int])
  case expandDims, transpose, shape
  case softmax(beta: Float), logSoftmax
  case logistic, tanh, relu, relu6, reluN1To1, elu, hardSwish, prelu
  case leakyRelu(alpha: Float)
  case quantize, dequantize, cast
  case resizeNearestNeighbor(TFLiteGrid), resizeBilinear(TFLiteGrid)
  case stridedSlice(TFLiteSliceMasks), slice
  case split, splitV
  case gather(axis: Int, batchAxes: Int)
  case pack(axis: Int), unpack(axis: Int)
  case tile, argMax, argMin
  case spaceToDepth(block: Int), depthToSpace(block: Int)
  /// The first time, runs a subgraph that gives variables what they begin as.
  case callOnce(subgraph: Int)
  /// A variable, by what the file calls it.
  case varHandle(TFLiteVariable)
  /// Of frames; what it keeps lies within the clip of 0, where that is above 0.
  case unidirectionalSequenceLSTM(cellClip: Float, framesFirst: Bool)
  /// Filters' windows over what they gave, `rank` a unit.
  case svdf(rank: Int, TFLiteActivation)
  /// Inputs: the variable; of the second what it is to hold.
  case readVariable, assignVariable
}

/// What a variable is called: those of one name are one.
package struct TFLiteVariable: Hashable, Sendable {
  package let container: String
  package let name: String
}

/// Operators that are read, with the schema's numbers.
package enum TFLiteBuiltin: Int, CaseIterable, Sendable {
  case add = 0, averagePool2D = 1, concatenation = 2, conv2D = 3, depthwiseConv2D = 4, depthToSpace = 5
  case dequantize = 6, fullyConnected = 9, logistic = 14, maxPool2D = 17, mul = 18, relu = 19
  case reluN1To1 = 20, relu6 = 21, reshape = 22, resizeBilinear = 23, softmax = 25, spaceToDepth = 26, svdf = 27
  case tanh = 28, pad = 34, gather = 36, transpose = 39, mean = 40, sub = 41, squeeze = 43
  case unidirectionalSequenceLSTM = 44
  case stridedSlice = 45, split = 49, logSoftmax = 50, cast = 53, prelu = 54, maximum = 55, argMax = 56
  case minimum = 57, padV2 = 60, slice = 65, transposeConv = 67, tile = 69, expandDims = 70, sum = 74
  case shape = 77, reduceMax = 82, pack = 83, unpack = 88, resizeNearestNeighbor = 97, leakyRelu = 98
  case argMin = 79, mirrorPad = 100, splitV = 102, elu = 111, quantize = 114, hardSwish = 117
  case callOnce = 129, varHandle = 142, readVariable = 143, assignVariable = 144

  package var name: String { TFLiteNames.operators[rawValue] }

  /// How many inputs it has; those from the lower bound on may be left out, where there is an upper one.
  var inputs: ClosedRange<Int> {
    switch self {
    case .conv2D, .depthwiseConv2D, .fullyConnected: 2...3
    case .transposeConv: 3...4
    case .reshape: 1...2
    case .concatenation, .pack: 1...TFLiteReader.maximumParts
    case .padV2, .slice, .splitV: 3...3
    case .stridedSlice: 4...4
    case .callOnce, .varHandle: 0...0
    case .readVariable: 1...1
    case .assignVariable: 2...2
    case .unidirectionalSequenceLSTM: 20...24
    case .svdf: 5...5
    case .add, .sub, .mul, .maximum, .minimum, .pad, .mirrorPad, .mean, .sum, .reduceMax, .expandDims,
      .transpose, .prelu, .resizeBilinear, .resizeNearestNeighbor, .split, .gather, .tile, .argMax,
      .argMin: 2...2
    case .averagePool2D, .maxPool2D, .depthToSpace, .spaceToDepth, .dequantize, .quantize, .cast, .logistic,
      .tanh, .relu, .relu6, .reluN1To1, .elu, .hardSwish, .leakyRelu, .softmax, .logSoftmax, .squeeze, .shape,
      .unpack: 1...1
    }
  }

  /// Whether TensorFlow Lite Micro has it on bytes; else its meaning there is nobody's to say.
  var isOfBytes: Bool { self != .tile && self != .reluN1To1 }

  /// Which of its inputs cannot be left out.
  func neededInputs(of count: Int) -> [Int] {
    if self == .unidirectionalSequenceLSTM { return Array(0...8) + Array(12...15) + [18, 19] }
    if self == .svdf { return [0, 1, 2, 4] }
    return Array(0..<(inputs.upperBound == TFLiteReader.maximumParts ? count : inputs.lowerBound))
  }

  /// Which of its inputs are tensors that last from call to call.
  var variableInputs: [Int] { self == .unidirectionalSequenceLSTM ? [18, 19] : self == .svdf ? [4] : [] }

  var hasManyOutputs: Bool { self == .split || self == .splitV || self == .unpack }

  /// How many outputs it has, where they are not many.
  var outputCount: Int { self == .callOnce || self == .assignVariable ? 0 : 1 }

  /// Whether its first tensor names a variable.
  var isOfVariables: Bool { self == .varHandle || self == .readVariable || self == .assignVariable }
}
