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
    /// Samples answered rightly, or as the teacher does, 0...1, with their 95 % interval, and which of both; nil where numbers are
    /// the answer.
    public let share: Double?
    public let interval: ClosedRange<Double>?
    public let shareName: String

    public init(
      bytes: Double, divergence: Double, loss: Double, layers: [String], share: Double? = nil, interval: ClosedRange<Double>? = nil,
      shareName: String = "agreement"
    ) {
      (self.bytes, self.divergence) = (bytes, divergence)
      (self.loss, self.layers) = (loss, layers)
      (self.share, self.interval, self.shareName) = (share, interval, shareName)
    }
  }

  private let points: [Point]
  private let trained: [Point]
  private let layers: [String]
  private let lossName: String

  /// - Parameters:
  ///   - points: in any order, at least one, tables as they are placed.
  ///   - trained: some of these with their tables trained.
  ///   - layers: names, as many as each point has layers.
  ///   - lossName: what points lose, such as "points of accuracy lost".
  public init(points: [Point], trained: [Point] = [], layers: [String], lossName: String) {
    self.points = points.sorted { ($0.bytes, $0.divergence) < ($1.bytes, $1.divergence) }
    self.trained = trained.sorted { ($0.bytes, $0.divergence) < ($1.bytes, $1.divergence) }
    (self.layers, self.lossName) = (layers, lossName)
  }

  /// The whole document, UTF-8 when written; no script, nothing fetched.
  public func html(title: String) -> String {
    let section = Section(
      title: "Bytes against divergence",
      introduction: """
        Each point is a blob: every byte of it against its divergence from the teacher on held-back \
        samples, before tables are trained.\
        \(trained.isEmpty ? "" : " Diamonds are blobs whose tables were trained, as they are then delivered.")\
        \(priceWords)
        """,
      figures: [divergenceFigure, lossFigure] + (shareFigure.map { [$0] } ?? []))
    return HTMLReport.head(title: title) + "<h1>\(title.escaped)</h1>\n" + section.html
      + "</main>\n</body>\n</html>\n"
  }

  /// What the first kilobyte above the smallest blob buys, and the last one below the largest.
  private var priceWords: String {
    let prices = points.indices.compactMap { price(after: $0) }
    guard let first = prices.first, let last = prices.last, prices.count > 1 else { return "" }
    return " One more kilobyte (1,000 bytes) saves \(KilobyteFigure.saving(first, of: lossName.escaped)) at the smallest, "
      + "\(KilobyteFigure.saving(last, of: lossName.escaped)) at the largest; the table of losses has it for each."
  }

  /// Points that a kilobyte more would save, from one point of the front to the next.
  private func price(after index: Int) -> Double? {
    guard index + 1 < points.count, points[index + 1].bytes > points[index].bytes else { return nil }
    let (here, next) = (points[index], points[index + 1])
    let price = (here.loss - next.loss) / ((next.bytes - here.bytes) / 1000)
    return price.isFinite ? price : nil
  }

  private var x: Axis {
    Axis(title: "blob", scale: .linear((points + trained).map(\.bytes)), unit: .bytes)
  }

  /// The front as a line and what training makes of it as markers, of one figure of each point.
  private func marks(_ look: Int, _ name: String, _ figure: (Point) -> Double?) -> [Mark] {
    func samples(_ points: [Point]) -> [Sample] {
      points.map { point in
        let y = figure(point)
        return Sample(
          x: point.bytes, y: y, tip: "\(Numbers.grouped(Int(point.bytes))) bytes: \(y.map(Numbers.short) ?? "-") \(name)")
      }
    }
    return [.series(name: "front", samples(points), .series(look))]
      + (trained.isEmpty ? [] : [.points(name: "tables trained", samples(trained), .series(3))])
  }

  private var divergenceFigure: Figure {
    Figure(
      name: "Divergence", remark: "against bytes of the blob",
      svg: Chart(
        label: "Divergence against bytes", description: "\(points.count) blobs of one network.", x: x,
        y: Axis(title: "divergence", scale: .fitting((points + trained).map(\.divergence)), unit: .number),
        marks: marks(0, "divergence") { $0.divergence }
      ).svg(),
      table: DataTable(
        ["bytes", "tables", "divergence", lossName] + layers, rows, limit: Budget.tableRows
      ) { point, tables in
        [Numbers.grouped(Int(point.bytes)), tables, Numbers.short(point.divergence), Numbers.short(point.loss)] + point.layers
      })
  }

  private var rows: [(Point, String)] { points.map { ($0, "placed") } + trained.map { ($0, "trained") } }

  /// With what a kilobyte more would save.
  private var pricedRows: [(Point, String, Double?)] {
    points.indices.map { (points[$0], "placed", price(after: $0)) } + trained.map { ($0, "trained", nil) }
  }

  private var lossFigure: Figure {
    Figure(
      name: "Loss", remark: "\(lossName), against bytes of the blob",
      svg: Chart(
        label: "Loss against bytes", description: "\(points.count) blobs of one network.", x: x,
        y: Axis(
          title: lossName,
          scale: .linear(
            (points + trained).map(\.loss).filter(\.isFinite), within: -RecordLimits.magnitude...RecordLimits.magnitude),
          unit: .number),
        marks: marks(1, lossName) { $0.loss }
      ).svg(),
      table: DataTable(["bytes", "tables", lossName, "a kilobyte more saves"], pricedRows, limit: Budget.tableRows) { point, tables, price in
        [Numbers.grouped(Int(point.bytes)), tables, Numbers.short(point.loss), Numbers.short(price)]
      })
  }

  /// Right answers with their intervals; nil where numbers are the answer.
  private var shareFigure: Figure? {
    let name = points.first?.shareName ?? ""
    let intervals = points.compactMap { point in
      point.interval.map { Interval(x: point.bytes, low: 100 * $0.lowerBound, high: 100 * $0.upperBound) }
    }
    let shares = (points + trained).compactMap(\.share).map { 100 * $0 }
    guard !shares.isEmpty, intervals.count == points.count else { return nil }
    return Figure(
      name: name.prefix(1).uppercased() + name.dropFirst(), remark: "percent of held-back samples, with 95 % intervals",
      svg: Chart(
        label: "\(name) against bytes", description: "\(points.count) blobs of one network.", x: x,
        y: Axis(title: "\(name), %", scale: .linear(shares + intervals.flatMap { [$0.low, $0.high] }), unit: .number),
        marks: [.band(intervals, name: "95 % interval")] + marks(2, name) { $0.share.map { 100 * $0 } }
      ).svg(),
      table: DataTable(["bytes", "tables", name, "95 % from", "to"], rows, limit: Budget.tableRows) { point, tables in
        [Numbers.grouped(Int(point.bytes)), tables]
          + [point.share, point.interval?.lowerBound, point.interval?.upperBound].map { $0.map { Numbers.short(100 * $0) } ?? "-" }
      })
  }
}
