/// What a decoder meets in the lanes of a layer, by the lengths of its words: which of them a look-up table holds, and how
/// often its loop is left. Symbols that only end a lane are not counted.
public struct StreamCounts: Equatable, Sendable {
  /// Symbols that pass over K zeros, survivors that such stand before, and the bits of the word.
  public private(set) var jumps = 0
  public private(set) var jumped = 0
  public private(set) var jumpBits = 0
  /// Gaps and joint symbols that end at a survivor, of each length of 0...12 bits; and those with no jump before.
  public private(set) var symbols = none
  public private(set) var direct = none
  /// Codes of each length, where they have words of their own.
  public private(set) var codes = none

  private static let none = [Int](repeating: 0, count: BlobFormat.codeLength + 1)

  /// Words that tables with so many index bits do not hold.
  public func long(tableBits: Int) -> Int {
    (symbols.dropFirst(tableBits + 1) + codes.dropFirst(tableBits + 1)).reduce(jumpBits > tableBits ? jumps : 0, +)
  }

  /// Gap symbols that are read outside the decoder's loop, which is left where a gap begins with a jump or has a long word.
  public func outside(tableBits: Int) -> Int {
    direct.dropFirst(tableBits + 1).reduce(jumpBits > tableBits ? jumps + jumped : jumps, +)
  }

  /// Of a layer that stores neither raw weights nor bytes; of others there is nothing to count.
  ///
  /// - Complexity: O(survivors + jumps).
  init(_ weights: BlobWeights, _ layer: LayerAnatomy) {
    guard case .table(let table, let codes) = weights.values, !layer.valueLengths.isEmpty else { return }
    let values = layer.valueLengths.map(Self.bits), gaps = layer.gapLengths.map(Self.bits)
    let levels = layer.mask == .joint ? table.values.count : 1
    let lanes = LaneSurvivors.all(of: weights)
    if layer.mask == .columns {
      jumps = layer.jump.map { lanes.map { LaneColumns($0, of: codes) }.counts(jump: $0).total[$0] } ?? 0
      return
    }
    if let jump = layer.jump, let words = layer.mask == .joint ? values.first : gaps.first { jumpBits = words[jump * levels] }
    let neighbours = Neighbours(table)
    for lane in lanes {
      var walk = layer.jump.map { GapWalk(lane, columns: codes.columns, jump: $0) }
      for survivor in lane.survivors {
        let (position, code) = (codes.positions[survivor], Int(codes.values[survivor]))
        var before = 0
        walk?.walk(to: position) { row, symbol in
          if symbol == layer.jump {
            before += 1
            return
          }
          let bits =
            layer.mask == .joint
            ? values[0][symbol * levels + code] : gaps[gaps.count > 1 && layer.isSecond[row] ? 1 : 0][symbol]
          symbols[bits] += 1
          if before == 0 { direct[bits] += 1 }
        }
        jumps += before
        jumped += before > 0 ? 1 : 0
        if layer.mask == .joint { continue }
        let alphabet = values.count > 1 ? neighbours.alphabet(of: survivor, in: lane, codes.positions, codes.values) : 0
        self.codes[values[alphabet][code]] += 1
      }
    }
  }

  /// Of each symbol's word; a symbol that is alone takes none.
  private static func bits(_ lengths: [UInt8]) -> [Int] {
    Pad.longestWord(lengths) == 0 ? lengths.map { _ in 0 } : lengths.map { Int($0) }
  }
}
