import ArgumentParser
import Compiler
import Sharing

extension OptimizerKind: ExpressibleByArgument {}
extension MeanPrecision: ExpressibleByArgument {}
extension CompressionMeasure: ExpressibleByArgument {}

/// `2-16,24,32`: cluster counts, each once, ascending.
struct CountList: ExpressibleByArgument {
  var counts: [Int] = []

  init?(argument: String) {
    guard let list = OutputList(argument: argument) else { return nil }
    counts = Set(list.numbers).sorted()
    guard counts.allSatisfy((1...256).contains) else { return nil }
  }
}

struct ShareCommand: StoppableCommand, ResumableCommand, CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "share",
    abstract: "Let weights share values, as many a layer as an evolutionary search finds best.",
    discussion: """
      The weights of a layer are clustered, those of one cluster become their mean, and a search
      picks how many clusters each layer gets; then it bends the clustering of the best (fine
      tuning). Zeros stay, so it can follow evolve.

      EXAMPLES
        kinglet share net.onnx --data train-images.gz --labels train-labels.gz \\
          --test test-images.gz --test-labels test-labels.gz --max-loss 0.3 -o net.kgl
        kinglet share evolved.ckpt --measure bytes -o net.kgl
        kinglet share net.ckpt   # goes on with a search that was stopped
      """)

  @Argument(help: "A model (ONNX, .tflite, or Darknet's .cfg), a checkpoint that evolve wrote, or one of a search to go on with.")
  var model: String

  @OptionGroup var opened: ModelOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var input: InputOptions
  @OptionGroup(title: "Search") var search: SharingOptions
  @OptionGroup var common: CommonOptions

  @OptionGroup var task: TaskOption
  @OptionGroup var naming: NamesOption

  @Option(help: ArgumentHelp("Where the run is kept while it lasts (default: beside the blob).", valueName: "run.ckpt"))
  var checkpoint: String?

  @Option(name: .shortAndLong, help: "The blob to write (of a search that was stopped: by default as before).")
  var output: String?

  var file: String { model }

  func run() throws {
    if Compilation.isCheckpoint(model) {
      let (command, compilation) = try Self.takeUp(model, [model], common.observer)
      return try command.finish(compilation, resumes: true)
    }
    _ = try required(output)
    try Compilation.checkWritable(results)
    let compilation = try Compilation(
      options: try compileOptions(model: model), observer: common.observer)
    compilation.told = Self.told
    try finish(compilation, resumes: false)
  }

  private func finish(_ compilation: Compilation, resumes: Bool) throws {
    let output = try required(output)
    try refuseOtherSearch(compilation)
    compilation.checkpointPath = kept
    let report = try compilation.share(
      search.settings(common), samples: search.samples, tableSteps: search.tableSteps, to: output)
    if checkpoint == nil && !(resumes && model == kept) { compilation.removeCheckpoint() }
    try emit(report, json: common.json)
    guard search.maxLoss == nil else { return try requireLimits(report.blob) }
    if let broken = report.blob.brokenLimit { Terminal.note("kinglet: warning: \(broken)") }
  }

  private var kept: String? { checkpoint ?? output.map(checkpointPath(beside:)) }

  /// A search that has begun keeps what it was told.
  private func refuseOtherSearch(_ compilation: Compilation) throws {
    guard let kept = compilation.sharing else { return }
    let (rules, given) = (OptionRule.rules(of: "share"), Self.given)
    let said = SharingProgress(
      settings: search.settings(common), samples: search.samples, tableSteps: search.tableSteps)
    for name in given.keys.sorted() {
      guard case .search(let take) = rules[name] else { continue }
      var other = kept
      take(&other, said)
      try require(other == kept, "--\(name) cannot be another than the one that the search began with")
    }
  }

  var results: [String] { [output, kept].compactMap { $0 } + common.results }

  func stages(of compilation: Compilation) -> Set<Stage> { [.beginning, .samples, .quantize, .encode, .speed] }

  func compileOptions(model: String) throws -> CompileOptions {
    var options = CompileOptions(model: model)
    try opened.apply(to: &options)
    options.sparsity = 0
    task.apply(to: &options)
    options.heldBack = search.heldBack
    naming.apply(to: &options)
    common.apply(to: &options)
    try source.apply(to: &options, input: input)
    return options
  }
}

/// What a search is told where nothing else is said: the library's own.
private let search = SharingSettings()

/// What is searched, and how.
struct SharingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Cluster counts that are tried for each layer, in 1 to 256.", valueName: "list"))
  var counts: CountList?

  @Option(help: "How means are kept: float32, float16 or float8 (E4M3, a power of two a layer).")
  var precision = search.precision

  @Option(help: "How generations are made: \(OptimizerKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var optimizer = search.optimizer

  @Option(help: "Members of a generation.")
  var population = search.population

  @Option(help: "Generations of the search for counts.")
  var generations = search.generations

  @Option(help: "Generations of fine tuning, the search for spread and focus; 0: none.")
  var fineGenerations = search.fineGenerations

  @Option(help: "Samples of the data, held-back ones first, on which members are judged.")
  var samples = 2000

  @Option(help: "Share of the data held back for choices.")
  var heldBack = usual.heldBack

  @Option(
    help: ArgumentHelp(
      "Points that one layer shared alone may lose; counts that lose more are out.", valueName: "points"))
  var rangeLoss = search.rangeLoss

  @Option(
    help: ArgumentHelp(
      "What a member may lose on those samples against the network as it came: percentage points of "
        + "accuracy, of agreement without labels, of 1 - RMS error where numbers are the answer. All within "
        + "rank before all beyond; status 1 if the blob loses more (default: 0.5, and a warning; 100: no "
        + "limit).", valueName: "points"))
  var maxLoss: Double?

  @Option(help: "What compression is: rate (keys and means, the poster's) or bytes (of the blob).")
  var measure = search.measure

  @Option(help: ArgumentHelp("What accuracy aims at (default: that of the model).", valueName: "share"))
  var accuracyTarget: Double?

  @Option(
    help: ArgumentHelp(
      "What compression aims at (default: that of the least counts left).", valueName: "x"))
  var compressionTarget: Double?

  @Option(help: "Gradient steps of distillation that train the shared values and biases at the end.")
  var tableSteps = 0

  func settings(_ common: CommonOptions) -> SharingSettings {
    var settings = SharingSettings()
    if let counts { settings.counts = counts.counts }
    settings.precision = precision
    settings.rangeLoss = rangeLoss
    if let maxLoss { settings.maxLoss = maxLoss == 100 ? nil : maxLoss }
    settings.optimizer = optimizer
    settings.population = population
    settings.generations = generations
    settings.fineGenerations = fineGenerations
    settings.measure = measure
    settings.accuracyTarget = accuracyTarget
    settings.compressionTarget = compressionTarget
    settings.seed = common.seed
    settings.threads = common.threads
    return settings
  }
}
