// Byte for byte: a blob in the C runtime against a model of int8 in its exact meaning.

import Compiler
import Edge
import IntegerExecution
import ModelGraph
import Verification

enum EqualAnswers {
  /// Where a blob takes or gives other elements than the model, as one that was compiled may, the numbers
  /// that elements stand for pass between them; its answers are looked at as the model's elements.
  ///
  /// - Parameters:
  ///   - samples: of each the elements of every input of the model.
  ///   - wanted: of each the model's answers; nil: in its exact meaning.
  static func measure(
    blob: [UInt8], model: Graph, samples: [[IntegerElements]], wanted: [[IntegerElements]]? = nil, threads: Int
  ) throws(CompilerError) -> Equality {
    try verifying { () throws(VerificationError) in
      let workers = try EdgeWorkers(blob, threads: threads)
      try workers.check(against: model)
      let exact: [[IntegerElements]]
      if let wanted { exact = wanted } else { exact = try ExactTeacher(model).answers(to: samples, threads: threads) }
      let inputs = zip(model.inputs, workers.inputs).enumerated().map { index, input in
        samples.flatMap { elements(of: $0[index], model[input.0], as: input.1) }
      }
      let answers = try workers.run(elements: inputs, count: samples.count)
      var equality = Equality()
      for (sample, expected) in exact.enumerated() {
        let found = zip(zip(model.outputs, workers.outputs), answers).map { output, bytes in
          let own = Array(bytes[sample * output.1.bytes..<(sample + 1) * output.1.bytes])
          return answer(own, output.1, as: model[output.0])
        }
        equality.add(expected: expected, found: found)
      }
      return equality
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
