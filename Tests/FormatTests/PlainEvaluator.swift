import Blob
import Foundation

// What a blob computes, as Formats/Blob.md, "Steps", says it: the plainest loops there are, in
// double precision, over the unpacked model. It shares nothing with the runtime or with Execution,
// and so serves as the oracle for both.

/// Runs a model on one sample in double precision.
struct PlainEvaluator {
  private var arena: [Double]

  /// The outputs for these inputs, each list as long as its tensor.
  static func outputs(of model: BlobModel, inputs: [[Float]]) -> [[Float]] {
    outputs(of: model, frames: [inputs])[0]
  }

  /// The same of frames in turn.
  static func outputs(of model: BlobModel, frames: [[[Float]]]) -> [[[Float]]] {
    var evaluator = PlainEvaluator(arena: [Double](repeating: .nan, count: model.arenaBytes / 4))
    for state in model.states {
      var numbers = [Double](repeating: 0, count: state.tensor.count)
      if case .numbers(let given) = state.beginning { numbers = given.values.map(Double.init) }
      evaluator.write(numbers, at: state.tensor.place)
    }
    return frames.map { inputs in
      for (input, numbers) in zip(model.inputs, inputs) {
        evaluator.write(numbers.map(Double.init), at: input.tensor.place)
      }
      for step in model.steps { evaluator.run(step) }
      return model.outputs.map { output in
        evaluator.read(output.place, output.count).map { Float($0) }
      }
    }
  }

  private func read(_ place: Int, _ count: Int) -> [Double] {
    Array(arena[place..<place + count])
  }

  private mutating func write(_ numbers: [Double], at place: Int) {
    arena.replaceSubrange(place..<place + numbers.count, with: numbers)
  }

  private mutating func run(_ step: BlobStep) {
    switch step {
    case .convolution(let step): write(convolution(step), at: step.y)
    case .dense(let step): write(dense(step), at: step.y)
    case .activation(let step):
      write(read(step.x, step.count).map(step.activation.value), at: step.y)
    case .prelu(let step):
      let x = read(step.x, step.outer * step.channels * step.inner)
      let slopes = step.slopes.values
      write(
        x.enumerated().map { index, value in
          value > 0 ? value : Double(slopes[index / step.inner % step.channels]) * value
        }, at: step.y)
    case .matrixProduct(let step):
      let a = read(step.a, step.count * step.rows * step.inner)
      let b = read(step.b, step.count * step.inner * step.columns)
      write(
        (0..<step.count * step.rows * step.columns).map { index in
          let (row, column) = (index / step.columns, index % step.columns)
          let first = row / step.rows * step.inner
          return (0..<step.inner).reduce(0) { sum, place in
            sum + a[row * step.inner + place] * b[(first + place) * step.columns + column]
          }
        }, at: step.y)
    case .softmax(let step): write(softmax(step), at: step.y)
    case .logSoftmax(let step): write(softmax(step.softmax).map { log($0) }, at: step.softmax.y)
    case .argMax(let step): write(places(step), at: step.y)
    case .maxPool(let step):
      write(pool(step) { taps in taps.compactMap(\.self).max() ?? 0 }, at: step.y)
    case .averagePool(let step): write(averagePool(step), at: step.pool.y)
    case .globalAveragePool(let step):
      let x = read(step.x, step.channels * step.inner)
      write(
        (0..<step.channels).map { channel in
          x[channel * step.inner..<(channel + 1) * step.inner].reduce(0, +) / Double(step.inner)
        }, at: step.y)
    case .binary(let step): write(binary(step), at: step.y)
    case .copy(let step):
      for outer in 0..<step.outer {
        write(
          read(step.x + outer * step.inner, step.inner),
          at: step.y + outer * step.stride + step.offset)
      }
    case .slide(let step):
      let row = step.count * step.inner
      for outer in 0..<step.outer {
        let both = read(step.y + outer * row, row) + read(step.x + outer * step.new * step.inner, step.new * step.inner)
        write(both.suffix(row), at: step.y + outer * row)
      }
    case .pad(let step): write(pad(step), at: step.y)
    case .transpose(let step): write(transpose(step), at: step.y)
    case .constant(let step): write(step.numbers.values.map(Double.init), at: step.y)
    case .gather(let step):
      for outer in 0..<step.outer {
        let x = read(step.x + outer * step.inner, step.inner)
        write(step.places.map { x[$0] }, at: step.y + outer * step.places.count)
      }
    case .resize(let step): write(resize(step), at: step.y)
    case .integer: preconditionFailure("integer steps are the emulator's")
    case .affine(let step):
      let x = read(step.x, step.channels * step.inner)
      write(
        x.enumerated().map { index, value in
          let channel = index / step.inner % step.channels
          return value * Double(step.scale.values[channel])
            + Double(step.shift.values[channel])
        }, at: step.y)
    }
  }

