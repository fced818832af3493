// A blob on a target: what lies in which memory, whether all of it fits, and what one inference
// costs by the target's own figures.

import Blob
import Planning

/// What a target holds of a blob, and an estimate of one inference.
///
/// **An estimate, by this formula.** A lane's work is that of its rows (``LayerWork``). A layer
/// takes as long as its busiest unit: lane i runs on unit i mod `lanes`, and a bank feeds one lane
/// at a time, so the largest sum of work over units and over banks counts. Any other step takes its
/// outputs x cycles.output, divided among the units. Energy of a step is
///
///     its bytes of the blob, each read once,  x energy.parameterByte
///     + bytes of activations read and written, one each of integers, four of float32, x energy.activationByte
///     + cycles of all lanes x energy.cycle
///
/// where a layer reads one activation for each survivor and pixel, writes each output once, and any
/// other step reads its operands once. On a target whose profile has `instructions`, the cycles of a step
/// are what the C runtime takes for it there (``StepWork``, ``InstructionCosts``).
public struct DieReport: Codable, Sendable {
  /// A run of bytes in a bank.
  public struct Lane: Codable, Equatable, Sendable {
    /// The step that the lane's layer is, from 0.
    public var step: Int
    /// Its number in its layer.
    public var lane: Int
    /// Where it begins, in bytes from the bank's beginning.
    public var offset: Int
    /// How long it is.
    public var bytes: Int
  }

  public struct Bank: Codable, Equatable, Sendable {
    /// Room for lanes and pad; of flash what the program and the rest of the blob leave.
    public var capacity: Int
    /// Lanes and pad.
    public var used: Int
    /// Bytes of pad after the last lane.
    public var pad: Int
    /// What lies in it, by rising offset.
    public var lanes: [Lane]
  }

  public struct Step: Codable, Equatable, Sendable {
    /// Its number, from 0.
    public var step: Int
    /// The layer's, where it is known; else the operator with its number.
    public var name: String
    /// Lanes that the layer's rows are dealt to; nil without weights.
    public var lanes: Int?
    /// The busiest unit's work over the mean of all units', 1 or more; nil without weights.
    public var balance: Double?
    /// Clock cycles that it takes.
    public var cycles: Double
    /// Nanojoules that it takes.
    public var nanojoules: Double
  }

  /// A memory that is too small, or banks of which some are.
  public struct Shortage: Codable, Equatable, Sendable {
    /// `flash`, `parameter banks`, `control memory` or `activation memory`.
    public var memory: String
    /// Of banks: over all that are too small.
    public var missingBytes: Int
    /// What takes most of it, and how much.
    public var blame: String
    /// How many bytes that takes.
    public var blameBytes: Int
    /// Of activation memory: what else takes how much of it, and what would help; nil: nothing more is to be said.
    public var more: String?
  }

  /// The target's name.
  public var target: String
  /// Whether no memory is too small.
  public var fits: Bool
  /// Memories that are too small; none if it fits.
  public var shortages: [Shortage]
  /// What lies in each memory of parameters.
  public var banks: [Bank]
  /// Bytes of header, plan and parameters.
  public var controlBytes: Int
  /// Bytes of the memory that is there for them; of flash what the program leaves.
  public var controlCapacity: Int
  /// Bytes of RAM that the C runtime asks for; of a target with banks, which has a decoder of its own, those of activations
  /// alone.
  public var arenaBytes: Int
  /// The least bytes of these that any placing of the activations needs.
  public var arenaLowerBound: Int
  /// Bytes of the memory that is there for activations.
  public var arenaCapacity: Int
  /// Lanes that rows are decoded in at a time.
  public var lanes: Int
  /// What each step takes, in order.
  public var steps: [Step]
  /// Clock cycles of an inference.
  public var cycles: Double
  /// Seconds of an inference, by the target's clock.
  public var seconds: Double
  /// Microjoules of an inference, by the target's energy for each byte and operation.
  public var microjoules: Double
  /// Where cycles are instructions by fitted costs: by how much at most those of a network were off that the
  /// costs were not fitted to, relative; else nil.
  public var instructionError: Double?
  /// A sentence where the blob's rows are dealt otherwise than for this target: it says whether the figures are of the blob as
  /// it is, or, of a die with banks, dealt anew.
  public var placement: String?

  /// Share of the banks that lanes and pads take.
  public var utilisation: Double {
    let room = banks.reduce(0) { $0 + $1.capacity }
    return room > 0 ? Double(banks.reduce(0) { $0 + $1.used }) / Double(room) : 0
  }

  /// Whether it fits, by how many bytes, and what is to blame if not.
  public var sentence: String {
    guard !shortages.isEmpty else { return "the network fits \(target)" }
    let parts = shortages.map {
      "\($0.missingBytes) bytes too many for its \($0.memory), "
        + "where \($0.blame) takes \($0.blameBytes)" + ($0.more.map { " (\($0))" } ?? "")
    }
    return "the network does not fit \(target): " + parts.joined(separator: "; ")
  }
}

