#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Floats that start on a cache line, owned; what they hold at first is unspecified unless zeroed.
package final class FloatBuffer: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  package let count: Int

  /// - Throws: ``ExecutionError/outOfMemory(bytes:)``; a size too large to express included.
  package init(count: Int, zeroed: Bool = false) throws(ExecutionError) {
    precondition(count >= 0)
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(
      by: MemoryLayout<Float>.stride)
    var memory: UnsafeMutableRawPointer?
    guard !overflow, posix_memalign(&memory, 64, bytes) == 0, let memory else {
      throw .outOfMemory(bytes: overflow ? Int.max : bytes)
    }
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
    if zeroed { zero() }
  }

  deinit { free(pointer) }

  package func zero() { pointer.update(repeating: 0, count: count) }

  package var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}
