import Foundation
import Record
import Report
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct HTMLReportTests {
  private func page(_ text: String, title: String = "A run") throws -> String {
    HTMLReport(try RunRecord(jsonLines: text, name: "run.jsonl")).html(title: title)
  }

  /// The drawings of a page, each a whole element.
  private func drawings(in page: String) -> [Substring] {
    page.split(separator: "<svg").dropFirst().compactMap { part in
      part.range(of: "</svg>").map { part[..<$0.lowerBound] }
    }
  }

  /// What every page must be: well-formed, self-contained, every number finite, every chart named.
  private func check(_ page: String) {
    #expect(XMLParser(data: Data(page.utf8)).parse(), "not well-formed")
    for word in ["http:", "https:", "src=", "url(", "@import", "<script", "<link", "href"] {
      #expect(!page.contains(word), "\(word)")
    }
    for drawing in drawings(in: page) {
      let attributes = drawing.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }
      let paths = attributes.map { $0.element.lowercased() }.filter { $0.hasPrefix("m") }
      #expect(!paths.contains { $0.contains("nan") || $0.contains("inf") })
      #expect(drawing.contains("role=\"img\" aria-label=\""))
      #expect(drawing.contains("<desc>"))
    }
  }

  static let records: [NamedRecord] = [
    NamedRecord("layers", Samples.run(cycles: 20, layers: 3), 3 + 3 + 3 + 4),
    NamedRecord("network", Samples.run(cycles: 20, layers: 3, scope: "network"), 1 + 3 + 3 + 4),
    NamedRecord("one cycle", Samples.run(cycles: 1, layers: 1), 1 + 3 + 1 + 3),
    NamedRecord("not ended", Samples.run(cycles: 5, layers: 2, ended: false), 2 + 3 + 2 + 3),
    NamedRecord("no cycle", Samples.run(cycles: 0, layers: 2, ended: false), 2),
    NamedRecord("nothing", Samples.firstLine, 0),
    NamedRecord("bare cycles", Samples.firstLine + "\n" + #"{"record":"cycle","cycle":3}"#, 0),
    NamedRecord(
      "no trials",
      Samples.firstLine + "\n"
        + #"{"record":"cycle","cycle":3,"layers":[{"layer":"fc1","sparsity":0.5}]}"#, 1
    ),
    NamedRecord(
      "best alone",
      Samples.firstLine + "\n"
        + #"{"record":"cycle","cycle":9007199254740992,"layers":[{"layer":"fc1","sparsity":1,"#
        + #""mean":"nan","best":0}],"sparsity":0,"accuracy":-1e60,"divergenceAfter":1e60}"#, 4
    ),
    NamedRecord(
      "large counts",
      Samples.firstLine + "\n" + #"{"record":"end","layers":["#
        + (0..<2000).map { #"{"name":"\#($0)","bytes":9007199254740992}"# }.joined(separator: ",")
        + "]}", 1
    ),
  ]

  @Test(arguments: records)
  func everyRecordGivesAWholePage(record: NamedRecord) throws {
    let (name, count) = (record.name, record.drawings)
    let page = try page(record.text)
    check(page)
    #expect(drawings(in: page).count == count, "\(name)")
    // A table for each drawing.
    #expect(page.split(separator: "<details>").count - 1 == count)
  }

  @Test func regressionExplainsItsAccuracy() throws {
    let text = Samples.run(cycles: 2, layers: 1)
      .replacingOccurrences(of: "\"classification\"", with: "\"regression\"")
    #expect(try page(text).contains("RMS(student − teacher)"))
  }

  @Test func headlineTellsTheFigures() throws {
    let page = try page(Samples.run(cycles: 3, layers: 2))
    for figure in [
      ">90.0\u{202F}%<", ">8,000<", ">33.2×<", ">98.21\u{202F}%<", ">98.00\u{202F}%<", ">3<",
      ">34 s<",
    ] {
      #expect(page.contains("<dd" + figure + "/dd>"), "\(figure)")
    }
    #expect(page.contains("<dt>points of accuracy lost</dt><dd>0.21</dd>"))
    #expect(page.contains("before: one peak"))
    #expect(page.contains("after: two peaks"))
  }

  @Test func theRatioFollowsWhereItIsAbsent() throws {
    let text = Samples.run(cycles: 1, layers: 1)
      .replacingOccurrences(of: #""ratio":33.2,"#, with: "")
    #expect(try page(text).contains("<dd>133×</dd>"))
  }

  @Test func aCutLineIsSaidOnThePage() throws {
    let page = try page(Samples.firstLine + "\n{\"record\":")
    #expect(page.contains("Line 2 of the record, its last, is cut short"))
  }

  @Test func namesCannotBreakOut() throws {
    let evil = #"</text></svg><script>alert(1)</script>\u0000\"'&"#
    let text = Samples.run(cycles: 3, layers: 2)
      .replacingOccurrences(of: "/f/f.0/Conv", with: evil)
      .replacingOccurrences(of: "\"kl\"", with: "\"<kl>\"")
      .replacingOccurrences(of: "lenet.onnx", with: evil)
    let page = try page(text, title: "</title><script>")
    check(page)
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\u{FFFD}&quot;&#39;&amp;"))
  }

  @Test func longRunsStaySmall() throws {
    let page = try page(Samples.run(cycles: 300, layers: 12))
    check(page)
    #expect(page.utf8.count < 500_000)
    #expect(page.contains("evenly spread cycles"))
  }

  @Test func wideRunsShowTheirLargestLayers() throws {
    let page = try page(Samples.run(cycles: 60, layers: 100))
    check(page)
    #expect(page.contains("The 36 layers with most weights are shown; 64 smaller are not."))
    #expect(page.contains(">65 others<"))
    #expect(page.utf8.count < 1_000_000)
  }

  @Test func theSameRecordGivesTheSamePage() throws {
    let text = Samples.run(cycles: 30, layers: 5)
    #expect(try page(text) == page(text))
  }

  @Test func stylesForDarkAndPrint() throws {
    let page = try page(Samples.firstLine)
    #expect(page.contains("prefers-color-scheme:dark"))
    #expect(page.contains("@media print"))
  }

  @Test func severalRunsAreCompared() throws {
    let texts = [
      Samples.run(cycles: 12, layers: 2), Samples.run(cycles: 5, layers: 2).replacingOccurrences(of: "8000", with: "6000"),
      Samples.run(cycles: 3, layers: 1, ended: false), Samples.firstLine,
    ]
    let runs = try texts.enumerated().map { try RunRecord(jsonLines: $1, name: "<\($0)>.jsonl") }
    let page = ComparisonPage(runs).html(title: "A & B")
    check(page)
    #expect(drawings(in: page).count == 3 && page.split(separator: "<details>").count == 4)
    #expect(page.contains("<td>&lt;1&gt;.jsonl</td><td>lenet.onnx</td>") && page.contains("<td>6,000</td>"))
    // Two of the four ended in a blob.
    #expect(page.contains("Loss against bytes of 2 blobs"))
    let bare = ComparisonPage([runs[3], runs[3]]).html(title: "")
    check(bare)
    #expect(drawings(in: bare).isEmpty)
  }

  @Test func aFrontHasItsIntervalsAndWhatTrainingMakes() {
    func point(_ bytes: Double, _ share: Double?) -> FrontPage.Point {
      FrontPage.Point(
        bytes: bytes, divergence: 1 / bytes, loss: 2, layers: ["16"], share: share,
        interval: share.map { $0 - 0.1...$0 + 0.05 }, shareName: "accuracy")
    }
    let page = FrontPage(
      points: [point(900, 0.8), point(500, 0.7)], trained: [point(880, 0.9)], layers: ["fc1"], lossName: "points lost"
    ).html(title: "front")
    check(page)
    #expect(drawings(in: page).count == 3 && page.contains("95 % interval") && page.contains("tables trained"))
    #expect(page.contains("<td>880</td><td>trained</td>"))
    let values = FrontPage(points: [point(900, nil)], layers: ["fc1"], lossName: "points lost").html(title: "front")
    check(values)
    #expect(drawings(in: values).count == 2 && !values.contains("tables trained"))
  }

  @Test func aMisfitStandsAtTheTop() throws {
    let die = #"{"record":"die","target":"small","shortages":[{"memory":"flash","missingBytes":1234,"blame":"fc1"}]}"#
    let page = try page(Samples.run(cycles: 1, layers: 1) + die + "\n")
    check(page)
    // Before any figure.
    let figures = try #require(page.range(of: "<dl>"))
    #expect(page[..<figures.lowerBound].contains("does not fit small</strong>: 1,234 bytes too many for its flash."))
  }

  /// A run with something put into its first line, its last, and its first layer's last account.
  private func run(_ first: String = "", end: String = "", layer: String = "", cycles: Int = 4) -> String {
    Samples.run(cycles: cycles, layers: 2)
      .replacingOccurrences(of: #""version":1,"#, with: #""version":1,"# + first)
      .replacingOccurrences(of: #""record":"end","#, with: #""record":"end","# + end)
      .replacingOccurrences(of: #""survivors":2352,"#, with: #""survivors":2352,"# + layer)
  }

  @Test func theHeadSaysWhatWasToldAndWhen() throws {
    let page = try page(
      run(
        #""command":"kinglet compile net.onnx --pool '<a>*=0.5'","tool":"0.5.0","written":"2026-11-30T06:30:59Z","#,
        end: #""seconds":7260,"#))
    check(page)
    #expect(page.contains("<code>kinglet compile net.onnx --pool &#39;&lt;a&gt;*=0.5&#39;</code>"))
    #expect(page.contains("kinglet 0.5.0 · 2026-11-30 06:30 UTC"))
    // The whole run, not its cycles alone.
    #expect(page.contains("<dt>time</dt><dd>2.0 h</dd>"))
    let other = try self.page(run(#""written":"yesterday","#))
    #expect(other.contains("yesterday") && !other.contains("<code>"))
  }

  @Test func eachChartSaysItsSamples() throws {
    let page = try page(
      run(#""trainingSamples":54000,"heldBackSamples":6000,"otherSamples":1500,"#, end: #""evaluatedOn":"10000 test samples","#))
    check(page)
    for words in [
      "before and after retraining, on 6,000 held-back samples", "agreement with the teacher, on 6,000 held-back samples",
      "points of accuracy lost, on 6,000 held-back samples, or more with 1,500 others of the data", "beside the 54,000 that are trained on",
      "<b>Accuracy</b> <span>10000 test samples</span>",
    ] { #expect(page.contains(words), "\(words)") }
  }

  @Test func theTeachersLevelIsOfTheSamplesOfItsChart() throws {
    // 98.21 % of held-back samples stands among cycles, 97.5 % of test samples beside the blob.
    let page = try page(run(end: #""teacherAccuracy":0.975,"evaluatedOn":"10000 test samples","#))
    #expect(page.contains("teacher 98.21") && !page.contains("teacher 97.50\u{202F}%</text>"))
    #expect(page.contains("teacher 97.50\u{202F}%, blob 98.00\u{202F}%."))
  }

  @Test func integersStandBesideFloats() throws {
    let page = try page(
      run(
        end: #""evaluatedOn":"500 test samples","floatAccuracy":0.9825,"floatLoss":0.04,"floatInterval":{"low":0.97,"high":0.99},"#
          + #""intervals":{"edgeAccuracy":{"low":0.96,"high":0.99}},"#))
    check(page)
    #expect(page.contains("<dt>the same in float32, 97.0–99.0</dt><dd>98.25\u{202F}%</dd>"))
    #expect(page.contains("float32 student 98.25\u{202F}%, int8 blob 98.00\u{202F}%."))
    #expect(page.contains("<td>float32 student</td><td>98.25\u{202F}%</td><td>97.00\u{202F}%</td><td>99.00\u{202F}%</td><td>0.04</td>"))
    #expect(try !self.page(run()).contains("float32"))
  }

  @Test func layersHaveTheirPrice() throws {
    let page = try page(run(layer: #""lossSaved":-0.25,"divergenceSaved":0.002,"#))
    check(page)
    #expect(drawings(in: page).contains { $0.contains("aria-label=\"What each layer costs\"") })
    #expect(page.contains("<td>/f/f.0/Conv</td><td>−0.25</td><td>0.002</td>"))
  }

  @Test func aKilobyteHasItsPrice() throws {
    func cycle(_ number: Int, _ bytes: Int, _ loss: Double) -> String {
      #"{"record":"cycle","cycle":\#(number),"sparsity":0.\#(number),"bytes":\#(bytes),"loss":\#(loss)}"#
    }
    let text = [Samples.firstLine, cycle(1, 9000, 0.1), cycle(2, 7000, 0.2), cycle(3, 6500, 0.4), cycle(4, 5000, 1.4)]
    let page = try page(text.joined(separator: "\n"))
    check(page)
    #expect(page.contains("near the end one more saves 0.667 points"))
    for row in ["<td>1</td><td>9,000</td><td>0.1</td><td>–</td>", "<td>3</td><td>6,500</td><td>0.4</td><td>0.12</td>"] {
      #expect(page.contains(row), "\(row)")
    }
    #expect(try !self.page(text.prefix(2).joined(separator: "\n")).contains("kilobyte"))
    let unmeasured = text.map { $0.replacing(/"bytes":[0-9]+,/, with: "") }.joined(separator: "\n")
    #expect(try self.page(unmeasured).contains("What a kilobyte buys is not known: the record does not say how many bytes"))
    #expect(!page.contains("is not known: the record"))
    let luckier = text.dropLast() + [cycle(4, 5000, 0.15)]
    #expect(try self.page(luckier.joined(separator: "\n")).contains("near the end one more saves nothing that these samples show"))
  }

  @Test func aFrontSaysWhatAKilobyteBuys() {
    let points = [(500, 3.0), (1500, 1.0), (3500, 0.5)].map {
      FrontPage.Point(bytes: $0, divergence: 1 / $0, loss: $1, layers: ["16"])
    }
    let page = FrontPage(points: points, layers: ["fc1"], lossName: "points lost").html(title: "front")
    check(page)
    #expect(page.contains("One more kilobyte (1,000 bytes) saves 2 points lost at the smallest, 0.25 points lost at the largest"))
    #expect(page.contains("<td>1,500</td><td>placed</td><td>1</td><td>0.25</td>"))
  }
}
