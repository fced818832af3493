import Blob
import Compiler
import Delivery
import Die
import Foundation
import Planning
import Testing

struct BankImagesTests {
  /// Words of a $readmemh file as bytes, the lowest first.
  private func readmemh(_ text: String, width: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("//") {
      try #require(line.count == width / 4)
      var word = Array(line)
      while !word.isEmpty {
        bytes.append(try #require(UInt8(String(word.suffix(2)), radix: 16)))
        word.removeLast(2)
      }
    }
    return bytes
  }

  /// A memory of `count` bytes after an Intel HEX file was loaded; nil where nothing was written.
  private func intelHex(_ text: String, count: Int) throws -> [UInt8?] {
    var memory = [UInt8?](repeating: nil, count: count)
    var (base, isOver) = (0, false)
    for line in text.split(separator: "\n") {
      try #require(line.first == ":" && !isOver)
      let digits = Array(line.dropFirst())
      let record = try stride(from: 0, to: digits.count, by: 2).map {
        try #require(Int(String(digits[$0...$0 + 1]), radix: 16))
      }
      try #require(record.reduce(0, +) % 256 == 0 && record.count == record[0] + 5)
      let address = record[1] << 8 | record[2]
      switch record[3] {
      case 0:
        for (index, byte) in record[4..<record.count - 1].enumerated() {
          memory[base + address + index] = UInt8(byte)
        }
      case 1: isOver = true
      default:
        try #require(record[3] == 4)
        base = (record[4] << 8 | record[5]) << 16
      }
    }
    #expect(isOver)
    return memory
  }

  @Test(arguments: [0, 1, 15, 16, 17, 65536, 65537, 200_003])
  func imagesAreReadBack(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 73 ^ $0 >> 8) }
    let memory = try intelHex(MemoryImage.intelHex(bytes), count: count)
    #expect(memory.elementsEqual(bytes) { $0 == $1 })
    for width in [8, 24, 64, 1024] {
      let words = try readmemh(
        MemoryImage.readmemh(bytes, width: width, comment: "all"), width: width)
      #expect(words.count % (width / 8) == 0 && words.count < count + width / 8)
      #expect(Array(words[..<count]) == bytes && words[count...].allSatisfy { $0 == 0xFF })
    }
  }

  @Test func wordsHaveTheirFirstByteLowest() {
    let text = MemoryImage.readmemh([1, 2, 3, 4, 5], width: 32, comment: "five bytes")
    #expect(text == "// five bytes\n04030201\nFFFFFF05\n")
  }

  @Test func hexIsThatOfTheSpecification() {
    #expect(MemoryImage.intelHex([0x02, 0x33, 0x7A]) == ":0300000002337A4E\n:00000001FF\n")
  }

  @Test(arguments: [(1, 1), (4, 4), (3, 5)])
  func theImagesAreTheBlob(lanes: Int, banks: Int) throws {
    let bench = try Workbench()
    try Data(try BlobWriter.bytes(for: SmallDie.model())).write(
      to: URL(fileURLWithPath: bench.path("net.kgl")))
    let target = SmallDie.target(lanes: lanes, banks: banks, bytes: 4096)
    let folder = bench.path("images")
    let written = try BankImages.emit(
      blob: bench.path("net.kgl"), on: target, to: folder + "/", options: CodingOptions())
    #expect(written.files.allSatisfy { $0.hasPrefix(folder + "/") && !$0.contains("//") })
    #expect(written.die.fits && written.isDealtAnew == (lanes * banks > 1) && written.files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    let map = try JSONDecoder().decode(BankMap.self, from: bench.bytes("images/map.json"))
    let blob = Array(try bench.bytes("images/model.kgl"))
    var joined: [UInt8] = []
    for memory in [map.control] + map.banks {
      let hex = String(decoding: try bench.bytes("images/\(memory.name).hex"), as: UTF8.self)
      let image = try intelHex(hex, count: memory.bytes).map { try #require($0) }
      let text = String(decoding: try bench.bytes("images/\(memory.name).mem"), as: UTF8.self)
      #expect(try Array(readmemh(text, width: 32)[..<memory.bytes]) == image)
      joined += image
    }
    #expect(joined == blob)
    #expect(try SmallDie.answers(blob) == SmallDie.answers(Array(bench.bytes("net.kgl"))))
    try check(map, try BlobLayout(blob))
    #expect(String(decoding: try bench.bytes("images/map.txt"), as: UTF8.self).contains("bank-00"))
  }

  /// Each lane once, within its bank and before the pad, none over another.
  private func check(_ map: BankMap, _ layout: BlobLayout) throws {
    var found = 0
    for (number, bank) in map.banks.enumerated() {
      var end = 0
      for lane in bank.lanes {
        let expected = try #require(
          layout.lanes.first { $0.step == lane.step && $0.number == lane.lane })
        #expect(expected.bank == number && expected.offset == lane.offset)
        #expect(expected.bits == lane.bits && expected.survivors == lane.survivors)
        #expect(lane.offset >= end)
        end = lane.offset + (lane.bits + 7) / 8
        found += 1
      }
      #expect(end <= bank.bytes - bank.pad)
    }
    #expect(found == layout.lanes.count)
  }

  @Test func nothingIsWrittenThatDoesNotFit() throws {
    let bench = try Workbench()
    try Data(try BlobWriter.bytes(for: SmallDie.model())).write(
      to: URL(fileURLWithPath: bench.path("net.kgl")))
    let written = try BankImages.emit(
      blob: bench.path("net.kgl"), on: SmallDie.target(lanes: 2, banks: 2, bytes: 64),
      to: bench.path("images"), options: CodingOptions())
    #expect(!written.die.fits && written.files.isEmpty && !bench.files.contains("images"))
  }

  @Test func aPlacedBlobStaysAsItIs() throws {
    let bench = try Workbench()
    let target = SmallDie.target(lanes: 4, banks: 4)
    let options = CodingOptions(.flat)
    let placed = try Placement.bytes(for: SmallDie.model(), on: target, options: options)
    try Data(placed).write(to: URL(fileURLWithPath: bench.path("net.kgl")))
    let written = try BankImages.emit(
      blob: bench.path("net.kgl"), on: target, to: bench.path("images"), options: CodingOptions())
    #expect(!written.isDealtAnew && written.die.placement == nil)
    #expect(try Array(bench.bytes("images/model.kgl")) == placed)
  }
}
