import CKinglet

// The C runtime, called as firmware calls it: the blob in memory of exactly its size, an arena of
// exactly the bytes that it asks for.

/// A blob that the C runtime opened, or the status with which it did not.
final class RuntimeSession {
  let status: Int32
  private var model = kgl_model()
  private let blob: UnsafeMutableBufferPointer<UInt8>

  init(_ bytes: [UInt8]) {
    blob = .allocate(capacity: max(1, bytes.count))
    _ = blob.initialize(from: bytes)
    status = kgl_open(&model, blob.baseAddress, UInt32(bytes.count)).rawValue
  }

  deinit { blob.deallocate() }

  var arenaBytes: Int { Int(kgl_arena_bytes(&model)) }

  /// Status and outputs of one run, elements as bytes; the outputs of a failed run are empty.
  func run(_ inputs: [[UInt8]]) -> (status: Int32, outputs: [[UInt8]]) { run(frames: inputs) }

  /// The same of frames in turn, from the states' beginning on, the inputs and the outputs of each behind those
  /// of the one before.
  func run(frames: [[UInt8]]) -> (status: Int32, outputs: [[UInt8]]) {
    let arena = UnsafeMutableRawPointer.allocate(byteCount: arenaBytes, alignment: 4)
    defer { arena.deallocate() }
    var (status, outputs) = (kgl_reset(&model, arena, UInt32(arenaBytes)).rawValue, [[UInt8]]())
    let count = max(1, Int(kgl_input_count(&model)))
    for first in stride(from: 0, to: frames.count, by: count) where status == 0 {
      let answer = run(Array(frames[first..<min(first + count, frames.count)]), in: arena)
      status = answer.status
      outputs = status == 0 ? outputs + answer.outputs : []
    }
    return (status, outputs)
  }

  private func run(_ inputs: [[UInt8]], in arena: UnsafeMutableRawPointer) -> (status: Int32, outputs: [[UInt8]]) {
    let sources = inputs.map { input in
      let source = UnsafeMutableRawBufferPointer.allocate(byteCount: input.count, alignment: 4)
      source.copyBytes(from: input)
      return source
    }
    let results = (0..<kgl_output_count(&model)).map { index in
      var tensor = kgl_tensor()
      _ = kgl_output(&model, index, &tensor)
      let bytes = Int(tensor.elements) * (tensor.type == KGL_FLOAT32 || tensor.type == KGL_INT32 ? 4 : 1)
      return UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 4)
    }
    defer {
      for source in sources { source.deallocate() }
      for result in results { result.deallocate() }
    }
    let status = kgl_run(
      &model, arena, UInt32(arenaBytes), sources.map { $0.baseAddress.map { UnsafeRawPointer($0) } },
      results.map { $0.baseAddress.map { UnsafeMutableRawPointer($0) } })
    return (status.rawValue, status.rawValue == 0 ? results.map { Array($0) } : [])
  }

  /// The same of a blob whose inputs and outputs are all float32.
  func run(_ inputs: [[Float]]) -> (status: Int32, outputs: [[Float]]) {
    let (status, outputs) = run(
      inputs.map { input in input.withUnsafeBytes { Array($0) } })
    return (
      status,
      outputs.map { bytes in bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }
    )
  }
}
