// What a blob that was made straight from a model does to the model's answers. There are no test
// samples then: it is measured on the samples that it was calibrated on, or on inputs that are made
// up. Trained networks are sure of what they were made for, and less of anything else: of inputs that
// are made up for a network of classes only the half counts of which the teacher is surest, since
// answers on the brink change with any rounding and tell little of what real samples lose.

import Execution
import Foundation
import Intake
import ModelGraph
import Tensors
import Trials
import Verification

extension Stages {
  /// Points from which on a blob's answers are said to differ much. Tables of 16 levels cost networks
  /// that stand them nothing to 1 point of agreement on the surer half of inputs that are made up, and
  /// 5 to 20 points of 1 - RMS error, which warn early; those that they ruin 19 and more, and 57.
  static func muchLost(_ kind: AnswerLoss.Kind) -> Double {
    switch kind {
    case .accuracy, .agreement, .precision, .objects: 5
    case .values: 15
    }
  }

  /// Multiplications that measuring may take in the C runtime, about.
  private static let products = 4_000_000_000
  /// And numbers of its inputs.
  static let numbers = 1 << 24

  /// Figures of a blob that was made without training; the samples are few where the network is large.
  func evaluateUntrained(_ written: Written) throws(CompilerError) -> Evaluation {
    let most = min(options.calibration == nil ? 128 : 1000, Self.numbers / max(inputNumbers, 1))
    let count = max(8, min(most, Self.products / max(work, 1)))
    let (samples, basis) = try untrainedSamples(count)
    observer.began("measure")
    let observer = observer
    let result = try compared(written.bytes, on: samples) {
      observer.advanced($0, of: samples.count, .sample, "")
    }
    observer.ended("\(basis) in the C runtime")
    return Evaluation(kind: .untrained, basis: basis, result: result, divergence: nil)
  }

  /// Multiplications of one sample, zeros too.
  var work: Int {
    student.layers.reduce(0) { sum, layer in
      let outputs = layer.uses.reduce(0) { $0 + student[student.nodes[$1].output].shape.elementCount }
      return sum + layer.weightCount * (outputs / max(layer.rows, 1))
    }
  }

  var inputNumbers: Int {
    student.inputs.reduce(0) { $0 + student[$1].shape.elementCount }
  }

  private func untrainedSamples(_ count: Int) throws(CompilerError)
    -> (samples: SampleSet, basis: String)
  {
    if options.calibration != nil {
      let data = try data(for: student)
      // Frames stay in turn.
      let all = states.isEmpty ? data.split(holdingBack: 0, seed: settings.seed).training : data
      let samples = all.prefix(count)
      return (samples, "\(samples.count) calibration \(states.isEmpty ? "samples" : "frames")")
    }
    let chosen = try variedInputs(reading == .values ? count : 2 * count, seed: settings.seed)
    let samples = reading == .values
      ? chosen.inputs.samples : chosen.inputs.samples.subset(at: chosen.answers.surest(count))
    return (samples, "\(samples.count) generated inputs (\(chosen.inputs.range))")
  }

  /// Inputs that are made up, of the range over which answers vary most, and the answers.
  func variedInputs(_ count: Int, seed: UInt64) throws(CompilerError)
    -> (inputs: GeneratedInputs, answers: TeacherAnswers)
  {
    let teacher = try teacher()
    var candidates = GeneratedInputs.candidates(for: student.keeping(states), transforms, count: count, seed: seed)
    for index in candidates.indices {
      candidates[index].samples = try verifying { () throws(VerificationError) in
        try candidates[index].samples.withStates(of: teacher.keeping(states), threads: threads)
      }
    }
    return try executing { () throws(ExecutionError) in
      try TeacherAnswers.mostVaried(candidates, teacher: teacher, reading: reading, threads: threads)
    }
  }

  /// A sentence where answers differ much, or more than was to be; nil where they do not.
  func warning(_ evaluation: Evaluation, _ dealing: Dealing?) -> String? {
    let loss = evaluation.result.answers.loss
    guard loss.isWithin(Self.muchLost(loss.kind)) else {
      return "warning: the blob answers much that the model answers otherwise: \(loss.text) on "
        + "\(evaluation.basis); more --levels (none told: dealt to layers as they need them; float keeps "
        + "all), or compile with --data, lose less"
    }
    guard let dealing, !dealing.isWithinLimit else { return nil }
    return "warning: \(dealing.lossText), more than \(dealing.limit.points); "
      + (dealing.isDealt ? "layers with levels of their own lose it" : "leave --levels out, and layers get what they need")
  }
}

