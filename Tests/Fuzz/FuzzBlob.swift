// Fuzzes the Swift reader of blobs: whatever the bytes, it gives a model or a `BlobError`, and its
// status is the C reader's (Formats/Blob.md, "What a reader must reject").
//
//   make swift-blob SECONDS=900
//
// Mutations are those of blob_mutator.c, which put the checksums right.

import Blob
import CKinglet

/// Keeps what a few bytes can stand for, and so one execution, short.
private let unpackedLimit = 1 << 18

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
  let found = status(of: bytes)
  var model = kgl_model()
  let opened = bytes.withUnsafeBufferPointer {
    kgl_open(&model, $0.baseAddress ?? UnsafePointer(bitPattern: 1), UInt32($0.count))
  }
  precondition(agree(found, opened), "the Swift reader says \(found), the C reader \(opened)")
  return 0
}

/// 0, or the status of the error.
private func status(of bytes: [UInt8]) -> Int32 {
  do {
    _ = try BlobReader.read(bytes, unpackedLimit: unpackedLimit)
    return 0
  } catch {
    precondition(!error.sentence.isEmpty, "an error without a sentence")
    return error.status
  }
}

/// Whether two statuses are the same, but for what one reader leaves to later: the C reader decodes
/// lanes only when it runs, the Swift reader refuses what unpacks to too much.
private func agree(_ found: Int32, _ opened: kgl_status) -> Bool {
  if found == KGL_ERR_UNSUPPORTED.rawValue { return true }
  if opened == KGL_OK || opened == KGL_ERR_UNSUPPORTED {
    return found == 0 || found == KGL_ERR_CORRUPT.rawValue
  }
  return found == opened.rawValue
}
