// One node to the steps of a blob that compute it, in float32 and in integers, a step to its node again, and how
// small the scale of a result's bytes may be; field names are those of Formats/Blob.md.

import Blob
import ModelGraph
import Tensors

/// A float32 step, or some in a row, and what takes their place among integers, and among those of an
/// integer graph.
struct StepForms {
  let floats: [BlobStep]
  let integer: (IntegerSteps) -> BlobIntegerStep.Form
  /// nil: there is none.
  let exact: (ExactSteps) -> BlobIntegerStep.Form?

  init(
    _ floats: [BlobStep], integer: @escaping (IntegerSteps) -> BlobIntegerStep.Form,
    exact: @escaping (ExactSteps) -> BlobIntegerStep.Form?
  ) {
    (self.floats, self.integer, self.exact) = (floats, integer, exact)
  }

  init(
    _ float: BlobStep, integer: @escaping (IntegerSteps) -> BlobIntegerStep.Form,
    exact: @escaping (ExactSteps) -> BlobIntegerStep.Form?
  ) {
    self.init([float], integer: integer, exact: exact)
  }

  /// One that only moves numbers.
  init(_ float: BlobStep, moving form: BlobIntegerStep.Form) {
    self.init(float) { _ in form } exact: { _ in form }
  }
}

/// Builds steps for nodes whose values have places.
struct StepBuilder {
  let graph: Graph
  /// The place of each value, in words.
  let places: [Int]
  /// Coded filters by index in `graph.nodes`.
  let weights: [Int: BlobWeights]

