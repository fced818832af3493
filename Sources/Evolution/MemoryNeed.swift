// What a run takes of memory at most, from sizes alone, so that every process of it comes to the same. Counted
// are the copies of all numbers that are there when a checkpoint is written and when trials are judged, the
// values between layers, and the samples that are read at once. It is counted, not measured: of YOLOv3,
// 62 million weights, 6.9 to 9.0 GB were seen while the informed method's trials ran on two threads.

import Execution
import ModelGraph
import Trials

/// An estimate of the memory of a run.
package struct MemoryNeed {
  /// Bytes without anything that is kept to save time.
  package let least: Int

  /// What trials keep where nothing is said, in bytes.
  package static let usualRoom = 256 << 20

  package init(of student: Graph, _ settings: EvolutionSettings, _ samples: TrainingSamples) {
    let numbers = student.parameters.reduce(0) { $0 + $1.tensor.count }
    // Of a sample, values of all nodes.
    let values = student.nodes.reduce(0) { sum, node in
      node.outputs.reduce(sum) { $0 + student[$1].shape.elementCount }
    }
    let together = max(1, min(32, (1 << 26) / max(2 * values, 1)))
    let own = Self.copies(settings) + settings.threads * Self.copiesOfThread
    let inputs = student.inputs.reduce(0) { $0 + student[$1].shape.elementCount }
    let answers = student.lossValues.reduce(0) { $0 + student[$1].shape.elementCount }
    let count = samples.training.count + samples.heldBack.count
    least = MemoryLayout<Float>.stride * (
      own * numbers + settings.threads * 2 * values * together
        + count * answers + (min(count, 128) + settings.retraining.batch) * inputs) + Self.program
  }

  /// Bytes that trials may keep.
  package func room(within limit: Int?) -> Int { limit.map { max(0, $0 - least) } ?? Self.usualRoom }

  /// Copies of all numbers: teacher and student, its present numbers, moments and gradients of training,
  /// the state that is kept; and the numbers, measures and keys of draws.
  private static func copies(_ settings: EvolutionSettings) -> Int {
    let draws = switch settings.method {
    case .learned: 12
    case .informed, .obd: 8
    case .wanda: 5
    case .magnitude, .literal, .random: 3
    }
    return 15 + draws
  }

  /// A thread's own: its copy of the student, and the same as oneDNN has it.
  private static let copiesOfThread = 2
  /// Of the command and its libraries.
  private static let program = 64 << 20
}
