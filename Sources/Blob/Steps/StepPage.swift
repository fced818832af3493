import Tensors

// The tables of Formats/Blob.md, "Steps" and "Integer steps", from the fields that are read and written.

/// Walks through a step and says its fields in words.
package struct StepPage: StepCoder {
  typealias Failure = Never

  private var step = ""
  private var isInPlace = false
  private var fields = ""
  private var separator = ""
  /// The rows of "Steps", "Integer steps" and "Exact steps", by opcode.
  package static var floatRows: [String] { rows(BlobStep.blanks) }
  package static var integerRows: [String] { rows(BlobIntegerStep.blanks) }
  package static var exactRows: [String] { rows(BlobIntegerStep.exactBlanks) }

  private static func rows(_ steps: [UInt8: BlobStep]) -> [String] {
    steps.sorted { $0.key < $1.key }.map { opcode, step in
      var (step, page) = (step, StepPage())
      step.code(&page)
      return "| \(opcode) | \(page.step)\(page.isInPlace ? ", in place" : "") | \(page.fields) |"
    }
  }

  private mutating func add(_ text: String, isPlain: Bool = true) {
    fields += (isPlain ? separator : fields.isEmpty ? "" : "; ") + text
    separator = isPlain ? ", " : "; "
  }

  /// What a field is called in messages, without its article.
  private func bare(_ name: String) -> String {
    name.hasPrefix("the ") ? String(name.dropFirst(4)) : name
  }

  mutating func begin(_ type: any StepFields.Type) {
    let name = type.name.split(separator: "-").joined(separator: " ")
    step = type.sizes.isEmpty ? name : "\(name) \(type.sizes)"
  }

  mutating func types(_ bits: inout Int) {}

  mutating func varint(
    _: String, _ symbol: String, _: inout Int, _ allowed: ClosedRange<Int>?
  ) {
    // The others are those of "Limits" and of the plane.
    let own = allowed.flatMap { BlobFormat.shared.contains($0) ? nil : $0 }
    add(symbol + (own.map { " (\($0.words))" } ?? ""))
  }

  mutating func u8(_: String, _ symbol: String, _: inout Int, _ allowed: ClosedRange<Int>) {
    let isSaid = symbol.hasSuffix(")") || allowed == 0...255
    add("u8 \(symbol)" + (isSaid ? "" : " (\(allowed.words))"))
  }

  mutating func f32(_: String, _ symbol: String, _: inout Float) { add("f32 \(symbol)") }

  mutating func varints(_ name: String, _: inout [Int], count: Int) { add("rank \(name)") }

  mutating func activation(_: inout BlobActivation) { add("activation", isPlain: false) }

  mutating func operands(_ operands: [StepOperand]) {
    isInPlace = operands.first { $0.role != .writes }?.role == .readsInPlace
  }

  mutating func numbers(_ name: String, _: inout StoredNumbers, count: Int, _ length: String) {
    add("numbers (\(length), not absent): \(bare(name))", isPlain: false)
  }

  mutating func vector(
    _ name: String, _: inout [Int], count: Int, _ form: VectorForm, _ length: String
  ) {
    add("offset of \(length) \(form.isSigned ? "i" : "u")\(8 * form.width) (\(bare(name)))")
  }

  mutating func bitmap(_: inout [Int], count: Int, inner: Int) { add("offset of a bitmap") }

  mutating func biases(_: inout BlobBiases?, count: Int, _ length: String) {
    add("*biases* of \(length) numbers", isPlain: false)
  }

  mutating func weights(
    _: inout BlobWeights, _ kind: WeightsKind, rows: Int, columns: Int, _ shape: String
  ) {
    let words =
      switch kind {
      case .float: "weights of "
      case .integer: "integer weights of "
      case .exact: "exact weights of "
      }
    add(words + shape, isPlain: false)
  }

  var saysAll: Bool { true }

  mutating func when(_ words: String) {
    fields += "; \(words): "
    separator = ""
  }

  mutating func check(_ words: String, _: () throws(BlobFault) -> Void) {
    if !words.isEmpty { add(words, isPlain: false) }
  }
}

extension StepTypes {
  /// As the page has it.
  var words: String {
    var words: [String] = []
    if areEqual { words.append("bits 0 and 1 of types are equal") }
    if isExact { words.append(hasB ? "bits 0 to 3 of types are 1" : "types is 11") }
    if yIsUnsigned { words.append("bit 1 of types is 0") }
    if yIsSigned { words.append("bit 1 of types is 1") }
    if bytesAreX != nil { words.append("bit 2 of types is 0, and so is that of the float32 tensor") }
    return words.joined(separator: ", ")
  }
}