  /// The steps of one planned node: one, or one a part for a concatenation.
  func steps(for planned: Lowering.PlannedStep) -> [StepForms] {
    let node = planned.node
    let y = places[planned.output.index]
    let out = graph[planned.output].shape
    let shapes = node.inputs.map { graph[$0].shape }
    let xs = node.inputs.map { places[$0.index] }
    let activation = planned.fused.map(BlobActivation.init) ?? .none
    switch node.operation {
    case .convolution(let c) where graph[node.inputs[0]].isOfShorts:
      return [shortProduct(c, x: xs[0], y: y, shapes[0].elementCount)]
    case .convolution(let c):
      let s = convolution(c, node, x: xs[0], y: y, shapes[0], out, activation)
      return [
        StepForms(.convolution(s)) {
          .convolution(s.with($0.residual, $0.weights(s.weights)))
        } exact: {
          exactLayer(s, $0)
        }
      ]
    case .dense:
      let s = dense(node, x: xs[0], y: y, shapes[0], out, activation)
      return [
        StepForms(.dense(s)) {
          .dense(
            BlobIntegerDense(x: s.x, y: s.y, r: s.r, i: s.i, o: s.o, weights: $0.weights(s.weights)))
        } exact: {
          $0.givesShorts
            ? .shortDense(BlobShortDense(x: s.x, y: s.y, r: s.r, i: s.i, o: s.o, weights: s.weights))
            : .exactDense(
              BlobExactDense(
                x: s.x, y: s.y, r: s.r, i: s.i, o: s.o, range: $0.range, weights: s.weights))
        }
      ]
    case .activation(let function):
      let activation = BlobActivation(function)
      let s = BlobActivationStep(x: xs[0], y: y, count: out.elementCount, activation: activation)
      return [
        StepForms(.activation(s)) {
          .map($0.map(x: s.x, y: s.y, count: s.count) { activation.value($0) })
        } exact: {
          $0.map(x: s.x, y: s.y, count: s.count, function)
        }
      ]
    case .function(let function):
      let s = BlobActivationStep(x: xs[0], y: y, count: out.elementCount, activation: .function(BlobFunction(function)))
      return [
        StepForms(.activation(s)) {
          .map($0.map(x: s.x, y: s.y, count: s.count) { function.value($0) })
        } exact: { _ in
          nil
        }
      ]
    case .prelu(let slope):
      let s = prelu(graph[slope].tensor, x: xs[0], y: y, out)
      return [StepForms(.prelu(s)) { .prelu($0.prelu(s)) } exact: { $0.prelu(s, slope) }]
    case .softmax(let axis, let beta):
      let s = BlobSoftmax(
        x: xs[0], y: y, outer: out[..<axis].elementCount, count: out[axis],
        inner: out[(axis + 1)...].elementCount)
      let times = BlobAffine(
        x: s.x, y: y, channels: 1, inner: out.elementCount, scale: exact([beta]), shift: exact([0]))
      var behind = s
      behind.x = y
      let floats: [BlobStep] = beta == 1 ? [.softmax(s)] : [.affine(times), .softmax(behind)]
      return [
        StepForms(floats) {
          .softmax(BlobIntegerSoftmax(s, exponentials: $0.exponentials(beta: beta)))
        } exact: {
          $0.softmax(s, beta: beta)
        }
      ]
    case .logSoftmax(let axis):
      let s = BlobSoftmax(
        x: xs[0], y: y, outer: out[..<axis].elementCount, count: out[axis],
        inner: out[(axis + 1)...].elementCount)
      return [
        StepForms(.logSoftmax(BlobLogSoftmax(s))) { .logSoftmax($0.logSoftmax(s)) } exact: {
          $0.logSoftmax(s)
        }
      ]
    case .argMax(let axis, let ofLeast):
      let (x, shape) = (xs[0], shapes[0])
      let s = BlobArgMax(
        mode: ofLeast ? .least : .largest, x: x, y: y, outer: shape[..<axis].elementCount, count: shape[axis],
        inner: shape[(axis + 1)...].elementCount)
      return [StepForms(.argMax(s), moving: .argMax(s))]
    case .maxPool(let window):
      let s = pool(window, x: xs[0], y: y, shapes[0], out)
      return [StepForms(.maxPool(s), moving: .maxPool(s))]
    case .averagePool(let window, let countsPadding):
      let s = BlobAveragePool(
        pool: pool(window, x: xs[0], y: y, shapes[0], out), bottom: window.padAfter[0],
        right: window.padAfter[1], countsPadding: countsPadding)
      return [
        StepForms(.averagePool(s)) { _ in
          .averagePool(BlobIntegerAveragePool(s))
        } exact: {
          countsPadding ? nil : $0.averagePool(s.pool)
        }
      ]
    case .globalAveragePool:
      let s = BlobGlobalAveragePool(
        x: xs[0], y: y, channels: shapes[0][0], inner: shapes[0][1...].elementCount)
      return [
        StepForms(.globalAveragePool(s)) { .globalAveragePool($0.mean(s)) } exact: { $0.mean(s) }
      ]
    case .binary(let operation):
      let s = binary(operation, xs: xs, y: y, shapes, out, activation)
      return [StepForms(.binary(s)) { .binary($0.binary(s)) } exact: { $0.binary(s) }]
    case .matrixProduct:
      let (a, columns) = (shapes[0], out[out.count - 1])
      let s = BlobMatrixProduct(
        a: xs[0], b: xs[1], y: y, count: a.dropLast(2).elementCount, rows: a[a.count - 2], inner: a[a.count - 1],
        columns: columns)
      return [
        StepForms(.matrixProduct(s)) { .matrixProduct($0.matrixProduct(s)) } exact: { _ in nil }
      ]
    case .constant(let parameter):
      let s = BlobConstant(y: y, numbers: exact(graph[parameter].tensor.values))
      return [
        StepForms(.constant(s)) { steps in
          let bytes = s.numbers.values.map { steps.y.byte(Double($0)) }
          return .constant(BlobIntegerConstant(y: s.y, bytes: bytes))
        } exact: {
          $0.constant(y: s.y, parameter)
        }
      ]
    case .affine(let scale, let shift):
      let s = BlobAffine(
        x: xs[0], y: y, channels: out[0], inner: out[1...].elementCount,
        scale: exact(graph[scale].tensor.values), shift: exact(graph[shift].tensor.values))
      return [StepForms(.affine(s)) { .affine($0.affine(s)) } exact: { _ in nil }]
    case .concat(let axis):
      return concat(axis, xs: xs, y: y, shapes, out).map { s in
        StepForms(.copy(s), moving: .copy(s))
      }
    case .slide(let axis):
      let bytes = graph[planned.output].isOfShorts ? 2 : 1
      return slide(axis, xs: xs, y: y, shapes, out, bytes: bytes).map { s in
        switch s {
        case .copy(let s): StepForms(.copy(s), moving: .copy(s))
        case .slide(let s): StepForms(.slide(s), moving: .slide(s))
        }
      }
    case .lstm(let lstm): return self.lstm(lstm, xs: xs, y: y, count: out[0])
    case .pad(let padding):
      let s = pad(padding, x: xs[0], y: y, shapes[0])
      return [
        StepForms(.pad(s)) {
          .pad(
            BlobPad(
              mode: s.mode, value: $0.y.byte(Double(s.value)), x: s.x, y: s.y, sizes: s.sizes,
              before: s.before, after: s.after))
        } exact: {
          $0.pad(s)
        }
      ]
    case .resize(let resize):
      let s = self.resize(resize, resize.axes, x: xs[0], y: y, shapes[0])
      let ofBits = self.resize(resize, resize.axes.map(\.ofBits), x: xs[0], y: y, shapes[0])
      return [
        StepForms(.resize(s), moving: .resize(BlobIntegerResize(resize.mode == .nearest ? s : ofBits)))
      ]
    case .transpose(let axes):
      let s = BlobTranspose(x: xs[0], y: y, sizes: shapes[0], axes: axes)
      return [StepForms(.transpose(s), moving: .transpose(s))]
    case .gather(let places):
      let inner = shapes[0].last ?? 1
      let s = BlobGather(
        x: xs[0], y: y, outer: shapes[0].elementCount / inner, inner: inner, places: places)
      return [StepForms(.gather(s), moving: .gather(s))]
    case .requantize:
      let s = BlobActivationStep(x: xs[0], y: y, count: out.elementCount, activation: .none)
      return [
        StepForms(.activation(s)) {
          .map($0.map(x: s.x, y: s.y, count: s.count) { $0 })
        } exact: {
          $0.requantization(x: s.x, y: s.y, count: s.count)
        }
      ]
    case .reshape:
      let count = out.elementCount
      let s = BlobCopy(x: xs[0], y: y, outer: 1, inner: count, stride: count, offset: 0)
      return [StepForms(.copy(s), moving: .copy(s))]
    }
  }

