// Of an integer graph to exact steps: what the encodings of values come to, by the rules of FixedPoint.
// `StepBuilder` gives places and sizes. Field names are those of Formats/Blob.md, "Exact steps".

import Blob
import FixedPoint
import ModelGraph
import Tensors

/// What the exact form of one planned step is made with.
struct ExactSteps {
  let graph: Graph
  let planned: Lowering.PlannedStep

  /// Whether the step of an operation keeps its results between two bytes.
  static func cutsOff(_ operation: Operation) -> Bool {
    switch operation {
    case .convolution, .dense, .averagePool, .globalAveragePool, .binary: true
    case .affine, .activation, .prelu, .softmax, .maxPool, .constant, .concat, .pad, .reshape,
      .requantize, .transpose, .gather:
      false
    }
  }

  /// Whether there is a step for it: it can be made wherever it lies.
  static func serves(_ planned: Lowering.PlannedStep, in graph: Graph) -> Bool {
    let steps = ExactSteps(graph: graph, planned: planned)
    switch planned.node.operation {
    case .convolution, .dense: return true  // their weights are made before
    case .activation(let function): return steps.map(x: 0, y: 0, count: 1, function) != nil
    case .binary(let operation): return steps.formula(operation) != nil
    case .softmax: return steps.softmax(BlobSoftmax(x: 0, y: 0, outer: 1, count: 1, inner: 1)) != nil
    case .averagePool(_, let countsPadding): return !countsPadding && steps.keepsEncoding
    case .globalAveragePool, .requantize: return true
    case .constant(let parameter): return graph[parameter].integers != nil
    case .maxPool, .concat, .pad, .reshape, .transpose, .gather: return steps.keepsEncoding
    case .affine, .prelu: return false
    }
  }

  private var inputs: [ByteEncoding] { planned.node.inputs.compactMap { graph[$0].byteEncoding } }
  private var y: ByteEncoding {
    graph[planned.output].byteEncoding ?? ByteEncoding(scale: 1, zeroPoint: 0)
  }
  private var x: ByteEncoding { inputs.first ?? y }

  /// Whether bytes may be moved as they are.
  private var keepsEncoding: Bool { inputs.allSatisfy { $0 == y } }

  /// The exact form of one of the steps that the planned step is.
  func step(_ step: StepForms) -> BlobStep? {
    step.exact(self).map { form in
      let isBinary = planned.node.inputs.count > 1 && planned.isBinary
      return .integer(
        BlobIntegerStep(
          form, xIsSigned: !planned.node.inputs.isEmpty, yIsSigned: true, bIsSigned: isBinary))
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
    guard let function = function.byteFunction(from: x, to: self.y),
      let table = function.table(from: x, to: self.y)
    else { return nil }
    return .map(BlobMap(x: place, y: y, count: count, signed: table))
  }

  func requantization(x place: Int, y: Int, count: Int) -> BlobIntegerStep.Form? {
    ByteFunction.requantize.table(from: x, to: self.y).map {
      .map(BlobMap(x: place, y: y, count: count, signed: $0))
    }
  }

  func softmax(_ s: BlobSoftmax) -> BlobIntegerStep.Form? {
    guard y == .probability, s.count <= 4095, let rule = ByteSoftmax(scale: x.scale) else {
      return nil
    }
    return .exactSoftmax(BlobExactSoftmax(s, rescale: BlobExactRescale(rule.multiplier)))
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
    case .divide: return nil
    }
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
  var byteEncoding: ByteEncoding? {
    guard let integers, integers.element == .int8, integers.scales.count == 1,
      integers.zeroPoints.count == 1
    else { return nil }
    return ByteEncoding(scale: integers.scales[0], zeroPoint: integers.zeroPoints[0])
  }
}

extension Activation {
  /// Whether it only cuts numbers off.
  var isClip: Bool {
    switch self {
    case .relu, .clip: true
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish: false
    }
  }

  /// The bytes that a clip leaves.
  func clipped(_ encoding: ByteEncoding) -> ClosedRange<Int8>? {
    switch self {
    case .relu: encoding.bytes(low: 0, high: .infinity)
    case .clip(let low, let high): encoding.bytes(low: low, high: high)
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish: nil
    }
  }

  /// The rule that it is computed by; nil: there is none.
  fileprivate func byteFunction(from x: ByteEncoding, to y: ByteEncoding) -> ByteFunction? {
    switch self {
    case .relu: x == y ? .clip(low: 0, high: .infinity) : .relu
    case .clip(let low, let high): .clip(low: low, high: high)
    case .leakyRelu(let alpha): .leakyRelu(alpha: alpha)
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    case .hardSwish: .hardSwish
    case .hardSigmoid: nil
    }
  }
}
