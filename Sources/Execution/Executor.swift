// Running a graph, or a cut through it, on any number of samples: threads take the batch chunk by
// chunk, each with programs of its own. What is a chunk depends on the batch alone (`Shards`), and a
// chunk's result not on which thread ran it, so results are the same bits on any number of threads.

import ModelGraph
import Tensors

/// Runs a graph, or the part of it between given values and wanted ones, on any number of samples.
///
/// Programs are compiled when a batch size is first seen, and kept. An executor serves one caller
/// at a time; executors on several threads may share one ``ParameterStore``.
public final class Executor: @unchecked Sendable {
  public let graph: Graph
  /// What the nodes read; change it between runs.
  public let parameters: ParameterStore
  /// Values that each run is given, by default the graph's inputs.
  public let inputs: [ValueID]
  /// Values that each run gives, by default the graph's outputs.
  public let outputs: [ValueID]
  public let threads: Int
  private let boundary: Layout
  private let largestChunk: Int
  private let workers: [ProgramCache]
  private var cuts: [Cut: Executor] = [:]

  private struct Cut: Hashable {
    let inputs: [ValueID]
    let outputs: [ValueID]
  }

  /// - Parameters:
  ///   - parameters: shared numbers; a copy of the graph's where nil.
  ///   - threads: how many chunks run at the same time.
  ///   - boundary: how images lie in the buffers of `run(batch:inputs:outputs:)`. Tensors are
  ///     always row-major, so only executors with `rowMajor` take them.
  /// - Throws: ``ExecutionError/undetermined(value:)``, ``ExecutionError/outOfMemory(bytes:)``.
  public init(
    graph: Graph, threads: Int = 1, parameters: ParameterStore? = nil,
    from inputs: [ValueID]? = nil, to outputs: [ValueID]? = nil, boundary: Layout = .rowMajor
  ) throws(ExecutionError) {
    precondition(threads >= 1)
    self.graph = graph
    self.threads = threads
    self.inputs = inputs ?? graph.inputs
    self.outputs = outputs ?? graph.outputs
    self.boundary = boundary
    if let parameters {
      self.parameters = parameters
    } else {
      self.parameters = try ParameterStore(graph)
    }
    largestChunk = try chunkSize(graph, from: self.inputs, to: self.outputs, copies: 1)
    let (given, wanted, store) = (self.inputs, self.outputs, self.parameters)
    workers = (0..<threads).map { _ in
      ProgramCache { batch throws(ExecutionError) in
        try Program(
          graph: graph, parameters: store, inputs: given, outputs: wanted, batch: batch,
          boundary: boundary)
      }
    }
  }

  /// Replaces the numbers of one parameter for the runs that follow.
  public func setParameter(_ id: ParameterID, values: [Float]) { parameters.set(id, to: values) }

  // MARK: Tensors

  /// The outputs for given inputs.
  ///
  /// - Parameter inputs: one for each of `self.inputs`, [samples] + the value's shape; any number
  ///   of samples, the same for all.
  /// - Returns: one for each of `self.outputs`, [samples] + the value's shape.
  /// - Throws: ``ExecutionError/engine(node:operation:status:)``,
  ///   ``ExecutionError/outOfMemory(bytes:)``.
  public func run(inputs tensors: [Tensor]) throws(ExecutionError) -> [Tensor] {
    precondition(boundary == .rowMajor, "tensors are row-major")
    precondition(tensors.count == inputs.count)
    let batch = tensors.first?.shape.first ?? 1
    for (tensor, id) in zip(tensors, inputs) {
      precondition(
        tensor.shape == [batch] + graph[id].shape,
        "\(tensor.shape) for \(batch) samples of \(graph[id].shape)")
    }
    var buffers: [FloatBuffer] = []
    for id in outputs {
      buffers.append(try FloatBuffer(count: batch * graph[id].shape.elementCount))
    }
    if batch > 0 {
      try withPointers(to: tensors[...]) { pointers throws(ExecutionError) in
        try run(batch: batch, inputs: pointers, outputs: buffers.map(\.pointer))
      }
    }
    return zip(outputs, buffers).map { id, buffer in
      Tensor(shape: [batch] + graph[id].shape, values: buffer.values)
    }
  }

