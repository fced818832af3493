// What a run keeps: everything that `--resume`, `quantize` and `encode` need. The text of the file is
// all of it but long arrays, which follow as they are.

import Blob
import Evolution
import Execution
import Files
import Foundation
import Intake
import Lowering
import ModelGraph
import Trials

/// A run on disk: what it rests on, and the value that its last stage gave.
package struct Checkpoint: Codable {
  package var options: CompileOptions
  package var origin: Origin
  package var student: Graph.Structure
  package var progress: Progress
  package var told: Told?
  package var seconds: Double

  /// Writes the checkpoint, whole or not at all.
  package func write(to path: String) throws(CompilerError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var bare = self
    let arrays = bare.progress.evolved.state.takeArrays()
    guard let text = try? encoder.encode(bare) else {
      throw .cannotWrite(path: path, reason: "the run's description holds a number that is not finite")
    }
    try OutputFile.write(CheckpointFile.bytes(text: text, arrays: arrays), to: path)
  }

  /// Reads a checkpoint; no byte of it is trusted.
  package static func read(_ path: String) throws(CompilerError) -> Checkpoint {
    try opening { () throws(IntakeError) in try FileKind.check(path, is: .checkpoint) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .absent(path)
    }
    let (text, numbers) = try CheckpointFile.parse(data, path: path)
    guard var checkpoint = try? JSONDecoder().decode(Checkpoint.self, from: text) else {
      throw .badCheckpoint(path: path, reason: "its description cannot be read")
    }
    try checkpoint.progress.evolved.state.putArrays(numbers, of: checkpoint.student.parameters, path)
    let graph = try checkpoint.graph(path)
    if let fault = checkpoint.fault(graph) { throw .badCheckpoint(path: path, reason: fault) }
    if let fault = checkpoint.options.fault { throw .badCheckpoint(path: path, reason: fault) }
    try checkpoint.options.check(against: graph)
    return checkpoint
  }

  /// The student with its numbers.
  ///
  /// - Throws: ``CompilerError/badCheckpoint(path:reason:)`` where they do not fit its structure.
  func graph(_ path: String) throws(CompilerError) -> Graph {
    do {
      return try Graph(structure: student, tensors: progress.evolved.state.parameters)
    } catch {
      throw .badCheckpoint(path: path, reason: error.sentence)
    }
  }

  /// What a run could not go on from, in words; nil where there is nothing.
  private func fault(_ graph: Graph) -> String? {
    let checks: [(holds: Bool, what: String)] = [
      (seconds >= 0, "a count in its description is out of range"),
      (origin.isSane, "a count in its description is out of range"),
      (origin.transforms.count == graph.inputs.count, "inputs and transforms are not as many"),
      (origin.reading.fits(graph), "what its answers are read by does not fit its outputs"),
    ]
    return checks.first { !$0.holds }?.what ?? progress.fault(graph.layers)
  }
}

extension Origin {
  fileprivate var isSane: Bool {
    teacherParameters.isCount && model.count == BlobProvenance.hashBytes
      && samples?.count ?? BlobProvenance.hashBytes == BlobProvenance.hashBytes
  }
}

extension Progress {
  fileprivate func fault(_ layers: [Layer]) -> String? {
    if let fault = evolved.fault(layers) { return fault }
    if sharing?.fault != nil { return "a number of its search is out of range" }
    switch self {
    case .evolved: return nil
    case .sharing: return evolved.isOver ? nil : "its weights are shared before they are evolved"
    case .quantized(let quantized):
      return quantized.fits(layers) && evolved.isOver ? nil : "its layers do not fit its graph"
    }
  }
}

extension Evolved {
  fileprivate func fault(_ layers: [Layer]) -> String? {
    let counts = [
      state.steps, state.finalStepsDone, finalStepsPlanned ?? 0, state.trainer?.stepCount ?? 0,
      state.stepsOwed, state.looksSinceBest,
    ]
    guard counts.allSatisfy(\.isCount) else { return "a count in its description is out of range" }
    guard state.planned.map({ $0.fits(layers.count, cycles: state.cycles.count) }) ?? true else {
      return "the plan of its cycles does not fit them"
    }
    guard let pools else { return nil }
    guard pools.areDisjoint(layers: layers.count) else { return "its pools do not fit its layers" }
    let fresh = pools.map { DrawModel(layers: $0.layers.count) }
    guard state.draws.count == fresh.count, zip(state.draws, fresh).allSatisfy({ $0.isLike($1) }) else {
      return "what its pools draw by does not fit them"
    }
    return nil
  }
}

extension Quantized {
  fileprivate func fits(_ layers: [Layer]) -> Bool {
    self.layers.count == layers.count && tableSteps.isCount
      && zip(self.layers, layers).allSatisfy { $0.rows == $1.rows && $0.columns == $1.columns }
      && (tables.map { $0.count == layers.count } ?? true)
      && zip(layers, tables ?? []).allSatisfy { (0...$0.weightCount).contains($1.zeroed) }
  }
}

extension Int {
  /// Whether a run can go on from it without overflow.
  fileprivate var isCount: Bool { (0...1 << 40).contains(self) }
}

extension EvolutionState {
  /// Takes its long arrays out.
  fileprivate mutating func takeArrays() -> [[Float]] {
    let arrays =
      parameters + (trainer.map { $0.first + $0.second } ?? []) + (best?.parameters ?? [])
    parameters = []
    best?.parameters = []
    trainer?.first = []
    trainer?.second = []
    return arrays
  }

  /// Puts them back in.
  fileprivate mutating func putArrays(
    _ numbers: [Float], of shapes: [Graph.Structure.ParameterShape], _ path: String
  ) throws(CompilerError) {
    var rest = numbers[...]
    func take(_ shapes: [Graph.Structure.ParameterShape]) throws(CompilerError) -> [[Float]] {
      var arrays: [[Float]] = []
      for parameter in shapes {
        var count = 1
        for size in parameter.shape {
          guard size >= 0, size <= Graph.maximumElements, count <= rest.count else {
            throw .badCheckpoint(path: path, reason: "a parameter is larger than the file")
          }
          count *= size
        }
        guard count <= rest.count else {
          throw .badCheckpoint(path: path, reason: "numbers are missing")
        }
        arrays.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      return arrays
    }
    parameters = try take(shapes)
    let trained = shapes.filter { $0.role != .constant }
    if trainer != nil {
      trainer?.first = try take(trained)
      trainer?.second = try take(trained)
    }
    if best != nil { best?.parameters = try take(shapes) }
    guard rest.isEmpty else { throw .badCheckpoint(path: path, reason: "numbers are left over") }
  }
}
