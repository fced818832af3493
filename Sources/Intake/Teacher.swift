import ModelGraph
import ModelLoading

/// The trained network that everything is compared with.
package enum Teacher {
  /// Loads a model's graph.
  ///
  /// - Parameters:
  ///   - axes: sizes of axes that the file leaves free.
  ///   - mayKeepState: whether what the network is loaded for is possible where it keeps state from one frame to the
  ///     next; a sentence where it is not.
  package static func load(
    _ path: String, axes: ModelAxes = [:], as role: FileKind.Role = .model, mayKeepState: Bool = false
  ) throws(IntakeError) -> Graph {
    let graph = try loaded(path, axes: axes, as: role).graph
    guard mayKeepState || graph.states.isEmpty else {
      let names = graph.states.prefix(3).map(\.name).joined(separator: ", ")
      let count = graph.states.count
      throw .inFile(
        path: path,
        .unfit(
          reason: "it keeps state from one frame to the next (\(names)\(count > 3 ? " and \(count - 3) more" : "")), "
            + "which run, inspect and encode take, and verify, of models of int8 with --stream or --test random:N; "
            + "compile and evolve with --frames T, where what it keeps are windows: nothing else does"))
    }
    return graph
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
    let isPossible = axes.sizes.isEmpty && axes.haveBatch && axes.weights == nil && axes.states == nil && axes.numbers.isEmpty
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

extension Graph {
  /// The same for some of a detector's classes.
  ///
  /// - Parameters:
  ///   - classes: nil: all.
  ///   - path: for sentences.
  package func counting(_ classes: [Int]?, of path: String) throws(IntakeError) -> Graph {
    guard let classes else { return self }
    if let fault = heads.fault(counting: classes, of: path) { throw .usage(reason: fault) }
    return counting(classes)
  }
}

extension [DetectionHead] {
  /// Why these classes cannot be the ones that count, as a sentence; nil where they can.
  package func fault(counting classes: [Int], of path: String) -> String? {
    guard let count = map(\.classCount).min() else {
      return "--classes is of detectors, and \(path) says of no output how it is boxes: leave it out"
    }
    guard let bad = classes.first(where: { !(0..<count).contains($0) }) else {
      return classes.isEmpty ? "--classes names none" : nil
    }
    return "--classes names class \(bad), and \(path) has \(count) classes, 0 to \(count - 1)"
  }
}
