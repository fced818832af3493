/// A network's front of bytes and divergence as one page: the drawing, and the figures in a table.
///
///     FrontPage(points: points, divergence: "KL").html(title: "LeNet-5")
public struct FrontPage: Sendable {
  /// One point of the front.
  public struct Point: Sendable {
    public let bytes: Double
    public let divergence: Double
    /// In 0...1; nil where the network does not classify.
    public let accuracy: Double?
    /// What each layer is stored as, in a few words.
    public let layers: [String]

    public init(bytes: Double, divergence: Double, accuracy: Double?, layers: [String]) {
      (self.bytes, self.divergence) = (bytes, divergence)
      (self.accuracy, self.layers) = (accuracy, layers)
    }
  }

  private let points: [Point]
  private let layers: [String]

  /// - Parameters:
  ///   - points: in any order, at least one.
  ///   - layers: names, as many as each point has layers.
  public init(points: [Point], layers: [String]) {
    self.points = points.sorted { ($0.bytes, $0.divergence) < ($1.bytes, $1.divergence) }
    self.layers = layers
  }

  /// The whole document, UTF-8 when written; no script, nothing fetched.
  public func html(title: String) -> String {
    let section = Section(
      title: "Bytes against divergence",
      introduction: """
        Each point is a blob: every byte of it against its divergence from the teacher on held-back \
        samples, before tables are trained.
        """,
      figures: [divergenceFigure] + [accuracyFigure].compactMap { $0 })
    return HTMLReport.head(title: title) + "<h1>\(title.escaped)</h1>\n" + section.html
      + "</main>\n</body>\n</html>\n"
  }

  private var x: Axis {
    Axis(title: "blob", scale: .linear(points.map(\.bytes)), unit: .bytes)
  }

  private var divergenceFigure: Figure {
    let samples = points.map { point in
      Sample(
        x: point.bytes, y: point.divergence,
        tip: "\(Numbers.grouped(Int(point.bytes))) bytes: \(Numbers.short(point.divergence))")
    }
    return Figure(
      name: "Divergence", remark: "against bytes of the blob",
      svg: Chart(
        label: "Divergence against bytes", description: "\(points.count) blobs of one network.", x: x,
        y: Axis(
          title: "divergence", scale: .fitting(points.map(\.divergence)), unit: .number),
        marks: [.series(name: "front", samples, .series(0))]
      ).svg(),
      table: DataTable(
        ["bytes", "divergence", "accuracy"] + layers, points, limit: Budget.tableRows
      ) { point in
        [
          Numbers.grouped(Int(point.bytes)), Numbers.short(point.divergence),
          Numbers.percent(point.accuracy),
        ] + point.layers
      })
  }

  private var accuracyFigure: Figure? {
    guard points.contains(where: { $0.accuracy != nil }) else { return nil }
    let samples = points.map { point in
      Sample(
        x: point.bytes, y: point.accuracy,
        tip: "\(Numbers.grouped(Int(point.bytes))) bytes: \(Numbers.percent(point.accuracy))")
    }
    return Figure(
      name: "Accuracy", remark: "against bytes of the blob",
      svg: Chart(
        label: "Accuracy against bytes", description: "\(points.count) blobs of one network.", x: x,
        y: Axis(
          title: "accuracy", scale: .linear(points.compactMap(\.accuracy), within: 0...1),
          unit: .share),
        marks: [.series(name: "front", samples, .series(1))]
      ).svg(),
      table: DataTable(["bytes", "accuracy"], points, limit: Budget.tableRows) { point in
        [Numbers.grouped(Int(point.bytes)), Numbers.percent(point.accuracy)]
      })
  }
}
