// One struct a step, with the field names of Formats/Blob.md, "Steps", in lower case: `x`, `a` and
// `b` are places read, `y` the place written, in words of the arena. To add a step: here,
// BlobStep+Check.swift, PlanWriter.swift, PlanReader+Steps.swift; its integer form in
// BlobIntegerStep*.swift and *+Integer.swift; the document, Runtime-C.

/// One operation of the plan.
public enum BlobStep: Equatable, Sendable {
  case convolution(BlobConvolution)
  case dense(BlobDense)
  case activation(BlobActivationStep)
  case prelu(BlobPRelu)
  case softmax(BlobSoftmax)
  case maxPool(BlobPool)
  case averagePool(BlobAveragePool)
  case spatialMean(BlobSpatialMean)
  case binary(BlobBinary)
  case copy(BlobCopy)
  case pad(BlobPad)
  case transpose(BlobTranspose)
  case constant(BlobConstant)
  case affine(BlobAffine)
  case select(BlobSelect)
  case integer(BlobIntegerStep)

  /// Its number in the plan.
  public var opcode: UInt8 {
    switch self {
    case .convolution: 1
    case .dense: 2
    case .activation: 3
    case .prelu: 4
    case .softmax: 5
    case .maxPool: 6
    case .averagePool: 7
    case .spatialMean: 8
    case .binary: 9
    case .copy: 10
    case .pad: 11
    case .transpose: 12
    case .constant: 13
    case .affine: 14
    case .select: 15
    case .integer(let step): 32 + step.form.step.opcode
    }
  }

  /// The coded filters of a convolution or dense layer; nil for the other steps.
  public var weights: BlobWeights? {
    switch self {
    case .convolution(let step): step.weights
    case .dense(let step): step.weights
    case .integer(let step): step.form.step.weights
    default: nil
    }
  }
}

/// [c, h, w] to [o, oh, ow]: y = f(scale x sum + bias), taps outside the image counting as 0.
public struct BlobConvolution: Equatable, Sendable {
  public var x, y: Int
  /// Divides `c` and `o`.
  public var groups: Int
  public var c, h, w, o, oh, ow: Int
  public var kh, kw, sh, sw, dh, dw: Int
  public var top, left: Int
  public var activation: BlobActivation
  /// `o` rows, c / groups x kh x kw columns.
  public var weights: BlobWeights

  public init(
    x: Int, y: Int, groups: Int = 1, c: Int, h: Int, w: Int, o: Int, oh: Int, ow: Int, kh: Int,
    kw: Int, sh: Int = 1, sw: Int = 1, dh: Int = 1, dw: Int = 1, top: Int = 0, left: Int = 0,
    activation: BlobActivation = .none, weights: BlobWeights
  ) {
    (self.x, self.y, self.groups) = (x, y, groups)
    (self.c, self.h, self.w) = (c, h, w)
    (self.o, self.oh, self.ow) = (o, oh, ow)
    (self.kh, self.kw, self.sh, self.sw, self.dh, self.dw) = (kh, kw, sh, sw, dh, dw)
    (self.top, self.left) = (top, left)
    self.activation = activation
    self.weights = weights
  }
}

/// [r, i] to [r, o]: y = f(scale x sum + bias).
public struct BlobDense: Equatable, Sendable {
  public var x, y: Int
  public var r, i, o: Int
  public var activation: BlobActivation
  /// `o` rows, `i` columns.
  public var weights: BlobWeights

  public init(
    x: Int, y: Int, r: Int = 1, i: Int, o: Int, activation: BlobActivation = .none,
    weights: BlobWeights
  ) {
    (self.x, self.y) = (x, y)
    (self.r, self.i, self.o) = (r, i, o)
    self.activation = activation
    self.weights = weights
  }
}

/// `count` elements; y may be x.
public struct BlobActivationStep: Equatable, Sendable {
  public var x, y: Int
  public var count: Int
  /// Not ``BlobActivation/none``.
  public var activation: BlobActivation

  public init(x: Int, y: Int, count: Int, activation: BlobActivation) {
    (self.x, self.y, self.count) = (x, y, count)
    self.activation = activation
  }
}

/// x if x > 0, else slope x, over [outer, channels, inner]; y may be x.
public struct BlobPRelu: Equatable, Sendable {
  public var x, y: Int
  public var outer, channels, inner: Int
  /// One a channel.
  public var slopes: BlobNumbers

  public init(x: Int, y: Int, outer: Int, channels: Int, inner: Int, slopes: BlobNumbers) {
    (self.x, self.y) = (x, y)
    (self.outer, self.channels, self.inner) = (outer, channels, inner)
    self.slopes = slopes
  }
}

/// Over the middle axis of [outer, count, inner]; y may be x.
public struct BlobSoftmax: Equatable, Sendable {
  public var x, y: Int
  public var outer, count, inner: Int

  public init(x: Int, y: Int, outer: Int, count: Int, inner: Int) {
    (self.x, self.y) = (x, y)
    (self.outer, self.count, self.inner) = (outer, count, inner)
  }
}

/// [c, h, w] to [c, oh, ow] by windows, clipped to the image; one wholly outside gives 0.
public struct BlobPool: Equatable, Sendable {
  public var x, y: Int
  public var c, h, w, oh, ow: Int
  public var kh, kw, sh, sw, dh, dw: Int
  public var top, left: Int

