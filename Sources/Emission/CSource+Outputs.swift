// An output's elements as numbers, the largest of them, and what classes are called, as C.

import Blob
import Edge

extension CSource {
  /// ` (serving_default_x:0)`, fit for a comment of C; nothing where no name is known.
  static func called(_ names: [String], _ index: Int) -> String {
    guard index < names.count, !names[index].isEmpty else { return "" }
    return " (" + names[index].replacing("*/", with: "* /").replacing("/*", with: "/ *").replacing("\\", with: "/").replacing("??", with: "? ?") + ")"
  }

  /// From an output's elements to numbers; where there are several, also which are largest.
  static func outputFunctions(_ model: CModel, _ index: Int) -> [String] {
    let (tensor, symbol) = (model.runtime.outputs[index], "\(model.names.symbol)_output\(index)")
    guard tensor.type != .int32 else { return [] }
    let (elements, type) = ("\(model.names.macro)_OUTPUT\(index)_ELEMENTS", tensor.type.cName)
    let shape = model.blob.model.outputs[index].shape.map(String.init).joined(separator: ", ")
    let number = tensor.type.isOfWords
      ? "output[i]" : "\(literal(tensor.scale)) * (float)(output[i] - (\(tensor.zeroPoint)))"
    let all = ["", "/* Output \(index)\(called(model.outputNames, index)), [\(shape)], as numbers. */"]
      + function(
        "void \(symbol)_to_floats(float *numbers, const \(type) *output)",
        ["uint32_t i;", "for (i = 0; i < \(elements); i++) numbers[i] = \(number);"])
    return tensor.elements > 1 ? all + largest(symbol, type, elements) : all
  }

  private static func largest(_ symbol: String, _ type: String, _ elements: String) -> [String] {
    [
      "", "/* The places of the `count` largest elements, the largest first, of equal ones the first; gives how many there are:",
      " * `count`, or all. */",
    ]
      + function(
        "uint32_t \(symbol)_top(const \(type) *output, uint32_t *places, uint32_t count)",
        [
          "uint32_t i, k, found = 0;",
          "for (i = 0; i < \(elements); i++) {",
          "  for (k = found; k > 0 && output[i] > output[places[k - 1]]; k--) {",
          "    if (k < count) places[k] = places[k - 1];",
          "  }",
          "  if (k < count) {",
          "    places[k] = i;",
          "    if (found < count) found++;",
          "  }",
          "}",
          "return found;",
        ])
      + ["", "/* The place of the largest element, of equal ones the first. */"]
      + function(
        "uint32_t \(symbol)_argmax(const \(type) *output)",
        [
          "uint32_t i, best = 0;",
          "for (i = 1; i < \(elements); i++) {",
          "  if (output[i] > output[best]) best = i;",
          "}",
          "return best;",
        ])
  }

  /// What class `number` is called.
  static func classFunction(_ model: CModel) -> [String] {
    let names = model.classes.map { "    \(quoted($0))," }.joined(separator: "\n")
    return [
      "", "/* What a class is called; \"\" for a number that is none. */",
      "#define \(model.names.macro)_CLASS_NAMES \(model.classes.count)u",
    ]
      + function(
        "const char *\(model.names.symbol)_class(uint32_t number)",
        [
          "static const char *const names[\(model.names.macro)_CLASS_NAMES] = {\n\(names)", "};",
          "return number < \(model.names.macro)_CLASS_NAMES ? names[number] : \"\";",
        ])
  }

  /// A string of C; bytes that are no plain letters of ASCII in octal.
  static func quoted(_ text: String) -> String {
    let bytes = text.utf8.map { byte -> String in
      let isPlain = (0x20...0x7E).contains(byte) && ![0x22, 0x5C, 0x3F].contains(byte)
      guard !isPlain else { return String(UnicodeScalar(byte)) }
      let octal = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
    return "\"\(bytes.joined())\""
  }
}
