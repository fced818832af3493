import Blob

// Header, section table, and what the plan says of inputs and outputs.

extension InvalidVector {
  private static let small = HandMade().bytes

  /// The beginning of a PNG file.
  private static let picture: [UInt8] =
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    + Array("IHDR".utf8) + [0, 0, 1, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0]

  static let wholeFile: [InvalidVector] = [
    InvalidVector("empty", [], .truncated(bytes: 0, needed: 20)),
    InvalidVector("cut-in-header", Array(small[..<19]), .truncated(bytes: 19, needed: 20)),
    InvalidVector("cut-in-table", Array(small[..<55]), .truncated(bytes: 55, needed: 107)),
    InvalidVector("cut-in-plan", Array(small[..<80]), .truncated(bytes: 80, needed: 107)),
    InvalidVector("cut-by-a-byte", small.dropLast(), .truncated(bytes: 106, needed: 107)),
    InvalidVector(
      "a-byte-too-many", small + [0],
      .invalid(
        .header, .fileBytes(said: 107, actual: 108))),
    InvalidVector("a-picture", picture, .magic),
    InvalidVector("magic", .magic) { $0.magic[3] = 0x1B },
    InvalidVector("version-0", .version(0)) { $0.version = 0 },
    InvalidVector("version-1", .version(1)) { $0.version = 1 },
    InvalidVector("version-3", .version(3)) { $0.version = 3 },
    InvalidVector("version-257", .version(257)) { $0.version = 257 },
    InvalidVector("checksum-of-header", .checksum(.header)) { $0.spoiledChecksums = [-1] },
    InvalidVector("checksum-of-plan", .checksum(.section(0))) { $0.spoiledChecksums = [0] },
    InvalidVector("checksum-of-parameters", .checksum(.section(1))) { $0.spoiledChecksums = [1] },
    InvalidVector("checksum-of-bank", .checksum(.section(2))) { $0.spoiledChecksums = [2] },
    InvalidVector("checksum-of-ancillary", .checksum(.section(3))) {
      $0.extraSections = [HandMadeSection(kind: 200, bytes: [1, 2, 3])]
      $0.spoiledChecksums = [3]
    },
    InvalidVector("header-reserved", .invalid(.header, .reserved)) { $0.headerReserved = 1 },
    InvalidVector(
      "arena-not-in-words",
      .invalid(
        .header, .range("arena bytes modulo 4", 2, allowed: 0...0))
    ) { $0.arenaBytes = 26 },
    InvalidVector(
      "arena-too-large",
      .invalid(
        .header, .range("arena bytes", 1 << 30 + 4, allowed: 0...1 << 30))
    ) {
      $0.arenaBytes = 1 << 30 + 4
    },
  ]

  static let sections: [InvalidVector] = [
    InvalidVector(
      "no-bank",
      .invalid(
        .header, .range("the number of sections", 2, allowed: 3...64))
    ) {
      $0.editSections = { $0.removeLast() }
    },
    InvalidVector(
      "ancillary-instead-of-bank",
      .invalid(
        .section(2), .sectionKind(kind: 128, index: 0))
    ) { $0.editSections = { $0[2].kind = 128 } },
    InvalidVector(
      "sections-65",
      .invalid(
        .header, .range("the number of sections", 65, allowed: 3...64))
    ) {
      $0.extraSections = (1...62).map { HandMadeSection(kind: 3, index: $0, bytes: []) }
    },
    InvalidVector(
      "sections-swapped",
      .invalid(
        .section(0), .sectionKind(kind: 2, index: 0))
    ) { $0.editSections = { $0.swapAt(0, 1) } },
    InvalidVector(
      "section-kind-0",
      .invalid(
        .section(3), .sectionKind(kind: 0, index: 0))
    ) {
      $0.extraSections = [HandMadeSection(kind: 0, bytes: [])]
    },
    InvalidVector(
      "section-kind-127",
      .invalid(
        .section(3), .sectionKind(kind: 127, index: 0))
    ) {
      $0.extraSections = [HandMadeSection(kind: 127, bytes: [])]
    },
    InvalidVector(
      "section-second-plan",
      .invalid(
        .section(3), .sectionKind(kind: 1, index: 0))
    ) {
      $0.extraSections = [HandMadeSection(kind: 1, bytes: [])]
    },
    InvalidVector("section-reserved", .invalid(.section(1), .reserved)) {
      $0.editSections = { $0[1].reserved = 256 }
    },
    InvalidVector("plan-index", .invalid(.section(0), .sectionKind(kind: 1, index: 1))) {
      $0.editSections = { $0[0].index = 1 }
    },
    InvalidVector("bank-index", .invalid(.section(2), .sectionKind(kind: 3, index: 1))) {
      $0.editSections = { $0[2].index = 1 }
    },
    InvalidVector(
      "bank-after-ancillary",
      .invalid(
        .section(4), .sectionKind(kind: 3, index: 1))
    ) {
      $0.extraSections = [
        HandMadeSection(kind: 200, bytes: []), HandMadeSection(kind: 3, index: 1, bytes: []),
      ]
    },
    InvalidVector(
      "sections-short",
      .invalid(
        .header, .sectionBytes(said: 50, actual: 51))
    ) { $0.sectionBytesError = [2: -1] },
    InvalidVector(
      "sections-long",
      .invalid(
        .header, .sectionBytes(said: 52, actual: 51))
    ) { $0.sectionBytesError = [2: 1] },
    InvalidVector(
      "sections-very-long",
      .invalid(
        .header, .sectionBytes(said: 51 + 1 << 31, actual: 51))
    ) {
      $0.sectionBytesError = [1: 1 << 31]
    },
  ]

