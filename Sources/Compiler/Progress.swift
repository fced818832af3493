// What stages give and take. A checkpoint holds one of these values, and nothing else of a run changes.

import Blob
import Die
import Evolution
import Lowering
import ModelGraph
import Tables
import Tensors

/// How far a run has come: what its last stage gave, or has by now.
package enum Progress: Codable, Equatable, Sendable {
  case evolved(Evolved)
  /// Its weights are being shared.
  case sharing(Evolved, SharingProgress)
  case quantized(Quantized)

  private enum EvolvedCodingKeys: String, CodingKey { case _0 = "student" }
  private enum SharingCodingKeys: String, CodingKey { case _0 = "student", _1 = "search" }
  private enum QuantizedCodingKeys: String, CodingKey { case _0 = "student" }

  package var evolved: Evolved {
    get {
      switch self {
      case .evolved(let evolved), .sharing(let evolved, _): evolved
      case .quantized(let quantized): quantized.evolved
      }
    }
    set {
      switch self {
      case .evolved: self = .evolved(newValue)
      case .sharing(_, let search): self = .sharing(newValue, search)
      case .quantized(var quantized):
        quantized.evolved = newValue
        self = .quantized(quantized)
      }
    }
  }

  package var quantized: Quantized? { if case .quantized(let quantized) = self { quantized } else { nil } }

  /// The search for weights that share values; nil where there is none.
  package var sharing: SharingProgress? {
    switch self {
    case .evolved: nil
    case .sharing(_, let search): search
    case .quantized(let quantized): quantized.sharing
    }
  }

  /// The same without tables, which are to be made again.
  var withoutTables: Progress {
    guard case .quantized(let quantized) = self else { return self }
    return quantized.sharing.map { .sharing(quantized.evolved, $0) } ?? .evolved(quantized.evolved)
  }
}

/// A student in its cycles, in its final steps, or after them.
package struct Evolved: Codable, Equatable, Sendable {
  /// What loses weights together, and how many of them; nil: to be planned before the next cycle.
  package var pools: [Pool]?
  package var state: EvolutionState
  /// Gradient steps after the last cycle, decided when the first of them is taken.
  package var finalStepsPlanned: Int?
  /// How the student did when the evolution ended; a checkpoint does not keep it.
  package var judgement: Judgement?

  private enum CodingKeys: CodingKey { case pools, state, finalStepsPlanned }

  /// A student that nothing has been done to.
  init(_ student: Graph) { state = EvolutionState(student: student, pools: []) }

  /// Whether nothing is left to do.
  package var isOver: Bool { state.isOver }

  /// Whether the cycles are over.
  var trainsLast: Bool {
    finalStepsPlanned != nil || state.finalStepsDone > 0 || state.best != nil
  }

  func survivors(_ layer: Layer) -> Int { state.parameters[layer.weight.index].survivorCount }

  /// A graph of the student's structure with its numbers.
  func graph(_ student: Graph) -> Graph {
    var graph = student
    for (index, values) in state.parameters.enumerated() {
      let id = ParameterID(index)
      graph.setParameter(id, to: Tensor(shape: graph[id].tensor.shape, values: values))
    }
    return graph
  }

  /// The same to go on from the best student that was found.
  var reopened: Evolved {
    var evolved = self
    if let best = state.best { evolved.state.parameters = best.parameters }
    (evolved.state.best, evolved.state.trainer, evolved.state.isOver) = (nil, nil, false)
    (evolved.state.finalStepsDone, evolved.state.looksSinceBest) = (0, 0)
    (evolved.finalStepsPlanned, evolved.judgement) = (nil, nil)
    return evolved
  }
}

/// A student whose layers have their tables.
package struct Quantized: Codable, Equatable, Sendable {
  package var evolved: Evolved
  package var layers: [BlobWeights]
  /// For each layer how its table was made; nil where its weights share values.
  package var tables: [TableRecord]?
  /// Gradient steps that trained the tables.
  package var tableSteps: Int
  /// The search that found which weights share values; nil: there was none.
  package var sharing: SharingProgress?
  /// What its tables do to answers, where nothing was trained.
  package var dealing: Dealing?
}

/// A blob, what it says, what became of the layers in it, and the least that its arena could be.
struct Written {
  var bytes: [UInt8]
  var model: BlobModel
  let layers: [BlobWeights]
  let arenaLowerBound: Int
  /// What layers were coded by, where each was by itself.
  var inputs: MeasuredInputs?
}

/// Who keeps a run while a stage lasts: at once, or where enough time has passed.
typealias Keep = (_ progress: Progress, _ now: Bool) throws(CompilerError) -> Void
