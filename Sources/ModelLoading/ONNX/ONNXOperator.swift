// The operators that are read, with every attribute that any version of them has, and where each is
// converted. To add one: a line in the table, a line in `lowered`, a function in Operators/, a row
// in Formats/Imports.md. Last, what operations are written as.

import ModelGraph

enum ONNXOperator {
  /// Attributes by operator. An attribute that is not listed is refused, since it could change what
  /// the operator means.
  static let attributes: [String: [String]] = [
    "Abs": ["consumed_inputs"],
    "Add": ["axis", "broadcast", "consumed_inputs"],
    "And": ["axis", "broadcast"],
    "ArgMax": ["axis", "keepdims", "select_last_index"],
    "ArgMin": ["axis", "keepdims", "select_last_index"],
    "AveragePool": [
      "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides",
    ],
    "BatchNormalization": [
      "consumed_inputs", "epsilon", "is_test", "momentum", "spatial", "training_mode",
    ],
    "Cast": ["round_mode", "saturate", "to"],
    "CastLike": ["round_mode", "saturate"],
    "Ceil": ["consumed_inputs"],
    "Celu": ["alpha"],
    "Clip": ["consumed_inputs", "max", "min"],
    "Concat": ["axis"],
    "ConvInteger": ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"],
    "Constant": [
      "sparse_value", "value", "value_float", "value_floats", "value_int", "value_ints",
      "value_string", "value_strings",
    ],
    "ConstantOfShape": ["value"],
    "Conv": ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"],
    "ConvTranspose": [
      "auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides",
    ],
    "Cos": [],
    "DepthToSpace": ["blocksize", "mode"],
    "DequantizeLinear": ["axis", "block_size", "output_dtype"],
    "Div": ["axis", "broadcast", "consumed_inputs"],
    "Dropout": ["consumed_inputs", "is_test", "ratio", "seed"],
    "DynamicQuantizeLinear": [],
    "Einsum": ["equation"],
    "Elu": ["alpha", "consumed_inputs"],
    "Equal": ["axis", "broadcast"],
    "Erf": [],
    "Exp": ["consumed_inputs"],
    "Expand": [],
    "Flatten": ["axis"],
    "Floor": ["consumed_inputs"],
    "GRU": [
      "activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "layout",
      "linear_before_reset", "output_sequence",
    ],
    "Gather": ["axis"],
    "Gelu": ["approximate"],
    "Gemm": ["alpha", "beta", "broadcast", "transA", "transB"],
    "GlobalAveragePool": [],
    "GlobalMaxPool": [],
    "Greater": ["axis", "broadcast"],
    "GreaterOrEqual": [],
    "GroupNormalization": ["epsilon", "num_groups", "stash_type"],
    "HardSigmoid": ["alpha", "beta", "consumed_inputs"],
    "HardSwish": [],
    "Identity": [],
    "If": ["else_branch", "then_branch"],
    "InstanceNormalization": ["consumed_inputs", "epsilon"],
    "LRN": ["alpha", "beta", "bias", "size"],
    "LSTM": [
      "activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "input_forget", "layout",
      "output_sequence",
    ],
    "LayerNormalization": ["axis", "epsilon", "stash_type"],
    "LeakyRelu": ["alpha", "consumed_inputs"],
    "Less": ["axis", "broadcast"],
    "LessOrEqual": [],
    "Log": ["consumed_inputs"],
    "Loop": ["body"],
    "LpNormalization": ["axis", "p"],
    "MatMul": [],
    "MatMulInteger": [],
    "MaxPool": [
      "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides",
    ],
    "LogSoftmax": ["axis"],
    "Max": ["consumed_inputs"],
    "Mean": ["consumed_inputs"],
    "MeanVarianceNormalization": ["axes"],
    "Min": ["consumed_inputs"],
    "Mish": [],
    "Mod": ["fmod"],
    "Mul": ["axis", "broadcast", "consumed_inputs"],
    "Neg": ["consumed_inputs"],
    "Not": [],
    "Or": ["axis", "broadcast"],
    "PRelu": ["consumed_inputs"],
    "Pad": ["mode", "paddings", "pads", "value"],
    "Pow": ["axis", "broadcast"],
    "QLinearConv": ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"],
    "QLinearMatMul": [],
    "QuantizeLinear": ["axis", "block_size", "output_dtype", "precision", "saturate"],
    "RMSNormalization": ["axis", "epsilon", "stash_type"],
    "RNN": [
      "activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "layout",
      "output_sequence",
    ],
    "Range": [],
    "Reciprocal": ["consumed_inputs"],
    "ReduceL1": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceL2": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceLogSum": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceLogSumExp": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceMax": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceMean": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceMin": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceProd": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceSum": ["axes", "keepdims", "noop_with_empty_axes"],
    "ReduceSumSquare": ["axes", "keepdims", "noop_with_empty_axes"],
    "Relu": ["consumed_inputs"],
    "Reshape": ["allowzero", "consumed_inputs", "shape"],
    "Resize": ["antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "extrapolation_value", "keep_aspect_ratio_policy", "mode", "nearest_mode"],
    "Round": [],
    "Scan": [
      "body", "directions", "num_scan_inputs", "scan_input_axes", "scan_input_directions", "scan_output_axes",
      "scan_output_directions",
    ],
    "Selu": ["alpha", "consumed_inputs", "gamma"],
    "Shape": ["end", "start"],
    "Sigmoid": ["consumed_inputs"],
    "Sign": [],
    "Sin": [],
    "Size": [],
    "Slice": ["axes", "ends", "starts"],
    "Softmax": ["axis"],
    "Softplus": [],
    "Softsign": [],
    "SpaceToDepth": ["blocksize", "mode"],
    "Split": ["axis", "num_outputs", "split"],
    "Sqrt": ["consumed_inputs"],
    "Squeeze": ["axes"],
    "Sub": ["axis", "broadcast", "consumed_inputs"],
    "Sum": ["consumed_inputs"],
    "Swish": ["alpha"],
    "Tan": [],
    "Tanh": ["consumed_inputs"],
    "ThresholdedRelu": ["alpha"],
    "Tile": [],
    "Transpose": ["perm"],
    "Trilu": ["upper"],
    "Unsqueeze": ["axes"],
    "Upsample": ["height_scale", "mode", "scales", "width_scale"],
    "Where": [],
    "Xor": ["axis", "broadcast"],
    "com.microsoft.BiasGelu": [],
    "com.microsoft.FastGelu": [],
    "com.microsoft.Gelu": [],
    "com.microsoft.QuickGelu": ["alpha"],
    // Of onnxruntime, on integers that stand for numbers.
    "com.microsoft.DequantizeLinear": ["axis"],
    "com.microsoft.DynamicQuantizeMatMul": [],
    "com.microsoft.MatMulIntegerToFloat": [],
    "com.microsoft.QGemm": ["alpha", "transA", "transB"],
    "com.microsoft.QLinearAdd": [],
    "com.microsoft.QLinearAveragePool": [
      "auto_pad", "ceil_mode", "channels_last", "count_include_pad", "kernel_shape", "pads", "strides",
    ],
    "com.microsoft.QLinearConcat": ["axis"],
    "com.microsoft.QLinearGlobalAveragePool": ["channels_last"],
    "com.microsoft.QLinearLeakyRelu": ["alpha"],
    "com.microsoft.QLinearMul": [],
    "com.microsoft.QLinearReduceMean": ["axes", "keepdims"],
    "com.microsoft.QLinearSigmoid": [],
    "com.microsoft.QLinearSoftmax": ["axis", "opset"],
    "com.microsoft.QuantizeLinear": ["axis"],
  ]
}

extension ONNXOperator {
  /// Operators of which more than the first output is read.
  static let ofSeveralOutputs: Set<String> = [
    "DynamicQuantizeLinear", "GRU", "If", "LSTM", "Loop", "RNN", "Scan", "Split",
  ]
  /// Operators with graphs within them.
  static let withBodies: Set<String> = ["If", "Loop", "Scan"]
}

extension GraphBuilder {
  /// Adds what a node of the file means to the graph, or to what is known while importing.
  mutating func convert(_ node: ONNXNode) throws(ModelLoadingError) {
    try node.checkAttributes(known: ONNXOperator.attributes[node.operator] ?? [])
    let readable = ONNXOperator.ofSeveralOutputs.contains(node.operator) ? node.outputs.count : 1
    for output in node.outputs.dropFirst(readable) where index.readers[output] != nil && !output.isEmpty {
      throw node.unsupported("its output \(output) is needed, and only the first output is read")
    }
    try checkPlaces(node)
    let firstNew = graph.values.count
    let movesIntegers = try movesIntegers(node)
    let moved = try movedEncoding(node)
    for (place, result) in try results(node).enumerated() {
      if case .computed(let value) = result {
        if movesIntegers { integerValues.insert(value.id) }
        if try givesTruth(node) { truthValues.insert(value.id) }
      }
      bind(result, to: node, place, from: firstNew)
    }
    if let moved { note(moved, node) }
    noteQuantized(node)
  }

