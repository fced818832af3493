// Raw bytes and numbers as the elements of an input, as C. What becomes of a byte is worked out here, by the arithmetic
// of `kinglet run`, so that a device feeds its network what the host does.

import Blob
import Edge

/// How samples become the elements of one input.
private struct CInput {
  let tensor: EdgeTensor
  let shape: [Int]
  let transform: CModel.Transform
  let symbol, macro: String

  init(_ model: CModel, _ index: Int) {
    tensor = model.runtime.inputs[index]
    shape = model.blob.model.inputs[index].tensor.shape
    transform = model.transforms[index]
    symbol = "\(model.names.symbol)_input\(index)"
    macro = "\(model.names.macro)_INPUT\(index)"
  }

  var type: String { tensor.type.cName }

  private var channelsAreLast: Bool { transform.layout == .channelsLast }

  /// Whether it is told, or else likely, that the input is an image.
  private var isImage: Bool {
    shape.count == 3 && (transform.layout != .asItComes || (1...4).contains(shape[0]))
  }

  /// Whether the input is an image of several planes, one behind the other, where bytes have a pixel's together.
  var isPlanar: Bool { isImage && !channelsAreLast && shape[0] > 1 }

  var channels: Int { max(1, (channelsAreLast ? shape.last : shape.first) ?? 1) }
  private var plane: Int { tensor.elements / channels }

  /// The channel of element `i`, and its byte.
  var channelOfElement: String { channelsAreLast ? "i % \(channels)u" : "i / \(plane)u" }
  var byte: String { isPlanar ? "raw[i % \(plane)u * \(channels)u + i / \(plane)u]" : "raw[i]" }

  /// The element that each byte becomes, for each channel that has a rule of its own.
  var maps: [[Int]] {
    let rule = transform.ofBytes
    return (0..<rule.count).map { channel in
      let numbers = (0..<256).map { (Float($0) - rule.means[channel]) * rule.scales[channel] }
      return tensor.integers(of: tensor.elements(of: numbers)).map { Int($0) }
    }
  }

  /// What bytes are, in words.
  var words: String {
    guard isImage else { return "[\(shape.map(String.init).joined(separator: ", "))], in this order" }
    let (height, width) = channelsAreLast ? (shape[0], shape[1]) : (shape[1], shape[2])
    return "\(height) rows of \(width) pixels" + (channels > 1 ? " of \(channels) channels, a pixel's together" : "")
  }
}

extension CSource {
  /// From raw bytes, and from floats, to an input's elements.
  static func inputFunctions(_ model: CModel, _ index: Int) -> [String] {
    let input = CInput(model, index)
    let stored = input.tensor.type.isOfWords
      ? "" : "\n * An element is x / \(literal(input.tensor.scale)) + (\(input.tensor.zeroPoint)), rounded."
    return [
      "", "/* Input \(index)\(called(model.inputNames, index)) from bytes, \(input.words):", " * \(words(input.transform.ofBytes))\(stored)",
      " * \(input.transform.isTold ? "As the blob says, or who wrote this." : "Nothing is said of scale and mean: bytes are parts of 255, as kinglet takes images.") */",
    ] + bytes(input)
      + ["", "/* From numbers, in the input's own order: \(words(input.transform.ofNumbers)) */"] + floats(input)
  }

  private static func words(_ rule: CModel.Transform.Rule) -> String {
    if rule.isIdentity { return "x is the number as it is." }
    return rule.count == 1
      ? "x = (raw - \(signed(rule.means[0]))) * \(signed(rule.scales[0]))."
      : "x = (raw - mean) * scale, mean \(list(rule.means)) and scale \(list(rule.scales)) by channel."
  }

