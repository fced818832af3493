/// Why ranks cannot work together.
public enum RankError: Error, Equatable, Sendable {
  /// Started by an MPI that is not Open MPI.
  case foreignLauncher
  /// Open MPI's library is not there.
  case noLibrary
  /// What bears its name is another MPI's.
  case foreignLibrary
  /// MPI answered with this code.
  case engine(code: Int)
  /// The command does not share its work.
  case notShared(command: String)
  /// A rank holds another thing than the first has.
  case differs(rank: Int, what: String)
  /// A rank has come to other numbers on the way.
  case apart(rank: Int)
  /// A rank has failed by itself.
  case failed(rank: Int, sentence: String, status: Int)

  /// One sentence: what is wrong, and what to do.
  public var sentence: String {
    switch self {
    case .foreignLauncher:
      "this MPI is not Open MPI, whose ranks alone can share a run: start them with Open MPI's mpirun "
        + "(Debian's openmpi-bin), or one process without mpirun"
    case .noLibrary:
      "mpirun started this, but Open MPI's library libmpi.so.40 is not found: install openmpi-bin on every "
        + "machine, or name its folder in LD_LIBRARY_PATH"
    case .foreignLibrary:
      "the MPI library that is found is not Open MPI's, 4 or later: put the folder of Open MPI's libmpi.so.40 "
        + "first in LD_LIBRARY_PATH"
    case .engine(let code):
      "Open MPI cannot begin, by its code \(code): mend what mpirun says beside this, or start one process without mpirun"
    case .notShared(let command):
      "\(command) does not share its work among ranks: run it without mpirun (evolve and compile do)"
    case .differs(let rank, let what):
      "rank \(rank) holds other \(what) than rank 0: every rank needs the same files and the same options"
    case .apart(let rank):
      "rank \(rank) computes other numbers than rank 0 from the same student: use machines with processors "
        + "and libraries of one kind"
    case .failed(let rank, let sentence, _): "rank \(rank): \(sentence)"
    }
  }

  /// The command's exit status.
  public var status: Int {
    switch self {
    case .notShared: 2
    case .failed(_, _, let status): status
    case .foreignLauncher, .noLibrary, .foreignLibrary, .engine, .differs, .apart: 3
    }
  }
}
