/// Where the places of a window lie among the elements of a value, row-major: [outer, length, inner]. From one frame to
/// the next every place becomes the one `hop` before it, and the last `hop` are new.
struct StreamTrack: Equatable {
  let outer, length, inner: Int
  /// 1 ..< length: where all places are new, there is nothing to keep, and no track.
  let hop: Int

  /// The axis of a value that holds all places, alone or together with what lies around them; nil: several do.
  func axis(in shape: [Int]) -> Int? {
    shape.indices.first { axis in
      let before = shape[..<axis].elementCount
      return outer % before == 0 && before * shape[axis] % (outer * length) == 0
    }
  }

  /// The same axis where it has the places alone.
  func ownAxis(in shape: [Int]) -> Int? {
    axis(in: shape).flatMap { shape[$0] == length ? $0 : nil }
  }

  /// The shape that a value of `shape` has with so many places.
  func shape(_ shape: [Int], places: Int) -> [Int] {
    var shape = shape
    if let axis = axis(in: shape) { shape[axis] = shape[axis] / length * places }
    return shape
  }

  /// The window in another value, whose axis `to` is this one's axis `from`.
  func carried(from: Int, of shape: [Int], to: Int, of other: [Int]) -> StreamTrack {
    let before = outer / shape[..<from].elementCount
    let behind = inner / shape[(from + 1)...].elementCount
    return StreamTrack(
      outer: other[..<to].elementCount * before, length: length, inner: behind * other[(to + 1)...].elementCount,
      hop: hop)
  }

  /// The last places, those that are new.
  var new: Range<Int> { length - hop..<length }
  var all: Range<Int> { 0..<length }
}
