// Elementwise functions, batch normalization, Softmax, and what does nothing: Dropout, Cast.

import ModelGraph
import Tensors

extension GraphBuilder {
  mutating func activation(_ function: Activation, _ node: ONNXNode) throws(ModelLoadingError)
    -> ComputedValue
  {
    try elementwise(.activation(function), node)
  }

  /// An operation that does the same to every number.
  mutating func elementwise(_ operation: Operation, _ node: ONNXNode) throws(ModelLoadingError)
    -> ComputedValue
  {
    let x = try data(node)
    return ComputedValue(id: try add(operation, [x.id], node), batchAxis: x.batchAxis)
  }

  mutating func leakyRelu(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let alpha = try finite("alpha", or: 0.01, node)
    return try activation(.leakyRelu(alpha: alpha), node)
  }

  mutating func elu(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    try activation(.elu(alpha: try finite("alpha", or: 1, node)), node)
  }

  mutating func hardSigmoid(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (alpha, beta) = (try finite("alpha", or: 0.2, node), try finite("beta", or: 0.5, node))
    return try activation(.hardSigmoid(alpha: alpha, beta: beta), node)
  }

  func finite(_ name: String, or standard: Float, _ node: ONNXNode)
    throws(ModelLoadingError) -> Float
  {
    let value = try node.float(name, or: standard)
    guard value.isFinite else { throw node.unfit("attribute \(name) is not finite") }
    return value
  }

  /// Bounds are attributes before operator set 11 and inputs from then on; a bound left out, or
  /// infinite, is the largest number.
  mutating func clip(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let limit = Float.greatestFiniteMagnitude
    var (low, high) = (-limit, limit)
    if node.opset < 11 {
      (low, high) = (try node.float("min", or: low), try node.float("max", or: high))
    } else {
      guard !node.has("min"), !node.has("max") else {
        throw node.unsupported("attributes min and max ended with operator set 11")
      }
      let bounds = [try value(node, 1), try value(node, 2)]
      if bounds.contains(where: { if case .computed? = $0 { true } else { false } }) {
        return try clip(node, between: bounds[0], and: bounds[1])
      }
      if let bound = try constant(node, 1, "lower bound") {
        low = try scalar(bound, "lower bound", node)
      }
      if let bound = try constant(node, 2, "upper bound") {
        high = try scalar(bound, "upper bound", node)
      }
    }
    guard low <= high else {
      throw node.unfit("its lower bound \(low) is above its upper bound \(high): are they swapped?")
    }
    let bounded = Activation.clip(low: max(low, -limit), high: min(high, limit))
    return try activation(bounded, node)
  }

  /// Of bounds that are computed: the larger, and of that the smaller.
  private mutating func clip(_ node: ONNXNode, between low: TracedValue?, and high: TracedValue?)
    throws(ModelLoadingError) -> ComputedValue
  {
    var x = TracedValue.computed(try data(node))
    if let low {
      x = .computed(try combined(.maximum, x, try finite(low, "lower bound", node), node, part: high == nil ? "" : "low"))
    }
    if let high { x = .computed(try combined(.minimum, x, try finite(high, "upper bound", node), node, part: "")) }
    guard case .computed(let clipped) = x else { throw node.unfit("it has no input") }
    return clipped
  }

  /// A bound, infinities as the largest numbers.
  private func finite(_ bound: TracedValue, _ what: String, _ node: ONNXNode) throws(ModelLoadingError) -> TracedValue {
    guard case .known(let literal) = bound else { return bound }
    let limit = Float.greatestFiniteMagnitude
    let number = min(max(try scalar(literal, what, node), -limit), limit)
    return .known(Literal(name: literal.name, shape: [], content: .floats([number])))
  }

  /// Slopes before operator set 7 are one or one a channel; later ones broadcast from the right.
  mutating func prelu(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    guard var slope = try constant(node, 1, "slope") else { throw node.unfit("it has no slope") }
    if node.opset < 7, slope.shape.count == 1, slope.count > 1, rank(x) > 2 {
      slope = slope.reshaped(to: slope.shape + Array(repeating: 1, count: rank(x) - 2))
    }
    guard slope.shape.count <= rank(x), let shape = sampleShape(of: slope, beside: x) else {
      throw node.mixesSamples(
        "slopes \(slope.shape) are not the same for every sample of \(sizes(x))")
    }
    let parameter = try parameter(slope, .slope, shape: shape, node)
    let id = try add(.prelu(slope: parameter), [x.id], node)
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }

  /// In inference, dropout gives what it takes.
  mutating func dropout(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    try checkDropout(node)
    return try data(node)
  }

  private mutating func checkDropout(_ node: ONNXNode) throws(ModelLoadingError) {
    var trains = try saysTraining(node)
    if node.opset >= 12, let flag = try constant(node, 2, "training mode") {
      trains = try integers(flag, "training mode", node).contains { $0 != 0 }
    }
    guard !trains else { throw node.trains() }
  }

  /// A change among float types, which changes nothing here: all is computed in float32; and of numbers of places
  /// among integers.
  mutating func cast(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    if truthValues.contains(x.id) { return x }
    if try node.castsToTruth() { return try truth(x, node) }
    if integerValues.contains(x.id) { return try castIntegers(x, node) }
    if try !castsPlaces(node) { try node.checkCast() }
    return x
  }
}

