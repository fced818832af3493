// From float32 steps to integer ones, once every value has a type and a scale. `StepBuilder` gives
// places and sizes; what is added here are the ratios of units that turn sums of bytes into bytes,
// and the tables of functions. Field names are those of Formats/Blob.md, "Integer steps".

import Blob
import FixedPoint
import Foundation
import ModelGraph
import Tensors

/// What the integer steps of a graph are made by.
package struct IntegerForm {
  package let types: IntegerTypes
  /// By a group's representative; each a number of float32.
  package var scales: [Int: Double]
  /// For each value its least magnitude, for divisors.
  package let leastMagnitudes: [Double]
  /// By index of a layer's node; nil: as ``IntegerPrecision`` begins.
  package var precisions: [Int: IntegerPrecision]
  /// The largest integer of a table of bytes, 1...127.
  package var tableLimit = 127
  /// Groups whose scale cannot be as small as a clip from 0 needs to happen as bytes are stored.
  private var separateClips: Set<Int> = []

  package init(
    types: IntegerTypes, scales: [Int: Double], leastMagnitudes: [Double],
    precisions: [Int: IntegerPrecision] = [:]
  ) {
    (self.types, self.scales) = (types, scales)
    (self.leastMagnitudes, self.precisions) = (leastMagnitudes, precisions)
  }

  /// The same for a graph whose values are those of this one's, or parts of them.
  ///
  /// - Parameters:
  ///   - origins: for each of its values what it is here.
  ///   - nodes: by index of a layer's node here that of the node there.
  package func carried(to origins: [ValueID], nodes: [Int: Int]) -> IntegerForm {
    var form = IntegerForm(
      types: types.carried(to: origins), scales: scales, leastMagnitudes: origins.map { leastMagnitudes[$0.index] })
    for (node, precision) in precisions { if let other = nodes[node] { form.precisions[other] = precision } }
    (form.tableLimit, form.separateClips) = (tableLimit, separateClips)
    return form
  }

  package func tensor(_ value: ValueID) -> ByteTensor {
    ByteTensor(
      scale: scales[types.groups[value.index]] ?? 1, isSigned: types.isSigned(value))
  }

  /// Whether storing a value is this function: it then needs no step.
  func realizes(_ activation: Activation, of value: ValueID) -> Bool {
    guard types.realizes(activation, of: value) else { return false }
    if case .clip = activation { return !separateClips.contains(types.groups[value.index]) }
    return true
  }

  func precision(of node: Int) -> IntegerPrecision { precisions[node] ?? IntegerPrecision() }
}

/// What the integer forms of one planned step are made with.
struct IntegerSteps {
  let form: IntegerForm
  let graph: Graph
  /// The place of each value, in words.
  let places: [Int]
  let planned: Lowering.PlannedStep

  private var x: ByteTensor { form.tensor(planned.node.inputs.first ?? planned.output) }
  var y: ByteTensor { form.tensor(planned.output) }
  private var ratio: Double { x.scale / y.scale }

  /// The integer form of one of the steps that the planned step is.
  func integer(_ step: StepForms) -> BlobStep {
    let second = planned.node.inputs.count > 1 && planned.hasTwoOperands
      ? form.tensor(planned.node.inputs[1]) : planned.residual.map(form.tensor)
    let isConstant = planned.node.inputs.isEmpty
    return .integer(
      BlobIntegerStep(
        step.integer(self), xIsSigned: !isConstant && x.isSigned, yIsSigned: y.isSigned,
        bIsSigned: second?.isSigned ?? false))
  }

  /// A function of each element, as a table.
  func map(x place: Int, y: Int, count: Int, _ function: (Double) -> Double) -> BlobMap {
    BlobMap(
      x: place, y: y, count: count,
      results: x.elements.map { self.y.byte(function(Double($0) * x.scale)) })
  }

  func prelu(_ s: BlobPRelu) -> BlobIntegerPRelu {
    BlobIntegerPRelu(
      x: s.x, y: s.y, outer: s.outer, channels: s.channels, inner: s.inner,
      factor: Rescaling.factor(ratio),
      slopes: s.slopes.values.map { Rescaling.signedFactor(Double($0) * ratio) })
  }

  func mean(_ s: BlobGlobalAveragePool) -> BlobIntegerGlobalAveragePool {
    BlobIntegerGlobalAveragePool(
      s, rescale: Rescaling.rescale(ratio / Double(s.inner), sum: s.inner * x.extreme))
  }

  func matrixProduct(_ s: BlobMatrixProduct) -> BlobIntegerMatrixProduct {
    let (a, b) = (x, form.tensor(planned.node.inputs[1]))
    return BlobIntegerMatrixProduct(
      s, rescale: Rescaling.rescale(a.scale * b.scale / y.scale, sum: s.inner * a.extreme * b.extreme))
  }

  func affine(_ s: BlobAffine) -> BlobIntegerAffine {
    BlobIntegerAffine(
      x: s.x, y: s.y, channels: s.channels, inner: s.inner,
      factors: s.scale.values.map { Rescaling.signedFactor(Double($0) * ratio) },
      biases: BlobBiases(s.shift.values.map { 64 * Double($0) / y.scale }, width: .int16))
  }

