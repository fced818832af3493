// `kinglet verify --stream`: a blob that keeps state and its teacher, over frames in turn.

import Blob
import Compiler
import Datasets
import Edge
import Execution
import Foundation
import Intake
import IntegerExecution
import ModelGraph
import ModelLoading
import Tensors
import Verification

/// What `verify --stream` found.
public struct StreamReport: Codable, PrintableReport, Sendable {
  public static let reportName = "stream"

  /// Bytes of the whole blob.
  public var blobBytes: Int
  /// Bytes of RAM that the C runtime asks for.
  public var arenaBytes: Int
  /// Bytes of these that are kept from one frame to the next.
  public var stateBytes: Int
  /// How many streams were run, each from its beginning.
  public var streams: Int
  /// Of all streams.
  public var frames: Int
  /// Share of frames that are decided alike; where numbers are the answer 1 - RMS(edge - teacher) / RMS(teacher).
  public var agreement: Double
  /// Whether frames are decided, by classes or a threshold.
  public var decides: Bool
  /// The first frame that is decided otherwise; nil: none is.
  public var firstDeparture: StreamPlace?
  /// Share of the outputs' numbers that are the teacher's very ones, 0 to 1.
  public var equal: Double
  /// The first frame with a number that is not the teacher's; nil: none is.
  public var firstDifference: StreamPlace?
  /// RMS(edge - teacher) of the answers in each tenth of the streams by RMS(teacher) of all: whether they drift apart.
  public var drift: [Double]
  /// The same of what is kept at the end of each tenth of the first stream; nil where blob and teacher do not keep the
  /// same.
  public var stateDrift: [Double]?
  /// What the decisions are by; nil: by none.
  public var threshold: Float?
  /// Numbers above the threshold against the teacher's, of every frame; nil without a threshold.
  public var byFrame: DecisionFigures?
  /// Numbers above the threshold against the teacher's, of streams, in some frame; nil without a threshold.
  public var byStream: DecisionFigures?
  /// Streams against their labels.
  public var labelled: DecisionFigures?
  /// What is labelled frame by frame.
  public var events: EventFigures?
  /// Hours of all frames; nil where nothing says how long one is.
  public var hours: Double?
  /// False accepts by the hours of all frames; nil where these are not known, or no event is labelled.
  public var falseAcceptsAnHour: Double?

  public var text: String {
    let rest = frames - Int((agreement * Double(frames)).rounded())
    let places = decides
      ? "\(agreement.percent) of decisions are the teacher's"
        + (firstDeparture.map { ", the first other one of \(rest) in frame \($0.frame) of stream \($0.stream)" } ?? "")
      : "1 - RMS error \(agreement.percent)"
    var lines = ["\(frames) frames of \(streams) \(streams == 1 ? "stream" : "streams"): \(places)"]
    lines.append("\(equal.percent) of numbers are equal"
      + (firstDifference.map { ", the first other one in frame \($0.frame) of stream \($0.stream)" } ?? ""))
    lines.append("RMS error by tenths of a stream: \(Self.list(drift))")
    if let stateDrift { lines.append("of what is kept, at the end of each: \(Self.list(stateDrift))") }
    if let threshold {
      lines += [("frames", byFrame), ("streams", byStream)].compactMap { name, figures in
        figures.map { "\(name) above \(threshold), against the teacher: \($0.text)" }
      }
    }
    if let labelled { lines.append("streams, against their labels: \(labelled.text)") }
    if let events {
      lines.append("\(events.events) events: \(events.misses) missed, \(events.falseAccepts) false accepts"
        + (falseAcceptsAnHour.map { String(format: ", %.3g an hour", $0) } ?? "; --frame-ms tells how many an hour"))
    }
    lines.append("\(blobBytes) bytes; arena \(arenaBytes) bytes, \(stateBytes) of them state")
    return lines.joined(separator: "\n")
  }

  private static func list(_ numbers: [Double]) -> String {
    numbers.map { String(format: "%.3g", $0) }.joined(separator: " ")
  }
}

extension DecisionFigures {
  fileprivate var text: String {
    func percent(_ share: Double?) -> String { share.map(\.percent) ?? "-" }
    return "recall \(percent(recall)), precision \(percent(precision)), balanced \(percent(balanced)) "
      + "(\(truePositives + falseNegatives) of \(truePositives + falseNegatives + falsePositives + trueNegatives) are above)"
  }
}

