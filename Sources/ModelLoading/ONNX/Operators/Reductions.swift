// Reductions over some axes of a sample: ReduceMean, ReduceSum, ReduceMax and their kin, GlobalMaxPool.
//
// Each is a pool, or a mean, between functions of every number: a sum is a mean times a count, the least is the
// negative of the largest of the negatives.

import ModelGraph

/// What becomes of all numbers that are reduced to one.
enum Reduction {
  case mean, sum, max, min, product
  /// The sum of magnitudes, of squares, and the root of that.
  case sumOfMagnitudes, sumOfSquares, norm
  /// The logarithm of the sum, and of the sum of exponentials.
  case logOfSum, logOfExponentials
}

extension GraphBuilder {
  mutating func reduction(_ kind: Reduction, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let axes = try reducedAxes(of: x, node)
    let keepsAxes = try node.integer("keepdims", or: 1) != 0
    return try reduced(x, over: axes, kind, keepsAxes: keepsAxes, node)
  }

  /// The axes that a reduction names: all where it names none, unless that means none.
  private mutating func reducedAxes(of x: ComputedValue, _ node: ONNXNode) throws(ModelLoadingError)
    -> Set<Int>
  {
    let rank = rank(x)
    var axes = Set<Int>()
    for axis in try self.axes(node) ?? [] { axes.insert(try self.axis(axis, rank: rank, node)) }
    if axes.isEmpty, try node.integer("noop_with_empty_axes", or: 0) == 0 { axes = Set(0..<rank) }
    return axes
  }

  /// The largest of every channel.
  mutating func globalMaxPool(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try rebatched(try data(node), node)
    guard x.batchAxis == 0, rank(x) >= 3 else {
      throw node.mixesSamples("the first axis of its input \(sizes(x)) is not the batch alone")
    }
    return try reduced(x, over: Set(2..<rank(x)), .max, keepsAxes: true, node)
  }

