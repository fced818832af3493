// Where each activation lies in the arena.
//
// A buffer is needed from the step that writes it to the last step that reads it; two buffers may
// share words only when those spans do not meet. Placing intervals of given length and height with
// the least total height is NP-hard (dynamic storage allocation); the greedy rule here, largest
// first at the lowest place that is free for its whole span, is TensorFlow Lite's and is usually at
// the lower bound, which is the most that any one step needs.

/// A run of words that is needed from one step to another, both included.
public struct Buffer: Equatable, Sendable {
  /// Size in words of 4 bytes.
  public var words: Int
  /// The step that writes it; -1 for an input of the network.
  public var firstStep: Int
  /// The last step that reads it; the number of steps for an output of the network.
  public var lastStep: Int

  public init(words: Int, firstStep: Int, lastStep: Int) {
    precondition(words >= 0 && firstStep <= lastStep)
    self.words = words
    self.firstStep = firstStep
    self.lastStep = lastStep
  }

  /// Whether both are needed at some step.
  func meets(_ other: Buffer) -> Bool {
    firstStep <= other.lastStep && other.firstStep <= lastStep
  }
}

/// A place for each buffer.
public struct ArenaPlan: Equatable, Sendable {
  /// First word of each buffer, in the order given.
  public let places: [Int]
  /// Words of the whole arena.
  public let words: Int
  /// The most words that are needed at any one step: no plan is smaller.
  public let lowerBound: Int
}

public enum ArenaPlanner {
  /// Places buffers so that none that are needed at the same step overlap.
  ///
  /// Deterministic: ties go to the buffer that is needed earlier, then to the one given first.
  ///
  /// - Complexity: O(*n*^2 log *n*) time for *n* buffers.
  public static func plan(_ buffers: [Buffer]) -> ArenaPlan {
    let order = buffers.indices.sorted { a, b in
      if buffers[a].words != buffers[b].words { return buffers[a].words > buffers[b].words }
      if buffers[a].firstStep != buffers[b].firstStep {
        return buffers[a].firstStep < buffers[b].firstStep
      }
      return a < b
    }
    var places = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    for index in order {
      let taken = placed.filter { buffers[$0].meets(buffers[index]) }
        .map { places[$0]..<(places[$0] + buffers[$0].words) }
        .sorted { $0.lowerBound < $1.lowerBound }
      places[index] = firstGap(of: buffers[index].words, between: taken)
      placed.append(index)
    }
    let words = buffers.indices.map { places[$0] + buffers[$0].words }.max() ?? 0
    return ArenaPlan(places: places, words: words, lowerBound: lowerBound(buffers))
  }

  private static func firstGap(of words: Int, between taken: [Range<Int>]) -> Int {
    var place = 0
    for range in taken {
      if place + words <= range.lowerBound { break }
      place = max(place, range.upperBound)
    }
    return place
  }

  private static func lowerBound(_ buffers: [Buffer]) -> Int {
    buffers.map { at in
      buffers.reduce(0) { sum, other in
        let needed = other.firstStep <= at.firstStep && at.firstStep <= other.lastStep
        return sum + (needed ? other.words : 0)
      }
    }.max() ?? 0
  }
}
