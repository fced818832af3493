import Foundation
import Testing

/// What stands on the screen.
struct ScreenTests {
  private static let commands = [
    "compile", "encode", "evolve", "quantize", "share", "pareto", "verify", "compare", "run", "detect", "inspect", "report", "emit-c",
    "emit-banks", "export", "bench",
  ]

  @Test(arguments: [
    ("comple", "compile"), ("inspct", "inspect"), ("emitc", "emit-c"), ("vreify", "verify"), ("emit-b", "emit-banks"),
  ])
  func anUnknownCommandIsGuessed(word: String, meant: String) throws {
    let outcome = try Workplace().kinglet(word, "net.kgl")
    #expect(outcome.status == 2 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("there is no command \(word): did you mean \(meant)?"))
  }

  @Test func whatIsFarFromAllIsNotGuessed() throws {
    let place = try Workplace()
    for word in ["frobnicate", "x", "e"] {
      let outcome = try place.kinglet(word)
      #expect(outcome.status == 2 && !outcome.errors.contains("did you mean"), "\(word)")
    }
    let option = try place.kinglet("inspect", "net.kgl", "--jsn", "x")
    #expect(option.status == 2 && option.errors.contains("Did you mean '--json'?"))
  }

  @Test func theFirstHelpIsShort() throws {
    let place = try Workplace()
    let help = try place.kinglet("compile", "--help").output
    for option in [
      "--data", "--labels", "--test", "--test-labels", "--sparsity", "--max-bytes", "--max-loss", "--activations", "--target",
      "--output", "--help-all",
    ] { #expect(help.contains(option), "\(option)") }
    #expect(!help.contains("--draw-temperature") && help.split(separator: "\n").count < 75)
    let all = try place.kinglet("compile", "--help-all").output
    #expect(all.contains("--draw-temperature") && all.contains("TRIALS:") && all.contains("TRAINING:"))
    #expect(try !place.kinglet("report", "--help").output.contains("--help-all"))
  }

  @Test(arguments: commands) func helpIsPlain(command: String) throws {
    let help = try Workplace().kinglet(command, "--help-all").output
    // A command that goes on in the next line, as a shell reads it, and nothing else.
    for line in help.split(separator: "\n") where line.hasSuffix("\\") { #expect(line.hasPrefix("  kinglet "), "\(line)") }
    #expect(!help.contains("\\ "))
    let options = help.components(separatedBy: "\n  -").dropFirst()
    #expect(!options.isEmpty)
    for option in options {
      let text = option.components(separatedBy: "\n\n")[0]
      #expect(text.components(separatedBy: "(default").count <= 2, "\(text)")
    }
  }

  /// In a terminal of so many columns: what is redrawn stays within a row, the last column left free, and says what it counts.
  @Test(arguments: [80, 40, 30]) func aBarStaysInItsRow(columns: Int) throws {
    let place = try Workplace()
    try TinyNet.write(in: place)
    let command = ([Places.kinglet, "compile", TinyNet.file, "--activations", "int8", "-o", "net.kgl"] + Places.brief)
      .map { "'\($0)'" }.joined(separator: " ")
    let outcome = try place.run(
      "/usr/bin/script", ["-qec", "stty cols \(columns); \(command)", "/dev/null"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    // A bar begins where the line is taken away, and has no end of line before the next.
    let bars = outcome.output.components(separatedBy: "\u{1B}[J").dropFirst().map { $0.prefix { $0 != "\r" && $0 != "\r\n" && $0 != "\n" } }
      .filter { $0.contains(" of ") && !$0.contains(":") }
    #expect(!bars.isEmpty)
    for bar in bars {
      #expect(bar.count < columns, "\(bar)")
      #expect(bar.contains(/(cycle|step|sample|measurement) [0-9]+ of [0-9]+/), "\(bar)")
    }
    #expect(bars.contains { $0.contains("measurement 1 of ") } && bars.contains { $0.contains("cycle 1 of ") })
    if columns == 80 { #expect(bars.contains { $0.contains("#") || $0.contains("....") }) }
  }

  @Test func inAPipeThereIsNoBar() throws {
    let place = try Workplace()
    let outcome = try place.kinglet(["compile", Places.model, "-o", "net.kgl"] + Places.brief.filter { $0 != "-q" })
    #expect(outcome.status == 0 && !outcome.errors.contains("\u{1B}") && !outcome.errors.contains("\r"))
    #expect(!outcome.errors.contains("##"))
    #expect(outcome.errorLines.contains { $0.hasPrefix("  cycle 1 of ") && $0.contains(" s left") })
  }
}
