import Foundation
import Record
import Report
import Testing

struct RunRecordTests {
  @Test func readsEveryField() throws {
    let log = try RunRecord(jsonLines: Samples.run(cycles: 3, layers: 2), name: "run.jsonl")
    #expect(log.run.model == "lenet.onnx")
    #expect(!log.run.isRegression)
    #expect(log.run.seed == .max)
    #expect(log.run.teacherParameters == 266_610)
    #expect(log.run.layers.map(\.name) == ["/f/f.0/Conv", "/f/f.1/Conv"])
    #expect(log.run.layers[0].weights == 23_520)
    #expect(log.cycles.map(\.cycle) == [0, 1, 2])
    #expect(log.cycles[2].trialCount == 120)
    #expect(log.cycles[2].bytes == 19_998)
    #expect(log.finals.map(\.steps) == [800])
    #expect(log.end?.layers[1].survivors == 2352)
    #expect(log.end?.ratio == 33.2)
    #expect(log.notes.isEmpty)
  }

  @Test func zFollowsFromTheOtherThree() throws {
    let log = try RunRecord(jsonLines: Samples.run(cycles: 1, layers: 1), name: "run.jsonl")
    let z = try #require(log.cycles[0].layers[0].trials.z)
    #expect(abs(z - 2.5) < 1e-12)
    #expect(log.cycles[0].trials.z == nil)
  }

  @Test(arguments: [#""nan""#, #""inf""#, #""-Infinity""#, #""NaN""#, "null"])
  func figuresThatAreNotFiniteAreAbsent(word: String) throws {
    let line = #"{"record":"cycle","cycle":0,"sparsity":0.5,"divergenceAfter":\#(word)}"#
    let log = try RunRecord(jsonLines: Samples.firstLine + "\n" + line, name: "run.jsonl")
    #expect(log.cycles[0].divergenceAfter == nil)
    #expect(log.cycles[0].sparsity == 0.5)
  }

  @Test func aLastLineThatIsCutShortIsNoted() throws {
    let whole = Samples.run(cycles: 2, layers: 1, ended: false)
    let lines = whole.split(separator: "\n")
    let last = Array(lines[2].utf8)
    for length in 1..<last.count {
      let data = Data((lines[0] + "\n" + lines[1] + "\n").utf8) + Data(last[..<length])
      let log = try RunRecord(jsonLines: data, name: "run.jsonl")
      #expect(log.cycles.count == 1)
      #expect(log.notes == [.lastLineDamaged(line: 3)])
    }
  }

  @Test func aResumedRunTellsCyclesAgain() throws {
    let cycles = [0, 1, 2, 1, 2, 3].map { #"{"record":"cycle","cycle":\#($0)}"# }
    let text = ([Samples.firstLine] + cycles).joined(separator: "\n")
    let log = try RunRecord(jsonLines: text, name: "run.jsonl")
    #expect(log.cycles.map(\.cycle) == [0, 1, 2, 3])
    #expect(log.notes == [.cycleAgain(line: 5, cycle: 1)])
  }

  @Test func unknownKeysLinesAndBlankLinesArePassedOver() throws {
    let text = """
      \(Samples.firstLine)\r

      {"record":"weather","sunny":true}
      {"record":"cycle","cycle":7,"mood":[1,{"a":2}]}
      """
    let log = try RunRecord(jsonLines: text, name: "run.jsonl")
    #expect(log.cycles.map(\.cycle) == [7])
    #expect(log.notes == [.unknownRecords(count: 1)])
  }

  @Test func sparsityAndDivergenceHaveNoDefaults() throws {
    let log = try RunRecord(jsonLines: Samples.firstLine, name: "run.jsonl")
    #expect(log.run.teacherAccuracy == nil)
    #expect(log.cycles.isEmpty)
    #expect(log.end == nil)
  }
}

/// What is written is what is read.
struct RecordWritingTests {
  @Test(arguments: ["layer", "network"]) func aRecordComesBack(scope: String) throws {
    let read = try RunRecord(jsonLines: Samples.run(cycles: 3, layers: 2, scope: scope), name: "r")
    var lines: [RecordLine] = [.run(read.run, version: 1)]
    lines += read.cycles.map { .cycle($0) } + read.finals.map { .final($0) }
    lines += [read.end.map { .end($0) }, read.die.map { .die($0) }].compactMap { $0 }
    #expect(try RunRecord(jsonLines: RunRecord.jsonLines(lines), name: "r") == read)
    #expect(read.cycles.count == 3 && read.end != nil)
  }
}
