// Convolution by oneDNN: activations channels last, weights in whatever format oneDNN likes best
// for each direction, copied there when they have changed.

import CDNNL
import CKernels
import ModelGraph

/// The sizes of a convolution as oneDNN takes them.
struct ConvolutionGeometry {
  let source: dnnl_memory_desc_t
  let destination: dnnl_memory_desc_t
  /// Any format; and the graph's own, [O, I, h, w] or [G, O / G, I / G, h, w].
  let weights: dnnl_memory_desc_t
  let plainWeights: dnnl_memory_desc_t
  let bias: dnnl_memory_desc_t
  let strides: [dnnl_dim_t]
  /// oneDNN counts the gaps between taps.
  let dilations: [dnnl_dim_t]
  let padBefore: [dnnl_dim_t]
  let padAfter: [dnnl_dim_t]
  let place: Place

  init(
    _ convolution: Convolution, weightShape w: [Int], input: Slot, output: Slot, place: Place
  ) throws(ExecutionError) {
    let (window, groups) = (convolution.window, convolution.groups)
    source = try .make([input.batch] + input.shape, dnnl_nhwc, place)
    destination = try .make([output.batch] + output.shape, dnnl_nhwc, place)
    let dimensions = groups == 1 ? w : [groups, w[0] / groups] + w[1...]
    weights = try .make(dimensions, dnnl_format_tag_any, place)
    plainWeights = try .make(dimensions, groups == 1 ? dnnl_oihw : dnnl_goihw, place)
    bias = convolution.bias == nil ? dnnl_memory_desc_t() : try .make([w[0]], dnnl_x, place)
    strides = window.strides.map { dnnl_dim_t($0) }
    dilations = window.dilations.map { dnnl_dim_t($0 - 1) }
    padBefore = window.padBefore.map { dnnl_dim_t($0) }
    padAfter = (0..<2).map { axis in
      let reach =
        (output.shape[axis + 1] - 1) * window.strides[axis]
        + (window.kernel[axis] - 1) * window.dilations[axis] + 1
      let needed = reach - input.shape[axis + 1] - window.padBefore[axis]
      return dnnl_dim_t(max(window.padAfter[axis], needed))
    }
    self.place = place
  }

  func forward(training: Bool, activation: kx_activation) throws(ExecutionError)
    -> PrimitiveDescriptor
  {
    var (source, weights, bias, destination) = (source, weights, bias, destination)
    var operation = dnnl_convolution_desc_t()
    try place.check(
      dnnl_dilated_convolution_forward_desc_init(
        &operation, training ? dnnl_forward_training : dnnl_forward_inference,
        dnnl_convolution_direct, &source, &weights, &bias, &destination, strides, dilations,
        padBefore, padAfter))
    return try PrimitiveDescriptor(
      &operation, activation: activation.elementwise(training: training), place)
  }

  func backwardData(hint: PrimitiveDescriptor) throws(ExecutionError) -> PrimitiveDescriptor {
    var (source, weights, destination) = (source, weights, destination)
    var operation = dnnl_convolution_desc_t()
    try place.check(
      dnnl_dilated_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &source, &weights, &destination, strides, dilations,
        padBefore, padAfter))
    return try PrimitiveDescriptor(&operation, hint: hint, place)
  }

  func backwardWeights(hint: PrimitiveDescriptor) throws(ExecutionError) -> PrimitiveDescriptor {
    var (source, weights, bias, destination) = (source, weights, bias, destination)
    var operation = dnnl_convolution_desc_t()
    try place.check(
      dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, &source, &weights, &bias, &destination, strides,
        dilations, padBefore, padAfter))
    return try PrimitiveDescriptor(&operation, hint: hint, place)
  }
}

/// Numbers copied between two formats; no copy where they are the same.
final class Reorder {
  private let primitive: Primitive?

