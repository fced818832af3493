import ModelGraph
import ModelLoading

/// The trained network that everything is compared with.
package enum Teacher {
  /// Loads a model's graph.
  ///
  /// - Parameter axes: sizes of axes that the file leaves free.
  package static func load(
    _ path: String, axes: ModelAxes = [:], as role: FileKind.Role = .model
  ) throws(IntakeError) -> Graph {
    try loaded(path, axes: axes, as: role).graph
  }

  /// Loads a model with what its file says beside the graph.
  package static func loaded(_ path: String, axes: ModelAxes, as role: FileKind.Role)
    throws(IntakeError) -> LoadedModel
  {
    try FileKind.check(path, is: role)
    do {
      return try ModelLoader.load(path: path, axes: axes)
    } catch {
      throw IntakeError.loading(error).naming(path)
    }
  }

  /// What a Darknet configuration says whose weights are missing; nil for every other file.
  package static func outline(_ path: String, axes: ModelAxes) throws(IntakeError) -> ModelOutline? {
    let isPossible = axes.sizes.isEmpty && axes.haveBatch && axes.weights == nil
    guard isPossible, FileKind(path: path) == .darknet else { return nil }
    do {
      return try ModelLoader.outline(path: path, inputSize: axes.inputSize)
    } catch {
      throw IntakeError.loading(error).naming(path)
    }
  }

  /// The files that a model is in.
  package static func files(of path: String, axes: ModelAxes) throws(IntakeError) -> [String] {
    do {
      return try ModelLoader.files(of: path, weights: axes.weights)
    } catch {
      throw IntakeError.loading(error).naming(path)
    }
  }
}
