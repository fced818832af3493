extension ModelLoadingError {
  /// One sentence for people: the place, the cause and, where it helps, what to do.
  public var sentence: String {
    switch self {
    case .file(let path, let reason): "\(path): \(reason)"
    case .encoding(let offset, let reason):
      "the file is not an ONNX model or is damaged: at byte \(offset), \(reason); copy or export it again"
    case .flatBuffer(let offset, let reason):
      "the file is not a TensorFlow Lite model or is damaged: at byte \(offset), \(reason); copy or convert it again"
    case .section(let line, let name, let reason): "line \(line), \(name): \(reason)"
    case .model(let reason): "the model cannot be read: \(reason)"
    case .input(let name, let reason): "input \(name): \(reason)"
    case .output(let name, let reason): "output \(name): \(reason)"
    case .needs(let needs): needs.sentence
    case .unsupported(let node, let op, let reason): "node \(node) (\(op)): \(reason)"
    case .mixesSamples(let node, let op, let reason):
      "node \(node) (\(op)): \(reason), so that samples of a batch would mix"
    case .unfit(let node, let op, let reason): "node \(node) (\(op)): \(reason)"
    case .missingValue(let node, let op, let value):
      "node \(node) (\(op)): it reads \(value), which nothing makes: export the model again"
    case .tensor(let name, let node, let op, let reason):
      node.isEmpty ? "tensor \(name): \(reason)" : "node \(node) (\(op)): tensor \(name): \(reason)"
    case .cycle(let node, let op): "node \(node) (\(op)): it needs its own result: export the model again"
    case .stream(let error): error.sentence
    }
  }
}
