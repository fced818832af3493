// Names of a blob for which nobody said whether it keeps them.

import Blob
import Die
import Edge
import Planning
import Verification

extension DecodedBlob {
  /// A blob is given names that it was not told to keep where these take less than one in so many of its bytes.
  package static let namesShare = 50

  /// The finished blob with its model's names, where these cost less than 2 % of what it has without them and without its
  /// self-test, and with them it keeps within its limit and in its target's memories; else as it is.
  ///
  /// - Parameter limit: of the blob's bytes, its self-test apart; nil: none.
  /// - Complexity: that of writing and reading the blob once more, where they are kept.
  package func withAffordableNames(_ names: BlobNames, within limit: Int?, on target: TargetProfile?)
    throws(CompilerError) -> DecodedBlob
  {
    var sections = model.ancillary
    let selfTest = sections.firstIndex { $0.kind == BlobSelfTest.kind }
    let (section, own) = (names.section, bytes.count - (selfTest.map { sections[$0].fileBytes } ?? 0))
    guard !names.isEmpty, Self.namesShare * section.fileBytes < own, own + section.fileBytes <= limit ?? .max
    else { return self }
    sections.insert(section, at: selfTest ?? sections.endIndex)
    // A file of many banks may have no room for one more section.
    guard let file = try? BlobWriter.replacing(ancillary: sections, in: bytes) else { return self }
    let named: DecodedBlob
    do { named = try DecodedBlob(file) } catch { throw .blob(error) }
    guard let target else { return named }
    return try DieReport.of(named, on: target).fits ? named : self
  }
}

extension DieReport {
  /// A blob on a target.
  ///
  /// - Parameter names: of the layers in the order of their steps; none: as the blob says, or else steps are named.
  package static func of(_ blob: DecodedBlob, on target: TargetProfile, names: [String] = [])
    throws(CompilerError) -> DieReport
  {
    let called = names.isEmpty ? (try? blob.model.names())?.layers ?? [] : names
    let runtime = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(blob.bytes) }
    return DieReport(blob, arenas: { runtime.arena(tableBits: $0) }, on: target, names: called)
  }
}
