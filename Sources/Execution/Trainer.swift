// Training: gradients by part of a batch, then one step of the optimizer.
//
// A step's samples are cut into parts (`Shards`). Threads take parts, run each in small batches
// forward and backward, so that what lies between stays in cache, and gather the gradients of each
// part by themselves. These are added in the order of the parts while the optimizer passes over the
// parameters, block by block. The same seed and samples give the same bits on any number of threads.

import CKernels
import ModelGraph
import Tensors

/// Trains a graph, or the part of it after given values, towards targets.
///
/// A trainer serves one caller at a time.
public final class Trainer {
  public let graph: Graph
  /// Parameters that steps change.
  public let trainable: [ParameterID]
  /// The numbers being trained; executors that share them see each step.
  public let parameters: ParameterStore
  /// Values that each step is given.
  public let inputs: [ValueID]
  /// Values on which the loss is taken: what goes into a final softmax, else the outputs.
  public let outputs: [ValueID]
  public let loss: Loss
  public let optimizer: Optimizer
  /// How many steps were taken.
  public private(set) var stepCount = 0
  /// Processes that hold the same trainer and take parts of each batch; nil: this one takes all.
  private let team: (any Team)?
  private let workers: [TrainingWorker]
  private let microbatch: Int
  /// Parts of a batch at most.
  private let shardLimit: Int
  /// One a part; made when a batch first has so many.
  private var shards: [Gradients] = []
  /// What the processes of a team send each other; nil: to be made.
  private var exchange: GradientExchange?
  /// What one thread sums and updates at a time.
  private let blocks: [Block]
  private var masks: [ParameterID: [UInt8]] = [:]
  private var moments: [Moments] = []
  private var rateScales: [ParameterID: Float] = [:]
  private var costs: [ParameterID: CodingCost] = [:]

  private struct Moments {
    let first: FloatBuffer
    let second: FloatBuffer
  }

  /// Elements of one parameter, so few that their sum stays in the first cache.
  private struct Block {
    let index: Int
    let elements: Range<Int>

    static let size = 1 << 12
  }

  /// - Parameters:
  ///   - trainable: by default everything that nodes read but constants.
  ///   - parameters: where training starts, and shared; a copy of the graph's where nil.
  ///   - inputs: values given at each step, by default the graph's inputs.
  /// - Throws: ``ExecutionError/undetermined(value:)``, ``ExecutionError/outOfMemory(bytes:)``.
  public convenience init(
    graph: Graph, trainable: [ParameterID]? = nil, loss: Loss, optimizer: Optimizer = .adam(),
    threads: Int = 1, parameters: ParameterStore? = nil, from inputs: [ValueID]? = nil
  ) throws(ExecutionError) {
    try self.init(
      graph: graph, trainable: trainable, loss: loss, optimizer: optimizer, threads: threads,
      parameters: parameters, from: inputs, team: nil)
  }

  /// The same, its batches shared among processes; no bit of a step depends on how many there are.
  package init(
    graph: Graph, trainable: [ParameterID]? = nil, loss: Loss, optimizer: Optimizer = .adam(),
    threads: Int, parameters: ParameterStore?, from inputs: [ValueID]? = nil, team: (any Team)?
  ) throws(ExecutionError) {
    precondition(threads >= 1)
    self.graph = graph
    self.loss = loss
    self.team = team
    self.optimizer = optimizer
    self.trainable = trainable ?? Self.trainableParameters(of: graph)
    self.inputs = inputs ?? graph.inputs
    outputs = graph.lossValues
    if let parameters {
      self.parameters = parameters
    } else {
      self.parameters = try ParameterStore(graph)
    }
    microbatch = try chunkSize(graph, from: self.inputs, to: outputs, copies: 2)
    var workers: [TrainingWorker] = []
    for _ in 0..<threads {
      workers.append(
        try TrainingWorker(
          graph: graph, parameters: self.parameters, trainable: self.trainable,
          inputs: self.inputs, outputs: outputs, loss: loss))
    }
    self.workers = workers
    let counts = self.trainable.map { graph[$0].tensor.count }
    shardLimit = Shards.limit(elements: counts.reduce(0, +))
    blocks = counts.enumerated().flatMap { index, count in
      stride(from: 0, to: count, by: Block.size).map {
        Block(index: index, elements: $0..<min($0 + Block.size, count))
      }
    }
    for count in counts {
      moments.append(
        Moments(
          first: try FloatBuffer(count: count, zeroed: true),
          second: try FloatBuffer(count: count, zeroed: true)))
    }
  }

