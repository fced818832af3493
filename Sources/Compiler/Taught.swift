// The teacher in both its forms: what trains, and what is answered.

import Blob
import Intake
import ModelGraph
import Verification

/// Between what numbers the bytes of activations lie.
public enum RangeSource: String, Equatable, Sendable, Codable, CaseIterable {
  /// As the quantized file says.
  case file
  /// As calibration samples suggest.
  case samples
}

/// A teacher as its file gives it.
struct Taught {
  /// In numbers: what students are made from and trained by. Of a network that keeps state, the function of one frame.
  let graph: Graph
  /// In its integers, where its file is of int8: what students are held up to in the end.
  let exact: ExactTeacher?

  init(_ model: Graph) throws(CompilerError) {
    graph = model.inNumbers.ofOneFrame
    exact = model.isOfIntegers
      ? try verifying { () throws(VerificationError) in try ExactTeacher(model) } : nil
  }

  private init(_ graph: Graph, _ exact: ExactTeacher?) { (self.graph, self.exact) = (graph, exact) }

  /// The same for the classes of a detector that options name.
  func counting(_ options: CompileOptions) throws(CompilerError) -> Taught {
    let counted = try opening { () throws(IntakeError) in try graph.counting(options.classes, of: options.model) }
    return Taught(options.classes == nil ? graph.counting(nil) : counted, exact)
  }
}

extension CompileOptions {
  /// The same for a teacher of int8, whose students are of bytes unless something else is said.
  func following(_ teacher: Taught) -> CompileOptions {
    guard teacher.exact != nil, activations == nil else { return self }
    var options = self
    options.activations = .int8
    return options
  }

  /// Why what is said of bytes between steps cannot be, as a sentence; nil where it can.
  ///
  /// - Parameter graph: the student's.
  func byteFault(_ graph: Graph) -> String? {
    if activations != .int8 {
      let option = ranges != nil ? "--ranges" : tableLimit != nil ? "--table-limit" : nil
      return option.map { "\($0) is of bytes between steps: give --activations int8 with it" }
    }
    guard let ranges else { return nil }
    return ranges == .samples || graph.saysRanges ? nil
      : "--ranges file is for models of int8, whose files say them: \(model) says none"
  }
}

extension Graph {
  /// Whether a quantized file says between what numbers values are.
  var saysRanges: Bool { values.contains { $0.held != nil } }
}
