import Ranks
import Synchronization

/// Where ranks that are threads of this process leave messages for each other.
final class Hub: Sendable {
  private struct Message {
    var bytes: [UInt8]
    var from: Int
    var to: Int
    var kind: MessageKind
  }

  private let messages = Mutex<[Message]>([])
  let count: Int
  let aborted = Atomic<Int>(-1)

  init(_ count: Int) { self.count = count }

  func put(_ bytes: [UInt8], from: Int, to: Int, _ kind: MessageKind) {
    messages.withLock { $0.append(Message(bytes: bytes, from: from, to: to, kind: kind)) }
  }

  func take(_ kind: MessageKind, from: Int?, to: Int) -> (bytes: [UInt8], from: Int)? {
    messages.withLock { messages in
      let place = messages.firstIndex { $0.kind == kind && $0.to == to && (from ?? $0.from) == $0.from }
      return place.map { (messages[$0].bytes, messages.remove(at: $0).from) }
    }
  }
}

/// One rank of a hub.
final class LocalTransport: Transport {
  let rank: Int
  let hub: Hub

  init(_ hub: Hub, rank: Int) { (self.hub, self.rank) = (hub, rank) }

  var count: Int { hub.count }

  func send(_ bytes: [UInt8], to rank: Int, _ kind: MessageKind) {
    hub.put(bytes, from: self.rank, to: rank, kind)
  }

  func receive(_ kind: MessageKind, from rank: Int?) -> (bytes: [UInt8], from: Int)? {
    hub.take(kind, from: rank, to: self.rank)
  }

  func isFlushed() -> Bool { true }
  func abort(status: Int) { hub.aborted.store(status, ordering: .relaxed) }
  func end() {}
}
