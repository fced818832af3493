// Everything that can go wrong between a command's arguments and its result.

import Blob
import Datasets
import Edge
import Emulation
import Execution
import ModelGraph
import ModelLoading
import Planning

public indirect enum CompilerError: Error, Equatable, Sendable {
  /// What is wrong with a file, or with something in it.
  case inFile(path: String, CompilerError)
  /// A file is something else than what it is given as.
  case wrongFile(path: String, reason: String)
  case loading(ModelLoadingError)
  case data(DatasetError)
  case graph(GraphError)
  case execution(ExecutionError)
  case blob(BlobError)
  case runtime(RuntimeStatus)
  case emulation(EmulationError)
  /// An integer blob for which the C runtime and the emulator give different bytes.
  case emulationDiffers(sample: Int, output: Int)
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
    case .wrongFile(let path, let reason): "\(path): \(reason)"
    case .loading(let error): error.sentence
    case .data(let error): error.sentence
    case .graph(let error): error.sentence
    case .execution(let error): error.sentence
    case .blob(let error): error.sentence
    case .runtime(.selfTest):
      "the self-test fails: the C runtime answers a sample otherwise than the blob expects"
    case .runtime(let status): "the C runtime refuses the blob: \(status)"
    case .emulation(let error): error.sentence
    case .emulationDiffers(let sample, let output):
      "output \(output) of sample \(sample) differs between the C runtime and its emulation: one of them "
        + "does not follow the format"
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
func executing<R>(_ body: () throws(ExecutionError) -> R) throws(CompilerError) -> R {
  do { return try body() } catch { throw .execution(error) }
}
