/// A line that shows how far a stage is, and never takes more than one row of a terminal.
struct ProgressBar {
  var stage: String
  var done, total: Int
  var detail, pace: String

  /// As much as there is room for: what is left of the time goes first, then the bar gets shorter, then the detail goes. The
  /// last column stays free, for terminals that begin a new row with it.
  func line(columns: Int) -> String {
    let room = max(1, columns - 1)
    let count = "\(done) of \(total)"
    let candidates = [
      [stage, bar(24), count, detail + "  " + pace], [stage, bar(24), count, detail], [stage, bar(10), count, detail],
      [stage, bar(10), count], [stage, count],
    ].map { $0.filter { !$0.isEmpty }.joined(separator: " ") }
    return candidates.first { $0.count <= room } ?? String((candidates.last ?? stage).prefix(room))
  }

  private func bar(_ width: Int) -> String {
    let filled = total > 0 ? min(max(done, 0), total) * width / total : 0
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
  }
}
