// Which layer is coded how: the same network written in a few ways as a whole, each layer's bytes and
// instructions counted in each, and from the smallest blob the changes taken that give the most instructions
// for a byte.

import Blob
import Foundation
import Planning

/// What a blob is to be best at, layer by layer.
public enum Optimization: String, CaseIterable, Codable, Sendable {
  /// The fewest bytes.
  case size
  /// The least product of bytes and instructions: neither is dear for what the other gains.
  case balanced
  /// The fewest instructions.
  case speed
}

/// What is asked of a blob whose layers are coded each in its own way.
package struct LayerDemand: Equatable, Sendable {
  package var optimization: Optimization
  package var costs: InstructionCosts
  /// At most, of the whole; nil: as many as there are.
  package var bytes: Int?
  package var instructions: Double?
  /// What is known of the inputs of layers; nil: nothing, and none is written by columns.
  package var inputs: MeasuredInputs?

  package init(
    _ optimization: Optimization, costs: InstructionCosts, bytes: Int? = nil, instructions: Double? = nil,
    inputs: MeasuredInputs? = nil
  ) {
    self.inputs = inputs
    (self.optimization, self.costs, self.bytes, self.instructions) = (optimization, costs, bytes, instructions)
  }
}

/// How often inputs of layers were not zero.
package struct MeasuredInputs: Equatable, Sendable {
  /// By step, of those that may be written by columns: the share of inputs.
  package var nonzero: [Int: Double]
  package var samples: Int

  package init(nonzero: [Int: Double], samples: Int) { (self.nonzero, self.samples) = (nonzero, samples) }
}

package struct LayerChoice {
  /// A network's steps, and how its layers are coded.
  package typealias Way = (model: BlobModel, coding: CodingOptions)

  package let model: BlobModel
  package let bytes: [UInt8]

  /// The best of some ways for each layer.
  ///
  /// - Parameter ways: of one network, the first the smallest; they differ in their weights alone.
  /// A kernel that only some layers have is taken where the whole gains a hundredth by it: it is a kilobyte of code, and
  /// that of dense layers beside convolutions four.
  ///
  /// - Complexity: that of writing and reading the blob twice as often as there are ways, and once more for each such
  ///   kernel.
  package init(among ways: [Way], for demand: LayerDemand) throws(BlobError) {
    var candidates: [Candidate] = []
    for way in ways {
      candidates.append(
        try Candidate(way.model, BlobWriter.bytes(for: way.model, options: way.coding), demand))
    }
    var (kept, best) = (Array(ways.indices), try Self.best(ways, candidates, demand))
    for kernel in KernelOfItsOwn.allCases where kernel.isUsed(by: best) {
      let others = kept.filter { !kernel.isAsked(by: ways[$0].coding) }
      guard !others.isEmpty else { continue }
      let plain = try Self.best(others.map { ways[$0] }, others.map { candidates[$0] }, demand)
      if !demand.earnsItsCode(best.point, over: plain.point) { (kept, best) = (others, plain) }
    }
    let without = kept.compactMap { way in ways[way].model.denseAsConvolutions.map { ($0, ways[way].coding) } }
    if without.count == kept.count {
      var written: [Candidate] = []
      for way in without {
        written.append(try Candidate(way.0, BlobWriter.bytes(for: way.0, options: way.1), demand))
      }
      let plain = try Self.best(without, written, demand)
      if !demand.earnsItsCode(best.point, over: plain.point) { best = plain }
    }
    (model, self.bytes) = (best.model, best.bytes)
  }

  /// The best that changes of single layers lead to, and the ways as they are.
  private static func best(_ ways: [Way], _ candidates: [Candidate], _ demand: LayerDemand) throws(BlobError)
    -> Candidate
  {
    let choice = Front(candidates).choice(demand)
    var mixed = ways[0].model
    for (step, way) in choice { mixed.steps[step] = ways[way].model.steps[step] }
    let bytes = try BlobWriter.bytes(
      for: mixed, options: ways[0].coding, layers: choice.mapValues { ways[$0].coding })
    // Layers share pads and alphabets: what the whole takes is seen when it is written.
    let whole = candidates + [try Candidate(mixed, bytes, demand)]
    return whole.min { demand.prefers($0.point, to: $1.point) } ?? whole[0]
  }

  /// Every way in which layers may be written: for size, for small tables, for speed, and as indices what may be.
  package static var codings: [CodingOptions] {
    var indexed = CodingOptions(.flat)
    indexed.takesIndexed = true
    return [CodingOptions.Profile.size, .short, .flat].map { CodingOptions($0) } + [indexed]
  }

  /// For speed, and by columns what may be.
  package static var columns: CodingOptions {
    var options = CodingOptions(.flat)
    options.takesColumns = true
    return options
  }
}