/// How streams are compared.
public struct StreamOfFrames: Sendable {
  public var task = TaskOptions()
  /// Milliseconds of a frame; nil: unknown.
  public var frameMilliseconds: Double?
  public var threads = 1
  public var seed: UInt64 = 1
  /// Whether the teacher may be another model than the blob's.
  public var anyTeacher = false

  public init() {}
}

public enum StreamVerification {
  /// Runs frames in turn through a blob in the C runtime and through its teacher, each carrying what it keeps.
  ///
  /// - Parameters:
  ///   - teacher: keeps state too, or looks at the window that the blob's frames are of.
  ///   - test: [T] + a frame's shape is one stream, whose labels are a frame each; [N, T] + it N streams, each from the
  ///     beginning on, with a label each; `random:T` is one stream.
  public static func verify(
    blob path: String, teacher: String, axes: ModelAxes = [:], test: DataOptions, options: StreamOfFrames
  ) throws(CompilerError) -> StreamReport {
    let (blob, file) = try opening { () throws(IntakeError) in
      (try BlobFile.open(path), try Teacher.load(teacher, axes: axes, mayKeepState: true))
    }
    guard !blob.model.states.isEmpty else {
      throw .usage(reason: "\(path) keeps no state, so that its samples are no stream: leave out --stream")
    }
    if !options.anyTeacher { try Verification.check(teacher, axes, of: blob.model, path) }
    let model = file.states.isEmpty ? try Lossless.stream(of: file, in: blob.model) : file
    let given = try CompilerError.naming(test.path) { () throws(CompilerError) in
      try frames(test, of: model, for: blob.model, seed: options.seed)
    }
    let reading = try opening { () throws(IntakeError) in
      try AnswerReading.resolve(options.task, graph: model.ofAnswers, samples: [])
    }
    let labels = try labels(given, reading, model, test)
    return try compare(blob, path, model, given.streams, labels, reading, options)
  }

  // MARK: Frames

  private struct Frames {
    /// Of each stream, of each input [T] + its shape.
    var streams: [[Tensor]]
    /// A frame each of a sole stream, or a stream each.
    var labels: [Int]?
  }

  private static func frames(_ test: DataOptions, of model: Graph, for blob: BlobModel, seed: UInt64)
    throws(CompilerError) -> Frames
  {
    let inputs = model.sampleInputs.map { model[$0] }
    var streams: [[Tensor]] = []
    var labels: [Int]?
    for (index, input) in inputs.enumerated() {
      let transform = blob.inputs.indices.contains(index) ? blob.inputs[index].transform : BlobTransform()
      var options = SampleLoading.options(test, following: transform)
      if inputs.count > 1, !SampleLoading.isRandom(options) { options.path += ":\(input.name)" }
      if index > 0 { options.labels = nil }
      let own = try opening { () throws(IntakeError) in try Self.streams(options, of: input, seed: seed &+ UInt64(index)) }
      if index == 0 {
        (streams, labels) = (own.tensors.map { [$0] }, own.labels)
        continue
      }
      guard own.tensors.map(\.shape.first) == streams.map({ $0[0].shape.first }) else {
        throw .unfit(
          reason: "\(test.path) gives input \(input.name) \(Self.text(own.tensors)) and input \(inputs[0].name) "
            + "\(Self.text(streams.map { $0[0] })): each frame is given to all inputs")
      }
      streams = zip(streams, own.tensors).map { $0 + [$1] }
    }
    return Frames(streams: streams, labels: labels)
  }

  private static func text(_ streams: [Tensor]) -> String {
    "\(streams.count) \(streams.count == 1 ? "stream" : "streams") of \(streams.first?.shape.first ?? 0) frames"
  }

  /// Of each stream [T] + the input's shape.
  private static func streams(_ options: DataOptions, of input: Value, seed: UInt64) throws(IntakeError)
    -> (tensors: [Tensor], labels: [Int]?)
  {
    let length = try framesOfSample(options, input.shape)
    let value = Value(name: input.name, shape: (length.map { [$0] } ?? []) + input.shape)
    let dataset = try SampleLoading.load(options, for: value, seed: seed)
    guard let length else {
      return ([dataset.samples(0..<dataset.count).reshaped(to: [dataset.count] + input.shape)], dataset.labels)
    }
    let tensors = (0..<dataset.count).map { dataset.samples($0..<$0 + 1).reshaped(to: [length] + input.shape) }
    return (tensors, dataset.labels)
  }

