// A blob as C: what a firmware project compiles and links with Runtime-C.

import Blob
import Foundation

public enum CSource {
  /// Writes model.h, model.c and main.c; where samples are given also samples.h, samples.c and
  /// expected.txt, what the C runtime answers to them on the host.
  ///
  /// - Returns: the files written.
  public static func emit(blob path: String, to folder: String, samples: DataOptions?, count: Int)
    throws(CompilerError) -> [String]
  {
    let bytes = try BlobFile.read(path)
    let runtime: EdgeRuntime
    let model: BlobModel
    do {
      model = try BlobReader.read(bytes)
    } catch {
      throw .blob(error)
    }
    do {
      runtime = try EdgeRuntime(bytes)
    } catch {
      throw .runtime(error)
    }
    var files = [
      ("model.h", header(runtime, bytes: bytes.count)), ("model.c", source(bytes)),
      ("main.c", starter(runtime)),
    ]
    if let samples {
      let values = try SampleSource.load(samples, for: model, count: count)
      files += [
        ("samples.h", samplesHeader(values)), ("samples.c", samplesSource(values)),
        ("expected.txt", try expected(runtime, values)),
      ]
    }
    try makeFolder(folder)
    var written: [String] = []
    for (name, text) in files {
      let file = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      try AtomicFile.write(Data(text.utf8), to: file)
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
    var lines = [
      "/* Written by kinglet emit-c. The network and the sizes of what it needs. */",
      "#ifndef KINGLET_MODEL_H", "#define KINGLET_MODEL_H", "", "#include <stdint.h>", "",
      "/* Arena of kgl_run with the runtime's default build, 4-byte aligned. */",
      "#define KINGLET_MODEL_ARENA_BYTES \(runtime.arenaBytes)u",
      "#define KINGLET_MODEL_BYTES \(bytes)u",
      "#define KINGLET_MODEL_INPUTS \(runtime.inputCounts.count)u",
      "#define KINGLET_MODEL_OUTPUTS \(runtime.outputCounts.count)u",
      "/* Numbers of each input and output, for one sample. */",
    ]
    for (index, count) in runtime.inputCounts.enumerated() {
      lines.append("#define KINGLET_MODEL_INPUT\(index)_ELEMENTS \(count)u")
    }
    for (index, count) in runtime.outputCounts.enumerated() {
      lines.append("#define KINGLET_MODEL_OUTPUT\(index)_ELEMENTS \(count)u")
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

  private static func starter(_ runtime: EdgeRuntime) -> String {
    let inputs = runtime.inputCounts.indices.map { "input\($0)" }.joined(separator: ", ")
    let outputs = runtime.outputCounts.indices.map { "output\($0)" }.joined(separator: ", ")
    let rooms =
      runtime.inputCounts.indices.map {
        "static float input\($0)[KINGLET_MODEL_INPUT\($0)_ELEMENTS];"
      }
      + runtime.outputCounts.indices.map {
        "static float output\($0)[KINGLET_MODEL_OUTPUT\($0)_ELEMENTS];"
      }
    return """
      /* Written by kinglet emit-c: a main to start from. Link with Runtime-C/src. */
      #include "kinglet.h"
      #include "model.h"

      static uint32_t arena[(KINGLET_MODEL_ARENA_BYTES + 3u) / 4u];
      \(rooms.joined(separator: "\n"))

      int main(void) {
        const void *const inputs[] = {\(inputs)};
        void *const outputs[] = {\(outputs)};
        kgl_model model;
        kgl_status status = kgl_open(&model, kinglet_model, kinglet_model_bytes);
        if (status != KGL_OK) return 1;
        /* Fill the inputs here. */
        status = kgl_run(&model, arena, (uint32_t)sizeof arena, inputs, outputs);
        return status == KGL_OK ? 0 : 1;
      }

      """
  }

  /// What the C runtime answers on the host: a line a sample, all outputs.
  private static func expected(_ runtime: EdgeRuntime, _ samples: [[Float]])
    throws(CompilerError) -> String
  {
    var text = ""
    for sample in samples {
      let outputs = try Self.answers(runtime, sample)
      text += outputs.map { "\($0)" }.joined(separator: " ") + "\n"
    }
    return text
  }

  private static func answers(_ runtime: EdgeRuntime, _ sample: [Float])
    throws(CompilerError) -> [Float]
  {
    let rooms = runtime.outputCounts.map { UnsafeMutablePointer<Float>.allocate(capacity: $0) }
    defer { rooms.forEach { $0.deallocate() } }
    do {
      try sample.withUnsafeBufferPointer { buffer throws(RuntimeStatus) in
        guard let address = buffer.baseAddress else { throw .argument }
        try runtime.run(inputs: [address], outputs: rooms)
      }
    } catch {
      throw .runtime(error)
    }
    return zip(rooms, runtime.outputCounts).flatMap { Array(UnsafeBufferPointer(start: $0, count: $1)) }
  }

  private static func samplesHeader(_ samples: [[Float]]) -> String {
    """
    /* Written by kinglet emit-c: samples as the network takes them. */
    #ifndef KINGLET_SAMPLES_H
    #define KINGLET_SAMPLES_H

    #define KINGLET_SAMPLE_COUNT \(samples.count)u
    #define KINGLET_SAMPLE_ELEMENTS \(samples.first?.count ?? 0)u

    extern const float kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS];

    #endif

    """
  }

  private static func samplesSource(_ samples: [[Float]]) -> String {
    let rows = samples.map { "  {" + $0.map(literal).joined(separator: ", ") + "}" }
    return """
      /* Written by kinglet emit-c. */
      #include "samples.h"

      const float kinglet_samples[KINGLET_SAMPLE_COUNT][KINGLET_SAMPLE_ELEMENTS] = {
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
