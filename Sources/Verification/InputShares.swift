// How often a layer multiplies by zero: what --optimize weighs columns by.

import Blob
import Emulation
import ModelGraph
import Trials

package enum InputShares {
  private static let most = 64
  private static let fewest = 4
  /// Multiplications that may be emulated for it, about, beyond the fewest samples.
  private static let products = 100_000_000

  /// For each step whose weights may be written by columns the share of its inputs that are not zero, and in how many
  /// samples: the first 64, or fewer of a large network.
  ///
  /// - Parameters:
  ///   - model: of integers.
  ///   - graph: whose inputs the samples fit.
  package static func measure(_ model: BlobModel, samples: SampleSet, of graph: Graph)
    throws(VerificationError) -> (nonzero: [Int: Double], samples: Int)
  {
    let emulator: IntegerEmulator
    do { emulator = try IntegerEmulator(model) } catch { throw .emulation(error) }
    let count = min(samples.count, max(fewest, min(products / max(model.products, 1), most)))
    let numbers = samples.tensors(0..<count, of: graph).map(\.values)
    let framing = graph.states.isEmpty && !model.states.isEmpty ? Framing(graph, in: model) : nil
    let given = (0..<count).flatMap { sample in
      let elements = zip(model.inputs, numbers).map { input, values in
        let width = values.count / count
        return input.tensor.elements(of: Array(values[sample * width..<(sample + 1) * width]))
      }
      return framing?.frames(of: elements, filling: model.inputs.map { $0.tensor.elements(of: [0])[0] }) ?? [elements]
    }
    return (emulator.nonzeroInputs(over: given), count)
  }
}