  /// Everything that nodes read but constants, in the order of the graph's parameters.
  public static func trainableParameters(of graph: Graph) -> [ParameterID] {
    let used = Set(graph.nodes.flatMap(\.operation.parameterIDs))
    return used.filter { graph[$0].role != .constant }.sorted { $0.index < $1.index }
  }

  // MARK: Masks

  /// Keeps elements of a parameter at zero: those whose mask is 0. Takes effect at once, and on
  /// weight, gradient and moments of every step that follows; nil frees all elements.
  ///
  /// - Precondition: the parameter is trainable and the mask has its size.
  public func setMask(_ id: ParameterID, _ mask: [UInt8]?) {
    masks[id] = mask
    exchange = nil
    guard let mask else { return }
    guard let index = trainable.firstIndex(of: id) else {
      preconditionFailure("a mask for a parameter that is not trained")
    }
    precondition(mask.count == parameters[id].count)
    parameters.update(id) { kx_apply_mask($0.baseAddress, mask, mask.count) }
    kx_apply_mask(moments[index].first.pointer, mask, mask.count)
    kx_apply_mask(moments[index].second.pointer, mask, mask.count)
  }

  public func mask(_ id: ParameterID) -> [UInt8]? { masks[id] }

  /// Lets the elements that a mask kept at zero be trained again. Their second moments begin as the mean of
  /// the others', or each would at first move as fast as the optimizer can, whatever its gradient.
  ///
  /// - Precondition: the parameter is trainable.
  public func release(_ id: ParameterID) {
    guard let mask = masks.removeValue(forKey: id) else { return }
    exchange = nil
    guard let index = trainable.firstIndex(of: id) else {
      preconditionFailure("a mask for a parameter that is not trained")
    }
    let second = moments[index].second.pointer
    var (sum, kept) = (0.0, 0)
    for element in mask.indices where mask[element] != 0 {
      sum += Double(second[element])
      kept += 1
    }
    guard kept > 0 else { return }
    let mean = Float(sum / Double(kept))
    for element in mask.indices where mask[element] == 0 { second[element] = mean }
  }

  /// The root mean square of a parameter's gradients, as Adam remembers them; 0 for gradient descent.
  ///
  /// - Precondition: the parameter is trainable.
  public func gradientSize(of id: ParameterID) -> Float {
    guard let index = trainable.firstIndex(of: id) else {
      preconditionFailure("a gradient of a parameter that is not trained")
    }
    let count = parameters[id].count
    let second = UnsafeBufferPointer(start: moments[index].second.pointer, count: count)
    let mean = Float(second.reduce(0.0) { $0 + Double($1) } / Double(max(count, 1)))
    return (mean / max(optimizer.secondCorrection(stepCount), 1e-12)).squareRoot()
  }

  /// What a parameter's elements cost besides the loss, from the next step on; nil: nothing.
  public func setCost(_ id: ParameterID, _ cost: CodingCost?) { costs[id] = cost }

  /// Multiplies the learning rate of one parameter, for all steps that follow; 1 at first. Adam's
  /// steps do not follow the size of what they change, so parameters of unusual size need it.
  public func setRateScale(_ id: ParameterID, _ scale: Float) { rateScales[id] = scale }

  // MARK: Steps

