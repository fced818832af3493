/// Weights [O, I] and one bias an output.
public struct Dense: Equatable, Sendable, Codable {
  public var weight: ParameterID
  public var bias: ParameterID?

  public init(weight: ParameterID, bias: ParameterID?) {
    self.weight = weight
    self.bias = bias
  }
}

extension Dense: Filters {
  var operation: Operation { .dense(self) }
  var onBlocks: OnBlocks? { .dense(self) }
  var exactForm: ExactForm? { .filters }

  func streamForm(of node: Node, in graph: Graph) -> StreamForm {
    .places(mixing: [graph[node.inputs[0]].shape.count - 1])
  }
  var name: String { "dense" }

  var layer: LayerForm? {
    get { LayerForm(weight: weight, bias: bias, window: nil, groups: 1) }
    set { if let newValue { (weight, bias) = (newValue.weight, newValue.bias) } }
  }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    let (x, w) = (given[0], given.shape(of: weight))
    guard w.count == 2, let last = x.last, w[1] == last else {
      throw given.unfit("weights \(w) do not fit the input \(x)")
    }
    try given.checkVector(bias, count: w[0], "bias")
    return [x.dropLast() + [w[0]]]
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let input = trace.track(of: node.inputs[0])
    var reading = UnitTrace.Reading(
      taps: 1, rowsPerGroup: trace.nextLayer.weights.rows, placesPerGroup: 0)
    let isFollowed = input.axis == trace.graph[node.inputs[0]].shape.count - 1
    if isFollowed { reading.units = input.units } else { trace.pin(input) }
    return trace.freshTrack(
      output, axis: trace.extent(output).count - 1,
      constants: trace.rowConstants(&reading, isFollowed ? input.constants : nil))
  }

  mutating func cut(_ cutting: inout UnitCutting) {
    cutting.slice(&weight, [0: cutting.output?.kept, 1: cutting.input?.kept])
    if var id = bias {
      cutting.slice(&id, [0: cutting.output?.kept])
      bias = id
    }
  }
}