  /// How many frames each sample of an array is; nil: each is a frame.
  private static func framesOfSample(_ options: DataOptions, _ frame: [Int]) throws(IntakeError) -> Int? {
    guard !SampleLoading.isRandom(options), let array = try? ElementArray(path: options.path) else { return nil }
    let shape = array.tensor.shape
    let rest = shape.dropFirst(2).filter { $0 != 1 }
    guard shape.count >= 2, rest == frame.filter({ $0 != 1 }), shape.dropFirst().filter({ $0 != 1 }) != rest || shape[1] == 1
    else { return nil }
    return shape.count == frame.count + 1 ? nil : shape[1]
  }

  private static func labels(_ given: Frames, _ reading: AnswerReading, _ model: Graph, _ test: DataOptions)
    throws(CompilerError) -> [Bool]?
  {
    guard let labels = given.labels else { return nil }
    guard case .classes(let rules) = reading, rules.count == 1, case .above = rules[0],
      model.sampleOutputs.allSatisfy({ model[$0].shape.elementCount == 1 })
    else {
      guard test.labels != nil else { return nil }
      throw .usage(reason: "labels of streams are 0 and 1, for a network of one number with a --threshold: leave them out")
    }
    guard let bad = labels.firstIndex(where: { !(0...1).contains($0) }) else { return labels.map { $0 == 1 } }
    throw .unfit(reason: "\(test.labels ?? test.path): label \(labels[bad]) of sample \(bad) is neither 0 nor 1")
  }

  // MARK: Comparing

  private static func compare(
    _ blob: DecodedBlob, _ path: String, _ model: Graph, _ streams: [[Tensor]], _ labels: [Bool]?,
    _ reading: AnswerReading, _ options: StreamOfFrames
  ) throws(CompilerError) -> StreamReport {
    let edge = try verifying { () throws(VerificationError) in
      let edge = try EdgeWorkers(blob.bytes, threads: options.threads)
      try edge.check(against: model)
      return edge
    }
    var pair = try StreamPair(model, edge, blob.model, threads: options.threads)
    var figures = StreamFigures(reading)
    var (events, labelled) = (EventFigures(), DecisionFigures())
    for (number, stream) in streams.enumerated() {
      let count = stream.first?.shape.first ?? 0
      let answers = try pair.answers(to: stream, count, keepsDrift: number == 0)
      let above = figures.add(teacher: answers.teacher, edge: answers.edge, frames: count)
      guard let labels else { continue }
      if streams.count == 1, labels.count == count { events.add(labels: labels, answers: above) }
      if labels.count == streams.count { labelled.add(right: labels[number], answered: above.contains(true)) }
    }
    let hours = options.frameMilliseconds.map { Double(figures.frames) * $0 / 3_600_000 }
    let hasEvents = labels != nil && streams.count == 1
    return StreamReport(
      blobBytes: blob.bytes.count, arenaBytes: edge.arenaBytes, stateBytes: edge.stateBytes, streams: figures.streams,
      frames: figures.frames,
      agreement: reading == .values ? figures.closeness : Double(figures.alike) / Double(max(figures.frames, 1)),
      decides: reading != .values, firstDeparture: figures.firstDeparture,
      equal: Double(figures.equal) / Double(max(figures.numbers, 1)), firstDifference: figures.firstDifference,
      drift: figures.drift, stateDrift: pair.drift,
      threshold: figures.hasThreshold ? reading.thresholds.first : nil,
      byFrame: figures.hasThreshold ? figures.byFrame : nil,
      byStream: figures.hasThreshold && streams.count > 1 ? figures.byStream : nil,
      labelled: labels != nil && !hasEvents ? labelled : nil, events: hasEvents ? events : nil, hours: hours,
      falseAcceptsAnHour: hasEvents ? hours.map { Double(events.falseAccepts) / max($0, .leastNormalMagnitude) } : nil)
  }
}