  /// Numbers at the fewest bytes that keep every bit.
  func exact(_ values: [Float]) -> StoredNumbers {
    let half = StoredNumbers.holds(values, precision: .float16)
    return StoredNumbers(values, precision: half ? .float16 : .float32)
  }
}

extension Raising {
  /// Adds what a step computes to the graph.
  mutating func raise(_ step: BlobStep) throws(LoweringError) {
    switch step {
    case .convolution(let s): try convolution(s)
    case .dense(let s): try dense(s)
    case .activation(let s): try activation(s)
    case .prelu(let s): try prelu(s)
    case .softmax(let s): try softmax(s) { .softmax(axis: $0) }
    case .logSoftmax(let s): try softmax(s.softmax) { .logSoftmax(axis: $0) }
    case .argMax(let s): try argMax(s)
    case .maxPool(let s): try maxPool(s)
    case .averagePool(let s): try averagePool(s)
    case .globalAveragePool(let s): try mean(s)
    case .binary(let s): try binary(s)
    case .matrixProduct(let s): try matrixProduct(s)
    case .constant(let s): write(s.numbers.values, at: s.y)
    case .affine(let s): try affine(s)
    case .copy(let s): try copy(s)
    case .pad(let s): try pad(s)
    case .resize(let s): try resize(s)
    case .transpose(let s): try transpose(s)
    case .gather(let s): try gather(s)
    case .slide(let s): try slide(s)
    case .integer(let s): try raise(s)
    }
  }
}

extension IntegerForm {
  /// The least that the scale of a node's result may be, so that its factors fit their bits.
  func leastScale(
    of node: Node, _ graph: Graph, _ weights: [Int: BlobWeights]
  ) -> Double {
    let inputs = node.inputs.map(tensor)
    let signed = Rescaling.largestSignedFactor
    func largest(_ id: ParameterID) -> Double {
      Double(graph[id].tensor.values.reduce(0) { max($0, abs($1)) })
    }
    switch node.operation {
    case .convolution, .dense:
      guard let index = graph.nodes.firstIndex(of: node), let weights = weights[index] else {
        return 0
      }
      return IntegerLayer(
        weights, width: precision(of: index).table, limit: tableLimit, extreme: inputs[0].extreme)
        .leastScale(x: inputs[0])
    case .prelu(let slope):
      return inputs[0].scale * max(largest(slope) / signed, 1 / Rescaling.largestFactor)
    case .affine(let scale, _): return inputs[0].scale * largest(scale) / signed
    case .globalAveragePool:
      let count = graph[node.inputs[0]].shape.dropFirst().reduce(1, *)
      return inputs[0].scale / Double(count)
        / Rescaling.largestRatio(sum: count * inputs[0].extreme)
    case .binary(.add), .binary(.subtract), .binary(.maximum), .binary(.minimum):
      return inputs.map(\.scale).reduce(0, max) / Rescaling.largestFactor
    case .binary(.multiply):
      return inputs[0].scale * inputs[1].scale
        / Rescaling.largestRatio(sum: inputs[0].extreme * inputs[1].extreme)
    case .matrixProduct:
      let inner = graph[node.inputs[0]].shape.last ?? 1
      return inputs[0].scale * inputs[1].scale
        / Rescaling.largestRatio(sum: inner * inputs[0].extreme * inputs[1].extreme)
    case .binary(.divide):
      return inputs[0].scale / inputs[1].scale / numerator(of: node.inputs[1])
        / Rescaling.largestRatio(sum: inputs[0].extreme * 32767)
    case .activation, .function, .softmax, .logSoftmax, .argMax, .maxPool, .averagePool, .constant, .concat, .pad,
      .resize, .reshape, .transpose, .slide, .gather, .lstm, .requantize:
      return 0
    }
  }
}
