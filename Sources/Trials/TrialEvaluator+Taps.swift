// Candidate sets as the kernel takes them: weights that are zeroed, grouped by filter.

import CKernels
import Execution
import ModelGraph

/// Candidate sets of one layer, made when they are needed.
package struct LayerSets {
  package let count: Int
  /// Positions of a set at most.
  package let largest: Int
  /// Positions in the layer's matrix, ascending; called on several threads.
  package let set: (Int) -> [Int]

  package init(count: Int, largest: Int, set: @escaping (Int) -> [Int]) {
    (self.count, self.largest, self.set) = (count, largest, set)
  }
}

/// A number of candidate sets, their taps side by side. Keeps its room for the next ones.
final class TrialTaps: @unchecked Sendable {
  private(set) var count = 0
  private let layer: Layer
  private let windows: TrialWindows
  private let threads: Int
  private var starts = UnsafeMutableBufferPointer<Int32>.allocate(capacity: 0)
  private var taps = UnsafeMutableBufferPointer<kx_tap>.allocate(capacity: 0)
  /// Taps that each set has room for.
  private var room = 0

  init(layer: Layer, windows: TrialWindows, threads: Int) {
    (self.layer, self.windows, self.threads) = (layer, windows, threads)
  }

  deinit {
    starts.deallocate()
    taps.deallocate()
  }

  /// Makes some of the sets.
  ///
  /// - Parameters:
  ///   - offsets: of the layer's columns; those that are negative make no tap.
  ///   - weights: the layer's present weights; those that are 0 make no tap.
  func load(_ range: Range<Int>, of sets: LayerSets, offsets: [Int32], weights: [Float]) {
    (count, room) = (range.count, sets.largest)
    Self.enlarge(&starts, to: count * (layer.rows + 1))
    Self.enlarge(&taps, to: max(1, count * room))
    parallel(threads) { number in
      for index in stride(from: number, to: count, by: threads) {
        let set = sets.set(range.lowerBound + index)
        precondition(set.count <= room, "a set is larger than was said")
        let (starts, taps) = places(index)
        let status = kx_group_taps(
          set, set.count, Int32(layer.rows), Int32(layer.columns), Int32(windows.groupFilters),
          offsets, weights, starts, taps)
        precondition(status == 0, "positions of a candidate set ascend within the layer's matrix")
      }
    }
  }

  /// Where the taps of each filter of a set begin, and the set's taps.
  subscript(index: Int) -> (starts: UnsafePointer<Int32>, taps: UnsafePointer<kx_tap>) {
    let (starts, taps) = places(index)
    return (UnsafePointer(starts), UnsafePointer(taps))
  }

  private func places(_ index: Int) -> (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<kx_tap>) {
    guard let starts = starts.baseAddress, let taps = taps.baseAddress else {
      preconditionFailure("no room for taps")
    }
    return (starts + index * (layer.rows + 1), taps + index * room)
  }

  private static func enlarge<T>(_ room: inout UnsafeMutableBufferPointer<T>, to count: Int) {
    guard room.count < count else { return }
    room.deallocate()
    room = .allocate(capacity: count)
  }
}