  /// What a node gives: one value, or several where more than the first output can be read.
  private mutating func results(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    if let value = try behindIntegers(node) { return [value] }
    if let literal = try folded(node) { return [.known(literal)] }
    switch node.operator {
    case "QuantizeLinear", "com.microsoft.QuantizeLinear": return [try quantizeLinear(node)]
    case "DequantizeLinear", "com.microsoft.DequantizeLinear": return [try dequantizeLinear(node)]
    case "GRU": return try gru(node)
    case "If": return try branch(node)
    case "LSTM": return try lstm(node)
    case "Loop": return try loop(node)
    case "RNN": return try rnn(node)
    case "Scan": return try scan(node)
    case "Split": return try split(node)
    default: return [.computed(try lowered(node))]
    }
  }

  mutating func lowered(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    if let call = QuantizedCall.all[node.operator] { return try quantizedCall(call, node) }
    return switch node.operator {
    case "Abs": try function(.absolute, node)
    case "Add": try binary(.add, node)
    case "ArgMax": try argMax(node, ofLeast: false)
    case "ArgMin": try argMax(node, ofLeast: true)
    case "AveragePool": try averagePool(node)
    case "BatchNormalization": try batchNormalization(node)
    case "Cast": try cast(node)
    case "CastLike": try castLike(node)
    case "Ceil": try function(.ceiling, node)
    case "Celu": try celu(node)
    case "Clip": try clip(node)
    case "Concat": try concat(node)
    case "Conv": try convolution(node)
    case "ConvInteger": try integerSums("Conv", node)
    case "ConvTranspose": try transposedConvolution(node)
    case "Cos": try function(.cosine, node)
    case "DepthToSpace": try depthToSpace(node)
    case "Div": try productOrFunction(.divide, node)
    case "Dropout": try dropout(node)
    case "DynamicQuantizeLinear": try dynamicQuantizeLinear(node)
    case "Einsum": try einsum(node)
    case "Elu": try elu(node)
    case "Erf": try function(.errorFunction, node)
    case "Exp": try function(.exponential, node)
    case "Expand": try expand(node)
    case "Flatten": try flatten(node)
    case "Floor": try function(.floor, node)
    case "Gather": try gather(node)
    case "Gelu": try gelu(node)
    case "Gemm": try gemm(node)
    case "GlobalAveragePool": try globalAveragePool(node)
    case "GlobalMaxPool": try globalMaxPool(node)
    case "GroupNormalization": try groupNormalization(node)
    case "HardSigmoid": try hardSigmoid(node)
    case "HardSwish": try activation(.hardSwish, node)
    case "Identity": try data(node)
    case "InstanceNormalization": try instanceNormalization(node)
    case "LRN": try localResponse(node)
    case "LayerNormalization": try layerNormalization(node)
    case "LeakyRelu": try leakyRelu(node)
    case "Log": try function(.logarithm, node)
    case "LogSoftmax": try softmax(node) { .logSoftmax(axis: $0) }
    case "LpNormalization": try lpNormalization(node)
    case "MatMul": try matMul(node)
    case "MatMulInteger": try integerSums("MatMul", node)
    case "MaxPool": try maxPool(node)
    case "Max": try combined(.maximum, all: node)
    case "Mean": try meanOfInputs(node)
    case "MeanVarianceNormalization": try meanVarianceNormalization(node)
    case "Min": try combined(.minimum, all: node)
    case "Mish": try function(.mish, node)
    case "Mul": try productOrFunction(.multiply, node)
    case "Neg": try negative(node)
    case "PRelu": try prelu(node)
    case "Pad": try pad(node)
    case "Pow": try power(node)
    case "RMSNormalization": try rmsNormalization(node)
    case "Reciprocal": try function(.reciprocal, node)
    case "ReduceL1": try reduction(.sumOfMagnitudes, node)
    case "ReduceL2": try reduction(.norm, node)
    case "ReduceLogSum": try reduction(.logOfSum, node)
    case "ReduceLogSumExp": try reduction(.logOfExponentials, node)
    case "ReduceMax": try reduction(.max, node)
    case "ReduceMean": try reduction(.mean, node)
    case "ReduceMin": try reduction(.min, node)
    case "ReduceProd": try reduction(.product, node)
    case "ReduceSum": try reduction(.sum, node)
    case "ReduceSumSquare": try reduction(.sumOfSquares, node)
    case "Relu": try activation(.relu, node)
    case "Reshape": try reshape(node)
    case "Resize": try resize(node)
    case "Round": try function(.rounded, node)
    case "Selu": try selu(node)
    case "Sigmoid": try activation(.sigmoid, node)
    case "Sign": try function(.sign, node)
    case "Sin": try function(.sine, node)
    case "Slice": try slice(node)
    case "Softmax": try softmax(node) { .softmax(axis: $0) }
    case "Softplus": try function(.softplus, node)
    case "Softsign": try function(.softsign, node)
    case "SpaceToDepth": try spaceToDepth(node)
    case "Sqrt": try function(.squareRoot, node)
    case "Squeeze": try squeeze(node)
    case "Sub": try binary(.subtract, node)
    case "Sum": try combined(.add, all: node)
    case "Swish": try swish(node)
    case "Tan": try tangent(node)
    case "Tanh": try activation(.tanh, node)
    case "ThresholdedRelu": try thresholdedRelu(node)
    case "Tile": try tile(node)
    case "Transpose": try transpose(node)
    case "Trilu": try triangle(node)
    case "Unsqueeze": try unsqueeze(node)
    case "Upsample": try resize(node)
    case "And", "Or", "Xor": try connection(node)
    case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual": try comparison(node)
    case "Not": try negation(node)
    case "Mod", "Range", "Size":
      throw node.unsupported("of computed values it is not read, of constants alone it is")
    case "Where": try chosen(node)
    case "com.microsoft.BiasGelu": try gelu(node, .gelu)
    case "com.microsoft.FastGelu": try gelu(node, .tangentGelu)
    case "com.microsoft.Gelu": try function(.gelu, node)
    case "com.microsoft.QuickGelu": try swish(node, alpha: 1.702)
    case "com.microsoft.DynamicQuantizeMatMul": try integerProduct(node, isDynamic: true)
    case "com.microsoft.MatMulIntegerToFloat": try integerProduct(node, isDynamic: false)
    case "com.microsoft.QLinearConcat": try quantizedConcat(node)
    default: throw .needs(ModelNeeds(operators: [.init(operator: node.operator, node: node.name)]))
    }
  }
}

extension ONNXWriter {
  /// Adds a node of the graph as nodes of the file that mean the same, each for any number of samples.
  mutating func write(_ node: Node) throws(ModelWritingError) {
    switch node.operation {
    case .convolution(let convolution): write(convolution, node)
    case .dense(let dense): write(dense, node)
    case .affine(let scale, let shift): writeAffine(scale, shift, node)
    case .activation(let function): write(function, node)
    case .function(let function): write(function, node)
    case .prelu(let slope): add("PRelu", [input(node), parameter(slope)], of: node)
    case .softmax(let axis, let beta): writeSoftmax(axis, beta, node)
    case .logSoftmax(let axis): add("LogSoftmax", of: node, integer: ["axis": axis + 1])
    case .argMax(let axis, let ofLeast): add(ofLeast ? "ArgMin" : "ArgMax", of: node, integer: ["axis": axis + 1])
    case .maxPool(let window): writePool("MaxPool", window, node)
    case .averagePool(let window, let counted): writePool("AveragePool", window, node, countsPadding: counted)
    case .globalAveragePool: writeMean(node)
    case .binary(let kind): write(kind, node)
    case .matrixProduct: add("MatMul", node.inputs.map { batched($0) }, of: node)
    case .constant(let id): writeConstant(id, node)
    case .concat(let axis): add("Concat", node.inputs.map { batched($0) }, of: node, integer: ["axis": axis + 1])
    case .pad(let padding): write(padding, node)
    case .resize(let resize): write(resize, node)
    case .reshape(let shape): writeReshape(shape, node)
    case .transpose(let permutation): add("Transpose", of: node, ints: ["perm": [0] + permutation.map { $0 + 1 }])
    case .slide(let axis): writeSlide(axis, node)
    case .lstm: throw .unsupported(node: node.name, reason: "it is an LSTM of integers")
    case .gather(let places): writeGather(places, node)
    case .requantize: try writeRequantize(node)
    }
  }
}

extension BinaryOperator {
  /// What ONNX calls it.
  var nameInONNX: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    }
  }
}