/// A teacher and a blob, whose streams begin together.
private struct StreamPair {
  private let model: Graph
  private let edge: EdgeWorkers
  private let states: [BlobTensor]
  private let exact: ExactTeacher?
  private var floats: StreamExecutor?
  private(set) var drift: [Double]?

  init(_ model: Graph, _ edge: EdgeWorkers, _ blob: BlobModel, threads: Int) throws(CompilerError) {
    (self.model, self.edge, states) = (model, edge, blob.states.map(\.tensor))
    exact = model.isOfIntegers ? try verifying { () throws(VerificationError) in try ExactTeacher(model) } : nil
    floats = exact == nil
      ? try executing { () throws(ExecutionError) in StreamExecutor(try Executor(graph: model, threads: threads)) } : nil
  }

  /// Of each output the numbers of all frames.
  mutating func answers(to stream: [Tensor], _ count: Int, keepsDrift: Bool) throws(CompilerError)
    -> (teacher: [[Float]], edge: [[Float]])
  {
    var wanted = model.sampleOutputs.map { _ in [Float]() }
    var found = wanted
    floats?.reset()
    var integers = exact?.stream
    try verifying { () throws(VerificationError) in try edge.reset() }
    for tenth in 0..<10 {
      let range = count * tenth / 10..<count * (tenth + 1) / 10
      guard !range.isEmpty else { continue }
      let part = stream.map { tensor in
        let width = tensor.values.count / count
        return Tensor(
          shape: [range.count] + tensor.shape.dropFirst(),
          values: Array(tensor.values[range.lowerBound * width..<range.upperBound * width]))
      }
      let kept: [[Float]]
      if floats != nil {
        let answers = try executing { () throws(ExecutionError) in try floats?.run(frames: part) ?? [] }
        for (index, answer) in answers.enumerated() { wanted[index] += answer.values }
        kept = floats?.found.map(\.values) ?? []
      } else {
        for frame in range.indices {
          let given = zip(model.sampleInputs, part).map { input, tensor in
            let width = model[input].shape.elementCount
            let own = frame - range.lowerBound
            return IntegerElements(of: Array(tensor.values[own * width..<(own + 1) * width]), in: model[input])
          }
          let answers: [IntegerElements]
          do { answers = try integers?.outputs(of: given) ?? [] } catch { throw .unfit(reason: error.sentence) }
          for (index, answer) in answers.enumerated() { wanted[index] += answer.numbers(in: model[model.sampleOutputs[index]]) }
        }
        kept = zip(model.foundStates, integers?.states ?? []).map { $1.numbers(in: model[$0]) }
      }
      let answers = try verifying { () throws(VerificationError) in try edge.run(part, count: range.count, inTurn: true) }
      for (index, answer) in answers.enumerated() { found[index] += answer }
      if keepsDrift { add(kept) }
    }
    return (wanted, found)
  }

  /// How far what the blob keeps is from what the teacher does, where they keep the same.
  private mutating func add(_ kept: [[Float]]) {
    let shapes = model.foundStates.map { model[$0].shape.elementCount }
    guard shapes == states.map(\.count), shapes == kept.map(\.count), !shapes.isEmpty else { return }
    var (difference, size) = (0.0, 0.0)
    for (tensor, kept) in zip(states, kept) {
      for (a, b) in zip(kept, tensor.numbers(in: edge.state)) {
        difference += Double(a - b) * Double(a - b)
        size += Double(a) * Double(a)
      }
    }
    drift = (drift ?? []) + [(size > 0 ? difference / size : difference).squareRoot()]
  }
}

extension BlobTensor {
  /// The numbers that it holds in an arena's first bytes.
  fileprivate func numbers(in bytes: [UInt8]) -> [Float] {
    (0..<count).map { index in
      switch type {
      case .float32:
        bytes[4 * (place + index)..<4 * (place + index) + 4].withUnsafeBytes { $0.loadUnaligned(as: Float.self) }
      case .int32: 0
      case .int8: scale * Float(Int(Int8(bitPattern: bytes[4 * place + index])) - zeroPoint)
      case .uint8: scale * Float(Int(bytes[4 * place + index]) - zeroPoint)
      }
    }
  }
}

extension Graph {
  /// The same without its states, by which nobody reads answers.
  fileprivate var ofAnswers: Graph {
    var graph = self
    graph.dropStates()
    return graph
  }
}
