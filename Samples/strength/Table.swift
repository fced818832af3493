// Rows to a table: means over seeds, and paired differences from a reference.

import Foundation

/// The rows of one or more files.
struct Table {
  private let rows: [Row]

  init(files: [String]) throws {
    rows = try files.flatMap { path -> [Row] in
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw Failure("\(path) cannot be read")
      }
      return try text.split(separator: "\n").map {
        try JSONDecoder().decode(Row.self, from: Data($0.utf8))
      }
    }
  }

  /// For each experiment one table of accuracies and one of divergences. Beside a mean stands its
  /// paired difference from the learned method: mean over the seeds, plus or minus one standard error.
  var markdown: String {
    var experiments: [String] = []
    for row in rows where !experiments.contains(row.experiment) { experiments.append(row.experiment) }
    return experiments.map { name in
      let part = rows.filter { $0.experiment == name }
      return "### \(name)\n\nTest accuracy, %; in brackets the paired difference of `learned`.\n\n"
        + grid(part, digits: 2) { 100 * $0.accuracy }
        + "\nKL divergence from the teacher on the test samples, millinats.\n\n"
        + grid(part, digits: 2) { 1000 * $0.divergence }
    }.joined(separator: "\n")
  }

  private func grid(_ rows: [Row], digits: Int, _ value: (Row) -> Double) -> String {
    let sparsities = Set(rows.map(\.sparsity)).sorted()
    var methods: [String] = []
    for row in rows where !methods.contains(row.method) { methods.append(row.method) }
    var text = "| method | seeds |"
    for sparsity in sparsities { text += String(format: " %.0f %% |", 100 * sparsity) }
    text += "\n|---|---|" + sparsities.map { _ in "---|" }.joined() + "\n"
    for method in methods {
      let seeds = Set(rows.filter { $0.method == method }.map(\.seed))
      text += "| \(method) | \(seeds.count) |"
      for sparsity in sparsities {
        func values(_ name: String) -> [UInt64: Double] {
          rows.filter { $0.method == name && $0.sparsity == sparsity }
            .reduce(into: [:]) { $0[$1.seed] = value($1) }
        }
        let own = values(method)
        text += " " + String(format: "%.*f", digits, mean(Array(own.values)))
        let best = values("learned")
        let pairs = own.keys.sorted().compactMap { seed in best[seed].map { $0 - (own[seed] ?? 0) } }
        if method != "learned", pairs.count > 1 {
          text += String(format: " (%+.*f ± %.*f)", digits, mean(pairs), digits, standardError(pairs))
        }
        text += " |"
      }
      text += "\n"
    }
    return text
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(values.count, 1))
  }

  private func standardError(_ values: [Double]) -> Double {
    let mean = mean(values)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    return (variance / Double(values.count)).squareRoot()
  }
}
