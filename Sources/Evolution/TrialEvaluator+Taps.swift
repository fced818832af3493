// Candidate sets as the kernel takes them: weights that are zeroed, grouped by filter.

import CKernels
import Execution
import ModelGraph

/// A number of candidate sets, their taps side by side.
final class TrialTaps: @unchecked Sendable {
  let count: Int
  private let filters: Int
  private let starts: UnsafeMutableBufferPointer<Int32>
  private let taps: UnsafeMutableBufferPointer<kx_tap>
  private let begins: [Int]

  /// - Parameters:
  ///   - sets: positions in the layer's matrix, ascending.
  ///   - weights: the layer's present weights; those that are 0 make no tap.
  init(
    _ sets: ArraySlice<[Int]>, layer: Layer, windows: TrialWindows, weights: [Float], threads: Int
  ) {
    count = sets.count
    filters = layer.rows
    begins = sets.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    starts = .allocate(capacity: sets.count * (layer.rows + 1))
    taps = .allocate(capacity: begins[sets.count])
    nonisolated(unsafe) let (starts, taps) = (self.starts, self.taps)
    let begins = begins
    parallel(threads) { number in
      for index in stride(from: number, to: sets.count, by: threads) {
        let set = sets[sets.startIndex + index]
        let status = kx_group_taps(
          set, set.count, Int32(layer.rows), Int32(layer.columns), Int32(windows.groupFilters),
          windows.offsets, weights, starts.baseAddress.map { $0 + index * (layer.rows + 1) },
          taps.baseAddress.map { $0 + begins[index] })
        precondition(status == 0, "positions of a candidate set ascend within the layer's matrix")
      }
    }
  }

  deinit {
    starts.deallocate()
    taps.deallocate()
  }

  /// Where the taps of each filter of a set begin, and the set's taps.
  subscript(index: Int) -> (starts: UnsafePointer<Int32>, taps: UnsafePointer<kx_tap>) {
    guard let starts = starts.baseAddress, let taps = taps.baseAddress else {
      preconditionFailure("no room for taps")
    }
    return (UnsafePointer(starts + index * (filters + 1)), UnsafePointer(taps + begins[index]))
  }
}
