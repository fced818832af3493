/// Makes a model of the bytes of a blob, trusting none of them.
///
/// Checks come in the order of Formats/Blob.md, "What a reader must reject", with the C reader's
/// statuses; but every lane is decoded here, so that what the C reader finds when it runs is found
/// at once.
public enum BlobReader {
  /// The model in `bytes`, the whole of a file.
  ///
  /// - Parameter unpackedLimit: numbers and symbols unpacked at most. A well-made file of a few
  ///   bytes may stand for 2^28 equal weights; beyond the limit it is refused as
  ///   ``BlobFault/tooLarge(limit:)``, which the C reader, unpacking nothing, has no need of.
  /// - Throws: ``BlobError``.
  /// - Complexity: O(bytes + what is unpacked).
  public static func read(
    _ bytes: [UInt8], unpackedLimit: Int = BlobFormat.unpackedLimit
  ) throws(BlobError) -> BlobModel {
    try DecodedBlob(bytes, unpackedLimit: unpackedLimit).model
  }
}
