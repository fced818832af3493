import Blob

// Integer tensors, steps and weights.

/// Integer steps as they should be, in an arena of 1000 words and with 600 bytes of parameters: the
/// byte `types` and lists of fields to be edited.
enum SoundIntegerStep {
  static let convolution = SoundStep.convolution
  static let weights = HandMadeWeights.integer
  static let map = [0, 100, 8, 0]
  static let prelu = [0, 100, 2, 3, 4, 1 << 14, 8]
  static let softmax = [0, 100, 2, 3, 4, 5, 8]
  static let logSoftmax = [0, 100, 2, 3, 4, 1 << 30, 51]
  static let averagePool = SoundStep.pool + [0, 0, 0]
  static let mean = [0, 100, 2, 16, 3, 4, 500]
  /// Add: operator, places, shape, masks, factors.
  static let sum = [0, 0, 100, 200, 2, 3, 4, 0, 0, 1 << 14, 1 << 22]
  static let product = [2, 0, 100, 200, 2, 3, 4, 0, 0, 3, 4, 65535]
  static let quotient = [3, 0, 100, 200, 2, 3, 4, 0, 0, 3, 4, 65535, 8]
  static let pad = [0, 7, 0, 100, 2, 3, 4, 1, 0, 0, 2]
  static let constant = [100, 9, 8]
  static let affine = [0, 100, 2, 3, 8, 0]
  static let resize = SoundStep.resize.setting([8: 1024, 13: 1 << 20])

  /// [1,2] to [1,12] of 16 bits, and of three units a cell and what it gives.
  static let shortDense = [0, 100, 1, 2, 12]
  static let cell = [0, 40, 80, 100, 3, 12, 5000]
  /// [2,3] of 16 bits to [2].
  static let shortProduct = [0, 100, 2, 3, 1 << 30, 31, 7, 8, 20]
  static let output = [1, 40, 80, 100, 3, 12, 150, 1 << 30, 31, 7]

  /// Opcodes with types and fields.
  static let all: [(UInt8, [UInt8])] = [
    (33, [3] + varints(convolution) + [0] + noWeights),
    (33, [7] + varints(convolution + [1, 300, 1 << 22]) + noWeights),
    (35, [2] + varints(map)), (36, [1] + varints(prelu)), (37, [1] + varints(softmax)),
    (38, [3] + varints(SoundStep.pool)), (39, [0] + varints(averagePool)),
    (40, [2] + varints(mean)), (41, [7] + varints(sum)), (41, [2] + varints(product)),
    (41, [4] + varints(quotient)), (42, [3] + varints(SoundStep.copy)), (43, [0] + varints(pad)),
    (44, [3] + varints(SoundStep.transpose)), (45, [2] + varints(constant)),
    (49, [2] + varints(logSoftmax)), (50, [1, 0] + varints(SoundStep.softmax)),
    (51, [7] + varints(SoundStep.product + [3, 4, 500])),
    (46, [1] + varints(affine)), (47, [3] + varints(SoundStep.gather.setting([5: 9]))),
    (48, [0] + varints(resize)), (54, [11] + varints(cell)), (54, [11] + varints(output)),
    (55, [11] + varints(shortProduct)),
  ]

  /// A convolution's weights: 3 rows of 18 columns, none of which survives, one level.
  static let noWeights: [UInt8] =
    [1, 1, 1, 0, 1, 0, 3, 0] + [1, 2, 1, 8, 2, 3, 8] + [1, 0, 0, 0, 3]

  /// A table's scale of 2; eight bytes of which are 1, 0, 2, 0...; then 42 (as a bitmap, three ones
  /// of six).
  static let parameters: [UInt8] =
    float(2) + [1, 2, 3, 4] + [1, 42, 2, 0, 3, 0, 4, 0] + [UInt8](repeating: 9, count: 584)
}

extension HandMadeWeights {
  /// Integer weights: l = 3, e = 4, m = 200 for all rows; two biases of a byte, times 2^5.
  static var integer: HandMadeWeights {
    var weights = HandMadeWeights()
    weights.table = [3, 0]
    weights.scales = [3, 4, 0] + varint(200)
    weights.biases = [1, 5, 8]
    return weights
  }
}

extension InvalidVector {
  private static func range(_ field: String, _ value: Int, _ allowed: ClosedRange<Int>) -> BlobFault
  {
    .range(field, value, allowed: allowed)
  }

