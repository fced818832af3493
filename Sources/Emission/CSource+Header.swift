// NAME.h: what a network takes and gives, and the sizes of what it needs.

import Blob
import Edge

extension CSource {
  /// NAME.h.
  ///
  /// - Parameter config: the header of switches that lies beside it.
  static func header(_ model: CModel, config: String) -> String {
    let (names, runtime) = (model.names, model.runtime)
    var lines = [
      "\(mark). The network, the sizes of what it needs, and its numbers as people have them. */",
      "#ifndef \(names.macro)_H", "#define \(names.macro)_H", "", "#include <stdint.h>", "",
    ]
    lines += arena(model, config)
    lines += [
      "#define \(names.macro)_BYTES \(model.blob.bytes.count)u",
      "#define \(names.macro)_INPUTS \(runtime.inputCounts.count)u",
      "#define \(names.macro)_OUTPUTS \(runtime.outputCounts.count)u",
    ]
    if model.keepsState {
      lines += [
        "/* What lasts from one frame to the next: the first bytes of the arena. */",
        "#define \(names.macro)_STATE_BYTES \(runtime.stateBytes)u",
      ]
    }
    lines += tensors(model)
    lines += ["", "#ifdef __cplusplus", "extern \"C\" {", "#endif", ""]
    lines += [
      "extern const unsigned char \(names.symbol)[\(names.macro)_BYTES];", "extern const uint32_t \(names.symbol)_bytes;",
    ]
    lines += ["", "/* --- Numbers ---", " *", " * Nothing of these is in a program that does not call them. */"]
    for index in runtime.inputs.indices { lines += inputFunctions(model, index) }
    for index in runtime.outputs.indices { lines += outputFunctions(model, index) }
    if !model.classes.isEmpty { lines += classFunction(model) }
    lines += ["", "#ifdef __cplusplus", "}", "#endif", "", "#endif", ""]
    return lines.joined(separator: "\n")
  }

  private static func arena(_ model: CModel, _ config: String) -> [String] {
    let macro = model.names.macro
    guard model.arenaBytes != model.usualArenaBytes else {
      return [
        "/* Arena of kgl_run with the runtime's default build, 4-byte aligned. */",
        "#define \(macro)_ARENA_BYTES \(model.arenaBytes)u",
      ]
    }
    return [
      "/* Arena of kgl_run, 4-byte aligned, with the runtime built by \(config): as it is by itself it needs",
      " * \(model.usualArenaBytes). */",
      "#define \(macro)_ARENA_BYTES \(model.arenaBytes)u",
    ]
  }

  private static func tensors(_ model: CModel) -> [String] {
    let (runtime, blob, macro) = (model.runtime, model.blob.model, model.names.macro)
    let tensors = runtime.inputs.enumerated().map { ("INPUT\($0)", $1, blob.inputs[$0].tensor.shape) }
      + runtime.outputs.enumerated().map { ("OUTPUT\($0)", $1, blob.outputs[$0].shape) }
    var lines = ["/* Elements of each input and output, for one sample, and its axes. */"]
    for (name, tensor, shape) in tensors {
      lines.append("#define \(macro)_\(name)_ELEMENTS \(tensor.elements)u")
      lines.append("#define \(macro)_\(name)_RANK \(shape.count)u")
      guard !shape.isEmpty else { continue }
      lines.append("#define \(macro)_\(name)_SHAPE {\(shape.map { "\($0)u" }.joined(separator: ", "))}")
    }
    lines += [
      "/* Elements are float32 for type 0, uint8 for 1, int8 for 2: a number is scale x (element - zero point);",
      " * int32 for 5: the number of a place, 0 the first. */",
    ]
    for (name, tensor, _) in tensors {
      lines.append("#define \(macro)_\(name)_TYPE \(tensor.type.rawValue)")
      lines.append("#define \(macro)_\(name)_SCALE \(literal(tensor.scale))")
      if tensor.zeroPoint != 0 { lines.append("#define \(macro)_\(name)_ZERO_POINT (\(tensor.zeroPoint))") }
    }
    return lines
  }
}