  func binary(_ s: BlobBinary<BlobFloatFormula>) -> BlobBinary<BlobIntegerFormula> {
    BlobBinary(
      formula(s.formula.operation), a: s.a, b: s.b, y: s.y, sizes: s.sizes, maskA: s.maskA,
      maskB: s.maskB)
  }

  func weights(_ weights: BlobWeights) -> BlobWeights {
    let index = graph.nodes.firstIndex(of: planned.node) ?? 0
    let precision = form.precision(of: index)
    return IntegerLayer(
      weights, width: precision.table, limit: form.tableLimit, extreme: x.extreme)
      .weights(precision, x: x, y: y)
  }

  var residual: BlobResidual? {
    planned.residual.map { value in
      BlobResidual(
        place: places[value.index], factor: Rescaling.factor(form.tensor(value).scale / y.scale))
    }
  }

  /// exp(-beta d scale) for d = 0, 1, ..., down to what rounds to 0.
  func exponentials(beta: Float) -> [UInt16] {
    let table = (0..<256).map { UInt16((65535 * exp(-Double($0) * x.scale * Double(beta))).rounded()) }
    return Array(table.prefix { $0 > 0 })
  }

  /// Distances are exact ones' distances: their multiplier is of a scale alone.
  func logSoftmax(_ s: BlobSoftmax) -> BlobIntegerLogSoftmax {
    let least: Float = 0x1p-26
    let scale = min(max(Float(x.scale), least), .greatestFiniteMagnitude)
    let multiplier = ByteSoftmax(scale: scale)?.multiplier ?? FixedMultiplier(1)
    return BlobIntegerLogSoftmax(BlobExactSoftmax(s, rescale: BlobExactRescale(multiplier)))
  }

  private func formula(_ operation: BlobOperator) -> BlobIntegerFormula {
    let (a, b) = (x, form.tensor(planned.node.inputs[1]))
    func factor(_ operand: ByteTensor) -> Int { Rescaling.factor(operand.scale / y.scale) }
    switch operation {
    case .add: return .add(factorA: factor(a), factorB: factor(b))
    case .subtract: return .subtract(factorA: factor(a), factorB: factor(b))
    case .maximum: return .maximum(factorA: factor(a), factorB: factor(b))
    case .minimum: return .minimum(factorA: factor(a), factorB: factor(b))
    case .multiply:
      return .multiply(
        Rescaling.rescale(a.scale * b.scale / y.scale, sum: a.extreme * b.extreme))
    case .divide:
      let numerator = form.numerator(of: planned.node.inputs[1])
      let reciprocals = b.elements.map { element in
        let divisor = element == 0 ? 1 : element
        return Int16(max(-32767, min(32767, (numerator / Double(divisor)).rounded())))
      }
      return .divide(
        Rescaling.rescale(a.scale / b.scale / y.scale / numerator, sum: a.extreme * 32767),
        reciprocals: reciprocals)
    }
  }
}

extension IntegerForm {
  /// What the reciprocals of a divisor's elements are of: the largest that gives 16 bits to the
  /// least element that calibration met.
  func numerator(of divisor: ValueID) -> Double {
    let least = leastMagnitudes[divisor.index] / tensor(divisor).scale
    return 32767 * max(1, min(255, least.rounded(.down)))
  }
}

extension Lowering.PlannedStep {
  /// Whether its inputs are two operands, a and b.
  var hasTwoOperands: Bool {
    if case .binary = node.operation { return true }
    return node.operation == .matrixProduct
  }
}

extension BlobActivation {
  /// The function in double precision.
  func value(_ x: Double) -> Double {
    switch self {
    case .none: x
    case .relu: max(x, 0)
    case .leakyRelu(let alpha): x > 0 ? x : Double(alpha) * x
    case .clip(let low, let high): min(max(x, Double(low)), Double(high))
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: Foundation.tanh(x)
    case .hardSigmoid(let alpha, let beta): min(max(Double(alpha) * x + Double(beta), 0), 1)
    case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
    case .elu(let alpha): x > 0 ? x : Double(alpha) * expm1(x)
    case .function(let function):
      MathFunction(MathFunction.Kind(rawValue: function.kind.rawValue) ?? .absolute, function.parameter).value(x)
    }
  }
}

// MARK: Scales that factors can express

extension IntegerForm {
  /// Raises scales of outputs until every factor and multiplier fits its bits, or makes a step of its
  /// own of a clip. Only networks whose values shrink two hundred fold from one step to the next need
  /// it.
  ///
  /// - Parameter weights: coded filters by index in `graph.nodes`.
  package mutating func settle(_ graph: Graph, weights: [Int: BlobWeights]) {
    for group in scales.keys { scales[group] = Double(Float(scales[group] ?? 1)) }
    for _ in 0..<8 {
      var isSettled = true
      for step in Lowering.plannedSteps(graph, self) {
        let group = types.groups[step.output.index]
        let least = max(
          leastScale(of: step.node, graph, weights),
          step.residual.map { tensor($0).scale / Rescaling.largestFactor } ?? 0)
        guard types.given[group] == nil, let scale = scales[group], scale < least else { continue }
        if case .clip? = step.fused {
          separateClips.insert(group)
        } else {
          scales[group] = Double(Float(least * (1 + 1e-6)))
        }
        isSettled = false
      }
      if isSettled { return }
    }
  }
}
