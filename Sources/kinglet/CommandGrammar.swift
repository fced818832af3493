// Which options a command line gives. The parser tells what they are worth, but not which of them
// were said; that is read here, by the parser's own description of the command.

import ArgumentParser
import Foundation

/// The options of a command, as the parser describes them.
struct CommandGrammar {
  private struct Description: Decodable {
    struct Command: Decodable { var arguments: [Argument]? }
    struct Argument: Decodable {
      var kind: String
      var names: [Name]?
      var allValues: [String]?
    }
    struct Name: Decodable {
      var kind: String
      var name: String
    }

    var command: Command
  }

  /// By every way to write it, `--output` and `-o`: the option's name, and whether an argument
  /// follows.
  private var known: [String: (name: String, takesArgument: Bool)] = [:]

  /// By an option's name, the words that it takes, where these are few.
  private(set) var values: [String: [String]] = [:]

  init(_ command: any ParsableCommand.Type) {
    let text = Data(command._dumpHelp().utf8)
    let arguments = (try? JSONDecoder().decode(Description.self, from: text))?.command.arguments
    for argument in arguments ?? [] where argument.kind != "positional" {
      let names = argument.names ?? []
      guard let name = names.first(where: { $0.kind == "long" })?.name else { continue }
      values[name] = argument.allValues
      for spelling in names {
        known[(spelling.kind == "short" ? "-" : "--") + spelling.name] =
          (name, argument.kind == "option")
      }
    }
    // --no-halving is a way to write --halving.
    for (spelling, option) in known where option.name.hasPrefix("no-") {
      let name = String(option.name.dropFirst(3))
      if known["--" + name] != nil { known[spelling]?.name = name }
    }
  }

  /// Names of all options.
  var names: Set<String> { Set(known.values.map(\.name)) }

  /// The words that give each option, by its name; an argument is in one word with it, so that it
  /// may begin with a sign.
  func options(in words: [String]) -> [String: [String]] {
    var found: [String: [String]] = [:]
    var rest = words.prefix { $0 != "--" }
    while let word = rest.popFirst() {
      for spelling in spellings(in: word) {
        guard let option = known[String(spelling.prefix { $0 != "=" })] else { break }
        if option.takesArgument, !spelling.contains("="), let argument = rest.popFirst() {
          found[option.name, default: []].append("--\(option.name)=\(argument)")
        } else {
          found[option.name, default: []].append(spelling)
        }
      }
    }
    return found
  }

  /// The options of a word: `-qo` is two.
  private func spellings(in word: String) -> [String] {
    if word.hasPrefix("--") || known[word] != nil { return [word] }
    return word.hasPrefix("-") ? word.dropFirst().map { "-\($0)" } : []
  }
}