  private static let size = 1...1 << 24 - 1
  private static let factor = 0...1 << 22
  private static let bias = -(1 << 29)...1 << 29

  /// A blob of one integer step with something wrong in it.
  private static func step(
    _ name: String, _ fault: BlobFault, _ opcode: UInt8, types: UInt8 = 0, _ fields: [Int],
    _ tail: [UInt8] = []
  ) -> InvalidVector {
    let blob = HandMade.step(opcode, [types] + varints(fields) + tail).with {
      $0.parameters = SoundIntegerStep.parameters
    }
    return InvalidVector("integer-" + name, blob.bytes, .invalid(.step(0), fault))
  }

  static let integers = integerTensors + integerTypes + integerLayers + integerWeights
    + integerElements + integerWindows + integerMoves + integerColumns + integerIndices + integerLSTMs + integerProducts

  private static let integerLSTMs: [InvalidVector] = [
    lstm("part-2", range("the part", 2, 0...1), [0: 2]),
    lstm("power-16", range("the power", 16, 0...15), [5: 16]),
    lstm("limit-32768", range("the limit", 32768, 0...32767), [6: 32768]),
    lstm("cell-over-a", .overlap("a"), [3: 45]),
    lstm("cell-over-b", .overlap("b"), [3: 85]),
    lstm("a-outside", .outsideArena("a", end: 1001, words: 1000), [1: 995]),
    lstm("count-0", range("count", 0, size), [4: 0]),
    lstm("output-over-cell", .overlap("c"), of: SoundIntegerStep.output, [6: 100]),
    lstm("output-over-end-of-cell", .overlap("c"), of: SoundIntegerStep.output, [6: 99]),
    lstm("output-cell-outside", .outsideArena("c", end: 1001, words: 1000), of: SoundIntegerStep.output, [6: 999]),
    lstm("output-exponent", range("the exponent", 62, 0...61), of: SoundIntegerStep.output, [8: 62]),
    step(
      "short-dense-over-x", .overlap("x"), 53, types: 11, SoundIntegerStep.shortDense.setting([0: 105]),
      SoundIntegerStep.noWeights),
    step(
      "short-dense-outside", .outsideArena("y", end: 1001, words: 1000), 53, types: 11,
      SoundIntegerStep.shortDense.setting([1: 995]), SoundIntegerStep.noWeights),
  ]

  private static let integerProducts: [InvalidVector] = [
    product("over-x", .overlap("x"), [0: 98]),
    product("x-outside", .outsideArena("x", end: 1001, words: 1000), [0: 998]),
    product("inner-0", range("inner", 0, size), [3: 0]),
    product("weights-outside", .numbersOutside("weights", end: 601, bytes: 600), [7: 589]),
    product("biases-outside", .numbersOutside("biases", end: 601, bytes: 600), [8: 593]),
  ]

  private static func product(_ name: String, _ fault: BlobFault, _ edits: [Int: Int]) -> InvalidVector {
    step("short-product-" + name, fault, 55, types: 11, SoundIntegerStep.shortProduct.setting(edits))
  }

  private static func lstm(
    _ name: String, _ fault: BlobFault, of sound: [Int] = SoundIntegerStep.cell, _ edits: [Int: Int]
  ) -> InvalidVector {
    step("lstm-" + name, fault, 54, types: 11, sound.setting(edits))
  }

