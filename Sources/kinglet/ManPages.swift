// Pages of the manual, made of what the parser knows of commands, and so never behind them.

import ArgumentParser
import Compiler
import Foundation

/// A command as the parser describes it.
private struct Description: Decodable {
  struct Tool: Decodable { var command: Description }
  struct Name: Decodable {
    var kind: String
    var name: String
    var text: String { (kind == "long" ? "--" : "-") + name }
  }
  struct Argument: Decodable {
    var kind: String
    var sectionTitle: String?
    var names: [Name]?
    var valueName: String?
    var abstract: String?
    var defaultValue: String?
    var allValues: [String]?
  }

  var commandName: String
  var abstract: String?
  var discussion: String?
  var subcommands: [Description]?
  var arguments: [Argument]?
}

enum ManPages {
  /// A page for the command and for each subcommand that helps are shown of, by file name.
  static func pages() throws -> [(name: String, text: String)] {
    let whole = try JSONDecoder().decode(Description.Tool.self, from: Data(Kinglet._dumpHelp().utf8)).command
    let shown = Set(Kinglet.configuration.subcommands.filter { $0.configuration.shouldDisplay }.compactMap { $0.configuration.commandName })
    let commands = (whole.subcommands ?? []).filter { shown.contains($0.commandName) }
    return [("kinglet.1", page(whole, title: "kinglet", commands))]
      + commands.map { ("kinglet-\($0.commandName).1", page($0, title: "kinglet-\($0.commandName)", [])) }
  }

  private static func page(_ command: Description, title: String, _ commands: [Description]) -> String {
    let call = title.replacingOccurrences(of: "-\(command.commandName)", with: " \(command.commandName)")
    let positional = (command.arguments ?? []).filter { $0.kind == "positional" }.map { "[" + ($0.valueName ?? "") + "]" }
    var lines = [
      ".TH \(title.uppercased()) 1 \"\" \"kinglet \(ToolVersion.text)\" \"Kinglet\"", ".SH NAME",
      escaped(title) + " \\- " + escaped(command.abstract ?? ""), ".SH SYNOPSIS", ".B " + escaped(call),
      commands.isEmpty ? escaped((["[options]"] + positional).joined(separator: " ")) : escaped("<command> [options]"),
    ]
    lines += discussion(command.discussion ?? "")
    if !commands.isEmpty {
      lines.append(".SH COMMANDS")
      for one in commands { lines += [".TP", ".BR kinglet\\-\(escaped(one.commandName)) (1)", escaped(one.abstract ?? "")] }
    }
    lines += options(command.arguments ?? [])
    lines += [
      ".SH \"EXIT STATUS\"",
      "0 done; 1 a check failed; 2 the command line is wrong; 3 an input is bad; 130 stopped, with a checkpoint kept.",
    ]
    if commands.isEmpty { lines += [".SH \"SEE ALSO\"", ".BR kinglet (1)"] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Prose, and behind the word EXAMPLES lines as they are.
  private static func discussion(_ text: String) -> [String] {
    guard !text.isEmpty else { return [] }
    let parts = text.components(separatedBy: "\n").split { $0.hasPrefix("EXAMPLE") }.map(Array.init)
    let isExampleAlone = text.hasPrefix("EXAMPLE")
    let (prose, examples) = (isExampleAlone ? [] : parts.first ?? [], isExampleAlone ? parts.first ?? [] : parts.dropFirst().first ?? [])
    var lines: [String] = []
    if prose.contains(where: { !$0.isEmpty }) {
      lines += [".SH DESCRIPTION"] + prose.map { $0.isEmpty ? ".PP" : escaped($0) }.trimmed(".PP")
    }
    if !examples.isEmpty {
      lines += [".SH EXAMPLES", ".nf"] + examples.map(escaped).trimmed("") + [".fi"]
    }
    return lines
  }

  /// All options, those that --help leaves out too, under the titles that they have there.
  private static func options(_ arguments: [Description.Argument]) -> [String] {
    var titles: [String] = []
    for argument in arguments where !titles.contains(argument.sectionTitle ?? "") { titles.append(argument.sectionTitle ?? "") }
    return titles.flatMap { title in
      [".SH \"\(title.isEmpty ? "OPTIONS" : escaped(title.uppercased()))\""]
        + arguments.filter { ($0.sectionTitle ?? "") == title }.flatMap(option)
    }
  }

  private static func option(_ argument: Description.Argument) -> [String] {
    let names = (argument.names ?? []).map { "\\fB" + escaped($0.text) + "\\fR" }.joined(separator: ", ")
    let value = argument.kind == "flag" ? "" : "\\fI" + escaped(argument.valueName ?? "") + "\\fR"
    var text = argument.abstract ?? ""
    if let values = argument.allValues, !values.isEmpty { text += " (values: " + values.joined(separator: ", ") + ")" }
    if let usual = argument.defaultValue { text += " (default: \(usual))" }
    return [".TP", [names, value].filter { !$0.isEmpty }.joined(separator: " "), escaped(text)]
  }

  /// For roff: backslashes and hyphens as themselves, and no line begins with a request.
  private static func escaped(_ text: String) -> String {
    let plain = text.replacingOccurrences(of: "\\", with: "\\e").replacingOccurrences(of: "-", with: "\\-")
    return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
  }
}

extension [String] {
  /// Without these lines at its beginning and its end.
  fileprivate func trimmed(_ line: String) -> [String] {
    Array(drop { $0 == line }.reversed().drop { $0 == line }.reversed())
  }
}

/// For `make install`.
struct ManPagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "man-pages", abstract: "Write the pages of the manual.", shouldDisplay: false)

  @Option(name: .shortAndLong, help: "The folder to write to; made if missing.")
  var output: String

  func run() throws {
    try? FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    for (name, text) in try ManPages.pages() { try ReportFile.write(text: text, to: output + "/" + name) }
  }
}
