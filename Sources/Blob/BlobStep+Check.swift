extension BlobStep {
  /// Sizes, places and options: everything but numbers and weights.
  func checkGeometry(arenaWords: Int) throws(BlobFault) {
    if case .integer(let step) = self { return try step.checkGeometry(arenaWords: arenaWords) }
    try checkForm(ArenaRule(words: arenaWords))
    if case .activation(let step) = self, step.activation == .none { throw .noActivation }
    if weights?.scaling != nil { throw .misplaced("the scaling of a float32 step") }
  }

  /// What the float32 and the integer form share.
  func checkForm(_ arena: ArenaRule) throws(BlobFault) {
    switch self {
    case .convolution(let step): try step.checkGeometry(arena)
    case .dense(let step): try step.checkGeometry(arena)
    case .activation(let step): try step.checkGeometry(arena)
    case .prelu(let step): try step.checkGeometry(arena)
    case .softmax(let step): try step.checkGeometry(arena)
    case .maxPool(let step): try step.checkGeometry(arena)
    case .averagePool(let step): try step.checkGeometry(arena)
    case .spatialMean(let step): try step.checkGeometry(arena)
    case .binary(let step): try step.checkGeometry(arena)
    case .copy(let step): try step.checkGeometry(arena)
    case .pad(let step): try step.checkGeometry(arena)
    case .transpose(let step): try step.checkGeometry(arena)
    case .constant(let step): try BlobConstant.checkGeometry(y: step.y, count: step.count, arena)
    case .affine(let step): try step.checkGeometry(arena)
    case .select(let step):
      try step.checkGeometry(arena, count: step.places.count)
    case .integer: throw .misplaced("an integer step in another")
    }
  }

  /// Vectors and weights, whose lengths the geometry gives.
  func checkNumbers() throws(BlobFault) {
    switch self {
    case .convolution(let step):
      try step.weights.check(rows: step.o, columns: step.columns)
    case .dense(let step):
      try step.weights.check(rows: step.o, columns: step.i)
    case .prelu(let step):
      try Rule.numbers("the slopes", step.slopes, count: step.channels)
    case .constant(let step):
      try Rule.numbers("the constant", step.numbers, count: step.count)
    case .affine(let step):
      try Rule.numbers("the scale", step.scale, count: step.channels)
      try Rule.numbers("the shift", step.shift, count: step.channels)
    case .integer(let step): try step.checkNumbers()
    case .select(let step):
      guard zip(step.places, step.places.dropFirst()).allSatisfy(<),
        (0..<step.inner).contains(step.places.first ?? -1), (step.places.last ?? 0) < step.inner
      else { throw .places(step.places.count, expected: step.places.count) }
    default: break
    }
  }
}

extension BlobConvolution {
  /// Columns of the weights; meaningful once the geometry is checked.
  var columns: Int { [c / groups, kh, kw].checkedProduct ?? .max }

  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try Rule.sizes(["groups": groups, "C": c, "O": o])
    guard c % groups == 0 && o % groups == 0 else { throw .groups(groups) }
    try plane.check()
    try arena.pair(x: x, [c, h, w], y: y, [o, oh, ow])
    try activation.check()
  }

  private var plane: Plane {
    Plane(
      sizes: [
        "H": h, "W": w, "OH": oh, "OW": ow, "kh": kh, "kw": kw, "sh": sh, "sw": sw, "dh": dh,
        "dw": dw,
      ], pads: ["top": top, "left": left])
  }
}

extension BlobDense {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try Rule.sizes(["R": r, "I": i, "O": o])
    try arena.pair(x: x, [r, i], y: y, [r, o])
    try activation.check()
  }
}

extension BlobActivationStep {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try arena.pair(x: x, [count], y: y, [count], inPlace: true)
    try activation.check()
  }
}

extension BlobPRelu {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    let sizes = [outer, channels, inner]
    try arena.pair(x: x, sizes, y: y, sizes, inPlace: true)
  }
}

