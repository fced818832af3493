import Blob

// Fields of steps. Convolutions and dense layers are in "InvalidVector+Filters.swift".

extension InvalidVector {
  private static func range(_ field: String, _ value: Int, _ allowed: ClosedRange<Int>) -> BlobFault
  {
    .range(field, value, allowed: allowed)
  }

  private static let size = 1...1 << 24 - 1

  static let steps = elementwise + windows + choices + shapes + resizes

  private static let elementwise: [InvalidVector] = [
    step("opcode-0", range("the opcode", 0, 1...20), 0, []),
    step("opcode-21", range("the opcode", 21, 1...20), 21, []),
    step("arg-max-mode-2", range("the mode", 2, 0...1), 18, [2] + varints(SoundStep.softmax)),
    step("product-in-place", .overlap("a"), 19, varints(SoundStep.product.setting([2: 0]))),
    step("product-over-its-second", .overlap("b"), 19, varints(SoundStep.product.setting([2: 80]))),
    step(
      "product-outside-arena", .outsideArena("y", end: 1002, words: 1000), 19,
      varints(SoundStep.product.setting([2: 994]))),
    step("arg-max-in-place", .overlap("x"), 18, [0] + varints(SoundStep.softmax.setting([1: 0]))),
    step(
      "arg-max-outside-arena", .outsideArena("y", end: 1001, words: 1000), 18,
      [1] + varints(SoundStep.softmax.setting([1: 993]))),
    step("activation-29", range("the activation", 29, 0...28), 3, varints([0, 100, 8]) + [29]),
    step("activation-none", .noActivation, 3, varints([0, 100, 8]) + [0]),
    step(
      "activation-nan", .notFinite("an activation's parameter"), 3,
      varints([0, 100, 8]) + [2] + float(.nan)),
    step(
      "activation-clip-order", .clip(low: 1, high: 0.5), 3,
      varints([0, 100, 8]) + [3] + float(1) + float(0.5)),
    step("activation-partly-in-place", .overlap("x"), 3, varints([0, 7, 8]) + [1]),
    step("activation-count-0", range("a size of x", 0, size), 3, varints([0, 100, 0]) + [1]),
    step(
      "prelu-without-slopes", .numbersMissing("the slopes"), 4, varints([0, 100, 2, 3, 4]) + [0]),
    step(
      "prelu-slopes-outside", .numbersOutside("the slopes", end: 12, bytes: 10), 4,
      varints([0, 100, 2, 3, 4]) + [2, 0]),
    step("prelu-partly-in-place", .overlap("x"), 4, varints([0, 23, 2, 3, 4]) + [1, 0]),
    step(
      "softmax-count-0", range("a size of x", 0, size), 5,
      varints(SoundStep.softmax.setting([3: 0]))),
    step(
      "softmax-outside-arena", .outsideArena("y", end: 1001, words: 1000), 5,
      varints(SoundStep.softmax.setting([1: 977]))),
    step(
      "affine-without-shift", .numbersMissing("the shift"), 14,
      varints([0, 100, 2, 3]) + [1, 0, 0]),
    InvalidVector(
      "affine-infinite",
      HandMade.step(14, SoundStep.affine).with { $0.parameters[1] = 0x7C }.bytes,
      .invalid(.step(0), .notFinite("the scale"))),
    step(
      "constant-absent", .numbersMissing("the constant"), 13, varints([100, 2]) + [0]),
    step("constant-count-0", range("a size of y", 0, size), 13, varints([100, 0]) + [2, 0]),
    step(
      "constant-outside-arena", .outsideArena("y", end: 1001, words: 1000), 13,
      varints([999, 2]) + [2, 0]),
    step(
      "constant-precision-5", range("the precision of the constant", 5, 0...4), 13,
      varints([100, 2]) + [5, 0]),
    step(
      "constant-outside-parameters", .numbersOutside("the constant", end: 11, bytes: 10), 13,
      varints([100, 2]) + [3, 5]),
    step(
      "constant-offset-wraps", .numbersOutside("the constant", end: 1 << 32 + 7, bytes: 10), 13,
      varints([100, 2]) + [2] + varint(1 << 32 - 1)),
  ]