  private static let integerTensors: [InvalidVector] = [
    InvalidVector(
      "tensor-type-6", .invalid(.plan(offset: 3), range("an element type", 6, 0...5))
    ) { $0.input = varints([0, 6 * 8 + 1, 4]) + float(1) },
    InvalidVector("input-of-int32", .invalid(.input(0), .misplaced("an input of int32"))) {
      $0.input = varints([0, 5 * 8 + 1, 4])
    },
    InvalidVector(
      "tensor-unsigned-zero-point-0", .invalid(.plan(offset: 9), range("the zero point", 0, 1...255))
    ) { $0.input = varints([0, 4 * 8 + 1, 4]) + float(1) + [0] },
    InvalidVector(
      "tensor-zero-point-0", .invalid(.plan(offset: 9), range("the zero point", 0, 1...255))
    ) { $0.input = varints([0, 3 * 8 + 1, 4]) + float(1) + [0] },
    InvalidVector(
      "tensor-type-2-to-28", .invalid(.plan(offset: 7), range("an element type", 1 << 28, 0...5))
    ) { $0.input = varints([0, 1 << 31 + 1, 4]) + float(1) },
    InvalidVector("tensor-scale-0", .invalid(.input(0), .notPositive("the tensor's scale"))) {
      $0.input = varints([0, 8 + 1, 4]) + float(0)
    },
    InvalidVector(
      "tensor-scale-negative", .invalid(.output(0), .notPositive("the tensor's scale"))
    ) { $0.outputs = varints([1, 4, 16 + 1, 2]) + float(-1) },
    InvalidVector(
      "tensor-scale-nan", .invalid(.plan(offset: 8), .notFinite("the tensor's scale"))
    ) { $0.input = varints([0, 8 + 1, 4]) + float(.nan) },
    InvalidVector(
      "tensor-bytes-outside-arena",
      .invalid(.input(0), .outsideArena("the tensor", end: 7, words: 6))
    ) { $0.input = varints([5, 8 + 1, 5]) + float(1) },
  ]

  private static let integerTypes: [InvalidVector] = [
    step("opcode-32", range("the opcode", 32, 33...55), 32, []),
    step("opcode-56", range("the opcode", 56, 33...55), 56, []),
    step("short-dense-not-exact", .types(3), 53, types: 3, SoundIntegerStep.shortDense),
    step("lstm-not-exact", .types(3), 54, types: 3, SoundIntegerStep.cell),
    step("arg-max-to-int8", .types(2), 50, types: 2, [0] + SoundStep.softmax),
    step("exact-arg-max", .types(9), 50, types: 9, [0] + SoundStep.softmax),
    step(
      "arg-max-words-outside-arena", .outsideArena("y", end: 1001, words: 1000), 50, types: 1,
      [0] + SoundStep.softmax.setting([1: 993])),
    step("types-16", range("types", 16, 0...15), 35, types: 16, SoundIntegerStep.map),
    step("exact-border-of-bytes", .types(11), 35, types: 11, [0, 100, 16, 0], float(1) + [0]),
    step("exact-border-to-int8", .types(10), 35, types: 10, [0, 100, 16, 1], float(1) + [0]),
    step("exact-border-way-3", range("the way", 3, 0...2), 35, types: 9, [0, 100, 16, 3], float(1) + [0]),
    step("exact-border-scale-0", .notPositive("the scale"), 35, types: 9, [0, 100, 16, 1], float(0) + [0]),
    step(
      "exact-border-floats-outside-arena", .outsideArena("y", end: 1200, words: 1000), 35, types: 8,
      [0, 0, 1200, 1], float(1) + [0]),
    step(
      "exact-border-overlap", .overlap("x"), 35, types: 8, [10, 9, 16, 1], float(1) + [0]),
    step("exact-uint8", .types(9), 40, types: 9, [0, 100, 2, 16] + [1 << 30, 31, 1 << 28], [0, 1, 251, 5]),
    step("exact-mean-low-above-high", range("the largest element", -3, 5...127), 40, types: 11,
      [0, 100, 2, 16] + [1 << 30, 31, 1 << 28], [0, 1, 5, 253]),
    step("exact-mean-exponent-31", range("the exponent", 62, 0...61), 40, types: 11,
      [0, 100, 2, 16] + [1 << 30, 62], []),
    step("exact-divide", range("the operator", 3, 0...5), 41, types: 15,
      [3, 0, 100, 200, 2, 3, 4, 0, 0], []),
    step("map-with-b", .types(4), 35, types: 4, SoundIntegerStep.map),
    step(
      "convolution-b-without-residual", .types(4), 33, types: 4,
      SoundIntegerStep.convolution + [0], SoundIntegerStep.noWeights),
    step("max-pool-types", .types(1), 38, types: 1, SoundStep.pool),
    step("average-pool-types", .types(2), 39, types: 2, SoundIntegerStep.averagePool),
    step("log-softmax-to-uint8", .types(1), 49, types: 1, SoundIntegerStep.logSoftmax),
    step("softmax-to-int8", .types(2), 37, types: 2, SoundIntegerStep.softmax),
    step("copy-types", .types(1), 42, types: 1, SoundStep.copy),
    step("pad-types", .types(2), 43, types: 2, SoundIntegerStep.pad),
    step("transpose-types", .types(1), 44, types: 1, SoundStep.transpose),
    step("constant-with-x", .types(1), 45, types: 1, SoundIntegerStep.constant),
    step("select-types", .types(2), 47, types: 2, SoundStep.gather.setting([5: 9])),
    InvalidVector(
      "integer-dense-with-b", HandMade.integerDense { $0.fields[0] = 4 }.bytes,
      .invalid(.step(0), .types(4))),
  ]

