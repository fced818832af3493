import Blob

/// Steps whose every output element depends on one element of each operand; and softmax.
enum ElementwiseSteps {
  static func prelu(_ step: BlobIntegerPRelu, _ x: [Int32], yIsSigned: Bool) -> [Int32] {
    x.enumerated().map { index, element in
      let slope = Int(step.slopes[index / step.inner % step.channels])
      let z = IntegerArithmetic.term(Int(element), element > 0 ? step.factor : slope)
      return IntegerArithmetic.finished(z, isSigned: yIsSigned)
    }
  }

  static func affine(_ step: BlobIntegerAffine, _ x: [Int32], yIsSigned: Bool) -> [Int32] {
    x.enumerated().map { index, element in
      let channel = index / step.inner % step.channels
      let z = IntegerArithmetic.term(Int(element), Int(step.factors[channel]))
      return IntegerArithmetic.finished(
        z + (step.biases?.bias(channel) ?? 0), isSigned: yIsSigned)
    }
  }

  /// - Parameter combined: of an element of a and one of b.
  static func matrixProduct(
    _ step: BlobIntegerMatrixProduct, _ a: [Int32], _ b: [Int32], yIsSigned: Bool
  ) -> [Int32] {
    let (rows, inner, columns) = (step.product.rows, step.product.inner, step.product.columns)
    return (0..<step.product.count * rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      let sum = (0..<inner).reduce(0) { sum, place in
        sum + Int(a[row * inner + place]) * Int(b[(row / rows * inner + place) * columns + column])
      }
      return IntegerArithmetic.finished(
        IntegerArithmetic.rescaled(IntegerArithmetic.wrapped(sum), step.rescale), isSigned: yIsSigned)
    }
  }

  static func binary<Formula>(
    _ step: BlobBinary<Formula>, a: [Int32], b: [Int32], _ combined: (Int, Int) -> Int32
  ) -> [Int32] {
    (0..<step.sizes.reduce(1, *)).map { index in
      let place = coordinates(of: index, in: step.sizes)
      return combined(
        Int(a[step.operandIndex(place, mask: step.maskA)]),
        Int(b[step.operandIndex(place, mask: step.maskB)]))
    }
  }

  /// What is finished, of two elements.
  static func sum(_ formula: BlobIntegerFormula, _ a: Int, _ b: Int) -> Int {
    switch formula {
    case .add(let factorA, let factorB):
      IntegerArithmetic.term(a, factorA) + IntegerArithmetic.term(b, factorB)
    case .subtract(let factorA, let factorB):
      IntegerArithmetic.term(a, factorA) - IntegerArithmetic.term(b, factorB)
    case .maximum(let factorA, let factorB):
      max(IntegerArithmetic.term(a, factorA), IntegerArithmetic.term(b, factorB))
    case .minimum(let factorA, let factorB):
      min(IntegerArithmetic.term(a, factorA), IntegerArithmetic.term(b, factorB))
    case .multiply(let rescale): IntegerArithmetic.rescaled(a * b, rescale)
    case .divide(let rescale, let reciprocals):
      IntegerArithmetic.rescaled(a * Int(reciprocals[b & 0xFF]), rescale)
    }
  }

  /// Numbers of places, a word each.
  static func places(_ step: BlobArgMax, _ x: [Int32]) -> [UInt32] {
    (0..<step.outer * step.inner).map { index in
      let (outer, inner) = index.quotientAndRemainder(dividingBy: step.inner)
      let row = (0..<step.count).map { x[(outer * step.count + $0) * step.inner + inner] }
      let best = step.mode == .largest ? row.max() : row.min()
      return UInt32(row.firstIndex { $0 == best } ?? 0)
    }
  }

  static func softmax(_ form: BlobIntegerSoftmax, _ x: [Int32]) -> [Int32] {
    let (step, table) = (form.softmax, form.exponentials)
    var y = x
    for outer in 0..<step.outer {
      for inner in 0..<step.inner {
        let indices = (0..<step.count).map { (outer * step.count + $0) * step.inner + inner }
        let largest = indices.reduce(Int32.min) { max($0, x[$1]) }
        let exponentials = indices.map { index in
          let distance = Int(largest - x[index])
          return distance < table.count ? Int(table[distance]) : 0
        }
        let sum = exponentials.reduce(0, +)
        for (index, exponential) in zip(indices, exponentials) {
          y[index] = Int32((255 * exponential + sum / 2) / sum)
        }
      }
    }
    return y
  }
}

extension BlobBinary {
  /// The index in an operand that repeats along the axes of its mask.
  fileprivate func operandIndex(_ place: [Int], mask: UInt8) -> Int {
    var index = 0
    for axis in sizes.indices where mask >> UInt8(axis) & 1 == 0 {
      index = index * sizes[axis] + place[axis]
    }
    return index
  }
}

/// Where an element lies along each axis of a row-major tensor.
func coordinates(of index: Int, in sizes: [Int]) -> [Int] {
  var rest = index
  var place = sizes
  for axis in sizes.indices.reversed() {
    (rest, place[axis]) = rest.quotientAndRemainder(dividingBy: sizes[axis])
  }
  return place
}

/// The index of the element at these coordinates.
func index(of place: [Int], in sizes: [Int]) -> Int {
  zip(place, sizes).reduce(0) { $0 * $1.1 + $1.0 }
}
