/// What a word that is not known may have been meant for.
enum Suggestion {
  /// The known word that is nearest, where it is near: a few letters off, or the only one that begins so.
  static func nearest(to word: String, among known: [String]) -> String? {
    let beginning = known.filter { $0.hasPrefix(word) }
    if word.count > 1, beginning.count == 1 { return beginning[0] }
    let near = known.map { ($0, distance(Array(word), Array($0))) }.min { $0.1 < $1.1 }
    return near.flatMap { $0.1 <= max(1, min(word.count, $0.0.count) / 3) ? $0.0 : nil }
  }

  /// Letters to put in, to leave out, to change and neighbours to swap: Damerau's and Levenshtein's distance, each place
  /// touched once.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var least = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
