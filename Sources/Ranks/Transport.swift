// Messages between ranks, and waiting for them. Who waits asks again and again with pauses that grow to
// half a millisecond, so that a rank without work leaves its core to others, whatever MPI is told.

import Foundation

/// What a message is about; those of one kind from one rank arrive in their order.
package enum MessageKind: Int, CaseIterable, Sendable {
  /// A rank that wants a trial, with what it found; what it gets.
  case trialWanted = 1
  case trialGiven
  /// Parts of numbers that all add up.
  case part
  /// What only the first rank says.
  case word
  /// What a rank holds, for comparison.
  case facts
  /// A rank cannot go on.
  case failure
  /// The first rank is through.
  case end
}

/// Carries messages. One thread at a time calls it.
package protocol Transport: AnyObject, Sendable {
  var rank: Int { get }
  var count: Int { get }

  /// Hands a message on; returns at once.
  func send(_ bytes: [UInt8], to rank: Int, _ kind: MessageKind)

  /// The next message of a kind, from one rank or from any; nil where none is there.
  func receive(_ kind: MessageKind, from rank: Int?) -> (bytes: [UInt8], from: Int)?

  /// Whether all that was sent is out of hand; drives it on.
  func isFlushed() -> Bool

  /// Ends all ranks with a status.
  func abort(status: Int)

  /// Ends in order, once all ranks come to it.
  func end()
}

/// Pauses between questions.
struct Patience {
  private var asked = 0

  /// Waits a little: not at all at first, half a millisecond in the end.
  mutating func pause() {
    asked += 1
    if asked < 64 { sched_yield() } else { usleep(UInt32(min(500, 10 + asked / 8))) }
  }
}
