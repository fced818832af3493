// Non-maximum suppression as Darknet's do_nms_sort and OpenCV's NMSBoxes do it, for each class by itself: the
// surest finding stays, and what overlaps it by more than the threshold goes; then the next that is left.

extension [DetectedObject] {
  /// The most findings of one class that are looked at in one photograph, the surest.
  private static var mostOfAClass: Int { 4096 }

  /// What is left of findings that overlap, the surest first.
  ///
  /// - Parameter threshold: intersection over union; what overlaps by more than this goes.
  /// - Complexity: findings times those that stay, of each class.
  public func suppressed(above threshold: Float) -> [DetectedObject] {
    var byClass: [Int: [DetectedObject]] = [:]
    for object in self { byClass[object.classNumber, default: []].append(object) }
    var kept: [DetectedObject] = []
    for number in byClass.keys.sorted() {
      var own: [DetectedObject] = []
      for object in byClass[number]!.surestFirst.prefix(Self.mostOfAClass)
      where !own.contains(where: { $0.box.overlap(with: object.box) > threshold }) {
        own.append(object)
      }
      kept += own
    }
    return kept.surestFirst
  }

  /// By falling confidence; what is as sure stays in its order.
  var surestFirst: [DetectedObject] {
    enumerated().sorted { a, b in
      a.element.confidence != b.element.confidence
        ? a.element.confidence > b.element.confidence : a.offset < b.offset
    }.map(\.element)
  }
}
