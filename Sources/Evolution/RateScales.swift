// Learning rates for layers of any size.
//
// Adam moves every number by about its rate whatever the number's own size, and rates such as 0.001
// are customary for layers as they are usually initialised: weights of root mean square
// sqrt(2 / fan-in) and outputs of about 1 (He et al. 2015). A first layer that takes pixels from 0 to
// 255 has weights some hundred times smaller, and would be destroyed in a few steps. So each layer's
// rate is multiplied by the ratio of its own size to the customary one.

import Execution
import ModelGraph
import Tensors
import Trials

enum RateScales {
  /// Sets the rate of each layer's weights and biases; measured on the student as the run began, so
  /// that a resumed run finds the same.
  static func apply(
    to trainer: Trainer, student: Graph, samples: TrainingSamples, threads: Int
  ) throws(ExecutionError) {
    let moments = try InputMoments.meanSquares(
      student, parameters: ParameterStore(student), samples: samples.training.prefix(256),
      threads: threads)
    for (layer, squares) in zip(student.layers, moments) {
      let weights = student[layer.weight].tensor.values
      let size = scales(weights, rows: layer.rows, columns: layer.columns, meanSquares: squares)
      trainer.setRateScale(layer.weight, size.weights)
      if let bias = layer.bias { trainer.setRateScale(bias, size.biases) }
    }
  }

  /// Ratios to the customary size of weights and of outputs, within a factor of a thousand.
  static func scales(_ weights: [Float], rows: Int, columns: Int, meanSquares: [Float])
    -> (weights: Float, biases: Float)
  {
    var (sum, output, alive) = (0.0, 0.0, 0)
    for (index, weight) in weights.enumerated() where weight != 0 {
      sum += Double(weight * weight)
      output += Double(weight * weight * meanSquares[index % columns])
      alive += 1
    }
    guard alive > 0 else { return (1, 1) }
    // Mean square of a weight times half the survivors a row: 1 for a customary layer.
    let ratio = Float((sum / Double(alive) * Double(alive) / Double(2 * rows)).squareRoot())
    let spread = Float((output / Double(rows)).squareRoot())
    return (min(max(ratio, 1e-3), 1), min(max(spread, 1e-3), 10))
  }
}
