/// What a model's file leaves open: sizes of its inputs' axes, what the first of them is, and where its weights are.
public struct ModelAxes: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// Sizes of axes that the file leaves free, by the axis's name or by `INPUT:NUMBER`.
  public var sizes: [String: Int]
  /// Whether the first axis of every input counts samples; else every input is one sample, whole.
  public var haveBatch: Bool
  /// The weights of a Darknet configuration; nil: beside it, under its name.
  public var weights: String?

  public init(_ sizes: [String: Int] = [:], haveBatch: Bool = true, weights: String? = nil) {
    (self.sizes, self.haveBatch, self.weights) = (sizes, haveBatch, weights)
  }

  public init(dictionaryLiteral sizes: (String, Int)...) {
    self.init(Dictionary(sizes) { first, _ in first })
  }

  /// Whether nothing is said that a file does not say itself.
  public var isEmpty: Bool { sizes.isEmpty && haveBatch && weights == nil }
}
