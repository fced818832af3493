// How small an arena could be: a word is alive from where it is written to where it is last read, and at
// each step all that are alive, with those that the step reads and writes, must be somewhere.

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
  public var arenaNeed: ArenaNeed { arenaNeeds.whole }

  /// The words that are alive while each step runs.
  package var wordsAlive: [Int] { arenaNeeds.steps }

  private var arenaNeeds: (whole: ArenaNeed, steps: [Int]) {
    // What lasts is alive all along.
    let lasting = 0..<stateWords
    var alive = RangeSet(outputs.map(\.words) + [lasting])
    var need = ArenaNeed(words: alive.wordCount, step: steps.count - 1)
    var needs = [Int](repeating: 0, count: steps.count)
    for (index, step) in steps.enumerated().reversed() {
      var during = alive
      during.insert(contentsOf: step.writes)
      for range in step.reads { during.insert(contentsOf: range) }
      needs[index] = during.wordCount
      // An earlier step is named where two need as much.
      if needs[index] >= need.words { need = ArenaNeed(words: needs[index], step: index) }
      alive.remove(contentsOf: step.writes)
      for range in step.reads + [lasting] { alive.insert(contentsOf: range) }
    }
    for input in inputs {
      alive.insert(contentsOf: input.tensor.words)
    }
    return (alive.wordCount > need.words ? ArenaNeed(words: alive.wordCount, step: nil) : need, needs)
  }
}

extension BlobTensor {
  /// Where it lies in the arena.
  var words: Range<Int> {
    place..<place + (type.isOfWords ? count : (count + 3) / 4)
  }
}

extension RangeSet<Int> {
  fileprivate var wordCount: Int { ranges.reduce(0) { $0 + $1.count } }
}
