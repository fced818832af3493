// What every operation means, by direct loops over one sample in double precision: the slow other
// road against which Execution is held.

import ModelGraph
import Tensors

struct OracleTensor {
  let shape: [Int]
  var values: [Double]

  init(shape: [Int], values: [Double]) {
    precondition(shape.elementCount == values.count)
    self.shape = shape
    self.values = values
  }

  init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, values: tensor.values.map { Double($0) })
  }

  /// Row-major position of an index along each axis.
  func position(_ index: [Int]) -> Int { zip(shape, index).reduce(0) { $0 * $1.0 + $1.1 } }

  subscript(index: [Int]) -> Double { values[position(index)] }

  /// The element that broadcasting from the right puts at an index of a larger shape.
  func broadcast(_ index: [Int]) -> Double {
    let own = index.suffix(shape.count)
    return self[zip(shape, own).map { $0 == 1 ? 0 : $1 }]
  }

  /// Every index of a shape, row-major.
  static func indexes(_ shape: [Int]) -> [[Int]] {
    (0..<shape.elementCount).map { position in
      var rest = position
      var index = shape
      for axis in shape.indices.reversed() {
        index[axis] = rest % shape[axis]
        rest /= shape[axis]
      }
      return index
    }
  }

  static func make(_ shape: [Int], _ value: ([Int]) -> Double) -> OracleTensor {
    OracleTensor(shape: shape, values: indexes(shape).map(value))
  }
}

struct Oracle {
  let graph: Graph
  var parameters: [OracleTensor]

  init(_ graph: Graph) {
    self.graph = graph
    parameters = graph.parameters.map { OracleTensor($0.tensor) }
  }

  /// All values that follow from the given ones, for one sample.
  func run(_ given: [ValueID: OracleTensor]) -> [ValueID: OracleTensor] {
    var values = given
    for node in graph.nodes where values[node.output] == nil {
      let inputs = node.inputs.compactMap { values[$0] }
      guard inputs.count == node.inputs.count else { continue }
      values[node.output] = apply(node.operation, inputs, shape: graph[node.output].shape)
    }
    return values
  }

  /// The graph's outputs for a batch of its one input.
  func outputs(_ input: Tensor, of wanted: [ValueID]? = nil) -> [Tensor] {
    let batch = input.shape[0]
    let samples = (0..<batch).map { sample in
      let row = input.rows(sample..<sample + 1)
      return run([graph.inputs[0]: OracleTensor(row.reshaped(to: graph[graph.inputs[0]].shape))])
    }
    return (wanted ?? graph.outputs).map { id in
      Tensor(
        shape: [batch] + graph[id].shape,
        values: samples.flatMap { $0[id]?.values.map { Float($0) } ?? [] })
    }
  }

  private func apply(_ operation: Operation, _ x: [OracleTensor], shape: [Int]) -> OracleTensor {
    switch operation {
    case .convolution(let c): return convolution(c, x[0], shape)
    case .dense(let d): return dense(d, x[0], shape)
    case .affine(let scale, let shift):
      let (s, t) = (parameters[scale.index], parameters[shift.index])
      return .make(shape) { x[0][$0] * s.values[$0[0]] + t.values[$0[0]] }
    case .activation(let a): return .make(shape) { activation(a, x[0][$0]) }
    case .prelu(let slope):
      return .make(shape) { index in
        let value = x[0][index]
        return value > 0 ? value : value * parameters[slope.index].broadcast(index)
      }
    case .softmax(let axis, let beta): return softmax(.make(shape) { Double(beta) * x[0][$0] }, axis)
    case .logSoftmax(let axis):
      let shares = softmax(x[0], axis)
      return .make(shape) { logarithm(shares[$0]) }
    case .argMax(let axis, let ofLeast):
      return .make(shape) { index in
        let row = (0..<x[0].shape[axis]).map { place in
          x[0][index.enumerated().map { $0 == axis ? place : $1 }]
        }
        return Double(row.firstIndex(of: (ofLeast ? row.min() : row.max()) ?? 0) ?? 0)
      }
    case .maxPool(let window):
      return pool(window, x[0], shape) { taps, _ in taps.max() ?? 0 }
    case .averagePool(let window, let countsPadding):
      return pool(window, x[0], shape) { taps, padded in
        taps.reduce(0, +) / Double(countsPadding ? padded : taps.count)
      }
    case .globalAveragePool:
      return .make(shape) { index in
        let plane = x[0].shape.dropFirst().elementCount
        return x[0].values[index[0] * plane..<(index[0] + 1) * plane].reduce(0, +) / Double(plane)
      }
    case .function(let function): return .make(shape) { self.function(function, x[0][$0]) }
    case .gather(let places):
      return .make(shape) { x[0][$0.dropLast() + [places[$0[$0.count - 1]]]] }
    case .binary(let operation):
      return .make(shape) { binary(operation, x[0].broadcast($0), x[1].broadcast($0)) }
    case .matrixProduct:
      return .make(shape) { index in
        (0..<x[0].shape[index.count - 1]).reduce(0.0) { sum, place in
          let (row, column) = (index.dropLast() + [place], index.dropLast(2) + [place, index[index.count - 1]])
          return sum + x[0][Array(row)] * x[1][Array(column)]
        }
      }
    case .constant(let id): return parameters[id.index]
    case .concat(let axis): return concat(x, axis, shape)
    case .slide(let axis):
      var both = shape
      both[axis] += x[1].shape[axis]
      let joined = concat(x, axis, both)
      return .make(shape) { index in
        var index = index
        index[axis] += x[1].shape[axis]
        return joined[index]
      }
    case .lstm: preconditionFailure("of integers alone")
    case .pad(let padding): return pad(padding, x[0], shape)
    case .requantize: return x[0]
    case .resize(let resize): return resized(resize, x[0], shape)
    case .reshape(let shape): return OracleTensor(shape: shape, values: x[0].values)
    case .transpose(let permutation):
      return .make(shape) { index in
        var source = index
        for (axis, from) in permutation.enumerated() { source[from] = index[axis] }
        return x[0][source]
      }
    }
  }