/// Kernels that are code for one mask alone.
private enum KernelOfItsOwn: CaseIterable {
  case columns, indexed

  func isAsked(by coding: CodingOptions) -> Bool {
    switch self {
    case .columns: coding.takesColumns
    case .indexed: coding.takesIndexed
    }
  }

  func isUsed(by candidate: Candidate) -> Bool {
    switch self {
    case .columns: candidate.masks.contains(.columns)
    case .indexed: candidate.masks.contains(.indexed)
    }
  }
}

extension BlobModel {
  /// The same without dense layers: those of integers, beside convolutions of integers, are convolutions of one place.
  /// nil: there are none, or some that cannot be so.
  fileprivate var denseAsConvolutions: BlobModel? {
    var (model, changed, hasConvolutions) = (self, false, false)
    for (index, step) in steps.enumerated() where step.weights != nil {
      guard case .integer(var integer) = step else { return nil }
      if case .convolution = integer.form {
        hasConvolutions = true
      } else if case .dense(let dense) = integer.form, dense.r == 1 {
        integer.form = .convolution(
          BlobConvolution(
            x: dense.x, y: dense.y, c: dense.i, h: 1, w: 1, o: dense.o, oh: 1, ow: 1, kh: 1, kw: 1, finish: nil,
            weights: dense.weights))
        model.steps[index] = .integer(integer)
        changed = true
      } else {
        return nil
      }
    }
    return changed && hasConvolutions ? model : nil
  }
}

/// What a layer takes, or a blob.
private struct Point: Equatable {
  let bytes: Int
  let instructions: Double
}

/// A blob as it was written.
private struct Candidate {
  let model: BlobModel
  let bytes: [UInt8]
  let point: Point
  /// By step.
  let layers: [Int: Point]
  let masks: Set<MaskKind>

  init(_ model: BlobModel, _ bytes: [UInt8], _ demand: LayerDemand) throws(BlobError) {
    let costs = demand.costs
    (self.model, self.bytes) = (model, bytes)
    let blob = try DecodedBlob(bytes)
    let ledger = BlobLedger(blob).layers
    masks = Set(ledger.map(\.mask))
    let pairs = ledger.map { layer in
      let work = StepWork(
        blob.model.steps[layer.step], layer, on: costs, inputs: demand.inputs?.nonzero[layer.step])
      return (layer.step, Point(bytes: layer.bytes, instructions: work.instructions(costs)))
    }
    layers = Dictionary(uniqueKeysWithValues: pairs)
    let others = model.steps.indices.filter { model.steps[$0].weights == nil }
      .reduce(0) { $0 + StepWork(model.steps[$1], nil, on: costs).instructions(costs) }
    point = Point(bytes: bytes.count, instructions: pairs.reduce(others) { $0 + $1.1.instructions })
  }
}

extension LayerDemand {
  /// Whether one blob is better than another: by the limits that it breaks, then by the goal.
  fileprivate func prefers(_ one: Point, to other: Point) -> Bool {
    let (ones, others) = (excess(one), excess(other))
    return ones != others ? ones < others : rank(one) < rank(other)
  }

  /// Whether a blob is better than another by enough to make up for a kernel of its own.
  fileprivate func earnsItsCode(_ one: Point, over other: Point) -> Bool {
    excess(one) < excess(other) || excess(one) == excess(other) && rank(one).0 < 0.99 * rank(other).0
  }

  /// By how much limits are broken, as shares of them added up.
  private func excess(_ point: Point) -> Double {
    let size = bytes.map { Double(point.bytes) / Double($0) - 1 } ?? 0
    let time = instructions.map { point.instructions / $0 - 1 } ?? 0
    return max(0, size) + max(0, time)
  }

  /// The less, the better.
  private func rank(_ point: Point) -> (Double, Double) {
    switch optimization {
    case .size: (Double(point.bytes), point.instructions)
    case .balanced: (Double(point.bytes) * point.instructions, 0)
    case .speed: (point.instructions, Double(point.bytes))
    }
  }
}

/// From the smallest blob to the fastest, a layer's change at a time.
private struct Front {
  private struct Change {
    let step, way, bytes: Int
    let instructions: Double
  }

  private let steps: [Int]
  private let changes: [Change]
  private let start: Point