  /// A value reduced over some of ONNX's axes.
  mutating func reduced(
    _ x: ComputedValue, over axes: Set<Int>, _ kind: Reduction, keepsAxes: Bool, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ComputedValue {
    if let batchAxis = x.batchAxis, axes.contains(batchAxis) {
      guard batch == 1 else { throw node.mixesSamples("it runs over the batch axis") }
      let whole = try withoutBatchAxis(x, node)
      let value = try reduced(whole, over: axes, kind, keepsAxes: keepsAxes, node)
      return try rebatched(value, node)
    }
    let id = try reduced(x.id, over: Set(axes.map { sampleAxis($0, of: x) }), kind, keepsAxes: keepsAxes, node)
    let gone = keepsAxes ? 0 : axes.count { $0 < x.batchAxis ?? 0 }
    return ComputedValue(id: id, batchAxis: x.batchAxis.map { $0 - gone })
  }

  /// A value of the graph reduced over some axes of a sample.
  private mutating func reduced(
    _ x: ValueID, over axes: Set<Int>, _ kind: Reduction, keepsAxes: Bool, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ValueID {
    let shape = graph[x].shape
    let count = Float(saturatingProduct(axes.map { shape[$0] }))
    let kept = shape.indices.filter { keepsAxes || !axes.contains($0) }.map { axes.contains($0) ? 1 : shape[$0] }
    func pool(_ kind: Reduction, _ x: ValueID) throws(ModelLoadingError) -> ValueID {
      try pooled(x, over: axes, kind, as: kept, node)
    }
    func sum(_ x: ValueID) throws(ModelLoadingError) -> ValueID {
      try combined(.multiply, try pool(.mean, x), with: count, node, part: "sum")
    }
    func function(_ kind: MathFunction.Kind, _ x: ValueID) throws(ModelLoadingError) -> ValueID {
      try add(.function(MathFunction(kind)), [x], node, part: "\(kind)")
    }
    switch kind {
    case .mean, .max, .product: return try pool(kind, x)
    case .min:
      let negative = try combined(.multiply, x, with: -1, node, part: "negative")
      return try combined(.multiply, try pool(.max, negative), with: -1, node, part: "least")
    case .sum: return try sum(x)
    case .sumOfSquares: return try sum(try power(of: x, 2, node, part: "squares"))
    case .sumOfMagnitudes: return try sum(try function(.absolute, x))
    case .norm: return try function(.squareRoot, try sum(try power(of: x, 2, node, part: "squares")))
    case .logOfSum: return try function(.logarithm, try sum(x))
    case .logOfExponentials:
      let whole = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
      let largest = try pooled(x, over: axes, .max, as: whole, node)
      let less = try add(.binary(.subtract), [x, largest], node, part: "less")
      let logarithm = try function(.logarithm, try sum(try function(.exponential, less)))
      let more = try viewed(largest, as: kept, node)
      return try add(.binary(.add), [logarithm, more], node, part: "more")
    }
  }

  /// A mean, a maximum or a product over some axes of a sample: a pool over a view [outer, run, inner] with the run
  /// for its window, for each run of neighbouring axes; the mean of all but the first axis at once.
  ///
  /// - Parameter kept: the shape of the result.
  private mutating func pooled(
    _ x: ValueID, over axes: Set<Int>, _ kind: Reduction, as kept: [Int], _ node: ONNXNode
  ) throws(ModelLoadingError) -> ValueID {
    var (id, shape) = (x, graph[x].shape)
    if kind == .mean, shape.count > 1, axes == Set(1..<shape.count) {
      return try viewed(try add(.globalAveragePool, [id], node), as: kept, node)
    }
    for (number, run) in runs(axes).enumerated() {
      let outer = saturatingProduct(shape[..<run.lowerBound])
      let inner = saturatingProduct(shape[(run.upperBound + 1)...])
      let count = saturatingProduct(shape[run])
      let view = try viewed(id, as: [outer, count, inner], node)
      let window = Window(kernel: [count, 1])
      let part = number == 0 ? "" : "along"
      switch kind {
      case .product: id = try product(along: view, node)
      case .max: id = try add(.maxPool(window), [view], node, part: part)
      case .mean, .sum, .min, .sumOfMagnitudes, .sumOfSquares, .norm, .logOfSum, .logOfExponentials:
        id = try add(.averagePool(window, countsPadding: false), [view], node, part: part)
      }
      for axis in run { shape[axis] = 1 }
    }
    return try viewed(id, as: kept, node)
  }

  /// [outer, count, inner] to [outer, 1, inner]: half times half, as often as it takes.
  private mutating func product(along x: ValueID, _ node: ONNXNode) throws(ModelLoadingError) -> ValueID {
    var (id, rest) = (x, ValueID?.none)
    while graph[id].shape[1] > 1 {
      let (whole, half) = (ComputedValue(id: id, batchAxis: nil), graph[id].shape[1] / 2)
      if graph[id].shape[1] % 2 == 1 {
        let last = try picked(whole, .run(start: 2 * half, count: 1, stride: 1), axis: 1, node).id
        rest = try rest.map { rest throws(ModelLoadingError) in
          try add(.binary(.multiply), [rest, last], node, part: "rest")
        } ?? last
      }
      let parts = try [0, half].map { start throws(ModelLoadingError) in
        try picked(whole, .run(start: start, count: half, stride: 1), axis: 1, node).id
      }
      id = try add(.binary(.multiply), parts, node, part: "product")
    }
    guard let rest else { return id }
    return try add(.binary(.multiply), [id, rest], node, part: "product")
  }

  /// Runs of neighbouring numbers.
  private func runs(_ axes: Set<Int>) -> [ClosedRange<Int>] {
    axes.sorted().reduce(into: []) { runs, axis in
      if let last = runs.last, last.upperBound == axis - 1 {
        runs[runs.count - 1] = last.lowerBound...axis
      } else {
        runs.append(axis...axis)
      }
    }
  }
}