  private func convolution(_ c: Convolution, _ x: OracleTensor, _ shape: [Int]) -> OracleTensor {
    let (w, k) = (parameters[c.weight.index], c.window)
    let (perGroup, filters) = (w.shape[1], w.shape[0] / c.groups)
    return .make(shape) { index in
      var sum = c.bias.map { parameters[$0.index].values[index[0]] } ?? 0
      for i in 0..<perGroup {
        for (row, column, tap) in taps(k, x.shape, index) where tap.isInside {
          sum +=
            w[[index[0], i, tap.i, tap.j]] * x[[index[0] / filters * perGroup + i, row, column]]
        }
      }
      return sum
    }
  }

  /// Where each tap of an output's window lies.
  private func taps(_ window: Window, _ input: [Int], _ index: [Int])
    -> [(row: Int, column: Int, tap: (i: Int, j: Int, isInside: Bool, isPadded: Bool))]
  {
    var result: [(Int, Int, (Int, Int, Bool, Bool))] = []
    for i in 0..<window.kernel[0] {
      for j in 0..<window.kernel[1] {
        let row = index[1] * window.strides[0] - window.padBefore[0] + i * window.dilations[0]
        let column = index[2] * window.strides[1] - window.padBefore[1] + j * window.dilations[1]
        let isInside = row >= 0 && row < input[1] && column >= 0 && column < input[2]
        let isPadded = row < input[1] + window.padAfter[0] && column < input[2] + window.padAfter[1]
        result.append((row, column, (i, j, isInside, isPadded)))
      }
    }
    return result
  }

  private func dense(_ d: Dense, _ x: OracleTensor, _ shape: [Int]) -> OracleTensor {
    let w = parameters[d.weight.index]
    return .make(shape) { index in
      let row = OracleTensor(shape: x.shape, values: x.values)
      var sum = d.bias.map { parameters[$0.index].values[index[index.count - 1]] } ?? 0
      for k in 0..<w.shape[1] {
        sum += w[[index[index.count - 1], k]] * row[index.dropLast() + [k]]
      }
      return sum
    }
  }

  private func activation(_ a: Activation, _ x: Double) -> Double {
    switch a {
    case .relu: max(x, 0)
    case .leakyRelu(let alpha): x > 0 ? x : Double(alpha) * x
    case .clip(let low, let high): min(max(x, Double(low)), Double(high))
    case .sigmoid: 1 / (1 + exponential(-x))
    case .tanh: 1 - 2 / (exponential(2 * x) + 1)
    case .hardSigmoid(let alpha, let beta): min(max(Double(alpha) * x + Double(beta), 0), 1)
    case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
    case .elu(let alpha): x > 0 ? x : Double(alpha) * (exponential(x) - 1)
    }
  }

