// The integer forms of steps: opcodes 33...47 of Formats/Blob.md, "Integer steps". A step is its
// float32 form, which gives places and sizes, and what the integer form has besides.

/// A step on uint8 or int8 tensors.
public struct BlobIntegerStep: Equatable, Sendable {
  /// The float32 form: opcode less 32, places and sizes. Its activation is none, its numbers are
  /// absent; the weights of a layer have ``BlobWeights/scaling``.
  public var form: BlobStepForm
  /// Whether x (or a), y, and b (or a residual) are int8; else they are uint8.
  public var xIsSigned, yIsSigned, bIsSigned: Bool
  public var fields: Fields

  /// What the float32 form does not have.
  public enum Fields: Equatable, Sendable {
    /// Dense, both pools, copy, transpose, select.
    case none
    case convolution(BlobResidual?)
    /// 256 results, by the operand's byte.
    case map([UInt8])
    /// 0...2^22, and a slope factor a channel.
    case prelu(factor: Int, slopes: [Int16])
    /// 1...256 exponentials by the distance from the largest; the first is above 0.
    case softmax([UInt16])
    case mean(BlobRescale)
    /// Add or subtract: 0...2^22 each.
    case sum(factorA: Int, factorB: Int)
    case product(BlobRescale)
    /// 256 reciprocals, by the divisor's byte.
    case quotient(BlobRescale, reciprocals: [Int16])
    /// What a constant border holds.
    case pad(UInt8)
    case constant([UInt8])
    case affine(factors: [Int16], biases: BlobBiases?)
  }

  public init(
    _ form: BlobStep, xIsSigned: Bool, yIsSigned: Bool, bIsSigned: Bool = false,
    fields: Fields = .none
  ) {
    self.form = BlobStepForm(form)
    (self.xIsSigned, self.yIsSigned, self.bIsSigned) = (xIsSigned, yIsSigned, bIsSigned)
    self.fields = fields
  }
}

/// A step as a part of another: Swift's enums hold themselves only by a detour.
public struct BlobStepForm: Equatable, Sendable {
  private let held: [BlobStep]
  public init(_ step: BlobStep) { held = [step] }
  public var step: BlobStep { held[0] }
}

/// s to floor((s 2^shift mod 2^32) multiplier 2^exponent / 2^32).
public struct BlobRescale: Equatable, Sendable {
  /// l and e: 0...15 each.
  public var shift, exponent: Int
  /// m: 0...65535.
  public var multiplier: Int

  public init(shift: Int, exponent: Int, multiplier: Int) {
    (self.shift, self.exponent, self.multiplier) = (shift, exponent, multiplier)
  }
}

/// A tensor that is added to a convolution's output before it is finished.
public struct BlobResidual: Equatable, Sendable {
  /// Its place, in words; it may be the convolution's y.
  public var place: Int
  /// c: 0...2^22, 2^14 for a ratio of 1.
  public var factor: Int

  public init(place: Int, factor: Int) { (self.place, self.factor) = (place, factor) }
}

/// How a layer's sums become 64ths of its output's unit: instead of row scales and biases.
public struct BlobScaling: Equatable, Sendable {
  /// l and e: 0...15 each.
  public var shift, exponent: Int
  /// m of each row, 0...65535, stored in a byte each where all fit; or one for all rows.
  public var multipliers: [Int]
  /// nil where all are 0.
  public var biases: BlobBiases?

  /// - Parameter multipliers: one, or one a row.
  public init(shift: Int, exponent: Int, multipliers: [Int], biases: BlobBiases?) {
    (self.shift, self.exponent) = (shift, exponent)
    self.multipliers = multipliers
    self.biases = biases
  }
}

/// Numbers times a power of two, in 64ths of the output's unit; one a row or channel.
public struct BlobBiases: Equatable, Sendable {
  /// Stored in 1, 2 or 4 bytes each, the fewest that hold all; -2^29...2^29.
  public var numbers: [Int32]
  /// k: 0...13, and 0 where numbers take 4 bytes.
  public var shift: Int

  public init(_ numbers: [Int32], shift: Int = 0) { (self.numbers, self.shift) = (numbers, shift) }
}
