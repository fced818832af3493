/// What a model's file leaves open of its inputs' axes, and what the first of them is.
public struct ModelAxes: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// Sizes of axes that the file leaves free, by the axis's name or by `INPUT:NUMBER`.
  public var sizes: [String: Int]
  /// Whether the first axis of every input counts samples; else every input is one sample, whole.
  public var haveBatch: Bool

  public init(_ sizes: [String: Int] = [:], haveBatch: Bool = true) {
    (self.sizes, self.haveBatch) = (sizes, haveBatch)
  }

  public init(dictionaryLiteral sizes: (String, Int)...) {
    self.init(Dictionary(sizes) { first, _ in first })
  }

  /// Whether nothing is said that a file does not say itself.
  public var isEmpty: Bool { sizes.isEmpty && haveBatch }
}
