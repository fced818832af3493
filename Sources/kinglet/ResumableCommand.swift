// Taking a run up: the options that its checkpoint was told, with those of this command line in their
// place, are parsed as one command line. So what is not said again goes on as it was, and what is
// said takes effect or is refused by name (`OptionRules`).

import ArgumentParser
import Compiler

/// A command that begins a run, or takes one up from its checkpoint.
protocol ResumableCommand: ParsableCommand {
  /// Whether its options describe the run from its beginning; those of later stages say what
  /// changes.
  static var describesRuns: Bool { get }

  /// What a command line without a checkpoint says.
  func compileOptions(model: String) throws -> CompileOptions

  /// Everything that it writes.
  var results: [String] { get }

  /// What it does of a run, and leaves to other commands.
  func stages(of compilation: Compilation) -> Set<Stage>
}

extension ResumableCommand {
  static var describesRuns: Bool { false }

  private static var name: String { configuration.commandName ?? "" }

  /// The options of this command line, by name.
  static var given: [String: [String]] {
    CommandGrammar(self).options(
      in: NegativeNumbers.joined(Array(CommandLine.arguments.dropFirst(2))))
  }

  /// Options whose words name a file that is read at once, and so are not said again.
  private static var momentary: Set<String> { ["replay", "target"] }

  /// Takes up the run in a checkpoint with this command's words.
  ///
  /// - Parameters:
  ///   - leading: words that say which checkpoint.
  /// - Returns: the command as if everything had been said, and the run.
  static func takeUp(_ path: String, _ leading: [String], _ observer: ProgressPrinter) throws -> (Self, Compilation) {
    let compilation = try Compilation(resuming: path, observer: observer)
    let (grammar, rules) = (CommandGrammar(self), OptionRule.rules(of: name))
    let given = given
    var told = compilation.told ?? Told(command: name, results: [:], options: [:])
    if told.command != name { (told.command, told.results) = (name, [:]) }
    told.results.merge(given.filter { rules[$0.key]?.isOfCommand ?? false }) { $1 }
    if describesRuns { told.options.merge(given.filter { rules[$0.key]?.isOfRun ?? false }) { $1 } }
    var words = told.results
    if describesRuns {
      words.merge(told.options.filter { !momentary.contains($0.key) && !(rules[$0.key]?.isOfBeginning ?? false) }) { $1 }
    }
    words.merge(given) { $1 }
    // What labels and scales belong to.
    for (option, source) in [("data", compilation.options.data), ("test", compilation.options.test)]
    where words[option] == nil && grammar.names.contains(option) {
      if let source { words[option] = ["--\(option)=\(source.path)"] }
    }
    let command = try parse(leading + words.sorted { $0.key < $1.key }.flatMap(\.value))
    if Ranked.isFirst { try Compilation.checkWritable(command.results) }
    let changed = try compilation.taking(
      given.keys.sorted(), rules, from: try command.compileOptions(model: compilation.options.model),
      doing: command.stages(of: compilation))
    changed.told = told
    changed.team = Ranked.team
    return (command, changed)
  }

  /// What a run that begins keeps of this command line.
  static var told: Told {
    let rules = OptionRule.rules(of: name)
    return Told(
      command: name, results: given.filter { rules[$0.key]?.isOfCommand ?? false },
      options: describesRuns ? given.filter { rules[$0.key]?.isOfRun ?? false } : [:])
  }
}

extension OptionRule {
  /// Kept for the command that said it, and for no other.
  fileprivate var isOfCommand: Bool {
    switch self {
    case .result, .search: true
    case .call, .run, .refused: false
    }
  }

  /// Part of what the run was told.
  fileprivate var isOfRun: Bool { if case .run = self { true } else { isOfBeginning } }

  /// Said where the run begins, and never again.
  fileprivate var isOfBeginning: Bool { if case .refused = self { true } else { false } }
}

extension Compilation {
  /// The run with those options that were given taken over.
  fileprivate func taking(
    _ names: [String], _ rules: [String: OptionRule], from said: CompileOptions, doing stages: Set<Stage>
  ) throws -> Compilation {
    var options = self.options
    var alterations: [Alteration] = []
    for name in names {
      switch rules[name] {
      case .call, .result, .search: break
      case .refused(let reason): throw ValidationError("--\(name) cannot be given here: \(reason)")
      case .run(let option):
        let before = options
        option.take(&options, said)
        if options != before { alterations.append(Alteration("--\(name)", in: option.stages)) }
      case nil: throw ValidationError("--\(name) cannot be given for a run that has begun")
      }
    }
    return try changed(to: options, alterations, doing: stages)
  }
}

/// A place for results that has to be said, if not by the checkpoint.
func required(_ output: String?) throws -> String {
  guard let output else { throw ValidationError("Missing expected argument '--output <output>'") }
  return output
}

extension Set<Stage> {
  /// All of a run.
  static var all: Self {
    [.beginning, .samples, .targets, .plan, .cycles, .finalSteps, .quantize, .encode, .speed]
  }
}
