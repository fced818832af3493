/// A file read once: its bytes, the model in them, and what every byte is for.
///
///     let blob = try DecodedBlob(bytes)
///     let (ledger, layout) = (BlobLedger(blob), BlobLayout(blob))
///
/// Decoding unpacks every lane, which of a large network takes longer than anything else that is done with
/// its bytes: whoever asks more than one question of a file reads it by this.
public struct DecodedBlob {
  public let bytes: [UInt8]
  public let model: BlobModel
  let sections: BlobSections
  let anatomy: BlobAnatomy

  /// The whole of a file.
  ///
  /// - Parameter unpackedLimit: as of ``BlobReader/read(_:unpackedLimit:)``.
  /// - Throws: ``BlobError`` for bytes that are no blob.
  /// - Complexity: O(bytes + what is unpacked).
  public init(_ bytes: [UInt8], unpackedLimit: Int = BlobFormat.unpackedLimit) throws(BlobError) {
    self.bytes = bytes
    sections = try BlobSections(bytes)
    var reader = PlanReader(bytes, sections, unpackedLimit: unpackedLimit)
    model = try reader.model()
    try reader.checkPads()
    anatomy = reader.anatomy
  }
}
