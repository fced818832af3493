// What a model is called in C.

/// The names of a model's files, symbols, macros and guards: all are made of one.
///
/// A sole model is called `model`; beside it are `samples.h` and `heads.h`, beside one of another name `NAME_samples.h`
/// and `NAME_heads.h`.
package struct CNames: Equatable, Sendable {
  /// What a sole model is called where nothing is said.
  package static let usual = "model"
  /// Of files that are there beside a model's.
  private static let taken: Set<String> = ["kinglet", "kinglet_detect", "main", "models", "models_config", "samples", "heads"]

  package let name: String

  /// - Returns: nil for what is no name: an identifier of C of at most 40 letters that begins with a letter, and is none of
  ///   the files beside a model's.
  package init?(_ name: String) {
    func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    let bytes = Array(name.utf8)
    guard (1...40).contains(bytes.count), isLetter(bytes[0]), !Self.taken.contains(name.lowercased()),
      bytes.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
    else { return nil }
    self.name = name
  }

  /// The name of a file, without folder and ending, as one of C: `wake-word.v2` is `wake_word_v2`.
  package init?(stem: String) {
    let letters = stem.lowercased().unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil) ? Character(scalar) : "_"
    }
    let text = String(letters.prefix(32))
    self.init(text.first?.isLetter == true ? text : "model_" + text)
  }

  /// What the model's bytes are called; others begin with it.
  var symbol: String { "kinglet_\(name)" }
  var macro: String { Self.macro(name) }
  var heads: String { beside("heads") }
  var samples: String { beside("samples") }
  /// What the symbols and macros of samples and heads begin with.
  var headsSymbol: String { "kinglet_\(heads)" }
  var samplesSymbol: String { "kinglet_\(samples)" }
  var sampleMacro: String { Self.macro(beside("sample")) }
  var expected: String { beside("expected.txt") }
  var config: String { "\(name)_config.h" }

  /// The files of this model that may be there from before, beside those that always are; answers before their samples.
  package var sometimes: [String] { [expected, samples + ".h", samples + ".c", heads + ".h", heads + ".c"] }

  private func beside(_ what: String) -> String { name == Self.usual ? what : "\(name)_\(what)" }

  static func macro(_ name: String) -> String { "KINGLET_" + name.uppercased() }
}
