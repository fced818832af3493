/// Who is told how a compilation goes.
public protocol CompilationObserver: AnyObject {
  /// A stage begins.
  func began(_ stage: String)
  /// So many of so many units of the stage are done.
  func advanced(_ done: Int, of total: Int, _ detail: String)
  /// The stage is over.
  func ended(_ summary: String)
  /// Something that the user should know.
  func noted(_ text: String)
  /// Whether the user wants to stop; asked often.
  var shouldStop: Bool { get }
}
