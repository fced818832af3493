import Record

/// Several runs on one page: what each came to in a table, and their ways there in the same charts.
///
///     ComparisonPage(records).html(title: "A sweep of sparsities")
public struct ComparisonPage: Sendable {
  /// Beyond these, lines of one chart cannot be told apart.
  public static let mostRuns = 16

  private let runs: [RunRecord]

  /// - Parameter runs: 1 to ``mostRuns``, named apart, in the order in which they are to stand.
  public init(_ runs: [RunRecord]) { self.runs = runs }

  /// The whole document, UTF-8 when written; no script, nothing fetched.
  public func html(title: String) -> String {
    HTMLReport.head(title: title) + "<header>\n<h1>\(title.escaped)</h1>\n</header>\n" + table
      + Section(
        title: "Ways there", introduction: "One line a run: after each cycle’s retraining, on samples held back.",
        figures: [
          wayFigure("Divergence", axis: divergenceName, \.divergenceAfter), wayFigure("Loss", axis: lossName, \.loss), endFigure,
        ].compactMap { $0 }
      ).html + "</main>\n</body>\n</html>\n"
  }

  /// What all runs call it, or else a word that holds for each.
  private func common(_ name: (RunRecord) -> String, else other: String) -> String {
    let names = Set(runs.map(name))
    return names.count == 1 ? names.first ?? other : other
  }

  private var divergenceName: String { common(\.divergenceName, else: "divergence") }
  private var lossName: String { common(\.lossName, else: "points lost") }

  private var table: String {
    let columns = [
      "run", "model", "candidate sets", "zeros", "bytes", "ratio", "edge accuracy", lossName, "on the target", "cycles", "time",
    ]
    let rows = runs.map { run -> [String] in
      let figures = Headline(title: "", log: run)
      return [
        run.name, run.run.model ?? Numbers.absent, run.run.method ?? Numbers.absent, Numbers.percent(figures.sparsity, 1),
        Numbers.grouped(run.end?.blobBytes), figures.ratio.map { Numbers.short($0) + "×" } ?? Numbers.absent,
        Numbers.percent(run.end?.edgeAccuracy, run.end?.intervals?.edgeAccuracy), Numbers.short(run.end?.loss),
        run.die.map { $0.fits ? "fits" : "does not fit" } ?? Numbers.absent, Numbers.grouped(run.cycles.count),
        figures.seconds.map(Numbers.duration) ?? Numbers.absent,
      ]
    }
    let head = columns.map { "<th scope=\"col\">\($0.escaped)</th>" }.joined()
    let body = rows.map { "<tr>" + $0.map { "<td>\($0.escaped)</td>" }.joined() + "</tr>" }.joined(separator: "\n")
    return "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>\(head)</tr></thead>\n<tbody>\(body)</tbody></table></div>\n"
  }

  /// A figure of each cycle against zeros; nil where no run tells it.
  private func wayFigure(_ name: String, axis: String, _ figure: KeyPath<RunRecord.Cycle, Double?>) -> Figure? {
    let ways = runs.map { run in
      run.cycles.filter { $0.sparsity != nil }.spread(toAtMost: Budget.linePoints).map { cycle in
        Sample(
          x: cycle.sparsity ?? 0, y: cycle[keyPath: figure],
          tip: "\(run.name), cycle \(cycle.cycle), \(Numbers.percent(cycle.sparsity, 1)): \(Numbers.short(cycle[keyPath: figure]))")
      }
    }
    let values = ways.joined().compactMap(\.y)
    guard !values.isEmpty else { return nil }
    let bounds = -RecordLimits.magnitude...RecordLimits.magnitude
    let marks = zip(runs, ways).enumerated().map { Mark.series(name: $1.0.name.clipped(to: 28), $1.1, .series($0)) }
    return Figure(
      name: name, remark: "\(axis), against zeros",
      svg: Chart(
        label: "\(name) of \(runs.count) runs", description: "\(axis) against sparsity, a line for each run.",
        x: Axis(title: "sparsity", scale: .linear(ways.joined().map(\.x), within: 0...1), unit: .share),
        y: Axis(
          title: axis, scale: values.allSatisfy { $0 > 0 } ? .fitting(values) : .linear(values, within: bounds), unit: .number),
        marks: marks.filter(\.hasFigures)
      ).svg(),
      table: DataTable(
        ["run", "cycle", "sparsity", axis], runs.flatMap { run in run.cycles.map { (run.name, $0) } }, limit: Budget.tableRows
      ) { name, cycle in
        [name, String(cycle.cycle), Numbers.percent(cycle.sparsity), Numbers.short(cycle[keyPath: figure])]
      })
  }

  /// What is lost against bytes of the blob; nil where fewer than two runs ended in one.
  private var endFigure: Figure? {
    let ends = runs.enumerated().compactMap { number, run -> (number: Int, name: String, bytes: Double, loss: Double)? in
      guard let bytes = run.end?.blobBytes, let loss = run.end?.loss else { return nil }
      return (number, run.name, Double(bytes), loss)
    }
    guard ends.count > 1 else { return nil }
    let marks = ends.map { end in
      Mark.points(
        name: end.name.clipped(to: 28),
        [Sample(
          x: end.bytes, y: end.loss,
          tip: "\(end.name): \(Numbers.grouped(Int(end.bytes))) bytes, \(Numbers.short(end.loss)) \(lossName)")], .series(end.number))
    }
    return Figure(
      name: "Bytes and loss", remark: "each run’s blob",
      svg: Chart(
        label: "Loss against bytes of \(ends.count) blobs", description: "\(lossName) against bytes of the blob.",
        x: Axis(title: "blob", scale: .linear(ends.map(\.bytes)), unit: .bytes),
        y: Axis(
          title: lossName, scale: .linear(ends.map(\.loss), within: -RecordLimits.magnitude...RecordLimits.magnitude), unit: .number),
        marks: marks
      ).svg(),
      table: DataTable(["run", "bytes", lossName], ends, limit: Budget.tableRows) { end in
        [end.name, Numbers.grouped(Int(end.bytes)), Numbers.short(end.loss)]
      })
  }
}
