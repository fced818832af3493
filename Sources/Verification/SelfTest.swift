// Samples with their answers, to be run again on the device. Formats/Blob.md, "Self-test".

import Blob
import Edge
import ModelGraph
import Trials

/// Samples with what the C runtime answers to them on the host.
package enum SelfTest {
  /// What a float may differ by, relative to the largest of its output.
  static let tolerance: Float = 1e-4

  /// - Parameters:
  ///   - model: what the blob's bytes say.
  ///   - graph: whose inputs the samples fit; of a network that keeps state those of one frame, and the samples are frames
  ///     in turn.
  /// - Precondition: there are as many samples.
  package static func make(_ count: Int, blob: [UInt8], _ model: BlobModel, samples: SampleSet, of graph: Graph, states: Int = 0)
    throws(VerificationError) -> BlobSelfTest
  {
    precondition(samples.count >= count, "as many samples as are asked for")
    let workers = try EdgeWorkers(blob, threads: 1)
    try workers.check(against: graph, states: states)
    // Of a blob that takes frames the first ones, which are in turn.
    let given = workers.inFrames(zip(workers.inputs, samples.tensors(0..<count, of: graph)).map {
      $0.elements(of: $1.values)
    }).elements
    let answered = states > 0
      ? try workers.run(elements: given, count: count, inTurn: true) : try workers.run(frames: given, count: count)
    let all = zip(workers.inputs + workers.outputs, given + answered)
    guard all.allSatisfy({ $0.numbers(of: $1).allSatisfy(\.isFinite) }) else {
      throw .unfit(reason: "--self-test: a sample, or an answer to one, is not finite")
    }
    _ = try EmulationCheck.run(blob, model, samples: samples.prefix(count), of: graph, threads: 1)
    func part(_ tensors: [EdgeTensor], _ bytes: [[UInt8]], _ sample: Int) -> [UInt8] {
      zip(tensors, bytes).flatMap { $1[sample * $0.bytes..<(sample + 1) * $0.bytes] }
    }
    return BlobSelfTest(
      tolerance: tolerance,
      samples: (0..<count).map { sample in
        BlobSelfTest.Sample(
          inputs: part(workers.inputs, given, sample), outputs: part(workers.outputs, answered, sample))
      })
  }

  /// Replays a blob's self-test in the C runtime.
  ///
  /// - Returns: how many samples were answered as expected; nil where the blob has none.
  package static func replay(_ blob: DecodedBlob) throws(VerificationError) -> Int? {
    let test: BlobSelfTest?
    do { test = try blob.model.selfTest() } catch { throw .blob(error) }
    guard let test else { return nil }
    do {
      try EdgeRuntime(blob.bytes).selfTest()
    } catch {
      throw .runtime(error)
    }
    return test.samples.count
  }
}
