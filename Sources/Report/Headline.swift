import Record

/// The top of the page: what was run, and the figures that one looks for first.
struct Headline {
  let title: String
  let log: RunRecord

  var html: String {
    "<header>\n<h1>\(title.escaped)</h1>\n" + misfit + "<p class=\"by\">\(line.escaped)</p>\n" + command + "<dl>\n"
      + figures.map { "<div><dt>\($0.name)</dt><dd>\($0.value.escaped)</dd></div>\n" }.joined()
      + "</dl>\n" + (log.end?.evaluatedOn.map { "<p class=\"note\">Accuracy on \($0.escaped).</p>\n" } ?? "")
      + log.notes.map { "<p class=\"note\">\(words($0).escaped)</p>\n" }.joined()
      + "</header>\n"
  }

  /// That the blob does not fit its target, where that is so.
  private var misfit: String {
    guard let die = log.die, !die.fits else { return "" }
    let memories = die.shortages.map { "\(Numbers.grouped($0.missingBytes)) bytes too many for its \($0.memory)" }
    return "<p class=\"misfit\"><strong>The blob does not fit \(die.target.escaped)</strong>: \(memories.joined(separator: ", ").escaped).</p>\n"
  }

  private var line: String {
    let run = log.run
    let parts: [String?] = [
      run.model, run.isRegression ? "regression" : "classification",
      run.method.map { "candidate sets: \($0)" }, run.divergence.map { "divergence: \($0)" },
      run.seed.map { "seed \($0)" },
      run.teacherParameters.map { "\(Numbers.grouped($0)) teacher parameters" },
      run.tool.map { "kinglet \($0)" }, run.written.map(Self.moment),
    ]
    return parts.compactMap { $0 }.joined(separator: " · ")
  }

  /// What the run was told, to be told again.
  private var command: String {
    log.run.command.map { "<p class=\"command\"><code>\($0.escaped)</code></p>\n" } ?? ""
  }

  /// 2026-11-30T06:30:00Z as 2026-11-30 06:30 UTC; anything else as it is.
  private static func moment(_ written: String) -> String {
    let parts = written.split(separator: "T")
    guard parts.count == 2, parts[0].count == 10, parts[1].count == 9, parts[1].last == "Z" else { return written.clipped(to: 40) }
    return "\(parts[0]) \(parts[1].prefix(5)) UTC"
  }

  private var figures: [(name: String, value: String)] {
    let end = log.end
    return [
      ("sparsity", Numbers.percent(sparsity, 1)),
      ("bytes", Numbers.grouped(end?.blobBytes)),
      ("ratio", ratio.map { Numbers.short($0) + "×" } ?? Numbers.absent),
      ("teacher accuracy" + Numbers.aside(end?.intervals?.teacherAccuracy), Numbers.percent(log.teacherAccuracy)),
      ("edge accuracy" + Numbers.aside(end?.intervals?.edgeAccuracy), Numbers.percent(end?.edgeAccuracy)),
    ] + (end?.floatAccuracy.map { [("the same in float32" + Numbers.aside(end?.floatInterval), Numbers.percent($0))] } ?? []) + [
      (log.lossName.escaped, Numbers.short(end?.loss)),
      ("cycles", Numbers.grouped(log.cycles.count)),
      ("time", seconds.map(Numbers.duration) ?? Numbers.absent),
    ]
  }

  /// At the end, or as far as the run has come.
  var sparsity: Double? { log.end?.sparsity ?? log.cycles.last { $0.sparsity != nil }?.sparsity }

  /// As recorded, or 4 bytes a teacher parameter over the blob's bytes.
  var ratio: Double? {
    if let ratio = log.end?.ratio { return ratio }
    guard let bytes = log.end?.blobBytes, bytes > 0, let parameters = log.run.teacherParameters
    else { return nil }
    return 4 * Double(parameters) / Double(bytes)
  }

  /// Of the whole run, or of as much of it as is told: its cycles and its final retraining.
  var seconds: Double? {
    if let whole = log.end?.seconds { return whole }
    let all = log.cycles.compactMap(\.seconds) + log.finals.compactMap(\.seconds)
    return all.isEmpty ? nil : all.reduce(0, +)
  }

  private func words(_ note: RunRecord.Note) -> String {
    switch note {
    case .lastLineDamaged(let line):
      "Line \(line) of the record, its last, is cut short and left out: the run was stopped while"
        + " it wrote."
    case .cycleAgain(let line, let cycle):
      "The run was resumed: from line \(line) the record tells cycle \(cycle) again, and that"
        + " account is shown."
    case .unknownRecords(let count):
      "\(Numbers.grouped(count)) lines of the record are of a kind not known here and left out."
    }
  }
}

extension Numbers {
  /// An interval of percents behind a name, as ", 89.8–96.5"; nothing where it is not known.
  static func aside(_ interval: RunRecord.Interval?) -> String {
    guard let low = interval?.low, let high = interval?.high else { return "" }
    return ", \(fixed(100 * low, 1))–\(fixed(100 * high, 1))"
  }

  /// With its interval where that is known, as 94.00 % (89.8–96.5).
  static func percent(_ share: Double?, _ interval: RunRecord.Interval?) -> String {
    guard let share, let low = interval?.low, let high = interval?.high else { return percent(share) }
    return "\(percent(share)) (\(fixed(100 * low, 1))–\(fixed(100 * high, 1)))"
  }
}

extension RunRecord {
  var teacherAccuracy: Double? { end?.teacherAccuracy ?? run.teacherAccuracy }

  /// The samples that figures of cycles are of, in words: "1,000 held-back samples".
  var heldBackWords: String { run.heldBackSamples.map { "\(Numbers.grouped($0)) held-back samples" } ?? "held-back samples" }

  /// The same of losses, which others may count in.
  var lossWords: String {
    heldBackWords + (run.otherSamples.map { ", or more with \(Numbers.grouped($0)) others of the data" } ?? "")
  }

  /// What is lost at the end, or else in cycles.
  var lossName: String { (end?.lossName ?? run.lossName ?? "points lost").clipped(to: 40) }

  /// The title of an axis of divergences.
  var divergenceName: String {
    let names = ["kl": "KL divergence", "mse": "MSE"]
    return run.divergence.map { names[$0.lowercased()] ?? $0.clipped(to: 40) } ?? "divergence"
  }
}