extension BlobSoftmax {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    let sizes = [outer, count, inner]
    try arena.pair(x: x, sizes, y: y, sizes, inPlace: true)
  }
}

extension BlobPool {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try Plane(
      sizes: [
        "H": h, "W": w, "OH": oh, "OW": ow, "kh": kh, "kw": kw, "sh": sh, "sw": sw, "dh": dh,
        "dw": dw,
      ], pads: ["top": top, "left": left]
    ).check()
    try arena.pair(x: x, [c, h, w], y: y, [c, oh, ow])
  }
}

extension BlobAveragePool {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try Plane(sizes: [:], pads: ["bottom": bottom, "right": right]).check()
    try pool.checkGeometry(arena)
  }
}

/// Fields of an image and its windows, which have tighter bounds.
private struct Plane {
  let sizes: KeyValuePairs<String, Int>
  let pads: KeyValuePairs<String, Int>

  func check() throws(BlobFault) {
    for (field, value) in sizes { try Rule.count(field, value, BlobFormat.planeSize) }
    for (field, value) in pads { try Rule.count(field, value, BlobFormat.planePad) }
  }
}

extension BlobSpatialMean {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try arena.pair(x: x, [channels, inner], y: y, [channels])
  }
}

extension BlobBinary {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    let written = try arena.extent("y", y, sizes)
    for (field, place, mask) in [("a", a, maskA), ("b", b, maskB)] {
      guard Int(mask) >> sizes.count == 0 else { throw .axis("the mask of \(field)", sizes.count) }
      let read = try arena.extent(field, place, operandSizes(mask: mask))
      try arena.apart(field, read, from: written, inPlace: mask == 0)
    }
    try activation.check()
  }

  /// The sizes of an operand with this mask.
  package func operandSizes(mask: UInt8) -> [Int] {
    sizes.enumerated().map { axis, size in mask >> UInt8(axis) & 1 == 1 ? 1 : size }
  }
}

extension BlobCopy {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try Rule.sizes(["outer": outer, "inner": inner, "stride": stride])
    try Rule.count("offset", offset, BlobFormat.offset)
    try Rule.count("offset + inner", offset + inner, 1...stride)
    try arena.pair(x: x, [outer, inner], y: y, [outer, stride])
  }
}

extension BlobPad {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try Rule.rank("x", sizes, atLeast: 1)
    for (field, pads) in [("before", before), ("after", after)] {
      guard pads.count == sizes.count else {
        throw .listLength(field, pads.count, expected: sizes.count)
      }
      for (axis, pad) in pads.enumerated() {
        try Rule.count(field, pad, BlobFormat.offset)
        if mode == .reflect && pad >= sizes[axis] { throw .axis(field, axis) }
      }
    }
    guard value.isFinite else { throw .notFinite("the border's value") }
    try Rule.sizes("a size of x", sizes)
    try arena.pair(x: x, sizes, y: y, outputSizes)
  }

  /// The sizes of y; meaningful once the geometry is checked.
  package var outputSizes: [Int] { sizes.indices.map { before[$0] + sizes[$0] + after[$0] } }
}

extension BlobTranspose {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try Rule.rank("x", sizes, atLeast: 1)
    guard axes.sorted() == Array(sizes.indices) else { throw .permutation(axes) }
    try arena.pair(x: x, sizes, y: y, sizes)
  }
}

extension BlobConstant {
  static func checkGeometry(y: Int, count: Int, _ arena: ArenaRule) throws(BlobFault) {
    _ = try arena.extent("y", y, [count])
  }
}

extension BlobAffine {
  func checkGeometry(_ arena: ArenaRule) throws(BlobFault) {
    try arena.pair(x: x, [channels, inner], y: y, [channels, inner], inPlace: true)
  }
}

extension BlobSelect {
  func checkGeometry(_ arena: ArenaRule, count: Int) throws(BlobFault) {
    try Rule.sizes(["outer": outer, "inner": inner])
    try Rule.count("count", count, 1...inner)
    try arena.pair(x: x, [outer, inner], y: y, [outer, count], inPlace: true)
  }
}
