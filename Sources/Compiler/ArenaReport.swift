// What a blob takes in RAM, told so that something can be done about it.

import Blob
import Die
import Edge
import Planning

/// What of the arena activations, a decoder and a filter take, and what look-up tables of other sizes would take and cost.
public struct ArenaReport: Codable, Sendable {
  /// One size of the C runtime's look-up tables.
  public struct Choice: Codable, Equatable, Sendable {
    /// `KGL_HUFFMAN_TABLE_BITS`.
    public var tableBits: Int
    /// Bytes of RAM that the C runtime asks for with such tables.
    public var arenaBytes: Int
    /// About how many an inference takes.
    public var instructions: Double

    /// Whether it takes no more of either, and less of one; of two that take the same, the own or else the one with fewer bits.
    fileprivate func isNoWorse(than other: Choice, own: Int) -> Bool {
      guard arenaBytes <= other.arenaBytes, instructions <= other.instructions else { return false }
      let isSame = arenaBytes == other.arenaBytes && instructions == other.instructions
      return !isSame || tableBits == own || tableBits < other.tableBits
    }
  }

  /// Bytes of RAM that the C runtime asks for with tables of `tableBits`.
  public var arenaBytes: Int
  /// What they are for.
  public var parts: ArenaParts
  /// Index bits of the look-up tables, `KGL_HUFFMAN_TABLE_BITS`.
  public var tableBits: Int
  /// Whose instructions are told of: the target's where it has its own, else a Cortex-M4F's.
  public var target: String
  /// By rising index bits: the tables as they are, and others of which none take both less RAM and fewer instructions; none
  /// where the die has a decoder of its own.
  public var choices: [Choice]

  /// Sizes that are worth a thought: below, decoding takes many times as long; above, RAM goes for nothing.
  private static let bits = 3...10

  /// - Parameters:
  ///   - target: nil: a Cortex-M4F.
  ///   - tableBits: nil: as the target says, or the runtime by itself.
  /// - Throws: ``CompilerError/unfit(reason:)`` where a runtime with such tables refuses the blob.
  package init(_ blob: DecodedBlob, _ runtime: EdgeRuntime, on target: TargetProfile?, tableBits: Int? = nil)
    throws(CompilerError)
  {
    let costs = target?.instructions ?? .cortexM4F
    self.target = target?.instructions == nil ? InstructionCosts.usualTarget : target?.name ?? ""
    self.tableBits = tableBits ?? target?.usedTableBits ?? TargetProfile.usualTableBits
    guard target?.parameters.kind != .banks else {
      (parts, choices) = (ArenaParts(activations: blob.model.arenaBytes), [])
      arenaBytes = parts.bytes
      return
    }
    guard let parts = runtime.arena(tableBits: self.tableBits) else {
      throw .unfit(
        reason: "look-up tables of \(self.tableBits) bits cannot read this blob's layers by columns: give 8 or more (--table-bits, "
          + "or the target's tableBits)")
    }
    self.parts = parts
    arenaBytes = parts.bytes
    choices = Self.choices(Set(Self.bits).union([self.tableBits]).sorted(), blob, runtime, costs)
    let (all, own) = (choices, self.tableBits)
    choices = all.filter { choice in
      choice.tableBits == own || !all.contains { $0.isNoWorse(than: choice, own: own) }
    }
  }

  private static func choices(_ bits: [Int], _ blob: DecodedBlob, _ runtime: EdgeRuntime, _ costs: InstructionCosts) -> [Choice] {
    let (model, ledger) = (blob.model, BlobLedger(blob))
    let layers = Dictionary(uniqueKeysWithValues: ledger.layers.map { ($0.step, $0) })
    return bits.compactMap { bits in
      guard let parts = runtime.arena(tableBits: bits) else { return nil }
      let instructions = model.steps.indices.reduce(0) {
        $0 + StepWork(model.steps[$1], layers[$1], on: costs, tableBits: bits).instructions(costs)
      }
      return Choice(tableBits: bits, arenaBytes: parts.bytes, instructions: instructions)
    }
  }

  /// For people: what the arena is made of, and where there is a choice a table.
  public var lines: [String] {
    var lines = ["RAM: arena \(arenaBytes) bytes: activations \(parts.activations)"]
    if let step = parts.step { lines[0] += ", decoder tables \(parts.tables) and a filter \(parts.filter) of step \(step)" }
    guard choices.count > 1 else { return lines }
    return lines + table
  }

  /// A line for each choice, below a head.
  package var table: [String] {
    guard choices.count > 1 else { return [] }
    return ["table bits    arena bytes    about instructions on \(target)"]
      + choices.map { choice in
        String(repeating: " ", count: 10 - "\(choice.tableBits)".count) + "\(choice.tableBits)"
          + padded("\(choice.arenaBytes)", 15) + padded("\(Int(choice.instructions))", 22)
          + (choice.tableBits == tableBits ? "  as it is" : "")
      }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}
