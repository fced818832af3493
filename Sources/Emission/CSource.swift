// A blob as C: what a firmware project compiles and links with Runtime-C. Samples are given as the
// elements that the network takes.

import Blob
import Files
import Foundation

public enum CSource {
  /// Writes model.h, model.c, model_config.h and main.c; where samples are given also samples.h, samples.c and
  /// expected.txt, what the C runtime answers to them on the host.
  ///
  /// - Returns: the files written.
  public static func emit(blob path: String, to folder: String, samples: DataOptions?, count: Int)
    throws(CompilerError) -> [String]
  {
    let (bytes, model) = try BlobFile.open(path)
    let runtime: EdgeRuntime
    do {
      runtime = try EdgeRuntime(bytes)
    } catch {
      throw CompilerError.runtime(error).naming(path)
    }
    var files = [
      ("model.h", header(runtime, bytes: bytes.count)), ("model.c", source(bytes)),
      ("model_config.h", try RuntimeSwitches(model, bytes).header), ("main.c", starter(runtime, try hasSelfTest(model))),
    ]
    if let samples {
      files += try sampleFiles(try SampleSource.load(samples, for: model, count: count), bytes)
    }
    try makeFolder(folder)
    var written: [String] = []
    for (name, text) in files {
      let file = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      try OutputFile.write(Data(text.utf8), to: file)
      written.append(file)
    }
    return written
  }

  private static func makeFolder(_ folder: String) throws(CompilerError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: folder, reason: "the folder cannot be made")
    }
  }

  private static func header(_ runtime: EdgeRuntime, bytes: Int) -> String {
    let types =
      "/* Elements are float32 for type 0, uint8 for 1, int8 for 2: a number is scale x element. */"
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
    let tensors = runtime.inputs.enumerated().map { ("INPUT\($0)", $1) }
      + runtime.outputs.enumerated().map { ("OUTPUT\($0)", $1) }
    for (name, tensor) in tensors {
      lines.append("#define KINGLET_MODEL_\(name)_ELEMENTS \(tensor.elements)u")
    }
    lines.append(types)
    for (name, tensor) in tensors {
      lines.append("#define KINGLET_MODEL_\(name)_TYPE \(tensor.type.rawValue)")
      lines.append("#define KINGLET_MODEL_\(name)_SCALE \(literal(tensor.scale))")
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

  private static func hasSelfTest(_ model: BlobModel) throws(CompilerError) -> Bool {
    do { return try model.selfTest() != nil } catch { throw .blob(error) }
  }

  private static func starter(_ runtime: EdgeRuntime, _ hasSelfTest: Bool) -> String {
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
      #include "model.h"

      static KGL_ARENA(arena, KINGLET_MODEL_ARENA_BYTES);
      \(rooms.joined(separator: "\n"))

      int main(void) {
        const void *const inputs[] = {\(inputs)};
        void *const outputs[] = {\(outputs)};
        kgl_model model;
        kgl_status status = kgl_open(&model, kinglet_model, kinglet_model_bytes);
        if (status != KGL_OK) return 1;\(selfTest)
        /* Fill the inputs here. */
        status = kgl_run(&model, &arena, (uint32_t)sizeof arena, inputs, outputs);
        return status == KGL_OK ? 0 : 1;
      }

      """
  }

  private static func sampleFiles(_ samples: [[Float]], _ bytes: [UInt8])
    throws(CompilerError) -> [(String, String)]
  {
    let pool = try EdgePool(bytes, threads: 1)
    let input = pool.inputs[0]
    let elements = samples.map { sample -> [String] in
      input.type == .float32 ? sample.map(literal) : input.texts(of: input.elements(of: sample))
    }
    let given = input.elements(of: samples.flatMap { $0 })
    let answers = try pool.run(elements: [given], count: samples.count)
    let expected = samples.indices.map { sample in
      zip(pool.outputs, answers).flatMap { tensor, bytes in
        tensor.texts(of: Array(bytes[sample * tensor.bytes..<(sample + 1) * tensor.bytes]))
      }.joined(separator: " ") + "\n"
    }
    return [
      ("samples.h", samplesHeader(elements, input.type)),
      ("samples.c", samplesSource(elements, input.type)), ("expected.txt", expected.joined()),
    ]
  }

  private static func samplesHeader(_ samples: [[String]], _ type: BlobElementType) -> String {
    """
    /* Written by kinglet emit-c: samples as the network takes them. */
    #ifndef KINGLET_SAMPLES_H
    #define KINGLET_SAMPLES_H

    #include <stdint.h>

    #define KINGLET_SAMPLE_COUNT \(samples.count)u
    #define KINGLET_SAMPLE_ELEMENTS \(samples.first?.count ?? 0)u
    /* 0 float, 1 uint8_t, 2 int8_t. */
    #define KINGLET_SAMPLE_TYPE \(type.rawValue)

    extern const \(type.cName) kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS];

    #endif

    """
  }

  private static func samplesSource(_ samples: [[String]], _ type: BlobElementType) -> String {
    let rows = samples.map { "  {" + $0.joined(separator: ", ") + "}" }
    return """
      /* Written by kinglet emit-c. */
      #include "samples.h"

      const \(type.cName) kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS] = {
      \(rows.joined(separator: ",\n"))
      };

      """
  }

  /// Shortest text that gives the same float again, as a C literal.
  private static func literal(_ value: Float) -> String {
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
    }
  }
}

extension EdgeTensor {
  /// Elements in decimal, for people: integers, or the shortest text of a float.
  fileprivate func texts(of bytes: [UInt8]) -> [String] {
    switch type {
    case .float32: numbers(of: bytes).map { "\($0)" }
    case .uint8, .int8: integers(of: bytes).map { "\($0)" }
    }
  }
}