  private static func pool(_ name: String, _ fault: BlobFault, _ edits: [Int: Int]) -> InvalidVector
  {
    step(name, fault, 6, varints(SoundStep.pool.setting(edits)), arenaBytes: 1 << 28)
  }

  private static func averagePool(
    _ name: String, _ fault: BlobFault, _ tail: [UInt8]
  ) -> InvalidVector {
    step(name, fault, 7, varints(SoundStep.pool) + tail)
  }

  private static let windows: [InvalidVector] = [
    pool("pool-kernel-0", range("kh", 0, 1...65535), [7: 0]),
    pool("pool-stride-0", range("sw", 0, 1...65535), [10: 0]),
    pool("pool-dilation-0", range("dh", 0, 1...65535), [11: 0]),
    pool("pool-stride-65536", range("sh", 65536, 1...65535), [9: 65536]),
    pool("pool-pad-65536", range("left", 65536, 0...65535), [14: 65536]),
    pool("pool-width-65536", range("W", 65536, 1...65535), [1: 1 << 20, 4: 65536]),
    pool("pool-in-place", .overlap("x"), [1: 0]),
    pool("pool-channels-0", range("a size of x", 0, size), [2: 0]),
    pool(
      "pool-outside-arena", .outsideArena("x", end: 1 << 26 + 1, words: 1 << 26),
      [0: 1 << 26 - 31]),
    averagePool("average-pool-counts-2", range("counts-padding", 2, 0...1), [0, 0, 2]),
    averagePool(
      "average-pool-bottom-65536", range("bottom", 65536, 0...65535), varint(65536) + [0, 1]),
    step(
      "mean-in-place", .overlap("x"), 8, varints(SoundStep.globalAveragePool.setting([1: 0]))),
    step(
      "mean-of-nothing", range("a size of x", 0, size), 8,
      varints(SoundStep.globalAveragePool.setting([3: 0]))),
  ]

  private static func binary(
    _ name: String, _ fault: BlobFault, operation: UInt8 = 0, _ fields: [Int],
    masks: [UInt8] = [0, 0]
  ) -> InvalidVector {
    step(name, fault, 9, [operation] + varints(fields) + masks + [0])
  }

  private static func pad(
    _ name: String, _ fault: BlobFault, mode: UInt8 = 0, value: Float = 0, _ fields: [Int]
  ) -> InvalidVector {
    step(name, fault, 11, [mode] + float(value) + varints(fields))
  }

  private static func gather(_ name: String, _ fault: BlobFault, _ edits: [Int: Int])
    -> InvalidVector
  {
    step(name, fault, 15, varints(SoundStep.gather.setting(edits)))
  }

  private static let choices: [InvalidVector] = [
    // Three constants of the same 267 numbers: 3204 bytes looked at, of a file of 1153. Three of 266 are allowed.
    InvalidVector(
      "steps-look-at-too-much",
      HandMade.step(13, varints([100, 267]) + [2, 0]).with {
        $0.parameters = [UInt8](repeating: 0, count: 4 * 267)
        $0.stepCount = varint(3)
        $0.planTail = [13] + varints([100, 267]) + [2, 0, 13] + varints([100, 267]) + [2, 0]
      }.bytes, .invalid(.step(2), .looksAtTooMuch(bytes: 3204, limit: 3201))),
    gather("select-none", range("count", 0, 1...6), [4: 0]),
    gather("select-more-than-all", range("count", 7, 1...6), [4: 7]),
    gather("select-another-count", .places(3, expected: 4), [4: 4]),
    gather("select-spare-bits", .spareBits("the bitmap"), [3: 5, 4: 2]),
    gather("select-partly-in-place", .overlap("x"), [1: 3]),
    gather("select-outside-arena", .outsideArena("y", end: 1001, words: 1000), [1: 995]),
    gather(
      "select-outside-parameters", .numbersOutside("the bitmap", end: 11, bytes: 10), [5: 10]),
  ]

