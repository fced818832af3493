// Of an integer graph to exact steps: what the encodings of values come to, by the rules of FixedPoint.
// `StepBuilder` gives places and sizes. Field names are those of Formats/Blob.md, "Exact steps".

import Blob
import FixedPoint
import IntegerExecution
import ModelGraph
import Tensors

/// What the exact form of one planned step is made with.
struct ExactSteps {
  let graph: Graph
  let planned: Lowering.PlannedStep

  /// Whether the step of an operation keeps its results between two bytes.
  static func cutsOff(_ operation: Operation) -> Bool {
    switch operation.exactForm {
    case .filters?, .averagePool?, .mean?, .binary?, .prelu?: true
    case .function?, .softmax?, .logSoftmax?, .argMax?, .maxPool?, .constant?, .concat?, .pad?, .resize?, .same?,
      .requantize?, .transpose?, .gather?, .slide?, .lstm?, nil:
      false
    }
  }

  private var inputs: [ByteEncoding] { planned.node.inputs.compactMap { graph[$0].byteEncoding } }
  private var y: ByteEncoding {
    graph[planned.output].byteEncoding ?? ByteEncoding(scale: 1, zeroPoint: 0)
  }
  private var x: ByteEncoding { inputs.first ?? y }

  /// The exact form of one of the steps that the planned step is.
  func step(_ step: StepForms) -> BlobStep? {
    let operands = planned.node.inputs.map { graph[$0].elementType }
    let result = graph[planned.output].elementType
    if !isOfInt8, !takesAnyType, !isOfShorts { return nil }
    if result == .float32, operands.allSatisfy({ $0 == .float32 }) { return movesOnly ? step.floats.first : nil }
    return step.exact(self).map { form in
      .integer(
        BlobIntegerStep(
          form, xIsSigned: operands.first == .int8, yIsSigned: result == .int8, bIsSigned: planned.hasTwoOperands))
    }
  }

  private var isOfInt8: Bool {
    (planned.node.inputs + [planned.output]).allSatisfy { graph[$0].byteEncoding != nil }
  }

  /// Whether it is of an LSTM or of SVDF, between whose parts numbers have 16 bits.
  private var isOfShorts: Bool {
    if case .lstm? = planned.node.operation.exactForm { return true }
    guard planned.reads.contains(where: { graph[$0].isOfShorts }) || givesShorts else { return false }
    if case .slide? = planned.node.operation.exactForm { return true }
    return planned.node.operation.layer != nil
  }

  var givesShorts: Bool { graph[planned.output].isOfShorts }

  /// Whether it is at a border, only moves elements, which may be of another type there, or gives numbers of places.
  private var takesAnyType: Bool { movesOnly || planned.node.operation == .requantize || findsPlaces }

  private var findsPlaces: Bool {
    guard case .argMax? = planned.node.operation.exactForm else { return false }
    return !inputs.isEmpty && graph[planned.output].elementType == .int32
  }

  private var movesOnly: Bool {
    switch planned.node.operation.exactForm {
    case .transpose?, .same?: true
    case .filters?, .averagePool?, .mean?, .binary?, .function?, .prelu?, .softmax?, .logSoftmax?, .argMax?, .maxPool?,
      .constant?, .concat?, .pad?, .resize?, .requantize?, .gather?, .slide?, .lstm?, nil:
      false
    }
  }

  /// What a step's results are kept between.
  var range: BlobExactRange {
    let bytes = planned.fused?.clipped(y) ?? -128...127
    return BlobExactRange(
      zero: Int(y.zeroPoint), low: Int(bytes.lowerBound), high: Int(bytes.upperBound))
  }

  var finish: BlobExactFinish { BlobExactFinish(border: Int(x.zeroPoint), range: range) }

  func map(x place: Int, y: Int, count: Int, _ function: Activation) -> BlobIntegerStep.Form? {
    guard let table = function.byteFunction?.table(from: x, to: self.y) else { return nil }
    return .map(BlobMap(x: place, y: y, count: count, signed: table))
  }

