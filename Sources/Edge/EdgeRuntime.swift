// The C runtime from Swift: the very code that ships, so that what is verified is what will run.

import Blob
import CKinglet

/// A status of the C runtime other than success, one case a value of `kgl_status`.
public enum RuntimeStatus: Int32, Error, Equatable, Sendable {
  /// `KGL_ERR_TRUNCATED`
  case truncated = -1
  /// `KGL_ERR_MAGIC`
  case magic = -2
  /// `KGL_ERR_VERSION`
  case version = -3
  /// `KGL_ERR_CHECKSUM`
  case checksum = -4
  /// `KGL_ERR_CORRUPT`, and any value this list does not know
  case corrupt = -5
  /// `KGL_ERR_UNSUPPORTED`
  case unsupported = -6
  /// `KGL_ERR_ARENA`
  case arena = -7
  /// `KGL_ERR_ARGUMENT`
  case argument = -8
  /// `KGL_ERR_SELF_TEST`
  case selfTest = -9

  static func check(_ status: kgl_status) throws(RuntimeStatus) {
    guard status != KGL_OK else { return }
    throw RuntimeStatus(rawValue: status.rawValue) ?? .corrupt
  }
}

/// An input or output of an open blob, for one sample.
public struct EdgeTensor: Equatable, Sendable {
  public var elements: Int
  public var type: BlobElementType
  /// What an integer element of 1 stands for; 1 for float32 and int32.
  public var scale: Float
  /// The element that stands for zero; 0 for float32.
  public var zeroPoint: Int

  init(_ tensor: kgl_tensor) {
    elements = Int(tensor.elements)
    type = BlobElementType(rawValue: UInt8(truncatingIfNeeded: tensor.type.rawValue)) ?? .float32
    (scale, zeroPoint) = (tensor.scale, Int(tensor.zero_point))
  }

  /// Bytes of its elements.
  public var bytes: Int { type.isOfWords ? 4 * elements : elements }
}

/// What a step wrote in a run.
public struct EdgeStep: Equatable, Sendable {
  /// From 0.
  public var step: Int
  public var type: BlobElementType
  /// Of its elements.
  public var bytes: [UInt8]

  /// The elements as numbers; of bytes as they are, for what they stand for is not said of steps.
  public var numbers: [Float] {
    switch type {
    case .float32: bytes.withUnsafeBytes { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
    case .uint8: bytes.map { Float($0) }
    case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
    case .int32: bytes.withUnsafeBytes { bytes in (0..<bytes.count / 4).map { Float(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) } }
    }
  }
}

/// An open blob with an arena of its own; use one a thread.
public final class EdgeRuntime {
  private let blob: UnsafeMutableBufferPointer<UInt8>
  private let arena: UnsafeMutableRawPointer
  private var model = kgl_model()

  /// Bytes of arena: the blob's activations and what the runtime adds.
  public let arenaBytes: Int
  /// Bytes of state; 0: the network keeps none.
  public let stateBytes: Int
  /// Each input and each output for one sample.
  public let inputs: [EdgeTensor]
  public let outputs: [EdgeTensor]

  /// Opens and validates a blob. Its states are what they begin as.
  public init(_ bytes: [UInt8]) throws(RuntimeStatus) {
    blob = .allocate(capacity: max(bytes.count, 1))
    _ = blob.update(fromContentsOf: bytes)
    let status = kgl_open(&model, blob.baseAddress, UInt32(clamping: bytes.count))
    arenaBytes = status == KGL_OK ? Int(kgl_arena_bytes(&model)) : 0
    stateBytes = status == KGL_OK ? Int(kgl_state_bytes(&model)) : 0
    arena = .allocate(byteCount: max(arenaBytes, 16), alignment: 16)
    if stateBytes > 0 { kgl_reset(&model, arena, UInt32(arenaBytes)) }
    var tensors: ([EdgeTensor], [EdgeTensor]) = ([], [])
    var tensor = kgl_tensor()
    if status == KGL_OK {
      for index in 0..<kgl_input_count(&model) where kgl_input(&model, index, &tensor) == KGL_OK {
        tensors.0.append(EdgeTensor(tensor))
      }
      for index in 0..<kgl_output_count(&model) where kgl_output(&model, index, &tensor) == KGL_OK {
        tensors.1.append(EdgeTensor(tensor))
      }
    }
    (inputs, outputs) = tensors
    try RuntimeStatus.check(status)
  }

  deinit {
    blob.deallocate()
    arena.deallocate()
  }

  /// Numbers of each input and each output for one sample.
  public var inputCounts: [Int] { inputs.map(\.elements) }
  public var outputCounts: [Int] { outputs.map(\.elements) }

