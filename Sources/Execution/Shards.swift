// How a batch is dealt out. Sums of floats depend on what is added to what, so a batch is cut into
// parts by its size alone, and sums over the parts are taken in their order: however many threads
// take the parts, the bits are the same.

/// Cuts of a batch that do not depend on the number of threads.
enum Shards {
  /// Parts of a batch at most, and so threads that one batch keeps busy.
  static let most = 8
  /// Samples that a part should have: gradients of each part are written and added for themselves, which
  /// shows in dense layers where parts are small.
  private static let samples = 64
  /// Floats that the gradients of all parts may take together, 1 GiB; two parts in any case.
  private static let gradientLimit = 1 << 28

  /// Parts of a batch: as many as give each enough samples, but two where there are two samples.
  static func count(of batch: Int, atMost limit: Int = most) -> Int {
    min(batch, limit, max(2, batch / samples))
  }

  /// Parts whose gradients, `elements` floats each, have room at the same time.
  static func limit(elements: Int) -> Int { min(most, max(2, gradientLimit / max(elements, 1))) }

  /// Part number `index` of `count` things dealt out evenly, in order, among `parts`.
  static func range(_ index: Int, of count: Int, among parts: Int) -> Range<Int> {
    count * index / parts..<count * (index + 1) / parts
  }
}
