// What a run keeps: everything that `--resume`, `quantize` and `encode` need.

import Blob
import Evolution
import Execution
import Files
import Foundation
import Lowering
import ModelGraph
import Trials

/// The state of a compilation between its stages.
package struct Checkpoint {
  /// The text part: all but the long arrays.
  package struct Contents: Codable {
    package var options: CompileOptions
    package var task: NetworkTask
    /// Absent in runs of before it was kept: as the task says.
    package var reading: AnswerReading?
    package var divergence: DivergenceKind
    package var transforms: [Transform]
    package var teacherParameters: Int
    /// Of the teacher's numbers, so that another model under the same name is noticed.
    package var teacherChecksum: UInt32
    /// What the blob says that it comes from; absent in runs of before it did.
    package var fingerprints: Fingerprints?
    package var told: Told?
    package var student: Graph.Structure
    package var steps: Int
    package var planned: EvolutionState.Plan?
    package var cycles: [CycleRecord]
    package var draws: [DrawModel]
    package var stepsOwed: Int
    package var looksSinceBest: Int
    package var finalStepsDone: Int
    package var finalStepsPlanned: Int?
    package var tableStepsDone: Int
    package var evolutionIsOver: Bool
    package var trainerStepCount: Int?
    package var bestDivergence: Double?
    package var coded: [BlobWeights]?
    package var tables: [TableRecord]?
    package var sharing: SharingProgress?
    package var seconds: Double
  }

  /// ``Fingerprint``s of the model's files and of the samples.
  package struct Fingerprints: Codable, Equatable {
    package var teacher: [UInt8]
    package var data: [UInt8]?

    fileprivate var areSane: Bool {
      teacher.count == BlobProvenance.hashBytes
        && (data.map { $0.count == BlobProvenance.hashBytes } ?? true)
    }
  }

  /// A blob's transform, for people's eyes in the text.
  package struct Transform: Codable, Equatable {
    package var layout: UInt8
    package var scales: [Float]
    package var means: [Float]

    init(_ transform: BlobTransform) {
      (layout, scales, means) = (transform.layout.rawValue, transform.scales, transform.means)
    }

    var blobTransform: BlobTransform {
      BlobTransform(layout: .init(rawValue: layout) ?? .asItComes, scales: scales, means: means)
    }
  }

  package var contents: Contents
  package var evolution: EvolutionState

  /// Writes the checkpoint, whole or not at all.
  package func write(to path: String) throws(CompilerError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let text = try? encoder.encode(contents) else {
      throw .cannotWrite(path: path, reason: "the run's description holds a number that is not finite")
    }
    let arrays =
      evolution.parameters + (evolution.trainer.map { $0.first + $0.second } ?? [])
      + (evolution.best?.parameters ?? [])
    try OutputFile.write(CheckpointFile.bytes(text: text, arrays: arrays), to: path)
  }

  /// Reads a checkpoint; no byte of it is trusted.
  package static func read(_ path: String) throws(CompilerError) -> Checkpoint {
    try CompilerError.check(path, is: .checkpoint)
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
    guard contents.countsAreSane else {
      throw .badCheckpoint(path: path, reason: "a count in its description is out of range")
    }
    return Checkpoint(contents: contents, evolution: evolution)
  }

  private static func state(
    _ contents: Contents, from rest: inout ArraySlice<Float>, path: String
  ) throws(CompilerError) -> EvolutionState {
    var counts: [Int] = []
    for parameter in contents.student.parameters {
      var count = 1
      for size in parameter.shape {
        guard size >= 0, size <= Graph.maximumElements, count <= rest.count else {
          throw .badCheckpoint(path: path, reason: "a parameter is larger than the file")
        }
        count *= size
      }
      counts.append(count)
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
    var state = EvolutionState(student: graph, pools: contents.options.evolution.pools)
    guard zip(state.draws, contents.draws).allSatisfy({ $0.isLike($1) }),
      state.draws.count == contents.draws.count
    else { throw .badCheckpoint(path: path, reason: "what its pools draw by does not fit them") }
    (state.draws, state.stepsOwed) = (contents.draws, contents.stepsOwed)
    state.looksSinceBest = contents.looksSinceBest
    (state.steps, state.cycles, state.planned) = (contents.steps, contents.cycles, contents.planned)
    guard state.planned.map({ $0.fits(graph.layers.count, cycles: state.cycles.count) }) ?? true else {
      throw .badCheckpoint(path: path, reason: "the plan of its cycles does not fit them")
    }
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

extension Checkpoint.Contents {
  /// Whether the counts are such that a run can go on from them without overflow.
  fileprivate var countsAreSane: Bool {
    [
      steps, finalStepsDone, finalStepsPlanned ?? 0, tableStepsDone, trainerStepCount ?? 0,
      teacherParameters, stepsOwed, looksSinceBest,
    ]
      .allSatisfy { (0...1 << 40).contains($0) } && seconds >= 0
      && (fingerprints?.areSane ?? true)
  }
}
