// A die as the compiler needs to know it: how much memory there is of which kind, how many lanes
// multiply at once, and what work and accesses cost. It is read strictly (see
// TargetProfile+Reading.swift): a misspelt field is an error, never a default.

/// What a network is compiled for.
public struct TargetProfile: Equatable, Sendable, Codable {
  /// Where parameters lie.
  public struct ParameterMemory: Equatable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
      /// One memory that holds the blob as it is, program beside it.
      case flash
      /// Memories of their own for lanes; plan and small parameters lie in control memory.
      case banks
    }

    public var kind: Kind
    /// Memories for lanes: 1 for flash, 1...56 for banks.
    public var count: Int
    /// Of each memory, 1...2^29 - 1, whole words.
    public var bytes: Int
    /// Bits of a word: a multiple of 8, 8...1024.
    public var width: Int
    /// Of flash: bytes that the program takes. Of banks: bytes of control memory.
    public var side: Int

    public init(kind: Kind, count: Int = 1, bytes: Int, width: Int, side: Int) {
      precondition(kind == .banks || count == 1)
      (self.kind, self.count, self.bytes, self.width) = (kind, count, bytes, width)
      self.side = side
    }
  }

  /// Cycles of work; of instructions where the profile counts those, its clock then being
  /// instructions a second.
  public struct Cycles: Equatable, Sendable, Codable {
    /// For a survivor at one output pixel: fetch, multiply, add.
    public var multiply: Double
    /// To decode a survivor, once.
    public var survivor: Double
    /// To finish and store one output.
    public var output: Double

    public init(multiply: Double, survivor: Double, output: Double) {
      (self.multiply, self.survivor, self.output) = (multiply, survivor, output)
    }
  }

  /// Picojoules.
  public struct Energy: Equatable, Sendable, Codable {
    /// A byte read from parameter memory.
    public var parameterByte: Double
    /// A byte read from or written to activation memory.
    public var activationByte: Double
    /// A cycle of one lane.
    public var cycle: Double

    public init(parameterByte: Double, activationByte: Double, cycle: Double) {
      (self.parameterByte, self.activationByte, self.cycle) = (parameterByte, activationByte, cycle)
    }
  }

  /// What tables of layers may be, where the die's own coder of weights takes few values.
  public struct Tables: Equatable, Sendable, Codable {
    /// Of a layer at most, 2...256; zero is none of them.
    public var levels: Int
    /// The largest integer of a table, 1...127.
    public var limit: Int

    public init(levels: Int, limit: Int) { (self.levels, self.limit) = (levels, limit) }
  }

  public var name: String
  public var parameters: ParameterMemory
  public var activationBytes: Int
  /// Rows that are computed at once, 1...255; a processor has one.
  public var lanes: Int
  public var clockHertz: Double
  public var cycles: Cycles
  public var energy: Energy
  /// Of a processor that runs the C runtime; nil: nobody counted them, or it is none.
  public var instructions: InstructionCosts?
  /// Index bits of the C runtime's look-up tables, 0...12; nil: as it has them by itself.
  public var tableBits: Int?
  /// nil: any, of bytes or wider. Else layers have tables of bytes, and so have activations.
  public var tables: Tables?

  public init(
    name: String, parameters: ParameterMemory, activationBytes: Int, lanes: Int,
    clockHertz: Double, cycles: Cycles, energy: Energy, instructions: InstructionCosts? = nil, tableBits: Int? = nil
  ) {
    self.name = name
    self.parameters = parameters
    self.activationBytes = activationBytes
    self.lanes = lanes
    self.clockHertz = clockHertz
    self.cycles = cycles
    self.energy = energy
    self.instructions = instructions
    self.tableBits = tableBits
  }

  /// Index bits that the C runtime's look-up tables have where nobody says otherwise.
  public static let usualTableBits = 8
  public var usedTableBits: Int { tableBits ?? Self.usualTableBits }
}
