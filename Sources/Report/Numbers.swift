import Foundation

// Numbers as the page prints them: the same on every machine, whatever its language.

package enum Numbers {
  /// With `decimals` digits after the point.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", value)
    let isZero = text.allSatisfy { "-0.".contains($0) }
    return text.hasPrefix("-") ? (isZero ? String(text.dropFirst()) : "−" + text.dropFirst()) : text
  }

  /// 235200 as 235,200.
  package static func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "−" : "") + String(text.reversed())
  }

  /// Three significant digits, with a power of ten where that is shorter: 0.0123, 1.23×10⁻⁵.
  package static func short(_ value: Double) -> String {
    let size = abs(value)
    guard size > 0 else { return "0" }
    guard size < 1e6, size >= 9.995e-4 else { return scientific(value, digits: 3) }
    let decimals = max(0, 2 - Int(log10(size).rounded(.down)))
    return trimmed(fixed(value, decimals))
  }

  /// The least writing of `value` with at most `digits` digits, as 2×10⁻⁵ or 10⁻⁵.
  package static func scientific(_ value: Double, digits: Int) -> String {
    guard value != 0 else { return "0" }
    let parts = String(format: "%.\(digits - 1)e", value).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return String(value) }
    let mantissa = trimmed(String(parts[0])).replacingOccurrences(of: "-", with: "−")
    let power = "10" + superscript(exponent)
    if mantissa == "1" || mantissa == "−1" { return mantissa.dropLast() + power }
    return mantissa + "×" + power
  }

  /// 0.9821 as 98.21 %; fewer decimals where the share is whole.
  package static func percent(_ share: Double, _ decimals: Int = 2) -> String {
    abs(share) < 1e4 ? fixed(share * 100, decimals) + "\u{202F}%" : short(share * 100) + "\u{202F}%"
  }

  package static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<10: return fixed(seconds, 1) + " s"
    case ..<120: return fixed(seconds, 0) + " s"
    case ..<7200: return fixed(seconds / 60, 1) + " min"
    case ..<1e9: return fixed(seconds / 3600, 1) + " h"
    default: return short(seconds / 3600) + " h"
    }
  }

  /// A place in a drawing, to a tenth.
  package static func place(_ value: Double) -> String {
    precondition(value.isFinite && abs(value) < 1e6, "a place outside every drawing")
    let tenths = Int((value * 10).rounded())
    let size = tenths.magnitude
    let whole = (tenths < 0 ? "-" : "") + String(size / 10)
    return size % 10 == 0 ? whole : whole + "." + String(size % 10)
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    let digits = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(digits.reversed())
  }

  private static func superscript(_ value: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let text = String(value.magnitude).compactMap(\.wholeNumberValue).map { digits[$0] }
    return (value < 0 ? "⁻" : "") + String(text)
  }
}

/// A figure that the record does not give is a dash.
extension Numbers {
  package static let absent = "–"

  package static func short(_ value: Double?) -> String { value.map { short($0) } ?? absent }
  package static func grouped(_ value: Int?) -> String { value.map { grouped($0) } ?? absent }
  package static func percent(_ share: Double?, _ decimals: Int = 2) -> String {
    share.map { percent($0, decimals) } ?? absent
  }
}
