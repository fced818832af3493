// A quantized student on 8-bit activations: the choice of its scales, and of how exactly its
// tables, multipliers and biases are stored. Every choice is made by what the network as a whole
// then answers on held-back samples, in the very arithmetic that will run: first one way to find
// scales for all values; then, where the network is small enough, another way for one value at a
// time, in running order; last, for each layer, fewer bits where nothing speaks against them. All
// numbers of samples and tries follow from the network, so that a run can be repeated.

import Blob
import Execution
import Lowering
import ModelGraph
import Tensors
import Trials
import Verification

/// What the choices for one student are made on.
package struct IntegerStudent {
  /// The graph that is lowered, one that ``ModelGraph/Graph/readyForIntegers(_:)`` gave.
  package let graph: Graph
  /// Coded filters by index in `graph.nodes`.
  let weights: [Int: BlobWeights]
  let transforms: [BlobTransform]
  let calibration: Calibration
  private let types: IntegerTypes
  /// The graph up to what divergences are taken of.
  private let judged: Graph
  private let samples: SampleSet
  private let objective: Objective
  /// The teacher's numbers for the samples, of each value that divergences are of.
  private let targets: [[Float]]
  private let threads: Int
  /// Measurements that the choice of scales may take.
  private let tries: Int
  /// The largest integer of a table of bytes.
  private let tableLimit: Int

  /// - Parameters:
  ///   - samples: to calibrate on: at most 512 of each for what lies between the network's ends.
  ///   - heldBack: to choose by, with what is asked of them.
  ///   - targets: the teacher's numbers for them, of `graph.lossValues`, row-major by sample.
  ///   - tableLimit: the largest integer of a table of bytes, 1...127.
  ///   - holding: whether the ends that a quantized file says of a value are those of its bytes.
  package init(
    _ graph: Graph, weights: [Int: BlobWeights], transforms: [BlobTransform], types: IntegerTypes,
    samples: [SampleSet], heldBack: SampleSet, targets: [[Float]], objective: Objective,
    tableLimit: Int = 127, holding: Bool = false, threads: Int
  ) throws(CalibrationError) {
    (self.graph, self.weights, self.transforms) = (graph, weights, transforms)
    (self.types, self.tableLimit, self.threads) = (types, tableLimit, threads)
    do {
      calibration = try Calibration(
        graph, types: types, samples: samples.map { $0.prefix(512) },
        further: samples.compactMap { $0.suffix(after: 512) }, holding: holding, threads: threads)
    } catch {
      throw .execution(error)
    }
    var judged = graph
    judged.outputs = graph.lossValues
    self.judged = judged
    let products = graph.products(weights)
    self.samples = heldBack.prefix(max(64, min(1024, Self.productsATry / max(products, 1))))
    tries = min(160, Self.products / max(products * self.samples.count, 1))
    self.objective = objective.prefix(self.samples.count)
    let count = self.samples.count
    self.targets = targets.map { Array($0.prefix($0.count / max(heldBack.count, 1) * count)) }
  }

  /// Multiplications that one measurement may take, about.
  private static let productsATry = 400_000_000
  /// And all of them together, while scales are chosen.
  private static let products = 60_000_000_000
  /// How much larger the largest error may be than with scales that cut nothing.
  private static let worstErrors: Float = 1.1

  // MARK: Measuring

  /// The blob's content and the least arena.
  package func lowered(_ form: IntegerForm) -> (model: BlobModel, arenaLowerBound: Int) {
    lowered(form, graph)
  }

  /// The same of a network that takes frames of what this one takes, whose layers are in the same order.
  ///
  /// - Parameter origins: for each of its values what it is here, or is a part of.
  package func lowered(_ form: IntegerForm, as other: Graph, origins: [ValueID]) -> (model: BlobModel, arenaLowerBound: Int) {
    var settled = form
    settled.settle(graph, weights: weights)
    let layers = zip(graph.layers, other.layers).flatMap { zip($0.uses, $1.uses).map { ($0, $1) } }
    let carried = settled.carried(to: origins, nodes: Dictionary(uniqueKeysWithValues: layers))
    let weights = layers.compactMap { from, to in self.weights[from].map { (to, $0) } }
    return Lowering.lower(
      other, weights: Dictionary(uniqueKeysWithValues: weights), transforms: transforms, integers: carried)
  }

  private func lowered(_ form: IntegerForm, _ graph: Graph)
    -> (model: BlobModel, arenaLowerBound: Int)
  {
    var settled = form
    settled.settle(graph, weights: weights)
    return Lowering.lower(graph, weights: weights, transforms: transforms, integers: settled)
  }

  /// Of the integer network's answers on the held-back samples: the mean a sample.
  func divergence(of form: IntegerForm) throws(CalibrationError) -> Double {
    divergence(of: try answers(lowered(form, judged).model))
  }

  private func divergence(of outputs: [[Float]]) -> Double {
    var sum = 0.0
    for (index, output) in outputs.enumerated() {
      sum += output.withUnsafeBufferPointer { values in
        values.baseAddress.map {
          objective.sum(output: index, student: $0, samples: 0..<samples.count)
        } ?? 0
      }
    }
    return sum / Double(max(samples.count, 1))
  }

  /// The largest error of an output's number, relative to the largest number of that output. What
  /// a softmax ends in is no number of the network's.
  private func worstError(of outputs: [[Float]]) -> Float {
    var worst: Float = 0
    for (index, output) in outputs.enumerated() where graph.outputs[index] == judged.outputs[index] {
      let reach = targets[index].reduce(0) { max($0, abs($1)) }
      guard reach > 0, reach.isFinite else { continue }
      worst = zip(output, targets[index]).reduce(worst) { max($0, abs($1.0 - $1.1) / reach) }
    }
    return worst
  }

  private func answers(_ model: BlobModel) throws(CalibrationError) -> [[Float]] {
    // A mask that is quickly written and read: the answers do not depend on it.
    let options = CodingOptions(jumps: 31...31, mask: .always(.gaps))
    let bytes: [UInt8]
    do { bytes = try BlobWriter.bytes(for: model, options: options) } catch { throw .blob(error) }
    do {
      return try EdgeWorkers(bytes, threads: threads).run(
        samples.tensors(0..<samples.count, of: graph), count: samples.count)
    } catch {
      throw .verification(error)
    }
  }

  // MARK: Scales

  /// The form with the best scales found, of those that err nowhere much more than scales that cut
  /// nothing: what is cut within the network must not cut what it answers.
  ///
  /// - Parameters:
  ///   - table: of table entries while scales are chosen.
  ///   - goesOn: called after every measurement with how many there were, and of how many; the search
  ///     ends early when it says so.
  package func withScales(table: IntegerWidth, goesOn: (Int, Int) -> Bool) throws(CalibrationError) -> IntegerForm {
    let uncut = form(by: .largest, table: table)
    let outputs = try answers(lowered(uncut, judged).model)
    let most = Self.worstErrors * worstError(of: outputs)
    var best = (form: uncut, divergence: divergence(of: outputs))
    let methods = ScaleMethod.allCases.filter { $0 != .largest }.map { form(by: $0, table: table) }
      .filter { $0.scales != uncut.scales }
    let groups = calibration.candidates.keys.sorted().filter { types.given[$0] == nil }
    let scales = groups.reduce(0) { $0 + Set(calibration.candidates[$1] ?? []).count - 1 }
    let total = max(1 + methods.count, min(tries, 1 + methods.count + scales))
    var tried = 1
    var isOver = !goesOn(tried, total)
    func measure(_ form: IntegerForm) throws(CalibrationError) {
      let outputs = try answers(lowered(form, judged).model)
      tried += 1
      isOver = !goesOn(tried, total)
      let divergence = divergence(of: outputs)
      if divergence < best.divergence, worstError(of: outputs) <= most { best = (form, divergence) }
    }
    for other in methods where !isOver { try measure(other) }
    for group in groups {
      let others = Set(calibration.candidates[group] ?? [])
        .subtracting([best.form.scales[group] ?? 0])
      for scale in others.sorted() where tried < tries && !isOver {
        var form = best.form
        form.scales[group] = scale
        try measure(form)
      }
    }
    return best.form
  }

  /// All scales found in one way.
  func form(by method: ScaleMethod, table: IntegerWidth = .int8) -> IntegerForm {
    var form = IntegerForm(
      types: types, scales: calibration.candidates.mapValues { $0[min(method.rawValue, $0.count - 1)] },
      leastMagnitudes: calibration.leastMagnitudes)
    form.tableLimit = tableLimit
    for node in weights.keys { form.precisions[node, default: IntegerPrecision()].table = table }
    return form
  }

  // MARK: Bits

  /// The form with fewer bits where the divergence rises by no more than a share.
  ///
  /// - Parameter tolerance: 1.01: a hundredth may be lost.
  package func narrowed(
    _ form: IntegerForm, _ bits: WritableKeyPath<IntegerPrecision, IntegerWidth>, tolerance: Double
  ) throws(CalibrationError) -> IntegerForm {
    let limit = try divergence(of: form) * tolerance
    let nodes = weights.keys.sorted()
    let all = form.narrowing(nodes, bits)
    if try divergence(of: all) <= limit { return all }
    var narrowed = form
    for node in nodes {
      let candidate = narrowed.narrowing([node], bits)
      if try divergence(of: candidate) <= limit { narrowed = candidate }
    }
    return narrowed
  }
}

extension IntegerForm {
  fileprivate func narrowing(_ nodes: [Int], _ bits: WritableKeyPath<IntegerPrecision, IntegerWidth>)
    -> IntegerForm
  {
    var narrow = self
    for node in nodes { narrow.precisions[node, default: IntegerPrecision()][keyPath: bits] = .int8 }
    return narrow
  }
}

extension Graph {
  /// Multiplications of one sample, zeros left out.
  fileprivate func products(_ weights: [Int: BlobWeights]) -> Int {
    weights.reduce(0) { sum, layer in
      let output = self[nodes[layer.key].output].shape.elementCount
      return sum + layer.value.positions.count * (output / max(layer.value.rows, 1))
    }
  }
}
