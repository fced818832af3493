// Byte for byte: a blob in the C runtime against a model of int8 in its exact meaning.

import Compiler
import Edge
import IntegerExecution
import ModelGraph
import Verification

/// A blob and its model, side by side. Where they keep state, what is measured is one stream, whose frames may come in
/// parts.
struct EqualAnswers {
  private let model: Graph
  private let workers: EdgeWorkers
  private let threads: Int
  private var stream: IntegerStream?

  /// - Throws: ``CompilerError`` where blob and model are not the same network.
  init(blob: [UInt8], model: Graph, threads: Int) throws(CompilerError) {
    (self.model, self.threads) = (model, threads)
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
    blob: [UInt8], model: Graph, samples: [[IntegerElements]], wanted: [[IntegerElements]]? = nil, threads: Int
  ) throws(CompilerError) -> Equality {
    var answers = try EqualAnswers(blob: blob, model: model, threads: threads)
    return try answers.measure(samples, wanted: wanted)
  }

  /// The samples that come next.
  mutating func measure(_ samples: [[IntegerElements]], wanted: [[IntegerElements]]? = nil)
    throws(CompilerError) -> Equality
  {
    let exact: [[IntegerElements]]
    if let wanted { exact = wanted } else { exact = try answers(to: samples) }
    let inputs = zip(model.sampleInputs, workers.inputs).enumerated().map { index, input in
      samples.flatMap { Self.elements(of: $0[index], model[input.0], as: input.1) }
    }
    let answers = try verifying { () throws(VerificationError) in
      try workers.run(elements: inputs, count: samples.count, inTurn: !model.states.isEmpty)
    }
    var equality = Equality()
    for (sample, expected) in exact.enumerated() {
      let found = zip(zip(model.sampleOutputs, workers.outputs), answers).map { output, bytes in
        let own = Array(bytes[sample * output.1.bytes..<(sample + 1) * output.1.bytes])
        return Self.answer(own, output.1, as: model[output.0])
      }
      equality.add(expected: expected, found: found)
    }
    return equality
  }

  private mutating func answers(to samples: [[IntegerElements]]) throws(CompilerError) -> [[IntegerElements]] {
    try verifying { () throws(VerificationError) in
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

  private static func elements(of elements: IntegerElements, _ value: Value, as tensor: EdgeTensor) -> [UInt8] {
    tensor.holdsElements(of: value) ? elements.bytes : tensor.elements(of: elements.numbers(in: value))
  }

  private static func answer(_ bytes: [UInt8], _ tensor: EdgeTensor, as value: Value) -> [UInt8] {
    tensor.holdsElements(of: value)
      ? bytes : IntegerElements(of: tensor.numbers(of: bytes), in: value).bytes
  }
}