  /// One step of the optimizer on a batch.
  ///
  /// - Parameters:
  ///   - count: samples in the batch, at least 1; any number, the same or not from step to step.
  ///   - inputs: for each of `self.inputs`, `count` samples, row-major.
  ///   - targets: for each of `outputs`, `count` samples of what the loss compares with.
  /// - Returns: the batch's loss before the step.
  /// - Throws: ``ExecutionError/engine(node:operation:status:)``,
  ///   ``ExecutionError/outOfMemory(bytes:)``.
  public func step(
    count: Int, inputs: [UnsafePointer<Float>], targets: [UnsafePointer<Float>],
    learningRate: Float
  ) throws(ExecutionError) -> Double {
    let (loss, active) = try runWorkers(count: count, inputs: inputs, targets: targets)
    stepCount += 1
    try parallel(pieces: blocks.count, threads: workers.count) { number, _ in
      if team == nil { sumGradients(blocks[number], active: active) }
      update(blocks[number], learningRate: learningRate)
    }
    for id in trainable { parameters.touch(id) }
    return loss
  }

  /// One step on tensors, [samples] + the value's shape.
  public func step(inputs: [Tensor], targets: [Tensor], learningRate: Float)
    throws(ExecutionError) -> Double
  {
    let count = inputs.first?.shape.first ?? 0
    return try withPointers(to: inputs[...]) { inputs throws(ExecutionError) in
      try withPointers(to: targets[...]) { targets throws(ExecutionError) in
        try step(count: count, inputs: inputs, targets: targets, learningRate: learningRate)
      }
    }
  }

  /// One step on some samples of a larger set: `samples` are row numbers, in any order.
  public func step(samples: [Int], of inputs: [Tensor], targets: [Tensor], learningRate: Float)
    throws(ExecutionError) -> Double
  {
    try step(
      inputs: inputs.map { $0.gathering(samples) }, targets: targets.map { $0.gathering(samples) },
      learningRate: learningRate)
  }

  // MARK: Gradients

  /// The loss of a batch and its slope in every trainable parameter, masked; nothing is changed.
  public func gradients(inputs: [Tensor], targets: [Tensor])
    throws(ExecutionError) -> (loss: Double, gradients: [ParameterID: [Float]])
  {
    let count = inputs.first?.shape.first ?? 0
    let loss = try withPointers(to: inputs[...]) { inputs throws(ExecutionError) in
      try withPointers(to: targets[...]) { targets throws(ExecutionError) in
        try computeGradients(count: count, inputs: inputs, targets: targets)
      }
    }
    return (
      loss, trainable.reduce(into: [:]) { $0[$1] = Array(gradient(of: $1)) }
    )
  }

  /// Computes the gradients of a batch, to be read by `gradient(of:)`; returns the loss.
  public func computeGradients(
    count: Int, inputs: [UnsafePointer<Float>], targets: [UnsafePointer<Float>]
  ) throws(ExecutionError) -> Double {
    let (loss, active) = try runWorkers(count: count, inputs: inputs, targets: targets)
    if team == nil {
      try parallel(pieces: blocks.count, threads: workers.count) { number, _ in
        sumGradients(blocks[number], active: active)
      }
    }
    for id in trainable {
      if let mask = masks[id] { kx_apply_mask(shards[0][id], mask, mask.count) }
    }
    return loss
  }

