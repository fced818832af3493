// How this process was started, by what launchers of MPI leave in the environment. Only a process that
// says it is one of several ever looks for an MPI.

import Foundation

/// Whether this process is one of several that `mpirun` started.
public enum Launch: Equatable, Sendable {
  /// By itself, or as the only one.
  case alone
  /// One of several of Open MPI.
  case rank(Int)
  /// One of several of another MPI, whose ranks cannot be joined.
  case foreign(rank: Int)

  /// What an environment says.
  public init(_ environment: [String: String]) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    if let count = number("OMPI_COMM_WORLD_SIZE") {
      self = count > 1 ? .rank(number("OMPI_COMM_WORLD_RANK") ?? 0) : .alone
    } else if let count = number("PMI_SIZE"), count > 1 {
      self = .foreign(rank: number("PMI_RANK") ?? 0)
    } else {
      self = .alone
    }
  }

  /// Of this process.
  public static let present = Launch(ProcessInfo.processInfo.environment)

  /// Whether this is the process that prints and writes.
  public var isFirst: Bool {
    switch self {
    case .alone: true
    case .rank(let rank), .foreign(let rank): rank == 0
    }
  }
}
