// The ranks that mpirun started, as a team: each runs the whole of a run on what it holds itself, and
// what is shared out is trials and the parts of batches. Rank 0 alone prints and writes.
//
// A rank that fails tells rank 0, which tells the user and ends all; rank 0 hears of it where it
// waits. That a rank has died nobody is told: MPI answers nothing, and mpirun ends the others with SIGTERM
// about a second later. So all waiting is by asking, and ends where the process is to stop.

import Execution
import Files
import Foundation
import Synchronization
import Trials

/// The ranks of a run, one of them this process.
public final class RankTeam: TrialTeam {
  let transport: any Transport
  private let shouldStop: @Sendable () -> Bool
  private let sent = Atomic<Int>(0)
  private let messages = Atomic<Int>(0)
  /// In nanoseconds.
  private let waited = Atomic<Int>(0)

  /// This process's.
  public var number: Int { transport.rank }
  package var rank: Int { transport.rank }
  package var count: Int { transport.count }

  /// - Parameter shouldStop: whether waiting is to end; asked often.
  package init(_ transport: any Transport, shouldStop: @escaping @Sendable () -> Bool = { false }) {
    (self.transport, self.shouldStop) = (transport, shouldStop)
  }

  /// Joins the other ranks; nil where this process is alone, which then loads nothing.
  public static func join(shouldStop: @escaping @Sendable () -> Bool) throws(RankError) -> RankTeam? {
    switch Launch.present {
    case .alone: nil
    case .foreign: throw .foreignLauncher
    case .rank: RankTeam(try MPITransport(), shouldStop: shouldStop)
    }
  }

  private var others: [Int] { (0..<count).filter { $0 != rank } }

  // MARK: Ends

  /// After the last thing that is shared: waits for all ranks.
  public func end() {
    if rank == 0 {
      for other in others { send([], to: other, .end) }
    } else {
      _ = try? receive(.end, from: 0)
    }
    _ = try? wait { transport.isFlushed() ? () : nil }
    transport.end()
  }

  /// Ends all ranks because this one cannot go on. Rank 0 does so at once; another tells rank 0, which ends
  /// them with its own sentence if it fails as well.
  ///
  /// - Returns: only where rank 0 has not ended all within seconds, or this is rank 0.
  public func fail(_ sentence: String, status: Int) {
    guard rank != 0 else { return transport.abort(status: status) }
    let error = Failure(sentence: sentence, status: status)
    send((try? JSONEncoder().encode(error)).map { [UInt8]($0) } ?? [], to: 0, .failure)
    for _ in 0..<Self.grace * 100 {
      _ = transport.isFlushed()
      usleep(10_000)
    }
  }

  /// Ends all ranks at once.
  public func abort(status: Int) { transport.abort(status: status) }

  /// Seconds that rank 0 has to tell of a failure.
  private static let grace = 5

  private struct Failure: Codable {
    var sentence: String
    var status: Int
  }

  // MARK: Messages

  package var account: String {
    let (messages, bytes) = (messages.load(ordering: .relaxed), sent.load(ordering: .relaxed))
    let seconds = Double(waited.load(ordering: .relaxed)) * 1e-9
    return "rank \(rank) of \(count) sent \(messages) messages, \(bytes) bytes, and waited "
      + String(format: "%.1f s", seconds)
  }

  func send(_ bytes: [UInt8], to rank: Int, _ kind: MessageKind) {
    transport.send(bytes, to: rank, kind)
    messages.wrappingAdd(1, ordering: .relaxed)
    sent.wrappingAdd(bytes.count, ordering: .relaxed)
  }

  func receive(_ kind: MessageKind, from rank: Int) throws(ExecutionError) -> [UInt8] {
    try wait { transport.receive(kind, from: rank)?.bytes }
  }

