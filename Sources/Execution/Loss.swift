// How far a student's outputs are from its teacher's: one number over a batch, and its slope.

import CKernels
import ModelGraph
import Tensors

/// A measure of how far a student's outputs are from targets.
public enum Loss: Equatable, Sendable, Codable {
  /// (student - teacher)², the mean over every element of every output and every sample.
  case meanSquaredError
  /// The same, each element's square times a weight; for each output one weight an element.
  case weightedSquaredError([[Float]])
  /// T² KL(softmax(teacher / T) || softmax(student / T)) over the last axis, the mean over samples,
  /// outputs and the other axes.
  case distillation(temperature: Float)
  /// The same with a weight for each element: w (p log(p / q) - p + q) in place of p log(p / q), for
  /// students that need only some of the classes; for each output one weight an element.
  case weightedDistillation(temperature: Float, [[Float]])
  /// -p log softmax(student) over the last axis, p the targets' probabilities; the mean as above.
  case crossEntropy
  /// Of a detector's heads, read as boxes; the mean over every element of every output and every sample.
  case detection(DetectionLoss)

  /// The mean over a batch of student outputs, against the teacher's.
  ///
  /// - Parameters: one tensor for each output, [samples] + the output's shape.
  public func divergence(student: [Tensor], teacher: [Tensor]) -> Double {
    precondition(student.count == teacher.count)
    let samples = student.first?.shape.first ?? 0
    guard samples > 0 else { return 0 }
    let shapes = student.map { Array($0.shape.dropFirst()) }
    var sum = 0.0
    for (index, (a, b)) in zip(student, teacher).enumerated() {
      precondition(a.shape == b.shape)
      a.values.withUnsafeBufferPointer { a in
        b.values.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          sum += total(a, b, output: index, shape: shapes[index], samples: samples)
        }
      }
    }
    return sum / (Double(samples) * terms(shapes))
  }

  /// The mean over a batch of one output in the caller's memory.
  ///
  /// - Parameter shape: of one sample.
  public func divergence(
    student: UnsafePointer<Float>, teacher: UnsafePointer<Float>, shape: [Int], samples: Int
  ) -> Double {
    guard samples > 0 else { return 0 }
    return total(student, teacher, output: 0, shape: shape, samples: samples)
      / (Double(samples) * terms([shape]))
  }

  /// What a sample's sum is divided by: elements, or distributions, of all outputs.
  package func terms(_ shapes: [[Int]]) -> Double {
    Double(shapes.reduce(0) { $0 + (isElementwise ? $1.elementCount : $1.dropLast().elementCount) })
  }

  private var isElementwise: Bool {
    switch self {
    case .meanSquaredError, .weightedSquaredError, .detection: true
    case .distillation, .weightedDistillation, .crossEntropy: false
    }
  }

  /// The sum over samples of output number `output`; with `gradient`, the slope of `scale` times
  /// the sum.
  package func total(
    _ student: UnsafePointer<Float>, _ teacher: UnsafePointer<Float>, output: Int, shape: [Int],
    samples: Int, gradient: UnsafeMutablePointer<Float>? = nil, scale: Float = 1
  ) -> Double {
    let columns = shape.last ?? 1
    let rows = samples * shape.dropLast().elementCount
    switch self {
    case .meanSquaredError:
      return kx_squared_error(student, teacher, nil, rows, columns, gradient, scale)
    case .weightedSquaredError(let weights):
      precondition(weights[output].count == shape.elementCount)
      return kx_squared_error(
        student, teacher, weights[output], samples, shape.elementCount, gradient, scale)
    case .distillation(let temperature):
      return kx_distillation(
        student, teacher, nil, 1, rows, columns, temperature, gradient, scale)
    case .weightedDistillation(let temperature, let weights):
      precondition(weights[output].count == shape.elementCount)
      return kx_distillation(
        student, teacher, weights[output], shape.dropLast().elementCount, rows, columns,
        temperature, gradient, scale)
    case .crossEntropy:
      return kx_cross_entropy(student, teacher, rows, columns, gradient, scale)
    case .detection(let loss):
      return loss.total(
        student, teacher, output: output, shape: shape, samples: samples, gradient: gradient, scale: scale)
    }
  }
}

/// Index of the largest element along the last axis, the first of equals, and -1 where one is NaN;
/// one an output row.
public func argmax(_ values: Tensor) -> [Int] {
  guard let columns = values.shape.last, values.count > 0 else { return [] }
  var indexes = [Int32](repeating: 0, count: values.count / columns)
  kx_argmax(&indexes, values.values, indexes.count, columns)
  return indexes.map { Int($0) }
}

/// Share of rows in which two outputs have their largest element in the same place; 1 for no rows.
public func agreement(_ a: Tensor, _ b: Tensor) -> Double { accuracy(a, labels: argmax(b)) }

/// Share of rows whose largest element is at the label; 1 for no rows. NaN is never right.
public func accuracy(_ outputs: Tensor, labels: [Int]) -> Double {
  let found = argmax(outputs)
  precondition(found.count == labels.count)
  if labels.isEmpty { return 1 }
  return Double(zip(found, labels).count { $0 == $1 && $0 >= 0 }) / Double(labels.count)
}

/// Labels as the probabilities that ``Loss/crossEntropy`` takes: [labels, classes], one 1 a row.
public func oneHot(_ labels: [Int], classes: Int) -> Tensor {
  var result = Tensor(shape: [labels.count, classes])
  for (row, label) in labels.enumerated() { result.values[row * classes + label] = 1 }
  return result
}
