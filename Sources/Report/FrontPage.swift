import Record

/// A network's front of bytes and divergence as one page: the drawing, and the figures in a table.
///
///     FrontPage(points: points, layers: names, lossName: "points of accuracy lost").html(title: "LeNet-5")
public struct FrontPage: Sendable {
  /// One point of the front.
  public struct Point: Sendable {
    public let bytes: Double
    public let divergence: Double
    /// In percentage points of what the page is told.
    public let loss: Double
    /// What each layer is stored as, in a few words.
    public let layers: [String]

    public init(bytes: Double, divergence: Double, loss: Double, layers: [String]) {
      (self.bytes, self.divergence) = (bytes, divergence)
      (self.loss, self.layers) = (loss, layers)
    }
  }

  private let points: [Point]
  private let layers: [String]
  private let lossName: String

  /// - Parameters:
  ///   - points: in any order, at least one.
  ///   - layers: names, as many as each point has layers.
  ///   - lossName: what points lose, such as "points of accuracy lost".
  public init(points: [Point], layers: [String], lossName: String) {
    self.points = points.sorted { ($0.bytes, $0.divergence) < ($1.bytes, $1.divergence) }
    (self.layers, self.lossName) = (layers, lossName)
  }

  /// The whole document, UTF-8 when written; no script, nothing fetched.
  public func html(title: String) -> String {
    let section = Section(
      title: "Bytes against divergence",
      introduction: """
        Each point is a blob: every byte of it against its divergence from the teacher on held-back \
        samples, before tables are trained.
        """,
      figures: [divergenceFigure, lossFigure])
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
        ["bytes", "divergence", lossName] + layers, points, limit: Budget.tableRows
      ) { point in
        [
          Numbers.grouped(Int(point.bytes)), Numbers.short(point.divergence),
          Numbers.short(point.loss),
        ] + point.layers
      })
  }

  private var lossFigure: Figure {
    let samples = points.map { point in
      Sample(
        x: point.bytes, y: point.loss,
        tip: "\(Numbers.grouped(Int(point.bytes))) bytes: \(Numbers.short(point.loss)) \(lossName)")
    }
    return Figure(
      name: "Loss", remark: "\(lossName), against bytes of the blob",
      svg: Chart(
        label: "Loss against bytes", description: "\(points.count) blobs of one network.", x: x,
        y: Axis(
          title: lossName,
          scale: .linear(
            points.map(\.loss).filter(\.isFinite), within: -RecordLimits.magnitude...RecordLimits.magnitude),
          unit: .number),
        marks: [.series(name: "front", samples, .series(1))]
      ).svg(),
      table: DataTable(["bytes", lossName], points, limit: Budget.tableRows) { point in
        [Numbers.grouped(Int(point.bytes)), Numbers.short(point.loss)]
      })
  }
}