  private static func convolution(
    _ name: String, _ fault: BlobFault, types: UInt8 = 0, _ edits: [Int: Int] = [:],
    residual: [Int]
  ) -> InvalidVector {
    step(
      "convolution-" + name, fault, 33, types: types,
      SoundIntegerStep.convolution.setting(edits) + residual, SoundIntegerStep.noWeights)
  }

  // x is 32 bytes at word 0, y 48 bytes at word 100.
  private static let integerLayers: [InvalidVector] = [
    convolution("has-residual-2", range("has-residual", 2, 0...1), residual: [2, 300, 0]),
    convolution("residual-partly-y", .overlap("the residual"), residual: [1, 111, 0]),
    convolution("residual-before-y", .overlap("the residual"), residual: [1, 89, 0]),
    convolution(
      "residual-outside", .outsideArena("the residual", end: 1001, words: 1000),
      residual: [1, 989, 0]),
    convolution(
      "residual-factor", range("the residual's factor", 1 << 22 + 1, factor),
      residual: [1, 300, 1 << 22 + 1]),
    convolution("overlap", .overlap("x"), [1: 7], residual: [0]),
    convolution("in-place", .overlap("x"), [1: 0], residual: [0]),
    convolution(
      "outside-arena", .outsideArena("y", end: 1001, words: 1000), [1: 989], residual: [0]),
    convolution("groups", .groups(2), [2: 2], residual: [0]),
  ]

  private static func weights(
    _ name: String, _ fault: BlobFault, _ edit: (inout HandMadeWeights) -> Void
  ) -> InvalidVector {
    let blob = HandMade.integerDense { edit(&$0.weights) }
    return InvalidVector("integer-" + name, blob.bytes, .invalid(.step(0), fault))
  }

  /// A layer by columns, 2 rows of 4, of which none has a survivor; codes of one bit.
  private static func columns(
    _ name: String, _ fault: BlobFault, whenRunning: Bool = false, lane: [UInt8] = [0, 0, 0, 0],
    _ edit: (inout HandMade) -> Void = { _ in }
  ) -> InvalidVector {
    let blob = HandMade.integerDense {
      ($0.weights.kinds, $0.weights.codes) = ([5, 1], [2] + bits("1000 0"))
      ($0.weights.lanes, $0.lane) = ([1, 0, 0] + varint(8 * lane.count) + [2], lane)
      edit(&$0)
    }
    return InvalidVector("columns-" + name, blob.bytes, .invalid(.step(0), fault), whenRunning: whenRunning)
  }

  private static let integerColumns: [InvalidVector] = [
    columns("two-rows-of-inputs", notForColumns) { $0.fields = [2] + varints([0, 4, 2, 4, 2]) },
    columns("of-65536-rows", range("the rows of a layer by columns", 65536, 1...65535)) {
      $0.fields = [2] + varints([0, 4, 1, 4, 65536])
      $0.arenaBytes = 1 << 17
    },
    columns("values-2", range("the kind of values", 2, 1...1)) { $0.weights.kinds = [5, 2] },
    columns("codes-of-two-lengths", .columnWords(gap: 2, code: 2)) {
      $0.weights.codes = [3] + bits("1000 10 0")
    },
    columns("one-code", .columnWords(gap: 2, code: 0)) { $0.weights.codes = [1] + bits("1000") },
    columns("one-gap", .columnWords(gap: 0, code: 1)) {
      $0.weights.gaps = [2] + bits("1000 1110 1110")
    },
    columns("words-of-13-bits", .columnWords(gap: 8, code: 5)) {
      // Gaps of 1, 2, ... 8 and 8 bits; 32 codes of 5.
      $0.weights.gaps = [8] + bits("1000 10 10 10 10 10 10 10 0")
      $0.weights.codes = [32] + bits("1010" + String(repeating: "0", count: 31))
    },
    columns("gaps-of-9-bits", .columnWords(gap: 9, code: 1)) {
      $0.weights.gaps = [9] + bits("1000 10 10 10 10 10 10 10 10 0")
    },
    columns("end-early", .coding(.endOfBits(at: 24)), whenRunning: true, lane: [0, 0, 0]),
    columns("end-late", .coding(.bitsLeftOver(8)), whenRunning: true, lane: [0, 0, 0, 0, 0]),
    columns(
      "of-a-bit-more", .coding(.bitsLeftOver(1)), whenRunning: true, lane: [0, 0, 0, 0, 0]
    ) { $0.weights.lanes = [1, 0, 0, 33, 2] },
    columns(
      "count-not-shortest", .coding(.byteCount(at: 0)), whenRunning: true, lane: [0x80, 0, 0, 0, 0]),
    columns(
      "count-of-four-bytes", .coding(.byteCount(at: 8)), whenRunning: true,
      lane: [0, 0x80, 0x80, 0x80, 1, 0, 0]),
    columns("count-past-lane", .coding(.endOfBits(at: 32)), whenRunning: true, lane: [0, 0, 0, 1]),
  ]

