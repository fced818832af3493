// Many samples in the C runtime: numbers are put as the elements that a blob takes, and what it
// answers is put as numbers. Formats/Blob.md, "Element types".

import Blob
import Edge
import Execution
import ModelGraph
import Tensors

/// The C runtime on several threads, one open blob and arena each.
package final class EdgeWorkers {
  private let runtimes: [EdgeRuntime]
  private let blob: [UInt8]
  /// How samples are frames; nil: each is one.
  private var framing: Framing?

  package init(_ blob: [UInt8], threads: Int) throws(VerificationError) {
    var runtimes: [EdgeRuntime] = []
    for _ in 0..<threads {
      runtimes.append(try EdgeRuntime.opened(blob))
    }
    (self.runtimes, self.blob) = (runtimes, blob)
  }

  package var arenaBytes: Int { runtimes[0].arenaBytes }
  package var stateBytes: Int { runtimes[0].stateBytes }
  /// What frames in turn have left.
  package var state: [UInt8] { runtimes[0].state }
  package var inputs: [EdgeTensor] { runtimes[0].inputs }
  package var outputs: [EdgeTensor] { runtimes[0].outputs }

  /// Begins the stream of frames in turn anew.
  package func reset() throws(VerificationError) {
    do { try runtimes[0].reset() } catch { throw .runtime(error) }
  }

  /// Whether the blob takes and gives what the graph does. Where it takes frames of that, samples are given as such
  /// from then on.
  ///
  /// - Parameter states: how many of the graph's last inputs the blob keeps as states.
  package func check(against graph: Graph, states: Int = 0) throws(VerificationError) {
    let inputs = graph.sampleInputs.dropLast(states).map { graph[$0].shape.elementCount }
    let outputs = graph.sampleOutputs.map { graph[$0].shape.elementCount }
    if states == 0, stateBytes > 0, graph.states.isEmpty, let model = try? BlobReader.read(blob), let framing = Framing(graph, in: model) {
      self.framing = framing
      return
    }
    guard runtimes[0].inputCounts == inputs, runtimes[0].outputCounts == outputs else {
      throw .unfit(
        reason: "the blob takes \(runtimes[0].inputCounts) and gives \(runtimes[0].outputCounts) "
          + "numbers, the model \(inputs) and \(outputs); they are not the same network")
    }
  }

  /// Each output for all samples as numbers, row-major by sample.
  ///
  /// - Parameter inTurn: whether the samples are the next frames of one stream; else a network that keeps state
  ///   answers each from its beginning.
  package func run(_ inputs: [Tensor], count: Int, inTurn: Bool = false) throws(VerificationError) -> [[Float]] {
    let elements = zip(self.inputs, inputs).map { $0.elements(of: $1.values) }
    let answers = try run(elements: elements, count: count, inTurn: inTurn)
    return zip(outputs, answers).map { $0.numbers(of: $1) }
  }

  /// The same as the bytes of elements, in and out.
  package func run(elements inputs: [[UInt8]], count: Int, inTurn: Bool = false) throws(VerificationError) -> [[UInt8]] {
    guard let framing else { return try run(inputs, count: count, frames: 1, inTurn: inTurn) }
    let answers = try run(frames: inFrames(inputs).elements, count: count)
    return zip(outputs, answers).enumerated().map { index, output in
      framing.answers(output.1, ofOutput: index, width: output.0.type.isOfWords ? 4 : 1)
    }
  }

  /// The bytes of samples as those of the runs that they are, each sample's in turn, and how many runs a sample is.
  package func inFrames(_ samples: [[UInt8]]) -> (elements: [[UInt8]], frames: Int) {
    guard let framing else { return (samples, 1) }
    let frames = zip(inputs, samples).enumerated().map { index, input in
      framing.frames(
        input.1, ofInput: index, width: input.0.type.isOfWords ? 4 : 1, filling: input.0.elements(of: [0])[0])
    }
    return (frames, framing.frames)
  }

  /// What a blob answers to each run of so many samples, which begin anew.
  package func run(frames: [[UInt8]], count: Int) throws(VerificationError) -> [[UInt8]] {
    let each = framing?.frames ?? 1
    return try run(frames, count: count * each, frames: each, inTurn: false)
  }

  /// - Parameters:
  ///   - count: of runs.
  ///   - frames: of runs that follow one another; a network that keeps state begins anew with each such group.
  private func run(_ inputs: [[UInt8]], count: Int, frames: Int, inTurn: Bool) throws(VerificationError) -> [[UInt8]] {
    let (given, wanted) = (self.inputs.map(\.bytes), outputs.map(\.bytes))
    precondition(inputs.map(\.count) == given.map { count * $0 })
    let threads = min(inTurn ? 1 : runtimes.count, count / frames)
    let resets = !inTurn && stateBytes > 0
    guard threads > 0 else { return wanted.map { _ in [] } }
    let ins = inputs.map { Scratch($0) }
    let outs = wanted.map { Scratch([UInt8](repeating: 0, count: count * $0)) }
    let statuses = Scratch([UInt8](repeating: 0, count: threads))
    parallel(threads) { thread in
      for first in stride(from: thread * frames, to: count, by: threads * frames) {
        do throws(RuntimeStatus) {
          if resets { try runtimes[thread].reset() }
          for sample in first..<first + frames {
            try runtimes[thread].run(
              inputs: zip(ins, given).map { UnsafeRawPointer($0.pointer + sample * $1) },
              outputs: zip(outs, wanted).map { $0.pointer + sample * $1 })
          }
        } catch {
          statuses.bytes[thread] = UInt8(truncatingIfNeeded: -error.rawValue)
        }
      }
    }
    for thread in 0..<threads where statuses.bytes[thread] != 0 {
      throw .runtime(RuntimeStatus(rawValue: -Int32(statuses.bytes[thread])) ?? .corrupt)
    }
    return outs.map { Array($0.bytes) }
  }
}

/// Memory that several threads write to at different offsets.
private final class Scratch {
  let pointer: UnsafeMutableRawPointer
  let bytes: UnsafeMutableBufferPointer<UInt8>

  init(_ values: [UInt8]) {
    pointer = .allocate(byteCount: max(values.count, 1), alignment: 16)
    bytes = UnsafeMutableBufferPointer(
      start: pointer.bindMemory(to: UInt8.self, capacity: max(values.count, 1)),
      count: values.count)
    _ = bytes.update(fromContentsOf: values)
  }

  deinit { pointer.deallocate() }
}
