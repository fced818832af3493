// Another way from a student to its tables: evolutionary weight sharing. The search is Sharing's;
// here it gets its samples, is kept in the checkpoint after every step, and what it finds becomes
// coded layers, a table of clusters being a table of levels.

import Blob
import Execution
import Intake
import Lowering
import ModelGraph
import Quantization
import Sharing
import Simplification
import Tensors
import Trials
import Verification

/// A search as the checkpoint keeps it.
package struct SharingProgress: Codable, Equatable, Sendable {
  package var settings: SharingSettings
  /// Samples on which members are judged.
  package var samples: Int
  /// Gradient steps that train what is shared, once it is found.
  package var tableSteps: Int
  /// nil before the first step is done.
  package var state: SharingState?

  package init(settings: SharingSettings, samples: Int, tableSteps: Int) {
    (self.settings, self.samples, self.tableSteps) = (settings, samples, tableSteps)
  }
}

extension SharingProgress {
  /// What is out of bounds, as a sentence; nil where nothing is.
  var fault: String? {
    if let fault = settings.fault { return fault }
    guard (1...10_000_000).contains(samples) else { return "--samples takes a whole number above 0" }
    return (0...10_000_000).contains(tableSteps) ? nil : "--table-steps takes a whole number, 0 or more"
  }

  /// The same search before its first step.
  var beginning: SharingProgress {
    SharingProgress(settings: settings, samples: samples, tableSteps: tableSteps)
  }
}

/// A student with the values that its weights share, the search that found these, and the samples that
/// its members were judged by.
struct Shared {
  let quantized: Quantized
  let run: SharingRun
  let result: SharingResult
  let samples: SharingSamples
}

extension Stages {
  /// Finds which weights share a value, or goes on where a search was left.
  ///
  /// - Parameters:
  ///   - new: a search that begins now; one that goes on keeps its own.
  func share(_ progress: Progress, _ new: SharingProgress, keep: Keep) throws(CompilerError) -> Shared {
    let (evolved, begun) = try begun(progress, new)
    var search = begun
    let graph = evolved.graph(student).foldingDeadUnits()
    let judged = try sharingSamples(search.samples)
    let run = try Self.sharing { () throws(SharingError) in
      try SharingRun(
        graph: graph, settings: search.settings, samples: judged, state: search.state)
    }
    try find(run, graph) { (state, now) throws(CompilerError) in
      search.state = state
      try keep(.sharing(evolved, search), now)
    }
    guard let result = run.result else { throw .unfit(reason: "the search found nothing") }
    if let quantized = progress.quantized, quantized.sharing != nil {
      return Shared(quantized: quantized, run: run, result: result, samples: judged)
    }
    var layers = codedLayers(result.layers, graph)
    var steps = 0
    if search.tableSteps > 0 {
      (layers, _, steps) = try trainTables(graph, layers, steps: search.tableSteps)
    }
    return Shared(
      quantized: Quantized(evolved: evolved, layers: layers, tableSteps: steps, sharing: search), run: run,
      result: result, samples: judged)
  }

  /// Whether the blob, in the C runtime, loses more than members may: a sentence that says so.
  func brokenLimit(_ shared: Shared, _ path: String) throws(CompilerError) -> String? {
    let (run, samples) = (shared.run, shared.samples)
    guard let limit = run.settings.maxLoss, let baseline = run.state.baseline else { return nil }
    let bytes = try opening { () throws(IntakeError) in try BlobFile.read(path) }
    let count = try verifying { () throws(VerificationError) in
      let edge = try EdgeWorkers(bytes, threads: threads)
      try edge.check(against: student)
      var count = AnswerCount(reading)
      for start in stride(from: 0, to: samples.count, by: 256) {
        let range = start..<min(start + 256, samples.count)
        samples.add(try edge.run(samples.inputs(range), count: range.count), range, to: &count)
      }
      return count
    }
    let lost = 100 * (baseline - count.memberAccuracy)
    guard !(lost <= limit + 1e-9) else { return nil }
    return "\(path) has \(lost.points) \(run.accuracyKind.name) on \(samples.count) samples of the data in the "
      + "C runtime, more than --max-loss \(limit)"
  }

  /// The student to share weights of and the search to go on with: the run's, or else a new one.
  private func begun(_ progress: Progress, _ new: SharingProgress) throws(CompilerError)
    -> (Evolved, SharingProgress)
  {
    var evolved = progress.evolved
    if var search = progress.sharing {
      search.settings.threads = threads
      return (evolved, search)
    }
    if let fault = new.fault { throw .usage(reason: fault) }
    guard options.data != nil else {
      throw .usage(reason: "this needs samples: give --data, a file or random:N")
    }
    evolved.state.isOver = true
    return (evolved, new)
  }

