import Blob

// Layers of indices. What is wrong in their columns and codes a reader that runs may let pass: `IndexedReadingTests` has it.

extension InvalidVector {
  static let integerIndices: [InvalidVector] = [
    indices("two-rows-of-inputs", notForIndices) { $0.fields = [2] + varints([0, 4, 2, 4, 2]) },
    indices("values-2", .range("the kind of values", 2, allowed: 1...1)) { $0.weights.kinds = [6, 2] },
    indices("of-17-levels", .range("the number of levels", 17, allowed: 1...16)) { $0.weights.codes = [17] },
    indices("end-early", .coding(.endOfBits(at: 8)), whenRunning: true, lane: [0]),
    indices("end-late", .coding(.bitsLeftOver(8)), whenRunning: true, lane: [0, 0, 0]),
    indices("of-a-bit-more", .coding(.bitsLeftOver(1)), whenRunning: true, lane: [0, 0, 0]) {
      $0.weights.lanes = [1, 0, 0, 17, 2]
    },
    indices("count-past-lane", .coding(.endOfBits(at: 24)), whenRunning: true, lane: [0, 2, 0]),
    indices("of-no-bits", .coding(.endOfBits(at: 0)), whenRunning: true, lane: []),
  ]

  static let notForIndices =
    BlobFault.misplaced("a mask of indexed in a layer that is not dense, of one row of Kinglet's own integers,")

  /// 2 rows of 4, of which none has a survivor.
  private static func indices(
    _ name: String, _ fault: BlobFault, whenRunning: Bool = false, lane: [UInt8] = [0, 0],
    _ edit: (inout HandMade) -> Void = { _ in }
  ) -> InvalidVector {
    let blob = HandMade.indices(lane).with(edit)
    return InvalidVector("indices-" + name, blob.bytes, .invalid(.step(0), fault), whenRunning: whenRunning)
  }
}

extension HandMade {
  /// A layer of indices, 2 rows of 4 and 2 levels.
  static func indices(_ lane: [UInt8]) -> HandMade {
    integerDense {
      ($0.weights.kinds, $0.weights.gaps, $0.weights.codes) = ([6, 1], [], [2])
      ($0.weights.lanes, $0.lane) = ([1, 0, 0] + varint(8 * lane.count) + [2], lane)
    }
  }
}