  private static let integerWeights: [InvalidVector] = [
    weights("values-raw", range("the kind of values", 0, 1...2)) { $0.kinds = [1, 0] },
    weights("bitmap-raw", range("the kind of values", 0, 1...1)) {
      ($0.kinds, $0.gaps) = ([2, 0], [])
    },
    weights("table-absent", .numbersMissing("the table")) { $0.table = [0] },
    weights("table-f16", range("the precision of the table", 1, 3...4)) { $0.table = [1, 8] },
    weights("table-f32", range("the precision of the table", 2, 3...4)) { $0.table = [2, 0] },
    InvalidVector(
      "integer-table-scale-0",
      HandMade.integerDense { $0.parameters.replaceSubrange(0..<4, with: float(0)) }.bytes,
      .invalid(.step(0), .tableScale(0))),
    InvalidVector(
      "integer-table-scale-above-2-to-112",
      HandMade.integerDense {
        $0.parameters.replaceSubrange(0..<4, with: float((0x1p112 as Float).nextUp))
      }.bytes, .invalid(.step(0), .tableScale((0x1p112 as Float).nextUp))),
    InvalidVector(
      "integer-table-infinite",
      HandMade.integerDense { $0.parameters.replaceSubrange(0..<4, with: float(2e38)) }.bytes,
      .invalid(.step(0), .notFinite("the table"))),
    InvalidVector(
      "integer-table-scale-negative",
      HandMade.integerDense { $0.parameters.replaceSubrange(0..<4, with: float(-2)) }.bytes,
      .invalid(.step(0), .tableScale(-2))),
    weights("shift-16", range("the shift", 16, 0...15)) { $0.scales[0] = 16 },
    weights("exponent-16", range("the exponent", 16, 0...15)) { $0.scales[1] = 16 },
    weights("multipliers-width-3", range("the width of the multipliers", 3, 0...2)) {
      $0.scales = [3, 4, 3, 8]
    },
    weights("multiplier-65536", range("the multiplier", 65536, 0...65535)) {
      $0.scales = [3, 4, 0] + varint(65536)
    },
    weights("multipliers-outside", .numbersOutside("the multipliers", end: 601, bytes: 600)) {
      $0.scales = [3, 4, 1] + varint(599)
    },
    weights("wide-multipliers-outside", .numbersOutside("the multipliers", end: 601, bytes: 600)) {
      $0.scales = [3, 4, 2] + varint(597)
    },
    weights("biases-width-3", range("the width of the biases", 3, 0...4)) { $0.biases[0] = 3 },
    weights("biases-width-5", range("the width of the biases", 5, 0...4)) { $0.biases[0] = 5 },
    weights("biases-shift-14", range("the biases' shift", 14, 0...13)) { $0.biases[1] = 14 },
    weights("wide-biases-shift-1", range("the biases' shift", 1, 0...0)) { $0.biases = [4, 1, 8] },
    InvalidVector(
      "integer-bias-above-2-to-29",
      HandMade.integerDense {
        $0.parameters.replaceSubrange(100..<104, with: little(1 << 29 + 1, 4))
        $0.weights.biases = [4, 0, 100]
      }.bytes, .invalid(.step(0), range("a bias", 1 << 29 + 1, bias))),
    weights("biases-outside", .numbersOutside("the biases", end: 601, bytes: 600)) {
      $0.biases = [4, 0] + varint(593)
    },
  ]