// MARK: - Batch normalization

extension GraphBuilder {
  /// x * scale + shift: scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale.
  mutating func batchNormalization(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    guard x.batchAxis == 0, rank(x) >= 2 else {
      throw node.mixesSamples("the first axis of its input \(sizes(x)) is not the batch alone")
    }
    try checkInference(node, rank: rank(x))
    let channels = graph[x.id].shape[0]
    var statistics: [(literal: Literal, values: [Float])] = []
    for (position, what) in ["scale", "bias", "mean", "variance"].enumerated() {
      guard let literal = try constant(node, position + 1, what), literal.count == channels,
        literal.shape.filter({ $0 != 1 }).count <= 1
      else { throw node.unfit("its \(what) is not one number for each of \(channels) channels") }
      statistics.append((literal, try floats(literal, what, node)))
    }
    let epsilon = Double(try node.float("epsilon", or: 1e-5))
    try checkStatistics(statistics, epsilon, node)
    let factors = (0..<channels).map {
      Double(statistics[0].values[$0]) / (Double(statistics[3].values[$0]) + epsilon).squareRoot()
    }
    for channel in 0..<channels where !Float(factors[channel]).isFinite {
      throw node.unfit(
        "the scale \(statistics[0].values[channel]) of channel \(channel) over the root of its variance "
          + "\(statistics[3].values[channel]) is beyond float32")
    }
    // The same statistics under another epsilon are other numbers.
    let form = "folded \(statistics.map(\.literal.name)) \(epsilon)"
    let scale = try parameter(statistics[0].literal, .scale, shape: [channels], node, form: form) {
      _ in
      factors.map { Float($0) }
    }
    let shift = try parameter(statistics[1].literal, .shift, shape: [channels], node, form: form) {
      beta in
      beta.indices.map { Float(Double(beta[$0]) - Double(statistics[2].values[$0]) * factors[$0]) }
    }
    return ComputedValue(
      id: try add(.affine(scale: scale, shift: shift), [x.id], node), batchAxis: 0)
  }

  /// Refuses statistics of which no scale can be made.
  private func checkStatistics(
    _ statistics: [(literal: Literal, values: [Float])], _ epsilon: Double, _ node: ONNXNode
  ) throws(ModelLoadingError) {
    for (literal, values) in statistics where !values.allSatisfy(\.isFinite) {
      throw node.badTensor(literal.name, "it holds a number that is not finite")
    }
    for (channel, variance) in statistics[3].values.enumerated()
    where Double(variance) + epsilon <= 0 {
      throw node.unfit(
        "variance \(variance) and epsilon \(Float(epsilon)) of channel \(channel) sum to no number above 0, so "
          + "it would divide by zero: was it trained, and exported with its epsilon?")
    }
  }

  /// Whether the flag of operator sets before 7 asks for training.
  private func saysTraining(_ node: ONNXNode) throws(ModelLoadingError) -> Bool {
    guard node.opset < 7 else { return false }
    return try node.integer("is_test", or: 1) == 0
  }

  private func checkInference(_ node: ONNXNode, rank: Int) throws(ModelLoadingError) {
    // Before operator set 7 is_test says it; then the number of outputs; from 14 on training_mode.
    var trains = try node.integer("training_mode", or: 0) != 0
    if node.opset < 14, node.hasFurtherOutputs { trains = true }
    if try saysTraining(node) { trains = true }
    guard !trains else { throw node.trains() }
    let isSpatial = try node.integer("spatial", or: 1) != 0
    guard isSpatial || rank == 2 else {
      throw node.unsupported("spatial is 0, statistics of every single place")
    }
  }
}

// MARK: - Softmax

extension GraphBuilder {
  /// Over one axis from operator set 13 on; before, over all axes from `axis` to the last.
  mutating func softmax(_ node: ONNXNode, _ operation: (Int) -> Operation)
    throws(ModelLoadingError) -> ComputedValue
  {
    let x = try data(node)
    let rank = rank(x)
    let axis = try self.axis(
      try node.integer("axis", or: node.opset < 13 ? 1 : -1), rank: rank, node)
    let last = node.opset < 13 ? rank - 1 : axis
    if let batchAxis = x.batchAxis, (axis...last).contains(batchAxis) {
      throw node.mixesSamples("it runs over the batch axis")
    }
    let axes = (axis...last).map { sampleAxis($0, of: x) }
    let shape = graph[x.id].shape
    let wide = axes.filter { shape[$0] > 1 }
    if wide.count <= 1 {
      let id = try add(operation(wide.first ?? axes[0]), [x.id], node)
      return ComputedValue(id: id, batchAxis: x.batchAxis)
    }
    let flat = Array(shape[..<axes[0]]) + [saturatingProduct(shape[axes[0]...])]
    let flattened = try add(.reshape(flat), [x.id], node, part: "flatten")
    let normalised = try add(operation(axes[0]), [flattened], node)
    let id = try add(.reshape(shape), [normalised], node, part: "unflatten")
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }
}
