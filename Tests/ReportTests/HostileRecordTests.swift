import Foundation
import Record
import Report
import Testing

struct HostileRecordTests {
  /// A bad second line of three, and what is said of it.
  static let badFields: [(line: String, field: String, fault: FieldFault)] = [
    (#"{"cycle":1}"#, "record", .missing),
    (#"{"record":5}"#, "record", .wrongType),
    (#"{"record":"cycle"}"#, "cycle", .missing),
    (#"{"record":"cycle","cycle":-1}"#, "cycle", .outside),
    (#"{"record":"cycle","cycle":1.5}"#, "cycle", .outside),
    (#"{"record":"cycle","cycle":1e30}"#, "cycle", .outside),
    (#"{"record":"cycle","cycle":"one"}"#, "cycle", .wrongType),
    (#"{"record":"cycle","cycle":true}"#, "cycle", .wrongType),
    (#"{"record":"cycle","cycle":0,"sparsity":1.01}"#, "sparsity", .outside),
    (#"{"record":"cycle","cycle":0,"sparsity":-0.1}"#, "sparsity", .outside),
    (#"{"record":"cycle","cycle":0,"deviation":-1}"#, "deviation", .outside),
    (#"{"record":"cycle","cycle":0,"seconds":-1}"#, "seconds", .outside),
    (#"{"record":"cycle","cycle":0,"accuracy":1.5}"#, "accuracy", .outside),
    (#"{"record":"cycle","cycle":0,"mean":1e99}"#, "mean", .outside),
    (#"{"record":"cycle","cycle":0,"layers":{}}"#, "layers", .wrongType),
    (#"{"record":"cycle","cycle":0,"layers":[5]}"#, "layers[0]", .wrongType),
    (#"{"record":"cycle","cycle":0,"layers":[{}]}"#, "layers[0].layer", .missing),
    (
      #"{"record":"cycle","cycle":0,"layers":[{"layer":"a"},{"layer":"b","sparsity":2}]}"#,
      "layers[1].sparsity", .outside
    ),
    (
      #"{"record":"cycle","cycle":0,"layers":[{"layer":"a"},{"layer":"a"}]}"#, "layers",
      .twice(name: "a")
    ),
    (#"{"record":"end","blobBytes":-5}"#, "blobBytes", .outside),
    (
      #"{"record":"end","layers":[{"name":"a","histogram":{"low":1,"high":0,"counts":[]}}]}"#,
      "layers[0].histogram.high", .outside
    ),
    (
      #"{"record":"end","layers":[{"name":"a","histogram":{"low":"nan","high":0,"counts":[]}}]}"#,
      "layers[0].histogram.low", .missing
    ),
    (
      #"{"record":"end","layers":[{"name":"a","histogram":{"low":0,"high":1,"counts":[4,-1]}}]}"#,
      "layers[0].histogram.counts[1]", .outside
    ),
    (
      #"{"record":"end","layers":[{"name":"a","histogram":{"low":0,"high":1}}]}"#,
      "layers[0].histogram.counts", .missing
    ),
  ]

  @Test(arguments: badFields)
  func saysWhichFieldIsWrong(line: String, field: String, fault: FieldFault) {
    let text = [Samples.firstLine, line, #"{"record":"final"}"#].joined(separator: "\n")
    let error = RecordError.field(file: "run.jsonl", line: 2, field: field, fault: fault)
    #expect(throws: error) { try RunRecord(jsonLines: text, name: "run.jsonl") }
    #expect(error.sentence.contains("run.jsonl, line 2"))
  }

  static let badRecords: [(text: String, error: RecordError)] = [
    ("", .empty(file: "f")),
    ("\n \n", .empty(file: "f")),
    ("{", .notJSON(file: "f", line: 1)),
    (Samples.firstLine + "\n{\n" + #"{"record":"final"}"#, .notJSON(file: "f", line: 2)),
    (#"{"record":"cycle","cycle":0}"#, .noRun(file: "f", line: 1)),
    (#"{"record":"run","version":2,"layers":5}"#, .version(file: "f", line: 1, found: 2)),
    (Samples.firstLine + "\n" + Samples.firstLine, .secondRun(file: "f", line: 2)),
    (
      Samples.firstLine + "\n" + String(repeating: "[", count: 100_000),
      .tooDeep(file: "f", line: 2, limit: RecordLimits.depth)
    ),
    (
      Samples.firstLine + "\n" + String(repeating: " ", count: RecordLimits.lineBytes) + "{}",
      .longLine(file: "f", line: 2, bytes: RecordLimits.lineBytes + 2, limit: RecordLimits.lineBytes)
    ),
    (
      String(repeating: "\n", count: RecordLimits.lines + 1),
      .tooManyLines(file: "f", limit: RecordLimits.lines)
    ),
  ]

  @Test(arguments: badRecords.indices)
  func refusesRecordsThatAreNone(index: Int) {
    let (text, error) = Self.badRecords[index]
    #expect(throws: error) { try RunRecord(jsonLines: text, name: "f") }
    #expect(error.sentence.hasPrefix("f"))
    #expect(error.sentence.hasSuffix("."))
  }

  @Test func refusesTooManyBinsAndLayers() {
    let counts = [Int](repeating: 1, count: RecordLimits.bins + 1)
    let bins =
      #"{"record":"run","version":1,"layers":[{"name":"a","histogram":"#
      + #"{"low":0,"high":1,"counts":\#(counts)}}]}"#
    let names = (0...RecordLimits.layers).map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
    let layers = #"{"record":"run","version":1,"layers":[\#(names)]}"#
    #expect(
      throws: RecordError.field(
        file: "f", line: 1, field: "layers[0].histogram.counts",
        fault: .tooMany(limit: RecordLimits.bins))
    ) { try RunRecord(jsonLines: bins, name: "f") }
    #expect(
      throws: RecordError.field(
        file: "f", line: 1, field: "layers", fault: .tooMany(limit: RecordLimits.layers))
    ) { try RunRecord(jsonLines: layers, name: "f") }
  }

  @Test func bracketsInStringsDoNotNest() {
    #expect(!nests(#"{"a":"[[[[[[\"[[[["}"#.utf8, deeperThan: 2))
    #expect(nests("[[[".utf8, deeperThan: 2))
  }

  /// Whatever bytes are changed, the answer is a page or an error.
  @Test func changedBytesNeverTrap() throws {
    let whole = Array(Samples.run(cycles: 3, layers: 2).utf8)
    var generator = SplitMix(state: 7)
    var pages = 0
    for _ in 0..<600 {
      var bytes = whole
      for _ in 0..<(1 + generator.next() % 3) {
        let place = Int(generator.next() % UInt64(bytes.count))
        bytes[place] = Array("0123456789eE-.,\"[]{}\u{0}".utf8)[Int(generator.next() % 21)]
      }
      guard let log = try? RunRecord(jsonLines: Data(bytes), name: "f") else { continue }
      let page = HTMLReport(log).html(title: "t")
      #expect(page.hasSuffix("</html>\n"))
      pages += 1
    }
    #expect(pages > 20)
  }
}

struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in 0..<1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func normal() -> Double {
    (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
  }

  mutating func laplace() -> Double {
    let size = -log(1 - unit())
    return unit() < 0.5 ? size : -size
  }
}
