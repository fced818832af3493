// What a student runs as: itself, or the network that takes its window a frame at a time. It is judged and trained by
// windows, which are samples that know nothing of each other; only the blob keeps state.

import Intake
import ModelGraph
import ModelLoading

extension CompileOptions {
  /// A student as the network that its blob is, with what each value of it is in the student; nil: it is the student.
  ///
  /// - Throws: the sentence of ``StreamError`` with the node that stands in the way.
  func deployed(_ student: Graph) throws(CompilerError) -> (graph: Graph, origins: [ValueID])? {
    // A sequence of frames is a window of them.
    guard let stream = stream ?? frames.map({ _ in StreamAxis(axis: isBatchless == true ? 0 : 1) }) else { return nil }
    do {
      return try student.streaming(along: stream, haveBatch: isBatchless != true)
    } catch {
      throw .intake(.inFile(path: model, .loading(error)))
    }
  }
}
