/// What the C runtime's arena is made of, in bytes.
public struct ArenaParts: Codable, Equatable, Sendable {
  /// The blob's own part, state among it.
  public var activations: Int
  /// Bytes that the runtime adds to decode the weights of the step that takes most.
  public var tables: Int
  /// Bytes that the runtime adds there for a filter as it is used, with an input that has a border.
  public var filter: Int
  /// That step; nil where none takes any.
  public var step: Int?

  public init(activations: Int, tables: Int = 0, filter: Int = 0, step: Int? = nil) {
    (self.activations, self.tables, self.filter, self.step) = (activations, tables, filter, step)
  }

  public var bytes: Int { activations + tables + filter }
}
