import CKernels
import ModelGraph
import Tensors

/// What one thread needs to take parts of training steps: its programs.
final class TrainingWorker {
  private let store: GradientStore
  private let programs: ProgramCache
  private let loss: Loss
  private let inputSizes: [Int]
  private let outputShapes: [[Int]]
  /// For each output, whether it repeats an earlier one, whose gradient it then adds to.
  private let repeats: [Bool]
  init(
    graph: Graph, parameters: ParameterStore, trainable: [ParameterID], inputs: [ValueID],
    outputs: [ValueID], loss: Loss
  ) throws(ExecutionError) {
    let store = GradientStore(trainable: trainable)
    self.store = store
    self.loss = loss
    inputSizes = inputs.map { graph[$0].shape.elementCount }
    outputShapes = outputs.map { graph[$0].shape }
    repeats = outputs.indices.map { outputs[..<$0].contains(outputs[$0]) }
    programs = ProgramCache { batch throws(ExecutionError) in
      try Program(
        graph: graph, parameters: parameters, inputs: inputs, outputs: outputs, batch: batch,
        boundary: .rowMajor, gradients: store)
    }
  }

  /// Gathers gradients over samples `range` of a batch.
  ///
  /// - Parameter scale: what the sum of the loss is multiplied by before its slope is taken.
  /// - Returns: the sum of the loss over the samples.
  func run(
    _ range: Range<Int>, microbatch: Int, inputs: [UnsafePointer<Float>],
    targets: [UnsafePointer<Float>], scale: Float, into gradients: Gradients
  ) throws(ExecutionError) -> Double {
    store.begin(gradients)
    var sum = 0.0
    for start in stride(from: range.lowerBound, to: range.upperBound, by: microbatch) {
      let samples = min(microbatch, range.upperBound - start)
      let program = try programs.program(batch: samples)
      try program.forward(inputs: zip(inputs, inputSizes).map { $0 + start * $1 })
      for index in outputShapes.indices {
        sum += try takeLoss(
          program, output: index, targets[index] + start * outputShapes[index].elementCount,
          scale: scale)
      }
      try program.backward()
    }
    store.finish()
    return sum
  }

  /// Gives up the memory of its programs.
  func forget() { programs.forget() }

  /// One output's loss; writes its slope into the program.
  private func takeLoss(
    _ program: Program, output index: Int, _ target: UnsafePointer<Float>, scale: Float
  ) throws(ExecutionError) -> Double {
    let (shape, student) = (outputShapes[index], program.output(index))
    let gradient = program.outputGradient(index)
    let count = program.batch * shape.elementCount
    let aside = repeats[index] ? try FloatBuffer(count: count) : nil
    let sum = loss.total(
      student, target, output: index, shape: shape, samples: program.batch,
      gradient: aside?.pointer ?? gradient, scale: scale)
    if let aside, let gradient { kx_add(gradient, aside.pointer, count) }
    return sum
  }
}
