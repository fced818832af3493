import Foundation
import Testing

/// `--target` and `emit-banks` from the outside.
struct DieTests {
  private static let targets = Places.package + "/Samples/targets/"

  private func encoded(_ place: Workplace, _ more: String...) throws -> Outcome {
    try place.kinglet(["encode", Places.model, "-q", "--levels", "4", "-o", "net.kgl"] + more)
  }

  @Test func aBlobIsPlacedAndShown() throws {
    let place = try Workplace()
    let outcome = try encoded(
      place, "--target", Self.targets + "always-on-16.json", "--json", "net.json")
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("the network fits always-on-16"))
    #expect(outcome.output.contains("lower bound"))
    let die = try #require(try place.json("net.json")["die"] as? [String: Any])
    #expect(die["fits"] as? Bool == true)
    #expect((die["banks"] as? [Any])?.count == 16)
    let seen = try place.kinglet(
      "inspect", "net.kgl", "--target", Self.targets + "always-on-16.json", "--json", "seen.json")
    #expect(seen.status == 0)
    let report = try place.json("seen.json")
    #expect((report["die"] as? [String: Any])?["cycles"] as? Double == die["cycles"] as? Double)
    #expect(report["arenaLowerBound"] as? Int == 62720 && report["arenaBytes"] as? Int == 62720)
  }

  @Test func imagesAreWrittenForABlobOfOneBank() throws {
    let place = try Workplace()
    #expect(try encoded(place).status == 0)
    let outcome = try place.kinglet(
      "emit-banks", "net.kgl", "--target", Self.targets + "always-on-16.json", "-o", "banks")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count == 2 * 17 + 3)
    #expect(place.exists("banks/bank-15.hex") && place.exists("banks/map.json"))
    let flash = try place.kinglet(
      "emit-banks", "net.kgl", "--target", Self.targets + "cortex-m4f.json", "-o", "flash")
    #expect(flash.status == 0)
    #expect(try place.bytes("flash/model.kgl") == place.bytes("net.kgl"))
  }

  @Test func whatDoesNotFitIsStatus1AndOneSentence() throws {
    let place = try Workplace()
    let target = Self.targets + "cortex-m0.json"
    let outcome = try encoded(place, "--target", target)
    #expect(outcome.status == 1)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("does not fit cortex-m0"))
    #expect(outcome.errors.contains("activation memory, where"))
    #expect(place.exists("net.kgl"))
    let images = try place.kinglet("emit-banks", "net.kgl", "--target", target, "-o", "banks")
    #expect(images.status == 1 && !place.exists("banks"))
  }

  @Test func aBadProfileIsStatus3AndNamesTheField() throws {
    let place = try Workplace()
    try place.write(Data("{\"name\": \"x\", \"lane\": 1}".utf8), to: "t.json")
    let outcome = try encoded(place, "--target", "t.json")
    #expect(outcome.status == 3 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("there is no field lane"))
    #expect(!place.exists("net.kgl"))
    #expect(try encoded(place, "--target", "none.json").status == 3)
    #expect(
      try place.kinglet("inspect", Places.model, "--target", Self.targets + "rv32imac.json").status
        == 2)
  }
}
