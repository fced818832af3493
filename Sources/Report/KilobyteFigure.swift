import Record

/// What one more kilobyte buys: losses of the cycles against the bytes that they left.
struct KilobyteFigure {
  private static let kilobyte = 1000.0

  let log: RunRecord

  /// Why there is no figure, in a sentence; empty where there is one, or too few cycles for one.
  var absence: String {
    guard points.count < 2, log.cycles.count(where: { $0.loss != nil }) > 1 else { return "" }
    return "What a kilobyte buys is not known: the record does not say how many bytes cycles left. Those of a run with a limit of time "
      + "and none of bytes, or of more than 4 million weights, do not."
  }

  /// Nil where fewer than two cycles say both.
  func figure() -> Figure? {
    let points = points
    guard points.count > 1, let last = points.last else { return nil }
    let samples = points.spread(toAtMost: Budget.linePoints).map { point in
      Sample(
        x: point.bytes, y: point.loss,
        tip: "cycle \(point.cycle): \(Numbers.grouped(Int(point.bytes))) bytes, \(Numbers.short(point.loss)) \(name)")
    }
    let price = price(at: last, in: points)
    return Figure(
      name: "What a kilobyte buys",
      remark: "\(name), on \(log.lossWords)" + (price.map { "; near the end one more saves \(Self.saving($0))" } ?? ""),
      svg: Chart(
        label: "Loss against bytes", description: "From \(Numbers.short(points[0].bytes)) to \(Numbers.short(last.bytes)) bytes.",
        x: Axis(title: "blob", scale: .linear(points.map(\.bytes)), unit: .bytes),
        y: Axis(
          title: name, scale: .linear(points.map(\.loss), within: -RecordLimits.magnitude...RecordLimits.magnitude), unit: .number),
        marks: [.series(name: "", samples, .best)]
      ).svg(),
      table: DataTable(["cycle", "bytes", name, "a kilobyte more saves"], points, limit: Budget.tableRows) { point in
        [
          String(point.cycle), Numbers.grouped(Int(point.bytes)), Numbers.short(point.loss),
          Numbers.short(self.price(at: point, in: points)),
        ]
      })
  }

  /// A price in words; where a kilobyte more did not lose less, as samples are few, it saves nothing.
  static func saving(_ price: Double, of name: String = "points") -> String {
    price > 0 ? "\(Numbers.short(price)) \(name)" : "nothing that these samples show"
  }

  private var name: String { (log.run.lossName ?? "points lost").clipped(to: 40) }

  private struct Point {
    let cycle: Int
    let bytes: Double
    let loss: Double
  }

  private var points: [Point] {
    log.cycles.compactMap { cycle in
      guard let bytes = cycle.bytes, let loss = cycle.loss else { return nil }
      return Point(cycle: cycle.cycle, bytes: Double(bytes), loss: loss)
    }
  }

  /// Points a kilobyte, from a cycle back to the nearest that had a kilobyte more; nil where none had.
  private func price(at point: Point, in points: [Point]) -> Double? {
    let before = points.last { $0.cycle < point.cycle && $0.bytes >= point.bytes + Self.kilobyte }
    return before.map { (point.loss - $0.loss) / (($0.bytes - point.bytes) / Self.kilobyte) }
  }
}
