import Blob
import Execution
import Verification

/// What can go wrong while integers are chosen for a student.
public enum CalibrationError: Error, Equatable, Sendable {
  case execution(ExecutionError)
  case blob(BlobError)
  /// A blob that was written to be measured.
  case verification(VerificationError)

  /// One sentence: what is wrong, and where.
  public var sentence: String {
    switch self {
    case .execution(let error): error.sentence
    case .blob(let error): error.sentence
    case .verification(let error): error.sentence
    }
  }
}