  /// What is kept from one frame to the next, as it lies: the arena's first ``stateBytes``.
  public var state: [UInt8] { Array(UnsafeRawBufferPointer(start: arena, count: stateBytes)) }

  /// What the arena comes to in a build with look-up tables of so many index bits, 0...12; nil where such a build refuses the
  /// blob, as those below 8 do layers by columns.
  ///
  /// - Parameter step: the step whose part it is; nil: the one that takes most, which is what the whole does.
  public func arena(tableBits: Int, step: Int? = nil) -> ArenaParts? {
    var parts = kgl_arena_parts()
    let step = step.map { UInt32(clamping: $0) } ?? UInt32.max
    guard kgl_arena_need(&model, UInt32(clamping: tableBits), step, &parts) == KGL_OK else { return nil }
    return ArenaParts(
      activations: Int(parts.activations), tables: Int(parts.tables), filter: Int(parts.filter),
      step: parts.step == UInt32.max ? nil : Int(parts.step))
  }

  /// Makes every state what it begins as; nothing for a network that keeps none.
  public func reset() throws(RuntimeStatus) {
    try RuntimeStatus.check(kgl_reset(&model, arena, UInt32(arenaBytes)))
  }

  /// Replays the samples that the blob carries: frames of one stream, from the states' beginning on.
  ///
  /// - Throws: ``RuntimeStatus/selfTest`` where an answer differs from what the blob expects,
  ///   ``RuntimeStatus/argument`` where it has no self-test.
  public func selfTest() throws(RuntimeStatus) {
    try RuntimeStatus.check(kgl_self_test(&model, arena, UInt32(arenaBytes)))
  }

  /// Runs one sample, or the next frame of a network that keeps state.
  ///
  /// - Parameter inputs: the bytes of each input's elements: ``EdgeTensor/bytes`` of them.
  /// - Returns: those of each output.
  /// - Throws: what `kgl_run` gives.
  public func run(_ inputs: [[UInt8]]) throws(RuntimeStatus) -> [[UInt8]] {
    precondition(zip(inputs, self.inputs).allSatisfy { $0.count == $1.bytes })
    // Whole words, so that elements of any type are aligned.
    func room(_ tensor: EdgeTensor) -> UnsafeMutableRawBufferPointer {
      .allocate(byteCount: max(tensor.bytes, 4), alignment: 4)
    }
    let (given, answers) = (self.inputs.map(room), outputs.map(room))
    defer { (given + answers).forEach { $0.deallocate() } }
    for (room, bytes) in zip(given, inputs) { room.copyBytes(from: bytes) }
    try run(
      inputs: given.compactMap { UnsafeRawPointer($0.baseAddress) }, outputs: answers.compactMap(\.baseAddress))
    return zip(answers, outputs).map { Array($0.prefix($1.bytes)) }
  }

  /// Runs one sample as ``run(_:)`` does, and gives what each step wrote.
  public func observe(_ inputs: [[UInt8]]) throws(RuntimeStatus) -> [EdgeStep] {
    precondition(zip(inputs, self.inputs).allSatisfy { $0.count == $1.bytes })
    let rooms = self.inputs.map { UnsafeMutableRawBufferPointer.allocate(byteCount: max($0.bytes, 4), alignment: 4) }
    defer { rooms.forEach { $0.deallocate() } }
    for (room, bytes) in zip(rooms, inputs) { room.copyBytes(from: bytes) }
    var seen: [EdgeStep] = []
    let given = rooms.map { UnsafeRawPointer($0.baseAddress) }
    let status = withUnsafeMutablePointer(to: &seen) { seen in
      kgl_run_observed(
        &model, arena, UInt32(arenaBytes), given, nil,
        { context, written in
          guard let context, let written = written?.pointee else { return }
          let type = BlobElementType(rawValue: UInt8(truncatingIfNeeded: written.type.rawValue)) ?? .float32
          let count = Int(written.elements) * (type.isOfWords ? 4 : 1)
          context.assumingMemoryBound(to: [EdgeStep].self).pointee.append(
            EdgeStep(
              step: Int(written.step), type: type, bytes: Array(UnsafeRawBufferPointer(start: written.values, count: count))))
        }, seen)
    }
    try RuntimeStatus.check(status)
    return seen
  }

  /// Runs one sample where it lies.
  ///
  /// - Parameters:
  ///   - inputs: a pointer to each input's elements, of its type.
  ///   - outputs: room for each output's elements.
  public func run(inputs: [UnsafeRawPointer], outputs: [UnsafeMutableRawPointer])
    throws(RuntimeStatus)
  {
    precondition(inputs.count == self.inputs.count && outputs.count == self.outputs.count)
    try RuntimeStatus.check(
      kgl_run(
        &model, arena, UInt32(arenaBytes), inputs.map { Optional($0) },
        outputs.map { Optional($0) }))
  }
}
