// Fuzzes the loader of ONNX models: whatever the bytes, it gives a verified graph or a
// `ModelLoadingError`. External data is refused, as there is no folder.
//
//   make onnx SECONDS=900
//
// Mutations are those of wire_mutator.c, which keep the lengths of nested messages right.

import ModelGraph

@testable import ModelLoading

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
  do throws(ModelLoadingError) {
    let model = try ONNXImporter.model(bytes: bytes)
    precondition(model.inputNames.count == model.graph.inputs.count, "names of inputs")
  } catch {
    precondition(!error.sentence.isEmpty, "an error without a sentence")
  }
  return 0
}
