import Blob
import Datasets
import ModelLoading

/// What can be wrong with files that a user names, and with what they are to be used for.
public indirect enum IntakeError: Error, Equatable, Sendable {
  /// What is wrong with a file, or with something in it.
  case inFile(path: String, IntakeError)
  /// A file is something else than what it is given as.
  case wrongFile(path: String, reason: String)
  case loading(ModelLoadingError)
  case data(DatasetError)
  case blob(BlobError)
  case cannotRead(path: String, reason: String)
  /// Samples, labels and network do not belong together.
  case unfit(reason: String)
  /// What was asked for contradicts itself.
  case usage(reason: String)

  /// One sentence: what is wrong, where, and what to do where that helps.
  public var sentence: String {
    switch self {
    case .inFile(let path, let error): "\(path): \(error.sentence)"
    case .wrongFile(let path, let reason): "\(path): \(reason)"
    case .loading(let error): error.sentence
    case .data(let error): error.sentence
    case .blob(let error): error.sentence
    case .cannotRead(let path, let reason): "cannot read \(path): \(reason)"
    case .unfit(let reason): reason
    case .usage(let reason): reason
    }
  }

  /// The error with the file's name, unless its sentence has it already.
  func naming(_ path: String) -> IntakeError {
    path.isEmpty || sentence.contains(path) ? self : .inFile(path: path, self)
  }

  /// The error, or what the file plainly is instead where that tells more.
  func orWrong(_ path: String, is role: FileKind.Role) -> IntakeError {
    guard let kind = FileKind(path: path), !kind.mayBe(role) else { return self }
    return .wrongFile(path: path, reason: kind.sentence(for: role))
  }
}

extension FileKind {
  /// Refuses a file that is plainly something else than what it is given as.
  package static func check(_ path: String, is role: Role) throws(IntakeError) {
    guard let kind = FileKind(path: path), !kind.mayBe(role) else { return }
    throw .wrongFile(path: path, reason: kind.sentence(for: role))
  }
}
