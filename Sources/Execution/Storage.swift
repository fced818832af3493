// Memory of a program. Each value and each gradient is needed from the step that writes it to the
// last that reads it; what is not needed at the same time shares a block. Blocks are found greedily
// in the order of first use, the smallest free block that fits before any that must grow.

/// Room for some floats during a span of a program's steps.
final class Storage {
  let count: Int
  /// First step that writes and last step that reads, both included.
  private(set) var span: ClosedRange<Int>?
  /// Set when the program's memory is laid out, or at each run for what the caller lends.
  var pointer: UnsafeMutablePointer<Float> = Storage.nowhere

  /// Stands in for memory not yet laid out.
  nonisolated(unsafe) private static let nowhere = UnsafeMutablePointer<Float>.allocate(capacity: 1)

  init(count: Int) { self.count = count }

  /// Extends the span to include a step.
  func use(at step: Int) {
    span = span.map { min($0.lowerBound, step)...max($0.upperBound, step) } ?? step...step
  }
}

/// Blocks shared by storages whose spans do not meet.
struct StoragePool {
  private struct Block {
    var count: Int
    var busyUntil: Int
    var tenants: [Storage]
  }

  private var blocks: [Block] = []
  private var buffers: [FloatBuffer] = []

  init() {}

  /// Lays out every storage that has a span and gives it its pointer.
  init(laysOut storages: [Storage]) throws(ExecutionError) {
    let used = storages.filter { $0.span != nil }
      .sorted { ($0.span?.lowerBound ?? 0) < ($1.span?.lowerBound ?? 0) }
    for storage in used { place(storage) }
    for block in blocks {
      let buffer = try FloatBuffer(count: block.count)
      for storage in block.tenants { storage.pointer = buffer.pointer }
      buffers.append(buffer)
    }
    blocks = []
  }

  private mutating func place(_ storage: Storage) {
    guard let span = storage.span else { return }
    let free = blocks.indices.filter { blocks[$0].busyUntil < span.lowerBound }
    let fitting = free.filter { blocks[$0].count >= storage.count }
    let choice =
      fitting.min { blocks[$0].count < blocks[$1].count }
      ?? free.max { blocks[$0].count < blocks[$1].count }
    if let choice {
      blocks[choice].count = max(blocks[choice].count, storage.count)
      blocks[choice].busyUntil = span.upperBound
      blocks[choice].tenants.append(storage)
    } else {
      blocks.append(Block(count: storage.count, busyUntil: span.upperBound, tenants: [storage]))
    }
  }
}
