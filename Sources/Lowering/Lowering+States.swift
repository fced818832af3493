// Where states lie, and how what a frame leaves gets there.
//
// A state has one place for as long as the network runs; a frame finds its value there. Its next value is best made
// over it, by the last step that reads the old one: a window slides so. Where that cannot be, the next value has a
// buffer of its own until all other steps have run, and is copied then. What would be another state's old value by
// then, or an answer that is an old value, is copied out first (`separatingStates`).

import Blob
import ModelGraph
import Tensors

extension Graph {
  /// The same network, in which what is left to the next frame and what is answered is no value that lies where a
  /// state does, unless that state is left as it is found.
  ///
  /// - Returns: the network, and the views in it that have to be copies.
  func separatingStates() -> (graph: Graph, copies: Set<ValueID>) {
    guard !states.isEmpty else { return (self, []) }
    var (graph, copies) = (self, Set<ValueID>())
    var out: [ValueID: ValueID] = [:]
    for place in outputs.indices {
      let state = place - sampleOutputs.count
      guard let found = foundState(behind: outputs[place]),
        state < 0 || foundStates[foundStates.startIndex + state] != found
      else { continue }
      let copy = out[outputs[place]] ?? graph.addCopy(of: outputs[place])
      out[outputs[place]] = copy
      copies.insert(copy)
      graph.replaceOutput(place, by: copy)
    }
    return (graph, copies)
  }

  /// The state that a value is, maybe under another shape; nil: it is none.
  private func foundState(behind value: ValueID) -> ValueID? {
    var value = value
    while let node = producer(of: value), node.operation.exactFormIsSame { value = node.inputs[0] }
    return foundStates.contains(value) ? value : nil
  }
}

extension Operation {
  fileprivate var exactFormIsSame: Bool { if case .same? = exactForm { true } else { false } }
}

extension Lowering {
  /// Which state a buffer is; nil: none.
  func stateNumber(ofBuffer root: Int) -> Int? {
    graph.foundStates.firstIndex { buffer[$0.index] == root }.map { $0 - graph.foundStates.startIndex }
  }

  /// Whether a value is what a frame leaves of a state, maybe under another shape.
  func leaves(_ value: ValueID, _ state: Int) -> Bool {
    root(graph.leftStates[graph.leftStates.startIndex + state]) == root(value)
      && graph.leftStates.count { root($0) == root(value) } == 1
  }

  /// The words of each state.
  var stateWords: [Int] {
    graph.foundStates.map { (graph[$0].shape.elementCount + elementsPerWord($0) - 1) / elementsPerWord($0) }
  }

  func blobState(_ state: GraphState, _ tensor: BlobTensor) -> BlobState {
    guard let beginning = state.beginning else { return BlobState(tensor: tensor) }
    if tensor.type == .float32 {
      let values = beginning.tensor.values
      if values.allSatisfy({ $0 == 0 }) { return BlobState(tensor: tensor) }
      let half = StoredNumbers.holds(values, precision: .float16)
      return BlobState(tensor: tensor, beginning: .numbers(StoredNumbers(values, precision: half ? .float16 : .float32)))
    }
    let bytes =
      beginning.integers?.integers.map { UInt8(truncatingIfNeeded: $0) }
      ?? tensor.elements(of: beginning.tensor.values)
    let isZero = bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: tensor.zeroPoint) }
    return BlobState(tensor: tensor, beginning: isZero ? .zero : .bytes(bytes))
  }

  /// Copies of what has a buffer of its own to the states that it is left in.
  func leavingSteps(_ places: [Int]) -> [BlobStep] {
    zip(graph.foundStates, graph.leftStates).compactMap { found, left in
      let (x, y) = (places[left.index], places[found.index])
      if x == y { return nil }
      let count = graph[found].shape.elementCount * (graph[found].isOfShorts ? 2 : 1)
      let copy = BlobCopy(x: x, y: y, outer: 1, inner: count, stride: count, offset: 0)
      return elementsPerWord(found) == 1 ? .copy(copy) : .integer(
        BlobIntegerStep(.copy(copy), xIsSigned: isSigned(found), yIsSigned: isSigned(found)))
    }
  }

  private func isSigned(_ value: ValueID) -> Bool {
    switch numbers {
    case .float: false
    case .integers(let form): form.tensor(value).isSigned
    case .exact: graph[value].elementType == .int8
    }
  }
}

extension BlobTensor {
  /// The bytes nearest to numbers.
  fileprivate func elements(of numbers: [Float]) -> [UInt8] {
    numbers.map { number in
      let element = (number / scale).rounded() + Float(zeroPoint)
      return type == .uint8 ? UInt8(max(0, min(255, element))) : UInt8(bitPattern: Int8(max(-128, min(127, element))))
    }
  }
}
