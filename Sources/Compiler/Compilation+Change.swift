// Other options for a run that has begun. An option acts in certain stages; it is taken over where
// one of these is left to do or can be done again, and refused by its name where none is. Tables can
// always be made again. The evolution goes on where more zeros are asked for than there are.

import Evolution
import ModelGraph

/// What an option acts on.
public enum Stage: Hashable, Sendable {
  /// What the whole run rests on from its first cycle on.
  case beginning
  /// Samples and how answers to them are judged; read again for whatever is left.
  case samples
  /// How far zeros go.
  case targets
  /// The course of the cycles, which is planned anew from where they are.
  case plan
  case cycles
  case finalSteps
  case quantize
  case encode
  /// How fast it goes, and nothing else.
  case speed
}

/// An option whose value is not the one that the run has.
public struct Alteration: Sendable {
  /// As it is written, `--sparsity`.
  public var option: String
  /// Where it acts.
  public var stages: Set<Stage>

  public init(_ option: String, in stages: Set<Stage>) {
    (self.option, self.stages) = (option, stages)
  }
}

extension Compilation {
  /// The run with other options, for what is left of it.
  ///
  /// - Parameters:
  ///   - alterations: what is other in these options than in those that the run has.
  ///   - stages: those that the caller does or leaves to others to do.
  /// - Throws: ``CompilerError/usage(reason:)`` where an option comes too late, or asks for fewer
  ///   zeros than there are. What reading samples throws.
  public func changed(
    to options: CompileOptions, _ alterations: [Alteration], doing: Set<Stage>
  ) throws(CompilerError) -> Compilation {
    guard !alterations.isEmpty else { return self }
    let options = options.followingTarget
    try options.check()
    try options.check(against: stages.student)
    try refuseFewerZeros(options)
    let goesOn = doing.contains(.targets) && asksForMore(options)
    let left = stagesLeft.union(goesOn ? [.targets, .plan, .cycles, .finalSteps] : [])
      .intersection(doing)
    for alteration in alterations where alteration.stages.isDisjoint(with: left) {
      throw .usage(reason: refusal(alteration))
    }
    let altered = alterations.reduce(into: Set<Stage>()) { $0.formUnion($1.stages) }
      .intersection(left)
    var progress = goesOn ? .evolved(progress.evolved.reopened) : progress
    if !altered.isDisjoint(with: [.targets, .plan]) { progress.evolved.pools = nil }
    if altered.contains(.finalSteps) { progress.evolved.finalStepsPlanned = nil }
    if altered.contains(.quantize) { progress = progress.withoutTables }
    let readsAnew = !altered.isDisjoint(with: [.beginning, .samples])
    return Compilation(
      readsAnew ? try stages.readingAnew(options) : try stages.with(options), progress, like: self)
  }

  /// What is not over, or can be done again.
  private var stagesLeft: Set<Stage> {
    var left: Set<Stage> = [.samples, .quantize, .encode, .speed]
    if evolved.isOver { return left }
    left.insert(.finalSteps)
    if evolved.trainsLast { return left }
    left.formUnion([.targets, .plan, .cycles])
    if evolved.state.cycles.isEmpty { left.insert(.beginning) }
    return left
  }

  private var evolved: Evolved { progress.evolved }
  private var student: Graph { stages.student }

  private func refusal(_ alteration: Alteration) -> String {
    let run = checkpointPath ?? "the run"
    if alteration.stages == [.beginning] {
      return "\(alteration.option) cannot be another than the one that \(run) began with"
    }
    if !alteration.stages.isDisjoint(with: stagesLeft) {
      return "\(alteration.option) acts before this stage: kinglet quantize \(run) takes it"
    }
    return "\(alteration.option) comes too late for \(run): what it acts on is over, and goes on only "
      + "with a higher --sparsity or another limit"
  }

  // MARK: Zeros

  /// A zero stays one.
  private func refuseFewerZeros(_ wanted: CompileOptions) throws(CompilerError) {
    guard !evolved.state.cycles.isEmpty else { return }
    func check(_ option: String, _ share: Double, _ present: Double, of weights: Int)
      throws(CompilerError)
    {
      guard share + 1 / Double(max(weights, 1)) < present else { return }
      throw .usage(
        reason: "\(option)\(share) is fewer zeros than the run has by now, \(present.percent), and a zero "
          + "stays one")
    }
    if let share = wanted.sparsity, share != options.sparsity {
      let present = stages.sparsity(evolved, progress.quantized?.tables)
      try check("--sparsity ", share, present, of: student.layers.reduce(0) { $0 + $1.weightCount })
    }
    for (pattern, share) in wanted.layerSparsity where options.layerSparsity[pattern] != share {
      for index in student.layers.indices where Pattern(pattern).matches(student.layers[index].name) {
        let present = self.present([index])
        try check("--layer-sparsity \(pattern)=", share, present.share, of: present.weights)
      }
    }
    for (pattern, share) in wanted.poolSparsity where options.poolSparsity[pattern] != share {
      let present = self.present(members(pattern))
      try check("--pool \(pattern)=", share, present.share, of: present.weights)
    }
  }

  /// The share of zeros of some layers, and how many weights they have.
  private func present(_ layers: [Int]) -> (share: Double, weights: Int) {
    let weights = layers.reduce(0) { $0 + student.layers[$1].weightCount }
    let alive = layers.reduce(0) { $0 + evolved.survivors(student.layers[$1]) }
    return (1 - Double(alive) / Double(max(weights, 1)), weights)
  }

  private func members(_ pattern: String) -> [Int] {
    student.layers.indices.filter { Pattern(pattern).matches(student.layers[$0].name) }
  }

  /// Whether an evolution that is over, or trains for the last time, has to go on.
  private func asksForMore(_ wanted: CompileOptions) -> Bool {
    guard evolved.isOver || evolved.trainsLast else { return false }
    func isMore(_ share: Double?, than old: Double?, _ layers: [Int]) -> Bool {
      guard let share, share != old else { return false }
      let present = self.present(layers)
      return share > present.share + 1 / Double(max(present.weights, 1))
    }
    let all = Array(student.layers.indices)
    if isMore(wanted.sparsity, than: options.sparsity, all) { return true }
    for (pattern, share) in wanted.layerSparsity
    where members(pattern).contains(where: { isMore(share, than: options.layerSparsity[pattern], [$0]) }) {
      return true
    }
    for (pattern, share) in wanted.poolSparsity
    where isMore(share, than: options.poolSparsity[pattern], members(pattern)) {
      return true
    }
    let (new, old) = (wanted.limits, options.limits)
    func isLooser(_ new: Double?, _ old: Double?) -> Bool { old.map { (new ?? .infinity) > $0 } ?? false }
    return new.bytes ?? .max < old.bytes ?? .max
      || isLooser(new.loss, old.loss) || isLooser(new.divergence, old.divergence)
  }
}
