import Tensors

// What a model must be to become a blob, and what a blob must say to be read: one set of rules for
// both ways. The reader asks for the geometry of a step before it unpacks the step's numbers, so
// that no size is trusted that the arena cannot hold. Formats/Blob.md, "Plan" and "Steps".

extension BlobModel {
  /// Checks everything that the format asks of a model.
  ///
  /// - Throws: ``BlobError/invalid(_:_:)`` with the first field that is not allowed.
  /// - Complexity: O(all numbers).
  public func check() throws(BlobError) {
    try checkInterface()
    try at(.header) { () throws(BlobFault) in
      try Rule.count("the number of steps", steps.count, BlobFormat.stepCount)
    }
    for (index, step) in steps.enumerated() {
      try at(.step(index)) { () throws(BlobFault) in
        try step.check(arenaWords: arenaBytes / 4, stateWords: stateWords)
      }
    }
    for (index, section) in ancillary.enumerated() {
      try at(.ancillary(index)) { () throws(BlobFault) in
        try Rule.count("the kind", Int(section.kind), BlobFormat.ancillaryKinds)
      }
    }
  }

  /// Arena, inputs and outputs.
  func checkInterface() throws(BlobError) {
    try at(.header) { () throws(BlobFault) in
      try Rule.arena(bytes: arenaBytes)
    }
    try checkStates()
    let arena = ArenaRule(words: arenaBytes / 4, stateWords: stateWords)
    try at(.header) { () throws(BlobFault) in
      try Rule.count("the number of inputs", inputs.count, BlobFormat.interfaceCount)
      try Rule.count("the number of outputs", outputs.count, BlobFormat.interfaceCount)
    }
    for (index, input) in inputs.enumerated() {
      try at(.input(index)) { () throws(BlobFault) in
        try input.tensor.check(arena: arena)
        if input.tensor.place < stateWords { throw .amongStates("the tensor", words: stateWords) }
        if input.tensor.type == .int32 { throw .misplaced("an input of int32") }
        try input.transform.check()
      }
    }
    for (index, output) in outputs.enumerated() {
      try at(.output(index)) { () throws(BlobFault) in
        try output.check(arena: arena)
      }
    }
  }
}

/// Runs `body` and puts the place to its fault.
func at<Result>(
  _ place: BlobPlace, _ body: () throws(BlobFault) -> Result
) throws(BlobError) -> Result {
  do {
    return try body()
  } catch {
    throw .invalid(place, error)
  }
}

extension BlobTensor {
  func check(arena: ArenaRule) throws(BlobFault) {
    guard scale.isFinite else { throw .notFinite("the tensor's scale") }
    guard scale > 0 else { throw .notPositive("the tensor's scale") }
    if type.isOfWords && scale != 1 { throw .misplaced("a scale of a \(type) tensor") }
    try Rule.count("the tensor's zero point", zeroPoint, type.zeroPoints)
    var arena = arena
    arena.elementsPerWord = type.isOfWords ? 1 : 4
    _ = try arena.extent("the tensor", place, shape)
  }
}

extension BlobTransform {
  func check() throws(BlobFault) {
    guard scales.count == means.count else {
      throw .listLength("the means", means.count, expected: scales.count)
    }
    try Rule.count("the number of scales", scales.count, BlobFormat.transformCount)
    guard (scales + means).allSatisfy(\.isFinite) else { throw .notFinite("a scale or mean") }
  }
}

extension BlobActivation {
  func check() throws(BlobFault) {
    guard parameters.allSatisfy(\.isFinite) else { throw .notFinite("an activation's parameter") }
    if case .clip(let low, let high) = self, low > high { throw .clip(low: low, high: high) }
  }
}

/// Bounds that many fields share.
enum Rule {
  static func count(
    _ field: String, _ value: Int, _ allowed: ClosedRange<Int>
  ) throws(BlobFault) {
    guard allowed.contains(value) else { throw .range(field, value, allowed: allowed) }
  }

  static func arena(bytes: Int) throws(BlobFault) {
    try count("arena bytes", bytes, BlobFormat.arenaBytes)
    try count("arena bytes modulo 4", bytes % 4, 0...0)
  }

  static func sizes(_ field: String, _ values: [Int]) throws(BlobFault) {
    for value in values { try count(field, value, BlobFormat.size) }
  }

  static func length(_ field: String, _ count: Int, _ expected: Int) throws(BlobFault) {
    guard count == expected else { throw .listLength(field, count, expected: expected) }
  }

  static func rank(_ field: String, _ sizes: [Int], atLeast least: Int = 0) throws(BlobFault) {
    try count("the rank of \(field)", sizes.count, least...BlobFormat.rank.upperBound)
  }

  /// As many numbers as the field needs, and not absent.
  static func numbers(
    _ field: String, _ numbers: StoredNumbers, count: Int
  ) throws(BlobFault) {
    guard numbers.precision != .absent else { throw .numbersMissing(field) }
    guard numbers.values.count == count else {
      throw .listLength(field, numbers.values.count, expected: count)
    }
  }
}

/// Tensors within an arena of `words`, of which the first are those of states.
struct ArenaRule {
  let words: Int
  var stateWords = 0
  /// 1 for float32, 4 for integers.
  var elementsPerWord = 1

  /// The words of a tensor of these sizes at `place`.
  func extent(
    _ field: String, _ place: Int, _ sizes: [Int]
  ) throws(BlobFault) -> Range<Int> {
    try Rule.rank(field, sizes)
    try Rule.sizes("a size of \(field)", sizes)
    guard let count = sizes.checkedProduct, count <= BlobFormat.elements else {
      throw .tooManyElements(field)
    }
    let span = (count + elementsPerWord - 1) / elementsPerWord
    guard place >= 0, place <= words, span <= words - place else {
      let (end, overflow) = place.addingReportingOverflow(span)
      throw .outsideArena(field, end: overflow ? .max : end, words: words)
    }
    if place < stateWords && span > stateWords - place { throw .amongStates(field, words: stateWords) }
    return place..<place + span
  }

  /// What is read may be what is written (`inPlace`), else the two share no word.
  func apart(
    _ field: String, _ read: Range<Int>, from written: Range<Int>, inPlace: Bool
  ) throws(BlobFault) {
    if inPlace && read.lowerBound == written.lowerBound { return }
    if read.overlaps(written) { throw .overlap(field) }
  }
}
