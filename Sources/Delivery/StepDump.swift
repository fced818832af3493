// `kinglet run --dump`: what each step of a blob wrote in the C runtime, beside what the student and the teacher have there,
// so that where a network departs from what it was made from can be seen.

import Blob
import Compiler
import Datasets
import Edge
import Execution
import Foundation
import Intake
import Lowering
import ModelGraph
import ModelLoading
import Tensors
import Verification

/// Each step of a run, held up to others.
public struct DumpReport: Codable, PrintableReport, Sendable {
  public static let reportName = "dump"

  /// How near a step's numbers are to those of a value elsewhere.
  public struct Nearness: Codable, Equatable, Sendable {
    /// The value's name.
    public var value: String
    /// Signal to error, in decibels; nil: every number is equal.
    public var decibels: Double?
    /// The largest difference of two numbers.
    public var largestError: Float
  }

  public struct Step: Codable, Equatable, Sendable {
    /// Its number, from 0.
    public var step: Int
    /// The step's, by the name that Formats/Blob.md gives it.
    public var `operator`: String
    /// Numbers that it gives, those that nothing reads included.
    public var elements: Int
    /// Of the runtime's elements, as they are.
    public var file: String
    /// The blob's own network in float32 numbers; nil where it has no value of that step.
    public var student: Nearness?
    /// The value of the teacher with as many elements that is nearest; nil: there is none, or no teacher.
    public var teacher: Nearness?
  }

  /// Path of the blob.
  public var path: String
  /// Path of the teacher; nil without one.
  public var teacher: String?
  /// Each step of the blob's plan, in order.
  public var steps: [Step]
  /// Why there is no student, in a sentence; nil: there is one.
  public var note: String?

  /// Nearer than this, in decibels, is near: errors of a tenth.
  static let near = 20.0

  public var text: String {
    let columns = teacher == nil ? "" : "     teacher: dB  largest error  value"
    var lines = ["step operator                    elements    student: dB  largest error" + columns]
    for step in steps {
      lines.append(
        "\(step.step)".padding(toLength: 5, withPad: " ", startingAt: 0)
          + step.operator.padding(toLength: max(25, step.operator.count + 1), withPad: " ", startingAt: 0)
          + String(format: "%11d", step.elements) + words(step.student, 15)
          + (teacher == nil ? "" : words(step.teacher, 16) + (step.teacher.map { "  \($0.value)" } ?? "")))
    }
    lines.append(note ?? departure("the student", \.student))
    if let teacher { lines.append(departure(teacher, \.teacher)) }
    return lines.joined(separator: "\n")
  }

  private func words(_ nearness: Nearness?, _ width: Int) -> String {
    let decibels = nearness.map { $0.decibels.map { String(format: "%.1f", $0) } ?? "equal" } ?? "-"
    let error = nearness.map { String(format: "%.3g", $0.largestError) } ?? "-"
    return String(repeating: " ", count: max(1, width - decibels.count)) + decibels
      + String(repeating: " ", count: max(1, 15 - error.count)) + error
  }

  private func departure(_ name: String, _ side: KeyPath<Step, Nearness?>) -> String {
    let first = steps.first { $0[keyPath: side].flatMap(\.decibels).map { $0 < Self.near } ?? false }
    guard let first else { return "no step departs from \(name) by more than \(Int(Self.near)) dB allow" }
    return "the first step that departs from \(name), with less than \(Int(Self.near)) dB, is \(first.step), \(first.operator)"
  }
}

