// What lies where in the memory images that `emit-banks` writes.

import Blob
import Foundation
import Planning

/// Which layer's lane lies where.
public struct BankMap: Codable, Sendable {
  public struct Lane: Codable, Equatable, Sendable {
    /// The step that the lane's layer is, from 0.
    public var step: Int
    /// The layer's, where it is known; else the operator with its number.
    public var name: String
    /// The lane's number in its layer, from 0.
    public var lane: Int
    /// In bytes from the bank's beginning.
    public var offset: Int
    /// Bits of the lane's stream.
    public var bits: Int
    /// The first of its rows, from 0.
    public var firstRow: Int
    /// How many rows of the layer it holds, one after another.
    public var rows: Int
    /// Weights in it that are not zero.
    public var survivors: Int
  }

  public struct Memory: Codable, Equatable, Sendable {
    /// Of its files, without ending.
    public var name: String
    /// Bytes that are in use, the pad included.
    public var bytes: Int
    /// Bytes FF at its end.
    public var pad: Int
    /// What lies in it, by rising offset; none in control memory.
    public var lanes: [Lane]
  }

  /// The target's name.
  public var target: String
  /// Bits of a word of the `.mem` files.
  public var width: Int
  /// Header, plan and parameters: the blob's bytes before the first bank.
  public var control: Memory
  /// The banks, in the target's order.
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
