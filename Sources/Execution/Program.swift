// A part of a graph compiled for a batch of fixed size: what runs.

import CKernels
import ModelGraph
import Tensors

/// A part of a graph, from some of its values to others, ready to run on a batch of fixed size.
///
/// Inputs may be any values, so that a prefix of a network is run once and only what follows again.
/// A program belongs to one thread at a time; programs on several threads may share one
/// ``ParameterStore``. Everything is computed with one thread.
public final class Program {
  public let inputs: [ValueID]
  public let outputs: [ValueID]
  /// Samples in a run.
  public let batch: Int
  private let workspace: Workspace
  private let plan: Plan
  private let memory: StoragePool
  private let backwardPlan: BackwardPlan?

  /// Compiles the nodes that `outputs` need.
  ///
  /// - Parameters:
  ///   - parameters: read at each run, so that they may change between runs.
  ///   - inputs: values of the graph that each run is given.
  ///   - outputs: values of the graph that each run gives.
  ///   - batch: samples in a run, at least 1.
  ///   - boundary: how inputs and outputs that are images lie in the caller's memory.
  /// - Throws: ``ExecutionError/undetermined(value:)`` where an output needs a graph input that is
  ///   not given, ``ExecutionError/engine(node:operation:status:)``,
  ///   ``ExecutionError/outOfMemory(bytes:)``.
  public convenience init(
    graph: Graph, parameters: ParameterStore, inputs: [ValueID], outputs: [ValueID], batch: Int,
    boundary: Layout = .rowMajor
  ) throws(ExecutionError) {
    try self.init(
      graph: graph, parameters: parameters, inputs: inputs, outputs: outputs, batch: batch,
      boundary: boundary, gradients: nil)
  }

  /// As above; with `gradients`, `backward` gathers there.
  init(
    graph: Graph, parameters: ParameterStore, inputs: [ValueID], outputs: [ValueID], batch: Int,
    boundary: Layout, gradients: GradientStore?
  ) throws(ExecutionError) {
    precondition(batch >= 1)
    kx_use_one_openmp_thread()
    self.inputs = inputs
    self.outputs = outputs
    self.batch = batch
    workspace = try Workspace(
      graph: graph, parameters: parameters, batch: batch, gradients: gradients)
    plan = try Planner.plan(workspace, inputs: inputs, outputs: outputs, boundary: boundary)
    if let gradients {
      backwardPlan = try BackwardPlan(plan, trainable: gradients.trainable)
    } else {
      backwardPlan = nil
    }
    memory = try StoragePool(laysOut: Program.storages(of: plan, keepsAll: gradients != nil))
    try workspace.scratch.allocate()
  }

  /// The storages to lay out: all but those the caller lends, with the steps that use them.
  private static func storages(of plan: Plan, keepsAll: Bool) -> [Storage] {
    let lent = Set(plan.inputs.map { ObjectIdentifier($0.storage) })
    var found: [ObjectIdentifier: Storage] = [:]
    for (index, step) in plan.steps.enumerated() {
      for slot in step.inputs + [step.output]
      where !lent.contains(ObjectIdentifier(slot.storage)) {
        slot.storage.use(at: keepsAll ? 0 : index)
        found[ObjectIdentifier(slot.storage)] = slot.storage
      }
    }
    for slot in plan.outputs { slot.storage.use(at: plan.steps.count) }
    let steps = plan.steps.map { ObjectIdentifier($0.output.storage) }
    var seen: Set<ObjectIdentifier> = []
    return steps.filter { seen.insert($0).inserted }.compactMap { found[$0] }
  }

  /// Runs a batch.
  ///
  /// - Parameters:
  ///   - inputs: for each input, `batch` samples; read only.
  ///   - outputs: for each output, room for `batch` samples; must not overlap the inputs.
  /// - Throws: ``ExecutionError/engine(node:operation:status:)``.
  public func run(
    inputs: [UnsafePointer<Float>], outputs: [UnsafeMutablePointer<Float>]
  ) throws(ExecutionError) {
    precondition(outputs.count == plan.outputs.count)
    try forward(inputs: inputs)
    for (slot, pointer) in zip(plan.outputs, outputs) {
      pointer.update(from: slot.pointer, count: slot.count)
    }
  }

  /// Runs a batch and leaves the outputs in the program; the inputs must stay until `backward`.
  func forward(inputs: [UnsafePointer<Float>]) throws(ExecutionError) {
    precondition(inputs.count == plan.inputs.count)
    kx_use_one_openmp_thread()
    for (slot, pointer) in zip(plan.inputs, inputs) {
      slot.storage.pointer = UnsafeMutablePointer(mutating: pointer)
    }
    for step in plan.steps { try step.forward() }
  }

  /// What the last `forward` computed for an output.
  func output(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(plan.outputs[index].pointer) }

  /// Where the slope of the loss in an output is to be written before `backward`; nil where no
  /// trainable parameter bears on that output.
  func outputGradient(_ index: Int) -> UnsafeMutablePointer<Float>? {
    plan.outputs[index].gradient?.pointer
  }

  /// Hands the outputs' gradients back to the trainable parameters, adding to what the gradient
  /// store has gathered since it began.
  func backward() throws(ExecutionError) {
    kx_use_one_openmp_thread()
    try backwardPlan?.run()
  }
}
