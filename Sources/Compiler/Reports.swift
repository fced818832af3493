// What commands give back: as JSON for machines, as a few lines for people.

import Blob
import Die
import Evolution
import Execution
import Foundation
import Intake
import Quantization
import Tables
import Verification

extension AnswerReading {
  /// What outputs are compared with, for a report; nil where nothing is.
  package var listedThresholds: [Float]? { thresholds.isEmpty ? nil : thresholds }
}

extension AnswerLoss {
  /// `1.31 points of accuracy lost`
  public var text: String { "\(points.points) \(kind.name)" }
}

extension AnswerCount {
  /// Figures of a student, named so, and of its teacher.
  func text(of student: String) -> String {
    let found = ObjectFigures(self).map { "\($0.text), " } ?? ""
    return found + answersText(
      teacher: teacherAccuracy?.share, student, edge: studentAccuracy?.share,
      agreement: objects == nil ? agreement?.share : nil, loss: loss.text, intervals: AnswerIntervals(self))
  }
}

/// Shares with their intervals, and what is lost; what is nil is left out.
package func answersText(
  teacher: Double?, _ student: String = "edge", edge: Double?, agreement: Double?, loss: String,
  intervals: AnswerIntervals?
) -> String {
  func figure(_ name: String, _ share: Double?, _ interval: ShareInterval?) -> String? {
    share.map { "\(name) \($0.percent)" + (interval.map { " (\($0.text))" } ?? "") }
  }
  let parts = [
    figure("teacher", teacher, intervals?.teacherAccuracy),
    figure(student, edge, intervals?.edgeAccuracy),
    figure("agreement", agreement, intervals?.agreement), loss,
  ]
  return parts.compactMap { $0 }.joined(separator: ", ")
}

extension ShareInterval {
  /// `91.50 to 96.50`
  public var text: String { "\((100 * low).points) to \((100 * high).points)" }
}

/// What figures of so few samples can tell, in a sentence; nil where there are enough.
package func fewSamplesText(_ samples: Int, _ intervals: AnswerIntervals?) -> String? {
  guard samples < DataSplit.telling else { return nil }
  guard let interval = intervals?.edgeAccuracy ?? intervals?.agreement else {
    return "\(samples) samples are few: what is rarer than one in \(max(samples / 3, 1)) may be missing "
      + "among them"
  }
  return "\(samples) samples are few: the figure may as well be \((100 * interval.low).points) as "
    + "\((100 * interval.high).points) %; within 2 points either way it takes \(interval.samples(for: 0.02))"
}

/// What is said where the model is of int8.
package func equalText(_ share: Double) -> String { "\(share.percent) of output elements equal the model's integers" }

/// What is said where an integer blob was emulated.
package func emulationText(_ samples: Int) -> String { "emulation: \(samples) samples, identical" }

/// What is said where a blob's bytes are counted without its self-test.
package func selfTestText(_ bytes: Int) -> String { bytes > 0 ? " but \(bytes) bytes of self-test" : "" }

/// How far a blob is from its teacher, as it says itself.
public struct DivergenceReport: Codable, Equatable, Sendable {
  /// As the option names it.
  public var kind: String
  /// The mean over the samples, in the kind's unit.
  public var mean: Float
  /// Half the width of the 95 % confidence interval.
  public var halfWidth: Float
  /// How many samples it is of.
  public var samples: Int

  package init(_ divergence: BlobProvenance.Divergence) {
    kind = divergence.kind.name
    (mean, halfWidth) = (divergence.mean, divergence.halfWidth)
    samples = divergence.samples
  }

  public var text: String {
    String(format: "divergence (%@) %.6f +- %.6f (95 %%) over %d samples", kind as NSString, mean,
      halfWidth, samples)
  }
}

/// One layer of a blob.
public struct LayerReport: Codable, Equatable, Sendable {
  /// The layer's, as in the model.
  public var name: String
  /// Weights of the teacher's layer, zeros too; without biases.
  public var parameters: Int
  /// Weights that evolution and the layer's plan left. Those of dead units are among them, and not
  /// in the blob.
  public var survivors: Int
  /// Levels of its table; nil where weights are float32.
  public var levels: Int?
  /// Bytes of the blob that are there for this layer alone.
  public var bytes: Int
  /// How its table was made; nil where quantization made none.
  public var table: TableRecord?
  /// Why it has the weights that it has, in a sentence, where that is not as it was to be.
  public var remark: String?
}

/// The result of `compile` and `encode`.
public struct CompileReport: Codable, PrintableReport, Sendable {
  public static let reportName = "compilation"