  init(_ ways: [Candidate]) {
    steps = ways[0].layers.keys.sorted()
    start = ways[0].point
    let changes = steps.flatMap { step in Self.changes(step, ways.compactMap { $0.layers[step] }) }
    self.changes = changes.sorted {
      (Double($0.bytes) * $1.instructions, $0.step) < (Double($1.bytes) * $0.instructions, $1.step)
    }
  }

  /// The lower hull of a layer's ways from the smallest on, each corner as what changes from the one before.
  private static func changes(_ step: Int, _ points: [Point]) -> [Change] {
    var changes: [Change] = []
    var at = points[0]
    while true {
      let better = points.indices.filter { points[$0].instructions < at.instructions }
      let next = better.min {
        (slope(at, points[$0]), -points[$0].instructions) < (slope(at, points[$1]), -points[$1].instructions)
      }
      guard let next else { return changes }
      changes.append(
        Change(
          step: step, way: next, bytes: max(0, points[next].bytes - at.bytes),
          instructions: at.instructions - points[next].instructions))
      at = points[next]
    }
  }

  /// Bytes for an instruction.
  private static func slope(_ from: Point, _ to: Point) -> Double {
    Double(max(0, to.bytes - from.bytes)) / (from.instructions - to.instructions)
  }

  /// By step, the number of the way.
  func choice(_ demand: LayerDemand) -> [Int: Int] {
    var points = [start]
    for change in changes {
      let last = points[points.count - 1]
      points.append(
        Point(bytes: last.bytes + change.bytes, instructions: last.instructions - change.instructions))
    }
    let taken = points.indices.min { demand.prefers(points[$0], to: points[$1]) } ?? 0
    var choice = Dictionary(uniqueKeysWithValues: steps.map { ($0, 0) })
    for change in changes.prefix(taken) { choice[change.step] = change.way }
    return choice
  }
}

extension InstructionCosts {
  /// Instructions of one inference of a blob.
  package func instructions(of blob: DecodedBlob, inputs: MeasuredInputs? = nil) -> Double {
    let layers = Dictionary(uniqueKeysWithValues: BlobLedger(blob).layers.map { ($0.step, $0) })
    return blob.model.steps.indices.reduce(0) {
      $0 + StepWork(blob.model.steps[$1], layers[$1], on: self, inputs: inputs?.nonzero[$1]).instructions(self)
    }
  }
}

/// About how many instructions an inference takes.
public struct InstructionEstimate: Codable, Equatable, Sendable {
  /// Whose instructions they are.
  public var target: String
  /// About how many an inference takes.
  public var instructions: Double
  /// By how much at most the estimates of networks were off that the costs were not fitted to, relative.
  public var error: Double
  /// Layers that are stored by columns, so that inputs of zero cost nothing; nil: none is.
  public var columnLayers: Int?
  /// Share of their inputs that was zero, 0 to 1; nil where there are none.
  public var zeroInputs: Double?
  /// In how many samples these were counted; nil where there are none.
  public var inputSamples: Int?

  package init(
    _ blob: DecodedBlob, _ costs: InstructionCosts, target: String, inputs: MeasuredInputs? = nil
  ) {
    self.target = target
    instructions = costs.instructions(of: blob, inputs: inputs)
    error = costs.error
    let layers = BlobLedger(blob).layers.filter { $0.mask == .columns }
    guard let inputs, !layers.isEmpty else { return }
    let nonzero = layers.reduce(0) { $0 + Double($1.columns) * (inputs.nonzero[$1.step] ?? 1) }
    (columnLayers, inputSamples) = (layers.count, inputs.samples)
    zeroInputs = 1 - nonzero / layers.reduce(0) { $0 + Double($1.columns) }
  }

  public var text: String {
    String(format: "about %.0f instructions an inference on ", instructions) + target
      + String(format: ": an estimate, up to %.0f %% off on networks that it was not fitted to", 100 * error)
      + columnText
  }

  private var columnText: String {
    guard let columnLayers, let zeroInputs, let inputSamples else { return "" }
    return "; \(columnLayers) layers pass over inputs that are zero, "
      + String(format: "%.0f %% of theirs in \(inputSamples) calibration samples", 100 * zeroInputs)
  }

  /// A sentence where they are more than a limit.
  package func broken(_ limit: Int?) -> String? {
    guard let limit, instructions > Double(limit) else { return nil }
    return String(format: "takes about %.0f instructions on ", instructions)
      + "\(target) by estimate, more than --max-instructions \(limit)"
  }
}
