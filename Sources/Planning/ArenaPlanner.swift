// Where each activation lies in the arena.
//
// A buffer is needed from the step that writes it to the last step that reads it; two buffers may
// share words only when those spans do not meet. Placing intervals of given length and height with
// the least total height is NP-hard (dynamic storage allocation). Each buffer goes to the lowest
// place that is free for its whole span; what decides is the order. Largest first is TensorFlow
// Lite's and is usually at the lower bound, which is the most that any one step needs; where it is
// not, other orders are tried and the smallest arena is kept: words x steps first, longest first,
// by time, and every buffer of the fullest step before the others.
//
// What lasts from one run to the next lies in front of all buffers, one behind the other: the persistent part.

/// A run of words that is needed from one step to another, both included; perhaps more of it at
/// some steps than at others, as where a step writes fewer words over what it read.
public struct Buffer: Equatable, Sendable {
  private struct Part: Equatable {
    var words, firstStep, lastStep: Int
  }

  private var parts: [Part]

  /// - Parameters:
  ///   - words: of 4 bytes.
  ///   - firstStep: the step that writes it; -1 for an input of the network.
  ///   - lastStep: the last that reads it; the number of steps for an output of the network.
  public init(words: Int, firstStep: Int, lastStep: Int) {
    precondition(words >= 0 && firstStep <= lastStep)
    parts = [Part(words: words, firstStep: firstStep, lastStep: lastStep)]
  }

  /// Needs so many words, from the same first one, at these steps too.
  public mutating func add(words: Int, firstStep: Int, lastStep: Int) {
    precondition(words >= 0 && firstStep <= lastStep)
    parts.append(Part(words: words, firstStep: firstStep, lastStep: lastStep))
  }

  /// The most words that it needs at any step.
  public var words: Int { parts.reduce(0) { max($0, $1.words) } }
  public var firstStep: Int { parts.reduce(.max) { min($0, $1.firstStep) } }
  public var lastStep: Int { parts.reduce(.min) { max($0, $1.lastStep) } }

  /// The most words that it needs at these steps; nil if it is needed at none of them.
  func words(during steps: ClosedRange<Int>) -> Int? {
    parts.filter { steps.overlaps($0.firstStep...$0.lastStep) }.map(\.words).max()
  }

  var steps: ClosedRange<Int> { firstStep...lastStep }

  /// Steps from which it needs more.
  var starts: [Int] { parts.map(\.firstStep) }
}

/// A place for each buffer.
public struct ArenaPlan: Equatable, Sendable {
  /// First word of each buffer, in the order given.
  public let places: [Int]
  /// First word of each that lasts, in the order given.
  public let lasting: [Int]
  /// Words of the whole arena.
  public let words: Int
  /// The most words that are needed at any one step: no plan is smaller.
  public let lowerBound: Int
}

public enum ArenaPlanner {
  /// Places buffers so that none that are needed at the same step overlap.
  ///
  /// Deterministic: of arenas of one size the first order's is kept, and ties go to the buffer that
  /// is needed earlier, then to the one given first.
  ///
  /// - Parameter lasting: the words of each that lasts from one run to the next.
  /// - Complexity: O(*n*^2 log *n*) time for *n* buffers.
  public static func plan(_ buffers: [Buffer], lasting: [Int] = []) -> ArenaPlan {
    let bound = lowerBound(buffers)
    var best = place(buffers, orders[0])
    for order in orders.dropFirst() where best.words > bound.words {
      let other = place(buffers, order)
      if other.words < best.words { best = other }
    }
    if best.words > bound.words {
      let other = place(buffers) { buffer in
        let isNeeded = buffer.firstStep <= bound.step && bound.step <= buffer.lastStep
        return (isNeeded ? 0 : 1, -buffer.words)
      }
      if other.words < best.words { best = other }
    }
    let ends = lasting.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let persistent = ends[lasting.count]
    return ArenaPlan(
      places: best.places.map { persistent + $0 }, lasting: ends.dropLast(), words: persistent + best.words,
      lowerBound: persistent + bound.words)
  }

  /// What comes first: the buffer with the least key.
  private typealias Order = (Buffer) -> (Int, Int)

  private static var orders: [Order] {
    [
      { (-$0.words, $0.firstStep) },
      { (-$0.words * ($0.lastStep - $0.firstStep + 1), $0.firstStep) },
      { ($0.firstStep - $0.lastStep, -$0.words) },
      { ($0.firstStep, -$0.words) },
      { (-$0.lastStep, -$0.words) },
    ]
  }

  private static func place(_ buffers: [Buffer], _ key: Order) -> (places: [Int], words: Int) {
    let order = buffers.indices.sorted { a, b in
      let (first, second) = (key(buffers[a]), key(buffers[b]))
      if first != second { return first < second }
      return (buffers[a].firstStep, a) < (buffers[b].firstStep, b)
    }
    var places = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    for index in order {
      let taken = placed.compactMap { other -> Taken? in
        guard let words = buffers[other].words(during: buffers[index].steps),
          let own = buffers[index].words(during: buffers[other].steps)
        else { return nil }
        return Taken(range: places[other]..<places[other] + words, own: own)
      }
      places[index] = firstGap(between: taken)
      placed.append(index)
    }
    return (places, buffers.indices.map { places[$0] + buffers[$0].words }.max() ?? 0)
  }

  /// Words of a buffer that is placed, while both are needed, and how many the new one then needs.
  private struct Taken {
    let range: Range<Int>
    let own: Int
  }

  /// The lowest place that keeps clear of all: whoever overlaps one can only go behind it.
  private static func firstGap(between taken: [Taken]) -> Int {
    let taken = taken.sorted { $0.range.lowerBound < $1.range.lowerBound }
    var place = 0
    while let hit = taken.first(where: {
      place < $0.range.upperBound && place + $0.own > $0.range.lowerBound
    }) {
      place = hit.range.upperBound
    }
    return place
  }

  /// The most words that are needed at one step, and the step.
  private static func lowerBound(_ buffers: [Buffer]) -> (words: Int, step: Int) {
    var most = (words: 0, step: 0)
    for step in Set(buffers.flatMap(\.starts)).sorted() {
      let words = buffers.reduce(0) { sum, buffer in
        sum + (buffer.words(during: step...step) ?? 0)
      }
      if words > most.words { most = (words, step) }
    }
    return most
  }
}
