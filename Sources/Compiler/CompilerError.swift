// Everything that can go wrong between a command's arguments and its result.

import Blob
import Calibration
import Execution
import Intake
import ModelGraph
import Planning
import Verification

public indirect enum CompilerError: Error, Equatable, Sendable {
  /// What is wrong with a file, or with something in it.
  case inFile(path: String, CompilerError)
  /// A model, samples or labels that cannot be taken.
  case intake(IntakeError)
  case graph(GraphError)
  case execution(ExecutionError)
  case blob(BlobError)
  case verification(VerificationError)
  case calibration(CalibrationError)
  case cannotRead(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  case badCheckpoint(path: String, reason: String)
  /// A target profile cannot be read.
  case badTarget(path: String, TargetError)
  /// A run's record; the sentence names its place.
  case badRecord(sentence: String)
  /// An option's value does not fit the model or the data.
  case unfit(reason: String)
  /// No result keeps to a limit that was given.
  case outOfLimit(reason: String)
  /// The command's options contradict one another or the checkpoint.
  case usage(reason: String)
  /// The user asked to stop; the run so far is in the checkpoint.
  case interrupted(checkpoint: String?)

  /// One sentence: what is wrong, where, and what to do where that helps.
  public var sentence: String {
    switch self {
    case .inFile(let path, let error): "\(path): \(error.sentence)"
    case .intake(let error): error.sentence
    case .graph(let error): error.sentence
    case .execution(let error): error.sentence
    case .blob(let error): error.sentence
    case .verification(let error): error.sentence
    case .calibration(let error): error.sentence
    case .cannotRead(let path, let reason): "cannot read \(path): \(reason)"
    case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
    case .badCheckpoint(let path, let reason): "\(path) cannot be taken up: \(reason)"
    case .badTarget(let path, let error): "the target \(path) cannot be read: \(error.sentence)"
    case .badRecord(let sentence): sentence
    case .unfit(let reason): reason
    case .outOfLimit(let reason): reason
    case .usage(let reason): reason
    case .interrupted(let checkpoint?): "stopped; \(checkpoint) holds the run so far"
    case .interrupted(nil): "stopped before there was anything to keep"
    }
  }
}

/// What a computation gives, its errors as this module's.
package func executing<R>(_ body: () throws(ExecutionError) -> R) throws(CompilerError) -> R {
  do {
    return try body()
  } catch .stopped {
    throw .interrupted(checkpoint: nil)
  } catch {
    throw .execution(error)
  }
}

/// What holding a blob up to its teacher gives, its errors as this module's.
package func verifying<R>(_ body: () throws(VerificationError) -> R) throws(CompilerError) -> R {
  do { return try body() } catch { throw .verification(error) }
}
