// A blob as C: what a firmware project compiles and links with Runtime-C. Samples are given as the
// elements that the network takes.

import Blob
import Edge

package enum CSource {
  /// Samples as text, and what the C runtime answers to them on the host.
  package struct Samples {
    /// A text of each element, sample by sample.
    package var elements: [[String]]
    package var type: BlobElementType
    /// A line of decimal elements, all outputs one after the other, for each sample.
    package var answers: [String]

    package init(elements: [[String]], type: BlobElementType, answers: [String]) {
      (self.elements, self.type, self.answers) = (elements, type, answers)
    }
  }

  /// model.h, model.c, model_config.h and main.c; of a detector heads.h and heads.c; where there are samples also samples.h, samples.c and
  /// expected.txt.
  package static func files(_ blob: DecodedBlob, _ runtime: EdgeRuntime, samples: Samples?)
    throws(BlobError) -> [(name: String, text: String)]
  {
    let heads = try blob.model.heads()
    var files = [
      ("model.h", header(runtime, bytes: blob.bytes.count)), ("model.c", source(blob.bytes)),
      ("model_config.h", RuntimeSwitches(blob.model, BlobLedger(blob)).header),
      ("main.c", starter(runtime, try blob.model.selfTest() != nil, heads)),
    ]
    if let heads { files += headFiles(heads, of: blob.model, runtime) }
    if let samples {
      files += [
        ("samples.h", samplesHeader(samples)), ("samples.c", samplesSource(samples)),
        ("expected.txt", samples.answers.map { $0 + "\n" }.joined()),
      ]
    }
    return files
  }

  private static func header(_ runtime: EdgeRuntime, bytes: Int) -> String {
    let types = "/* Elements are float32 for type 0, uint8 for 1, int8 for 2: a number is scale x (element - zero point);\n"
      + " * int32 for 5: the number of a place, 0 the first. */"
    var lines = [
      "/* Written by kinglet emit-c. The network and the sizes of what it needs. */",
      "#ifndef KINGLET_MODEL_H", "#define KINGLET_MODEL_H", "", "#include <stdint.h>", "",
      "/* Arena of kgl_run with the runtime's default build, 4-byte aligned. */",
      "#define KINGLET_MODEL_ARENA_BYTES \(runtime.arenaBytes)u",
      "#define KINGLET_MODEL_BYTES \(bytes)u",
      "#define KINGLET_MODEL_INPUTS \(runtime.inputCounts.count)u",
      "#define KINGLET_MODEL_OUTPUTS \(runtime.outputCounts.count)u",
      "/* Elements of each input and output, for one sample. */",
    ]
    if runtime.stateBytes > 0 {
      lines += [
        "/* What lasts from one frame to the next: the first bytes of the arena. */",
        "#define KINGLET_MODEL_STATE_BYTES \(runtime.stateBytes)u",
      ]
    }
    let tensors = runtime.inputs.enumerated().map { ("INPUT\($0)", $1) }
      + runtime.outputs.enumerated().map { ("OUTPUT\($0)", $1) }
    for (name, tensor) in tensors {
      lines.append("#define KINGLET_MODEL_\(name)_ELEMENTS \(tensor.elements)u")
    }
    lines.append(types)
    for (name, tensor) in tensors {
      lines.append("#define KINGLET_MODEL_\(name)_TYPE \(tensor.type.rawValue)")
      lines.append("#define KINGLET_MODEL_\(name)_SCALE \(literal(tensor.scale))")
      if tensor.zeroPoint != 0 {
        lines.append("#define KINGLET_MODEL_\(name)_ZERO_POINT (\(tensor.zeroPoint))")
      }
    }
    lines += [
      "", "extern const unsigned char kinglet_model[KINGLET_MODEL_BYTES];",
      "extern const uint32_t kinglet_model_bytes;", "", "#endif", "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func source(_ bytes: [UInt8]) -> String {
    var text = """
      /* Written by kinglet emit-c. */
      #include "model.h"

      const uint32_t kinglet_model_bytes = KINGLET_MODEL_BYTES;

      const unsigned char kinglet_model[KINGLET_MODEL_BYTES] = {

      """
    for start in stride(from: 0, to: bytes.count, by: 16) {
      text += "  " + bytes[start..<min(start + 16, bytes.count)].map { "\($0)" }.joined(separator: ", ")
      text += ",\n"
    }
    return text + "};\n"
  }

  private static func starter(_ runtime: EdgeRuntime, _ hasSelfTest: Bool, _ heads: BlobHeads?) -> String {
    let selfTest = !hasSelfTest
      ? ""
      : """

          status = kgl_self_test(&model, &arena, (uint32_t)sizeof arena);
          if (status != KGL_OK) return 2; /* this machine computes something else */
        """
    let inputs = runtime.inputCounts.indices.map { "input\($0)" }.joined(separator: ", ")
    let outputs = runtime.outputCounts.indices.map { "output\($0)" }.joined(separator: ", ")
    let rooms =
      runtime.inputs.enumerated().map {
        "static \($1.type.cName) input\($0)[KINGLET_MODEL_INPUT\($0)_ELEMENTS];"
      }
      + runtime.outputs.enumerated().map {
        "static \($1.type.cName) output\($0)[KINGLET_MODEL_OUTPUT\($0)_ELEMENTS];"
      }
    return """
      /* Written by kinglet emit-c: a main to start from. Link with Runtime-C/src. */
      #include "kinglet.h"
      #include "model.h"\(heads == nil ? "" : "\n#include \"heads.h\"")

      static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);
      \(rooms.joined(separator: "\n"))\(heads == nil ? "" : "\n" + objectRoom)

      int main(void) {
        const void *const inputs[] = {\(inputs)};
        void *const outputs[] = {\(outputs)};
        kgl_model model;
        kgl_status status = kgl_open(&model, kinglet_model, kinglet_model_bytes);
        if (status != KGL_OK) return 1;\(selfTest)\(runtime.stateBytes == 0 ? "" : "\n" + resetting)
        /* Fill the inputs here\(runtime.stateBytes == 0 ? "" : ", and run again with the next frame"). */
        status = kgl_run(&model, &arena, (uint32_t)sizeof arena, inputs, outputs);\(heads == nil ? "" : "\n" + finding)
        return status == KGL_OK ? 0 : 1;
      }

      """
  }

  /// Of a network that keeps state.
  private static let resetting = """
      status = kgl_reset(&model, &arena, (uint32_t)sizeof arena); /* a stream begins */
      if (status != KGL_OK) return 1;
    """

  private static func samplesHeader(_ samples: Samples) -> String {
    """
    /* Written by kinglet emit-c: samples as the network takes them. */
    #ifndef KINGLET_SAMPLES_H
    #define KINGLET_SAMPLES_H

    #include <stdint.h>

    #define KINGLET_SAMPLE_COUNT \(samples.elements.count)u
    #define KINGLET_SAMPLE_ELEMENTS \(samples.elements.first?.count ?? 0)u
    /* 0 float, 1 uint8_t, 2 int8_t. */
    #define KINGLET_SAMPLE_TYPE \(samples.type.rawValue)

    extern const \(samples.type.cName) kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS];

    #endif

    """
  }

  private static func samplesSource(_ samples: Samples) -> String {
    let rows = samples.elements.map { "  {" + $0.joined(separator: ", ") + "}" }
    return """
      /* Written by kinglet emit-c. */
      #include "samples.h"

      const \(samples.type.cName) kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS] = {
      \(rows.joined(separator: ",\n"))
      };

      """
  }

  /// Shortest text that gives the same float again, as a C literal.
  package static func literal(_ value: Float) -> String {
    let text = "\(value)"
    return (text.contains(".") || text.contains("e") ? text : text + ".0") + "f"
  }
}

extension BlobElementType {
  fileprivate var cName: String {
    switch self {
    case .float32: "float"
    case .uint8: "uint8_t"
    case .int8: "int8_t"
    case .int32: "int32_t"
    }
  }
}