/// A teacher's answers to inputs.
struct TeacherAnswers {
  let reading: AnswerReading
  /// Of each output that answers are read from, row-major by sample.
  let numbers: [[Float]]
  let count: Int

  /// Those of several kinds of inputs which vary most.
  static func mostVaried(
    _ candidates: [GeneratedInputs], teacher: Graph, reading: AnswerReading, threads: Int
  ) throws(ExecutionError) -> (inputs: GeneratedInputs, answers: TeacherAnswers) {
    let executor = try Executor(graph: teacher, threads: threads, to: reading.values(of: teacher))
    var best: (inputs: GeneratedInputs, answers: TeacherAnswers, variety: Double)?
    for inputs in candidates {
      let count = inputs.samples.count
      let outputs = try executor.run(inputs: inputs.samples.tensors(0..<count, of: teacher))
      let answers = TeacherAnswers(reading: reading, numbers: outputs.map(\.values), count: count)
      let variety = answers.variety
      if variety > best?.variety ?? -.infinity { best = (inputs, answers, variety) }
    }
    guard let best else { preconditionFailure("inputs of at least one kind") }
    return (best.inputs, best.answers)
  }

  private func rows(_ output: Int) -> [ArraySlice<Float>] {
    let width = numbers[output].count / max(count, 1)
    return (0..<count).map { numbers[output][$0 * width..<($0 + 1) * width] }
  }

  /// Bits of classes, or the share of the numbers' power that is not the same for all samples; -1
  /// where a number is none.
  var variety: Double {
    guard numbers.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return -1 }
    guard case .classes(let rules) = reading else { return variance }
    var answers = [[Int]](repeating: [], count: count)
    for (output, rule) in rules.enumerated() {
      for (sample, row) in rows(output).enumerated() { answers[sample] += rule.classes(row) }
    }
    let shares = Dictionary(grouping: answers) { $0 }.values.map { Double($0.count) / Double(count) }
    return shares.reduce(0) { $0 - $1 * log2($1) }
  }

  private var variance: Double {
    var (power, constant) = (0.0, 0.0)
    for output in numbers {
      let width = output.count / max(count, 1)
      for column in 0..<width {
        let column = stride(from: column, to: output.count, by: width).map { Double(output[$0]) }
        let mean = column.reduce(0, +) / Double(count)
        constant += mean * mean
        power += column.reduce(0) { $0 + $1 * $1 } / Double(count)
      }
    }
    return power > 0 ? 1 - constant / power : 0
  }

  /// The samples whose classes are furthest from any others, in their order.
  func surest(_ wanted: Int) -> [Int] {
    guard case .classes(let rules) = reading else { return Array(0..<count) }
    var margins = [Float](repeating: .infinity, count: count)
    for (output, rule) in rules.enumerated() {
      for (sample, row) in rows(output).enumerated() {
        margins[sample] = min(margins[sample], rule.margin(row))
      }
    }
    return margins.indices.sorted { (margins[$0], $1) > (margins[$1], $0) }.prefix(wanted).sorted()
  }
}

extension ClassRule {
  /// The classes of one sample's numbers.
  fileprivate func classes(_ row: ArraySlice<Float>) -> [Int] {
    switch self {
    case .largest: [row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 } - row.startIndex]
    case .above(let threshold): row.map { $0 > threshold ? 1 : 0 }
    case .place: row.map { Int(exactly: $0) ?? -1 }
    }
  }

  /// How far its numbers are from being another class; that of a place does not tell.
  fileprivate func margin(_ row: ArraySlice<Float>) -> Float {
    switch self {
    case .largest:
      let most = row.sorted(by: >).prefix(2)
      return most.count == 2 ? most[0] - most[1] : .infinity
    case .above(let threshold): return row.map { abs($0 - threshold) }.min() ?? .infinity
    case .place: return .infinity
    }
  }
}
