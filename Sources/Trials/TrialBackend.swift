// Who judges trials. A backend has the student and the samples; it is given a draw and numbers, makes
// the trials from them, and answers what they cost. Threads of this process are one (ThreadTrials);
// machines, or a device, would be others: what they are asked fits in a message, and no answer
// depends on who else was asked.

import Dispatch
import Execution
import Synchronization

/// Judges the trials of a student on fixed samples. Serves one caller at a time.
package protocol TrialBackend: Sendable {
  /// The mean divergence a sample of each trial, over some of the samples. The student is as it was
  /// afterwards.
  ///
  /// - Parameters:
  ///   - trials: numbers of trials.
  ///   - draw: makes them.
  ///   - samples: a range of the backend's own; 0 is the result for none.
  /// - Returns: one a trial, in their order; no bit of one depends on the others.
  func divergences(of trials: [Int], in draw: Draw, samples: Range<Int>)
    async throws(ExecutionError) -> [Double]
}

extension TrialBackend {
  /// The same for a caller who has nothing to do meanwhile and waits.
  ///
  /// Works on Dispatch's threads: the few that tasks have may all be such callers.
  package func waitForDivergences(of trials: [Int], in draw: Draw, samples: Range<Int>)
    throws(ExecutionError) -> [Double]
  {
    let (answer, isThere) = (Answer(), DispatchSemaphore(value: 0))
    Task.detached(executorPreference: DispatchExecutor()) {
      do throws(ExecutionError) {
        answer.give(.success(try await divergences(of: trials, in: draw, samples: samples)))
      } catch {
        answer.give(.failure(error))
      }
      isThere.signal()
    }
    isThere.wait()
    return try answer.take().get()
  }
}

/// What a task found, for who waits for it.
private final class Answer: Sendable {
  private let found = Mutex(Result<[Double], ExecutionError>.success([]))

  func give(_ result: Result<[Double], ExecutionError>) { found.withLock { $0 = result } }
  func take() -> Result<[Double], ExecutionError> { found.withLock { $0 } }
}

/// Runs tasks on Dispatch's threads, which become more where some wait.
private final class DispatchExecutor: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let (job, executor) = (UnownedJob(job), asUnownedTaskExecutor())
    DispatchQueue.global().async { job.runSynchronously(on: executor) }
  }
}
