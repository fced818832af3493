import ModelGraph
import ModelLoading
import Testing

/// A small model and what it must become.
struct Form: Sendable, CustomTestStringConvertible {
  let name: String
  let model: ModelBytes
  let fate: Fate
  /// Names of the graph's operations, in order; nil where they do not matter.
  let operations: [String]?
  var testDescription: String { name }

  init(_ name: String, _ model: ModelBytes, gives shape: [Int], by operations: [String]? = nil) {
    (self.name, self.model, self.fate, self.operations) = (name, model, .loads(shape), operations)
  }

  /// The sentence must hold this text.
  init(_ name: String, _ model: ModelBytes, refused text: String) {
    (self.name, self.model, self.fate, self.operations) = (name, model, .refused(text), nil)
  }

  func check() {
    do throws(ModelLoadingError) {
      let loaded = try model.loaded()
      guard case .loads(let shape) = fate else {
        Issue.record("\(name) loads")
        return
      }
      #expect(loaded.outputShape == shape)
      if let operations { #expect(loaded.operationNames == operations) }
    } catch {
      guard case .refused(let text) = fate else {
        Issue.record("\(name): \(error.sentence)")
        return
      }
      #expect(error.sentence.contains(text), "\(error.sentence)")
    }
  }
}