  /// The gradient that `computeGradients` found, until the next call of this trainer.
  ///
  /// - Precondition: it was called, and the parameter is trainable.
  public func gradient(of id: ParameterID) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: shards[0][id], count: parameters[id].count)
  }

  /// Gives up the memory of programs and gradients, which the next step makes again.
  package func forgetPrograms() {
    for worker in workers { worker.forget() }
    (shards, exchange) = ([], nil)
  }

  // MARK: State

  /// What a checkpoint keeps beside the parameters and masks, so that training goes on as if it had
  /// never stopped.
  public var state: TrainerState {
    get {
      TrainerState(
        stepCount: stepCount, first: moments.map(\.first.values),
        second: moments.map(\.second.values))
    }
    set {
      precondition(newValue.first.count == moments.count && newValue.second.count == moments.count)
      stepCount = newValue.stepCount
      for (index, moment) in moments.enumerated() {
        let (first, second) = (newValue.first[index], newValue.second[index])
        precondition(first.count == moment.first.count && second.count == moment.second.count)
        moment.first.pointer.update(from: first, count: first.count)
        moment.second.pointer.update(from: second, count: second.count)
      }
    }
  }

  // MARK: Work

  /// Forward and backward over a batch; the loss, and how many parts have gradients.
  private func runWorkers(
    count: Int, inputs: [UnsafePointer<Float>], targets: [UnsafePointer<Float>]
  ) throws(ExecutionError) -> (loss: Double, active: Int) {
    precondition(count >= 1 && inputs.count == self.inputs.count && targets.count == outputs.count)
    let active = Shards.count(of: count, atMost: shardLimit)
    while shards.count < active { shards.append(try Gradients(graph: graph, trainable: trainable)) }
    let terms = Double(count) * loss.terms(outputs.map { graph[$0].shape })
    var sums = [Double](repeating: 0, count: active)
    let own = (0..<active).filter { team?.takes($0) ?? true }
    try sums.withUnsafeMutableBufferPointer { sums throws(ExecutionError) in
      nonisolated(unsafe) let sums = sums
      try parallel(pieces: own.count, threads: workers.count) { piece, thread throws(ExecutionError) in
        let shard = own[piece]
        sums[shard] = try workers[thread].run(
          Shards.range(shard, of: count, among: active), microbatch: microbatch, inputs: inputs,
          targets: targets, scale: Float(1 / terms), into: shards[shard])
      }
    }
    if let team { sums = try gathered(sums, active: active, team) }
    return (sums.reduce(0, +) / terms, active)
  }

  /// Adds all parts' gradients to the first's, those of other processes too, in order.
  ///
  /// - Returns: the sums of the loss of all parts.
  private func gathered(_ sums: [Double], active: Int, _ team: any Team)
    throws(ExecutionError) -> [Double]
  {
    let exchange = exchange ?? GradientExchange(
      trainable.map { ($0, masks[$0], parameters[$0].count) }, team)
    self.exchange = exchange
    return try exchange.sum(shards[..<active], losses: sums)
  }

  /// Adds the other parts' gradients to the first's, in order.
  private func sumGradients(_ block: Block, active: Int) {
    let (id, start) = (trainable[block.index], block.elements.lowerBound)
    for shard in shards[1..<active] {
      kx_add(shards[0][id] + start, shard[id] + start, block.elements.count)
    }
  }

  private func update(_ block: Block, learningRate: Float) {
    let (id, start) = (trainable[block.index], block.elements.lowerBound)
    let moments = self.moments[block.index]
    let rate = learningRate * (rateScales[id] ?? 1)
    costs[id]?.addSlope(
      shards[0][id] + start, weights: parameters.pointer(id) + start, count: block.elements.count)
    func apply(_ mask: UnsafePointer<UInt8>?) {
      optimizer.update(
        weight: parameters.pointer(id) + start, first: moments.first.pointer + start,
        second: moments.second.pointer + start, gradient: shards[0][id] + start, mask: mask,
        count: block.elements.count, rate: rate, step: stepCount)
    }
    if let mask = masks[id] {
      mask.withUnsafeBufferPointer { apply($0.baseAddress.map { $0 + start }) }
    } else {
      apply(nil)
    }
  }
}

/// The optimizer's memory.
public struct TrainerState: Codable, Equatable, Sendable {
  public var stepCount: Int
  /// For each trainable parameter: Adam's first moments, or velocities.
  public var first: [[Float]]
  /// For each trainable parameter: Adam's second moments; zeros for gradient descent.
  public var second: [[Float]]

  public init(stepCount: Int, first: [[Float]], second: [[Float]]) {
    self.stepCount = stepCount
    self.first = first
    self.second = second
  }

  /// That of a trainer that has taken no step.
  public var cleared: TrainerState {
    func zeros(_ moments: [[Float]]) -> [[Float]] {
      moments.map { [Float](repeating: 0, count: $0.count) }
    }
    return TrainerState(stepCount: 0, first: zeros(first), second: zeros(second))
  }
}

extension Tensor {
  /// Rows along the first axis, in the order given.
  fileprivate func gathering(_ rows: [Int]) -> Tensor {
    let size = shape.dropFirst().elementCount
    var gathered: [Float] = []
    gathered.reserveCapacity(rows.count * size)
    for row in rows { gathered += values[row * size..<(row + 1) * size] }
    return Tensor(shape: [rows.count] + shape.dropFirst(), values: gathered)
  }
}
