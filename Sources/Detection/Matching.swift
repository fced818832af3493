// Which finding is which known object, as COCO's evaluation has it: the surest finding chooses first, among objects
// of its class that are not taken, the one that it overlaps most and by no less than the limit.

enum Matching {
  /// For each finding the object that it is, by its number; nil where it is none.
  ///
  /// - Parameters:
  ///   - found: the surest first.
  ///   - limit: the least intersection over union.
  static func match(_ found: [DetectedObject], with known: [KnownObject], overlapping limit: Float) -> [Int?] {
    var isTaken = [Bool](repeating: false, count: known.count)
    return found.map { object in
      var (best, number): (Float, Int?) = (limit, nil)
      for (index, other) in known.enumerated() where !isTaken[index] && other.classNumber == object.classNumber {
        let overlap = object.box.overlap(with: other.box)
        if overlap >= best { (best, number) = (overlap, index) }
      }
      if let number { isTaken[number] = true }
      return number
    }
  }
}