  private static func sharing<R>(_ body: () throws(SharingError) -> R) throws(CompilerError) -> R {
    do {
      return try body()
    } catch {
      switch error {
      case .execution(let cause): throw .execution(cause)
      case .notFinite, .badState: throw .unfit(reason: error.sentence)
      }
    }
  }

  // MARK: The search

  private func find(
    _ run: SharingRun, _ graph: Graph, keep: (SharingState, Bool) throws(CompilerError) -> Void
  ) throws(CompilerError) {
    if run.isOver { return }
    nonisolated(unsafe) let observer = observer
    run.shouldStop = { observer.shouldStop }
    var failure: CompilerError?
    run.bytes = { layers in
      do throws(CompilerError) {
        return try self.write(graph, self.codedLayers(layers, graph))
          .bytes.count
      } catch {
        failure = error
        return .max
      }
    }
    observer.began("share")
    while !run.isOver {
      let goesOn = try Self.sharing { () throws(SharingError) in try run.step() }
      if let failure { throw failure }
      try keep(run.state, run.isOver)
      if !goesOn { throw .interrupted(checkpoint: nil) }
      try stopIfAsked()
      tell(run)
    }
    if let best = run.result?.best { observer.ended(Self.summary(best.score, of: run)) }
  }

  private func tell(_ run: SharingRun) {
    let summary = run.result.map { Self.summary($0.best.score, of: run) } ?? ""
    switch run.phase {
    case .ranges(let done, let total): observer.advanced(done, of: total, .clusterCount, "")
    case .counts(let done, let total):
      observer.advanced(done, of: total, .generation, summary)
    case .fineTuning(let done, let total):
      observer.advanced(done, of: total, .fineGeneration, summary)
    case .over: break
    }
  }

  private static func summary(_ score: Score, of run: SharingRun) -> String {
    "best \(score.compression.points)x at \(score.accuracy.percent) of "
      + "\((run.state.baseline ?? 0).percent) \(run.accuracyKind.rawValue)"
  }

  /// Samples to judge members by: those held back first, then others of the data, since sharing
  /// trains on none.
  private func sharingSamples(_ count: Int) throws(CompilerError) -> SharingSamples {
    let teacher = try teacher()
    let data = try data(for: teacher)
    let split = split(data)
    let held = split.heldBack.prefix(count)
    let others = split.training.prefix(max(0, count - held.count))
    let judged = held.count < count && split.holdsBack ? [held, others] : [held]
    return try SharingSamples(
      judged, teacher: teacher, reading: reading, threads: threads)
  }

  // MARK: What it found

  private func codedLayers(_ shared: [QuantizedLayer], _ graph: Graph) -> [BlobWeights] {
    zip(graph.layers, shared).map { layer, shared in
      BlobWeights(
        shared, biases: layer.bias.map { .biases(graph[$0].tensor.values) } ?? .absent)
    }
  }
}

extension SharingSamples {
  /// - Parameter parts: one after the other; right is what labels say, or else the teacher.
  fileprivate init(_ parts: [SampleSet], teacher: Graph, reading: AnswerReading, threads: Int)
    throws(CompilerError)
  {
    let count = parts.reduce(0) { $0 + $1.count }
    let inputs: @Sendable (Range<Int>) -> [Tensor] = { range in
      var (start, found): (Int, [[Tensor]]) = (0, [])
      for part in parts {
        let own = range.clamped(to: start..<start + part.count)
        if !own.isEmpty {
          found.append(part.tensors(own.lowerBound - start..<own.upperBound - start, of: teacher))
        }
        start += part.count
      }
      return teacher.inputs.indices.map { input in Tensor(joining: found.map { $0[input] }) }
    }
    let answers = try executing { () throws(ExecutionError) in
      let executor = try Executor(graph: teacher, threads: threads, to: reading.values(of: teacher))
      var answers = teacher.outputs.map { _ in [Float]() }
      for start in stride(from: 0, to: count, by: 256) {
        let outputs = try executor.run(inputs: inputs(start..<min(start + 256, count)))
        for (index, output) in outputs.enumerated() { answers[index] += output.values }
      }
      return answers
    }
    let labels = parts.compactMap(\.labels)
    self.init(
      count: count, reading: reading, answers: answers,
      labels: labels.count == parts.count ? labels.flatMap { $0 } : nil, inputs: inputs)
  }
}

extension Tensor {
  /// Tensors one after the other along the first axis, at least one of them.
  fileprivate init(joining parts: [Tensor]) {
    guard parts.count > 1 else {
      self = parts[0]
      return
    }
    self.init(
      shape: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst(),
      values: parts.flatMap(\.values))
  }
}
