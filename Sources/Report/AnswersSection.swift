import Record

/// What the finished blob answers: the teacher, the student in float32 and the blob on the same samples, and no others.
struct AnswersSection {
  private struct Answers {
    let name: String
    let accuracy: Double
    let interval: RunRecord.Interval?
    let loss: Double?
  }

  let log: RunRecord

  /// Nil where the record has no figures of a blob.
  func section() -> Section? {
    guard let end = log.end, let basis = end.evaluatedOn else { return nil }
    let answers = answers(end)
    guard answers.contains(where: { $0.name != Self.teacher }) else { return nil }
    return Section(
      title: "What the blob answers",
      introduction: "Right answers on the same samples, with 95 % intervals: \(basis.clipped(to: 120).escaped), in the C runtime."
        + (end.floatAccuracy == nil ? "" : " The student in float32 is the network that the blob holds in 8-bit integers."),
      figures: [figure(answers, basis)])
  }

  private static let teacher = "teacher"

  private func answers(_ end: RunRecord.End) -> [Answers] {
    func answers(_ name: String, _ accuracy: Double?, _ interval: RunRecord.Interval?, _ loss: Double?) -> Answers? {
      accuracy.map { Answers(name: name, accuracy: $0, interval: interval, loss: loss) }
    }
    let isInteger = end.floatAccuracy != nil
    return [
      answers(Self.teacher, end.teacherAccuracy, end.intervals?.teacherAccuracy, nil),
      answers("float32 student", end.floatAccuracy, end.floatInterval, end.floatLoss),
      answers(isInteger ? "int8 blob" : "blob", end.edgeAccuracy, end.intervals?.edgeAccuracy, end.loss),
    ].compactMap { $0 }
  }

  private func figure(_ answers: [Answers], _ basis: String) -> Figure {
    let bounds = answers.flatMap { [$0.accuracy, $0.interval?.low, $0.interval?.high].compactMap { $0 } }
    return Figure(
      name: "Accuracy", remark: basis.clipped(to: 120),
      svg: RowsChart(
        label: "Accuracy of teacher and blob",
        description: answers.map { "\($0.name) \(Numbers.percent($0.accuracy))" }.joined(separator: ", ") + ".",
        axis: Axis(title: "accuracy", scale: .linear(bounds, within: -RecordLimits.magnitude...1, count: 3), unit: .share),
        rows: answers.map { answers in
          RowsChart.Row(
            name: answers.name, value: answers.accuracy, interval: answers.interval.flatMap(\.range),
            text: Numbers.percent(answers.accuracy))
        }
      ).svg(),
      table: DataTable(["", "accuracy", "95 % from", "to", log.lossName], answers, limit: Budget.tableRows) { answers in
        [
          answers.name, Numbers.percent(answers.accuracy), Numbers.percent(answers.interval?.low), Numbers.percent(answers.interval?.high),
          Numbers.short(answers.loss),
        ]
      })
  }
}

extension RunRecord.Interval {
  /// Nil where an end is missing, or both are the wrong way round.
  var range: ClosedRange<Double>? {
    guard let low, let high, low <= high else { return nil }
    return low...high
  }
}
