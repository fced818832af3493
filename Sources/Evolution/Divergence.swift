// Divergences of a student's answers from its teacher's, over buffers.

import CKernels
import Execution

extension DivergenceKind {
  /// The divergence summed over the first `rows` samples: KL divergence in nats over the whole of an
  /// output, or the mean over an output of squared differences.
  func sum(student: UnsafePointer<Float>, teacher: [Float], rows: Int) -> Double {
    guard rows > 0 else { return 0 }
    let columns = teacher.count / rows
    guard columns > 0 else { return 0 }
    switch self {
    case .distribution: return kx_distillation(student, teacher, rows, columns, 1, nil, 1)
    case .squaredError:
      return kx_squared_error(student, teacher, nil, rows, columns, nil, 1) / Double(columns)
    }
  }

  /// The loss that retraining takes, of the same kind.
  func loss(temperature: Float) -> Loss {
    switch self {
    case .distribution: .distillation(temperature: temperature)
    case .squaredError: .meanSquaredError
    }
  }
}

/// Images from channels first, as samples come, to channels last.
enum ChannelsLast {
  /// - Parameter shape: of one sample; anything but three axes is left as it is.
  static func converted(_ values: [Float], shape: [Int]) -> [Float] {
    guard shape.count == 3, shape[0] > 1, shape[1] * shape[2] > 1 else { return values }
    let (channels, area) = (shape[0], shape[1] * shape[2])
    var result = values
    values.withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { target in
        for sample in stride(from: 0, to: source.count, by: channels * area) {
          for channel in 0..<channels {
            for pixel in 0..<area {
              target[sample + pixel * channels + channel] = source[sample + channel * area + pixel]
            }
          }
        }
      }
    }
    return result
  }
}

extension FloatBuffer {
  /// A buffer of given numbers.
  convenience init(_ values: [Float]) throws(ExecutionError) {
    try self.init(count: values.count)
    pointer.update(from: values, count: values.count)
  }
}
