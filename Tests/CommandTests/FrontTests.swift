import Foundation
import Testing

/// Bytes against divergence, from the command line.
struct FrontTests {
  private func evolved() throws -> Workplace {
    let place = try Workplace()
    let arguments = ["evolve", Places.model, "-q", "-o", "run.ckpt"] + Places.brief
    #expect(try place.kinglet(arguments).status == 0)
    return place
  }

  @Test func theFrontIsMeasuredAndDrawn() throws {
    let place = try evolved()
    let front = try place.kinglet([
      "pareto", "run.ckpt", "-q", "--points", "3", "--trained", "2", "-o", "front.html", "--json", "front.json",
    ])
    #expect(front.status == 0 && front.errors == "")
    #expect(front.output.contains("divergence"))
    let points = try #require(try place.json("front.json")["points"] as? [[String: Any]])
    #expect((2...3).contains(points.count))
    let bytes = points.compactMap { $0["bytes"] as? Int }
    #expect(bytes == bytes.sorted(by: >) && bytes.count == points.count)
    #expect(front.output.contains("with tables trained, as quantize delivers them"))
    let trained = try #require(try place.json("front.json")["trained"] as? [[String: Any]])
    #expect(trained.count == 2 && trained.allSatisfy { $0["intervals"] is [String: Any] })
    // Its plans are the first point's, and its bytes those of the blob that these give.
    #expect(trained[0]["layers"] as? NSArray == points[0]["layers"] as? NSArray)
    #expect(trained[0]["layers"].map { "\($0)" }?.contains("_0") == false)
    let page = String(decoding: try place.bytes("front.html"), as: UTF8.self)
    #expect(page.contains("<svg") && page.contains("Bytes against divergence"))
    #expect(try place.kinglet("pareto", Places.model).status != 0)
    #expect(try place.kinglet("pareto", "run.ckpt", "--points", "1").status == 2)
    #expect(try place.kinglet("pareto", "run.ckpt", "--trained", "101").status == 2)
  }

  @Test func tablesKeepToALimitOfBytes() throws {
    let place = try evolved()
    func bytes(_ limits: [String]) throws -> Int {
      let arguments = ["quantize", "run.ckpt", "-q", "-o", "tables.ckpt"] + limits
      #expect(try place.kinglet(arguments).status == 0)
      #expect(try place.kinglet("encode", "tables.ckpt", "-q", "-o", "net.kgl").status == 0)
      return try place.bytes("net.kgl").count
    }
    let limit = try bytes([]) * 9 / 10
    #expect(try bytes(["--max-bytes", "\(limit)"]) <= limit)
    let refused = try place.kinglet("quantize", "run.ckpt", "-q", "-o", "x.ckpt", "--max-bytes", "99")
    #expect(refused.status == 3 && refused.errorLines.count == 1)
    #expect(refused.errors.contains("--max-bytes 99 cannot be met by tables alone"))
    #expect(
      try place.kinglet("quantize", "run.ckpt", "-o", "x.ckpt", "--max-loss", "-1").status == 2)
    for option in [["--lambda", "2"], ["--lambda", "nan"], ["--table-steps=-1"]] {
      #expect(try place.kinglet(["quantize", "run.ckpt", "-o", "x.ckpt"] + option).status == 2)
    }
    #expect(!place.exists("x.ckpt"))
  }

  @Test func aProfileOfShortWordsIsLarger() throws {
    let place = try evolved()
    #expect(try place.kinglet("quantize", "run.ckpt", "-q", "-o", "run.ckpt").status == 0)
    var sizes: [Int] = []
    for profile in ["size", "short", "flat"] {
      let arguments = ["encode", "run.ckpt", "-q", "-o", "net.kgl", "--profile", profile]
      #expect(try place.kinglet(arguments).status == 0)
      sizes.append(try place.bytes("net.kgl").count)
    }
    #expect(sizes[0] <= sizes[1] && sizes[1] <= sizes[2])
    #expect(
      try place.kinglet("encode", "run.ckpt", "-o", "net.kgl", "--profile", "fast").status == 2)
  }

  @Test func aCompilationKeepsToALoss() throws {
    let place = try Workplace()
    let compiled = try place.kinglet(
      ["compile", Places.model, "-q", "-o", "net.kgl", "--json", "net.json", "--max-loss", "60"]
        + Places.brief)
    #expect(compiled.status == 0)
    let layers = try #require(try place.json("net.json")["layers"] as? [[String: Any]])
    for layer in layers {
      let table = try #require(layer["table"] as? [String: Any])
      #expect(table["plan"] is [String: Any] && table["certificate"] is [String: Any])
    }
  }
}
