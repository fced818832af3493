// `kinglet-bench coders`: what mask and codes of the same integers take under several coders, layer
// by layer and for whole networks, as bytes and as ratios to ours.

import Foundation
@testable import Lowering

/// What the coders make of a network's matrices.
private struct Comparison {
  /// One coder: bytes of each layer and of the network, which may be less than their sum.
  struct Line {
    let name: String
    let layers: [Int]
    let total: Int

    init(_ name: String, _ layers: [Int], total: Int? = nil) {
      self.name = name
      self.layers = layers
      self.total = total ?? layers.reduce(0, +)
    }
  }

  let ours: Line
  var deepCABAC: Line?
  var lines: [Line]

  /// - Parameter matrices: of the layers; those of the blob, or with dead units.
  init(_ layers: [CodedLayerMatrix], _ matrices: [LevelMatrix]) throws {
    ours = Line("Kinglet, everything", layers.map(\.ours.all))
    lines = [
      ours,
      Line("Kinglet, code tables apart", layers.map { $0.ours.all - $0.ours.alphabets }),
    ]
    if zip(layers, matrices).contains(where: { $0.matrix.count != $1.count }) {
      lines.append(Line("Kinglet, dead units kept", try matrices.map { try OurBytes($0).all }))
    }
    if let sizes = DeepCABAC.sizes(matrices) {
      deepCABAC = Line("DeepCABAC, best of 8", sizes)
      lines += [deepCABAC].compactMap(\.self)
    }
    for compressor in ByteCompressor.all {
      let each = matrices.map { compressor.smallest($0) ?? 0 }
      let sum = each.reduce(0, +)
      let together = compressor.smallest(matrices) ?? sum
      lines.append(Line(compressor.name, each, total: min(sum, together)))
    }
    let deep = zip(layers, matrices).map {
      PlainCoders.DeepCompression($1, isConvolution: $0.isConvolution)
    }
    lines += [
      Line("bitmap, codes of fixed length", matrices.map(PlainCoders.bitmap)),
      Line("Deep Compression, fixed length", deep.map(\.fixed)),
      Line("Deep Compression, Huffman", deep.map(\.huffman)),
      Line("TFLM, 4 bits a weight", matrices.map(PlainCoders.lookupIndices)),
      Line(
        "TFLM, with its tables",
        matrices.map { PlainCoders.lookupIndices($0) + PlainCoders.lookupTables($0) }),
    ]
  }

  func printTable() {
    for line in lines {
      let ratio = String(format: "%6.3fx", Double(line.total) / Double(max(ours.total, 1)))
      Self.printLine(line.name, "\(line.total)", ratio, line.layers.map { "\($0)" })
    }
    guard let deepCABAC else { return }
    func excess(_ ours: Int, _ theirs: Int) -> String {
      String(format: "%+.1f %%", 100 * Double(ours - theirs) / Double(max(theirs, 1)))
    }
    Self.printLine(
      "Kinglet over DeepCABAC", excess(ours.total, deepCABAC.total), "",
      zip(ours.layers, deepCABAC.layers).map(excess))
  }

  private static func printLine(
    _ name: String, _ total: String, _ ratio: String, _ cells: [String]
  ) {
    let layers = cells.count > 1 ? " |" + cells.map { right($0, 9) }.joined() : ""
    print(
      name.padding(toLength: 31, withPad: " ", startingAt: 0) + right(total, 9) + right(ratio, 9)
        + layers)
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// Compares the coders on every network there is.
func compareCoders() throws {
  print("mask and codes of the same integers, bytes: the network, its ratio to ours, its layers")
  if !DeepCABAC.isThere {
    print("DeepCABAC: not installed (KINGLET_PYTHON names the Python that has nncodec)")
  }
  for network in try CodedNetwork.all() {
    let coded = network.layers.map(\.matrix)
    let originals = network.layers.map { $0.original ?? $0.matrix }
    let differ = zip(coded, originals).contains { $0.count != $1.count }
    print("\n\(network.name): " + describe(coded) + (differ ? ", dead units left out" : ""))
    try Comparison(network.layers, coded).printTable()
    guard differ else { continue }
    print("\(network.name): " + describe(originals) + ", others given the dead units too")
    try Comparison(network.layers, originals).printTable()
  }
}

private func describe(_ matrices: [LevelMatrix]) -> String {
  let sizes = matrices.map { "\($0.rows) x \($0.columns)" }.joined(separator: ", ")
  let (count, survivors) = matrices.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.survivors) }
  let zeros = 100 * (1 - Double(survivors) / Double(max(count, 1)))
  return sizes + String(format: ", %.2f %% zeros", zeros)
}
