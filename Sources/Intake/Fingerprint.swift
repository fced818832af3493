// By what a blob tells which model and samples it is made from. Formats/Blob.md, "Provenance".

import Blob
import Files
import ModelLoading
import Tensors
import Trials

/// Fingerprints of what a blob is made from.
package enum Fingerprint {
  /// The first 16 bytes of SHA-256 over the model's file, and over its external data if it has any:
  /// its files one after another, in the order of their names; a Darknet configuration's weights behind it.
  package static func model(_ path: String, axes: ModelAxes) throws(IntakeError) -> [UInt8] {
    var hash = SHA256()
    for file in try Teacher.files(of: path, axes: axes) { hash.add(try BlobFile.read(file)) }
    return Array(hash.digest().prefix(BlobProvenance.hashBytes))
  }

  /// The same over samples as the network is given them: of each input the elements of a sample and
  /// the number of samples, 32 bits each, then all numbers as float32; at the end the labels, if
  /// there are any, 32 bits each. All little-endian.
  package static func samples(_ set: SampleSet) -> [UInt8] {
    var hash = SHA256()
    for dataset in set.datasets {
      hash.add(word(dataset.sampleShape.elementCount) + word(dataset.count))
      for start in stride(from: 0, to: dataset.count, by: 256) {
        let part = dataset.samples(start..<min(start + 256, dataset.count))
        part.values.withUnsafeBytes { hash.add($0) }
      }
    }
    for label in set.labels ?? [] { hash.add(word(label)) }
    return Array(hash.digest().prefix(BlobProvenance.hashBytes))
  }

  private static func word(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
