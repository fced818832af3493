// Text that came from outside, made safe to stand in markup: as content and within double quotes.

extension String {
  /// With the five characters of markup replaced, and what XML forbids or what turns the writing
  /// direction shown as U+FFFD.
  package var escaped: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case _ where scalar.isUnwelcome: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// At most `length` characters, some left out early: a layer's path tells most at its end.
  package func clipped(to length: Int) -> String {
    guard count > length else { return self }
    let tail = (length - 1) * 2 / 3
    return prefix(length - 1 - tail) + "…" + suffix(tail)
  }
}

/// Names without the leading and trailing parts, between slashes, that all of them share.
package func distinctParts(of names: [String]) -> [String] {
  let paths = names.map { $0.split(separator: "/", omittingEmptySubsequences: true) }
  guard let first = paths.first, paths.count > 1 else { return names }
  // What is left of each name is one part at least.
  let most = max(0, (paths.map(\.count).min() ?? 0) - 1)
  let head = (0..<most).prefix { at in paths.allSatisfy { $0[at] == first[at] } }.count
  let tail = (0..<most - head).prefix { at in
    paths.allSatisfy { $0[$0.count - 1 - at] == first[first.count - 1 - at] }
  }.count
  return zip(paths, names).map { path, name in
    path.isEmpty ? name : path[head..<path.count - tail].joined(separator: "/")
  }
}

extension Unicode.Scalar {
  fileprivate var isUnwelcome: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F: true  // controls
    case 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction
    case 0x2028...0x2029: true  // line and paragraph separators
    case 0xFFFE...0xFFFF: true  // no characters
    default: false
    }
  }
}
