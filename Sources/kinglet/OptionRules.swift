// What each option still does on a run that has begun, for all commands that take a run up: what is said
// of the run is described in Compiler's OptionDescription, what is a command's own here. An option that is in
// neither is refused there, and a test wants every option in them.

import Compiler

/// What an option means to a run that is taken up.
enum OptionRule {
  /// Of this call alone; it has its effect at once.
  case call
  /// Where a result goes: as in the call that the run goes on with, where it is not given again.
  case result
  /// Acts in stages of the run, and is a part of its options.
  case run(OptionDescription)
  /// A part of a search for weights that share values.
  case search((inout SharingProgress, SharingProgress) -> Void)
  /// For runs that begin, for this reason.
  case refused(String)

  /// The rules of a command's options, by name.
  static func rules(of command: String) -> [String: OptionRule] {
    var rules = calls
    for option in CompileOptions.described { rules[option.name] = .run(option) }
    return rules.merging(special[command] ?? [:]) { $1 }
  }

  private static func field<T>(_ path: WritableKeyPath<SharingProgress, T>) -> OptionRule {
    .search { $0[keyPath: path] = $1[keyPath: path] }
  }

  private static var calls: [String: OptionRule] {
    [
      "quiet": .call, "progress": .call, "resume": .call, "checkpoint": .call, "checkpoint-every": .call, "points": .call, "trained": .call,
      "help": .call, "version": .call,
      "axis": .refused("a run keeps the axes that its model was loaded with"),
      "state": .refused("a run keeps the states that its model was loaded with"),
      "set": .refused("a run keeps the inputs that its model was loaded with"),
      "weights": .refused("a run keeps the model that it began with"),
      "input-size": .refused("a run keeps the size that its model was loaded with"),
      "frames": .refused("a run keeps the sequences that it began with"),
      "effort": .refused("a run keeps the numbers of steps that it began with; --final-steps and --table-steps say others"),
      "stream": .refused("a run keeps the frames that it began with"),
      "hop": .refused("a run keeps the frames that it began with"),
      "output": .result, "json": .result, "record": .result,
    ]
  }

  /// Options that mean something else to a command.
  private static var special: [String: [String: OptionRule]] {
    func limit(_ name: String) -> OptionRule {
      .run(OptionDescription(name, \.tableLimits, [.quantize]))
    }
    return [
      "quantize": Dictionary(
        uniqueKeysWithValues: ["max-bytes", "max-loss", "max-divergence"].map { ($0, limit($0)) }),
      "encode": [
        "data": .refused("it is for models, and a checkpoint has its own"),
        "task": .refused("it is for models, and a checkpoint has its own"),
        "threshold": .refused("it is for models, and a checkpoint has its own"),
        "max-loss": .refused("it is for models; verify measures what a checkpoint's blob loses"),
      ],
      "share": [
        "counts": field(\.settings.counts), "precision": field(\.settings.precision),
        "optimizer": field(\.settings.optimizer), "population": field(\.settings.population),
        "generations": field(\.settings.generations),
        "fine-generations": field(\.settings.fineGenerations), "samples": field(\.samples),
        "range-loss": field(\.settings.rangeLoss), "max-loss": field(\.settings.maxLoss),
        "measure": field(\.settings.measure), "accuracy-target": field(\.settings.accuracyTarget),
        "compression-target": field(\.settings.compressionTarget),
        "table-steps": field(\.tableSteps), "seed": field(\.settings.seed),
      ],
    ]
  }
}