  /// Weights, biases, batch normalization's scale and shift.
  public var teacherParameters: Int
  /// Bytes of the whole blob.
  public var blobBytes: Int
  /// Bytes of these that are there for the self-test.
  public var selfTestBytes: Int
  /// Bytes of these that names of inputs, outputs and layers take; 0: none are kept.
  public var namesBytes: Int
  /// 4 bytes x teacher parameters / blob bytes, the self-test apart.
  public var ratio: Double
  /// Share of zeros over all weights.
  public var sparsity: Double
  /// What the evolution did not reach, in a sentence; nil where it reached all.
  public var shortfall: String?
  /// What the network is for; decides what agreement and loss are.
  public var task: NetworkTask
  /// What the figures below were measured on; nil: nothing was, and they are absent.
  public var evaluatedOn: String?
  /// What stands behind the figures: test samples that were given, samples kept unseen, every sample answered by a student
  /// made without it, held-back samples that chose the student, or, where nothing was trained, calibration samples or
  /// generated ones; nil: nothing was measured.
  public var evaluation: EvaluationKind?
  /// How many samples the figures are of.
  public var samples: Int?
  /// Share of right answers of the teacher, 0 to 1; nil without labels.
  public var teacherAccuracy: Double?
  /// Share of right answers in the C runtime, 0 to 1; nil without labels.
  public var edgeAccuracy: Double?
  /// Edge with teacher: the share of samples answered alike, of the teacher's objects above 80 % that are found, or 1 - RMS(edge - teacher) /
  /// RMS(teacher) where numbers are the answer.
  public var agreement: Double?
  /// Of a detector; nil for every other network.
  public var objects: ObjectFigures?
  /// In percentage points, and what of: see ``AnswerLoss``.
  public var loss: Double?
  /// `points of accuracy lost`, or of what else the loss is; nil where none is known.
  public var lossName: String?
  /// What outputs are compared with; nil where none are.
  public var thresholds: [Float]?
  /// Of the three shares, 95 % confidence; nil where numbers are the answer.
  public var intervals: AnswerIntervals?
  /// Of an integer blob: share of right answers of the same student in float32, on the same samples, 0 to 1.
  public var floatAccuracy: Double?
  /// Of an integer blob: percentage points that the same student loses in float32, of what `lossName` says.
  public var floatLoss: Double?
  /// Of that accuracy, 95 % confidence.
  public var floatInterval: ShareInterval?
  /// Where the model is of int8: share of output elements that are its very integers, 0 to 1.
  public var equal: Double?
  /// Which samples a limit of loss was held on, in a sentence; nil without one.
  public var limitPlace: String?
  /// C runtime against Execution on the same quantized student; for integer steps that is what
  /// 8-bit activations cost.
  public var maxAbsoluteDifference: Float?
  /// The same over the largest output.
  public var relativeDifference: Float?
  /// Samples for which an integer blob gave the same bytes in the C runtime and in its emulation;
  /// nil for float32.
  public var emulatedSamples: Int?
  /// A sentence where a blob made straight from a model answers much otherwise than the model.
  public var warning: String?
  /// Of a blob made straight from a model: how its levels were chosen, and what they do to answers; nil
  /// where nothing could be measured.
  public var dealing: Dealing?
  /// A sentence where the blob is larger, or loses more, than it may.
  public var brokenLimit: String?
  /// From the teacher, in the C runtime.
  public var divergence: DivergenceReport?
  /// Bytes of RAM that the C runtime asks for.
  public var arenaBytes: Int
  /// What of it activations, a decoder and a filter take, and what look-up tables of other sizes would.
  public var arena: ArenaReport
  /// What of the arena the activations take; the rest is the runtime's.
  public var activationBytes: Int
  /// The least that any placing of the activations could take.
  public var arenaLowerBound: Int
  /// Wall-clock time of the run, seconds.
  public var seconds: Double
  /// The seed of every random choice.
  public var seed: UInt64
  /// Threads that the run was given; no bit of the blob depends on it.
  public var threads: Int
  /// What became of each layer, in the network's order.
  public var layers: [LayerReport]
  /// What each cycle of the evolution spent: enough to replay a run bounded by time.
  public var schedule: Schedule
  /// The record of each cycle; none where nothing was evolved.
  public var cycles: [CycleRecord]
  /// The blob on its target; nil without one.
  public var die: DieReport?
  /// What an inference takes by the costs that layers were coded by; nil where all are coded alike.
  public var instructions: InstructionEstimate?

  /// Figures of accuracy, of agreement, and what is lost; nil where nothing was measured.
  private var answers: String? {
    guard let loss, let lossName else { return nil }
    return (objects.map { "\($0.text), " } ?? "") + answersText(
      teacher: teacherAccuracy, edge: edgeAccuracy, agreement: task == .classification ? agreement : nil,
      loss: "\(loss.points) \(lossName)", intervals: intervals)
  }

