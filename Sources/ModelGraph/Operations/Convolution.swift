import Tensors

/// Weights [O, I / groups, kh, kw] and one bias an output channel.
public struct Convolution: Equatable, Sendable, Codable {
  public var weight: ParameterID
  public var bias: ParameterID?
  public var window: Window
  /// Input and output channels are cut into this many independent parts; the number of input
  /// channels for a depthwise convolution.
  public var groups: Int

  public init(weight: ParameterID, bias: ParameterID?, window: Window, groups: Int = 1) {
    self.weight = weight
    self.bias = bias
    self.window = window
    self.groups = groups
  }
}

extension Convolution: Filters {
  var operation: Operation { .convolution(self) }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .window(window, mixesChannels: true) }
  var exactForm: ExactForm? { .filters }
  var name: String { groups > 1 ? "convolution/\(groups)" : "convolution" }

  var layer: LayerForm? {
    get { LayerForm(weight: weight, bias: bias, window: window, groups: groups) }
    set { if let newValue { (weight, bias) = (newValue.weight, newValue.bias) } }
  }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    let (x, w) = (given[0], given.shape(of: weight))
    guard x.count == 3 else { throw given.unfit("its input \(x) is not [channels, height, width]") }
    guard w.count == 4, w[2...].elementsEqual(window.kernel) else {
      throw given.unfit("weights \(w) do not have the kernel \(window.kernel)")
    }
    guard groups >= 1, x[0] % groups == 0, w[0] % groups == 0, w[1] == x[0] / groups else {
      throw given.unfit("weights \(w) in \(groups) groups do not fit \(x[0]) input channels")
    }
    try given.checkVector(bias, count: w[0], "bias")
    return [[w[0]] + (try given.windowed(window, x))]
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let input = trace.track(of: node.inputs[0])
    let (channels, rows) = (trace.extent(node.inputs[0])[0], trace.extent(output)[0])
    var reading = UnitTrace.Reading(
      taps: window.kernel.elementCount, rowsPerGroup: rows / groups,
      placesPerGroup: channels / groups)
    guard input.axis == 0 else {
      trace.pin(input)
      return trace.pinnedLayer(output, reading)
    }
    let constants = input.constants.map { $0 == 0 || window.isUnpadded ? $0 : nil }
    if groups == 1 {
      reading.units = input.units
      return trace.freshTrack(
        output, axis: 0, constants: trace.rowConstants(&reading, constants))
    }
    guard groups == channels else {
      trace.pin(input)
      return trace.pinnedLayer(output, reading, constants)
    }
    // Depthwise: a channel and its filters go together.
    let found = trace.rowConstants(&reading, constants)
    return UnitTrack(
      axis: 0, units: (0..<rows).map { input.units[$0 / (rows / channels)] }, constants: found)
  }

  mutating func cut(_ cutting: inout UnitCutting) {
    let columns = groups == 1 ? cutting.input?.kept : nil
    // Channels of a depthwise convolution are its groups.
    if groups > 1, let input = cutting.input { groups = input.kept.count }
    cutting.slice(&weight, [0: cutting.output?.kept, 1: columns])
    if var id = bias {
      cutting.slice(&id, [0: cutting.output?.kept])
      bias = id
    }
  }
}
