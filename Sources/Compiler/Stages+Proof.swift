// What a blob tells of itself: where it comes from, and samples with their answers, to be run again
// on the device. Formats/Blob.md, "Provenance" and "Self-test".

import Blob
import Edge
import Files
import ModelGraph
import Tensors
import Trials

/// The version of the tool.
public enum ToolVersion {
  public static let text = "0.5.0"
}

/// Fingerprints of what a blob is made from.
package enum Fingerprint {
  /// The first 16 bytes of SHA-256 over the model's file, and over its external data if it has any:
  /// its files one after another, in the order of their names.
  static func model(_ path: String) throws(CompilerError) -> [UInt8] {
    var hash = SHA256()
    for file in try Teacher.files(of: path) { hash.add(try BlobFile.read(file)) }
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

/// Samples with what the C runtime answers to them on the host.
enum SelfTest {
  /// What a float may differ by, relative to the largest of its output.
  static let tolerance: Float = 1e-4

  /// - Parameter graph: whose inputs the samples fit.
  static func make(_ count: Int, blob: [UInt8], samples: SampleSet, of graph: Graph)
    throws(CompilerError) -> BlobSelfTest
  {
    guard samples.count >= count else {
      throw .usage(
        reason: "--self-test \(count) needs as many samples, and there are \(samples.count)")
    }
    let pool = try EdgePool(blob, threads: 1)
    let given = zip(pool.inputs, samples.tensors(0..<count, of: graph)).map {
      $0.elements(of: $1.values)
    }
    let answered = try pool.run(elements: given, count: count)
    let all = zip(pool.inputs + pool.outputs, given + answered)
    guard all.allSatisfy({ $0.numbers(of: $1).allSatisfy(\.isFinite) }) else {
      throw .unfit(reason: "--self-test: a sample, or an answer to one, is not finite")
    }
    _ = try EmulationCheck.run(blob, samples: samples.prefix(count), of: graph, threads: 1)
    func part(_ tensors: [EdgeTensor], _ bytes: [[UInt8]], _ sample: Int) -> [UInt8] {
      zip(tensors, bytes).flatMap { $1[sample * $0.bytes..<(sample + 1) * $0.bytes] }
    }
    return BlobSelfTest(
      tolerance: tolerance,
      samples: (0..<count).map { sample in
        BlobSelfTest.Sample(
          inputs: part(pool.inputs, given, sample), outputs: part(pool.outputs, answered, sample))
      })
  }

  /// Replays a blob's self-test in the C runtime.
  ///
  /// - Returns: how many samples were answered as expected; nil where the blob has none.
  static func replay(_ blob: [UInt8]) throws(CompilerError) -> Int? {
    let test: BlobSelfTest?
    do { test = try BlobReader.read(blob).selfTest() } catch { throw .blob(error) }
    guard let test else { return nil }
    do {
      try EdgeRuntime(blob).selfTest()
    } catch {
      throw .runtime(error)
    }
    return test.samples.count
  }
}

extension Stages {
  /// What is known of a blob's origin before it is measured.
  var provenance: BlobProvenance {
    BlobProvenance(
      toolVersion: ToolVersion.text, teacher: origin.model, data: origin.samples)
  }

  /// The blob with what was measured on it and, where it is asked for, its self-test.
  func proven(_ blob: [UInt8], divergence: BlobProvenance.Divergence?)
    throws(CompilerError) -> [UInt8]
  {
    var provenance = provenance
    provenance.divergence = divergence
    var sections = [provenance.section]
    if let count = options.selfTest {
      sections.append(
        try SelfTest.make(
          count, blob: blob, samples: try selfTestSamples(), of: student).section)
    }
    let proven: [UInt8]
    do {
      proven = try BlobWriter.replacing(ancillary: sections, in: blob)
    } catch {
      throw .blob(error)
    }
    _ = try SelfTest.replay(proven)
    return proven
  }

  private func selfTestSamples() throws(CompilerError) -> SampleSet {
    if let test = try testSamples() { return test }
    guard options.data != nil || options.calibration != nil else {
      throw .usage(reason: "--self-test needs samples: give --data")
    }
    return try data(for: student)
  }
}
