/// What an operation makes a place of its output of, along an axis on which a window moves.
package enum StreamForm: Equatable, Sendable {
  /// Of the same place of its input, by numbers that are the same for every place, but along these axes of the
  /// input, whose places are told apart or mixed.
  case places(mixing: Set<Int>)
  /// Of a window of its input, [C, H, W].
  case window(Window, mixesChannels: Bool)
  /// Of the same place of each input, broadcast from the right.
  case broadcast
  /// Of the same place of one input; inputs lie side by side along an axis.
  case joined(axis: Int)
  /// Of the same place, or of a border.
  case bordered(Padding)
  /// Of places about the same one; `axes` of the input are of another size.
  case resized(axes: Set<Int>)
  /// Output axis i is input axis `permutation[i]`.
  case moved([Int])
  /// Of the same number, under another shape.
  case viewed
  /// Of the number at one of these places of the last axis.
  case picked([Int])
  /// Of a row of the first input and the whole of the second.
  case product
  /// Of nothing: it is the same for every sample.
  case constant
  /// Of all places.
  case whole
}