  private static let integerElements: [InvalidVector] = [
    step(
      "map-outside", .numbersOutside("the map", end: 601, bytes: 600), 35,
      SoundIntegerStep.map.setting([3: 345])),
    step("map-partly-in-place", .overlap("x"), 35, SoundIntegerStep.map.setting([1: 1])),
    step(
      "map-count-0", range("a size of x", 0, size), 35, SoundIntegerStep.map.setting([2: 0])),
    step(
      "prelu-factor", range("the factor", 1 << 22 + 1, factor), 36,
      SoundIntegerStep.prelu.setting([5: 1 << 22 + 1])),
    step(
      "prelu-slopes-outside", .numbersOutside("the slopes", end: 601, bytes: 600), 36,
      SoundIntegerStep.prelu.setting([6: 595])),
    step("prelu-partly-in-place", .overlap("x"), 36, SoundIntegerStep.prelu.setting([1: 5])),
    step(
      "softmax-exponentials-0", range("the number of exponentials", 0, 1...256), 37,
      SoundIntegerStep.softmax.setting([5: 0])),
    step(
      "softmax-exponentials-257", range("the number of exponentials", 257, 1...256), 37,
      SoundIntegerStep.softmax.setting([5: 257])),
    step(
      "softmax-outside", .numbersOutside("the exponentials", end: 601, bytes: 600), 37,
      SoundIntegerStep.softmax.setting([6: 591])),
    step(
      "softmax-first-0", range("the first exponential", 0, 1...65535), 37,
      SoundIntegerStep.softmax.setting([6: 0])),
    InvalidVector(
      "integer-softmax-count-65536",
      HandMade.step(37, [0] + varints([0, 20000, 1, 65536, 1, 5, 8])).with {
        ($0.arenaBytes, $0.parameters) = (1 << 18, SoundIntegerStep.parameters)
      }.bytes, .invalid(.step(0), range("count", 65536, 1...65535))),
    step(
      "sum-factor-a", range("the factor of a", 1 << 22 + 1, factor), 41,
      SoundIntegerStep.sum.setting([9: 1 << 22 + 1])),
    step(
      "sum-factor-b", range("the factor of b", 1 << 22 + 1, factor), 41,
      SoundIntegerStep.sum.setting([0: 1, 10: 1 << 22 + 1])),
    step("operator-6", range("the operator", 6, 0...5), 41, SoundIntegerStep.sum.setting([0: 6])),
    step(
      "mask-beyond-rank", .axis("the mask of a", 2), 41, SoundIntegerStep.sum.setting([7: 4])),
    step(
      "binary-in-place-repeated", .overlap("b"), 41,
      SoundIntegerStep.sum.setting([3: 100, 8: 1])),
    step("binary-partly-in-place", .overlap("a"), 41, SoundIntegerStep.sum.setting([3: 2])),
    step(
      "product-shift-16", range("the shift", 16, 0...15), 41,
      SoundIntegerStep.product.setting([9: 16])),
    step(
      "product-exponent-16", range("the exponent", 16, 0...15), 41,
      SoundIntegerStep.product.setting([10: 16])),
    step(
      "product-multiplier-65536", range("the multiplier", 65536, 0...65535), 41,
      SoundIntegerStep.product.setting([11: 65536])),
    step(
      "reciprocals-outside", .numbersOutside("the reciprocals", end: 601, bytes: 600), 41,
      SoundIntegerStep.quotient.setting([12: 89])),
    step(
      "factors-outside", .numbersOutside("the factors", end: 601, bytes: 600), 46,
      SoundIntegerStep.affine.setting([4: 597])),
    step(
      "affine-biases-width-3", range("the width of the biases", 3, 0...4), 46,
      SoundIntegerStep.affine.setting([5: 3]), [0, 8]),
    step(
      "affine-biases-outside", .numbersOutside("the biases", end: 601, bytes: 600), 46,
      SoundIntegerStep.affine.setting([5: 2]), [0] + varint(597)),
    step(
      "affine-biases-shift-14", range("the biases' shift", 14, 0...13), 46,
      SoundIntegerStep.affine.setting([5: 1]), [14, 8]),
    InvalidVector(
      "integer-affine-bias-below",
      HandMade.step(46, [0] + varints(SoundIntegerStep.affine.setting([5: 4])) + [0, 100]).with {
        $0.parameters = SoundIntegerStep.parameters
        $0.parameters.replaceSubrange(104..<108, with: little(-(1 << 29) - 1, 4))
      }.bytes, .invalid(.step(0), range("a bias", -(1 << 29) - 1, bias))),
    step("affine-partly-in-place", .overlap("x"), 46, SoundIntegerStep.affine.setting([1: 1])),
  ]