  private static func bytes(_ input: CInput) -> [String] {
    let rule = input.transform.ofBytes
    let maps = input.tensor.type.isOfWords ? [] : input.maps
    var body: [String] = []
    if maps.isEmpty {
      body = scaling(rule) + loop(input, scaled(input, rule, "(float)\(input.byte)"))
    } else if maps.count == 1, maps[0].enumerated().allSatisfy({ $1 - $0 == maps[0][0] }) {
      body = loop(input, maps[0][0] == 0 ? input.byte : "(\(input.type))((int32_t)\(input.byte) + (\(maps[0][0])))")
    } else {
      body = table(input, maps) + loop(input, "elements[\(maps.count > 1 ? input.channelOfElement : "0")][\(input.byte)]")
    }
    return function("void \(input.symbol)_from_bytes(\(input.type) *input, const uint8_t *raw)", body)
  }

  private static func floats(_ input: CInput) -> [String] {
    let (name, rule) = ("void \(input.symbol)_from_floats(\(input.type) *input, const float *numbers)", input.transform.ofNumbers)
    let number = scaled(input, rule, "numbers[i]")
    guard !input.tensor.type.isOfWords else { return function(name, scaling(rule) + loop(input, number)) }
    return element(input) + function(name, scaling(rule) + loop(input, "\(input.symbol)_element(\(number))"))
  }

  /// The rule of numbers to bytes: Formats/Blob.md, "Element types".
  private static func element(_ input: CInput) -> [String] {
    let (least, most) = input.tensor.type == .int8 ? (-128, 127) : (0, 255)
    let zero = input.tensor.zeroPoint
    return function(
      "\(input.type) \(input.symbol)_element(float number)",
      [
        "const float shifted = number * \(literal(1 / input.tensor.scale)) + 0.5f;",
        "int32_t whole;",
        "if (shifted != shifted) return 0; /* no number */",
        "if (shifted <= \(literal(Float(least - zero)))) return (\(input.type))\(least);",
        "if (shifted >= \(literal(Float(most - zero)))) return (\(input.type))\(most);",
        "whole = (int32_t)shifted;",
        "if ((float)whole > shifted) whole--; /* down, not towards 0 */",
        "return (\(input.type))(whole + (\(zero)));",
      ])
  }

  private static func loop(_ input: CInput, _ value: String) -> [String] {
    ["uint32_t i;", "for (i = 0; i < \(input.macro)_ELEMENTS; i++) input[i] = \(value);"]
  }

  /// Scales and means of channels that have their own.
  private static func scaling(_ rule: CModel.Transform.Rule) -> [String] {
    guard rule.count > 1 else { return [] }
    return [
      "static const float means[] = {\(list(rule.means))};", "static const float scales[] = {\(list(rule.scales))};",
    ]
  }

  private static func scaled(_ input: CInput, _ rule: CModel.Transform.Rule, _ number: String) -> String {
    if rule.count > 1 { return "(\(number) - means[\(input.channelOfElement)]) * scales[\(input.channelOfElement)]" }
    let (mean, scale) = (rule.means[0], rule.scales[0])
    let centred = mean == 0 ? number : "(\(number) - \(signed(mean)))"
    return scale == 1 ? centred : "\(centred) * \(signed(scale))"
  }

  private static func table(_ input: CInput, _ maps: [[Int]]) -> [String] {
    let rows = maps.map { map in
      stride(from: 0, to: 256, by: 16).map { "     " + map[$0..<$0 + 16].map(String.init).joined(separator: ", ") }
        .joined(separator: ",\n")
    }
    return ["static const \(input.type) elements[\(maps.count)][256] = { /* of each byte */"]
      + rows.map { "  {\n\($0)}," } + ["};"]
  }

  /// A function of a header: C99 and C++.
  static func function(_ head: String, _ body: [String]) -> [String] {
    ["static inline \(head) {"] + body.map { "  " + $0 } + ["}"]
  }

  static func list(_ values: [Float]) -> String { values.map(literal).joined(separator: ", ") }

  private static func signed(_ value: Float) -> String { value < 0 ? "(\(literal(value)))" : literal(value) }
}
