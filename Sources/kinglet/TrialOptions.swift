// Options of trials: how candidate sets are drawn, and what they are compared by.

import ArgumentParser
import Compiler
import Evolution
import Trials

/// What a cycle zeroes: a share below 1 or a count from 1.
struct StepOption: ExpressibleByArgument {
  var step: Step

  init?(argument: String) {
    if let count = Int(argument) {
      step = .count(count)
    } else if let share = Double(argument) {
      step = .share(share)
    } else {
      return nil
    }
  }
}

/// A temperature, or the first and the last of a run: `0.1`, `0.3:0.05`.
struct AnnealedTemperature: Equatable {
  var first: Float
  var last: Float
}

extension AnnealedTemperature: ExpressibleByArgument {
  var defaultValueDescription: String { first == last ? "\(first)" : "\(first):\(last)" }

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map {
      Float(String($0)) ?? .nan
    }
    guard (1...2).contains(parts.count), parts.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      return nil
    }
    (first, last) = (parts[0], parts[parts.count - 1])
  }
}

/// How candidate sets are drawn and compared.
struct TrialOptions: ParsableArguments {
  @Option(help: "How candidate sets are made: \(EvolutionMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
  var method = usual.evolution.method

  @Option(
    help: ArgumentHelp(
      "Zeroed a cycle: a share (default 0.1; literal 0.05), or a number of weights.", valueName: "share|n"))
  var step: StepOption?

  @Option(
    help: ArgumentHelp(
      "Uniform draws over survivors, or over all positions, zeroed ones too (default: "
        + "literal all, random survivors).", valueName: "all|survivors"))
  var draw: DrawChoice?

  @Option(
    help: ArgumentHelp(
      "Candidate sets a cycle (default: learned 16, informed 32, literal 120, the "
        + "others 1: no trials)."))
  var trials: Int?

  @Option(help: "Held-back samples on which trials are compared.")
  var trialSamples = usual.evolution.trialSamples

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "Drop the worse half of the sets after few samples, and again (default: yes, but "
        + "for literal)."))
  var halving: Bool?

  @Option(
    help: ArgumentHelp(
      "Of the sets so many times fewer go on to so many times more samples, from the first heat, on its "
        + "square-th part of them, to the finalists on all: 8; 1: all see all (default: as --halving says).",
      valueName: "n"))
  var race: Int?

  @Option(
    help: ArgumentHelp(
      "Noise of draws on log saliency; a:b goes from a to b.", valueName: "x[:y]"))
  var drawTemperature = AnnealedTemperature(
    first: usual.evolution.drawTemperature, last: usual.evolution.lastDrawTemperature)

  @Option(help: "Share of the winning set that is zeroed, its least salient; 1 is all of it.")
  var nesting = usual.evolution.nesting

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "Compare sets as they would be after survivors took over what lost weights "
        + "contributed (default: learned alone)."))
  var judgeRecovered: Bool?

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "When a set is zeroed, survivors of a filter take over what its lost weights "
        + "contributed, by least squares."))
  var compensate = usual.evolution.compensates

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "What was zeroed stays zero, as in the paper; else cycles train zeroed weights too, under a price for "
        + "what weights take in the blob, and those that grow come back (default: yes)."))
  var irrevocable: Bool?

  @Option(
    help: ArgumentHelp(
      "How much what its whole row still counts for, a filter or a unit, says of a weight, an exponent in its saliency: "
        + "the larger, the more rows die whole, which the blob then does without (default: 0.5 with --max-bytes, else 0).",
      valueName: "x"))
  var rowExponent: Float?

  @Option(help: "Divergence that a saved kilobyte is worth when sets are compared.")
  var rateWeight = usual.evolution.rateWeight

  @Option(
    help: ArgumentHelp(
      "What answers are compared by: kl, mse, nmse (each output over its deviation), ce (with labels), or of detectors "
        + "boxes (mse in parts of the image) or objects (by what the teacher sees in each cell) (default: kl for "
        + "classifiers, ce where a thorough run learns labels, objects for detectors, else mse)."))
  var divergence: DivergenceKind?

  @Option(help: "Softening of the distributions that sets are compared by.")
  var trialTemperature = usual.evolution.trialTemperature

  @Option(help: ArgumentHelp("Outputs that matter, the others do not: 0-3,7.", valueName: "list"))
  var outputs: OutputList?

  @OptionGroup var classes: ClassesOption

  @Option(help: ArgumentHelp("What each output counts, one number an output.", valueName: "x,x,..."))
  var outputWeights: WeightList?

  func validate() throws {
    try require(
      race == nil || halving == nil, "--race and --halving both say which sets leave early: give one of them")
  }

  func apply(to options: inout CompileOptions) {
    options.evolution = EvolutionSettings(method)
    options.divergence = divergence
    options.outputs = outputs?.numbers
    options.classes = classes.numbers
    options.evolution.outputWeights = outputWeights.map { [$0.weights] }
    if let step { options.evolution.step = step.step }
    if let draw { options.evolution.drawsAll = draw == .all }
    if let trials { options.evolution.trials = trials }
    options.evolution.trialSamples = trialSamples
    if let halving { options.evolution.halving = halving }
    options.evolution.race = race
    options.evolution.drawTemperature = drawTemperature.first
    options.evolution.lastDrawTemperature = drawTemperature.last
    options.evolution.nesting = nesting
    if let judgeRecovered { options.evolution.judgesRecovered = judgeRecovered }
    options.evolution.compensates = compensate
    if let irrevocable { options.evolution.isIrrevocable = irrevocable }
    options.evolution.rowExponent = rowExponent
    options.evolution.rateWeight = rateWeight
    options.evolution.trialTemperature = trialTemperature
  }
}

enum DrawChoice: String, ExpressibleByArgument, CaseIterable { case all, survivors }

/// Which of a detector's classes count.
struct ClassesOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of a detector: the classes that count, the others are neither compared nor found: 0-39.", valueName: "list"))
  var classes: OutputList?

  /// Nil: all.
  var numbers: [Int]? { classes?.numbers }
}

/// `0-3,7`: numbers of outputs.
struct OutputList: ExpressibleByArgument {
  var numbers: [Int] = []

  init?(argument: String) {
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
      guard (1...2).contains(ends.count), ends[0] >= 0, ends[ends.count - 1] >= ends[0],
        ends[ends.count - 1] < 1 << 24
      else { return nil }
      numbers += ends[0]...ends[ends.count - 1]
    }
  }
}

/// `1,0.5,2`: one number an output.
struct WeightList: ExpressibleByArgument {
  var weights: [Float] = []

  init?(argument: String) {
    weights = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Float(String($0)) ?? .nan
    }
    guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), weights.contains(where: { $0 > 0 })
    else { return nil }
  }
}
