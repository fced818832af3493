// What lies where in the memory images that `emit-banks` writes.

import Blob
import Foundation
import Planning

/// Which layer's lane lies where.
public struct BankMap: Codable, Sendable {
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

extension BankMap {
  package init(_ layout: BlobLayout, _ report: DieReport, _ target: TargetProfile) {
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
