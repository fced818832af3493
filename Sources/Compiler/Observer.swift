/// What a stage counts; the raw value is the word for one of them.
public enum StageUnit: String, CaseIterable, Sendable {
  case cycle, step, sample, layer, measurement, choice, point, generation
  /// A gradient step after the last cycle.
  case finalStep = "final step"
  /// How many values one layer's weights may share.
  case clusterCount = "cluster count"
  /// A generation of the search for spread and focus.
  case fineGeneration = "fine generation"
}

/// Who is told how a compilation goes.
public protocol CompilationObserver: AnyObject {
  /// A stage begins.
  func began(_ stage: String)
  /// So many units of the stage are done.
  ///
  /// - Parameters:
  ///   - total: how many there are; nil where what is found decides that.
  ///   - detail: what is known by now, for people; may be empty.
  func advanced(_ done: Int, of total: Int?, _ unit: StageUnit, _ detail: String)
  /// The stage is over.
  func ended(_ summary: String)
  /// Something that the user should know.
  func noted(_ text: String)
  /// Whether the user wants to stop; asked often.
  var shouldStop: Bool { get }
}
