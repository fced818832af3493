import Record

/// What retraining gives back: divergence before and after it, accuracy and agreement, and what is
/// lost.
struct DivergenceSection {
  let log: RunRecord

  func section() -> Section {
    Section(
      title: "Retraining and accuracy",
      introduction: """
        Divergence from the teacher after a cycle’s selection and again after its retraining, then \
        \(accuracyWords). What final retraining reached stands at the last sparsity. All of it is measured on \
        \(log.heldBackWords)\(training), by which the student is chosen: what others would show is above.
        """,
      figures: [divergenceFigure, accuracyFigure, lossFigure].compactMap { $0 })
  }

  private var training: String {
    log.run.trainingSamples.map { " beside the \(Numbers.grouped($0)) that are trained on" } ?? ""
  }

  private var accuracyWords: String {
    log.run.isRegression
      ? "what is lost of 1 − RMS(student − teacher) / RMS(teacher), in points"
      : "accuracy, and agreement: the share of inputs answered as the teacher answers them"
  }

  private var x: Axis {
    Axis(
      title: "sparsity",
      scale: .linear(log.cycles.compactMap(\.sparsity), within: 0...1), unit: .share)
  }

  private func samples(
    _ name: String, _ figure: KeyPath<RunRecord.Cycle, Double?>, _ format: (Double?) -> String
  ) -> [Sample] {
    log.cycles.filter { $0.sparsity != nil }.spread(toAtMost: Budget.linePoints).map { cycle in
      let value = cycle[keyPath: figure]
      return Sample(
        x: cycle.sparsity ?? 0, y: value,
        tip: "cycle \(cycle.cycle), \(Numbers.percent(cycle.sparsity, 1)): \(name) "
          + format(value))
    }
  }

  private func finalSamples(
    _ figure: KeyPath<RunRecord.Final, Double?>, _ format: (Double) -> String
  ) -> [Sample] {
    guard let x = log.cycles.last(where: { $0.sparsity != nil })?.sparsity else { return [] }
    return log.finals.spread(toAtMost: 24).compactMap { final in
      final[keyPath: figure].map { value in
        let steps = final.steps.map { ", \(Numbers.grouped($0)) steps" } ?? ""
        return Sample(x: x, y: value, tip: "final\(steps): \(format(value))")
      }
    }
  }

  private var divergenceFigure: Figure? {
    let before = samples("before", \.divergenceBefore, Numbers.short)
    let after = samples("after", \.divergenceAfter, Numbers.short)
    let final = finalSamples(\.divergence, Numbers.short)
    let values = (before + after + final).compactMap(\.y)
    guard !values.isEmpty else { return nil }
    let marks: [Mark] = [
      .series(name: "before retraining", before, .before),
      .series(name: "after", after, .after), .points(name: "final", final, .final),
    ].filter(\.hasFigures)
    return Figure(
      name: "Divergence", remark: "before and after retraining, on \(log.heldBackWords)",
      svg: Chart(
        label: "Divergence before and after retraining",
        description: "Divergence against sparsity, from \(span(values, Numbers.short)).", x: x,
        y: Axis(title: log.divergenceName, scale: .fitting(values), unit: .number), marks: marks
      ).svg(),
      table: divergenceTable)
  }

  private var accuracyFigure: Figure? {
    let accuracy = samples("accuracy", \.accuracy) { Numbers.percent($0) }
    let agreement = samples("agreement", \.agreement) { Numbers.percent($0) }
    let final = finalSamples(\.accuracy) { Numbers.percent($0) }
    let values = (accuracy + agreement + final).compactMap(\.y)
    guard !values.isEmpty else { return nil }
    let teacher = log.run.teacherAccuracy
    var marks: [Mark] = teacher.map {
      [.level($0, name: "teacher \(Numbers.percent($0))")]
    } ?? []
    marks += [
      .series(name: "accuracy", accuracy, .accuracy),
      .series(name: "agreement", agreement, .agreement),
      .points(name: "final", final, .final),
    ].filter(\.hasFigures)
    let all = values + (teacher.map { [$0] } ?? [])
    return Figure(
      name: "Accuracy", remark: "and agreement with the teacher, on \(log.heldBackWords)",
      svg: Chart(
        label: "Accuracy and agreement",
        description: "Shares against sparsity, from \(span(values) { Numbers.percent($0) }).", x: x,
        y: Axis(
          title: "accuracy",
          scale: .linear(all, within: -RecordLimits.magnitude...1), unit: .share), marks: marks
      ).svg(),
      table: accuracyTable)
  }

  private var lossName: String { (log.run.lossName ?? "points lost").clipped(to: 40) }

  private var lossFigure: Figure? {
    let lost = samples("lost", \.loss, Numbers.short)
    let final = finalSamples(\.loss, Numbers.short)
    let values = (lost + final).compactMap(\.y)
    guard !values.isEmpty else { return nil }
    let marks: [Mark] = [
      .series(name: "after retraining", lost, .after), .points(name: "final", final, .final),
    ].filter(\.hasFigures)
    return Figure(
      name: "Loss", remark: "\(lossName), on \(log.lossWords)",
      svg: Chart(
        label: "Loss", description: "Points against sparsity, from \(span(values, Numbers.short)).",
        x: x, y: Axis(
          title: lossName, scale: .linear(values, within: -RecordLimits.magnitude...RecordLimits.magnitude),
          unit: .number), marks: marks
      ).svg(),
      table: DataTable(["cycle", "sparsity", lossName], log.cycles, limit: Budget.tableRows) { cycle in
        [String(cycle.cycle), Numbers.percent(cycle.sparsity), Numbers.short(cycle.loss)]
      })
  }

  private func span(_ values: [Double], _ format: (Double) -> String) -> String {
    "\(format(values.min() ?? 0)) to \(format(values.max() ?? 0))"
  }

  private var divergenceTable: DataTable {
    DataTable(
      ["cycle", "sparsity", "before", "after", "trials", "steps"], log.cycles,
      limit: Budget.tableRows
    ) { cycle in
      [
        String(cycle.cycle), Numbers.percent(cycle.sparsity),
        Numbers.short(cycle.divergenceBefore), Numbers.short(cycle.divergenceAfter),
        Numbers.grouped(cycle.trialCount), Numbers.grouped(cycle.steps),
      ]
    }
  }

  private var accuracyTable: DataTable {
    DataTable(
      ["cycle", "sparsity", "accuracy", "agreement"], log.cycles, limit: Budget.tableRows
    ) { cycle in
      [
        String(cycle.cycle), Numbers.percent(cycle.sparsity),
        Numbers.percent(cycle.accuracy, cycle.intervals?.edgeAccuracy),
        Numbers.percent(cycle.agreement, cycle.intervals?.agreement),
      ]
    }
  }
}

extension Look {
  fileprivate static let before = Look(colour: 1, dash: 1, marker: .triangle, isFilled: false)
  fileprivate static let after = Look(colour: 0, dash: 0, marker: .circle, isFilled: true)
  fileprivate static let final = Look(colour: 2, dash: 0, marker: .diamond, isFilled: true)
  fileprivate static let accuracy = Look(colour: 0, dash: 0, marker: .circle, isFilled: true)
  fileprivate static let agreement = Look(colour: 3, dash: 1, marker: .square, isFilled: false)
}
