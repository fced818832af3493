// `emit-banks`: what a memory compiler, a simulator or a programmer loads, and the map of it.

import Blob
import Files
import Foundation
import Planning

/// Which layer's lane lies where.
public struct BankMap: Codable, PrintableReport, Sendable {
  public struct Lane: Codable, Equatable, Sendable {
    public var step: Int
    public var name: String
    public var lane: Int
    /// In bytes from the bank's beginning.
    public var offset: Int
    public var bits: Int
    public var firstRow: Int
    public var rows: Int
    public var survivors: Int
  }

  public struct Memory: Codable, Equatable, Sendable {
    /// Of its files, without ending.
    public var name: String
    public var bytes: Int
    /// Bytes FF at its end.
    public var pad: Int
    public var lanes: [Lane]
  }

  public var target: String
  /// Bits of a word of the `.mem` files.
  public var width: Int
  /// Header, plan and parameters: the blob's bytes before the first bank.
  public var control: Memory
  public var banks: [Memory]

  public var text: String {
    var lines = ["\(target), words of \(width) bits", line(of: control)]
    for bank in banks {
      lines.append(line(of: bank))
      for lane in bank.lanes {
        lines.append(
          String(
            format: "  %8d  %9d bits  rows %5d + %5d  %8d survivors  ", lane.offset, lane.bits,
            lane.firstRow, lane.rows, lane.survivors) + "\(lane.name) lane \(lane.lane)")
      }
    }
    return lines.joined(separator: "\n")
  }

  private func line(of memory: Memory) -> String {
    "\(memory.name)  \(memory.bytes) bytes, pad \(memory.pad)"
  }
}

public enum BankImages {
  /// Writes a blob's memory images for a target into a folder.
  ///
  /// `bank-NN.mem` for `$readmemh`, `bank-NN.hex` in Intel HEX, the same of `control` (what of the
  /// blob comes before its banks: for flash the banks follow it), `map.json`, `map.txt`, and
  /// `model.kgl`, the blob whose banks these are. A blob that is not placed for the target is dealt
  /// to lanes and packed anew.
  ///
  /// - Parameter options: how lanes are coded where they are dealt anew.
  /// - Returns: what the target holds of it; where it does not fit, nothing was written.
  public static func emit(
    blob path: String, on target: TargetProfile, to folder: String, options: CodingOptions
  ) throws(CompilerError) -> (report: DieReport, files: [String]) {
    let (given, model) = try BlobFile.open(path)
    var bytes = given
    if !isPlaced(model, on: target) {
      do {
        bytes = try Placement.bytes(for: model, on: target, options: options)
      } catch {
        throw CompilerError.blob(error).naming(path)
      }
    }
    let report = try CompilerError.naming(path) { () throws(CompilerError) in
      try DieReport(bytes, on: target)
    }
    guard report.fits else { return (report, []) }
    return (report, try write(bytes, report, target, folder))
  }

  /// Whether lanes and banks are such as placing makes them: as many banks in use as there can be.
  private static func isPlaced(_ model: BlobModel, on target: TargetProfile) -> Bool {
    let layers = model.steps.compactMap(\.weights)
    let banks = Set(layers.flatMap(\.lanes).map(\.bank))
    return banks.allSatisfy { $0 < target.parameters.count }
      && layers.allSatisfy { $0.lanes.count >= min(target.lanes, $0.rows) }
      && (banks.count > 1 || target.parameters.count == 1)
  }

  private static func write(
    _ bytes: [UInt8], _ report: DieReport, _ target: TargetProfile, _ folder: String
  ) throws(CompilerError) -> [String] {
    let layout: BlobLayout
    do { layout = try BlobLayout(bytes) } catch { throw .blob(error) }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: folder, reason: "the folder cannot be made")
    }
    let map = BankMap(layout, report, target)
    let ranges = [0..<layout.controlBytes] + layout.banks.map(\.range)
    var files: [String] = []
    func put(_ name: String, _ text: String) throws(CompilerError) {
      try ReportFile.write(text: text, to: folder + "/" + name)
      files.append(folder + "/" + name)
    }
    for (memory, range) in zip([map.control] + map.banks, ranges) {
      let image = Array(bytes[range])
      let comment = "\(memory.name) of \(target.name): \(image.count) bytes"
      try put(
        memory.name + ".mem",
        MemoryImage.readmemh(image, width: target.parameters.width, comment: comment))
      try put(memory.name + ".hex", MemoryImage.intelHex(image))
    }
    try ReportFile.write(map, to: folder + "/map.json")
    files.append(folder + "/map.json")
    try put("map.txt", map.text + "\n")
    try OutputFile.write(Data(bytes), to: folder + "/model.kgl")
    return files + [folder + "/model.kgl"]
  }
}

extension BankMap {
  init(_ layout: BlobLayout, _ report: DieReport, _ target: TargetProfile) {
    self.target = target.name
    width = target.parameters.width
    control = Memory(name: "control", bytes: layout.controlBytes, pad: 0, lanes: [])
    banks = layout.banks.enumerated().map { number, bank in
      Memory(
        name: String(format: "bank-%02d", number), bytes: bank.range.count, pad: bank.pad,
        lanes: layout.lanes.filter { $0.bank == number }.sorted { $0.offset < $1.offset }.map {
          Lane(
            step: $0.step, name: report.steps[$0.step].name, lane: $0.number, offset: $0.offset,
            bits: $0.bits, firstRow: $0.firstRow, rows: $0.rows, survivors: $0.survivors)
        })
    }
  }
}
