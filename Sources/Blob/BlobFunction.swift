/// A function of one number that the C library has, or that is made of such: a kind of activation.
public struct BlobFunction: Equatable, Sendable {
  /// Its number in Formats/Blob.md, "Plan", is 9 more.
  public enum Kind: UInt8, Sendable, CaseIterable {
    case absolute = 0
    case exponential = 1
    case logarithm = 2
    case squareRoot = 3
    case reciprocal = 4
    case power = 5
    case errorFunction = 6
    case softplus = 7
    case softsign = 8
    case gelu = 9
    case tangentGelu = 10
    case silu = 11
    case mish = 12
    case sine = 13
    case cosine = 14
    case floor = 15
    case ceiling = 16
    case rounded = 17
    case sign = 18
    case threshold = 19

    /// Of the first.
    static let first: UInt8 = 9

    var hasParameter: Bool { self == .power || self == .threshold }
  }

  public var kind: Kind
  /// The exponent of a power, and what a number has to be above for a threshold; else 0.
  public var parameter: Float

  public init(_ kind: Kind, _ parameter: Float = 0) { (self.kind, self.parameter) = (kind, parameter) }
}
