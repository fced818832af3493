// Whether samples look like those a blob is for. A blob keeps what is done to raw numbers, an integer
// one also what its input can hold, and one with a self-test some samples: numbers far from all of
// these were most likely made ready in another way.

import Blob
import Edge
import Trials

package enum SampleFit {
  /// How far apart the least and the largest number of a network's input usually are, once they are
  /// made ready: a transform that ends elsewhere was given other raw numbers than it is for.
  private static let usualSpread: ClosedRange<Float> = 0.02...100
  /// How many times larger or smaller than a blob's own samples others may be.
  private static let usualFactor: Float = 10
  private static let samplesSeen = 256

  /// Sentences about samples that do not fit, none where they do.
  ///
  /// - Parameters:
  ///   - tensors: the blob's inputs.
  ///   - options: as the user gave them, nothing filled in from the blob.
  package static func warnings(
    _ samples: SampleSet, for model: BlobModel, _ tensors: [EdgeTensor], _ options: DataOptions
  ) -> [String] {
    let own = model.selfTestExtremes(tensors)
    return model.inputs.enumerated().flatMap { index, input in
      let dataset = samples.datasets[index]
      let values = dataset.samples(0..<min(dataset.count, samplesSeen)).values
      let (low, high) = (values.min() ?? 0, values.max() ?? 0)
      let range = "\(options.path): once made ready, samples go from \(low) to \(high)"
      let warnings = [
        transform(options, input.transform), spread(high - low, range, input.transform),
        capacity(low, high, range, input.tensor), own.flatMap { extremes(low, high, range, $0[index]) },
      ]
      return warnings.compactMap { $0 }
    }
  }

  private static func transform(_ options: DataOptions, _ kept: BlobTransform) -> String? {
    guard !kept.scales.isEmpty else { return nil }
    func differ(_ given: [Float]?, _ kept: [Float]) -> Bool {
      guard let given else { return false }
      let count = max(given.count, kept.count)
      return (0..<count).contains { index in
        let (a, b) = (given[index % given.count], kept[index % kept.count])
        return abs(a - b) > 1e-5 * max(abs(a), abs(b))
      }
    }
    if differ(options.scale, kept.scales) {
      return "--input-scale is \(list(options.scale)), and the blob was made with \(list(kept.scales))"
    }
    if differ(options.mean, kept.means) {
      return "--input-mean is \(list(options.mean)), and the blob was made with \(list(kept.means))"
    }
    return nil
  }

  private static func spread(_ spread: Float, _ range: String, _ kept: BlobTransform) -> String? {
    let isPlain = kept.scales.allSatisfy { $0 == 1 } && kept.means.allSatisfy { $0 == 0 }
    guard !isPlain, !usualSpread.contains(spread) else { return nil }
    return "\(range), which is far from usual: does the blob's transform, (raw - \(list(kept.means))) x "
      + "\(list(kept.scales)), fit these raw numbers? (--input-scale and --input-mean say another)"
  }

  /// An integer input cuts off what it cannot hold.
  private static func capacity(_ low: Float, _ high: Float, _ range: String, _ tensor: BlobTensor)
    -> String?
  {
    guard tensor.type != .float32 else { return nil }
    let (low8, high8) = tensor.type == .uint8 ? (0, 255) : (-128, 127)
    let least = tensor.scale * Float(low8 - tensor.zeroPoint)
    let most = tensor.scale * Float(high8 - tensor.zeroPoint)
    guard high > 2 * most || low < min(2 * least, -most) || max(abs(low), abs(high)) * usualFactor < max(most, -least)
    else { return nil }
    return "\(range), and the blob's input holds \(least) to \(most): they were made ready in another way "
      + "(--input-scale and --input-mean say how)"
  }

  private static func extremes(_ low: Float, _ high: Float, _ range: String, _ own: Float) -> String? {
    let size = max(abs(low), abs(high))
    guard own > 0, size > own * usualFactor || size * usualFactor < own else { return nil }
    return "\(range), and those of the blob's self-test are at most \(own) from 0: they were made ready in "
      + "another way (--input-scale and --input-mean say how)"
  }

  private static func list(_ numbers: [Float]?) -> String {
    (numbers ?? []).map { "\($0)" }.joined(separator: ",")
  }
}

extension BlobModel {
  /// The largest magnitude of each input in the self-test's samples; nil without one.
  fileprivate func selfTestExtremes(_ tensors: [EdgeTensor]) -> [Float]? {
    guard let test = try? selfTest() else { return nil }
    var extremes = [Float](repeating: 0, count: tensors.count)
    for sample in test.samples {
      var rest = sample.inputs[...]
      for (index, tensor) in tensors.enumerated() {
        let numbers = tensor.numbers(of: Array(rest.prefix(tensor.bytes)))
        rest = rest.dropFirst(tensor.bytes)
        extremes[index] = numbers.reduce(extremes[index]) { max($0, abs($1)) }
      }
    }
    return extremes
  }
}
