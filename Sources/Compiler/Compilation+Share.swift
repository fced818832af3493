// Another way from a student to its tables: evolutionary weight sharing. The search is Sharing's;
// here it gets its samples, is kept in the checkpoint after every step, and what it finds becomes
// coded layers, a table of clusters being a table of levels.

import Blob
import Execution
import Lowering
import ModelGraph
import Quantization
import Sharing
import Simplification
import Tensors
import Trials

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

extension Compilation {
  /// Finds which weights share a value, or goes on where a checkpoint was left, and writes the
  /// blob.
  ///
  /// - Parameters:
  ///   - settings: of a search that begins now; one that goes on keeps its own.
  ///   - samples: on which members are judged: held-back ones and, where these are too few, others
  ///     of the data; never test samples.
  ///   - tableSteps: gradient steps of distillation that train the shared values afterwards.
  public func share(
    _ settings: SharingSettings, samples: Int, tableSteps: Int = 0, to path: String
  ) throws(CompilerError) -> ShareReport {
    try Self.checkWritable([path])
    let (run, result, judged) = try shareStudent(
      SharingProgress(settings: settings, samples: samples, tableSteps: tableSteps))
    let blob = try encode(to: path, evaluating: true)
    brokenLimit = try brokenLimit(run, judged, path)
    return ShareReport(run, result, samples: judged.count, blob: blob)
  }

  /// The student with the values that its weights are to share.
  ///
  /// - Returns: the search, what it found, and the samples that members were judged by.
  @discardableResult
  func shareStudent(_ new: SharingProgress) throws(CompilerError)
    -> (run: SharingRun, result: SharingResult, samples: SharingSamples)
  {
    let progress = try begun(new)
    let graph = evolvedGraph().foldingDeadUnits()
    let judged = try sharingSamples(progress.samples)
    let run = try Self.sharing { () throws(SharingError) in
      try SharingRun(
        graph: graph, settings: progress.settings, samples: judged, state: progress.state)
    }
    try search(run, graph)
    guard let result = run.result else { throw .unfit(reason: "the search found nothing") }
    if coded == nil {
      let layers = codedLayers(result.layers, graph)
      coded = layers
      if progress.tableSteps > 0 { try train(graph, layers, steps: progress.tableSteps) }
      try save(now: true)
    }
    return (run, result, judged)
  }

  /// Whether the blob, in the C runtime, loses more than members may: a sentence that says so.
  private func brokenLimit(_ run: SharingRun, _ samples: SharingSamples, _ path: String)
    throws(CompilerError) -> String?
  {
    guard let limit = run.settings.maxLoss, let baseline = run.state.baseline else { return nil }
    let edge = try EdgePool(try BlobFile.read(path), threads: options.evolution.threads)
    var count = AnswerCount(reading)
    for start in stride(from: 0, to: samples.count, by: 256) {
      let range = start..<min(start + 256, samples.count)
      samples.add(try edge.run(samples.inputs(range), count: range.count), range, to: &count)
    }
    let lost = 100 * (baseline - count.memberAccuracy)
    guard !(lost <= limit + 1e-9) else { return nil }
    return "\(lost.points) \(run.accuracyKind.name) on \(samples.count) samples of the data in the C runtime, "
      + "more than --max-loss \(limit)"
  }

  /// The search to go on with: the checkpoint's, or else a new one.
  private func begun(_ new: SharingProgress) throws(CompilerError) -> SharingProgress {
    if var begun = sharing {
      begun.settings.threads = options.evolution.threads
      guard begun.settings.fault == nil, (1...1 << 24).contains(begun.samples),
        (0...10_000_000).contains(begun.tableSteps)
      else {
        throw .badCheckpoint(
          path: checkpointPath ?? "", reason: "a number of its search is out of range")
      }
      return begun
    }
    if let fault = new.settings.fault { throw .usage(reason: fault) }
    guard evolution.isOver || evolution.cycles.isEmpty else {
      throw .usage(
        reason: "\(checkpointPath ?? "the run") is not evolved to its end; go on with evolve")
    }
    guard options.data != nil else {
      throw .usage(reason: "this needs samples: give --data, a file or random:N")
    }
    evolution.isOver = true
    coded = nil
    sharing = new
    return new
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

  private func search(_ run: SharingRun, _ graph: Graph) throws(CompilerError) {
    if run.isOver { return }
    nonisolated(unsafe) let observer = observer
    run.shouldStop = { observer.shouldStop }
    var failure: CompilerError?
    run.bytes = { layers in
      do throws(CompilerError) {
        return try self.written(graph, self.codedLayers(layers, graph))
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
      sharing?.state = run.state
      if !goesOn || observer.shouldStop {
        try save(now: true)
        throw checkpointPath.map { .sharingInterrupted(checkpoint: $0) }
          ?? .interrupted(checkpoint: nil)
      }
      try save(now: run.isOver)
      tell(run)
    }
    if let best = run.result?.best { observer.ended(Self.summary(best.score, of: run)) }
  }

  private func tell(_ run: SharingRun) {
    let summary = run.result.map { Self.summary($0.best.score, of: run) } ?? ""
    switch run.phase {
    case .ranges(let done, let total): observer.advanced(done, of: total, "counts of layers")
    case .counts(let done, let total):
      observer.advanced(done, of: total, "generations, \(summary)")
    case .fineTuning(let done, let total):
      observer.advanced(done, of: total, "generations of fine tuning, \(summary)")
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
      judged, teacher: teacher, reading: reading, threads: options.evolution.threads)
  }

  // MARK: What it found

  private func train(_ graph: Graph, _ layers: [BlobWeights], steps: Int) throws(CompilerError) {
    options.tableSteps = steps
    do {
      _ = try trainTables(graph, layers)
    } catch .interrupted(let checkpoint) {
      coded = nil
      try save(now: true)
      throw checkpoint.map { .sharingInterrupted(checkpoint: $0) } ?? .interrupted(checkpoint: nil)
    }
  }

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
    let answers = try Compilation.executing { () throws(ExecutionError) in
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
