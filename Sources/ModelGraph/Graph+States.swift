// State: what one frame of a stream leaves to the next.
//
// A graph is a function of one frame. What lasts is among its inputs and outputs: the last of the inputs are what a
// frame finds, the last of the outputs, as many and in the same order, what it leaves, and `states` names the
// pairs. So whoever runs, cuts or rewrites a graph has nothing to know of states: they are values as others are.
// Who runs frames in turn puts the one for the other; who lowers a graph gives both one place.

import Tensors

/// A value that lasts from one frame to the next.
public struct GraphState: Equatable, Sendable {
  public var name: String
  /// What the first frame finds, of the value's shape; nil: every element stands for 0.
  public var beginning: Parameter?

  public init(name: String, beginning: Parameter? = nil) {
    (self.name, self.beginning) = (name, beginning)
  }
}

extension Graph {
  /// What a frame finds, in the order of ``states``.
  public var foundStates: ArraySlice<ValueID> { inputs.suffix(states.count) }

  /// What a frame leaves, in the same order.
  public var leftStates: ArraySlice<ValueID> { outputs.suffix(states.count) }

  /// The inputs that are given with each frame: all that are no state.
  public var sampleInputs: ArraySlice<ValueID> { inputs.dropLast(states.count) }

  /// The outputs that are answers.
  public var sampleOutputs: ArraySlice<ValueID> { outputs.dropLast(states.count) }

  /// The function of one frame: states are inputs and outputs like others, their last.
  package var ofOneFrame: Graph {
    var graph = self
    graph.states = []
    return graph
  }

  /// The function of one frame whose outputs are the answers alone.
  package var answersOfOneFrame: Graph {
    var graph = ofOneFrame
    graph.outputs = Array(sampleOutputs)
    return graph
  }

  /// The same with its last inputs and outputs as states, as many.
  package func keeping(_ states: [GraphState]) -> Graph {
    var graph = self
    graph.states = states
    return graph
  }

  /// Makes an input what the frame before has left.
  ///
  /// - Parameters:
  ///   - found: an input that is no state.
  ///   - left: a value of its shape, which may be an answer too.
  public mutating func carry(_ found: ValueID, from left: ValueID, _ state: GraphState) {
    precondition(sampleInputs.contains(found), "a state is an input")
    inputs.removeAll { $0 == found }
    inputs.append(found)
    outputs.append(left)
    states.append(state)
  }

  /// Adds the same numbers as a value of their own.
  package mutating func addCopy(of value: ValueID) -> ValueID {
    let copy = ValueID(values.count)
    values.append(self[value])
    var name = "\(self[value].name) copy"
    while nodes.contains(where: { $0.name == name }) { name += "_" }
    nodes.append(Node(name: name, operation: .reshape(self[value].shape), inputs: [value], outputs: [copy]))
    return copy
  }

  /// Makes what is kept inputs and outputs of nobody: what is found is an input like others, what is left is not given.
  package mutating func dropStates() {
    outputs.removeLast(states.count)
    states = []
  }

  /// Another value for what is given, or left to the next frame.
  package mutating func replaceOutput(_ place: Int, by value: ValueID) { outputs[place] = value }

  /// States and their ends: as many, of one shape, standing for the same numbers.
  func verifyStates() throws(GraphError) {
    guard states.count <= inputs.count, states.count < outputs.count else {
      throw .malformed(reason: "\(states.count) states are more than the network can have")
    }
    for (state, (found, left)) in zip(states, zip(foundStates, leftStates)) {
      let (a, b) = (self[found], self[left])
      guard a.shape == b.shape, a.integers == b.integers else {
        throw .malformed(
          reason: "state \(state.name) is found as \(a.shape) and left as \(b.shape), or as other integers")
      }
      guard let beginning = state.beginning else { continue }
      guard beginning.tensor.shape == a.shape, beginning.tensor.values.allSatisfy(\.isFinite),
        a.integers == nil || beginning.integers?.encoding == a.integers
      else { throw .malformed(reason: "state \(state.name) does not begin as what it is") }
    }
  }
}