  init(
    from source: dnnl_memory_desc_t, to target: dnnl_memory_desc_t, scratch: Scratch, _ place: Place
  ) throws(ExecutionError) {
    if source.equals(target) {
      primitive = nil
      return
    }
    let descriptor = try PrimitiveDescriptor(reorderFrom: source, to: target, place)
    primitive = try Primitive(
      descriptor, scratch: scratch,
      arguments: [(Int32(DNNL_ARG_FROM), source), (Int32(DNNL_ARG_TO), target)])
  }

  var isIdentity: Bool { primitive == nil }

  func run(
    from source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>,
    on stream: Stream
  ) throws(ExecutionError) {
    try primitive?.bind(0, source)
    try primitive?.bind(1, target)
    try primitive?.execute(on: stream)
  }
}

/// A parameter in a format of oneDNN's choice, renewed when the parameter has changed.
final class PackedWeights {
  private let id: ParameterID
  private let reorder: Reorder
  private let buffer: FloatBuffer
  private var version: Int?

  init(
    _ id: ParameterID, plain: dnnl_memory_desc_t, packed: dnnl_memory_desc_t, scratch: Scratch,
    _ place: Place
  ) throws(ExecutionError) {
    self.id = id
    reorder = try Reorder(from: plain, to: packed, scratch: scratch, place)
    buffer = try FloatBuffer(count: reorder.isIdentity ? 0 : (packed.byteCount + 3) / 4)
  }

  func pointer(_ workspace: Workspace) throws(ExecutionError) -> UnsafeMutablePointer<Float> {
    if reorder.isIdentity { return workspace.parameter(id) }
    let current = workspace.parameters.version(id)
    if version != current {
      try reorder.run(from: workspace.parameter(id), to: buffer.pointer, on: workspace.stream)
      version = current
    }
    return buffer.pointer
  }
}

/// Filters swept over the plane, a bias and perhaps an activation.
final class ConvolutionStep: Step {
  private let convolution: Convolution
  private let geometry: ConvolutionGeometry
  private let activation: kx_activation
  private let primitive: Primitive
  private let weights: PackedWeights
  private var dataGradient: (primitive: Primitive, weights: PackedWeights)?
  private var weightGradient: ConvolutionWeightGradient?

  init(
    _ workspace: Workspace, _ convolution: Convolution, activation: kx_activation, input: Slot,
    output: Slot, place: Place
  ) throws(ExecutionError) {
    self.convolution = convolution
    self.activation = activation
    geometry = try ConvolutionGeometry(
      convolution, weightShape: workspace.graph[convolution.weight].tensor.shape, input: input,
      output: output, place: place)
    let descriptor = try geometry.forward(training: workspace.trains, activation: activation)
    let packed = descriptor.format(dnnl_query_weights_md) ?? geometry.plainWeights
    weights = try PackedWeights(
      convolution.weight, plain: geometry.plainWeights, packed: packed, scratch: workspace.scratch,
      place)
    var arguments: [(Int32, dnnl_memory_desc_t)] = [
      (Int32(DNNL_ARG_SRC), geometry.source), (Int32(DNNL_ARG_WEIGHTS_0), packed),
      (Int32(DNNL_ARG_DST), geometry.destination),
    ]
    if convolution.bias != nil { arguments.append((Int32(DNNL_ARG_BIAS), geometry.bias)) }
    primitive = try Primitive(descriptor, scratch: workspace.scratch, arguments: arguments)
    super.init(workspace, inputs: [input], output: output)
  }

  override var parameterIDs: [ParameterID] {
    [convolution.weight] + (convolution.bias.map { [$0] } ?? [])
  }

