// Several processes on one run. Each holds the same numbers and comes to the same calls in the same
// order; what is shared is the work between them. So whatever is sent is small or is gradients, and no
// process ever waits for an order.

/// The processes of a run, one of them this one.
package protocol Team: AnyObject, Sendable {
  /// This process's number, 0 ..< count.
  var rank: Int { get }
  var count: Int { get }

  /// Gives every process its part, and gets what each has for this one.
  ///
  /// - Parameters:
  ///   - parts: one a process; this one's own comes back as it is.
  ///   - counts: elements that come from each.
  /// - Throws: ``ExecutionError/team(reason:status:)``, ``ExecutionError/stopped``.
  func exchange<Element: BitwiseCopyable>(_ parts: [[Element]], receiving counts: [Int])
    throws(ExecutionError) -> [[Element]]

  /// What the first process says; for what follows from clocks.
  func first<Value: Codable>(_ value: Value) throws(ExecutionError) -> Value

  /// Makes sure that all processes hold the same.
  ///
  /// - Throws: ``ExecutionError/team(reason:status:)``, which says what is other.
  func agree(on facts: [Fact]) throws(ExecutionError)

  /// What sharing has cost this process so far, in words.
  var account: String { get }
}

/// Something that a process holds: its name in a sentence, and a fingerprint of it.
package struct Fact: Codable, Equatable, Sendable {
  package var what: String
  package var fingerprint: String

  package init(_ what: String, _ fingerprint: String) { (self.what, self.fingerprint) = (what, fingerprint) }
}

extension Team {
  /// Whether this process works on a part of a batch.
  package func takes(_ shard: Int) -> Bool { owner(of: shard) == rank }

  package func owner(of shard: Int) -> Int { shard % count }

  /// The first process, which alone prints and writes.
  package var isFirst: Bool { rank == 0 }
}
