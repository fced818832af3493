// What comes before the tried layer, run once and kept as blocks for as long as it holds: the
// layer's input while no parameter before it changes, its output while none of its own does. Whether
// they changed is seen by comparing them with a copy, which costs next to nothing beside a trial.

import CKernels
import Execution
import ModelGraph
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What all candidates see of 64 samples, as parts [elements][lanes] of so many lanes.
final class TrialBlock: Sendable {
  /// The layer's input, padded.
  let input: FloatBuffer
  /// The layer's output with no candidate applied.
  let base: FloatBuffer
  /// Values that pass by the layer, row-major by sample.
  let crossing: [FloatBuffer]
  /// For each element of the input 0 where it is 0 in all samples, else 1.
  let live: [UInt8]

  static let size = Int(KX_BLOCK)

  init(input: FloatBuffer, base: FloatBuffer, crossing: [FloatBuffer], live: [UInt8]) {
    (self.input, self.base, self.crossing, self.live) = (input, base, crossing, live)
  }
}

/// Makes blocks and keeps them. Blocks of different numbers may be made on several threads at once,
/// each with a worker of its own.
final class TrialPrefix: @unchecked Sendable {
  private let graph: Graph
  private let parameters: ParameterStore
  private let cut: GraphCut
  private let samples: SampleSet
  private let windows: TrialWindows
  private let lanes: Int
  private let workers: [Worker]
  /// Whether blocks are kept; where they would take too much room each is made when needed.
  let keepsBlocks: Bool
  /// What kept blocks take once all are made.
  let keptBytes: Int
  private var kept: [TrialBlock?]
  /// Blocks whose base is no longer that of the layer's parameters.
  private var staleBase: [Bool]
  private var known: [ParameterID: [Float]] = [:]

  /// Programs of one thread.
  private struct Worker {
    let prefix: Program
    let layer: Program
  }

  /// - Parameters:
  ///   - limit: bytes that kept blocks may take.
  init(
    graph: Graph, parameters: ParameterStore, cut: GraphCut, samples: SampleSet,
    windows: TrialWindows, lanes: Int, threads: Int, limit: Int
  ) throws(ExecutionError) {
    (self.graph, self.parameters, self.cut) = (graph, parameters, cut)
    (self.samples, self.windows, self.lanes) = (samples, windows, lanes)
    var workers: [Worker] = []
    for _ in 0..<threads {
      workers.append(
        Worker(
          prefix: try Program(
            graph: graph, parameters: parameters, inputs: graph.inputs,
            outputs: [cut.layerInput] + cut.crossing, batch: TrialBlock.size),
          layer: try Program(
            graph: graph, parameters: parameters, inputs: [cut.layerInput],
            outputs: [cut.layerOutput], batch: TrialBlock.size)))
    }
    self.workers = workers
    let count = (samples.count + TrialBlock.size - 1) / TrialBlock.size
    let elements = cut.crossing.reduce(windows.inputElements + windows.outputElements) {
      $0 + graph[$1].shape.elementCount
    }
    let bytes = count * TrialBlock.size * elements * MemoryLayout<Float>.stride
    keepsBlocks = bytes <= limit
    keptBytes = keepsBlocks ? bytes : 0
    kept = Array(repeating: nil, count: count)
    staleBase = Array(repeating: false, count: count)
  }

  /// Forgets what no longer holds. To be called before blocks are asked for.
  func refresh() {
    if hasChanged(cut.prefixParameters) {
      for index in kept.indices { kept[index] = nil }
    }
    if hasChanged(cut.layerParameters) {
      for index in kept.indices { staleBase[index] = kept[index] != nil }
    }
  }

  /// Whether any of these differs from what was seen last; what is seen now is remembered.
  private func hasChanged(_ ids: [ParameterID]) -> Bool {
    let changed = ids.filter { id in
      let present = parameters[id]
      guard let old = known[id], old.count == present.count else { return true }
      guard let address = present.baseAddress else { return false }
      return memcmp(old, address, old.count * MemoryLayout<Float>.stride) != 0
    }
    for id in changed { known[id] = parameters.values(id) }
    return !changed.isEmpty
  }

  /// Makes the blocks that are missing and up to date those that are stale, where blocks are kept.
  func prepare(_ blocks: Range<Int>) throws(ExecutionError) {
    guard keepsBlocks else { return }
    let missing = blocks.filter { kept[$0] == nil || staleBase[$0] }
    guard !missing.isEmpty else { return }
    let made = UnsafeMutableBufferPointer<TrialBlock?>.allocate(capacity: missing.count)
    made.initialize(repeating: nil)
    defer { made.deinitialize().deallocate() }
    nonisolated(unsafe) let results = made
    try parallel(workers.count) { number throws(ExecutionError) in
      for index in stride(from: number, to: missing.count, by: workers.count) {
        results[index] = try make(missing[index], worker: number)
      }
    }
    for (index, block) in zip(missing, made) {
      kept[index] = block
      staleBase[index] = false
    }
  }

