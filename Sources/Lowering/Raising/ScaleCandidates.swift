// Which scales of a group are tried for a node, the likeliest first.

import FixedPoint
import ModelGraph

struct ScaleCandidates {
  /// Numbers, each with those of float32 around it.
  private var around: [(centre: Float, places: Int)] = []
  /// Intervals of which every number of float32 is tried.
  private var intervals: [ClosedRange<Double>] = []
  /// From a number on, all others with a mantissa of their own.
  private var all: Float?
  private var number = 0
  private var place = 0

  /// - Parameter group: the one group of the node that has no scale yet.
  init(_ recovery: inout ScaleRecovery, _ group: Int, _ node: Node) {
    if let tied = recovery.tied(group) {
      around = [(tied, 12)]
      return
    }
    let isMade = recovery.groups.group(node.output) == group
    switch recovery.facts[node.output] {
    case .rows? where isMade:
      guard let x = recovery.encoding(node.inputs[0]), let layer = recovery.layer(node) else { return }
      if layer.isHard {
        let scale = Double(x.scale)
        intervals = recovery.ratios(node, layer).map { $0.lowerBound * scale...$0.upperBound * scale }
      } else {
        around = recovery.wanted(of: node.output) + [(x.scale, 0)]
        all = x.scale
      }
    case .table(let scaling)? where isMade:
      guard let x = recovery.encoding(node.inputs[0]), let ratios = recovery.ratios(node, scaling) else { return }
      around = ByteScaling.trials(ratios).map { (Float(Double(x.scale) / $0), 0) }
    case .function(let function)?: around = Self.around(function, recovery, isMade, node)
    case .product(let product)?: around = Self.around(product.rescale.real, recovery, isMade, node)
    case .own(.product(let factor), _)?: around = Self.around(factor, recovery, isMade, node)
    case .rows?, .sum?, .mean?, .softmax?, .logSoftmax?, .table?, .prelu?, .border?, .cut?, .edge?, .bytes?, .own?, nil:
      around = [(recovery.anyScale, 0)]
    }
  }

  private static func around(_ function: FunctionTable, _ recovery: ScaleRecovery, _ isMade: Bool, _ node: Node)
    -> [(centre: Float, places: Int)]
  {
    guard isMade else {
      guard let y = recovery.encoding(node.output) else { return [(recovery.anyScale, 0)] }
      return function.arguments(to: y.scale).map { ($0, 0) }
    }
    guard let x = recovery.encoding(node.inputs[0]) else { return [(recovery.anyScale, 0)] }
    return function.results(from: x.scale).map { ($0, 0) }
  }

  /// Of a product's values the one that the other two and its factor say.
  private static func around(_ factor: Double, _ recovery: ScaleRecovery, _ isMade: Bool, _ node: Node)
    -> [(centre: Float, places: Int)]
  {
    let scales = (node.inputs + [node.output]).map { recovery.encoding($0).map { Double($0.scale) } }
    let given = scales.compactMap { $0 }
    guard given.count == 2 else { return [(recovery.anyScale, 0)] }
    if isMade { return [(Float(given[0] * given[1] / factor), 12)] }
    return scales[2].map { [(Float(factor * $0 / given[0]), 12)] } ?? [(recovery.anyScale, 0)]
  }

  mutating func next() -> Float? {
    while let first = around.first {
      guard place <= 2 * first.places else {
        (around, place) = (Array(around.dropFirst()), 0)
        continue
      }
      defer { place += 1 }
      return first.centre.moved(by: (place + 1) / 2 * (place % 2 == 0 ? -1 : 1))
    }
    while let interval = intervals.last {
      var scale = Float(interval.lowerBound)
      if Double(scale) < interval.lowerBound { scale = scale.nextUp }
      scale = scale.moved(by: place)
      if Double(scale) <= interval.upperBound {
        place += 1
        return scale
      }
      intervals.removeLast()
      place = 0
    }
    guard let first = all, number < 1 << 23 else { return nil }
    // Far apart, each once: the step is odd.
    number += 1
    let mantissa = (first.significandBitPattern &+ UInt32(truncatingIfNeeded: number &* 5_033_165)) & 0x7F_FFFF
    return Float(sign: .plus, exponentBitPattern: first.exponentBitPattern, significandBitPattern: mantissa)
  }
}

extension ScaleRecovery {
  /// The scale of a group by that of another of its class; nil: none has one.
  func tied(_ group: Int) -> Float? {
    let own = groups.place(group)
    let others = scales.filter { $0.key != group && groups.place($0.key).root == own.root }
    return others.min { $0.key < $1.key }.map { other in
      Float(Double(other.value) * own.ratio / groups.place(other.key).ratio)
    }
  }

  /// A scale of which nothing is known.
  var anyScale: Float { scales.min { $0.key < $1.key }?.value ?? 0x1p-4 }

  /// Scales that what reads a value gives: so that its layer has the blob's very factors, or its table is the blob's.
  mutating func wanted(of value: ValueID) -> [(centre: Float, places: Int)] {
    let group = groups.group(value)
    let readers = graph.nodes.filter { $0.inputs.contains { groups.group($0) == group } }
    var found: [(centre: Float, places: Int)] = []
    for reader in readers {
      guard let scale = scales[groups.group(reader.output)] else { continue }
      if case .function(let function)? = facts[reader.output] {
        found = function.arguments(to: scale).map { ($0, 0) } + found
        continue
      }
      guard case .table(let scaling)? = facts[reader.output] else {
        found.append((scale, 0))
        continue
      }
      let trials = ratios(reader, scaling).map(ByteScaling.trials) ?? []
      found = trials.map { (Float(Double(scale) * $0), 0) } + found
    }
    return found
  }
}
