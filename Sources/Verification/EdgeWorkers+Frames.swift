// Blobs that take frames of what a network takes whole: a sample is its frames in turn, from the states' beginning on,
// and its answers are what the last of them leaves of those of all.

import Blob
import ModelGraph
import Tensors

/// How the samples of a network are the frames of a blob.
struct Framing: Sendable {
  private let inputs: [FrameCut]
  private let outputs: [FrameCut]
  /// Frames of a sample.
  let frames: Int

  /// - Returns: nil where they are not.
  init?(_ graph: Graph, in blob: BlobModel) {
    let given = zip(graph.sampleInputs.map { graph[$0].shape }, blob.inputs.map(\.tensor.shape))
    let answered = zip(graph.sampleOutputs.map { graph[$0].shape }, blob.outputs.map(\.shape))
    inputs = given.compactMap { FrameCut(window: $0, frame: $1) }
    outputs = answered.compactMap { FrameCut(window: $0, frame: $1) }
    frames = inputs.map(\.frames).max() ?? 1
    guard inputs.count == blob.inputs.count, inputs.count == graph.sampleInputs.count,
      outputs.count == blob.outputs.count, outputs.count == graph.sampleOutputs.count
    else { return nil }
  }

  /// A sample as its frames in turn, of each frame the elements of every input.
  ///
  /// - Parameter filling: for each input what is there before its window.
  func frames<Element>(of sample: [[Element]], filling: [Element]) -> [[[Element]]] {
    let parts = inputs.indices.map { index in
      let own = inputs[index].frames(of: sample[index], filling: filling[index])
      let none = [Element](repeating: filling[index], count: inputs[index].rows * inputs[index].new)
      return [[Element]](repeating: none, count: frames - own.count) + own
    }
    return (0..<frames).map { frame in parts.map { $0[frame] } }
  }

  /// The bytes of an input for all samples as those of their frames.
  ///
  /// - Parameters:
  ///   - width: bytes of an element.
  ///   - filling: each byte of what is there before a window.
  func frames(_ elements: [UInt8], ofInput input: Int, width: Int, filling: UInt8) -> [UInt8] {
    let cut = inputs[input].of(bytes: width)
    let sample = cut.rows * cut.row
    guard sample > 0 else { return [] }
    return stride(from: 0, to: elements.count, by: sample).flatMap { start in
      let own = cut.frames(of: Array(elements[start..<start + sample]), filling: filling)
      let before = [UInt8](repeating: filling, count: cut.rows * cut.new * (frames - own.count))
      return before + own.joined()
    }
  }

  /// What the frames of each sample come to.
  ///
  /// - Parameter width: bytes of an element.
  func answers(_ elements: [UInt8], ofOutput output: Int, width: Int) -> [UInt8] {
    let cut = outputs[output].of(bytes: width)
    let frame = cut.rows * cut.new
    guard frame > 0 else { return [] }
    return stride(from: 0, to: elements.count, by: frame * frames).flatMap { start in
      var window = [UInt8](repeating: 0, count: cut.rows * cut.row)
      for index in 0..<frames {
        window = cut.moved(window, by: Array(elements[start + index * frame..<start + (index + 1) * frame]))
      }
      return window
    }
  }
}

extension FrameCut {
  /// The same of elements that are so many bytes.
  fileprivate func of(bytes width: Int) -> FrameCut { FrameCut(rows: rows, row: row * width, new: new * width) }
}
