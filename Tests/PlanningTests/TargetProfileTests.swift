import Foundation
import Planning
import Testing

struct TargetProfileTests {
  private static let flash = """
    {"name": "m0", "activationBytes": 8192, "lanes": 1, "clockHertz": 48e6,
     "parameters": {"kind": "flash", "bytes": 65536, "width": 32, "reservedBytes": 16384},
     "cycles": {"multiply": 4, "survivor": 25, "output": 20},
     "energy": {"parameterByte": 10, "activationByte": 2.5, "cycle": 15}}
    """

  private func read(_ text: String) throws(TargetError) -> TargetProfile {
    try TargetProfile(json: Data(text.utf8))
  }

  /// The profile with one piece of text replaced.
  private func error(_ old: String, _ new: String) -> TargetError? {
    let text = Self.flash.replacingOccurrences(of: old, with: new)
    #expect(text != Self.flash)
    do { _ = try read(text) } catch { return error }
    return nil
  }

  @Test func aProfileIsRead() throws {
    let target = try read(Self.flash)
    #expect(target.name == "m0" && target.lanes == 1 && target.clockHertz == 48e6)
    #expect(
      target.parameters == .init(kind: .flash, count: 1, bytes: 65536, width: 32, side: 16384))
    #expect(target.cycles == .init(multiply: 4, survivor: 25, output: 20))
    #expect(target.energy.activationByte == 2.5)
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    var target = try read(Self.flash)
    #expect(try TargetProfile(json: JSONEncoder().encode(target)) == target)
    target.parameters = .init(kind: .banks, count: 16, bytes: 4096, width: 64, side: 2048)
    #expect(try TargetProfile(json: JSONEncoder().encode(target)) == target)
  }

  @Test func fieldsAreRequiredAndNoOthersAllowed() {
    #expect(error("\"lanes\": 1,", "") == .missingField("lanes"))
    #expect(error("\"survivor\": 25,", "") == .missingField("cycles.survivor"))
    #expect(error("\"lanes\"", "\"lane\"") == .unknownField("lane"))
    #expect(error("\"width\"", "\"widht\"") == .unknownField("parameters.widht"))
    #expect(error("\"kind\"", "\"count\": 1, \"kind\"") == .unknownField("parameters.count"))
    #expect(error("\"flash\"", "\"banks\"") == .unknownField("parameters.reservedBytes"))
  }

  @Test func lookUpTablesAreOfTheRuntimeInFlash() throws {
    let told = Self.flash.replacingOccurrences(of: "\"lanes\": 1,", with: "\"lanes\": 1, \"tableBits\": 6,")
    let target = try read(told)
    #expect(try target.tableBits == 6 && target.usedTableBits == 6 && target != read(Self.flash))
    #expect(try TargetProfile(json: JSONEncoder().encode(target)) == target)
    #expect(try read(Self.flash).tableBits == nil && read(Self.flash).usedTableBits == 8)
    #expect(error("\"lanes\": 1,", "\"lanes\": 1, \"tableBits\": 13,") == .range("tableBits", found: 13, allowed: 0...12))
    let banks = told.replacingOccurrences(of: "\"flash\"", with: "\"banks\"")
      .replacingOccurrences(of: "\"reservedBytes\"", with: "\"count\": 1, \"controlBytes\"")
    #expect(throws: TargetError.wrongType("tableBits", expected: "nothing: it is for the C runtime with its blob in flash")) {
      try read(banks)
    }
  }

  @Test func tablesMayBeBounded() throws {
    let told = Self.flash.replacingOccurrences(
      of: "\"lanes\": 1,", with: "\"lanes\": 1, \"tables\": {\"levels\": 31, \"limit\": 127},")
    let target = try read(told)
    #expect(try target.tables == .init(levels: 31, limit: 127) && read(Self.flash).tables == nil)
    #expect(try TargetProfile(json: JSONEncoder().encode(target)) == target)
    let few = "\"lanes\": 1, \"tables\": {\"levels\": 1, \"limit\": 127},"
    #expect(error("\"lanes\": 1,", few) == .range("tables.levels", found: 1, allowed: 2...256))
    #expect(error("\"lanes\": 1,", "\"lanes\": 1, \"tables\": {\"levels\": 9},") == .missingField("tables.limit"))
  }

  @Test func valuesAreChecked() {
    #expect(error("\"lanes\": 1", "\"lanes\": 0") == .range("lanes", found: 0, allowed: 1...255))
    #expect(
      error("\"cycle\": 15", "\"cycle\": -1")
        == .range("energy.cycle", found: -1, allowed: 0...1e6))
    #expect(
      error("\"lanes\": 1", "\"lanes\": 1.5") == .wrongType("lanes", expected: "a whole number"))
    #expect(
      error("\"lanes\": 1", "\"lanes\": \"1\"") == .wrongType("lanes", expected: "a number"))
    #expect(error("65536", "65535") == .partWord("parameters.bytes", bytes: 65535, wordBytes: 4))
    #expect(
      error("\"width\": 32", "\"width\": 12")
        == .wrongType("parameters.width", expected: "a multiple of 8 bits"))
    #expect(
      error("flash", "ram") == .wrongType("parameters.kind", expected: "\"flash\" or \"banks\""))
    #expect(error("\"m0\"", "\"\"") == .wrongType("name", expected: "a name of 1 to 64 letters"))
    #expect(
      error("16384", "65537")
        == .range("parameters.reservedBytes", found: 65537, allowed: 0...65536))
  }

  @Test(arguments: ["", "[]", "7", "{", "{\"name\": }", String(repeating: "[", count: 20_000)])
  func whatIsNoObjectIsRefused(text: String) {
    #expect(throws: TargetError.notJSON) { try read(text) }
  }

  @Test func aLongFileIsRefused() {
    let text = String(repeating: " ", count: TargetProfile.fileLimit + 1)
    #expect(throws: TargetError.tooLarge(bytes: 65537, limit: 65536)) { try read(text) }
  }

  @Test func sentencesNameTheField() {
    #expect(error("\"lanes\": 1,", "")?.sentence == "the field lanes is missing")
    #expect(
      error("\"lanes\": 1", "\"lanes\": 300")?.sentence
        == "the field lanes is 300, and may be 1 to 255")
  }

  /// The profiles that come with the samples.
  @Test(arguments: ["cortex-m0", "cortex-m4f", "cortex-m55", "rv32imac", "always-on-16"])
  func theSamplesAreProfiles(name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Samples/targets")
    let target = try TargetProfile(json: Data(contentsOf: folder.appending(path: name + ".json")))
    #expect(target.name == name)
  }

  @Test func instructionsAreForOneProcessor() throws {
    var target = try read(Self.flash)
    target.instructions = .cortexM4F
    let text = String(decoding: try JSONEncoder().encode(target), as: UTF8.self)
    #expect(try read(text) == target)
    #expect(throws: TargetError.self) { try read(text.replacingOccurrences(of: "\"lanes\":1", with: "\"lanes\":2")) }
    #expect(throws: TargetError.missingField("instructions.tile")) {
      try read(text.replacing(/"tile":[^,}]*,?/, with: ""))
    }
    #expect(throws: TargetError.wrongType("instructions.kernels", expected: "\"tiles\" or \"sweep\"")) {
      try read(text.replacingOccurrences(of: "\"tiles\"", with: "\"fast\""))
    }
  }

  /// What is built in, where no target is named, is the sample's.
  @Test func theUsualCostsAreTheSamples() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Samples/targets")
    let target = try TargetProfile(json: Data(contentsOf: folder.appending(path: "cortex-m4f.json")))
    #expect(target.name == InstructionCosts.usualTarget && target.instructions == .cortexM4F)
  }
}
