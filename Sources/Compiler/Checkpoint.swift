// What a run keeps: everything that `--resume`, `quantize` and `encode` need.

import Blob
import Evolution
import Execution
import Foundation
import ModelGraph

/// The state of a compilation between its stages.
struct Checkpoint {
  /// The text part: all but the long arrays.
  struct Contents: Codable {
    var options: CompileOptions
    var task: NetworkTask
    var divergence: DivergenceKind
    var transforms: [Transform]
    var teacherParameters: Int
    /// Of the teacher's numbers, so that another model under the same name is noticed.
    var teacherChecksum: UInt32
    var student: Graph.Structure
    var steps: Int
    var cycles: [CycleRecord]
    var finalStepsDone: Int
    var tableStepsDone: Int
    var evolutionIsOver: Bool
    var trainerStepCount: Int?
    var bestDivergence: Double?
    var coded: [CodedLayer]?
    var seconds: Double
  }

  /// A blob's transform, for people's eyes in the text.
  struct Transform: Codable, Equatable {
    var layout: UInt8
    var scales: [Float]
    var means: [Float]

    init(_ transform: BlobTransform) {
      (layout, scales, means) = (transform.layout.rawValue, transform.scales, transform.means)
    }

    var blobTransform: BlobTransform {
      BlobTransform(layout: .init(rawValue: layout) ?? .asItComes, scales: scales, means: means)
    }
  }

  var contents: Contents
  var evolution: EvolutionState

  /// Writes the checkpoint, whole or not at all.
  func write(to path: String) throws(CompilerError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let text = try? encoder.encode(contents) else {
      throw .cannotWrite(path: path, reason: "the run's description holds a number that is not finite")
    }
    let arrays =
      evolution.parameters + (evolution.trainer.map { $0.first + $0.second } ?? [])
      + (evolution.best?.parameters ?? [])
    try AtomicFile.write(CheckpointFile.bytes(text: text, arrays: arrays), to: path)
  }

  /// Reads a checkpoint; no byte of it is trusted.
  static func read(_ path: String) throws(CompilerError) -> Checkpoint {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .cannotRead(path: path, reason: "there is no such file, or it may not be read")
    }
    let (text, numbers) = try CheckpointFile.parse(data, path: path)
    let contents: Contents
    do {
      contents = try JSONDecoder().decode(Contents.self, from: text)
    } catch {
      throw .badCheckpoint(path: path, reason: "its description cannot be read")
    }
    var rest = numbers[...]
    let evolution = try state(contents, from: &rest, path: path)
    guard rest.isEmpty else { throw .badCheckpoint(path: path, reason: "numbers are left over") }
    return Checkpoint(contents: contents, evolution: evolution)
  }

  private static func state(
    _ contents: Contents, from rest: inout ArraySlice<Float>, path: String
  ) throws(CompilerError) -> EvolutionState {
    var counts: [Int] = []
    var total = 0
    for parameter in contents.student.parameters {
      var count = 1
      for size in parameter.shape {
        guard size >= 0, size <= Graph.maximumElements, count <= rest.count else {
          throw .badCheckpoint(path: path, reason: "a parameter is larger than the file")
        }
        count *= size
      }
      counts.append(count)
      total += count
    }
    let trained = contents.student.parameters.indices.filter {
      contents.student.parameters[$0].role != .constant
    }
    func take(_ counts: [Int]) throws(CompilerError) -> [[Float]] {
      var arrays: [[Float]] = []
      for count in counts {
        guard count <= rest.count else {
          throw .badCheckpoint(path: path, reason: "numbers are missing")
        }
        arrays.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      return arrays
    }
    let parameters = try take(counts)
    var graph = Graph()
    do {
      graph = try Graph(structure: contents.student, tensors: parameters)
    } catch {
      throw .badCheckpoint(path: path, reason: error.sentence)
    }
    var state = EvolutionState(student: graph)
    (state.steps, state.cycles) = (contents.steps, contents.cycles)
    (state.finalStepsDone, state.isOver) = (contents.finalStepsDone, contents.evolutionIsOver)
    if let stepCount = contents.trainerStepCount {
      let trainedCounts = trained.map { counts[$0] }
      state.trainer = TrainerState(
        stepCount: stepCount, first: try take(trainedCounts), second: try take(trainedCounts))
    }
    if let divergence = contents.bestDivergence {
      state.best = EvolutionState.Best(parameters: try take(counts), divergence: divergence)
    }
    return state
  }
}
