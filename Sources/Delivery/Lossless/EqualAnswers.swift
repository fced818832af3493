// Byte for byte: a blob in the C runtime against a model of int8 in its exact meaning.

import Compiler
import Edge
import IntegerExecution
import ModelGraph
import Verification

/// A blob and its model, side by side. Where they keep state, what is measured is one stream, whose frames may come in
/// parts. Where the model has a window of which the blob takes what is new, the model answers the whole window, and
/// frames count from the one that fills it.
struct EqualAnswers {
  /// Of what the blob takes and gives.
  private let model: Graph
  private let window: (teacher: ExactTeacher, parts: [FrameCut?])?
  private var windows: StreamWindows?
  private let workers: EdgeWorkers
  private let threads: Int
  private var stream: IntegerStream?

  /// - Throws: ``CompilerError`` where blob and model are not the same network.
  ///
  /// - Parameter window: the network that the model was before it took frames; nil: it is itself the teacher.
  init(blob: [UInt8], model: Graph, window: Graph? = nil, threads: Int) throws(CompilerError) {
    (self.model, self.threads) = (model, threads)
    let seen = try verifying { () throws(VerificationError) in
      try window.map { (window) throws(VerificationError) in
        (try ExactTeacher(window), try StreamWindows(of: window, for: model))
      }
    }
    self.window = seen.map { teacher, _ in
      let outputs = zip(teacher.graph.outputs, model.sampleOutputs)
      return (teacher, outputs.map { FrameCut(window: teacher.graph[$0].shape, frame: model[$1].shape) })
    }
    windows = seen?.1
    workers = try verifying { () throws(VerificationError) in
      let workers = try EdgeWorkers(blob, threads: threads)
      try workers.check(against: model)
      return workers
    }
    guard (workers.stateBytes > 0) == !model.states.isEmpty else {
      throw .unfit(reason: "the blob keeps \(workers.stateBytes) bytes of state, and the model \(model.states.count) states")
    }
  }

  /// Where a blob takes or gives other elements than the model, as one that was compiled may, the numbers
  /// that elements stand for pass between them; its answers are looked at as the model's elements.
  ///
  /// - Parameters:
  ///   - samples: of each the elements of every input of the model that is no state.
  ///   - wanted: of each the model's answers; nil: in its exact meaning.
  static func measure(
    blob: [UInt8], model: Graph, window: Graph? = nil, samples: [[IntegerElements]],
    wanted: [[IntegerElements]]? = nil, threads: Int
  ) throws(CompilerError) -> Equality {
    var answers = try EqualAnswers(blob: blob, model: model, window: window, threads: threads)
    return try answers.measure(samples, wanted: wanted)
  }

  /// Frames before a window is full.
  var filling: Int { windows?.filling ?? 0 }

  /// The samples that come next.
  mutating func measure(_ samples: [[IntegerElements]], wanted: [[IntegerElements]]? = nil)
    throws(CompilerError) -> Equality
  {
    let exact: [[IntegerElements]]
    let early = max(0, filling - (windows?.count ?? 0))
    if let wanted { exact = wanted } else { exact = try answers(to: samples) }
    let inputs = zip(model.sampleInputs, workers.inputs).enumerated().map { index, input in
      samples.flatMap { Self.elements(of: $0[index], model[input.0], as: input.1) }
    }
    let answers = try verifying { () throws(VerificationError) in
      try workers.run(elements: inputs, count: samples.count, inTurn: !model.states.isEmpty)
    }
    var equality = Equality()
    for (sample, expected) in exact.enumerated().dropFirst(early) {
      let found = zip(zip(model.sampleOutputs, workers.outputs), answers).map { output, bytes in
        let own = Array(bytes[sample * output.1.bytes..<(sample + 1) * output.1.bytes])
        return Self.answer(own, output.1, as: model[output.0])
      }
      equality.add(expected: expected, found: found)
    }
    return equality
  }

  private mutating func answers(to samples: [[IntegerElements]]) throws(CompilerError) -> [[IntegerElements]] {
    if let window { return try answers(to: samples, window.teacher, window.parts) }
    return try verifying { () throws(VerificationError) in
      guard !model.states.isEmpty else { return try ExactTeacher(model).answers(to: samples, threads: threads) }
      var stream: IntegerStream
      if let known = self.stream { stream = known } else { stream = try ExactTeacher(model).stream }
      var answers: [[IntegerElements]] = []
      for frame in samples {
        do throws(IntegerExecutionError) { answers.append(try stream.outputs(of: frame)) } catch {
          throw VerificationError.unfit(reason: error.sentence)
        }
      }
      self.stream = stream
      return answers
    }
  }

  /// What the network answers to the windows that end with these frames, or the part of it that is new.
  private mutating func answers(to frames: [[IntegerElements]], _ teacher: ExactTeacher, _ parts: [FrameCut?])
    throws(CompilerError) -> [[IntegerElements]]
  {
    guard var windows else { return [] }
    let given = frames.map { windows.next($0) }
    self.windows = windows
    let answers = try verifying { () throws(VerificationError) in try teacher.answers(to: given, threads: threads) }
    return answers.map { answer in zip(answer, parts).map { elements, part in part.map(elements.last) ?? elements } }
  }

  private static func elements(of elements: IntegerElements, _ value: Value, as tensor: EdgeTensor) -> [UInt8] {
    tensor.holdsElements(of: value) ? elements.bytes : tensor.elements(of: elements.numbers(in: value))
  }

  private static func answer(_ bytes: [UInt8], _ tensor: EdgeTensor, as value: Value) -> [UInt8] {
    tensor.holdsElements(of: value)
      ? bytes : IntegerElements(of: tensor.numbers(of: bytes), in: value).bytes
  }
}

extension IntegerElements {
  /// Those that a window ends with.
  fileprivate func last(_ part: FrameCut) -> IntegerElements {
    switch self {
    case .int8(let elements): .int8(part.last(of: elements))
    case .uint8(let elements): .uint8(part.last(of: elements))
    case .float32(let elements): .float32(part.last(of: elements))
    case .int32(let elements): .int32(part.last(of: elements))
    case .int16(let elements): .int16(part.last(of: elements))
    }
  }
}
