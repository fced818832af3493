import Blob

// Geometry of convolutions and dense layers, and the coded weights.

extension InvalidVector {
  private static let size = 1...1 << 24 - 1

  private static func range(_ field: String, _ value: Int, _ allowed: ClosedRange<Int>) -> BlobFault
  {
    .range(field, value, allowed: allowed)
  }

  private static func convolution(
    _ name: String, _ fault: BlobFault, _ edits: [Int: Int], arenaBytes: Int = 4000
  ) -> InvalidVector {
    step(
      name, fault, 1,
      varints(SoundStep.convolution.setting(edits)) + [0] + SoundStep.noWeights,
      arenaBytes: arenaBytes)
  }

  private static func dense(
    _ name: String, _ fault: BlobFault, arenaBytes: Int = 24, _ fields: [Int]
  ) -> InvalidVector {
    InvalidVector(name, .invalid(.step(0), fault)) {
      $0.fields = varints(fields)
      $0.arenaBytes = arenaBytes
    }
  }

  static let filters: [InvalidVector] = [
    convolution("convolution-groups-0", range("groups", 0, size), [2: 0]),
    convolution("convolution-groups-2-of-3", .groups(2), [2: 2]),
    convolution("convolution-channels-0", range("C", 0, size), [3: 0]),
    convolution("convolution-kernel-0", range("kw", 0, 1...65535), [10: 0]),
    convolution("convolution-stride-0", range("sh", 0, 1...65535), [11: 0]),
    convolution("convolution-dilation-0", range("dw", 0, 1...65535), [14: 0]),
    convolution("convolution-pad-65536", range("top", 65536, 0...65535), [15: 65536]),
    convolution(
      "convolution-height-65536", range("H", 65536, 1...65535), [1: 1 << 20, 4: 65536],
      arenaBytes: 1 << 28),
    convolution("convolution-overlap", .overlap("x"), [1: 31]),
    convolution(
      "convolution-outside-arena", .outsideArena("y", end: 1001, words: 1000), [1: 953]),
    convolution(
      "convolution-weights-2-to-34", .tooManyElements("the weights"), [9: 65535, 10: 65535]),
    dense("dense-rows-0", range("R", 0, size), [0, 4, 0, 4, 2]),
    dense("dense-overlap", .overlap("x"), arenaBytes: 28, [1, 4, 1, 4, 2]),
    dense("dense-in-place", .overlap("x"), [0, 0, 1, 4, 2]),
    dense("dense-outside-arena", .outsideArena("x", end: 7, words: 6), [3, 0, 1, 4, 2]),
    dense(
      "dense-weights-2-to-29", .tooManyElements("the weights"), arenaBytes: 1 << 20,
      [0, 1 << 15, 1, 1 << 15, 1 << 14]),
  ]

  static let notForColumns =
    BlobFault.misplaced("a mask of columns in a layer that is not dense, of one row of Kinglet's own integers,")