  /// A block, kept or made now.
  func block(_ index: Int, worker: Int) throws(ExecutionError) -> TrialBlock {
    if let known = kept[index] { return known }
    return try make(index, worker: worker)
  }

  /// The offsets of the layer's columns for these blocks, those of columns that meet nothing but 0
  /// in them negative: border pixels, features that have died. Known where the columns are the
  /// inputs and the blocks are kept; else all offsets are as they are.
  func offsets(for blocks: Range<Int>) -> [Int32] {
    guard keepsBlocks, windows.columnsAreInputs else { return windows.offsets }
    var offsets = [Int32](repeating: -1, count: windows.inputElements)
    for index in blocks {
      guard let live = kept[index]?.live else { return windows.offsets }
      for column in live.indices where live[column] != 0 { offsets[column] = Int32(column) }
    }
    return offsets
  }

  // MARK: Making blocks

  private func make(_ index: Int, worker: Int) throws(ExecutionError) -> TrialBlock {
    let worker = workers[worker]
    if let stale = kept[index] {
      let plain = try fromBlock(stale.input, elements: graph[cut.layerInput].shape.elementCount)
      return TrialBlock(
        input: stale.input, base: try base(plain, worker), crossing: stale.crossing,
        live: stale.live)
    }
    let values = try runPrefix(index, worker)
    let input = try toBlock(values[0], room: windows.inputElements, places: windows.places)
    return TrialBlock(
      input: input, base: try base(values[0], worker), crossing: Array(values.dropFirst()),
      live: live(input))
  }

  private func live(_ input: FloatBuffer) -> [UInt8] {
    var live = [UInt8](repeating: 0, count: windows.inputElements)
    for part in 0..<TrialBlock.size / lanes {
      kx_mark_live(
        input.pointer + part * lanes * windows.inputElements, Int32(windows.inputElements),
        Int32(lanes), &live)
    }
    return live
  }

  /// The prefix's outputs for a block, row-major; samples that are missing repeat the last.
  private func runPrefix(_ index: Int, _ worker: Worker) throws(ExecutionError) -> [FloatBuffer] {
    let indices = (0..<TrialBlock.size).map { min(index * TrialBlock.size + $0, samples.count - 1) }
    var inputs: [FloatBuffer] = []
    for values in samples.arrays(at: indices) { inputs.append(try FloatBuffer(values)) }
    var outputs: [FloatBuffer] = []
    for value in worker.prefix.outputs {
      outputs.append(
        try FloatBuffer(count: TrialBlock.size * graph[value].shape.elementCount))
    }
    try worker.prefix.run(
      inputs: inputs.map { UnsafePointer($0.pointer) }, outputs: outputs.map(\.pointer))
    return outputs
  }

  /// The layer's output, blocked, for its plain input.
  private func base(_ input: FloatBuffer, _ worker: Worker) throws(ExecutionError) -> FloatBuffer {
    let output = try FloatBuffer(count: TrialBlock.size * windows.outputElements)
    try worker.layer.run(inputs: [UnsafePointer(input.pointer)], outputs: [output.pointer])
    return try toBlock(output, room: windows.outputElements, places: nil)
  }

  private func toBlock(_ values: FloatBuffer, room: Int, places: [Int32]?) throws(ExecutionError)
    -> FloatBuffer
  {
    let elements = values.count / TrialBlock.size
    let result = try FloatBuffer(count: room * TrialBlock.size, zeroed: places != nil)
    for part in 0..<TrialBlock.size / lanes {
      kx_to_block(
        values.pointer + part * lanes * elements, Int32(elements), Int32(lanes), places,
        result.pointer + part * lanes * room)
    }
    return result
  }

  private func fromBlock(_ block: FloatBuffer, elements: Int) throws(ExecutionError)
    -> FloatBuffer
  {
    let room = block.count / TrialBlock.size
    let result = try FloatBuffer(count: elements * TrialBlock.size)
    for part in 0..<TrialBlock.size / lanes {
      kx_from_block(
        block.pointer + part * lanes * room, Int32(elements), Int32(lanes), windows.places,
        result.pointer + part * lanes * elements)
    }
    return result
  }
}
