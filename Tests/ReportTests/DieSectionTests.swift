import Foundation
import Record
import Report
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct DieSectionTests {
  private static func die(
    banks: String = """
      [{"capacity":100,"used":70,"pad":6,"lanes":[{"step":0,"lane":0,"offset":0,"bytes":40},\
      {"step":1,"lane":0,"offset":40,"bytes":24}]},{"capacity":100,"used":0,"pad":0,"lanes":[]}]
      """, shortages: String = "[]"
  ) -> String {
    #"{"record":"die","target":"die <&>","fits":true,"shortages":\#(shortages),"banks":\#(banks),"#
      + #""steps":[{"step":0,"name":"a\"b","lanes":2,"balance":1.25,"cycles":1000,"#
      + #""nanojoules":7.5},"#
      + #"{"step":1,"name":"fc2","cycles":50.5,"nanojoules":0.5}],"arenaBytes":4096,"#
      + #""arenaLowerBound":4000,"arenaCapacity":8192,"controlBytes":300,"controlCapacity":512,"#
      + #""lanes":2,"cycles":1050.5,"seconds":0.001,"microjoules":0.008}"#
  }

  private func log(_ die: String) throws(RecordError) -> RunRecord {
    try RunRecord(jsonLines: Samples.run(cycles: 2, layers: 2) + die + "\n", name: "run.jsonl")
  }

  @Test func theDieIsRead() throws {
    let die = try #require(try log(Self.die()).die)
    #expect(die.target == "die <&>" && die.fits && die.lanes == 2)
    #expect(die.banks.map(\.used) == [70, 0])
    #expect(die.banks[0].lanes.map(\.bytes) == [40, 24])
    #expect(die.steps.map(\.balance) == [1.25, nil])
  }

  @Test func thePageDrawsBanksCyclesAndEnergy() throws {
    let page = HTMLReport(try log(Self.die())).html(title: "run")
    #expect(XMLParser(data: Data(page.utf8)).parse())
    #expect(page.contains("<h2>The die</h2>"))
    for name in ["Parameter banks", "Cycles of each step", "Energy of each step"] {
      #expect(page.contains("aria-label=\"\(name)\""))
    }
    #expect(page.contains("bank 0, a&quot;b: 40 bytes"))
    #expect(page.contains("die &lt;&amp;&gt;: the network fits"))
    #expect(page.contains("35.0\u{202F}% full"))
  }

  @Test func whatIsTooSmallIsSaid() throws {
    let shortages = #"[{"memory":"flash","missingBytes":1234,"blame":"fc2","blameBytes":9}]"#
    let page = HTMLReport(try log(Self.die(shortages: shortages))).html(title: "run")
    #expect(page.contains("the network does not fit"))
    #expect(page.contains("flash: 1,234 bytes too many, most of them fc2"))
  }

  @Test func withoutATargetThereIsNoDie() throws {
    let page = HTMLReport(try log("")).html(title: "run")
    #expect(!page.contains("The die"))
  }

  @Test func manyBanksAndLayersAreDrawn() throws {
    let lanes = (0..<12).map { #"{"step":\#($0),"bytes":4}"# }.joined(separator: ",")
    let bank = #"{"capacity":10,"used":60,"pad":4,"lanes":[\#(lanes)]}"#
    let banks = "[" + [String](repeating: bank, count: 56).joined(separator: ",") + "]"
    let page = HTMLReport(try log(Self.die(banks: banks))).html(title: "run")
    #expect(XMLParser(data: Data(page.utf8)).parse())
    #expect(page.contains("5 others"))
  }

  @Test(
    arguments: [
      #"[{"capacity":1,"used":1,"pad":1,"lanes":[{"step":0,"bytes":1}]}]"#,
      #"[{"capacity":-1,"used":1,"pad":1,"lanes":[]}]"#,
      #"[{"capacity":4294967296,"used":1,"pad":1,"lanes":[]}]"#, #"[{"used":1,"pad":1}]"#,
      #"[{"capacity":1,"used":1.5,"pad":0}]"#,
    ])
  func banksThatCannotBeAreRefused(banks: String) {
    #expect(throws: RecordError.self) { try log(Self.die(banks: banks)) }
  }
}