  /// Between two encodings of bytes a map; where one side is of float32 a border.
  func requantization(x place: Int, y: Int, count: Int) -> BlobIntegerStep.Form? {
    let (given, wanted) = (graph[planned.node.inputs[0]].integers, graph[planned.output].integers)
    guard let bytes = wanted ?? given else { return nil }
    if given == nil || wanted == nil {
      return .exactBorder(
        BlobExactBorder(
          x: place, y: y, count: count, isFromBytes: wanted == nil,
          halvesToEven: wanted?.rounding == .once, scale: bytes.scales[0],
          zero: UInt8(truncatingIfNeeded: bytes.zeroPoints[0])))
    }
    guard let from = ByteEncoding(anyByte: given), let to = ByteEncoding(anyByte: wanted),
      let table = ByteFunction.requantize.table(from: from, to: to)
    else { return nil }
    // The table is of signed bytes, 128 less than those of uint8.
    let (taken, added): (Int, UInt8) = (given?.element == .uint8 ? 0 : 128, wanted?.element == .uint8 ? 128 : 0)
    let results = (0..<256).map { UInt8(bitPattern: table[($0 + taken) % 256]) &+ added }
    return .map(BlobMap(x: place, y: y, count: count, results: results))
  }

  func softmax(_ s: BlobSoftmax, beta: Float) -> BlobIntegerStep.Form? {
    guard y == .probability, s.count <= 4095, let rule = ByteSoftmax(scale: x.scale, beta: beta) else {
      return nil
    }
    return .exactSoftmax(BlobExactSoftmax(s, rescale: BlobExactRescale(rule.multiplier)))
  }

  func logSoftmax(_ s: BlobSoftmax) -> BlobIntegerStep.Form? {
    guard y == .logProbability, s.count <= 4095, let rule = ByteSoftmax(scale: x.scale) else { return nil }
    let fields = BlobExactSoftmax(s, rescale: BlobExactRescale(rule.multiplier))
    return .exactLogSoftmax(BlobExactLogSoftmax(fields))
  }

  func averagePool(_ pool: BlobPool) -> BlobIntegerStep.Form {
    .exactAveragePool(BlobExactAveragePool(pool, low: range.low, high: range.high))
  }

  func mean(_ s: BlobGlobalAveragePool) -> BlobIntegerStep.Form {
    let rule = ByteMean(count: s.inner, from: x, to: y)
    let row = BlobExactRow(BlobExactRescale(rule.multiplier), bias: -Int(rule.offset))
    return .exactGlobalAveragePool(BlobExactGlobalAveragePool(s, row: row, range: range))
  }

  func binary(_ s: BlobBinary<BlobFloatFormula>) -> BlobIntegerStep.Form? {
    guard case .binary(let operation) = planned.node.operation else { return nil }
    return formula(operation).map {
      .exactBinary(
        BlobBinary($0, a: s.a, b: s.b, y: s.y, sizes: s.sizes, maskA: s.maskA, maskB: s.maskB))
    }
  }

  private func formula(_ operation: BinaryOperator) -> BlobExactFormula? {
    guard inputs.count == 2 else { return nil }
    let (a, b) = (inputs[0], inputs[1])
    func sum(subtracts: Bool) -> BlobExactSum? {
      ByteSum(a, b, to: y, subtracts: subtracts).map {
        BlobExactSum(
          zeroA: Int(a.zeroPoint), zeroB: Int(b.zeroPoint), a: BlobExactRescale($0.left),
          b: BlobExactRescale($0.right), y: BlobExactRescale($0.output), range: range)
      }
    }
    switch operation {
    case .add: return sum(subtracts: false).map(BlobExactFormula.add)
    case .subtract: return sum(subtracts: true).map(BlobExactFormula.subtract)
    case .multiply:
      return .multiply(
        BlobExactProduct(
          zeroA: Int(a.zeroPoint), zeroB: Int(b.zeroPoint),
          rescale: BlobExactRescale(ByteProduct(a, b, to: y).multiplier), range: range))
    case .maximum: return .maximum(BlobExactCut(low: range.low, high: range.high))
    case .minimum: return .minimum(BlobExactCut(low: range.low, high: range.high))
    case .divide: return nil
    }
  }