  public init(
    x: Int, y: Int, c: Int, h: Int, w: Int, oh: Int, ow: Int, kh: Int, kw: Int, sh: Int, sw: Int,
    dh: Int = 1, dw: Int = 1, top: Int = 0, left: Int = 0
  ) {
    (self.x, self.y) = (x, y)
    (self.c, self.h, self.w, self.oh, self.ow) = (c, h, w, oh, ow)
    (self.kh, self.kw, self.sh, self.sw, self.dh, self.dw) = (kh, kw, sh, sw, dh, dw)
    (self.top, self.left) = (top, left)
  }
}

/// The mean of the taps inside the image or, with `countsPadding`, inside the image and its
/// padding.
public struct BlobAveragePool: Equatable, Sendable {
  public var pool: BlobPool
  public var bottom, right: Int
  public var countsPadding: Bool

  public init(pool: BlobPool, bottom: Int = 0, right: Int = 0, countsPadding: Bool = false) {
    self.pool = pool
    (self.bottom, self.right) = (bottom, right)
    self.countsPadding = countsPadding
  }
}

/// [channels, inner] to [channels]: the mean of each channel.
public struct BlobSpatialMean: Equatable, Sendable {
  public var x, y: Int
  public var channels, inner: Int

  public init(x: Int, y: Int, channels: Int, inner: Int) {
    (self.x, self.y, self.channels, self.inner) = (x, y, channels, inner)
  }
}

/// y = f(a op b), elementwise, repeating operands along the axes of their masks.
public struct BlobBinary: Equatable, Sendable {
  public enum Operator: UInt8, Sendable, CaseIterable {
    case add = 0
    case subtract = 1
    case multiply = 2
    case divide = 3
  }

  public var operation: Operator
  public var a, b, y: Int
  /// The output's 0...6 sizes.
  public var sizes: [Int]
  /// Bit r: this operand has size 1 along axis r and repeats. y may be an operand whose mask is 0.
  public var maskA, maskB: UInt8
  public var activation: BlobActivation

  public init(
    _ operation: Operator, a: Int, b: Int, y: Int, sizes: [Int], maskA: UInt8 = 0,
    maskB: UInt8 = 0, activation: BlobActivation = .none
  ) {
    self.operation = operation
    (self.a, self.b, self.y) = (a, b, y)
    self.sizes = sizes
    (self.maskA, self.maskB) = (maskA, maskB)
    self.activation = activation
  }
}

/// y[o stride + offset + i] = x[o inner + i]: one part of a concatenation.
public struct BlobCopy: Equatable, Sendable {
  public var x, y: Int
  public var outer, inner, stride, offset: Int

  public init(x: Int, y: Int, outer: Int, inner: Int, stride: Int, offset: Int) {
    (self.x, self.y) = (x, y)
    (self.outer, self.inner, self.stride, self.offset) = (outer, inner, stride, offset)
  }
}

/// A border around [sizes].
public struct BlobPad: Equatable, Sendable {
  public enum Mode: UInt8, Sendable, CaseIterable {
    case constant = 0
    /// Mirrors without repeating the edge; each pad is below the size.
    case reflect = 1
    case edge = 2
  }

  public var mode: Mode
  /// What a constant border holds.
  public var value: Float
  public var x, y: Int
  /// 1...6 sizes of the input, and as many pads before and after.
  public var sizes, before, after: [Int]

  public init(
    mode: Mode, value: Float = 0, x: Int, y: Int, sizes: [Int], before: [Int], after: [Int]
  ) {
    (self.mode, self.value) = (mode, value)
    (self.x, self.y) = (x, y)
    (self.sizes, self.before, self.after) = (sizes, before, after)
  }
}

/// Axis r of the output is axis `axes[r]` of the input.
public struct BlobTranspose: Equatable, Sendable {
  public var x, y: Int
  /// 1...6 sizes of the input.
  public var sizes: [Int]
  /// A permutation of 0 ..< sizes.count.
  public var axes: [Int]

  public init(x: Int, y: Int, sizes: [Int], axes: [Int]) {
    (self.x, self.y, self.sizes, self.axes) = (x, y, sizes, axes)
  }
}

/// Numbers that are the same for every sample.
public struct BlobConstant: Equatable, Sendable {
  public var y: Int
  /// At least one.
  public var numbers: BlobNumbers

  public init(y: Int, numbers: BlobNumbers) { (self.y, self.numbers) = (y, numbers) }

  public var count: Int { numbers.values.count }
}

/// x scale[c] + shift[c], c = (index / inner) mod channels; y may be x. [channels, inner] elements.
public struct BlobAffine: Equatable, Sendable {
  public var x, y: Int
  public var channels, inner: Int
  /// One a channel each.
  public var scale, shift: BlobNumbers

  public init(
    x: Int, y: Int, channels: Int, inner: Int, scale: BlobNumbers, shift: BlobNumbers
  ) {
    (self.x, self.y, self.channels, self.inner) = (x, y, channels, inner)
    (self.scale, self.shift) = (scale, shift)
  }
}

/// y[o, k] = x[o, places[k]]; y may be x.
public struct BlobSelect: Equatable, Sendable {
  public var x, y: Int
  public var outer, inner: Int
  /// Ascending, below `inner`; at least one.
  public var places: [Int]

  public init(x: Int, y: Int, outer: Int, inner: Int, places: [Int]) {
    (self.x, self.y) = (x, y)
    (self.outer, self.inner, self.places) = (outer, inner, places)
  }

  /// Bit i says that place i is among them; eight a byte, low bit first.
  var bitmap: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (inner + 7) / 8)
    for place in places { bytes[place / 8] |= 1 << UInt8(place % 8) }
    return bytes
  }
}
