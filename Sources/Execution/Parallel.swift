import Dispatch

/// Calls `body` with 0 ..< count, each on a thread of its own as far as there are cores, and waits.
///
/// What `body` touches at once under different numbers must not be the same; the compiler does not
/// check it here.
package func parallel(_ count: Int, _ body: (Int) -> Void) {
  guard count > 1 else { return (0..<count).forEach(body) }
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let work = body
    DispatchQueue.concurrentPerform(iterations: count) { work($0) }
  }
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
