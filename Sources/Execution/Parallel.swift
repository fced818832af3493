// Work on several threads. oneDNN's matrix products may run with the stack pointer inside memory from
// malloc, where the frame of a signal handler would be written over whatever lies below. Dispatch's
// own threads take no signals; the calling thread takes none while it works with them.

import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Calls `body` with 0 ..< count, each on a thread of its own as far as there are cores, and waits.
/// Signals to this thread wait too, but for those of its own faults.
///
/// What `body` touches at once under different numbers must not be the same; the compiler does not
/// check it here.
package func parallel(_ count: Int, _ body: (Int) -> Void) {
  let mask = blockSignals()
  defer { restoreSignals(mask) }
  guard count > 1 else { return (0..<count).forEach(body) }
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let work = body
    DispatchQueue.concurrentPerform(iterations: count) { work($0) }
  }
}

/// Blocks what a handler may be called for in this thread, whatever it is doing; returns what was
/// blocked before.
private func blockSignals() -> sigset_t {
  var (signals, before) = (sigset_t(), sigset_t())
  sigfillset(&signals)
  for fault in [SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGSYS] {
    sigdelset(&signals, fault)
  }
  pthread_sigmask(SIG_BLOCK, &signals, &before)
  return before
}

private func restoreSignals(_ mask: sigset_t) {
  var mask = mask
  pthread_sigmask(SIG_SETMASK, &mask, nil)
}

/// As above; throws the failure of the lowest number that failed.
package func parallel(_ count: Int, throwing body: (Int) throws(ExecutionError) -> Void)
  throws(ExecutionError)
{
  let failures = UnsafeMutablePointer<ExecutionError?>.allocate(capacity: count)
  failures.initialize(repeating: nil, count: count)
  defer {
    failures.deinitialize(count: count)
    failures.deallocate()
  }
  parallel(count) { index in
    do throws(ExecutionError) { try body(index) } catch { failures[index] = error }
  }
  for index in 0..<count {
    if let failure = failures[index] { throw failure }
  }
}

/// Calls `body` with the pieces 0 ..< count and the number of the thread that takes each: threads,
/// `threads` at most, take the next piece as they get free.
func parallel(
  pieces count: Int, threads: Int,
  _ body: (_ piece: Int, _ thread: Int) throws(ExecutionError) -> Void
) throws(ExecutionError) {
  let taken = Atomic<Int>(0)
  try parallel(min(threads, count)) { thread throws(ExecutionError) in
    while true {
      let piece = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      if piece >= count { return }
      try body(piece, thread)
    }
  }
}

/// What `body` makes of each element, in their order; threads, `threads` at most, take the next as they get
/// free. Throws the failure of the first that failed.
package func parallelMap<Elements: RandomAccessCollection, Value, Failure: Error>(
  _ elements: Elements, threads: Int, _ body: (Elements.Element) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  let count = elements.count
  let results = UnsafeMutablePointer<Result<Value, Failure>?>.allocate(capacity: count)
  results.initialize(repeating: nil, count: count)
  defer {
    results.deinitialize(count: count)
    results.deallocate()
  }
  let taken = Atomic<Int>(0)
  parallel(min(threads, count)) { _ in
    while true {
      let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= count { return }
      let element = elements[elements.index(elements.startIndex, offsetBy: index)]
      results[index] = Result { () throws(Failure) in try body(element) }
    }
  }
  var values: [Value] = []
  for index in 0..<count { if let result = results[index] { values.append(try result.get()) } }
  return values
}
