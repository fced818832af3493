import CRanks

/// Messages by Open MPI.
final class MPITransport: Transport, @unchecked Sendable {
  let rank: Int
  let count: Int
  /// What is on its way out, with its bytes.
  private var pending: [(buffer: UnsafeMutableRawBufferPointer, request: UnsafeMutableRawPointer?)] = []

  /// Loads Open MPI and joins the others.
  init() throws(RankError) {
    switch Int(kr_open()) {
    case KR_OPENED: break
    case KR_ABSENT: throw .noLibrary
    default: throw .foreignLibrary
    }
    var (rank, count, serialized) = (Int32(0), Int32(1), Int32(0))
    let code = kr_begin(&rank, &count, &serialized)
    guard code == 0, serialized != 0 else { throw .engine(code: Int(code)) }
    (self.rank, self.count) = (Int(rank), Int(count))
  }

  func send(_ bytes: [UInt8], to rank: Int, _ kind: MessageKind) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    buffer.copyBytes(from: bytes)
    var request: UnsafeMutableRawPointer?
    _ = kr_send(buffer.baseAddress, bytes.count, Int32(rank), Int32(kind.rawValue), &request)
    pending.append((buffer, request))
    _ = isFlushed()
  }

  func receive(_ kind: MessageKind, from rank: Int?) -> (bytes: [UInt8], from: Int)? {
    var (found, source, size) = (Int32(0), Int32(0), 0)
    _ = kr_probe(Int32(rank ?? -1), Int32(kind.rawValue), &found, &source, &size)
    guard found != 0 else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var request: UnsafeMutableRawPointer?
      _ = kr_receive(buffer.baseAddress, size, source, Int32(kind.rawValue), &request)
      var (done, patience) = (Int32(0), Patience())
      while kr_test(&request, &done) == 0, done == 0 { patience.pause() }
      count = size
    }
    return (bytes, Int(source))
  }

  func isFlushed() -> Bool {
    pending.removeAll { message in
      var (request, done) = (message.request, Int32(0))
      _ = kr_test(&request, &done)
      if done != 0 { message.buffer.deallocate() }
      return done != 0
    }
    return pending.isEmpty
  }

  func abort(status: Int) { kr_abort(Int32(status)) }

  func end() { _ = kr_end() }
}