  /// Slopes of a channel each, or of every element; their bytes run as their numbers do.
  func prelu(_ s: BlobPRelu, _ id: ParameterID) -> BlobIntegerStep.Form? {
    guard let tensor = graph[id].integers, let encoding = ByteEncoding(tensor.encoding) else { return nil }
    let rule = ByteSlope(x, slope: encoding, to: y)
    // Distances and their products with slopes have room to be doubled and shifted.
    guard rule.positive.exponent <= 22, rule.product.exponent <= 14 else { return nil }
    let slopes = s.slopes.values.map { Int8(clamping: Int(encoding.byte(of: $0))) }
    return .exactPRelu(
      BlobExactPRelu(
        x: s.x, y: s.y, outer: s.outer, channels: s.channels, inner: s.inner, zeroX: Int(x.zeroPoint),
        zeroSlopes: Int(encoding.zeroPoint), above: BlobExactRescale(rule.positive),
        below: BlobExactRescale(rule.product), range: range, slopes: slopes))
  }

  /// - Parameter s: with the places, and sizes.
  func lstm(_ s: BlobExactLSTM, _ lstm: LSTM) -> BlobIntegerStep.Form? {
    guard let cell = graph[planned.node.inputs[0]].integers, let power = cell.power, ShortCell.powers.contains(power) else {
      return nil
    }
    var step = s
    step.power = power
    switch s.part {
    case .cell: step.part = .cell(limit: lstm.limit.flatMap { LSTM.steps($0, scale: cell.scales[0]) } ?? 0)
    case .output(let c, _, _):
      let rescale = BlobExactRescale(FixedMultiplier(0x1p-30 / Double(y.scale)))
      step.part = .output(c: c, rescale: rescale, zero: Int(y.zeroPoint))
    }
    return .lstm(step)
  }

  /// - Parameter s: with the places, and sizes.
  func shortProduct(_ s: BlobShortProduct, _ layer: Convolution) -> BlobIntegerStep.Form? {
    guard let weight = graph[layer.weight].integers, let x = graph[planned.node.inputs[0]].integers,
      weight.integers.count == s.units * s.inner
    else { return nil }
    var step = s
    step.rescale = BlobExactRescale(FixedMultiplier(from: x.scales[0], times: weight.encoding.scales[0], to: y))
    step.zero = Int(y.zeroPoint)
    step.weights = weight.integers.map { Int16(truncatingIfNeeded: $0) }
    step.biases = layer.bias.flatMap { graph[$0].integers?.integers } ?? [Int32](repeating: 0, count: s.units)
    return .shortProduct(step)
  }

  func constant(y: Int, _ parameter: ParameterID) -> BlobIntegerStep.Form? {
    graph[parameter].integers.map { integers in
      .constant(
        BlobIntegerConstant(
          y: y, bytes: integers.integers.map { UInt8(truncatingIfNeeded: $0) }))
    }
  }

  func pad(_ s: BlobPad<Float>) -> BlobIntegerStep.Form {
    .pad(
      BlobPad(
        mode: s.mode, value: UInt8(bitPattern: y.byte(of: s.value)), x: s.x, y: s.y, sizes: s.sizes,
        before: s.before, after: s.after))
  }
}

extension BlobMap {
  /// - Parameter signed: the results of -128, -127, ... 127.
  fileprivate init(x: Int, y: Int, count: Int, signed: [Int8]) {
    self.init(
      x: x, y: y, count: count,
      results: (0..<256).map { UInt8(bitPattern: signed[($0 + 128) % 256]) })
  }
}

extension BlobExactRescale {
  init(_ factor: FixedMultiplier) {
    self.init(multiplier: Int(factor.mantissa), exponent: factor.exponent)
  }
}

extension Value {
  /// What its bytes stand for; nil where it is not of int8 with one scale.
  var byteEncoding: ByteEncoding? { ByteEncoding(integers) }

  /// What its elements are in a blob; nil where they are of no type that it has, or of several scales.
  var elementType: BlobElementType? {
    guard let integers else { return .float32 }
    guard integers.scales.count == 1 else { return nil }
    switch integers.element {
    case .int8: return .int8
    case .uint8: return .uint8
    case .int32: return integers == .places ? .int32 : nil
    case .int16: return .int8  // two each
    }
  }
}

extension Activation {
  /// Whether it only cuts numbers off.
  var isClip: Bool {
    switch self {
    case .relu, .clip: true
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: false
    }
  }

  /// The bytes that a clip leaves.
  func clipped(_ encoding: ByteEncoding) -> ClosedRange<Int8>? {
    switch self {
    case .relu: encoding.bytes(low: 0, high: .infinity)
    case .clip(let low, let high): encoding.bytes(low: low, high: high)
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: nil
    }
  }
}