  // MARK: Filters

  private func convolution(_ step: BlobConvolution<BlobActivation>) -> [Double] {
    let x = read(step.x, step.c * step.h * step.w)
    let matrix = step.weights.plainMatrix
    let inGroup = step.c / step.groups
    var y: [Double] = []
    for o in 0..<step.o {
      let group = o / (step.o / step.groups)
      for oh in 0..<step.oh {
        for ow in 0..<step.ow {
          var sum = 0.0
          for c in 0..<inGroup {
            for i in 0..<step.kh {
              for j in 0..<step.kw {
                let row = oh * step.sh - step.top + i * step.dh
                let column = ow * step.sw - step.left + j * step.dw
                if row < 0 || row >= step.h || column < 0 || column >= step.w { continue }
                let weight = matrix[o][(c * step.kh + i) * step.kw + j]
                sum += weight * x[((group * inGroup + c) * step.h + row) * step.w + column]
              }
            }
          }
          y.append(step.finish.value(step.weights.finish(sum, row: o)))
        }
      }
    }
    return y
  }

  private func dense(_ step: BlobDense) -> [Double] {
    let matrix = step.weights.plainMatrix
    var y: [Double] = []
    for row in 0..<step.r {
      let x = read(step.x + row * step.i, step.i)
      for o in 0..<step.o {
        let sum = zip(matrix[o], x).reduce(0) { $0 + $1.0 * $1.1 }
        y.append(step.activation.value(step.weights.finish(sum, row: o)))
      }
    }
    return y
  }

  // MARK: Windows

  /// `reduce` gets the taps of each window, nil for those outside the image.
  private func pool(_ step: BlobPool, _ reduce: ([Double?]) -> Double) -> [Double] {
    let x = read(step.x, step.c * step.h * step.w)
    var y: [Double] = []
    for c in 0..<step.c {
      for oh in 0..<step.oh {
        for ow in 0..<step.ow {
          var taps: [Double?] = []
          for i in 0..<step.kh {
            for j in 0..<step.kw {
              let row = oh * step.sh - step.top + i * step.dh
              let column = ow * step.sw - step.left + j * step.dw
              let inside = row >= 0 && row < step.h && column >= 0 && column < step.w
              taps.append(inside ? x[(c * step.h + row) * step.w + column] : nil)
            }
          }
          y.append(reduce(taps))
        }
      }
    }
    return y
  }

  private func averagePool(_ step: BlobAveragePool) -> [Double] {
    guard step.countsPadding else {
      return pool(step.pool) { taps in
        let inside = taps.compactMap(\.self)
        return inside.isEmpty ? 0 : inside.reduce(0, +) / Double(inside.count)
      }
    }
    // A second image of ones, as large as the padded one, counts the taps inside that.
    let sums = pool(step.pool) { $0.compactMap(\.self).reduce(0, +) }
    let insides = pool(step.pool) { Double($0.compactMap(\.self).count) }
    var padded = step.pool
    padded.h += step.pool.top + step.bottom
    padded.w += step.pool.left + step.right
    (padded.top, padded.left, padded.x) = (0, 0, 0)
    let ones = [Double](repeating: 1, count: padded.c * padded.h * padded.w)
    let counts = PlainEvaluator(arena: ones).pool(padded) { $0.compactMap(\.self).reduce(0, +) }
    return sums.indices.map { insides[$0] == 0 ? 0 : sums[$0] / counts[$0] }
  }

