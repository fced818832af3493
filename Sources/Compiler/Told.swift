/// What command lines said about a run, option by option. It is kept in the checkpoint for those who
/// read command lines, so that a run is taken up as it was begun; nothing here looks into it.
public struct Told: Codable, Equatable, Sendable {
  /// The command that wrote the checkpoint last.
  public var command: String
  /// What is that command's own, such as where its results go: by the name of each option its words.
  public var results: [String: [String]]
  /// What the run is told: the same of all other options.
  public var options: [String: [String]]

  public init(command: String, results: [String: [String]], options: [String: [String]]) {
    (self.command, self.results, self.options) = (command, results, options)
  }
}
