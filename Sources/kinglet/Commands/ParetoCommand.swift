import ArgumentParser
import Compiler
import Report
import Tables

struct ParetoCommand: StoppableCommand, ResumableCommand, CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "pareto",
    abstract: "What so many bytes cost: the front of an evolved student.",
    discussion: """
      For every layer levels, the worth of a bit and further zeros are weighed by the real coder \
      and measured by divergence; the front is the least divergence for each size of the whole \
      blob. quantize --max-bytes or --max-loss takes a point of it and trains its tables; for some \
      points the front says what that then comes to.

      EXAMPLE
        kinglet pareto run.ckpt -o front.html
      """)

  @Argument(help: "A checkpoint that evolve wrote.")
  var checkpoint: String

  @OptionGroup var common: CommonOptions

  @Option(help: "Most levels of each layer's table, 2 to 256 (default: as evolve was told).")
  var levels: LevelChoice?

  @Option(help: "Points to measure, 2 to 100.")
  var points = 12

  @Option(help: "Points of these whose tables are trained too, as quantize trains them, 0 to 100.")
  var trained = 3

  @Option(name: .shortAndLong, help: "A page to draw the front on.")
  var output: String?

  func validate() throws {
    try require((2...100).contains(points), "--points takes 2 to 100")
    try require((0...100).contains(trained), "--trained takes 0 to 100")
  }

  var file: String { checkpoint }

  func run() throws {
    let (_, compilation) = try Self.takeUp(checkpoint, [checkpoint], common.observer)
    compilation.checkpointPath = nil
    let report = try compilation.pareto(most: points, trained: trained)
    if let output {
      let page = FrontPage(
        points: report.points.map(Self.drawn), trained: report.trained.map(Self.drawn), layers: report.layers,
        lossName: report.lossName)
      try ReportFile.write(text: page.html(title: checkpoint), to: output)
    }
    try emit(report, json: common.json)
  }

  private static func drawn(_ point: ParetoReport.Point) -> FrontPage.Point {
    let share = point.accuracy ?? point.agreement
    let interval = point.accuracy == nil ? point.intervals?.agreement : point.intervals?.edgeAccuracy
    return FrontPage.Point(
      bytes: Double(point.bytes), divergence: point.divergence, loss: point.loss, layers: point.layers.map(\.text),
      share: share, interval: interval.map { $0.low...$0.high }, shareName: point.accuracy == nil ? "agreement" : "accuracy")
  }

  var results: [String] { (output.map { [$0] } ?? []) + common.results }

  func stages(of compilation: Compilation) -> Set<Stage> { [.quantize, .speed] }

  func compileOptions(model: String) throws -> CompileOptions {
    var options = CompileOptions(model: model)
    common.apply(to: &options)
    options.levels = levels
    return options
  }
}