  // MARK: Other axes

  private func softmax(_ step: BlobSoftmax) -> [Double] {
    var y = read(step.x, step.outer * step.count * step.inner)
    for outer in 0..<step.outer {
      for inner in 0..<step.inner {
        let indices = (0..<step.count).map { (outer * step.count + $0) * step.inner + inner }
        let largest = indices.map { y[$0] }.max() ?? 0
        let exponentials = indices.map { exp(y[$0] - largest) }
        let sum = exponentials.reduce(0, +)
        for (index, exponential) in zip(indices, exponentials) { y[index] = exponential / sum }
      }
    }
    return y
  }

  private func places(_ step: BlobArgMax) -> [Double] {
    let x = read(step.x, step.outer * step.count * step.inner)
    return (0..<step.outer * step.inner).map { index in
      let start = index / step.inner * step.count * step.inner + index % step.inner
      let row = (0..<step.count).map { x[start + $0 * step.inner] }
      let best = (step.mode == .largest ? row.max() : row.min()) ?? 0
      return Double(row.firstIndex(of: best) ?? 0)
    }
  }

  private func binary(_ step: BlobBinary<BlobFloatFormula>) -> [Double] {
    let count = step.sizes.reduce(1, *)
    return (0..<count).map { index in
      let place = coordinates(index, step.sizes)
      let a = arena[step.a + repeated(place, step.sizes, step.maskA)]
      let b = arena[step.b + repeated(place, step.sizes, step.maskB)]
      let value =
        switch step.formula.operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: max(a, b)
        case .minimum: min(a, b)
        }
      return step.formula.activation.value(value)
    }
  }

  /// The index in an operand that repeats along the axes of its mask.
  private func repeated(_ place: [Int], _ sizes: [Int], _ mask: UInt8) -> Int {
    var index = 0
    for axis in sizes.indices where mask >> UInt8(axis) & 1 == 0 {
      index = index * sizes[axis] + place[axis]
    }
    return index
  }

  private func coordinates(_ index: Int, _ sizes: [Int]) -> [Int] {
    var rest = index
    var place: [Int] = []
    for size in sizes.reversed() {
      place.insert(rest % size, at: 0)
      rest /= size
    }
    return place
  }

  private func offset(_ place: [Int], _ sizes: [Int]) -> Int {
    zip(place, sizes).reduce(0) { $0 * $1.1 + $1.0 }
  }

  private func pad(_ step: BlobPad<Float>) -> [Double] {
    let sizes = step.sizes.indices.map { step.before[$0] + step.sizes[$0] + step.after[$0] }
    return (0..<sizes.reduce(1, *)).map { index in
      var source: [Int] = []
      for (axis, coordinate) in coordinates(index, sizes).enumerated() {
        let (place, last) = (coordinate - step.before[axis], step.sizes[axis] - 1)
        switch step.mode {
        case .constant: if place < 0 || place > last { return Double(step.value) }
        case .reflect, .edge, .symmetric: break
        }
        switch step.mode {
        case .reflect: source.append(place < 0 ? -place : place > last ? 2 * last - place : place)
        case .symmetric: source.append(place < 0 ? -1 - place : place > last ? 2 * last + 1 - place : place)
        case .constant, .edge: source.append(min(max(place, 0), last))
        }
      }
      return arena[step.x + offset(source, step.sizes)]
    }
  }

  private func resize(_ step: BlobResize) -> [Double] {
    let x = read(step.x, step.c * step.h * step.w)
    func place(_ axis: BlobResize.Axis, _ index: Int) -> Double {
      let units = Double(axis.stepRest) * Double(index) + Double(axis.startRest)
      return Double(axis.step * index + axis.start) + units / Double(axis.unit)
    }
    return (0..<step.c * step.oh * step.ow).map { index in
      let at = coordinates(index, [step.c, step.oh, step.ow])
      let (h, w) = (place(step.rows, at[1]), place(step.columns, at[2]))
      func element(_ h: Double, _ w: Double) -> Double {
        let (row, column) = (min(max(Int(h), 0), step.h - 1), min(max(Int(w), 0), step.w - 1))
        return x[(at[0] * step.h + row) * step.w + column]
      }
      let (top, left) = (h.rounded(.down), w.rounded(.down))
      switch step.mode {
      case .nearest: return element(top, left)
      case .linear:
        let above = element(top, left) * (left + 1 - w) + element(top, left + 1) * (w - left)
        let below = element(top + 1, left) * (left + 1 - w) + element(top + 1, left + 1) * (w - left)
        return above * (top + 1 - h) + below * (h - top)
      }
    }
  }

  private func transpose(_ step: BlobTranspose) -> [Double] {
    let sizes = step.axes.map { step.sizes[$0] }
    return (0..<sizes.reduce(1, *)).map { index in
      var source = [Int](repeating: 0, count: sizes.count)
      for (axis, coordinate) in coordinates(index, sizes).enumerated() {
        source[step.axes[axis]] = coordinate
      }
      return arena[step.x + offset(source, step.sizes)]
    }
  }
}

