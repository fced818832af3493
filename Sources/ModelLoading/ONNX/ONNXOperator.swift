// The operators that are read, with every attribute that any version of them has, and where each is
// converted. To add one: a line in the table, a line in `lowered`, a function in Operators/, a row
// in Formats/Imports.md.

import ModelGraph

enum ONNXOperator {
  /// Attributes by operator. An attribute that is not listed is refused, since it could change what
  /// the operator means.
  static let attributes: [String: [String]] = [
    "Add": ["axis", "broadcast", "consumed_inputs"],
    "AveragePool": [
      "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides",
    ],
    "BatchNormalization": [
      "consumed_inputs", "epsilon", "is_test", "momentum", "spatial", "training_mode",
    ],
    "Cast": ["round_mode", "saturate", "to"],
    "Clip": ["consumed_inputs", "max", "min"],
    "Concat": ["axis"],
    "Constant": [
      "sparse_value", "value", "value_float", "value_floats", "value_int", "value_ints",
      "value_string", "value_strings",
    ],
    "ConstantOfShape": ["value"],
    "Conv": ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"],
    "ConvTranspose": [
      "auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides",
    ],
    "Div": ["axis", "broadcast", "consumed_inputs"],
    "Dropout": ["consumed_inputs", "is_test", "ratio", "seed"],
    "Elu": ["alpha", "consumed_inputs"],
    "Flatten": ["axis"],
    "Gather": ["axis"],
    "Gemm": ["alpha", "beta", "broadcast", "transA", "transB"],
    "GlobalAveragePool": [],
    "HardSigmoid": ["alpha", "beta", "consumed_inputs"],
    "HardSwish": [],
    "Identity": [],
    "LeakyRelu": ["alpha", "consumed_inputs"],
    "MatMul": [],
    "MaxPool": [
      "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides",
    ],
    "LogSoftmax": ["axis"],
    "Max": ["consumed_inputs"],
    "Min": ["consumed_inputs"],
    "Mul": ["axis", "broadcast", "consumed_inputs"],
    "PRelu": ["consumed_inputs"],
    "Pad": ["mode", "paddings", "pads", "value"],
    "ReduceMean": ["axes", "keepdims", "noop_with_empty_axes"],
    "Relu": ["consumed_inputs"],
    "Reshape": ["allowzero", "consumed_inputs", "shape"],
    "Shape": ["end", "start"],
    "Sigmoid": ["consumed_inputs"],
    "Slice": ["axes", "ends", "starts"],
    "Softmax": ["axis"],
    "Squeeze": ["axes"],
    "Sub": ["axis", "broadcast", "consumed_inputs"],
    "Tanh": ["consumed_inputs"],
    "Transpose": ["perm"],
    "Unsqueeze": ["axes"],
  ]
}

extension GraphBuilder {
  /// Adds what a node of the file means to the graph, or to what is known while importing.
  mutating func convert(_ node: ONNXNode) throws(ModelLoadingError) {
    try node.checkAttributes(known: ONNXOperator.attributes[node.operator] ?? [])
    for output in node.outputs.dropFirst() where index.readers[output] != nil && !output.isEmpty {
      throw node.unsupported("its output \(output) is needed, and only the first output is read")
    }
    let firstNew = graph.values.count
    let result: TracedValue
    if let literal = try folded(node) {
      result = .known(literal)
    } else {
      result = .computed(try lowered(node))
    }
    bind(result, to: node, from: firstNew)
  }

  private mutating func lowered(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    switch node.operator {
    case "Add": try binary(.add, node)
    case "AveragePool": try averagePool(node)
    case "BatchNormalization": try batchNormalization(node)
    case "Cast": try cast(node)
    case "Clip": try clip(node)
    case "Concat": try concat(node)
    case "Conv": try convolution(node)
    case "ConvTranspose": try transposedConvolution(node)
    case "Div": try binary(.divide, node)
    case "Dropout": try dropout(node)
    case "Elu": try elu(node)
    case "Flatten": try flatten(node)
    case "Gemm": try gemm(node)
    case "GlobalAveragePool": try globalAveragePool(node)
    case "HardSigmoid": try hardSigmoid(node)
    case "HardSwish": try activation(.hardSwish, node)
    case "Identity": try data(node)
    case "LeakyRelu": try leakyRelu(node)
    case "LogSoftmax": try softmax(node) { .logSoftmax(axis: $0) }
    case "MatMul": try matMul(node)
    case "MaxPool": try maxPool(node)
    case "Max": try extreme(.maximum, node)
    case "Min": try extreme(.minimum, node)
    case "Mul": try binary(.multiply, node)
    case "PRelu": try prelu(node)
    case "Pad": try pad(node)
    case "ReduceMean": try reduceMean(node)
    case "Relu": try activation(.relu, node)
    case "Reshape": try reshape(node)
    case "Sigmoid": try activation(.sigmoid, node)
    case "Softmax": try softmax(node) { .softmax(axis: $0) }
    case "Squeeze": try squeeze(node)
    case "Sub": try binary(.subtract, node)
    case "Tanh": try activation(.tanh, node)
    case "Transpose": try transpose(node)
    case "Unsqueeze": try unsqueeze(node)
    default: throw .needs(ModelNeeds(operators: [.init(operator: node.operator, node: node.name)]))
    }
  }
}
