/// A tensor that a step reads or writes.
struct StepOperand {
  enum Role: Equatable { case reads, readsInPlace, writes }

  let role: Role
  /// For messages.
  let name: String
  /// In words.
  let place: Int
  let sizes: [Int]
  /// The elements of it that are written, from the first to the last; nil: all.
  var run: (first: Int, end: Int)?
  /// Elements that are written; nil: all.
  var written: Int?
  /// Of 4 bytes an element in a step on bytes.
  var isOfWords = false

  /// - Parameter inPlace: whether what is written may lie at the same place.
  static func reads(
    _ name: String, _ place: Int, _ sizes: [Int], inPlace: Bool = false
  ) -> StepOperand {
    StepOperand(role: inPlace ? .readsInPlace : .reads, name: name, place: place, sizes: sizes)
  }

  static func writes(_ place: Int, _ sizes: [Int]) -> StepOperand {
    StepOperand(role: .writes, name: "y", place: place, sizes: sizes)
  }

  /// Words of the arena, from the first that is read or written to the last.
  func words(_ elementsPerWord: Int) -> Range<Int> {
    let (first, end) = run ?? (0, sizes.reduce(1, *))
    let elementsPerWord = isOfWords ? 1 : elementsPerWord
    return place + first / elementsPerWord..<place + (end + elementsPerWord - 1) / elementsPerWord
  }
}

extension ArenaRule {
  /// All lie in the arena, and what is written shares no word with what is read unless it may be that.
  func check(_ operands: [StepOperand]) throws(BlobFault) {
    var extents: [Range<Int>] = []
    for operand in operands {
      var rule = self
      if operand.isOfWords { rule.elementsPerWord = 1 }
      extents.append(try rule.extent(operand.name, operand.place, operand.sizes))
    }
    guard let written = operands.firstIndex(where: { $0.role == .writes }) else { return }
    for (operand, extent) in zip(operands, extents) where operand.role != .writes {
      let inPlace = operand.role == .readsInPlace
      try apart(operand.name, extent, from: extents[written], inPlace: inPlace)
    }
  }
}

/// Which types the tensors of an integer step can have.
struct StepTypes {
  var hasX = true
  /// A second operand, or a residual.
  var hasB = false
  /// y has the type of x.
  var areEqual = false
  /// y is uint8.
  var yIsUnsigned = false
  /// y is int8.
  var yIsSigned = false
  /// All are int8.
  var isExact = false
  /// x, or else y, is of bytes, and the other of float32.
  var bytesAreX: Bool?

  func allow(_ step: BlobIntegerStep) -> Bool {
    if let bytesAreX { return !step.bIsSigned && !(bytesAreX ? step.yIsSigned : step.xIsSigned) }
    if isExact { return step.xIsSigned && step.yIsSigned && step.bIsSigned == hasB }
    return (hasX || !step.xIsSigned) && (hasB || !step.bIsSigned)
      && (!areEqual || step.xIsSigned == step.yIsSigned) && !(yIsUnsigned && step.yIsSigned) && !(yIsSigned && !step.yIsSigned)
  }
}
