// Closed-form compensation: when a filter loses weights, its survivors take over what they contributed,
// by least squares on the layer's inputs. It is what optimal brain surgeon does (Hassibi and Stork
// 1993), a layer at a time as in SparseGPT (Frantar and Alistarh 2023), but for the whole set at
// once: with X the inputs and w a filter, the survivors' change d minimizes
//
//     |X (w + d)_survivors - X w|²  +  ridge |d|²
//
// which conjugate gradients solve for all filters together, two matrix products an iteration.

import Execution
import ModelGraph
import Tensors

/// Least squares over the survivors of each filter of a layer.
package struct Compensation: Equatable, Sendable {
  /// Inputs that filters see: [count, columns].
  let inputs: [Float]
  let columns: Int

  /// Of conjugate gradients.
  let iterations: Int

  /// Of the mean square of the inputs.
  package static let ridge: Float = 0.1

  /// - Parameter iterations: few are enough: it is not the exact minimum that is wanted, and early
  ///   stopping keeps changes small.
  package init(inputs: [Float], columns: Int, iterations: Int = 6) {
    (self.inputs, self.columns, self.iterations) = (inputs, columns, iterations)
  }

  private var count: Int { inputs.count / columns }

  /// The survivors' values after the weights at `lost` are gone.
  ///
  /// - Parameters:
  ///   - weights: [rows, columns]; 0 where pruned before.
  ///   - lost: positions, ascending.
  /// - Returns: the weights; 0 at `lost`.
  package func compensated(_ weights: [Float], losing lost: [Int]) throws(ExecutionError)
    -> [Float]
  {
    var removed = [Float](repeating: 0, count: weights.count)
    var kept = weights
    for position in lost {
      removed[position] = weights[position]
      kept[position] = 0
    }
    let mask = kept.map { Float($0 != 0 ? 1 : 0) }
    let product = try NormalProduct(inputs: inputs, rows: weights.count / columns, columns: columns)
    // Conjugate gradients, each filter with steps of its own.
    var residual = try product.apply(removed, ridge: 0)
    for index in residual.indices { residual[index] *= mask[index] }
    var direction = residual
    var change = [Float](repeating: 0, count: weights.count)
    var squares = rowSums(residual, residual)
    let ridge = product.meanDiagonal * Self.ridge
    for _ in 0..<iterations {
      var image = try product.apply(direction, ridge: ridge)
      for index in image.indices { image[index] *= mask[index] }
      let curvatures = rowSums(direction, image)
      var next = squares
      for row in next.indices where curvatures[row] > 0 {
        let step = Float(squares[row] / curvatures[row])
        for index in row * columns..<(row + 1) * columns {
          change[index] += step * direction[index]
          residual[index] -= step * image[index]
        }
      }
      next = rowSums(residual, residual)
      for row in next.indices {
        let ratio = squares[row] > 0 ? Float(next[row] / squares[row]) : 0
        for index in row * columns..<(row + 1) * columns {
          direction[index] = residual[index] + ratio * direction[index]
        }
      }
      squares = next
    }
    return kept.indices.map { index in
      // A survivor that lands on 0 exactly would count as pruned.
      mask[index] == 0 ? 0 : (kept[index] + change[index] == 0 ? kept[index] : kept[index] + change[index])
    }
  }

  private func rowSums(_ a: [Float], _ b: [Float]) -> [Double] {
    (0..<a.count / columns).map { row in
      var sum = 0.0
      for index in row * columns..<(row + 1) * columns { sum += Double(a[index]) * Double(b[index]) }
      return sum
    }
  }
}

/// D to D (XᵀX / count + ridge).
private struct NormalProduct {
  let inputs: [Float]
  let rows: Int
  let columns: Int
  let meanDiagonal: Float

  init(inputs: [Float], rows: Int, columns: Int) throws(ExecutionError) {
    (self.inputs, self.rows, self.columns) = (inputs, rows, columns)
    let sum = inputs.reduce(0.0) { $0 + Double($1) * Double($1) }
    meanDiagonal = Float(sum / Double(max(inputs.count, 1)))
  }

  func apply(_ d: [Float], ridge: Float) throws(ExecutionError) -> [Float] {
    let count = inputs.count / columns
    var outputs = [Float](repeating: 0, count: rows * count)
    var image = [Float](repeating: 0, count: d.count)
    // outputs [rows, count] = D Xᵀ; image [rows, columns] = outputs X
    try multiply(d, inputs, transposingB: true, into: &outputs, rows: rows, inner: columns, columns: count)
    try multiply(outputs, inputs, into: &image, rows: rows, inner: count, columns: columns)
    let scale = 1 / Float(max(count, 1))
    for index in image.indices { image[index] = image[index] * scale + ridge * d[index] }
    return image
  }
}

/// What the filters of a layer are multiplied with.
package enum LayerInputs {
  /// Some of the windows that a layer sees, one a row: [at most `count`, columns].
  package static func rows(
    of layer: Layer, in graph: Graph, parameters: ParameterStore, samples: SampleSet, count: Int,
    threads: Int
  ) throws(ExecutionError) -> [Float] {
    let node = graph.nodes[layer.nodeIndex]
    let executor = try Executor(
      graph: graph, threads: threads, parameters: parameters, to: [node.inputs[0]])
    var rows: [Float] = []
    rows.reserveCapacity(count * layer.columns)
    try executor.run(samples, chunk: 128) { range, outputs in
      let values = outputs[0]
      // As many windows of each sample as together make the count.
      let each = max(1, count / samples.count)
      guard let window = layer.window else {
        let vectors = values.count / layer.columns / range.count
        for sample in range.indices.map({ $0 - range.lowerBound }) {
          for pick in 0..<min(each, vectors) {
            let vector = sample * vectors + pick * vectors / min(each, vectors)
            rows += values.values[vector * layer.columns..<(vector + 1) * layer.columns]
          }
        }
        return
      }
      let output = graph[node.output].shape
      let area = output[1] * output[2]
      for sample in 0..<range.count {
        for pick in 0..<min(each, area) {
          // Windows that differ from sample to sample, over the whole plane.
          let place = (sample * 7919 + pick * area / min(each, area)) % area
          appendWindow(
            at: (place / output[2], place % output[2]), of: sample, values, window,
            to: &rows)
        }
      }
    }
    return rows
  }

  private static func appendWindow(
    at place: (row: Int, column: Int), of sample: Int, _ values: Tensor, _ window: Window,
    to rows: inout [Float]
  ) {
    let (channels, height, width) = (values.shape[1], values.shape[2], values.shape[3])
    for channel in 0..<channels {
      for dy in 0..<window.kernel[0] {
        for dx in 0..<window.kernel[1] {
          let y = place.row * window.strides[0] - window.padBefore[0] + dy * window.dilations[0]
          let x = place.column * window.strides[1] - window.padBefore[1] + dx * window.dilations[1]
          let inside = (0..<height).contains(y) && (0..<width).contains(x)
          rows.append(
            inside ? values.values[((sample * channels + channel) * height + y) * width + x] : 0)
        }
      }
    }
  }
}
