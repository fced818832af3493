// Inputs made up for a network whose own nobody gave. They are smooth, as images, sounds and spectra
// are: a coarse grid of random numbers, stretched along every long axis. Noise of single numbers
// averages out in a layer's sums, and all of it is then answered alike; lists of numbers, which need
// not be smooth, are that noise every other time.
//
// The range of a network's inputs is not in its file. Where the user declared how raw bytes become
// inputs, those are used. Else three common ranges are tried, and the one is taken over which the
// teacher's answers vary most: a network of pixels from 0 to 255 answers pixels from 0 to 1 all alike.

import Blob
import Datasets
import ModelGraph
import Tensors
import Trials

/// Seeded inputs of one range.
package struct GeneratedInputs {
  /// As people name it.
  package let range: String
  package var samples: SampleSet

  /// Inputs of each range that there is reason to try.
  ///
  /// - Parameter transforms: one for each input of the graph, as the user declared them.
  package static func candidates(
    for graph: Graph, _ transforms: [BlobTransform], count: Int, seed: UInt64
  ) -> [GeneratedInputs] {
    if transforms.contains(where: { !$0.scales.isEmpty }) {
      return [make("bytes as they are declared", graph, count, seed) { value, input, element in
        let shape = graph[graph.inputs[input]].shape
        return transforms[input].number(of: (255 * value).rounded(), element: element, in: shape)
      }]
    }
    return [
      make("-2 to 2", graph, count, seed) { value, _, _ in 4 * value - 2 },
      make("0 to 1", graph, count, seed) { value, _, _ in value },
      make("0 to 255", graph, count, seed) { value, _, _ in 255 * value },
    ]
  }

  /// - Parameter number: of a uniform number from 0 to 1, an input and an element of it.
  private static func make(
    _ range: String, _ graph: Graph, _ count: Int, _ seed: UInt64,
    _ number: (_ value: Float, _ input: Int, _ element: Int) -> Float
  ) -> GeneratedInputs {
    let parent = SeededGenerator(seed: seed)
    let sets = graph.sampleInputs.enumerated().map { index, input in
      let shape = graph[input].shape
      var values: [Float] = []
      for sample in 0..<count {
        var generator = parent.fork(UInt64(index) << 32 | UInt64(sample))
        let field = field(shape, isNoise: shape.count <= 1 && sample % 2 == 1, &generator)
        for (element, value) in field.enumerated() { values.append(number(value, index, element)) }
      }
      return Dataset(samples: Tensor(shape: [count] + shape, values: values))
    }
    return GeneratedInputs(
      range: range,
      samples: SampleSet(sets, elementCounts: graph.sampleInputs.map { graph[$0].shape.elementCount }))
  }

  /// Numbers from 0 to 1 that reach both, smooth along axes of 8 and more.
  private static func field(_ shape: [Int], isNoise: Bool, _ generator: inout SeededGenerator)
    -> [Float]
  {
    var sizes = shape.map { size in
      let coarse = 2 + Int(generator.next() % 5)
      return isNoise || size < 8 ? size : coarse
    }
    var values = (0..<sizes.elementCount).map { _ in generator.nextFloat() }
    for axis in shape.indices {
      values = stretched(values, sizes, axis, to: shape[axis])
      sizes[axis] = shape[axis]
    }
    guard let low = values.min(), let high = values.max(), low < high else { return values }
    return values.map { ($0 - low) / (high - low) }
  }

  /// Values along one axis with others put evenly between them, in straight lines.
  private static func stretched(_ values: [Float], _ shape: [Int], _ axis: Int, to size: Int)
    -> [Float]
  {
    let old = shape[axis]
    guard size > old, old > 1 else { return values }
    let inner = shape[(axis + 1)...].elementCount
    var result: [Float] = []
    for outer in 0..<shape[..<axis].elementCount {
      for point in 0..<size {
        let position = Float(point * (old - 1)) / Float(size - 1)
        let below = min(Int(position), old - 2)
        let share = position - Float(below)
        let first = (outer * old + below) * inner
        for index in first..<first + inner {
          result.append(values[index] * (1 - share) + values[index + inner] * share)
        }
      }
    }
    return result
  }
}

extension BlobTransform {
  /// What the network is given for a raw number.
  fileprivate func number(of raw: Float, element: Int, in shape: [Int]) -> Float {
    guard !scales.isEmpty else { return raw }
    var channel = 0
    if scales.count > 1, let first = shape.first, let last = shape.last {
      channel = layout == .channelsLast ? element % last : element / (shape.elementCount / first)
    }
    channel = min(channel, scales.count - 1)
    return (raw - means[channel]) * scales[channel]
  }
}
