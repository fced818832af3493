// Tables, codes, row scales and biases trained by distillation, masks fixed. The slope of the loss
// in a table's entry is the sum of the slopes of the weights that hold its code, each times its
// row's scale (Han et al. 2016); that of a row's scale, the sum of its weights' slopes, each times
// its entry. Behind every code stands the weight it was rounded from: it takes the slope as if
// nothing had been rounded (straight through; Bengio et al. 2013), and when it has moved nearer to
// another entry, its code changes.

import Blob
import Evolution
import Execution
import Lowering
import ModelGraph
import Quantization
import Tensors

/// Trains the tables of a quantized student.
package final class TableTraining {
  private let student: Graph
  private let layers: [Layer]
  private let samples: TrainingSamples
  private let parameters: ParameterStore
  private let trainer: Trainer
  private let judge: StudentJudge
  private let settings: EvolutionSettings
  private var coded: [BlobWeights]
  /// What is trained, before it is rounded: for each layer its table, its scales and its biases.
  private var tables: [Vector]
  private var scales: [Vector]
  private var biases: [Vector]
  /// For each layer the survivors before rounding, over their rows' scales; none without a table.
  private var survivors: [Vector]
  /// For each layer by what codes are chosen; nil: each survivor's is the nearest.
  private let rates: [Rate?]

  /// Codes of least importance x squared error + cost x bits.
  private struct Rate {
    /// Of a survivor over its row's scale.
    let importance: [Float]
    let bitCost: Double

    init(_ layer: QuantizedLayer, weights: [Float], importance: [Float], lambda: Double) {
      bitCost = LayerQuantizer(lambda: lambda).bitCost(
        weights: weights, rows: layer.codes.rows, columns: layer.codes.columns,
        importance: .weights(importance))
      self.importance = layer.codes.positions.map { position in
        let scale = layer.scale(of: position)
        return importance[position] * scale * scale
      }
    }
  }

  /// Numbers with Adam's memory.
  private struct Vector {
    var values: [Float]
    var first: [Float]
    var second: [Float]
    /// Learning rate in units of the numbers' own size.
    var unit: Float

    init(_ values: [Float]) {
      self.values = values
      first = [Float](repeating: 0, count: values.count)
      second = first
      let square = values.reduce(0) { $0 + $1 * $1 }
      unit = values.isEmpty ? 0 : (square / Float(values.count)).squareRoot()
    }

    mutating func step(_ gradient: [Float], number: Int, rate: Float) {
      let (c1, c2) = (1 - Double.pow(0.9, Double(number)), 1 - Double.pow(0.999, Double(number)))
      for index in values.indices {
        first[index] = 0.9 * first[index] + 0.1 * gradient[index]
        second[index] = 0.999 * second[index] + 0.001 * gradient[index] * gradient[index]
        let slope = first[index] / Float(c1)
        let size = (second[index] / Float(c2)).squareRoot()
        values[index] -= rate * unit * slope / (size + 1e-12)
      }
    }
  }

  /// - Parameters:
  ///   - rates: for each layer what an error of each weight counts, row-major, and what a
  ///     bit does, as ``LayerQuantizer/lambda``; nil: bits count nothing.
  ///   - team: processes that gradient steps are shared among; nil: there is this one.
  package init(
    student: Graph, coded: [BlobWeights], rates: (importance: [[Float]], lambdas: [Double])? = nil,
    samples: TrainingSamples, settings: EvolutionSettings, team: (any Team)? = nil
  ) throws(ExecutionError) {
    self.student = student
    self.coded = coded
    self.samples = samples
    self.settings = settings
    layers = student.layers
    parameters = try ParameterStore(student)
    let trained = layers.flatMap { [$0.weight] + ($0.bias.map { [$0] } ?? []) }
    trainer = try Trainer(
      graph: student, trainable: trained,
      loss: samples.objective(of: student, settings: settings).trainingLoss(
        temperature: settings.retraining.temperature),
      threads: settings.threads, parameters: parameters, team: team)
    judge = try samples.judge(
      of: student, parameters: parameters, settings: settings, divergence: settings.divergence)
    survivors = zip(coded, layers).map { stored, layer in
      guard let quantized = stored.quantized else { return Vector([]) }
      let weights = student[layer.weight].tensor.values
      return Vector(quantized.codes.positions.map { weights[$0] / quantized.scale(of: $0) })
    }
    self.rates = coded.indices.map { index in
      guard let quantized = coded[index].quantized, let rates, rates.lambdas[index] > 0
      else { return nil }
      return Rate(
        quantized, weights: student[student.layers[index].weight].tensor.values,
        importance: rates.importance[index], lambda: rates.lambdas[index])
    }
    tables = coded.map { Vector($0.quantized?.table.values ?? []) }
    scales = coded.map { Vector($0.rowScales.values) }
    biases = coded.map { Vector($0.decodedBiases) }
  }

  /// Trains for a number of steps and gives the best stored form that was seen, the first included.
  ///
  /// - Parameter progress: called before every step with its number; training ends early when it
  ///   says so.
  /// - Returns: the stored form, its divergence on held-back samples, and the steps taken.
  package func train(steps: Int, progress: (Int) throws(ExecutionError) -> Bool) throws(ExecutionError)
    -> (layers: [BlobWeights], divergence: Double, steps: Int)
  {
    var order = BatchOrder(
      count: samples.training.count, batch: settings.retraining.batch, seed: settings.seed &+ 1)
    var best = (layers: coded, divergence: try divergence(of: coded))
    var taken = 0
    while taken < steps, try progress(taken) {
      let rate = 2e-3 * Float(0.5 * (1 + Double.cos(.pi * Double(taken) / Double(steps))))
      if taken > 0 { roundSurvivors() }
      load(tables.map(\.values), biases.map(\.values))
      let batch = try samples.batch(
        order.indices(step: taken), retraining: settings.effectiveRetraining,
        generator: SeededGenerator(seed: settings.seed).fork(0x7AB).fork(UInt64(taken)))
      try step(batch, number: taken + 1, rate: rate)
      taken += 1
      if taken % 50 == 0 || taken == steps {
        let stored = storedForm()
        let divergence = try divergence(of: stored)
        if divergence < best.divergence { best = (stored, divergence) }
      }
    }
    return (best.layers, best.divergence, taken)
  }

  /// The same layers with biases, and then table entries, at one byte each wherever that takes
  /// fewer bytes and hardly shows on held-back samples.
  ///
  /// - Parameter tables: whether tables may change.
  package func narrowing(_ layers: [BlobWeights], tables: Bool) throws(ExecutionError) -> [BlobWeights] {
    var narrowed = layers
    let limit = try divergence(of: layers) * 1.002
    for index in layers.indices where !layers[index].biases.areAbsent {
      var candidate = narrowed
      candidate[index].biases = .nearestIntegers(layers[index].biases.values)
      if try divergence(of: candidate) <= limit { narrowed = candidate }
    }
    for index in layers.indices where tables {
      guard let layer = narrowed[index].quantized else { continue }
      let bytes = layer.storing(tableAs: .int8)
      if bytes.tableBytes + 4 >= layer.tableBytes { continue }
      var candidate = narrowed
      candidate[index].quantized = bytes
      if try divergence(of: candidate) <= limit { narrowed = candidate }
    }
    return narrowed
  }

  /// The divergence of a stored form on held-back samples.
  package func divergence(of stored: [BlobWeights]) throws(ExecutionError) -> Double {
    for (layer, form) in zip(layers, stored) {
      parameters.set(layer.weight, to: form.survivors.dense())
      if let bias = layer.bias { parameters.set(bias, to: form.decodedBiases) }
    }
    return try judge.judge().divergence
  }

  /// Puts the students' numbers in place: tables as they are trained, before they are rounded.
  private func load(_ tables: [[Float]], _ biases: [[Float]]) {
    for index in layers.indices {
      if let quantized = coded[index].quantized {
        parameters.update(layers[index].weight) { weights in
          for (position, code) in zip(quantized.codes.positions, quantized.codes.values) {
            weights[position] = quantized.scale(of: position) * tables[index][Int(code)]
          }
        }
      } else {
        parameters.set(layers[index].weight, to: coded[index].survivors.dense())
      }
      if let bias = layers[index].bias { parameters.set(bias, to: biases[index]) }
    }
  }

  private func step(_ batch: TrainingBatch, number: Int, rate: Float) throws(ExecutionError) {
    _ = try batch.withPointers { (inputs, targets) throws(ExecutionError) in
      try trainer.computeGradients(count: settings.retraining.batch, inputs: inputs, targets: targets)
    }
    for index in layers.indices {
      if let quantized = coded[index].quantized {
        let slopes = trainer.gradient(of: layers[index].weight)
        stepScales(index, quantized, slopes, number: number, rate: rate)
        let scaled = quantized.codes.positions.map { slopes[$0] * quantized.scale(of: $0) }
        var sums = [Float](repeating: 0, count: quantized.table.values.count)
        for (slope, code) in zip(scaled, quantized.codes.values) { sums[Int(code)] += slope }
        tables[index].step(sums, number: number, rate: rate)
        survivors[index].step(scaled, number: number, rate: rate)
      }
      if let bias = layers[index].bias {
        biases[index].step(Array(trainer.gradient(of: bias)), number: number, rate: rate)
      }
    }
  }

  /// Moves the scales of a layer; its coded form has them as they are stored.
  private func stepScales(
    _ index: Int, _ layer: QuantizedLayer, _ slopes: UnsafeBufferPointer<Float>, number: Int,
    rate: Float
  ) {
    guard !layer.rowScales.areAbsent else { return }
    var sums = [Float](repeating: 0, count: layer.codes.rows)
    for (position, code) in zip(layer.codes.positions, layer.codes.values) {
      sums[position / layer.codes.columns] += slopes[position] * tables[index].values[Int(code)]
    }
    scales[index].step(sums, number: number, rate: rate)
    if case .int8(let unit) = layer.rowScales.precision {
      scales[index].values = scales[index].values.map { min(127 * unit, max(unit, $0)) }
    }
    coded[index].quantized = layer.replacing(
      table: layer.table.values, rowScales: scales[index].values)
  }

  /// Gives every survivor its code anew: that of the nearest entry or, where bits count, that of
  /// least error and bits.
  private func roundSurvivors() {
    for index in layers.indices {
      guard let quantized = coded[index].quantized else { continue }
      let values = survivors[index].values
      let codes: [UInt8]
      if let rate = rates[index] {
        codes = EntropyConstrainedTable(
          levels: tables[index].values, codes: quantized.codes.values, bitCost: rate.bitCost
        ).codes(for: values, weights: rate.importance)
      } else {
        codes = Self.nearest(values, tables[index].values)
      }
      coded[index].quantized = quantized.replacing(table: quantized.table.values, codes: codes)
    }
  }

  private static func nearest(_ values: [Float], _ table: [Float]) -> [UInt8] {
    let order = table.indices.sorted { (table[$0], $0) < (table[$1], $1) }
    let bounds = zip(order, order.dropFirst()).map { (table[$0] + table[$1]) / 2 }
    return values.map { value in
      var (low, high) = (0, bounds.count)
      while low < high {
        let middle = (low + high) / 2
        if value > bounds[middle] { low = middle + 1 } else { high = middle }
      }
      return UInt8(order[low])
    }
  }

  private func storedForm() -> [BlobWeights] {
    coded.indices.map { index in
      var layer = coded[index]
      layer.quantized = layer.quantized?.replacing(table: tables[index].values)
        .withoutUnusedEntries()
      layer.biases = .biases(biases[index].values)
      return layer
    }
  }
}