  /// By definitions, series apart.
  private func function(_ function: MathFunction, _ x: Double) -> Double {
    let tangent = { (x: Double) in 1 - 2 / (exponential(2 * x) + 1) }
    switch function.kind {
    case .absolute: return max(x, -x)
    case .exponential: return exponential(x)
    case .logarithm: return logarithm(x)
    case .squareRoot: return exponential(logarithm(x) / 2)
    case .reciprocal: return 1 / x
    case .power: return exponential(Double(function.parameter) * logarithm(x))
    case .errorFunction: return errorFunction(x)
    case .softplus: return logarithm(1 + exponential(x))
    case .softsign: return x / (1 + max(x, -x))
    case .gelu: return x * (1 + errorFunction(x / 2.0.squareRoot())) / 2
    case .tangentGelu: return x * (1 + tangent(0.7978845608028654 * (x + 0.044715 * x * x * x))) / 2
    case .silu: return x / (1 + exponential(-x))
    case .mish: return x * tangent(logarithm(1 + exponential(x)))
    case .sine: return turn(x, [0, 1, 0, -1])
    case .cosine: return turn(x, [1, 0, -1, 0])
    case .floor: return x.rounded(.down)
    case .ceiling: return x.rounded(.up)
    case .rounded: return x.rounded(.toNearestOrEven)
    case .sign: return x > 0 ? 1 : x < 0 ? -1 : 0
    case .threshold: return x > Double(function.parameter) ? x : 0
    }
  }

  /// 2 / sqrt(pi) times the sum of (-1)^n x^(2n + 1) / (n! (2n + 1)); 1 within 2e-8 from 4 on.
  private func errorFunction(_ x: Double) -> Double {
    if max(x, -x) > 4 { return x > 0 ? 1 : -1 }
    var (term, sum) = (x, x)
    for n in 1..<60 {
      term *= -x * x / Double(n)
      sum += term / Double(2 * n + 1)
    }
    return sum * 1.1283791670955126
  }

  /// The sum of x^n / n!, signs as they come round.
  private func turn(_ x: Double, _ signs: [Double]) -> Double {
    var (term, sum) = (1.0, signs[0])
    for n in 1..<60 {
      term *= x / Double(n)
      sum += signs[n % 4] * term
    }
    return sum
  }

  private func softmax(_ x: OracleTensor, _ axis: Int) -> OracleTensor {
    .make(x.shape) { index in
      var line = index
      let sum = (0..<x.shape[axis]).reduce(0.0) { sum, k in
        line[axis] = k
        return sum + exponential(x[line])
      }
      return exponential(x[index]) / sum
    }
  }

  private func pool(
    _ window: Window, _ x: OracleTensor, _ shape: [Int], _ join: ([Double], Int) -> Double
  ) -> OracleTensor {
    .make(shape) { index in
      let found = taps(window, x.shape, index)
      let inside = found.filter(\.tap.isInside).map { x[[index[0], $0.row, $0.column]] }
      return join(inside, found.filter(\.tap.isPadded).count)
    }
  }

  private func binary(_ operation: BinaryOperator, _ a: Double, _ b: Double) -> Double {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: max(a, b)
    case .minimum: min(a, b)
    }
  }

  private func concat(_ x: [OracleTensor], _ axis: Int, _ shape: [Int]) -> OracleTensor {
    .make(shape) { index in
      var source = index
      for part in x {
        if source[axis] < part.shape[axis] { return part[source] }
        source[axis] -= part.shape[axis]
      }
      return .nan
    }
  }

  private func resized(_ resize: Resize, _ x: OracleTensor, _ shape: [Int]) -> OracleTensor {
    .make(shape) { index in
      let places = (0..<2).map { axis in
        let line = resize.axes[axis]
        return Double(index[axis + 1] * line.step + line.start) / Double(line.unit)
      }
      func number(_ down: Int, _ right: Int) -> Double {
        let h = Int(places[0].rounded(.down)) + down, w = Int(places[1].rounded(.down)) + right
        return x[[index[0], min(max(h, 0), x.shape[1] - 1), min(max(w, 0), x.shape[2] - 1)]]
      }
      if resize.mode == .nearest { return number(0, 0) }
      let (a, b) = (places[0] - places[0].rounded(.down), places[1] - places[1].rounded(.down))
      let above = number(0, 0) * (1 - b) + number(0, 1) * b
      return above * (1 - a) + (number(1, 0) * (1 - b) + number(1, 1) * b) * a
    }
  }

  private func pad(_ padding: Padding, _ x: OracleTensor, _ shape: [Int]) -> OracleTensor {
    .make(shape) { index in
      var source = index.indices.map { index[$0] - padding.before[$0] }
      for axis in source.indices where !(0..<x.shape[axis]).contains(source[axis]) {
        let last = x.shape[axis] - 1
        switch padding.mode {
        case .constant(let value): return Double(value)
        case .edge: source[axis] = min(max(source[axis], 0), last)
        case .reflect: source[axis] = source[axis] < 0 ? -source[axis] : 2 * last - source[axis]
        case .symmetric: source[axis] = source[axis] < 0 ? -1 - source[axis] : 2 * last + 1 - source[axis]
        }
      }
      return x[source]
    }
  }
}
