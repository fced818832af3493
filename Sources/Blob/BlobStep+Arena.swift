// Which words of the arena a step reads and writes, and from that how small an arena could be: a
// word is alive from where it is written to where it is last read, and at each step all that are
// alive, with those that the step reads and writes, must be somewhere.

extension BlobStep {
  /// Words that are read, a range for each operand.
  ///
  /// - Precondition: the step passed ``BlobModel/check()``, here and below.
  package var reads: [Range<Int>] {
    switch self {
    case .convolution(let step): [words(step.x, [step.c, step.h, step.w])]
    case .dense(let step): [words(step.x, [step.r, step.i])]
    case .activation(let step): [words(step.x, [step.count])]
    case .prelu(let step): [words(step.x, [step.outer, step.channels, step.inner])]
    case .softmax(let step): [words(step.x, [step.outer, step.count, step.inner])]
    case .maxPool(let step): [words(step.x, [step.c, step.h, step.w])]
    case .averagePool(let step): [words(step.pool.x, [step.pool.c, step.pool.h, step.pool.w])]
    case .spatialMean(let step): [words(step.x, [step.channels, step.inner])]
    case .binary(let step):
      [
        words(step.a, step.operandSizes(mask: step.maskA)),
        words(step.b, step.operandSizes(mask: step.maskB)),
      ]
    case .copy(let step): [words(step.x, [step.outer, step.inner])]
    case .pad(let step): [words(step.x, step.sizes)]
    case .transpose(let step): [words(step.x, step.sizes)]
    case .constant: []
    case .affine(let step): [words(step.x, [step.channels, step.inner])]
    case .select(let step): [words(step.x, [step.outer, step.inner])]
    case .integer(let step): step.reads
    }
  }

  /// The run of words that is written; of a copy in several parts, from the first to the last.
  package var writes: Range<Int> {
    switch self {
    case .convolution(let step): words(step.y, [step.o, step.oh, step.ow])
    case .dense(let step): words(step.y, [step.r, step.o])
    case .activation(let step): words(step.y, [step.count])
    case .prelu(let step): words(step.y, [step.outer, step.channels, step.inner])
    case .softmax(let step): words(step.y, [step.outer, step.count, step.inner])
    case .maxPool(let step): words(step.y, [step.c, step.oh, step.ow])
    case .averagePool(let step):
      words(step.pool.y, [step.pool.c, step.pool.oh, step.pool.ow])
    case .spatialMean(let step): words(step.y, [step.channels])
    case .binary(let step): words(step.y, step.sizes)
    case .copy(let step):
      words(step.y + step.offset, [(step.outer - 1) * step.stride + step.inner])
    case .pad(let step): words(step.y, step.outputSizes)
    case .transpose(let step): words(step.y, step.sizes)
    case .constant(let step): words(step.y, [step.count])
    case .affine(let step): words(step.y, [step.channels, step.inner])
    case .select(let step): words(step.y, [step.outer, step.places.count])
    case .integer(let step): step.writes
    }
  }

  /// Numbers that are written.
  package var outputCount: Int {
    switch self {
    case .copy(let step): step.outer * step.inner
    case .integer(let step): step.outputCount
    default: writes.count
    }
  }

  private func words(_ place: Int, _ sizes: [Int]) -> Range<Int> {
    place..<place + sizes.reduce(1, *)
  }
}

extension BlobIntegerStep {
  /// The same of an integer step: four elements a word.
  fileprivate var reads: [Range<Int>] {
    let residual: [Range<Int>]
    if case .convolution(let more?) = fields {
      residual = [Self.words(more.place, form.step.writes.count)]
    } else {
      residual = []
    }
    return form.step.reads.map { Self.words($0.lowerBound, $0.count) } + residual
  }

  fileprivate var writes: Range<Int> {
    if case .copy(let step) = form.step {
      let end = step.offset + (step.outer - 1) * step.stride + step.inner
      return step.y + step.offset / 4..<step.y + (end + 3) / 4
    }
    return Self.words(form.step.writes.lowerBound, outputCount)
  }

  fileprivate var outputCount: Int {
    if case .constant(let bytes) = fields { bytes.count } else { form.step.outputCount }
  }

  private static func words(_ place: Int, _ count: Int) -> Range<Int> {
    place..<place + (count + 3) / 4
  }
}

/// The most words that a plan needs at once.
public struct ArenaNeed: Equatable, Sendable {
  /// No placing of the same numbers, computed in the same order, takes fewer.
  public let words: Int
  /// The step that needs them; nil where it is the inputs before the first step.
  public let step: Int?

  package init(words: Int, step: Int?) { (self.words, self.step) = (words, step) }
}

extension BlobModel {
  /// The lower bound of the arena, from the plan itself.
  ///
  /// - Precondition: the model passed ``check()``.
  /// - Complexity: O(steps x ranges alive).
  public var arenaNeed: ArenaNeed {
    var alive = RangeSet(outputs.map(\.words))
    var need = ArenaNeed(words: alive.wordCount, step: steps.count - 1)
    for (index, step) in steps.enumerated().reversed() {
      var during = alive
      during.insert(contentsOf: step.writes)
      for range in step.reads { during.insert(contentsOf: range) }
      // An earlier step is named where two need as much.
      if during.wordCount >= need.words { need = ArenaNeed(words: during.wordCount, step: index) }
      alive.remove(contentsOf: step.writes)
      for range in step.reads { alive.insert(contentsOf: range) }
    }
    for input in inputs {
      alive.insert(contentsOf: input.tensor.words)
    }
    return alive.wordCount > need.words ? ArenaNeed(words: alive.wordCount, step: nil) : need
  }
}

extension BlobTensor {
  /// Where it lies in the arena.
  fileprivate var words: Range<Int> {
    place..<place + (type == .float32 ? count : (count + 3) / 4)
  }
}

extension RangeSet<Int> {
  fileprivate var wordCount: Int { ranges.reduce(0) { $0 + $1.count } }
}