  static let weights: [InvalidVector] = [
    weights("mask-7", range("the mask", 7, 0...6)) { $0.kinds = [7, 1] },
    weights("indices-of-floats", InvalidVector.notForIndices) { ($0.kinds, $0.gaps, $0.codes) = ([6, 1], [], [2]) },
    weights("columns-of-floats", notForColumns) { ($0.kinds, $0.codes) = ([5, 1], [2] + bits("1000 0")) },
    weights("rows-raw", range("the kind of values", 0, 1...2)) { $0.kinds = [4, 0] },
    weights("rows-no-symbol", .emptyAlphabet) {
      $0.kinds = [4, 1]
      $0.gaps = [2] + bits("1000 10 0") + bits("0000 0000 0000") + [0]
    },
    weights("rows-spare-bit", .spareBits("the classes of rows")) {
      $0.kinds = [4, 1]
      $0.gaps = [2] + bits("1000 10 0") + bits("1000 10 0") + [4]
    },
    weights("values-3", range("the kind of values", 3, 0...2)) { $0.kinds = [1, 3] },
    weights("beside-under-bitmap", range("the kind of values", 2, 0...1)) {
      ($0.kinds, $0.gaps) = ([2, 2], [])
    },
    weights("beside-no-symbol", .emptyAlphabet) {
      ($0.kinds, $0.codes) = ([1, 2], [3] + bits("1000 10 0") + bits("0000 0000 0000") + bits("1000 10 0"))
    },
    weights("beside-two-alphabets", .coding(.oversubscribed)) {
      ($0.kinds, $0.codes) = ([1, 2], [3] + bits("1000 10 0") + bits("1000 10 0"))
    },
    weights("jump-0", range("K", 0, 1...255)) { $0.gaps = [0, 0x01] },
    weights("jump-256", range("K", 256, 1...255)) {
      $0.gaps = varint(256) + [0x21, 0x02] + [UInt8](repeating: 0, count: 127)
    },
    weights("gap-length-13", .coding(.lengthOutside(symbol: 0, length: 13))) {
      $0.gaps = [2] + bits("1011 10 0")
    },
    weights("gap-length-12-and-1", .coding(.lengthOutside(symbol: 1, length: 13))) {
      $0.gaps = [2] + bits("0011 10 0")
    },
    weights("gap-length-1-less-1", .coding(.lengthOutside(symbol: 1, length: 0))) {
      $0.gaps = [2] + bits("1000 110 10")
    },
    weights("gap-length-0-by-number", .coding(.lengthOutside(symbol: 2, length: 0))) {
      $0.gaps = [2] + bits("1000 0 1111 0000")
    },
    weights("gap-spare-bit", .spareBits("the gap alphabet")) {
      $0.gaps = [2] + bits("1000 10 0 1")
    },
    weights("gap-oversubscribed", .coding(.oversubscribed)) { $0.gaps = [2] + bits("1000 0 10") },
    weights("gap-incomplete", .coding(.incomplete)) { $0.gaps = [2] + bits("0100 0 0") },
    weights("gap-lone-of-2-bits", .coding(.loneSymbolLength(symbol: 1, length: 2))) {
      $0.gaps = [2] + bits("0000 0100 1110")
    },
    weights("code-oversubscribed", .coding(.oversubscribed)) { $0.codes = [3] + bits("1000 0 0") },
    weights("code-incomplete", .coding(.incomplete)) {
      $0.codes = [3] + bits("0100 110 1111 1100")
    },
    weights("code-lone-of-3-bits", .coding(.loneSymbolLength(symbol: 2, length: 3))) {
      $0.codes = [3] + bits("0000 0000 1100")
    },
    weights("code-length-15", .coding(.lengthOutside(symbol: 2, length: 15))) {
      $0.codes = [3] + bits("0100 110 1111 1111")
    },
    weights("code-spare-bit", .spareBits("the code alphabet")) {
      $0.codes = [3] + bits("0100 110 10 0000001")
    },
    weights("joint-raw", range("the kind of values", 0, 1...1)) { $0.kinds = [3, 0] },
    weights("joint-jump-0", range("K", 0, 1...255)) { ($0.kinds, $0.gaps) = ([3, 1], [0]) },
    weights("joint-259-symbols", range("the number of symbols", 259, 1...256)) {
      ($0.kinds, $0.gaps) = ([3, 1], [86])
    },
    weights("joint-incomplete", .coding(.incomplete)) {
      ($0.kinds, $0.gaps, $0.codes) = ([3, 1], [1], [3] + bits("0100 0 0 10"))
    },
    // Five alphabets with 128 changes each, of 6 bytes, in a file of 1791.
    InvalidVector(
      "lengths-change-too-often", .invalid(.step(0), .looksAtTooMuch(bytes: 3840, limit: 3839))
    ) {
      let restless = bits("0100 1111 1110 10" + String(repeating: "110 10", count: 63))  // 2, 7, 8, 7, 8...
      $0.weights.kinds = [4, 2]
      $0.weights.gaps = varint(128) + restless + restless + [0]
      $0.weights.codes = varint(129) + restless + restless + restless
      ($0.weights.table, $0.weights.biases) = ([3, 0], [0])
      $0.parameters = []
      $0.parameters = [UInt8](repeating: 0, count: 1791 - $0.bytes.count)
    },
    weights("levels-0", range("the number of levels", 0, 1...256)) { $0.codes = [0] },
    weights("levels-257", range("the number of levels", 257, 1...256)) {
      $0.codes = varint(257) + [0x12, 0x02] + [UInt8](repeating: 0, count: 127)
    },
    weights("table-absent", .numbersMissing("the table")) { $0.table = [0] },
    weights("table-outside", .numbersOutside("the table", end: 11, bytes: 10)) {
      $0.table = [1, 5]
    },
    InvalidVector("table-infinite", .invalid(.step(0), .notFinite("the table"))) {
      $0.parameters[5] = 0x7C
    },
    InvalidVector("table-scale-2-to-121", .invalid(.step(0), .notFinite("the table"))) {
      $0.parameters += float(0x1p121) + [0, 0, 0]
      $0.weights.table = [3, 10]
    },
    InvalidVector("scales-scale-2-to-113", .invalid(.step(0), .notFinite("the row scales"))) {
      $0.parameters += float(0x1p113) + [0, 0, 0, 0]
      $0.weights.scales = [4, 10]
    },
    weights("scales-precision-5", range("the precision of the row scales", 5, 0...4)) {
      $0.scales = [5, 0]
    },
    weights("biases-outside", .numbersOutside("the biases", end: 14, bytes: 10)) {
      $0.biases = [2, 6]
    },
    InvalidVector("biases-nan", .invalid(.step(0), .notFinite("the biases"))) {
      ($0.parameters[8], $0.parameters[9]) = (1, 0xFC)
    },
    weights("lanes-0", range("the number of lanes", 0, 1...255)) { $0.lanes = [0] },
    weights("lanes-256", range("the number of lanes", 256, 1...255)) {
      let empty = (0..<255).flatMap { _ in [0, 0, 0, 0] as [UInt8] }
      $0.lanes = varint(256) + [0, 0, 15, 2] + empty
    },
    weights("lane-bank-1-of-1", range("a lane's bank", 1, 0...0)) { $0.lanes = [1, 1, 0, 15, 2] },
    weights("lane-rows-too-few", .laneRows(sum: 1, rows: 2)) { $0.lanes = [1, 0, 0, 15, 1] },
    weights("lane-rows-too-many", .laneRows(sum: 3, rows: 2)) {
      $0.lanes = [2, 0, 0, 15, 2, 0, 0, 0, 1]
    },
    weights("lane-past-bank", .lanePastBank(end: 9, limit: 7)) { $0.lanes = [1, 0, 7, 15, 2] },
    weights("lane-offset-wraps", .lanePastBank(end: 1 << 32 + 1, limit: 7)) {
      $0.lanes = [1, 0] + varint(1 << 32 - 1) + [15, 2]
    },
    InvalidVector("lane-in-pad", .invalid(.bank(0), .lanePastBank(end: 2, limit: 1))) {
      $0.pad.removeLast()
    },
    InvalidVector("pad-byte", .invalid(.bank(0), .padByte(at: 6))) { $0.pad[4] = 0xFE },
    InvalidVector("pad-first-byte", .invalid(.bank(0), .padByte(at: 2))) { $0.pad[0] = 0x7F },
    InvalidVector("pad-absent", .invalid(.bank(0), .lanePastBank(end: 2, limit: -3))) {
      $0.pad = []
    },
  ]

