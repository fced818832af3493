// Coders that a page of arithmetic sizes exactly, each without headers of its own.

@testable import EntropyCoding

enum PlainCoders {
  /// A bit for each weight, and a code of fixed length for each survivor.
  static func bitmap(_ matrix: LevelMatrix) -> Int {
    (matrix.count + 7) / 8 + (matrix.survivors * matrix.codeBits + 7) / 8
  }

  /// Half a byte for each weight: TensorFlow Lite Micro looks every one of them up in a table of 16
  /// values, zero among them. Where there are 16 levels beside zero that is a value short, and
  /// counted all the same. Tables are apart: see ``lookupTables(_:)``.
  static func lookupIndices(_ matrix: LevelMatrix) -> Int { (matrix.count + 1) / 2 }

  /// Its tables: 16 values of a byte for each output channel.
  static func lookupTables(_ matrix: LevelMatrix) -> Int { 16 * matrix.rows }

  /// Deep Compression (Han, Mao and Dally, 2016): the gap before each survivor in 5 bits (dense) or
  /// 8 (convolution), and its code. Where a gap does not fit, a zero is stored as if it survived,
  /// which costs a gap, a code and one more value for codes to tell apart.
  struct DeepCompression {
    /// Bytes at fixed lengths.
    let fixed: Int
    /// Bytes with gaps and codes Huffman-coded, each list of lengths at 4 bits a symbol.
    let huffman: Int

    init(_ matrix: LevelMatrix, isConvolution: Bool) {
      let gapBits = isConvolution ? 8 : 5
      let most = 1 << gapBits
      var gapCounts = [Int](repeating: 0, count: most)
      var fillers = 0
      for gap in matrix.gaps {
        fillers += gap / most
        gapCounts[gap % most] += 1
      }
      gapCounts[most - 1] += fillers
      var codeCounts = [Int](repeating: 0, count: matrix.levels)
      for code in matrix.codes { codeCounts[Int(code)] += 1 }
      if fillers > 0 { codeCounts.append(fillers) }
      let entries = matrix.survivors + fillers
      fixed = (entries * (gapBits + LevelMatrix.bits(codeCounts.count)) + 7) / 8
      let bits = [gapCounts, codeCounts].reduce(0) { $0 + Self.huffmanBits($1) }
      huffman = (bits + 7) / 8
    }

    private static func huffmanBits(_ counts: [Int]) -> Int {
      let lengths = HuffmanCode.lengths(frequencies: counts, limit: 15)
      return zip(counts, lengths).reduce(4 * counts.count) { $0 + $1.0 * Int($1.1) }
    }
  }
}
