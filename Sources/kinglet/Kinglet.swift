// The command's front door: subcommands, and what becomes of an error.
//
// Exit status: 0 done; 1 a check failed; 2 the command line is wrong; 3 an input is bad; 130
// stopped by Ctrl-C with a checkpoint kept. Nothing but results goes to standard output.

import ArgumentParser
import CKernels
import Compiler
import Foundation
import Ranks

struct Kinglet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kinglet",
    abstract: "Compiles a trained network into one small blob for a microcontroller.",
    discussion: """
      A network is evolved sparse against itself as teacher, its surviving weights are quantized \
      to small tables, and masks, tables and codes are written as one .kgl file that the C runtime \
      in Runtime-C runs as it is.

      EXAMPLES
        kinglet compile model.onnx --data train.gz --test test.gz -o model.kgl
        kinglet verify model.kgl --teacher model.onnx --test test.gz --max-loss 0.5
        kinglet inspect model.kgl
        kinglet emit-c model.kgl -o firmware/
        kinglet emit-banks model.kgl --target always-on-16.json -o banks/
        kinglet report run.jsonl -o run.html
      """,
    version: ToolVersion.text,
    groupedSubcommands: [
      CommandGroup(name: "Compiling", subcommands: [
        CompileCommand.self, EncodeCommand.self, EvolveCommand.self, QuantizeCommand.self, ShareCommand.self, ParetoCommand.self,
      ]),
      CommandGroup(name: "Checking", subcommands: [
        VerifyCommand.self, CompareCommand.self, RunCommand.self, DetectCommand.self, InspectCommand.self, BenchCommand.self, ReportCommand.self,
      ]),
      CommandGroup(name: "Delivering", subcommands: [EmitCCommand.self, EmitBanksCommand.self, ExportCommand.self, ManPagesCommand.self]),
    ])
}

/// A command about one file: a model, a checkpoint or a blob.
protocol CommandOfFile: ParsableCommand {
  var file: String { get }
}

/// A check that the user asked for did not hold.
struct FailedCheck: Error {
  var sentence: String
}

@main
enum Main {
  static func main() {
    Interruption.hold()
    kx_return_large_blocks()
    // A limit on the size of files is an error that is told of, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      try checkCommand()
      var command = try Kinglet.parseAsRoot(
        NegativeNumbers.joined(CommandLine.arguments.dropFirst().map { $0 == "--help-all" ? "--help-hidden" : $0 }))
      if command is any StoppableCommand { Interruption.stopInOrder() } else { Interruption.release() }
      try Ranked.join(command)
      do {
        try command.run()
        Ranked.end()
      } catch let error as CompilerError {
        throw named(error, of: command)
      }
    } catch let error as CompilerError {
      fail(sentence(of: error), status: status(of: error))
    } catch let error as FailedCheck {
      Terminal.clearLine()
      Terminal.note("kinglet: \(error.sentence)")
      Ranked.end()
      exit(1)
    } catch let error as RankError {
      fail(error.sentence, status: Int32(error.status))
    } catch {
      exitUsage(error)
    }
  }

  /// The error with the name of the file that the command is about, where it names no file that was given.
  private static func named(_ error: CompilerError, of command: any ParsableCommand) -> CompilerError {
    // What is wrong among ranks is about none.
    if case .execution(.team) = error { return error }
    let sentence = error.sentence
    let given = CommandLine.arguments.dropFirst(2).filter { $0.contains("/") || $0.contains(".") }
      .filter { Double($0) == nil }
    guard let file = (command as? any CommandOfFile)?.file, !given.contains(where: sentence.contains)
    else { return error }
    return error.naming(file)
  }

  private static func status(of error: CompilerError) -> Int32 {
    switch error {
    case .inFile(_, let error): status(of: error)
    case .interrupted: 130
    case .execution(.team(_, let status)): Int32(status)
    case .usage: 2
    case .outOfLimit: 1
    default: 3
    }
  }

  private static func sentence(of error: CompilerError) -> String {
    switch error {
    case .interrupted(let path?):
      "\(Ranked.stopped); go on with: kinglet \(command == "compile" ? "compile --resume" : command) \(path)"
    default: error.sentence
    }
  }

  /// Refuses a command that there is none of, with what may have been meant.
  private static func checkCommand() throws {
    let known = Kinglet.configuration.subcommands.compactMap { $0.configuration.commandName }
    let shown = Kinglet.configuration.subcommands.filter { $0.configuration.shouldDisplay }.compactMap { $0.configuration.commandName }
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), !known.contains(word), word != "help"
    else { return }
    let meant = Suggestion.nearest(to: word, among: shown + ["help"]).map { ": did you mean \($0)?" } ?? ""
    throw ValidationError("there is no command \(word)\(meant)")
  }

  /// Below the help of a command with further options, where they are.
  private static var more: String {
    guard CommandLine.arguments.contains(where: { ["-h", "--help"].contains($0) }),
      let type = Kinglet.configuration.subcommands.first(where: { $0.configuration.commandName == command }),
      Kinglet.helpMessage(for: type, includeHidden: true) != Kinglet.helpMessage(for: type)
    else { return "" }
    return "\nAll options: kinglet \(command) --help-all"
  }

  /// The first word after the program's name.
  private static var command: String { CommandLine.arguments.dropFirst().first ?? "" }

  private static func fail(_ sentence: String, status: Int32) -> Never {
    Ranked.tell()
    Terminal.clearLine()
    Terminal.note("kinglet: \(sentence)")
    Ranked.fail(sentence, status: status)
    exit(status)
  }

  /// Help and version go to standard output with status 0; a wrong command line is status 2.
  private static func exitUsage(_ error: any Error) -> Never {
    if Kinglet.exitCode(for: error).isSuccess {
      if Ranked.isFirst { print(Kinglet.fullMessage(for: error) + more) }
      exit(0)
    }
    let lines = Kinglet.message(for: error).split(separator: "\n")
    let message = lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
    let type = Kinglet.configuration.subcommands.first { $0.configuration.commandName == command }
    let words = type.map { choices(message, CommandGrammar($0)) } ?? ""
    fail("\(message)\(words) (kinglet \(type == nil ? "" : command + " ")--help tells more)", status: 2)
  }

  /// What an option takes whose value is refused: of options that are shown to experts alone the parser does not say it.
  private static func choices(_ message: String, _ grammar: CommandGrammar) -> String {
    guard message.hasPrefix("The value '"), let name = message.components(separatedBy: "' is invalid for '--").dropFirst().first,
      let values = grammar.values[String(name.prefix { $0 != "'" && $0 != " " })], let last = values.last,
      !message.contains("'\(last)'")
    else { return "" }
    return ". Please provide one of \(values.dropLast().map { "'\($0)'" }.joined(separator: ", ")) and '\(last)'."
  }
}
