// A window and the frames that it is made of.

import IntegerExecution
import ModelGraph

/// Where a frame lies in a window, row-major: rows of the window, each of which ends with a row of the frame.
package struct FrameCut: Equatable, Sendable {
  /// How many rows, and the elements of each in the window and in the frame.
  package let rows, row, new: Int

  init(rows: Int, row: Int, new: Int) { (self.rows, self.row, self.new) = (rows, row, new) }

  /// - Parameters:
  ///   - window: of one sample.
  ///   - frame: the same, but shorter along one axis, or without the first one.
  /// - Returns: nil where they are not so.
  package init?(window: [Int], frame: [Int]) {
    let frame = frame.count + 1 == window.count ? [1] + frame : frame
    let axes = zip(window, frame).enumerated().filter { $0.element.0 != $0.element.1 }
    guard window.count == frame.count, axes.count <= 1 else { return nil }
    let axis = axes.first?.offset ?? 0
    guard window.isEmpty || window[axis] >= frame[axis] else { return nil }
    rows = window[..<axis].elementCount
    (row, new) = (window[axis...].elementCount, frame[axis...].elementCount)
  }

  /// Frames that fill a window, the first of which may be older in part.
  package var frames: Int { (row + new - 1) / new }

  /// A window that has moved on by a frame.
  package func moved<Element>(_ window: [Element], by frame: [Element]) -> [Element] {
    var moved: [Element] = []
    moved.reserveCapacity(window.count)
    for index in 0..<rows {
      moved += window[index * row + new..<(index + 1) * row]
      moved += frame[index * new..<(index + 1) * new]
    }
    return moved
  }

  /// The frame that a window ends with.
  package func last<Element>(of window: [Element]) -> [Element] {
    (0..<rows).flatMap { (index: Int) -> ArraySlice<Element> in window[(index + 1) * row - new..<(index + 1) * row] }
  }

  /// The frames of a window, the oldest first; what is older than the window is `filling`.
  package func frames<Element>(of window: [Element], filling: Element) -> [[Element]] {
    let before = frames * new - row
    return (0..<frames).map { frame in
      var elements: [Element] = []
      for index in 0..<rows {
        for place in frame * new - before..<(frame + 1) * new - before {
          elements.append(place < 0 ? filling : window[index * row + place])
        }
      }
      return elements
    }
  }
}

/// The windows that end with the frames of a stream, one after the other.
package struct StreamWindows: Sendable {
  private let cuts: [FrameCut]
  private var windows: [[Float]]
  private let values: [Value]
  private let frames: [Value]
  /// Frames given so far.
  package private(set) var count = 0

  /// - Parameters:
  ///   - window: takes samples.
  ///   - stream: takes frames of them.
  /// - Throws: where they are not so.
  package init(of window: Graph, for stream: Graph) throws(VerificationError) {
    let pairs = zip(window.inputs, stream.sampleInputs).map { (window[$0], stream[$1]) }
    cuts = pairs.compactMap { FrameCut(window: $0.shape, frame: $1.shape) }
    guard cuts.count == window.inputs.count, pairs.count == window.inputs.count else {
      throw .unfit(reason: "the blob takes no frames of what the model takes")
    }
    (values, frames) = (pairs.map(\.0), pairs.map(\.1))
    windows = cuts.map { [Float](repeating: 0, count: $0.rows * $0.row) }
  }

  /// Frames before every window is full.
  package var filling: Int { (cuts.map(\.frames).max() ?? 1) - 1 }

  /// The windows that end with the next frame.
  package mutating func next(_ frame: [IntegerElements]) -> [IntegerElements] {
    count += 1
    for index in cuts.indices {
      windows[index] = cuts[index].moved(windows[index], by: frame[index].numbers(in: frames[index]))
    }
    return zip(windows, values).map { IntegerElements(of: $0, in: $1) }
  }
}
