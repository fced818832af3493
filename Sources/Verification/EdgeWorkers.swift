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

  package init(_ blob: [UInt8], threads: Int) throws(VerificationError) {
    var runtimes: [EdgeRuntime] = []
    for _ in 0..<threads {
      runtimes.append(try EdgeRuntime.opened(blob))
    }
    self.runtimes = runtimes
  }

  package var arenaBytes: Int { runtimes[0].arenaBytes }
  package var stateBytes: Int { runtimes[0].stateBytes }
  package var inputs: [EdgeTensor] { runtimes[0].inputs }
  package var outputs: [EdgeTensor] { runtimes[0].outputs }

  /// Whether the blob takes and gives what the graph does.
  package func check(against graph: Graph) throws(VerificationError) {
    let inputs = graph.sampleInputs.map { graph[$0].shape.elementCount }
    let outputs = graph.sampleOutputs.map { graph[$0].shape.elementCount }
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
    let (given, wanted) = (self.inputs.map(\.bytes), outputs.map(\.bytes))
    precondition(inputs.map(\.count) == given.map { count * $0 })
    let threads = min(inTurn ? 1 : runtimes.count, count)
    let resets = !inTurn && stateBytes > 0
    guard threads > 0 else { return wanted.map { _ in [] } }
    let ins = inputs.map { Scratch($0) }
    let outs = wanted.map { Scratch([UInt8](repeating: 0, count: count * $0)) }
    let statuses = Scratch([UInt8](repeating: 0, count: threads))
    parallel(threads) { thread in
      for sample in stride(from: thread, to: count, by: threads) {
        do throws(RuntimeStatus) {
          if resets { try runtimes[thread].reset() }
          try runtimes[thread].run(
            inputs: zip(ins, given).map { UnsafeRawPointer($0.pointer + sample * $1) },
            outputs: zip(outs, wanted).map { $0.pointer + sample * $1 })
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
