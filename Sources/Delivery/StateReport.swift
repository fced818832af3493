import Blob
import ModelGraph
import Tensors

/// What is kept from one frame to the next.
public struct StateReport: Codable, Equatable, Sendable {
  /// As the file calls it; nil in a blob, which has no names.
  public var name: String?
  /// Of one frame.
  public var shape: [Int]
  /// What its elements are, and what one of 1 stands for.
  public var type: ElementReport
  /// Of its elements.
  public var bytes: Int

  /// Nil where there is none.
  static func list(_ graph: Graph) -> [StateReport]? {
    let states = zip(graph.states, graph.foundStates).map { state, value in
      StateReport(
        name: state.name, shape: graph[value].shape, type: ElementReport(value, in: graph),
        bytes: graph[value].shape.elementCount * (graph[value].integers?.element.width ?? 4))
    }
    return states.isEmpty ? nil : states
  }

  /// Nil where there is none.
  static func list(_ model: BlobModel) -> [StateReport]? {
    let states = model.states.map { state in
      let bytes = state.tensor.count * (state.tensor.type.isOfWords ? 4 : 1)
      return StateReport(name: nil, shape: state.tensor.shape, type: ElementReport(state.tensor), bytes: bytes)
    }
    return states.isEmpty ? nil : states
  }

  /// A line for each, and one for all.
  static func lines(_ states: [StateReport]) -> [String] {
    let total = states.reduce(0) { $0 + $1.bytes }
    return states.enumerated().map { number, state in
      "state \(state.name ?? "\(number)")  \(state.shape) \(state.type.text), \(state.bytes) bytes"
    } + ["\(total) bytes of state are kept from one frame to the next"]
  }
}

/// What a frame takes beside the window that it is a part of.
public struct FrameReport: Codable, Equatable, Sendable {
  /// Multiplications of layers for a frame.
  public var multiplications: Int
  /// Multiplications of layers for a whole window.
  public var windowMultiplications: Int

  init(window: Graph, frame: Graph) {
    (multiplications, windowMultiplications) = (frame.multiplications, window.multiplications)
  }

  var text: String { "a frame takes \(multiplications) of the window's \(windowMultiplications) multiplications" }
}
