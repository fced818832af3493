// What a blob tells of itself: where it comes from, and samples with their answers, to be run again
// on the device. Formats/Blob.md, "Provenance" and "Self-test".

import Blob
import Files
import Intake
import ModelGraph
import Tensors
import Trials
import Verification

/// The version of the tool.
public enum ToolVersion {
  public static let text = "0.5.0"
}

extension Stages {
  /// What is known of a blob's origin before it is measured.
  var provenance: BlobProvenance {
    BlobProvenance(
      toolVersion: ToolVersion.text, teacher: origin.model, data: origin.samples)
  }

  /// The sections that a blob has from the first: its origin, how its outputs are read as boxes, and names where an option asks
  /// for them. Names that it keeps because they cost little come last, and nothing is chosen by them.
  func lasting(in model: BlobModel) -> [BlobAncillary] {
    let heads = BlobHeads(of: student, fit: (options.data ?? options.calibration ?? options.test)?.fit)
    let names = options.keepsNames == true ? BlobNames(of: student, for: model) : nil
    return [provenance.section] + [heads?.section, names?.section].compactMap { $0 }
  }

  /// The blob with what was measured on it and, where it is asked for, its self-test.
  func proven(_ written: Written, divergence: BlobProvenance.Divergence?)
    throws(CompilerError) -> DecodedBlob
  {
    var provenance = provenance
    provenance.divergence = divergence
    var sections = lasting(in: written.model)
    sections[0] = provenance.section
    if let count = options.selfTest {
      let samples = try selfTestSamples()
      guard samples.count >= count else {
        throw .usage(
          reason: "--self-test \(count) needs as many samples, and there are \(samples.count)")
      }
      let test = try verifying { () throws(VerificationError) in
        try SelfTest.make(
          count, blob: written.bytes, written.model, samples: samples,
          of: states.isEmpty ? student : student.keeping(states).answersOfOneFrame, states: states.count)
      }
      sections.append(test.section)
    }
    let proven: DecodedBlob
    do {
      proven = try DecodedBlob(BlobWriter.replacing(ancillary: sections, in: written.bytes))
    } catch {
      throw .blob(error)
    }
    _ = try verifying { () throws(VerificationError) in try SelfTest.replay(proven) }
    guard options.keepsNames == nil else { return proven }
    return try proven.withAffordableNames(
      BlobNames(of: student, for: written.model), within: options.maxBytes, on: options.target)
  }

  private func selfTestSamples() throws(CompilerError) -> SampleSet {
    if let test = try testSamples() { return test }
    guard options.data != nil || options.calibration != nil else {
      throw .usage(reason: "--self-test needs samples: give --data")
    }
    return try data(for: student)
  }
}
