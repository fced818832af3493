// Options may come from a checkpoint, and no byte of that is trusted: everything that a stage relies on
// is looked at before the first stage runs. Bounds are in OptionDescription.

import Evolution
import Lowering
import ModelGraph

extension CompileOptions {
  /// - Throws: ``CompilerError`` where they do not fit a model's student.
  func check(against graph: Graph) throws(CompilerError) {
    let names = graph.layers.map(\.name)
    let patterns = [layerSparsity.keys, poolSparsity.keys].joined()
    let unknown = patterns.first { pattern in !names.contains { Pattern(pattern).matches($0) } }
      ?? layerLevels.keys.first { !names.contains($0) }
    if let unknown {
      throw .usage(
        reason: "the model has no layer named \(unknown); it has \(names.joined(separator: ", "))")
    }
    guard !graph.layers.isEmpty else {
      throw .unfit(reason: "the model has no convolution or dense layer, so there is nothing to compile")
    }
    if let fault = byteFault(graph) { throw .usage(reason: fault) }
    if activations == .int8, let fault = graph.integerFault { throw .unfit(reason: fault) }
    guard evolution.pools.areDisjoint(layers: graph.layers.count) else {
      throw .usage(reason: "out of range: the pools of layers")
    }
  }

  /// - Throws: ``CompilerError/usage(reason:)`` where an option is out of bounds, or contradicts another.
  func check() throws(CompilerError) {
    if let fault { throw .usage(reason: fault) }
  }

  /// Whether levels may be placed by error and bits together, which is ``EntropyConstrainedTable``'s way
  /// alone; the others are asked for to be seen as they are.
  var placesLevelsByBits: Bool { tableMethod == .kMeans }

  /// Why tables cannot be placed as is asked for, as a sentence; nil where they can.
  var tableFault: String? {
    placesLevelsByBits || lambda ?? 0 == 0 ? nil
      : "--lambda places levels by error and bits, --tables \(tableMethod.rawValue) by error alone: leave out one of them"
  }

  /// Why figures cannot come of the folds that are asked for, as a sentence; nil where they can.
  var foldFault: String? {
    guard folds ?? 0 > 0 else { return nil }
    if test != nil { return "--folds is for figures without --test: leave out one of them" }
    if isRandom {
      return "--folds is for samples that are few: of random ones others are drawn for the figures"
    }
    return maxSeconds == nil ? nil
      : "--folds makes the student again for every part of the data: leave out --max-seconds"
  }

  /// Why outputs cannot count as is asked for, as a sentence; nil where they can.
  var outputFault: String? {
    outputs == nil || evolution.outputWeights == nil ? nil : "give --outputs or --output-weights, not both"
  }
}

extension [Pool] {
  /// Whether each of so many layers is in one pool at most, and no pool is of others.
  func areDisjoint(layers: Int) -> Bool {
    allSatisfy { pool in
      pool.layers.allSatisfy((0..<layers).contains) && (0...1).contains(pool.sparsity)
    } && Set(flatMap(\.layers)).count == reduce(0) { $0 + $1.layers.count }
  }
}
