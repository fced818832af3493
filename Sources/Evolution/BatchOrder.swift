import Tensors

/// Which samples each gradient step sees: every epoch a new seeded order, batches run on across
/// epochs. The step's number is the whole state, so that a resumed run goes on where it was.
public struct BatchOrder: Sendable {
  private let count: Int
  private let batch: Int
  private let generator: SeededGenerator
  private var epoch = -1
  private var order: [Int] = []

  /// - Parameters:
  ///   - count: samples there are, at least 1.
  ///   - batch: samples a step; more than `count` repeats samples.
  public init(count: Int, batch: Int, seed: UInt64) {
    precondition(count > 0 && batch > 0)
    self.count = count
    self.batch = batch
    generator = SeededGenerator(seed: seed).fork(0xBA7C4)
  }

  /// The samples of a step, counted from 0.
  public mutating func indices(step: Int) -> [Int] {
    (step * batch..<(step + 1) * batch).map { position in
      select(epoch: position / count)
      return order[position % count]
    }
  }

  private mutating func select(epoch wanted: Int) {
    guard wanted != epoch else { return }
    var shuffler = generator.fork(UInt64(wanted))
    order = Array(0..<count)
    order.shuffle(using: &shuffler)
    epoch = wanted
  }
}