  static let interface: [InvalidVector] = [
    InvalidVector("plan-empty", .invalid(.plan(offset: 0), .planEnds)) {
      $0.cutPlan = $0.plan.count
    },
    InvalidVector("plan-ends-in-input", .invalid(.plan(offset: 3), .planEnds)) {
      $0.cutPlan = $0.plan.count - 3
    },
    InvalidVector("plan-ends-in-step", .invalid(.step(0), .planEnds)) { $0.cutPlan = 1 },
    InvalidVector("plan-goes-on", .invalid(.plan(offset: 34), .bytesLeftOver(1))) {
      $0.planTail = [0]
    },
    InvalidVector("varint-not-shortest", .invalid(.plan(offset: 3), .varint)) {
      $0.input = [0x80, 0x00, 1, 4]
    },
    InvalidVector("varint-of-six-bytes", .invalid(.plan(offset: 6), .varint)) {
      $0.input = [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 1, 4]
    },
    InvalidVector("varint-2-to-32", .invalid(.plan(offset: 6), .varint)) {
      $0.input = [0x80, 0x80, 0x80, 0x80, 0x10, 1, 4]
    },
    InvalidVector(
      "inputs-0",
      .invalid(
        .plan(offset: 8), .range("the number of inputs", 0, allowed: 1...255))
    ) {
      // What follows is read as states.
      ($0.inputCount, $0.input, $0.transform) = ([0], [], [])
    },
    InvalidVector(
      "inputs-256",
      .invalid(
        .plan(offset: 2), .range("the number of inputs", 256, allowed: 1...255))
    ) {
      let input = $0.input + $0.transform
      ($0.inputCount, $0.transform) = (varint(256), [])
      $0.input = (0..<256).flatMap { _ in input }
    },
    InvalidVector(
      "outputs-0",
      .invalid(
        .plan(offset: 7), .range("the number of outputs", 0, allowed: 1...255))
    ) {
      $0.outputs = [0]
    },
    InvalidVector(
      "steps-0",
      .invalid(
        .plan(offset: 11), .range("the number of steps", 0, allowed: 1...65535))
    ) {
      $0.stepCount = [0]
      ($0.opcode, $0.fields, $0.activation, $0.weights) = (0, [], [], .none)
      $0.cutPlan = 1
    },
    InvalidVector("rank-7", .invalid(.plan(offset: 3), .range("a rank", 7, allowed: 0...6))) {
      $0.input = tensor(0, [4, 1, 1, 1, 1, 1, 1])
    },
    InvalidVector(
      "size-0",
      .invalid(
        .input(0), .range("a size of the tensor", 0, allowed: 1...1 << 24 - 1))
    ) {
      $0.input = tensor(0, [4, 0])
    },
    InvalidVector(
      "size-2-to-24",
      .invalid(
        .output(0), .range("a size of the tensor", 1 << 24, allowed: 1...1 << 24 - 1))
    ) {
      $0.arenaBytes = 1 << 28
      $0.outputs = [1] + tensor(4, [1 << 24])
    },
    InvalidVector("elements-2-to-32", .invalid(.output(0), .tooManyElements("the tensor"))) {
      $0.arenaBytes = 1 << 30
      $0.outputs = [1] + tensor(0, [1 << 16, 1 << 16])
    },
    InvalidVector(
      "input-outside-arena",
      .invalid(
        .input(0), .outsideArena("the tensor", end: 7, words: 6))
    ) { $0.input = tensor(3, [4]) },
    InvalidVector(
      "output-outside-arena",
      .invalid(
        .output(0), .outsideArena("the tensor", end: 7, words: 6))
    ) {
      $0.outputs = [1] + tensor(5, [2])
    },
    InvalidVector(
      "place-wraps",
      .invalid(
        .output(0), .outsideArena("the tensor", end: 1 << 32 + 1, words: 6))
    ) {
      $0.outputs = [1] + tensor(1 << 32 - 1, [2])
    },
    InvalidVector(
      "layout-3",
      .invalid(
        .plan(offset: 5), .range("the layout", 3, allowed: 0...2))
    ) { $0.transform = [3, 0] },
    InvalidVector(
      "transform-of-256",
      .invalid(
        .plan(offset: 7), .range("the number of scales", 256, allowed: 0...255))
    ) {
      $0.transform = [0] + varint(256) + (0..<512).flatMap { _ in float(1) }
    },
    InvalidVector("transform-nan", .invalid(.plan(offset: 10), .notFinite("a scale"))) {
      $0.transform = [0, 1] + float(.nan) + float(0)
    },
    InvalidVector("transform-infinite", .invalid(.plan(offset: 14), .notFinite("a mean"))) {
      $0.transform = [0, 1] + float(1) + float(-.infinity)
    },
    InvalidVector("transform-past-plan", .invalid(.plan(offset: 6), .planEnds)) {
      $0.transform = [0, 4]
    },
  ]
}
