/// What the C runtime's arena is made of, in bytes.
public struct ArenaParts: Codable, Equatable, Sendable {
  /// The blob's own part, state among it.
  public var activations: Int
  /// What the runtime adds for the step that takes most: what decodes its weights, and a filter as it is used, with an
  /// input that has a border.
  public var tables, filter: Int
  /// That step; nil where none takes any.
  public var step: Int?

  public init(activations: Int, tables: Int = 0, filter: Int = 0, step: Int? = nil) {
    (self.activations, self.tables, self.filter, self.step) = (activations, tables, filter, step)
  }

  public var bytes: Int { activations + tables + filter }
}