  /// Any values of the graph, for given inputs of this executor.
  public func values(_ ids: [ValueID], for tensors: [Tensor]) throws(ExecutionError) -> [Tensor] {
    try cut(from: inputs, to: ids).run(inputs: tensors)
  }

  /// Runs the part of the graph between given values and wanted ones.
  ///
  /// - Throws: ``ExecutionError/undetermined(value:)`` where the given values do not suffice.
  public func run(from given: [ValueID: Tensor], to wanted: [ValueID])
    throws(ExecutionError) -> [Tensor]
  {
    let ids = given.keys.sorted { $0.index < $1.index }
    return try cut(from: ids, to: wanted).run(inputs: ids.compactMap { given[$0] })
  }

  /// An executor of another part of the graph, with the same parameters and threads; kept.
  public func cut(from given: [ValueID], to wanted: [ValueID]) throws(ExecutionError) -> Executor {
    let key = Cut(inputs: given, outputs: wanted)
    if let known = cuts[key] { return known }
    let executor = try Executor(
      graph: graph, threads: threads, parameters: parameters, from: given, to: wanted,
      boundary: boundary)
    cuts[key] = executor
    return executor
  }

  /// Gives up the memory of all programs; they are made again when they are needed.
  package func forgetPrograms() {
    cuts = [:]
    for worker in workers { worker.forget() }
  }

  /// Gives up the memory of all cuts that were made.
  package func forgetCuts() { cuts = [:] }

  // MARK: Buffers

  /// The outputs for `batch` samples in the caller's own memory, in the executor's layout.
  ///
  /// - Throws: ``ExecutionError/engine(node:operation:status:)``,
  ///   ``ExecutionError/outOfMemory(bytes:)``.
  public func run(
    batch: Int, inputs: [UnsafePointer<Float>], outputs: [UnsafeMutablePointer<Float>]
  ) throws(ExecutionError) {
    precondition(inputs.count == self.inputs.count && outputs.count == self.outputs.count)
    guard batch > 0 else { return }
    let shards = Shards.count(of: batch)
    let chunk = min(largestChunk, (batch + shards - 1) / shards)
    let inputSizes = self.inputs.map { graph[$0].shape.elementCount }
    let outputSizes = self.outputs.map { graph[$0].shape.elementCount }
    try parallel(pieces: (batch + chunk - 1) / chunk, threads: threads) {
      piece, thread throws(ExecutionError) in
      let start = piece * chunk
      let program = try workers[thread].program(batch: min(chunk, batch - start))
      try program.run(
        inputs: zip(inputs, inputSizes).map { $0 + start * $1 },
        outputs: zip(outputs, outputSizes).map { $0 + start * $1 })
    }
  }
}

/// Programs of one worker by batch size, the latest few.
final class ProgramCache {
  private let make: (Int) throws(ExecutionError) -> Program
  private var programs: [Program] = []

  init(make: @escaping (Int) throws(ExecutionError) -> Program) { self.make = make }

  func program(batch: Int) throws(ExecutionError) -> Program {
    if let known = programs.first(where: { $0.batch == batch }) { return known }
    let program = try make(batch)
    if programs.count >= 4 { programs.removeFirst() }
    programs.append(program)
    return program
  }

  func forget() { programs = [] }
}

/// Samples that one program takes at a time: so many that fixed costs do not show and so few that
/// what is between layers stays in cache; fewer where samples are large.
func chunkSize(_ graph: Graph, from inputs: [ValueID], to outputs: [ValueID], copies: Int)
  throws(ExecutionError) -> Int
{
  let nodes = try Planner.neededNodes(graph, from: inputs, to: outputs)
  let elements = nodes.reduce(1) { $1.outputs.reduce($0) { $0 + graph[$1].shape.elementCount } } * copies
  return max(1, min(32, (1 << 26) / elements))
}

/// Calls `body` with the addresses of the tensors' numbers.
func withPointers<R>(
  to tensors: ArraySlice<Tensor>, _ found: [UnsafePointer<Float>] = [],
  _ body: ([UnsafePointer<Float>]) throws(ExecutionError) -> R
) throws(ExecutionError) -> R {
  guard let first = tensors.first else { return try body(found) }
  return try first.values.withUnsafeBufferPointer { buffer throws(ExecutionError) in
    guard let address = buffer.baseAddress else {
      preconditionFailure("a tensor of no elements")
    }
    return try withPointers(to: tensors.dropFirst(), found + [address], body)
  }
}
