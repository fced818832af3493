// Matrices among constants: their products, and triangles of them.

import ModelGraph

extension GraphBuilder {
  /// The product of two constants, matrices or vectors, over like axes before.
  mutating func multiplied(_ a: Literal, _ b: Literal, _ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    guard case .floats = a.content, case .floats = b.content, !a.shape.isEmpty, !b.shape.isEmpty else {
      throw node.unsupported("a product of constants is of floats")
    }
    // A vector is a row on the left and a column on the right, and that axis goes again.
    let left = a.shape.count == 1 ? [1] + a.shape : a.shape
    let right = b.shape.count == 1 ? b.shape + [1] : b.shape
    let (rows, inner, columns) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    guard right[right.count - 2] == inner, let outer = broadcastShape(Array(left.dropLast(2)), Array(right.dropLast(2)))
    else { throw node.unfit("\(a.shape) and \(b.shape) are not matrices whose product there is") }
    let count = saturatingProduct(outer)
    try reserveDerived(saturatingProduct([count, rows, columns, max(inner, 1)]), node)
    let x = a.reshaped(to: left).broadcast(to: outer + left.suffix(2)), y = b.reshaped(to: right).broadcast(to: outer + right.suffix(2))
    guard case .floats(let lefts) = x.content, case .floats(let rights) = y.content else { return a }
    var product = [Float](repeating: 0, count: count * rows * columns)
    for place in product.indices {
      let (matrix, row, column) = (place / (rows * columns), place / columns % rows, place % columns)
      var sum = 0.0
      for k in 0..<inner {
        sum += Double(lefts[(matrix * rows + row) * inner + k]) * Double(rights[(matrix * inner + k) * columns + column])
      }
      product[place] = Float(sum)
    }
    let shape = outer + (a.shape.count == 1 ? [] : [rows]) + (b.shape.count == 1 ? [] : [columns])
    return Literal(name: node.outputs[0], shape: shape, content: .floats(product))
  }

  /// A constant's matrices with zeros below the diagonal, or above it.
  mutating func triangle(_ x: Literal, from place: Literal?, _ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    let isUpper = try node.integer("upper", or: 1) != 0
    let diagonal = try place.map { place throws(ModelLoadingError) in try integers(place, "diagonal", node) }?.first ?? 0
    guard x.shape.count >= 2 else { throw node.unfit("\(x.shape) is no matrix") }
    try reserveDerived(x.count, node)
    let (rows, columns) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
    func isKept(_ index: Int) -> Bool {
      let (row, column) = (index / columns % rows, index % columns)
      return isUpper ? column - row >= diagonal : column - row <= diagonal
    }
    let content: Literal.Content =
      switch x.content {
      case .floats(let values): .floats(values.enumerated().map { isKept($0) ? $1 : 0 })
      case .sizes(let values): .sizes(values.enumerated().map { isKept($0) ? $1 : .known(0) })
      }
    return Literal(name: node.outputs[0], shape: x.shape, content: content)
  }
}

// MARK: - Of computed values

extension GraphBuilder {
  /// The same of a computed value: times ones and zeros.
  mutating func triangle(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let own = sizes(x)
    guard own.count >= 2, let rows = extent(own[own.count - 2]), let columns = extent(own[own.count - 1]) else {
      throw node.mixesSamples("its matrices \(own) are along the batch axis")
    }
    let ones = Literal(
      name: "ones", shape: [rows, columns], content: .floats([Float](repeating: 1, count: saturatingProduct([rows, columns]))))
    let mask = try triangle(ones, from: try constant(node, 1, "diagonal"), node)
    return try combined(.multiply, .computed(x), .known(mask), node, part: "")
  }

  /// Sums of products by the letters of their axes: a transpose, or a product of matrices.
  mutating func einsum(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let equation = try node.string("equation", or: "").filter { $0 != " " }
    let refused = node.unsupported("its equation \(equation) is neither a transpose nor a product of matrices")
    let sides = equation.components(of: "->")
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    guard sides.count == 2, terms.count == node.inputs.count, !equation.contains("."),
      terms.allSatisfy({ Set($0).count == $0.count })
    else { throw refused }
    let result = Array(sides[1])
    if terms.count == 1 {
      let x = try data(node)
      guard terms[0].count == rank(x), Set(terms[0]) == Set(result), terms[0].count == result.count else { throw refused }
      return try transposed(x, result.compactMap { terms[0].firstIndex(of: $0) }, node)
    }
    guard terms.count == 2, terms[0].count == terms[1].count, terms[0].count >= 2,
      case .computed(let x) = try required(node, 0), case .computed(let y) = try required(node, 1),
      rank(x) == terms[0].count, rank(y) == terms[1].count
    else { throw refused }
    // Letters before the last two are matrices of their own.
    let outer = Array(terms[0].dropLast(2))
    guard Array(terms[1].dropLast(2)) == outer, Array(result.dropLast(2)) == outer, result.count == terms[0].count,
      let row = result.dropLast().last, let column = result.last
    else { throw refused }
    // The factor that has the result's rows is on the left.
    let isTurned = !terms[0].contains(row)
    let factors = isTurned ? (y, x) : (x, y)
    let (a, b) = (Array(terms[isTurned ? 1 : 0].suffix(2)), Array(terms[isTurned ? 0 : 1].suffix(2)))
    guard let inner = a.first(where: { $0 != row }), a.contains(row), b.contains(inner), b.contains(column),
      inner != column, row != column
    else { throw refused }
    let swap = lastAxesSwapped(terms[0].count)
    let left = a[0] == row ? factors.0 : try transposed(factors.0, swap, node)
    let right = b[1] == column ? factors.1 : try transposed(factors.1, swap, node)
    return try product(left, right, node)
  }
}

extension String {
  /// Its parts between the occurrences of a separator.
  fileprivate func components(of separator: String) -> [String] {
    guard let range = firstRange(of: separator) else { return [self] }
    return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
  }
}
