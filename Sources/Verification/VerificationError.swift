import Blob
import Edge
import Emulation
import Execution

/// What can go wrong where a blob is held up to its teacher.
public enum VerificationError: Error, Equatable, Sendable {
  case execution(ExecutionError)
  case blob(BlobError)
  /// What the C runtime refuses, and why.
  case runtime(RuntimeStatus)
  case emulation(EmulationError)
  /// An integer blob for which the C runtime and the emulator give different bytes.
  case emulationDiffers(sample: Int, output: Int)
  /// The blob, the network and the samples do not belong together, or give no numbers.
  case unfit(reason: String)

  /// One sentence: what is wrong, where, and what to do where that helps.
  public var sentence: String {
    switch self {
    case .execution(let error): error.sentence
    case .blob(let error): error.sentence
    case .runtime(.selfTest):
      "the self-test fails: the C runtime answers a sample otherwise than the blob expects"
    case .runtime(let status): "the C runtime refuses the blob: \(status)"
    case .emulation(let error): error.sentence
    case .emulationDiffers(let sample, let output):
      "output \(output) of sample \(sample) differs between the C runtime and its emulation: one of them "
        + "does not follow the format"
    case .unfit(let reason): reason
    }
  }
}

/// What a computation gives, its errors as this module's.
func executing<R>(_ body: () throws(ExecutionError) -> R) throws(VerificationError) -> R {
  do { return try body() } catch { throw .execution(error) }
}

extension EdgeRuntime {
  /// An open blob, refused in this module's errors.
  package static func opened(_ bytes: [UInt8]) throws(VerificationError) -> EdgeRuntime {
    do { return try EdgeRuntime(bytes) } catch { throw .runtime(error) }
  }
}
