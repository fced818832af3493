import Foundation
import Testing

/// `compare`: several blobs beside each other.
struct ComparisonTests {
  @Test func blobsAreRowsOfATable() throws {
    let place = try Workplace()
    for (levels, name) in [("16", "fine.kgl"), ("2", "coarse.kgl")] {
      #expect(try place.kinglet("encode", Places.model, "--levels", levels, "-q", "-o", name).status == 0)
    }
    let compare = ["compare", "fine.kgl", "coarse.kgl", "--test", "random:40"]
    let outcome = try place.kinglet(compare + ["--teacher", Places.model, "--json", "c.json"])
    #expect(outcome.status == 0 && outcome.errors == "")
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.map(\.first) == ["blob", "fine.kgl", "coarse.kgl", "40"] && lines.last == ["40", "samples", "each"])
    let rows = try #require(try place.json("c.json")["rows"] as? [[String: Any]])
    let verified = try place.kinglet(
      "verify", "coarse.kgl", "--teacher", Places.model, "--test", "random:40", "--json", "v.json", "-q")
    #expect(verified.status == 0)
    let (report, row) = (try place.json("v.json"), try #require(rows[1]["verification"] as? [String: Any]))
    let alone = report.filter { !["report", "schema"].contains($0.key) } // what a report of its own is headed by
    #expect(alone as NSDictionary == row as NSDictionary)
    #expect(lines[2][1] == "\(try #require(alone["blobBytes"] as? Int))")
    let one = try place.kinglet(compare + ["--teacher", Places.model, "--teacher", Places.model, "--teacher", Places.model])
    #expect(one.status == 2 && one.errors.contains("--teacher is given 3 times for 2 blobs"))
    let broken = try place.kinglet(["compare", "fine.kgl", "missing.kgl", "--test", "random:4", "--teacher", Places.model])
    #expect(broken.status == 3 && broken.errors.contains("missing.kgl") && broken.errorLines.count == 1)
  }
}
