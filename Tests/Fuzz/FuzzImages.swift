// Fuzzes the readers of images, PNG, JPEG and PNM: whatever the bytes, they give an image of the size that
// its shape says, or a `DatasetError`.
//
//   make images SECONDS=900
//
// Each input is read as it is, and once more with its checksums put right.

@testable import Datasets

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
  decode(bytes)
  decode(Sealing.sealed(bytes))
  return 0
}

private func decode(_ bytes: [UInt8]) {
  do throws(DatasetError) {
    let image =
      try JPEG.matches(bytes)
      ? DecodedImage(JPEG.decode(bytes, path: "image")) : DecodedImage.decode(bytes, path: "image")
    let count =
      switch image.values {
      case .bytes(let values): values.count
      case .floats(let values): values.count
      }
    precondition(count == image.shape.reduce(1, *), "not the size of its shape")
  } catch {
    precondition(!error.sentence.isEmpty, "an error without a sentence")
  }
}
