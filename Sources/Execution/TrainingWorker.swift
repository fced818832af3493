import CKernels
import ModelGraph
import Tensors

/// One thread's share of a training step: its programs and the gradients it gathers.
final class TrainingWorker {
  private let gradients: GradientStore
  private let programs: ProgramCache
  private let loss: Loss
  private let inputSizes: [Int]
  private let outputShapes: [[Int]]
  /// Outputs that repeat an earlier one count once.
  private let isFirst: [Bool]
  /// The sum over the samples of the last run.
  private(set) var lossSum = 0.0

  init(
    graph: Graph, parameters: ParameterStore, trainable: [ParameterID], inputs: [ValueID],
    outputs: [ValueID], loss: Loss
  ) throws(ExecutionError) {
    let gradients = try GradientStore(graph: graph, trainable: trainable)
    self.gradients = gradients
    self.loss = loss
    inputSizes = inputs.map { graph[$0].shape.elementCount }
    outputShapes = outputs.map { graph[$0].shape }
    isFirst = outputs.indices.map { !outputs[..<$0].contains(outputs[$0]) }
    programs = ProgramCache { batch throws(ExecutionError) in
      try Program(
        graph: graph, parameters: parameters, inputs: inputs, outputs: outputs, batch: batch,
        boundary: .rowMajor, gradients: gradients)
    }
  }

  /// The gradient of a trainable parameter.
  func gradient(_ id: ParameterID) -> UnsafeMutablePointer<Float> {
    guard let pointer = gradients.pointer(id) else {
      preconditionFailure("a gradient of a parameter that is not trained")
    }
    return pointer
  }

  /// Gathers loss and gradients over samples `range` of a batch.
  ///
  /// - Parameter scale: what the sum of the loss is multiplied by before its slope is taken.
  func run(
    _ range: Range<Int>, microbatch: Int, inputs: [UnsafePointer<Float>],
    targets: [UnsafePointer<Float>], scale: Float
  ) throws(ExecutionError) {
    gradients.begin()
    lossSum = 0
    for start in stride(from: range.lowerBound, to: range.upperBound, by: microbatch) {
      let samples = min(microbatch, range.upperBound - start)
      let program = try programs.program(batch: samples)
      try program.forward(inputs: zip(inputs, inputSizes).map { $0 + start * $1 })
      for index in outputShapes.indices where isFirst[index] {
        let shape = outputShapes[index]
        lossSum += loss.total(
          program.output(index), targets[index] + start * shape.elementCount, output: index,
          shape: shape, samples: samples, gradient: program.outputGradient(index), scale: scale)
      }
      try program.backward()
    }
    gradients.finish()
  }
}