extension DieReport {
  /// A blob on a target.
  ///
  /// - Parameters:
  ///   - arenas: what the C runtime asks for with look-up tables of so many index bits; nil where it then refuses the blob.
  ///   - names: of the layers in the order of their steps; none: steps are named.
  package init(
    _ blob: DecodedBlob, arenas: (_ tableBits: Int) -> ArenaParts?, on target: TargetProfile, names: [String] = []
  ) {
    let (model, layout, ledger) = (blob.model, BlobLayout(blob), BlobLedger(blob))
    let memory = target.parameters
    self.target = target.name
    instructionError = target.instructions?.error
    lanes = target.lanes
    controlBytes = layout.controlBytes
    let own = memory.kind == .flash ? arenas(target.usedTableBits) : nil
    let parts = own ?? ArenaParts(activations: model.arenaBytes)
    (arenaBytes, arenaCapacity) = (parts.bytes, target.activationBytes)
    arenaLowerBound = 4 * model.arenaNeed.words
    let flash = max(0, memory.bytes - memory.side)
    controlCapacity = memory.kind == .flash ? flash : memory.side
    let room = memory.kind == .flash ? max(0, flash - layout.controlBytes) : memory.bytes
    // Flash is one memory: of several banks in it the first has the room that the others leave.
    let others = memory.kind == .flash ? layout.banks.dropFirst().map(\.range.count) : []
    banks = (0..<max(memory.count, layout.banks.count)).map { number in
      Bank(
        layout, number,
        capacity: number < memory.count ? max(0, room - others.reduce(0, +)) : number <= others.count ? others[number - 1] : 0)
    }
    steps = DieEstimate(model, layout, ledger, target).steps(Self.names(of: model, names))
    cycles = steps.reduce(0) { $0 + $1.cycles }
    seconds = cycles / target.clockHertz
    microjoules = steps.reduce(0) { $0 + $1.nanojoules } / 1000
    placement = model.isPlaced(on: target) ? nil
      : "its rows are not dealt to the lanes and banks of \(target.name), as for another target: emit-banks deals them anew, and so "
        + "does compile --target"
    (fits, shortages) = (true, [])
    shortages = shortages(model, ledger, memory.kind) + arenaShortage(parts, model.arenaNeed, own == nil ? { _ in nil } : arenas)
    fits = shortages.isEmpty
  }

  private static func names(of model: BlobModel, _ layers: [String]) -> [String] {
    let named = model.layerNames(layers)
    return model.steps.enumerated().map { index, step in named[index] ?? "\(step.name) \(index)" }
  }

  private func shortages(
    _ model: BlobModel, _ ledger: BlobLedger, _ kind: TargetProfile.ParameterMemory.Kind
  ) -> [Shortage] {
    var found: [Shortage] = []
    func check(_ memory: String, _ missing: Int, _ shares: [Int: Int]) {
      guard missing > 0 else { return }
      let most = shares.max { ($0.value, $1.key) < ($1.value, $0.key) }
      found.append(
        Shortage(
          memory: memory, missingBytes: missing,
          blame: most.map { steps[$0.key].name } ?? "the interface", blameBytes: most?.value ?? 0))
    }
    if kind == .flash {
      check("flash", ledger.totalBytes - controlCapacity, Self.shares(ledger.entries))
    } else {
      let full = banks.filter { $0.used > $0.capacity }
      let lanes = full.flatMap(\.lanes).map { ($0.step, $0.bytes) }
      check(
        "parameter banks", full.reduce(0) { $0 + $1.used - $1.capacity },
        Dictionary(lanes, uniquingKeysWith: +))
      let control = ledger.entries.filter { $0.section == .plan || $0.section == .parameters }
      check("control memory", controlBytes - controlCapacity, Self.shares(control))
    }
    return found
  }

  /// Of the activation memory: whether activations, a decoder or a filter take most of it, and what smaller look-up tables
  /// would do.
  private func arenaShortage(_ parts: ArenaParts, _ need: ArenaNeed, _ arenas: (Int) -> ArenaParts?) -> [Shortage] {
    guard arenaBytes > arenaCapacity else { return [] }
    let owner = parts.step.map { steps[$0].name } ?? "a layer"
    let shares = [
      (need.step.map { steps[$0].name } ?? "the interface", 4 * need.words), ("the decoder of \(owner)", parts.tables),
      ("a filter of \(owner)", parts.filter),
    ]
    let most = shares.max { $0.1 < $1.1 } ?? shares[0]
    var more: String?
    if parts.step != nil {
      more = "activations \(parts.activations), the decoder \(parts.tables), a filter \(parts.filter)"
      let fitting = (0...12).reversed().first { bits in arenas(bits).map { $0.bytes <= arenaCapacity } ?? false }
      if let fitting { more? += "; with tables of \(fitting) bits, --table-bits or the target's tableBits, it would fit" }
    }
    return [
      Shortage(
        memory: "activation memory", missingBytes: arenaBytes - arenaCapacity, blame: most.0, blameBytes: most.1, more: more)
    ]
  }

  private static func shares(_ entries: [BlobLedger.Entry]) -> [Int: Int] {
    entries.reduce(into: [:]) { shares, entry in
      if let step = entry.step { shares[step, default: 0] += entry.bytes }
    }
  }
}

extension DieReport.Bank {
  init(_ layout: BlobLayout, _ number: Int, capacity: Int) {
    let bank = number < layout.banks.count ? layout.banks[number] : nil
    self.capacity = capacity
    used = bank?.range.count ?? 0
    pad = bank?.pad ?? 0
    lanes = layout.lanes.filter { $0.bank == number && $0.bits > 0 }
      .map { .init(step: $0.step, lane: $0.number, offset: $0.offset, bytes: $0.bytes) }
      .sorted { $0.offset < $1.offset }
  }
}
