import Compiler
import Delivery
import Die
import Foundation
import Tables
import Testing

/// Formats/Reports.md is what the types of reports are written as. With KINGLET_WRITE_PAGE in the environment it is put there.
struct ReportPageTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let page = root.appendingPathComponent("Formats/Reports.md")
  private static let mark = "<!-- From here on the page is written by a test: KINGLET_WRITE_PAGE=1 swift test --filter ReportPageTests -->\n"

  /// Which command gives what.
  private static var reports: [(command: String, type: any (PrintableReport & Decodable).Type)] { [
    ("`compile`; `encode` of a network that is quantized", CompileReport.self),
    ("`encode` of an int8 network", LosslessReport.self),
    ("`evolve`, `quantize`", StageReport.self),
    ("`share`", ShareReport.self),
    ("`pareto`", ParetoReport.self),
    ("`verify`", VerificationReport.self),
    ("`verify` against an int8 teacher", EqualityReport.self),
    ("`verify` of a detector", DetectorReport.self),
    ("`verify --stream`", StreamReport.self),
    ("`compare`", BlobComparison.self),
    ("`run`", RunReport.self),
    ("`run --dump`", DumpReport.self),
    ("`detect`", DetectionReport.self),
    ("`inspect` of a blob", BlobReport.self),
    ("`inspect` of a model", ModelReport.self),
    ("`bench`", BenchReport.self),
    ("`emit-c`", CFiles.Written.self),
    ("`emit-banks`", BankImages.Written.self),
    ("`map.json` of `emit-banks`", BankMap.self),
    ("`export`", ExportReport.self),
  ] }

  @Test func thePageIsWhatReportsHave() throws {
    let notes = try PropertyNotes(sources: Self.root.appendingPathComponent("Sources").path)
    let whole = try String(contentsOf: Self.page, encoding: .utf8)
    let head = try #require(whole.range(of: Self.mark), "\(Self.mark)")
    let written = String(whole[..<head.upperBound]) + (try Self.tables(notes))
    if ProcessInfo.processInfo.environment["KINGLET_WRITE_PAGE"] != nil {
      try written.write(to: Self.page, atomically: true, encoding: .utf8)
    }
    #expect(whole == written, "KINGLET_WRITE_PAGE=1 writes the page")
  }

  @Test func everyReportHasAnotherName() {
    let names = Self.reports.map { $0.type.reportName }
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.allSatisfy(\.isLowercase) })
  }

  private static func tables(_ notes: PropertyNotes) throws -> String {
    let recorder = KeyRecorder()
    var text = ""
    for (command, type) in reports {
      let name = try recorder.value(type).type
      text += "\n## \(type.reportName)\n\nOf \(command).\n\n" + table(name, recorder, notes)
    }
    text += "\n## Parts\n"
    let whole = Set(reports.map { KeyRecorder.shortName(String(reflecting: $0.type)) })
    for name in recorder.objects.keys.map(KeyRecorder.shortName).sorted() where !whole.contains(name) {
      text += "\n### \(name)\n\n" + table(name, recorder, notes)
    }
    return text
  }

  private static func table(_ name: String, _ recorder: KeyRecorder, _ notes: PropertyNotes) -> String {
    let fields = recorder.objects.filter { KeyRecorder.shortName($0.key) == name }.flatMap(\.value)
    // A form that Swift gives enumerations, which means nothing to others.
    #expect(!fields.contains { $0.key.hasPrefix("_") || $0.type.contains("?") }, "\(name)")
    #expect(!fields.contains { ["report", "schema"].contains($0.key) } || name.isEmpty, "\(name)")
    for field in fields {
      #expect(notes.notes["\(name).\(field.key)"] != nil, "\(name).\(field.key) has no meaning: a comment above the property is one")
    }
    return "| key | what it is | meaning |\n|---|---|---|\n"
      + fields.sorted { $0.key < $1.key }.map { field in
        "| `\(field.key)` | \(field.type)\(field.isOptional ? ", or absent" : "") | \(notes.notes["\(name).\(field.key)"] ?? "") |\n"
      }.joined()
  }
}
