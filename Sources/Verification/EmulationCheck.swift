// The C runtime beside the emulator: bytes that are the same on every machine are the same here.

import Blob
import Edge
import Emulation
import ModelGraph
import Trials

/// Runs an integer blob both ways.
package enum EmulationCheck {
  /// Multiplications that may be emulated, about, beyond the fewest samples.
  private static let products = 400_000_000
  package static let fewest = 64

  /// - Parameters:
  ///   - model: what the bytes say.
  ///   - graph: whose inputs the samples fit.
  ///   - fewest: samples that are emulated however many multiplications they take.
  /// - Returns: how many samples gave identical bytes; nil for a blob of float32 steps.
  /// - Throws: ``VerificationError/emulationDiffers(sample:output:)``.
  package static func run(
    _ bytes: [UInt8], _ model: BlobModel, samples: SampleSet, of graph: Graph, fewest: Int = fewest, threads: Int
  ) throws(VerificationError) -> Int? {
    guard model.isInteger else { return nil }
    let emulator: IntegerEmulator
    do { emulator = try IntegerEmulator(model) } catch { throw .emulation(error) }
    let affordable = products / max(model.products, 1)
    let count = min(samples.count, max(fewest, min(affordable, 1024)))
    let workers = try EdgeWorkers(bytes, threads: threads)
    try workers.check(against: graph)
    let (given, frames) = workers.inFrames(zip(workers.inputs, samples.tensors(0..<count, of: graph)).map {
      $0.elements(of: $1.values)
    })
    let answered = try workers.run(frames: given, count: count)
    func parts(_ run: Int, _ tensors: [EdgeTensor], _ bytes: [[UInt8]]) -> [[Int32]] {
      zip(tensors, bytes).map { $0.integers(of: Array($1[run * $0.bytes..<(run + 1) * $0.bytes])) }
    }
    for sample in 0..<count {
      let runs = sample * frames..<(sample + 1) * frames
      let emulated = emulator.outputs(ofFrames: runs.map { parts($0, workers.inputs, given) })
      for (run, emulated) in zip(runs, emulated) {
        let edge = parts(run, workers.outputs, answered)
        for output in edge.indices where edge[output] != emulated[output] {
          throw .emulationDiffers(sample: sample, output: output)
        }
      }
    }
    return count
  }
}

extension BlobModel {
  /// Whether any of it is integers.
  package var isInteger: Bool { steps.contains { if case .integer = $0 { true } else { false } } }

  /// Whether it was encoded from a model of int8, and so answers as that does.
  package var isExact: Bool {
    steps.contains { if case .integer(let step) = $0 { step.isExact } else { false } }
  }

  /// Multiplications of layers in one sample.
  var products: Int {
    steps.reduce(0) { sum, step in
      guard let weights = step.weights else { return sum }
      return sum + weights.positions.count * (step.outputCount / weights.rows)
    }
  }
}