  /// What is to be known of these figures.
  private var caveats: [String] {
    guard let evaluation, evaluation != .untrained, let samples else { return [] }
    let chosen = evaluation != .chosen ? nil
      : "samples that chose flatter: give --test, or more --data; figures of others will be lower"
    return [fewSamplesText(samples, intervals), chosen, limitPlace].compactMap { $0 }
  }

  public var text: String {
    var lines = ["layer                            weights  survivors  levels     bytes"]
    for layer in layers {
      lines.append(
        layer.name.padding(toLength: 28, withPad: " ", startingAt: 0)
          + String(format: "%12d %10d %7@ %9d", layer.parameters, layer.survivors,
            (layer.levels.map(String.init) ?? "float") as NSString, layer.bytes))
    }
    lines.append(
      String(
        format: "%d bytes for %d parameters: %.1fx, everything counted%@; %@ zeros; arena %d bytes",
        blobBytes, teacherParameters, ratio, selfTestText(selfTestBytes) as NSString,
        sparsity.percent as NSString, arenaBytes)
        + ", activations \(activationBytes) of it (lower bound \(arenaLowerBound))")
    lines += arena.lines
    if let instructions { lines.append(instructions.text) }
    lines += layers.compactMap(\.remark)
    if let shortfall { lines.append(shortfall) }
    if let evaluatedOn, let answers { lines.append("on \(evaluatedOn): \(answers)") }
    if let equal { lines.append(equalText(equal)) }
    if let dealing { lines.append(dealing.text) }
    if let warning { lines.append(warning) }
    if let divergence { lines.append(divergence.text) }
    lines += caveats
    if let emulatedSamples { lines.append(emulationText(emulatedSamples)) }
    if let die { lines.append(die.text) }
    return lines.joined(separator: "\n")
  }

  /// The cycles that a run took, from its JSON.
  public static func schedule(from path: String) throws(CompilerError) -> Schedule {
    struct Result: Decodable { var schedule: Schedule }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .absent(path)
    }
    guard let found = try? JSONDecoder().decode(Result.self, from: data),
      (found.schedule.cycles.flatMap { [$0.steps, $0.trials] }
        + [found.schedule.finalSteps, found.schedule.tableSteps])
        .allSatisfy({ (0...1 << 20).contains($0) })
    else { throw .cannotRead(path: path, reason: "it is not the JSON of a compilation") }
    return found.schedule
  }
}

/// The result of `evolve` and `quantize`.
public struct StageReport: Codable, PrintableReport, Sendable {
  public static let reportName = "stage"

  /// `evolved` or `quantized`.
  public var stage: String
  /// Path of the checkpoint that was written; empty where none was.
  public var checkpoint: String
  /// Share of zeros over all weights, 0 to 1.
  public var sparsity: Double
  /// Of layers that have other weights than they were to have, a sentence each.
  public var remarks: [String]
  /// What the evolution did not reach, in a sentence; nil where it reached all.
  public var shortfall: String?
  /// On held-back samples, student against teacher.
  public var divergence: Double?
  /// Share of held-back samples that the student answers as the teacher does, 0 to 1; nil where there are no classes or
  /// objects, or nothing was measured.
  public var agreement: Double?
  /// Of a detector; nil for every other network.
  public var objects: ObjectFigures?
  /// In percentage points, and what of: see ``AnswerLoss``.
  public var loss: Double?
  /// `points of accuracy lost`, or of what else the loss is; nil where none is known.
  public var lossName: String?
  /// Of the agreement, 95 % confidence were these samples not those that chose.
  public var intervals: AnswerIntervals?
  /// Held-back samples that these figures are of; the student was chosen by them.
  public var samples: Int?
  /// Wall-clock time of the run so far, seconds.
  public var seconds: Double
  /// The record of each cycle; of `evolve` alone.
  public var cycles: [CycleRecord]

  public var text: String {
    var line = "\(stage) \(checkpoint): \(sparsity.percent) zeros"
    if let divergence { line += String(format: ", divergence %.5f", divergence) }
    if let objects {
      line += ", \(objects.text)"
    } else if let agreement {
      line += ", agreement \(agreement.percent)"
      if let interval = intervals?.agreement { line += " (\(interval.text))" }
    }
    if let loss, let lossName { line += ", \(loss.points) \(lossName)" }
    if let samples { line += " on \(samples) held-back samples, by which it was chosen" }
    return ([line] + remarks + (shortfall.map { [$0] } ?? [])).joined(separator: "\n")
  }
}
