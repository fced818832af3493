// The command line, and what is printed.

import Evolution
import Foundation

/// One call of the program.
struct Command {
  private let words: [String]
  private var options: [String: String] = [:]

  init(_ arguments: [String]) throws {
    var words: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        words.append(word)
        continue
      }
      guard let value = rest.popFirst() else { throw Failure("\(word) takes a value") }
      options[String(word.dropFirst(2))] = value
    }
    self.words = words
  }

  func run() throws {
    switch words.first {
    case "run" where words.count == 2: try run(words[1])
    case "table" where words.count >= 2: try print(Table(files: Array(words.dropFirst())).markdown)
    default: throw Failure("usage: run EXPERIMENT ... or table ROWS...")
    }
  }

  private func run(_ name: String) throws {
    let experiment = try Experiment(
      name, models: option("models"), mnist: option("mnist"), fashion: option("fashion"),
      limit: options["limit"].flatMap { Int($0) })
    let wanted = options["methods"].map { $0.split(separator: ",").map(String.init) }
    let contenders = Contender.all.filter { wanted?.contains($0.name) ?? true }
    let override = try Override(options["set"] ?? "")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    for seed in (options["seeds"] ?? "1").split(separator: ",").compactMap({ UInt64($0) }) {
      for contender in contenders {
        for row in try experiment.rows(name, contender, seed: seed, override: override) {
          FileHandle.standardOutput.write(try encoder.encode(row) + Data("\n".utf8))
        }
      }
    }
  }

  private func option(_ name: String) throws -> String {
    guard let value = options[name] else { throw Failure("--\(name) is missing") }
    return value
  }
}
