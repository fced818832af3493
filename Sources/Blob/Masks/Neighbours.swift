import EntropyCoding
import Tensors

// Weights that lie beside each other are alike: in a layer that reads an image the sign of a
// survivor tells much about the next one's, if no zero stands between them. So a layer's codes may
// have three alphabets: one for survivors with zeros before them (and the first of a lane), one for
// those right behind a negative level, one for those right behind another. Formats/Blob.md,
// "Weights".

/// Which alphabet of three a survivor's code is of.
struct Neighbours {
  private let isNegative: [Bool]

  init(_ table: StoredNumbers) { isNegative = table.values.map { $0 < 0 } }

  /// - Parameter before: the code of the survivor at the position before; nil where there is none.
  func alphabet(after before: UInt8?) -> Int {
    before.map { isNegative[Int($0)] ? 1 : 2 } ?? 0
  }

  /// The alphabet of a lane's survivor.
  func alphabet(
    of survivor: Int, in lane: LaneSurvivors, _ positions: [Int], _ codes: [UInt8]
  ) -> Int {
    guard survivor > lane.survivors.lowerBound,
      positions[survivor - 1] + 1 == positions[survivor]
    else { return 0 }
    return alphabet(after: codes[survivor - 1])
  }
}

/// How a layer's codes are written.
struct ValueCoding {
  /// One alphabet, or three by ``Neighbours``; none for raw weights.
  let lengths: [[UInt8]]
  /// Of each lane.
  let laneBits: [Int]

  /// Bytes of alphabets and codes.
  var bytes: Int {
    lengths.reduce(laneBits.reduce(7, +) / 8) { $0 + codeLengthBytes($1) }
  }
}
