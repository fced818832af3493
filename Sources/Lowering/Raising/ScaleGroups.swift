// Which values of a raised graph have the same scale, and which a known multiple of another's.
//
// What only moves bytes leaves their encoding: its values are a group. A sum says by which factors its operands
// are brought to its result, and so does a mean: their groups are a class, of which one scale gives all. A layer
// ties nothing, for its weights may have any scale.

import Blob
import IntegerExecution
import ModelGraph

struct ScaleGroups {
  private(set) var groupOf: [Int]
  /// Of the values of a group, from its first on.
  private(set) var members: [Int: [Int]] = [:]
  /// What is known of a group: its zero point, and its scale where the blob says it.
  private(set) var zeros: [Int: Int] = [:]
  private(set) var anchors: [Int: Float] = [:]
  /// Of a group: the class that it is of, and its scale over that of the class's first group.
  private var parents: [Int]
  private var ratios: [Double]

  /// - Parameter isBytes: of each value.
  init(_ graph: Graph, isBytes: [Bool]) {
    groupOf = Array(graph.values.indices)
    parents = groupOf
    ratios = groupOf.map { _ in 1 }
    for node in graph.nodes where node.operation.keepsBytes && isBytes[node.output.index] {
      for input in node.inputs { join(input.index, node.output.index) }
    }
    groupOf = groupOf.indices.map { root($0) }
    for value in groupOf.indices where isBytes[value] { members[groupOf[value], default: []].append(value) }
  }

  private func root(_ value: Int) -> Int {
    var value = value
    while groupOf[value] != value { value = groupOf[value] }
    return value
  }

  private mutating func join(_ a: Int, _ b: Int) {
    let (a, b) = (root(a), root(b))
    if a != b { groupOf[max(a, b)] = min(a, b) }
  }

  func group(_ value: ValueID) -> Int { groupOf[value.index] }

  /// - Returns: whether nothing else was said of it before.
  mutating func setZero(_ value: ValueID, _ zero: Int) -> Bool {
    defer { if zeros[group(value)] == nil { zeros[group(value)] = zero } }
    return zeros[group(value), default: zero] == zero
  }

  mutating func setAnchor(_ value: ValueID, _ scale: Float) -> Bool {
    defer { if anchors[group(value)] == nil { anchors[group(value)] = scale } }
    return anchors[group(value), default: scale] == scale
  }

  /// The class of a group, and the group's scale over the class's.
  func place(_ group: Int) -> (root: Int, ratio: Double) {
    var (root, ratio) = (group, 1.0)
    while parents[root] != root { (ratio, root) = (ratio * ratios[root], parents[root]) }
    return (root, ratio)
  }

  /// Says that the scale of one value is so many times another's.
  mutating func tie(_ a: ValueID, _ b: ValueID, _ ratio: Double) {
    let (a, b) = (place(group(a)), place(group(b)))
    guard a.root != b.root, ratio > 0 else { return }
    // a.ratio A = ratio b.ratio B
    if a.root < b.root {
      (parents[b.root], ratios[b.root]) = (a.root, a.ratio / (ratio * b.ratio))
    } else {
      (parents[a.root], ratios[a.root]) = (b.root, ratio * b.ratio / a.ratio)
    }
  }

  /// The classes, each with its groups, in the order in which values are made.
  var classes: [(root: Int, groups: [Int])] {
    let all = Dictionary(grouping: members.keys.sorted()) { place($0).root }
    return all.sorted { $0.value[0] < $1.value[0] }.map { ($0.key, $0.value) }
  }
}

extension Operation {
  /// Whether what it gives are bytes that it was given, or that it cut off.
  fileprivate var keepsBytes: Bool {
    switch exactForm {
    case .same?, .transpose?, .gather?, .slide?, .concat?, .pad?, .maxPool?, .averagePool?, .resize?, .function?: true
    case .filters?, .prelu?, .softmax?, .logSoftmax?, .argMax?, .mean?, .binary?, .constant?, .lstm?, .requantize?, nil: false
    }
  }
}
