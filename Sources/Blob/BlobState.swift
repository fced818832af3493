import Tensors

/// A tensor that is kept from one run to the next. Formats/Blob.md, "States".
public struct BlobState: Equatable, Sendable {
  /// What it holds before the first run.
  public enum Beginning: Equatable, Sendable {
    /// Every element stands for 0.
    case zero
    /// Of a float32 tensor as many numbers as it has, not absent.
    case numbers(StoredNumbers)
    /// Of a tensor of bytes its elements.
    case bytes([UInt8])
  }

  /// Not of int32.
  public var tensor: BlobTensor
  public var beginning: Beginning

  public init(tensor: BlobTensor, beginning: Beginning = .zero) {
    (self.tensor, self.beginning) = (tensor, beginning)
  }

  /// Its elements before the first run: little-endian, as they lie in memory.
  ///
  /// - Precondition: the model passed ``BlobModel/check()``.
  public var elements: [UInt8] {
    switch beginning {
    case .bytes(let bytes): bytes
    case .numbers(let numbers): numbers.values.flatMap { $0.bitPattern.littleBytes }
    case .zero where tensor.type.isOfWords: [UInt8](repeating: 0, count: 4 * tensor.count)
    case .zero: [UInt8](repeating: UInt8(truncatingIfNeeded: tensor.zeroPoint), count: tensor.count)
    }
  }

  func check(arenaWords: Int, from word: Int) throws(BlobFault) {
    if tensor.type == .int32 { throw .misplaced("a state of int32") }
    try tensor.check(arena: ArenaRule(words: arenaWords))
    guard tensor.place == word else { throw .range("the state's place", tensor.place, allowed: word...word) }
    switch beginning {
    case .zero: break
    case .numbers(let numbers):
      if !tensor.type.isOfWords { throw .misplaced("numbers of a state of bytes") }
      try Rule.numbers("the state's beginning", numbers, count: tensor.count)
    case .bytes(let bytes):
      if tensor.type.isOfWords { throw .misplaced("bytes of a state of float32") }
      try Rule.length("the state's beginning", bytes.count, tensor.count)
    }
  }
}

extension BlobModel {
  /// Words of the arena that states take, which are its first.
  package var stateWords: Int { states.last.map { $0.tensor.words.upperBound } ?? 0 }

  /// Bytes of state, as `kgl_state_bytes` says.
  public var stateBytes: Int { 4 * stateWords }

  /// States one behind another, and what lies where.
  func checkStates() throws(BlobError) {
    try at(.header) { () throws(BlobFault) in
      try Rule.count("the number of states", states.count, 0...BlobFormat.interfaceCount.upperBound)
    }
    var word = 0
    for (index, state) in states.enumerated() {
      try at(.state(index)) { () throws(BlobFault) in try state.check(arenaWords: arenaBytes / 4, from: word) }
      word = state.tensor.words.upperBound
    }
  }
}

extension UInt32 {
  fileprivate var littleBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