  private static let shapes: [InvalidVector] = [
    binary(
      "binary-operator-6", range("the operator", 6, 0...5), operation: 6, [0, 100, 200, 1, 3]),
    binary(
      "binary-rank-7", range("the rank of y", 7, 0...6), [0, 100, 200, 7, 1, 1, 1, 1, 1, 1, 3]),
    binary(
      "binary-mask-beyond-rank", .axis("the mask of b", 2), [0, 100, 200, 2, 3, 4],
      masks: [0, 4]),
    binary("binary-in-place-repeated", .overlap("b"), [0, 100, 100, 1, 3], masks: [0, 1]),
    binary("binary-partly-in-place", .overlap("a"), [0, 100, 2, 1, 3]),
    binary(
      "binary-outside-arena", .outsideArena("b", end: 1001, words: 1000), [0, 989, 100, 2, 3, 4]),
    step(
      "copy-past-stride", range("offset + inner", 9, 1...8), 10,
      varints(SoundStep.copy.setting([5: 6]))),
    step("copy-overlap", .overlap("x"), 10, varints(SoundStep.copy.setting([1: 5, 5: 0]))),
    step(
      "copy-inner-0", range("inner", 0, size), 10, varints(SoundStep.copy.setting([3: 0]))),
    step(
      "copy-outside-arena", .outsideArena("y", end: 1001, words: 1000), 10,
      varints(SoundStep.copy.setting([1: 985]))),
    pad("pad-mode-4", range("the mode", 4, 0...3), mode: 4, [0, 100, 1, 4, 1, 1]),
    pad("pad-nan", .notFinite("the border's value"), value: .nan, [0, 100, 1, 4, 1, 1]),
    pad("pad-rank-0", range("the rank of x", 0, 1...6), [0, 100, 0]),
    pad("pad-reflect-too-far", .axis("after", 0), mode: 1, [0, 100, 1, 4, 3, 4]),
    pad("pad-symmetric-too-far", .axis("before", 0), mode: 3, [0, 100, 1, 4, 5, 4]),
    pad("pad-overlap", .overlap("x"), [0, 3, 1, 4, 1, 1]),
    pad(
      "pad-outside-arena", .outsideArena("y", end: 1001, words: 1000), [0, 100, 1, 4, 0, 897]),
    pad("pad-wide", range("after", 1 << 24, 0...1 << 24 - 1), [0, 100, 1, 4, 0, 1 << 24]),
    step(
      "transpose-axis-twice", .permutation([2, 0, 2]), 12,
      varints(SoundStep.transpose.setting([8: 2]))),
    step(
      "transpose-axis-3-of-3", .permutation([2, 0, 3]), 12,
      varints(SoundStep.transpose.setting([8: 3]))),
    step("transpose-rank-0", range("the rank of x", 0, 1...6), 12, varints([0, 100, 0])),
    step(
      "transpose-rank-7", range("the rank of x", 7, 1...6), 12,
      varints([0, 100, 7, 1, 1, 1, 1, 1, 1, 1, 0, 1, 2, 3, 4, 5, 6])),
    step(
      "transpose-in-place", .overlap("x"), 12, varints(SoundStep.transpose.setting([1: 0]))),
  ]

  private static func resize(_ name: String, _ fault: BlobFault, _ edits: [Int: Int]) -> InvalidVector {
    step(name, fault, 16, varints(SoundStep.resize.setting(edits)))
  }

  private static let resizes: [InvalidVector] = [
    resize("resize-mode-2", range("the mode", 2, 0...1), [0: 2]),
    resize("resize-unit-0", range("the unit of height", 0, 1...1 << 20), [8: 0]),
    resize("resize-unit-too-large", range("the unit of width", 1 << 20 + 1, 1...1 << 20), [13: 1 << 20 + 1]),
    resize("resize-step-too-large", range("the step of height", 65536, 0...65535), [9: 65536]),
    resize("resize-step-rest", range("the rest of the step of height", 4, 0...3), [10: 4]),
    resize("resize-start-too-large", range("the start of width", 131_071, 0...131_070), [16: 131_071]),
    resize("resize-start-rest", range("the rest of the start of width", 3, 0...2), [17: 3]),
    resize("resize-to-nothing", range("OH", 0, 1...65535), [6: 0]),
    resize("resize-overlap", .overlap("x"), [2: 23]),
    resize("resize-outside-arena", .outsideArena("y", end: 1001, words: 1000), [2: 969]),
  ]
}
