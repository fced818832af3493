import Compiler

/// How far a stage is: "cycle 3 of 27", or "choice 3" where nobody knows of how many.
struct StageCount {
  var done: Int
  var total: Int?
  var unit: StageUnit

  var text: String { "\(unit.rawValue) \(done)" + (total.map { " of \($0)" } ?? "") }
}

/// A line that shows how far a stage is, and never takes more than one row of a terminal.
struct ProgressBar {
  var stage: String
  var count: StageCount
  var detail, pace: String

  /// As much as there is room for: what is left of the time goes first, then the bar gets shorter, then the detail goes, and
  /// what is counted stays longest. The last column stays free, for terminals that begin a new row with it.
  func line(columns: Int) -> String {
    let room = max(1, columns - 1)
    let said = count.text
    let candidates = [
      [stage, bar(24), said, detail + "  " + pace], [stage, bar(24), said, detail], [stage, bar(10), said, detail],
      [stage, bar(10), said], [stage, said], [said],
    ].map { $0.filter { !$0.isEmpty }.joined(separator: " ") }
    return candidates.first { $0.count <= room } ?? String((candidates.last ?? stage).prefix(room))
  }

  private func bar(_ width: Int) -> String {
    guard let total = count.total else { return "" }
    let filled = total > 0 ? min(max(count.done, 0), total) * width / total : 0
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
  }
}
