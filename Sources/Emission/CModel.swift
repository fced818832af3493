import Blob
import Edge

/// A blob that is written as C.
package struct CModel {
  package let names: CNames
  package let blob: DecodedBlob
  let runtime: EdgeRuntime
  let heads: BlobHeads?
  let hasSelfTest: Bool
  /// What they are called in the model; none where the blob does not say, or not soundly.
  let inputNames, outputNames: [String]
  /// How samples become each input.
  let transforms: [Transform]
  /// Names of the classes of an output, or of a detector's objects; none: they have numbers alone.
  let classes: [String]
  /// Bytes that it runs in, with the runtime as it is configured; and with the runtime as it is by itself.
  package let arenaBytes: Int
  let usualArenaBytes: Int

  /// - Parameters:
  ///   - arenaBytes: with the runtime as it is configured; nil: as it is by itself.
  ///   - transforms: one for each input.
  ///   - classes: as many as an output has elements, or a detector has classes; see ``classCount(_:)``.
  package init(
    _ names: CNames, _ blob: DecodedBlob, _ runtime: EdgeRuntime, arenaBytes: Int? = nil, transforms: [Transform],
    classes: [String] = []
  ) throws(BlobError) {
    (self.names, self.blob, self.runtime) = (names, blob, runtime)
    (self.transforms, self.classes) = (transforms, classes)
    (self.arenaBytes, usualArenaBytes) = (arenaBytes ?? runtime.arenaBytes, runtime.arenaBytes)
    heads = try blob.model.heads()
    let called = try? blob.model.names()
    (inputNames, outputNames) = (called?.inputs ?? [], called?.outputs ?? [])
    hasSelfTest = try blob.model.selfTest() != nil
  }

  /// How many classes a blob tells apart: a detector's, those that an arg max chooses from, or the elements of its largest output.
  package static func classCount(_ blob: BlobModel) throws(BlobError) -> Int {
    if let heads = try blob.heads() { return heads.heads.map(\.classCount).max() ?? 0 }
    let chosen = blob.steps.compactMap { step in
      if case .argMax(let search) = step.floatForm ?? step { search.count } else { nil }
    }
    return chosen.last ?? blob.outputs.map(\.count).max() ?? 0
  }

  var keepsState: Bool { runtime.stateBytes > 0 }
}

extension CModel {
  /// How raw numbers become an input's: x = (raw - mean) x scale.
  package struct Transform {
    /// One of each for all numbers, or for each channel.
    struct Rule {
      var scales, means: [Float]
      var count: Int { scales.count }
      var isIdentity: Bool { scales == [1] && means == [0] }

      init(_ scales: [Float], _ means: [Float]) {
        let count = max(scales.count, means.count)
        (self.scales, self.means) = (Self.spread(scales, count), Self.spread(means, count))
      }

      private static func spread(_ values: [Float], _ count: Int) -> [Float] {
        values.count == count ? values : [Float](repeating: values.first ?? 0, count: count)
      }
    }

    let layout: BlobTransform.Layout
    let ofBytes, ofNumbers: Rule
    /// Whether anybody said what scale and mean are; else bytes are parts of 255, and numbers what they are.
    let isTold: Bool

    package init(scales: [Float]?, means: [Float]?, layout: BlobTransform.Layout) {
      self.layout = layout
      isTold = scales != nil || means != nil
      ofBytes = Rule(scales ?? [1 / 255], means ?? [0])
      ofNumbers = Rule(scales ?? [1], means ?? [0])
    }
  }
}