  /// Asks until there is an answer.
  func wait<Answer>(_ ask: () -> Answer?) throws(ExecutionError) -> Answer {
    if let answer = ask() { return answer }
    var patience = Patience()
    let began = ContinuousClock.now
    defer { count(began.duration(to: .now)) }
    while true {
      if let answer = ask() { return answer }
      try checkOthers()
      patience.pause()
    }
  }

  /// Counts time in which this rank had nothing to do.
  func count(_ idle: Duration) {
    let (seconds, rest) = idle.components
    waited.wrappingAdd(Int(seconds) * 1_000_000_000 + Int(rest / 1_000_000_000), ordering: .relaxed)
  }

  /// - Throws: where another rank has failed, or this one is to stop.
  func checkOthers() throws(ExecutionError) {
    if rank == 0, let (bytes, from) = transport.receive(.failure, from: nil) {
      let failure = try? JSONDecoder().decode(Failure.self, from: Data(bytes))
      throw ExecutionError(
        RankError.failed(
          rank: from, sentence: failure?.sentence ?? "failed", status: failure?.status ?? 3))
    }
    if shouldStop() { throw .stopped }
  }

  // MARK: Team

  /// Bytes of a message at most.
  private static let largest = 1 << 28

  package func exchange<Element: BitwiseCopyable>(_ parts: [[Element]], receiving counts: [Int])
    throws(ExecutionError) -> [[Element]]
  {
    for other in others {
      let bytes = parts[other].rawBytes
      for start in stride(from: 0, to: bytes.count, by: Self.largest) {
        send(Array(bytes[start..<min(start + Self.largest, bytes.count)]), to: other, .part)
      }
    }
    var found = parts
    for other in others {
      let wanted = counts[other] * MemoryLayout<Element>.stride
      var bytes: [UInt8] = []
      while bytes.count < wanted { bytes += try receive(.part, from: other) }
      guard bytes.count == wanted else { throw ExecutionError(RankError.apart(rank: other)) }
      found[other] = [Element](rawBytes: bytes)
    }
    try wait { transport.isFlushed() ? () : nil }
    return found
  }

  package func first<Value: Codable>(_ value: Value) throws(ExecutionError) -> Value {
    if rank == 0 {
      let bytes = (try? JSONEncoder().encode(value)).map { [UInt8]($0) } ?? []
      for other in others { send(bytes, to: other, .word) }
      return value
    }
    let bytes = try receive(.word, from: 0)
    guard let said = try? JSONDecoder().decode(Value.self, from: Data(bytes)) else {
      throw ExecutionError(RankError.apart(rank: rank))
    }
    return said
  }

  package func agree(on facts: [Fact]) throws(ExecutionError) {
    var fault: RankError?
    if rank == 0 {
      for other in others {
        let bytes = try receive(.facts, from: other)
        let held = (try? JSONDecoder().decode([Fact].self, from: Data(bytes))) ?? []
        let what = zip(facts, held).first { $0 != $1 }?.0.what ?? (held.count == facts.count ? nil : "options")
        if let what, fault == nil { fault = .differs(rank: other, what: what) }
      }
      if let fault { throw ExecutionError(fault) }
      _ = try first(true)
    } else {
      let bytes = (try? JSONEncoder().encode(facts)).map { [UInt8]($0) } ?? []
      send(bytes, to: 0, .facts)
      // Where they differ rank 0 ends all.
      _ = try first(true)
    }
  }

  package func backend(over own: ThreadTrials) -> any TrialBackend { RankTrials(self, own) }
}

extension ExecutionError {
  init(_ error: RankError) { self = .team(reason: error.sentence, status: error.status) }
}

extension Array where Element: BitwiseCopyable {
  /// Numbers as they lie in memory.
  var rawBytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// - Precondition: a whole number of elements.
  init(rawBytes bytes: [UInt8]) {
    let count = bytes.count / MemoryLayout<Element>.stride
    self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes.prefix(count * MemoryLayout<Element>.stride))
      initialized = count
    }
  }
}