  /// Joint symbols of K = 1: four words of two bits.
  private static func joint(_ blob: inout HandMade, bits count: UInt8) {
    blob.weights.kinds = [3, 1]
    (blob.weights.gaps, blob.weights.codes) = ([1], [3] + bits("0100 0 0 0"))
    blob.weights.lanes = [1, 0, 0, count, 2]
  }

  /// Lanes that are not what their alphabets say: a reader may find that only when it decodes them.
  static let lanes: [InvalidVector] = [
    InvalidVector(
      "lane-ends-early", .invalid(.step(0), .coding(.endOfBits(at: 8))), whenRunning: true
    ) {
      $0.weights.lanes = [1, 0, 0, 8, 2]
      $0.lane = [0x15]
    },
    InvalidVector(
      "lane-ends-late", .invalid(.step(0), .coding(.bitsLeftOver(8))), whenRunning: true
    ) {
      $0.weights.lanes = [1, 0, 0, 23, 2]
      $0.lane = [0x15, 0x6D, 0x00]
    },
    weights("lane-a-bit-late", .coding(.bitsLeftOver(1)), whenRunning: true) {
      $0.lanes = [1, 0, 0, 16, 2]
    },
    weights("lane-of-no-bits", .coding(.endOfBits(at: 0)), whenRunning: true) {
      $0.lanes = [1, 0, 0, 0, 2]
    },
    weights("lane-without-gap-symbols", .coding(.bitsLeftOver(15)), whenRunning: true) {
      $0.gaps = [2, 0, 0]
    },
    weights("lane-without-code-symbols", .coding(.emptyAlphabet(at: 2)), whenRunning: true) {
      $0.codes = [3, 0, 0]
    },
    InvalidVector(
      "lane-fill-bit-set", .invalid(.step(0), .coding(.fillBitSet)), whenRunning: true
    ) { $0.lane[1] = 0xED },
    InvalidVector(
      "lane-without-mask-ends-early", .invalid(.step(0), .coding(.endOfBits(at: 7))),
      whenRunning: true
    ) {
      // Lengths 1, 1: a bit for each of 8 positions.
      $0.weights.kinds = [0, 1]
      ($0.weights.gaps, $0.weights.codes) = ([], [3] + bits("1000 0 1110"))
      $0.weights.lanes = [1, 0, 0, 7, 2]
      $0.lane = [0x29]
    },
    InvalidVector(
      "bitmap-ends-late", .invalid(.step(0), .coding(.bitsLeftOver(1))), whenRunning: true
    ) {
      $0.weights.kinds = [2, 1]
      ($0.weights.gaps, $0.weights.codes) = ([], [3] + bits("1000 0 1110"))
      $0.weights.lanes = [1, 0, 0, 9, 2]
      $0.lane = [0, 0]
    },
    InvalidVector(
      "joint-ends-early", .invalid(.step(0), .coding(.endOfBits(at: 8))), whenRunning: true
    ) {
      joint(&$0, bits: 8)
      $0.lane = [0x29]
    },
    InvalidVector(
      "joint-ends-late", .invalid(.step(0), .coding(.bitsLeftOver(1))), whenRunning: true
    ) {
      // Two bits for each of 8 positions, the first code everywhere.
      joint(&$0, bits: 17)
      $0.lane = [0, 0, 0]
    },
    InvalidVector(
      "joint-without-symbols", .invalid(.step(0), .coding(.bitsLeftOver(15))), whenRunning: true
    ) {
      joint(&$0, bits: 15)
      $0.weights.codes = [3, 0, 0]
    },
    InvalidVector(
      "raw-float-cut", .invalid(.step(0), .coding(.endOfBits(at: 32))), whenRunning: true
    ) {
      // Bitmap; the first position's 32 bits begin at bit 1, and the lane ends at bit 32.
      $0.weights.kinds = [2, 0]
      ($0.weights.gaps, $0.weights.codes, $0.weights.table) = ([], [], [])
      $0.weights.lanes = [1, 0, 0, 32, 2]
      $0.lane = [1, 0, 0, 0]
    },
    InvalidVector(
      "second-lane-ends-late", .invalid(.step(0), .coding(.bitsLeftOver(1))), whenRunning: true
    ) {
      // One row a lane: gap 1 code 1, gap 1 code 0 are 7 bits; gap 0 code 1, jump, gap 0 code 2: 8.
      $0.weights.lanes = [2, 0, 0, 7, 1, 0, 1, 9, 1]
      $0.lane = [0x15, 0xDA, 0x00]
    },
  ]
}