extension BlobWeights {
  /// Row by row, zeros included, without scales.
  fileprivate var plainMatrix: [[Double]] {
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: columns), count: rows)
    for (index, position) in positions.enumerated() {
      let value: Float
      switch values {
      case .table(let table, let codes): value = table.values[Int(codes.values[index])]
      case .raw(let raw): value = raw.values[index]
      }
      matrix[position / columns][position % columns] = Double(value)
    }
    return matrix
  }

  fileprivate func finish(_ sum: Double, row: Int) -> Double {
    let scale = rowScales.values.isEmpty ? 1 : Double(rowScales.values[row])
    return scale * sum + (biases.values.isEmpty ? 0 : Double(biases.values[row]))
  }
}

extension BlobActivation {
  fileprivate func value(_ x: Double) -> Double {
    switch self {
    case .none: x
    case .relu: max(x, 0)
    case .leakyRelu(let alpha): x > 0 ? x : Double(alpha) * x
    case .clip(let low, let high): min(max(x, Double(low)), Double(high))
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: 1 - 2 / (exp(2 * x) + 1)
    case .hardSigmoid(let alpha, let beta): min(max(Double(alpha) * x + Double(beta), 0), 1)
    case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
    case .elu(let alpha): x > 0 ? x : Double(alpha) * (exp(x) - 1)
    case .function(let function): function.kind.value(x, Double(function.parameter))
    }
  }
}

extension BlobFunction.Kind {
  fileprivate func value(_ x: Double, _ parameter: Double) -> Double {
    let softplus = log(1 + exp(x))
    switch self {
    case .absolute: return abs(x)
    case .exponential: return exp(x)
    case .logarithm: return log(x)
    case .squareRoot: return sqrt(x)
    case .reciprocal: return 1 / x
    case .power: return pow(x, parameter)
    case .errorFunction: return erf(x)
    case .softplus: return softplus
    case .softsign: return x / (1 + abs(x))
    case .gelu: return x * (1 + erf(x / sqrt(2))) / 2
    case .tangentGelu: return x * (1 + tanh(sqrt(2 / Double.pi) * (x + 0.044715 * pow(x, 3)))) / 2
    case .silu: return x / (1 + exp(-x))
    case .mish: return x * tanh(softplus)
    case .sine: return sin(x)
    case .cosine: return cos(x)
    case .floor: return x.rounded(.down)
    case .ceiling: return x.rounded(.up)
    case .rounded: return x.rounded(.toNearestOrEven)
    case .sign: return x > 0 ? 1 : x < 0 ? -1 : 0
    case .threshold: return x > parameter ? x : 0
    }
  }
}
