// A blob as C: what a firmware project compiles and links with Runtime-C. Samples are given as the
// elements that the network takes.

import Blob
import Edge
import Files

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

  /// What files begin with that were written here.
  package static let mark = "/* Written by kinglet emit-c"
  /// The main that people go on from.
  package static let main = "main.c"

  /// Of each model NAME.h and NAME.c; of a detector NAME_heads.h and .c; main.c; the runtime's switches, NAME_config.h, or of
  /// several models models_config.h with models.h beside it; where there are samples, of a sole model, also those.
  ///
  /// - Parameters:
  ///   - models: each with a name of its own; none: the switches of `others` alone.
  ///   - others: blobs that the same runtime is to run, now or later.
  ///   - tableBits: index bits of the runtime's look-up tables; nil: as it has them by itself.
  ///   - arenaBytes: what the largest of all runs in.
  ///   - costs: lines about what other tables would take.
  package static func files(
    _ models: [CModel], for others: [DecodedBlob] = [], samples: Samples? = nil, tableBits: Int? = nil, arenaBytes: Int = 0,
    costs: [String] = []
  ) -> [(name: String, text: String)] {
    var files = models.flatMap { modelFiles($0, config: models.count + others.count > 1 ? severalConfig : $0.names.config) }
    let blobs = models.map(\.blob) + others
    let switches = RuntimeSwitches(blobs.map { RuntimeSwitches($0.model, BlobLedger($0), tableBits: tableBits) })
    if blobs.count == 1, let names = models.first?.names {
      files.append((names.config, switches.header(names.config, costs: costs)))
    } else {
      files.append((severalConfig, switches.header(severalConfig, costs: costs)))
      files.append(("models.h", severalHeader(models, arenaBytes: arenaBytes)))
    }
    if !models.isEmpty {
      files.append((main, signed(models.count == 1 ? starter(models[0]) : starter(models))))
    }
    if let samples, let names = models.first?.names {
      files += [
        (names.samples + ".h", samplesHeader(samples, names)), (names.samples + ".c", samplesSource(samples, names)),
        (names.expected, samples.answers.map { $0 + "\n" }.joined()),
      ]
    }
    return files
  }

  static let severalConfig = "models_config.h"

  private static func modelFiles(_ model: CModel, config: String) -> [(name: String, text: String)] {
    var files = [(model.names.name + ".h", header(model, config: config)), (model.names.name + ".c", source(model))]
    if let heads = model.heads { files += headFiles(heads, of: model) }
    return files
  }

  private static func source(_ model: CModel) -> String {
    let (names, bytes) = (model.names, model.blob.bytes)
    var text = """
      \(mark). */
      #include "\(names.name).h"

      const uint32_t \(names.symbol)_bytes = \(names.macro)_BYTES;

      const unsigned char \(names.symbol)[\(names.macro)_BYTES] = {

      """
    for start in stride(from: 0, to: bytes.count, by: 16) {
      text += "  " + bytes[start..<min(start + 16, bytes.count)].map { "\($0)" }.joined(separator: ", ")
      text += ",\n"
    }
    return text + "};\n"
  }

  // MARK: What is edited

  /// A text of C with a sum of it in its first line, by which an edited one is known.
  private static func signed(_ text: String) -> String {
    let sum = String(CRC32.sum(text.utf8), radix: 16)
    return "\(mark), sum \(String(repeating: "0", count: 8 - sum.count) + sum) of what follows. */\n" + text
  }

  /// Whether a text is as ``files`` has written it.
  package static func isUntouched(_ text: String) -> Bool {
    guard let end = text.firstIndex(of: "\n") else { return false }
    return signed(String(text[text.index(after: end)...])) == text
  }

  // MARK: Samples

  private static func samplesHeader(_ samples: Samples, _ names: CNames) -> String {
    """
    \(mark): samples as the network takes them. */
    #ifndef \(CNames.macro(names.samples))_H
    #define \(CNames.macro(names.samples))_H

    #include <stdint.h>

    #define \(names.sampleMacro)_COUNT \(samples.elements.count)u
    #define \(names.sampleMacro)_ELEMENTS \(samples.elements.first?.count ?? 0)u
    /* 0 float, 1 uint8_t, 2 int8_t. */
    #define \(names.sampleMacro)_TYPE \(samples.type.rawValue)

    extern const \(samples.type.cName) \(names.samplesSymbol)[\(names.sampleMacro)_COUNT][\(names.sampleMacro)_ELEMENTS];

    #endif

    """
  }

  private static func samplesSource(_ samples: Samples, _ names: CNames) -> String {
    let rows = samples.elements.map { "  {" + $0.joined(separator: ", ") + "}" }
    return """
      \(mark). */
      #include "\(names.samples).h"

      const \(samples.type.cName) \(names.samplesSymbol)[\(names.sampleMacro)_COUNT][\(names.sampleMacro)_ELEMENTS] = {
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
  var cName: String {
    switch self {
    case .float32: "float"
    case .uint8: "uint8_t"
    case .int8: "int8_t"
    case .int32: "int32_t"
    }
  }
}