public enum StepDump {
  /// Runs the first sample step by step, and writes what each step wrote as an NPY of its elements, `step-003.npy`.
  ///
  /// The student is the blob's own network, its steps as nodes, in float32 numbers of which none is rounded. Bytes between steps
  /// have no scale in a blob: they are compared as the numbers on the line that fits best.
  ///
  /// - Parameters:
  ///   - transform: how raw numbers are made ready; its path is unused.
  ///   - teacher: the model that the blob was made from; nil: none is looked at.
  public static func run(
    _ path: String, inputs files: [String], transform: DataOptions, teacher: String?, axes: ModelAxes = [:], to folder: String
  ) throws(CompilerError) -> DumpReport {
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    guard blob.model.states.isEmpty else {
      throw .unfit(reason: "\(path) keeps state from one frame to the next, and steps are dumped of networks that keep none")
    }
    let raw = try NetworkRun.firstSample(files, transform, of: path, blob.model)
    let (written, sample) = try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in try observed(blob.bytes, raw) }
    }
    let (student, note) = try values(ofStudent: blob.model, sample)
    let taught = try teacher.map { teacher throws(CompilerError) in try values(ofTeacher: teacher, axes, sample) }
    try CFiles.makeFolder(folder)
    var report = DumpReport(path: path, teacher: teacher, steps: [], note: note)
    for step in written {
      let numbers = step.numbers
      let file = "\(folder)/" + String(format: "step-%03d.npy", step.step)
      try write(step, to: file)
      let ownName = "step \(step.step + 1) "
      let own = student.last { $0.name.hasPrefix(ownName) && $0.tensor.count == numbers.count }
      let near = own.map { nearness(numbers, $0, fits: step.type != .float32) }
      let candidates = (taught ?? []).filter { $0.tensor.count == numbers.count }
      let nearest = candidates.map { nearness(numbers, $0, fits: step.type != .float32) }
        .max { ($0.decibels ?? .infinity) < ($1.decibels ?? .infinity) }
      report.steps.append(
        DumpReport.Step(
          step: step.step, operator: blob.model.steps[step.step].name, elements: numbers.count, file: file, student: near,
          teacher: nearest))
    }
    return report
  }

  private struct Known {
    let name: String
    let tensor: Tensor
  }

  /// What each step writes, and the sample as the blob's elements hold it, which is what others are given too.
  private static func observed(_ bytes: [UInt8], _ raw: [Tensor]) throws(VerificationError) -> ([EdgeStep], [Tensor]) {
    let runtime = try EdgeRuntime.opened(bytes)
    let given = zip(runtime.inputs, raw).map { $0.elements(of: $1.values) }
    let held = zip(zip(runtime.inputs, given), raw).map { Tensor(shape: $1.shape, values: $0.0.numbers(of: $0.1)) }
    do throws(RuntimeStatus) { return (try runtime.observe(given), held) } catch { throw VerificationError.runtime(error) }
  }

  /// None, and why, of a blob whose steps are no network in float32.
  private static func values(ofStudent model: BlobModel, _ sample: [Tensor]) throws(CompilerError) -> ([Known], String?) {
    let graph: Graph
    do { graph = try Raising.graph(of: model).inNumbers } catch {
      return ([], "there is no student to look at: \(error.sentence)")
    }
    return (try values(of: graph, sample), nil)
  }

  private static func values(ofTeacher path: String, _ axes: ModelAxes, _ sample: [Tensor]) throws(CompilerError) -> [Known] {
    let graph = try opening { () throws(IntakeError) in try Teacher.load(path, axes: axes).inNumbers }
    let shapes = graph.sampleInputs.map { graph[$0].shape }
    guard shapes.map(\.elementCount) == sample.map({ $0.count }) else {
      throw .unfit(reason: "the inputs of \(path) are \(shapes), and the blob's are \(sample.map { Array($0.shape.dropFirst()) })")
    }
    return try values(of: graph, sample)
  }

  /// What every node of a graph gives.
  private static func values(of graph: Graph, _ sample: [Tensor]) throws(CompilerError) -> [Known] {
    let wanted = graph.nodes.flatMap { node in node.outputs.map { (node.name, $0) } }
      .filter { _, id in !graph.inputs.contains(id) }
    let given = zip(graph.sampleInputs, sample).map { $1.reshaped(to: [1] + graph[$0].shape) }
    return try executing { () throws(ExecutionError) in
      let executor = try Executor(graph: graph, threads: 1, to: wanted.map(\.1))
      return zip(wanted, try executor.run(inputs: given)).map { Known(name: $0.0, tensor: $1) }
    }
  }

  /// - Parameter fits: whether `numbers` are taken as those on the line a x + b that is nearest to the value.
  private static func nearness(_ numbers: [Float], _ known: Known, fits: Bool) -> DumpReport.Nearness {
    let wanted = known.tensor.values
    let (a, b) = fits ? line(from: numbers, to: wanted) : (1, 0)
    var (signal, error, largest) = (0.0, 0.0, Float(0))
    for (number, value) in zip(numbers, wanted) {
      let difference = a * Double(number) + b - Double(value)
      signal += Double(value) * Double(value)
      error += difference * difference
      largest = max(largest, Float(abs(difference)))
    }
    return DumpReport.Nearness(
      value: known.name, decibels: error == 0 ? nil : 10 * log10(max(signal, .leastNormalMagnitude) / error), largestError: largest)
  }

  /// The line of least squares.
  private static func line(from x: [Float], to y: [Float]) -> (a: Double, b: Double) {
    let count = Double(max(1, x.count))
    let meanX = x.reduce(0) { $0 + Double($1) } / count, meanY = y.reduce(0) { $0 + Double($1) } / count
    var (along, across) = (0.0, 0.0)
    for (x, y) in zip(x, y) {
      along += (Double(x) - meanX) * (Double(x) - meanX)
      across += (Double(x) - meanX) * (Double(y) - meanY)
    }
    let a = along > 0 ? across / along : 0
    return (a, meanY - a * meanX)
  }

  private static func write(_ step: EdgeStep, to file: String) throws(CompilerError) {
    let type: NPY.Element =
      switch step.type {
      case .float32: .float32
      case .uint8: .uint8
      case .int8: .int8
      case .int32: .int32
      }
    do throws(DatasetError) {
      try NPY.write(step.bytes, type, shape: [step.numbers.count], to: URL(fileURLWithPath: file))
    } catch {
      throw .intake(.data(error))
    }
  }
}