  /// Plans the passes that training needs; a program calls it once it knows which.
  func prepareBackward(data: Bool) throws(ExecutionError) {
    guard let gradients = workspace.gradients else { return }
    let hint = try geometry.forward(training: true, activation: .identity)
    if data {
      let descriptor = try geometry.backwardData(hint: hint)
      let packed = descriptor.format(dnnl_query_weights_md) ?? geometry.plainWeights
      let weights = try PackedWeights(
        convolution.weight, plain: geometry.plainWeights, packed: packed,
        scratch: workspace.scratch, geometry.place)
      let primitive = try Primitive(
        descriptor, scratch: workspace.scratch,
        arguments: [
          (Int32(DNNL_ARG_DIFF_DST), geometry.destination), (Int32(DNNL_ARG_WEIGHTS_0), packed),
          (Int32(DNNL_ARG_DIFF_SRC), geometry.source),
        ])
      dataGradient = (primitive, weights)
    }
    if parameterIDs.contains(where: gradients.trainable.contains) {
      weightGradient = try ConvolutionWeightGradient(
        convolution, geometry, hint: hint, workspace: workspace)
    }
  }

  override func forward() throws(ExecutionError) {
    try primitive.bind(0, inputs[0].pointer)
    try primitive.bind(1, try weights.pointer(workspace))
    try primitive.bind(2, output.pointer)
    if let bias = convolution.bias { try primitive.bind(3, workspace.parameter(bias)) }
    try primitive.execute(on: workspace.stream)
    activation.finish(output, training: workspace.trains)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) throws(ExecutionError) {
    let gradient = outputGradient
    activation.beginBackward(output, gradient)
    if let destination = destinations[0], let (primitive, weights) = dataGradient {
      try primitive.bind(0, gradient)
      try primitive.bind(1, try weights.pointer(workspace))
      try primitive.bind(2, destination)
      try primitive.execute(on: workspace.stream)
    }
    try weightGradient?.run(input: inputs[0].pointer, gradient: gradient, workspace: workspace)
  }
}

/// The gradients of a convolution's weights and bias.
private final class ConvolutionWeightGradient {
  private let convolution: Convolution
  private let primitive: Primitive
  private let reorder: Reorder
  /// As oneDNN gives them, and in the graph's order.
  private let packed: FloatBuffer
  private let plain: FloatBuffer
  private let bias: FloatBuffer

  init(
    _ convolution: Convolution, _ geometry: ConvolutionGeometry, hint: PrimitiveDescriptor,
    workspace: Workspace
  ) throws(ExecutionError) {
    self.convolution = convolution
    let descriptor = try geometry.backwardWeights(hint: hint)
    let format = descriptor.format(dnnl_query_diff_weights_md) ?? geometry.plainWeights
    var arguments: [(Int32, dnnl_memory_desc_t)] = [
      (Int32(DNNL_ARG_SRC), geometry.source), (Int32(DNNL_ARG_DIFF_DST), geometry.destination),
      (Int32(DNNL_ARG_DIFF_WEIGHTS_0), format),
    ]
    if convolution.bias != nil { arguments.append((Int32(DNNL_ARG_DIFF_BIAS), geometry.bias)) }
    primitive = try Primitive(descriptor, scratch: workspace.scratch, arguments: arguments)
    reorder = try Reorder(
      from: format, to: geometry.plainWeights, scratch: workspace.scratch, geometry.place)
    packed = try FloatBuffer(count: (format.byteCount + 3) / 4)
    plain = try FloatBuffer(count: geometry.plainWeights.byteCount / 4)
    bias = try FloatBuffer(count: (geometry.bias.byteCount + 3) / 4)
  }

  func run(
    input: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>, workspace: Workspace
  ) throws(ExecutionError) {
    try primitive.bind(0, input)
    try primitive.bind(1, gradient)
    try primitive.bind(2, packed.pointer)
    if convolution.bias != nil { try primitive.bind(3, bias.pointer) }
    try primitive.execute(on: workspace.stream)
    if !reorder.isIdentity {
      try reorder.run(from: packed.pointer, to: plain.pointer, on: workspace.stream)
    }
    workspace.gradients?.add(
      reorder.isIdentity ? packed.pointer : plain.pointer, count: plain.count,
      to: convolution.weight)
    if let id = convolution.bias {
      workspace.gradients?.add(bias.pointer, count: bias.count, to: id)
    }
  }
}
