// A model of int8 as the teacher: what its file answers, in its very integers. It trains nobody (its float
// meaning does, `Graph.inNumbers`); blobs are held up to it.

import Execution
import IntegerExecution
import ModelGraph
import Tensors

/// A network of integers that answers samples.
package struct ExactTeacher: Sendable {
  /// As its file is.
  package let graph: Graph
  private let executor: IntegerExecutor

  /// - Throws: ``VerificationError/unfit(reason:)`` for a node without an exact meaning.
  package init(_ graph: Graph) throws(VerificationError) {
    self.graph = graph
    do { executor = try IntegerExecutor(graph) } catch { throw .unfit(reason: error.sentence) }
  }

  /// What frames are run by, each finding what the one before has left.
  package var stream: IntegerStream { IntegerStream(executor) }

  /// What it answers to each sample; where it keeps state, to each from its beginning.
  ///
  /// - Parameter samples: of each the elements of every input, of its type.
  package func answers(to samples: [[IntegerElements]], threads: Int) throws(VerificationError)
    -> [[IntegerElements]]
  {
    let results = Results(samples.count)
    let workers = max(1, min(threads, samples.count))
    parallel(workers) { worker in
      for sample in stride(from: worker, to: samples.count, by: workers) {
        var stream = stream
        results[sample] = Result { () throws(IntegerExecutionError) in try stream.outputs(of: samples[sample]) }
      }
    }
    var answers: [[IntegerElements]] = []
    for sample in samples.indices {
      do { answers.append(try results[sample].get()) } catch { throw .unfit(reason: error.sentence) }
    }
    return answers
  }

  /// What it answers to frames in turn, from the states' beginning on.
  package func answers(toFrames frames: [[IntegerElements]]) throws(VerificationError) -> [[IntegerElements]] {
    var (stream, answers) = (stream, [[IntegerElements]]())
    for frame in frames {
      do { answers.append(try stream.outputs(of: frame)) } catch { throw .unfit(reason: error.sentence) }
    }
    return answers
  }

  /// The same in numbers: they become the elements of its inputs, and its answers are what those of its
  /// outputs stand for.
  ///
  /// - Parameters:
  ///   - inputs: one for each input of the graph that is no state, [samples] + its shape.
  ///   - inTurn: whether samples are frames, each of which finds what the one before has left.
  package func run(inputs: [Tensor], threads: Int, inTurn: Bool = false) throws(VerificationError) -> [Tensor] {
    let count = inputs.first?.shape.first ?? 0
    let samples = (0..<count).map { sample in
      zip(graph.sampleInputs, inputs).map { input, tensor in
        let width = graph[input].shape.elementCount
        return IntegerElements(
          of: Array(tensor.values[sample * width..<(sample + 1) * width]), in: graph[input])
      }
    }
    let answers = try inTurn ? answers(toFrames: samples) : answers(to: samples, threads: threads)
    return graph.sampleOutputs.enumerated().map { index, output in
      Tensor(
        shape: [count] + graph[output].shape, values: answers.flatMap { $0[index].numbers(in: graph[output]) })
    }
  }

  /// Results by sample, each written by one worker.
  private final class Results: @unchecked Sendable {
    private let results: UnsafeMutableBufferPointer<Result<[IntegerElements], IntegerExecutionError>>

    init(_ count: Int) {
      results = .allocate(capacity: count)
      results.initialize(repeating: .success([]))
    }

    deinit {
      results.deinitialize()
      results.deallocate()
    }

    subscript(sample: Int) -> Result<[IntegerElements], IntegerExecutionError> {
      get { results[sample] }
      set { results[sample] = newValue }
    }
  }
}
