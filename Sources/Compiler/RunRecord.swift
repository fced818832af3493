// The record of a run as JSON Lines: what `kinglet report` draws. The whole file is written each
// time the run is kept, whole or not at all, from the same state, so that the record of a resumed run
// is that of one which was never stopped.

import Die
import Evolution
import Execution
import Files
import Foundation
import Lowering
import ModelGraph
import Tensors

/// Lines of the record.
struct RunRecord: Encodable {
  /// Nonzero weights in equal bins.
  struct Bins: Encodable {
    var low: Float
    var high: Float
    var counts: [Int]

    init(_ weights: [Float], count: Int = 96) {
      let alive = weights.filter { $0 != 0 && $0.isFinite }
      (low, high) = (alive.min() ?? 0, alive.max() ?? 0)
      counts = [Int](repeating: 0, count: count)
      let width = high - low
      for value in alive {
        let place = width > 0 ? Int((value - low) / width * Float(count)) : 0
        counts[min(max(place, 0), count - 1)] += 1
      }
    }
  }

  struct Layer: Encodable {
    var name: String
    var weights: Int?
    var survivors: Int?
    var levels: Int?
    var bytes: Int?
    var histogram: Bins?
  }

  struct CycleLayer: Encodable {
    var layer: String
    var sparsity: Double
    var mean, deviation, best, z: Double?
  }

  var record: String
  var version: Int?
  var model: String?
  var task: String?
  var method: String?
  var divergence: DivergenceText?
  var seed: UInt64?
  var teacherParameters: Int?
  var teacherAccuracy: Double?
  var edgeAccuracy: Double?
  var blobBytes: Int?
  var ratio: Double?
  var cycle: Int?
  var scope: String?
  var sparsity: Double?
  var mean, deviation, best, z: Double?
  var divergenceBefore, divergenceAfter: Double?
  var accuracy, agreement: Double?
  var intervals: AnswerIntervals?
  var evaluatedOn: String?
  /// What `loss` counts, in the first line; and its points.
  var lossName: String?
  var loss: Double?
  var trials: Int?
  var steps: Int?
  var seconds: Double?
  var layers: [AnyLayer]?

  /// `divergence` names a kind in the first line and is a number in the last.
  enum DivergenceText: Encodable {
    case kind(String)
    case value(Double)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .kind(let kind): try container.encode(kind)
      case .value(let value): try container.encode(value)
      }
    }
  }

  enum AnyLayer: Encodable {
    case layer(Layer)
    case cycle(CycleLayer)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .layer(let layer): try layer.encode(to: encoder)
      case .cycle(let layer): try layer.encode(to: encoder)
      }
    }
  }

  init(_ record: String) { self.record = record }

  /// One cycle's line.
  init(_ cycle: CycleRecord) {
    record = "cycle"
    self.cycle = cycle.cycle
    let trials = cycle.pools.reduce(into: [String: PoolTrials]()) { found, pool in
      if pool.layers.count == 1 { found[pool.layers[0]] = pool }
    }
    layers = cycle.layers.map { layer in
      let own = trials[layer.layer]
      return .cycle(
        CycleLayer(
          layer: layer.layer, sparsity: layer.sparsity, mean: own?.mean, deviation: own?.deviation,
          best: own?.best, z: own?.z))
    }
    let shared = cycle.pools.first { $0.layers.count > 1 }
    scope = shared == nil ? "layer" : "network"
    (mean, deviation, best, z) = (shared?.mean, shared?.deviation, shared?.best, shared?.z)
    sparsity = cycle.sparsity
    (divergenceBefore, divergenceAfter) = (cycle.divergenceBefore, cycle.divergenceAfter)
    (accuracy, agreement, loss) = (cycle.accuracy, cycle.agreement, cycle.loss?.points)
    intervals = cycle.intervals
    (self.trials, steps, seconds) = (cycle.budget.trials, cycle.budget.steps, cycle.seconds)
  }
}

/// The blob on its target: the fields of ``DieReport`` and the kind of line.
private struct DieLine: Encodable {
  private enum Kind: CodingKey { case record }

  let die: DieReport

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Kind.self)
    try fields.encode("die", forKey: .record)
    try die.encode(to: encoder)
  }
}

extension Compilation {
  /// Writes the record of the run so far.
  ///
  /// - Parameter report: of the blob, once there is one.
  func writeRecord(report: CompileReport? = nil) throws(CompilerError) {
    guard let recordPath else { return }
    var lines = [try firstLine()]
    lines += evolution.cycles.map { RunRecord($0) }
    if evolution.isOver, let judged = finalJudgement {
      var line = RunRecord("final")
      (line.steps, line.divergence) = (evolution.finalStepsDone, .value(judged.divergence))
      (line.agreement, line.accuracy) = (judged.agreement, judged.accuracy)
      line.loss = judged.answers.loss.points
      line.intervals = AnswerIntervals(judged.answers)
      lines.append(line)
    }
    if evolution.isOver { lines.append(lastLine(report)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var text = Data()
    for line in lines {
      guard let bytes = try? encoder.encode(line) else {
        throw .cannotWrite(path: recordPath, reason: "the record cannot be put as JSON")
      }
      text += bytes + Data("\n".utf8)
    }
    if let die = report?.die, let bytes = try? encoder.encode(DieLine(die: die)) {
      text += bytes + Data("\n".utf8)
    }
    try OutputFile.write(text, to: recordPath)
  }

  private func firstLine() throws(CompilerError) -> RunRecord {
    let original = try teacher().student
    var line = RunRecord("run")
    line.version = 1
    line.model = URL(fileURLWithPath: options.model).lastPathComponent
    line.task = task.rawValue
    line.method = options.evolution.method.rawValue
    line.divergence = .kind(divergence.rawValue)
    line.seed = options.evolution.seed
    line.teacherParameters = teacherParameters
    line.teacherAccuracy = trainingSamples?.teacherAccuracy?.share
    line.lossName = reading.lossKind(
      labelled: trainingSamples?.heldBack.labels != nil
    ).name
    line.layers = original.layers.map { layer in
      let weights = original[layer.weight].tensor.values
      return .layer(
        RunRecord.Layer(name: layer.name, weights: weights.count, histogram: .init(weights)))
    }
    return line
  }

  private func lastLine(_ report: CompileReport?) -> RunRecord {
    var line = RunRecord("end")
    line.sparsity = sparsity
    (line.blobBytes, line.ratio) = (report?.blobBytes, report?.ratio)
    (line.teacherAccuracy, line.edgeAccuracy) = (report?.teacherAccuracy, report?.edgeAccuracy)
    (line.loss, line.lossName) = (report?.loss, report?.lossName)
    (line.intervals, line.evaluatedOn) = (report?.intervals, report?.evaluatedOn)
    line.layers = student.layers.enumerated().map { index, layer in
      let weights = evolution.parameters[layer.weight.index]
      return .layer(
        RunRecord.Layer(
          name: layer.name, weights: weights.count, survivors: weights.survivorCount,
          levels: report?.layers[index].levels, bytes: report?.layers[index].bytes,
          histogram: .init(weights)))
    }
    return line
  }
}
