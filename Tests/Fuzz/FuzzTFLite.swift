// Fuzzes the loader of .tflite files: whatever the bytes, it gives a model whose constants can be read, and
// of that a verified graph, or a `ModelLoadingError`.
//
//   make tflite SECONDS=900
//
// Mutations are those of flat_mutator.c, which change numbers where they lie.

import ModelGraph

@testable import ModelLoading

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
  do throws(ModelLoadingError) {
    check(try TFLiteModel(bytes: bytes))
    let model = try TFLiteImporter.model(bytes: bytes)
    precondition(model.inputNames.count == model.graph.inputs.count, "names of inputs")
  } catch {
    precondition(!error.sentence.isEmpty, "an error without a sentence")
  }
  return 0
}

private func check(_ model: TFLiteModel) {
  var made = Set(model.inputs)
  for call in model.operators {
    for case let input? in call.inputs {
      precondition(model.tensors[input].isConstant || made.contains(input), "read before it is made")
    }
    for output in call.outputs { precondition(made.insert(output).inserted, "made twice") }
  }
  precondition(made.isSuperset(of: model.outputs), "an output that nothing makes")
  for tensor in model.tensors where tensor.isConstant {
    let counts = [model.integers(of: tensor)?.count, model.numbers(of: tensor)?.count]
    precondition(counts.allSatisfy { $0 == nil || $0 == tensor.count }, "not as many as the shape says")
  }
}
