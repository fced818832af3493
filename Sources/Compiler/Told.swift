import Foundation

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

  /// A command line that says all of it, as a shell takes it: options in the order of the alphabet.
  func commandLine(of model: String) -> String {
    let options = results.merging(options) { $1 }.sorted { $0.key < $1.key }
    return (["kinglet", command, model] + options.flatMap(\.value)).map(Self.quoted).joined(separator: " ")
  }

  /// What no shell reads as anything but itself.
  private static let plain = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,@%+")

  private static func quoted(_ word: String) -> String {
    let plain = word.unicodeScalars.allSatisfy(Self.plain.contains)
    return plain && !word.isEmpty ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