  private static let integerWindows: [InvalidVector] = [
    step("max-pool-in-place", .overlap("x"), 38, SoundStep.pool.setting([1: 0])),
    step(
      "max-pool-outside", .outsideArena("x", end: 1001, words: 1000), 38,
      SoundStep.pool.setting([0: 993])),
    step(
      "average-pool-taps", range("the taps of a window", 1 << 20 + 1024, 1...1 << 20), 39,
      SoundIntegerStep.averagePool.setting([7: 1024, 8: 1025])),
    step(
      "average-pool-counts-2", range("counts-padding", 2, 0...1), 39,
      SoundIntegerStep.averagePool.setting([17: 2])),
    step(
      "mean-shift-16", range("the shift", 16, 0...15), 40,
      SoundIntegerStep.mean.setting([4: 16])),
    step(
      "mean-exponent-16", range("the exponent", 16, 0...15), 40,
      SoundIntegerStep.mean.setting([5: 16])),
    step(
      "mean-multiplier-65536", range("the multiplier", 65536, 0...65535), 40,
      SoundIntegerStep.mean.setting([6: 65536])),
    step("mean-in-place", .overlap("x"), 40, SoundIntegerStep.mean.setting([1: 7])),
  ]

  private static let integerMoves: [InvalidVector] = [
    step("copy-overlap", .overlap("x"), 42, SoundStep.copy.setting([1: 1])),
    step(
      "copy-past-stride", range("offset + inner", 9, 1...8), 42, SoundStep.copy.setting([5: 6])),
    step("pad-mode-4", range("the mode", 4, 0...3), 43, SoundIntegerStep.pad.setting([0: 4])),
    step(
      "pad-reflect-too-far", .axis("after", 0), 43,
      SoundIntegerStep.pad.setting([0: 1, 9: 3])),
    step(
      "transpose-axis-twice", .permutation([2, 0, 2]), 44, SoundStep.transpose.setting([8: 2])),
    step(
      "constant-outside-parameters", .numbersOutside("the constant", end: 601, bytes: 600), 45,
      SoundIntegerStep.constant.setting([2: 592])),
    step(
      "constant-outside-arena", .outsideArena("y", end: 1001, words: 1000), 45,
      SoundIntegerStep.constant.setting([0: 998])),
    step(
      "constant-count-0", range("a size of y", 0, size), 45,
      SoundIntegerStep.constant.setting([1: 0])),
    step(
      "select-another-count", .places(3, expected: 4), 47,
      SoundStep.gather.setting([4: 4, 5: 9])),
    step(
      "select-spare-bits", .spareBits("the bitmap"), 47,
      SoundStep.gather.setting([3: 5, 4: 2, 5: 9])),
    step("resize-types", .types(1), 48, types: 1, SoundIntegerStep.resize),
    step(
      "resize-unit-of-no-bits", range("the unit of width", 0, 1024...1 << 20), 48,
      SoundIntegerStep.resize.setting([13: 1025])),
    step(
      "resize-unit-too-small", range("the unit of height", 512, 1024...1 << 20), 48,
      SoundIntegerStep.resize.setting([8: 512])),
    step(
      "select-partly-in-place", .overlap("x"), 47, SoundStep.gather.setting([1: 1, 5: 9])),
  ]
}

extension HandMade {
  /// The small blob's matrix as integer weights, from four bytes to two: an input of four uint8 at
  /// word 0, an output of two int8 at word 4.
  static func integerDense(_ edit: (inout HandMade) -> Void = { _ in }) -> HandMade {
    HandMade().with {
      $0.input = varints([0, 8 + 1, 4]) + float(0.5)
      $0.outputs = varints([1, 4, 16 + 1, 2]) + float(0.25)
      ($0.opcode, $0.fields, $0.activation) = (34, [2] + varints([0, 4, 1, 4, 2]), [])
      $0.weights = .integer
      $0.parameters = SoundIntegerStep.parameters
      edit(&$0)
    }
  }
}
