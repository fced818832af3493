import Foundation
import Testing

/// In which form results come: JSON as its page says it, on standard output too; less where asked for quiet.
struct ReportFormTests {
  private static let blob = Places.package + "/Formats/Vectors/valid/small.kgl"
  private static let die = Places.package + "/Samples/targets/always-on-16.json"

  /// As Formats/Reports.md has it: each key of a report, and of what is in it, stands on the page below the report's name.
  @Test func jsonIsAsThePageSays() throws {
    let place = try Workplace()
    try TinyNet.write(in: place)
    let page = try String(contentsOfFile: Places.package + "/Formats/Reports.md", encoding: .utf8)
    for (name, arguments) in [
      ("compilation", ["encode", TinyNet.file, "--levels", "float", "-q", "-o", "net.kgl"]),
      ("verification", ["verify", "net.kgl", "--teacher", TinyNet.file, "--test", "random:3", "-q"]),
      ("model", ["inspect", TinyNet.file]), ("blob", ["inspect", Self.blob, "--target", Self.die]),
      ("sources", ["emit-c", Self.blob, "-o", "c"]), ("images", ["emit-banks", Self.blob, "--target", Self.die, "-o", "banks"]),
    ] {
      let outcome = try place.kinglet(arguments + ["--json", "-"])
      #expect(outcome.status == 0, "\(outcome)")
      let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      #expect(report["report"] as? String == name && report["schema"] as? Int == 1)
      let section = try #require(page.components(separatedBy: "\n## \(name)\n").last?.components(separatedBy: "\n## ").first)
      for key in report.keys where !["report", "schema"].contains(key) { #expect(section.contains("| `\(key)` |"), "\(name): \(key)") }
      #expect(Self.keys(in: report).allSatisfy { !$0.hasPrefix("_") })
    }
    #expect(!place.exists("-"))
  }

  private static func keys(in value: Any) -> [String] {
    if let list = value as? [Any] { return list.flatMap(keys) }
    guard let object = value as? [String: Any] else { return [] }
    return object.keys + object.values.flatMap(keys)
  }

  /// Names cost less than a fiftieth, change no answer, and are said by whoever tells of the blob.
  @Test func namesOfTheModelStayWhereTheyCostLittle() throws {
    let place = try Workplace()
    #expect(try place.kinglet("encode", Places.model, "-q", "--no-names", "-o", "bare.kgl").status == 0)
    #expect(try place.kinglet("encode", Places.model, "-q", "-o", "net.kgl", "--json", "made.json").status == 0)
    #expect(try place.kinglet("encode", Places.model, "-q", "--names", "-o", "told.kgl").status == 0)
    #expect(try place.bytes("told.kgl") == place.bytes("net.kgl"))
    let (bare, named) = (try place.bytes("bare.kgl").count, try place.bytes("net.kgl").count)
    #expect(named > bare && Double(named) < 1.02 * Double(bare))
    #expect(try place.json("made.json")["namesBytes"] as? Int == named - bare)
    let seen = try place.kinglet("inspect", "net.kgl", "--json", "net.json").output
    for layer in ["/0/Conv", "/4/Conv", "/9/Gemm", "/12/Gemm"] { #expect(seen.contains(layer), "\(layer)") }
    let input = try #require((try place.json("net.json")["inputNames"] as? [String])?.first)
    #expect(!input.isEmpty && seen.contains("inputs: \(input)"))
    #expect(try place.kinglet("emit-c", "net.kgl", "-q", "-o", "c").status == 0)
    #expect(String(decoding: try place.bytes("c/model.h"), as: UTF8.self).contains("/* Input 0 (\(input)) from bytes"))
    let answers = try ["bare.kgl", "net.kgl"].map { try place.kinglet("run", $0, "--input", "random:3").output }
    #expect(answers[0] == answers[1] && !answers[0].isEmpty)
    let unnamed = try place.kinglet("inspect", "bare.kgl").output
    #expect(!unnamed.contains("/9/Gemm") && unnamed.contains("names: none"))
  }

  @Test func ofRAMNothingIsSaidWhereAskedForQuiet() throws {
    let place = try Workplace()
    #expect(try place.kinglet("emit-c", Self.blob, "-o", "c").errors.contains("RAM: arena"))
    #expect(try place.kinglet("emit-c", Self.blob, "-q", "-o", "c").errors == "")
  }

  @Test(.enabled(if: Places.kinglet.hasPrefix(Places.package + "/"), "the command was not built below Kinglet's folder"))
  func aTargetOfKingletsHasAName() throws {
    let place = try Workplace()
    let named = try place.kinglet("inspect", Self.blob, "--target", "always-on-16")
    #expect(try named.status == 0 && named.output == place.kinglet("inspect", Self.blob, "--target", Self.die).output, "\(named.errors)")
    let wrong = try place.kinglet("inspect", Self.blob, "--target", "cortex-m9")
    #expect(wrong.status == 3 && wrong.errors.contains("nor is it one of always-on-16, cortex-m0, cortex-m4f"))
    #expect(try place.kinglet("inspect", Self.blob, "--target", "../always-on-16").status == 3)
  }

  @Test func aBlobForAnotherTargetIsCalledThat() throws {
    let place = try Workplace()
    let words = "not dealt to the lanes and banks of always-on-16"
    #expect(try place.kinglet("inspect", Self.blob, "--target", Self.die).output.contains(words))
    #expect(try place.kinglet("emit-banks", Self.blob, "--target", Self.die, "-o", "b").errors.contains(words))
    #expect(try place.kinglet("emit-banks", "b/model.kgl", "--target", Self.die, "-o", "c").errors == "")
    #expect(try !place.kinglet("inspect", "b/model.kgl", "--target", Self.die).output.contains(words))
    // What is told of it is what the die would hold.
    func die(_ blob: String) throws -> [String: Any] {
      #expect(try place.kinglet("inspect", blob, "--target", Self.die, "--json", "seen.json").status == 0)
      var die = try #require(try place.json("seen.json")["die"] as? [String: Any])
      #expect((die.removeValue(forKey: "placement") as? String)?.contains("dealt anew") == (blob == Self.blob ? true : nil))
      return die
    }
    #expect(try NSDictionary(dictionary: die(Self.blob)) == NSDictionary(dictionary: die("b/model.kgl")))
    // Banks that lie in one flash share it.
    let board = Places.package + "/Samples/targets/cortex-m0.json"
    #expect(try place.kinglet("inspect", "b/model.kgl", "--target", board, "--json", "flash.json").status == 0)
    let banks = try #require((try place.json("flash.json")["die"] as? [String: Any])?["banks"] as? [[String: Any]])
    #expect(banks.count > 1 && banks.allSatisfy { $0["used"] as? Int ?? 1 <= $0["capacity"] as? Int ?? 0 })
    #expect(banks.compactMap { $0["capacity"] as? Int }.reduce(0, +) < 114_688)
  }
}
